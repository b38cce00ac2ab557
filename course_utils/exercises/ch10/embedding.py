"""10.11: what the other rows of an embedding can't say of each row."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("rows made longer or shorter, or turned round, leave the shares as they are")
def lengths_fall_away(answer, E, k):
    factor = torch.linspace(0.5, 3, len(E))[:, None] * torch.where(torch.arange(len(E)) % 2 == 0, 1.0, -1.0)[:, None]
    same = torch.allclose(answer(E * factor, k), answer(E, k), rtol=1e-2, atol=1e-3)
    return None if same else "Rows were stretched and some turned round, and the shares changed."


def pursued(unit, k, own=0.0, signed=True):
    left, mine = unit, torch.eye(len(unit), dtype=torch.bool)
    for _ in range(k):
        score = (left @ unit.T).masked_fill(mine, own) if own is not None else left @ unit.T
        at = (score.abs() if signed else score).argmax(dim=1)
        left = left - score.gather(1, at[:, None]) * unit[at]
    return left


class ByTheOthers(FunctionExercise):
    id, title = "10.11", "What the others can't say"
    difficulty, minutes, points, needs = "C", 11, 3, ["10.6"]
    rtol, atol = 1e-3, 1e-4
    checked = (
        "embeddings against loops: rows of different lengths, opposite rows, a row taken twice, two rows only, and "
        "more steps than other rows"
    )
    hints = [
        "It is the pursuit of 10.6 with the rows as their own dictionary, all at length 1, and three changes: a row "
        "may not take itself, strengths may have either sign, and the result is the squared length of what is left.",
        "`score = (left @ unit.T).masked_fill(torch.eye(len(E), dtype=torch.bool), 0)`, `at = score.abs().argmax(1)`, "
        "`left = left - score.gather(1, at[:, None]) * unit[at]`; in the end `left.square().sum(1)`.",
    ]

    def cases(self, rng):
        for rows, width, k, note in [
            (6, 4, 2, "with two steps"),
            (5, 2, 4, "in two dimensions, where rows are taken again"),
            (7, 5, 1, "with one step"),
            (2, 3, 2, "with two rows only"),
            (4, 3, 7, "with more steps than others"),
        ]:
            E = torch.randn(rows, width, generator=rng) * (0.3 + 3 * torch.rand(rows, 1, generator=rng))
            yield Case((E, k), note)
        E = torch.randn(6, 5, generator=rng)
        E[3] = -2 * E[1] + 0.3 * E[0]
        yield Case((E, 2), "with two rows that are nearly opposite")

    def oracle(self, E: Float[Tensor, "piece model"], k: int) -> Float[Tensor, " piece"]:
        rows = E.double().tolist()
        unit = [[v / sum(w * w for w in row) ** 0.5 for v in row] for row in rows]
        shares = []
        for i, row in enumerate(unit):
            left = list(row)
            for _ in range(k):
                best, product = None, 0.0
                for j, other in enumerate(unit):
                    score = sum(a * b for a, b in zip(left, other))
                    if j != i and abs(score) > abs(product):
                        best, product = other, score
                if best is not None:
                    left = [a - product * b for a, b in zip(left, best)]
            shares.append(sum(v * v for v in left))
        return torch.tensor(shares, dtype=torch.float32)

    laws = [lengths_fall_away]

    @mistake("A row may take itself, and then nothing is left. Leave it out of its own choice.")
    def itself_too(E, k):
        return pursued(F.normalize(E, dim=1), k, own=None).square().sum(1)

    @mistake(
        "You masked a row's product with itself by −∞, and −∞ is the largest of all *by size*. Put 0 there, or mask "
        "after `abs`."
    )
    def own_product_below_all(E, k):
        return pursued(F.normalize(E, dim=1), k, own=-torch.inf).square().sum(1)

    @mistake(
        "You masked a row's product with itself by −1, and by size that is as large as any. Put 0 there, or mask after "
        "`abs`."
    )
    def own_product_minus_one(E, k):
        return pursued(F.normalize(E, dim=1), k, own=-1.0).square().sum(1)

    @mistake(
        "You masked a row's product with itself by a large number below 0, and by size that is the largest of all. Put "
        "0 there, or mask after `abs`."
    )
    def own_product_far_below(E, k):
        return pursued(F.normalize(E, dim=1), k, own=-1e9).square().sum(1)

    @mistake("A row has only those before it to choose from (or after it). All rows but itself are the others.")
    def those_before(E, k):
        unit = left = F.normalize(E, dim=1)
        for _ in range(k):
            score = (left @ unit.T).tril(-1)
            at = score.abs().argmax(dim=1)
            left = left - score.gather(1, at[:, None]) * unit[at]
        return left.square().sum(1)

    @mistake(
        "You choose along the wrong axis: in the first step the products are symmetric, then no more. Each row of what "
        "is left chooses: `argmax(1)` of `left @ unit.T`."
    )
    def chosen_by_columns(E, k):
        unit = left = F.normalize(E, dim=1)
        for _ in range(k):
            score = (left @ unit.T).fill_diagonal_(0)
            at = score.abs().argmax(dim=0)
            left = left - score.gather(1, at[:, None]) * unit[at]
        return left.square().sum(1)

    @mistake("Your others are what is left of them. They stay as they are in every step: the rows of `E`, at length 1.")
    def among_what_is_left(E, k):
        left = F.normalize(E, dim=1)
        for _ in range(k):
            left = pursued(F.normalize(left, dim=1), 1) * left.norm(dim=1, keepdim=True)
        return left.square().sum(1)

    @mistake("You choose by the product with the row itself in each step: always the same one. Ask what is *left*.")
    def row_asked_again(E, k):
        unit = F.normalize(E, dim=1)
        score = (unit @ unit.T).fill_diagonal_(0)
        at = score.abs().argmax(dim=1)
        return (unit - k * score.gather(1, at[:, None]) * unit[at]).square().sum(1)

    @mistake("You bring what is left to length 1 after each step. Then it is always 1: let it shrink.")
    def made_long_again(E, k):
        return torch.ones(len(E), dtype=E.dtype)

    @mistake("You divided by the length of each column. Each *row* is brought to length 1: `dim=1`.")
    def columns_of_length_one(E, k):
        return pursued(F.normalize(E, dim=0), k).square().sum(1)

    @mistake(
        "You choose the largest product only. A row that is nearly *opposite* explains as much, with a minus sign."
    )
    def one_sign_only(E, k):
        unit, mine = F.normalize(E, dim=1), torch.eye(len(E), dtype=torch.bool)
        left = unit
        for _ in range(k):
            score = (left @ unit.T).masked_fill(mine, 0)
            best, at = score.max(dim=1)
            left = left - best[:, None] * unit[at]
        return left.square().sum(1)

    @mistake("You chose by size and took the size off: with its sign lost, an opposite row makes it worse.")
    def sign_lost(E, k):
        unit, mine = F.normalize(E, dim=1), torch.eye(len(E), dtype=torch.bool)
        left = unit
        for _ in range(k):
            best, at = (left @ unit.T).masked_fill(mine, 0).abs().max(dim=1)
            left = left - best[:, None] * unit[at]
        return left.square().sum(1)

    @mistake("Your rows aren't at length 1 when they are taken. A long row would be taken for its length.")
    def lengths_as_they_are(E, k):
        return pursued(E, k).square().sum(1) / E.square().sum(1)

    @mistake("That is the squared length of what is left. Its *share* of the row's squared length is wanted.")
    def not_a_share(E, k):
        return pursued(F.normalize(E, dim=1), k).square().sum(1) * E.square().sum(1)

    @mistake("You took the root. A share of squared length has none.")
    def root(E, k):
        return pursued(F.normalize(E, dim=1), k).norm(dim=1)

    @mistake("That is the share which the others *do* explain. What is left is wanted.")
    def the_explained(E, k):
        return 1 - pursued(F.normalize(E, dim=1), k).square().sum(1)

    @mistake("You gave the mean over rows. Each row has its own share.")
    def mean_of_all(E, k):
        return pursued(F.normalize(E, dim=1), k).square().sum(1).mean().expand(len(E))

    @mistake(
        "A row is left out of its own choice in the first step only. In the next ones it takes itself: leave it out."
    )
    def itself_from_the_second_step_on(E, k):
        unit = F.normalize(E, dim=1)
        left = pursued(unit, 1)
        for _ in range(k - 1):
            score = left @ unit.T
            at = score.abs().argmax(dim=1)
            left = left - score.gather(1, at[:, None]) * unit[at]
        return left.square().sum(1)

    @mistake("You never take a row twice. It may be: others have changed what is left since.")
    def each_once(E, k):
        unit, used = F.normalize(E, dim=1), torch.eye(len(E), dtype=torch.bool)
        left = unit
        for _ in range(k):
            score = (left @ unit.T).masked_fill(used, 0)
            at = score.abs().argmax(dim=1)
            used = used | F.one_hot(at, len(E)).bool()
            left = left - score.gather(1, at[:, None]) * unit[at]
        return left.square().sum(1)

    @mistake("You take one step less than k.")
    def one_step_less(E, k):
        return pursued(F.normalize(E, dim=1), k - 1).square().sum(1)

    @mistake("You took the k largest products with the row at once. After each step ask what is *left*.")
    def all_at_once(E, k):
        unit = F.normalize(E, dim=1)
        score = (unit @ unit.T).masked_fill(torch.eye(len(E), dtype=torch.bool), 0)
        top = score.abs().topk(min(k, len(E)), dim=1).indices
        return (unit - torch.zeros_like(score).scatter(1, top, score.gather(1, top)) @ unit).square().sum(1)

    @mistake("You took the mean row off. Here the rows count as they are.")
    def centred(E, k):
        return pursued(F.normalize(E - E.mean(0), dim=1), k).square().sum(1)

    @rewrite
    def with_numpy(E, k):
        unit = F.normalize(E).numpy()
        shares = []
        for i, left in enumerate(unit):
            for _ in range(k):
                product = np.delete(unit, i, axis=0) @ left
                best = np.abs(product).argmax()
                left = left - product[best] * np.delete(unit, i, axis=0)[best]
            shares.append((left**2).sum())
        return torch.tensor(shares)

    @rewrite
    def row_by_row(E, k):
        unit, shares = E / E.norm(dim=1, keepdim=True), []
        for i in range(len(E)):
            others, left = torch.cat([unit[:i], unit[i + 1 :]]), unit[i]
            for _ in range(k):
                product = others @ left
                best = product.abs().argmax()
                left = left - product[best] * others[best]
            shares.append(left @ left)
        return torch.stack(shares)

    @rewrite
    def with_both_signs_as_rows(E, k):
        unit = E / E.square().sum(1, keepdim=True).sqrt()
        both, row = torch.cat([unit, -unit]), torch.arange(len(E))
        left = unit
        for _ in range(k):
            score = left @ both.T
            score[row, row] = score[row, row + len(E)] = 0
            best, at = score.max(1)
            left = left - best[:, None] * both[at]
        return left.pow(2).sum(1)

    _sign = "A row that is turned round takes the same others and is as long."
    equivalent = {
        "line 2: `len(E)` → `len(unit)`": "As many rows.",
        "line 6: `left - score.gather(1, at[:, None]) * unit[at]` → `score.gather(1, at[:, None]) * unit[at] - left`": (
            _sign
        ),
        "with_numpy, line 7: `left - product[best] * np.delete(unit, i, axis=0)[best]` → "
        "`product[best] * np.delete(unit, i, axis=0)[best] - left`": _sign,
    }
