"""10.6: matching pursuit, the sparse code of a row without an encoder."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite
from course_utils.exercises.ch10.pursuits import are_fitted_anew, pursue, step


@law("an activation twice as strong has a code twice as strong")
def twice_as_strong(answer, x, D, k):
    same = torch.allclose(answer(2 * x, D, k), 2 * answer(x, D, k), rtol=1e-3, atol=1e-4)
    return None if same else "`x` was doubled, and the code didn't double."


class MatchingPursuit(FunctionExercise):
    id, title = "10.6", "Matching pursuit"
    difficulty, minutes, points, needs = "B", 12, 3, []
    rtol, atol = 1e-3, 1e-4
    checked = (
        "dictionaries against loops: latents that are taken twice, rows that no latent fits, more steps than latents, "
        "and a single row"
    )
    hints = [
        "Keep two things: the code f, zeros at first, and what is `left` of each row, x at first. In each step every "
        "row picks one latent by its dot products with what is left.",
        "`strength, at = (left @ D.T).max(dim=1)`, `strength` cut off at 0; then `f[torch.arange(len(x)), at] += "
        "strength` and `left = left - strength[:, None] * D[at]`.",
    ]

    def cases(self, rng):
        for rows, latents, width, k, note in [
            (6, 9, 5, 3, "with more latents than dimensions"),
            (5, 4, 2, 6, "in two dimensions, where a latent is taken again"),
            (4, 3, 6, 3, "with more dimensions than latents"),
            (1, 7, 4, 2, "with a single row"),
            (7, 5, 3, 1, "with one step"),
        ]:
            D = F.normalize(torch.randn(latents, width, generator=rng), dim=1)
            yield Case((3 * torch.randn(rows, width, generator=rng), D, k), note)
        D = F.normalize(torch.rand(4, 3, generator=rng) + 0.1, dim=1)
        x = torch.randn(5, 3, generator=rng)
        x[0], x[1] = -x[0].abs() - 0.5, 0.0
        yield Case((x, D, 3), "with a row that points away from every latent, and one of zeros")

    def oracle(
        self, x: Float[Tensor, "row d_in"], D: Float[Tensor, "latent d_in"], k: int
    ) -> Float[Tensor, "row latent"]:
        f = torch.zeros(len(x), len(D))
        for r, row in enumerate(x.double().tolist()):
            left = list(row)
            for _ in range(k):
                products = [sum(a * b for a, b in zip(left, d)) for d in D.double().tolist()]
                best = max(range(len(D)), key=products.__getitem__)
                if products[best] <= 0:
                    break
                f[r, best] += products[best]
                left = [a - products[best] * b for a, b in zip(left, D[best].double().tolist())]
        return f

    laws = [twice_as_strong]

    def remark(self, trials):
        """Orthogonal matching pursuit, which no mistake can stand for: where k is large its last digits are noise."""
        if all(are_fitted_anew(trial.expected, trial.outcome.value, *trial.case.args) for trial in trials):
            return (
                "What you leave of each row has no product with any direction that it took: you fit all strengths anew "
                "after each step (*orthogonal* matching pursuit). Here a strength that was given stays."
            )
        return None

    def lawful(self, args):
        x, D, k = args
        return x, F.normalize(D, dim=1), k

    @mistake("You took the k largest dot products with x at once. After each step they change: ask what is *left*.")
    def all_at_once(x, D, k):
        best = (x @ D.T).relu().topk(min(k, len(D)), dim=1)
        return torch.zeros(len(x), len(D)).scatter(1, best.indices, best.values)

    @mistake("You chose by absolute value. A latent that points away explains nothing that a strength ≥ 0 could use.")
    def either_sign(x, D, k):
        f, left, row = torch.zeros(len(x), len(D)), x, torch.arange(len(x))
        for _ in range(k):
            product = left @ D.T
            at = product.abs().argmax(dim=1)
            strength = product[row, at]
            f[row, at] += strength
            left = left - strength[:, None] * D[at]
        return f

    @mistake(
        "You chose by absolute value and cut the strength off at 0 then: a direction that points away takes the step, "
        "and nothing happens. Choose the largest product itself."
    )
    def either_sign_then_cut_off(x, D, k):
        f, left, row = torch.zeros(len(x), len(D)), x, torch.arange(len(x))
        for _ in range(k):
            product = left @ D.T
            at = product.abs().argmax(dim=1)
            f[row, at] += product[row, at].relu()
            left = left - product[row, at].relu()[:, None] * D[at]
        return f

    @mistake(
        "You ask x itself in each step, and get the same answer each time. Take the products with what is *left* of it."
    )
    def asked_x_again(x, D, k):
        f, row = torch.zeros(len(x), len(D)), torch.arange(len(x))
        strength, at = step(x, D)
        f[row, at] += k * strength
        return f

    @mistake("Where even the best dot product is below 0 you take it. Then nothing fits, and nothing is to be added.")
    def no_floor(x, D, k):
        f, left, row = torch.zeros(len(x), len(D)), x, torch.arange(len(x))
        for _ in range(k):
            strength, at = (left @ D.T).max(dim=1)
            f[row, at] += strength
            left = left - strength[:, None] * D[at]
        return f

    @mistake("Strengths below 0 are cut off only at the end: what they took off the rest has changed the later steps.")
    def cut_off_at_the_end(x, D, k):
        f, left, row = torch.zeros(len(x), len(D)), x, torch.arange(len(x))
        for _ in range(k):
            product = left @ D.T
            at = product.abs().argmax(dim=1)
            f[row, at] += product[row, at]
            left = left - product[row, at][:, None] * D[at]
        return f.relu()

    @mistake("A latent that is taken again keeps only its last strength. Add to what it has: `+=`.")
    def overwritten(x, D, k):
        f, left, row = torch.zeros(len(x), len(D)), x, torch.arange(len(x))
        for _ in range(k):
            strength, at = step(left, D)
            f[row, at] = strength
            left = left - strength[:, None] * D[at]
        return f

    @mistake("You never take a latent twice. It may be: others have changed what is left since.")
    def each_once(x, D, k):
        f, left, row = torch.zeros(len(x), len(D)), x, torch.arange(len(x))
        for _ in range(min(k, len(D))):
            strength, at = (left @ D.T).masked_fill(f > 0, 0).max(dim=1)
            strength = strength.clamp_min(0)
            f[row, at] += strength
            left = left - strength[:, None] * D[at]
        return f

    @mistake("You take the direction itself off, not strength times the direction.")
    def whole_direction_off(x, D, k):
        f, left, row = torch.zeros(len(x), len(D)), x, torch.arange(len(x))
        for _ in range(k):
            strength, at = step(left, D)
            f[row, at] += strength
            left = left - D[at]
        return f

    @mistake("All rows take the same latent in a step. Each row chooses for itself: the maximum over latents.")
    def one_for_all(x, D, k):
        f, left = torch.zeros(len(x), len(D)), x
        for _ in range(k):
            product = (left @ D.T).clamp_min(0)
            at = product.sum(0).argmax()
            f[:, at] += product[:, at]
            left = left - product[:, [at]] * D[at]
        return f

    @mistake(
        "You stop all rows as soon as one has nothing to take. The others still have: go on with strength 0 there."
    )
    def all_rows_stop(x, D, k):
        f, left, row = torch.zeros(len(x), len(D)), x, torch.arange(len(x))
        for _ in range(k):
            strength, at = (left @ D.T).max(dim=1)
            if (strength <= 0).any():
                break
            f[row, at] += strength
            left = left - strength[:, None] * D[at]
        return f

    @mistake(
        "`f[:, at] += …` writes into *all* rows, in the columns of all of them. Each row has a place of its own: "
        "`f[torch.arange(len(x)), at]`."
    )
    def into_all_rows(x, D, k):
        f, left = torch.zeros(len(x), len(D)), x
        for _ in range(k):
            strength, at = step(left, D)
            f[:, at] += strength
            left = left - strength[:, None] * D[at]
        return f

    @mistake("In each step you begin with x again. Take off what is *left*: what earlier steps took stays taken.")
    def from_the_start_again(x, D, k):
        f, left, row = torch.zeros(len(x), len(D)), x, torch.arange(len(x))
        for _ in range(k):
            strength, at = step(left, D)
            f[row, at] += strength
            left = x - strength[:, None] * D[at]
        return f

    @mistake("You take one step less than k.")
    def one_step_less(x, D, k):
        return pursue(x, D, k - 1)

    @mistake("You take one step more than k.")
    def one_step_more(x, D, k):
        return pursue(x, D, k + 1)

    @mistake("You return the reconstruction, f D. The code f is wanted.")
    def the_reconstruction(x, D, k):
        return pursue(x, D, k) @ D

    @mistake("You return what is left in the end. The code f is wanted.")
    def what_is_left(x, D, k):
        return x - pursue(x, D, k) @ D

    @mistake("You count how often a latent was taken. Its strength is wanted.")
    def how_often(x, D, k):
        f, left, row = torch.zeros(len(x), len(D)), x, torch.arange(len(x))
        for _ in range(k):
            strength, at = step(left, D)
            f[row, at] += (strength > 0).float()
            left = left - strength[:, None] * D[at]
        return f

    @rewrite
    def with_the_gram_matrix(x, D, k):
        score, gram, f = x @ D.T, D @ D.T, torch.zeros(len(x), len(D))
        for _ in range(k):
            best = score.argmax(1, keepdim=True)
            part = torch.zeros_like(f).scatter(1, best, score.gather(1, best).relu())
            f, score = f + part, score - part @ gram
        return f

    @rewrite
    def row_by_row(x, D, k):
        code = []
        for row in x:
            f = torch.zeros(len(D))
            for _ in range(k):
                product = D @ (row - f @ D)
                if product.max() > 0:
                    f[product.argmax()] += product.max()
            code.append(f)
        return torch.stack(code)

    @rewrite
    def with_numpy(x, D, k):
        left, d = x.double().numpy().copy(), D.double().numpy()
        f = left @ d.T * 0
        for _ in range(k):
            product = left @ d.T
            for r, best in enumerate(product.argmax(1)):
                f[r, best] += max(product[r, best], 0)
                left[r] -= max(product[r, best], 0) * d[best]
        return torch.from_numpy(f)

    equivalent = {
        "line 5: `f.scatter_add_(1, at, strength)` → `f.scatter_add_(-1, at, strength)`": "The last axis of two.",
        "line 6: `at[:, 0]` → `at[:, -1]`": "It has one column.",
        "with_the_gram_matrix, line 4: `torch.zeros_like(f)` → `torch.zeros_like(score)`": "They have one shape.",
        "with_the_gram_matrix, line 4: `score.gather(1, best).relu()` → "
        "`score.relu().gather(1, best)`": "Cut off before or after it is picked out.",
        "with_the_gram_matrix, line 5: `part @ gram` → `part @ gram.mT`": "A matrix of dot products is symmetric.",
    }
