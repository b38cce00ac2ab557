"""7.11 and 7.12: what of a direction is read, and when a patch along it deceives."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite
from course_utils.exercises.ch07.illusion_slips import SLIPS


@law("the two parts add up to the direction")
def add_up(answer, v, W_out):
    read, unread = answer(v, W_out)
    return None if torch.allclose(read + unread, v, rtol=1e-3, atol=1e-3) else "Yours don't."


@law("nothing of the unread part comes out")
def unread_is_not_read(answer, v, W_out):
    left = (answer(v, W_out)[1] @ W_out).abs().max().item()
    return None if left < 1e-2 else f"`unread @ W_out` has entries up to {left:.3g}; they should be 0."


@law("the two parts stand at a right angle")
def right_angle(answer, v, W_out):
    read, unread = answer(v, W_out)
    return None if abs(float(read @ unread)) < 1e-2 else "Yours don't."


def basis(W_out):
    left, size, _ = torch.linalg.svd(W_out, full_matrices=False)
    return left[:, size > 1e-4 * size.max()]


def with_basis(v, W_out):
    Q = basis(W_out)
    read = (Q * (v @ Q)).sum(1)
    return read, v - read


class SplitDirection(FunctionExercise):
    id, title = "7.11", "What is read of it"
    difficulty, minutes, points, needs = "C", 9, 2, []
    rtol, atol = 1e-3, 1e-3
    checked = (
        "directions and weights against Gram and Schmidt with loops, with more neurons than outputs and fewer, and "
        "with weights that read fewer directions than they have columns, one of which is 0"
    )
    hints = [
        "`v @ W_out` depends on v only through its dot products with the *columns* of W_out. So what is read of v is "
        "its part in their span.",
        "An orthonormal basis of that span: the columns of U of `torch.linalg.svd(W_out, full_matrices=False)` whose "
        "singular value isn't 0. Or `W_out @ torch.linalg.pinv(W_out) @ v`.",
    ]

    def cases(self, rng):
        for neurons, model, rank, note in [
            (7, 3, 3, "with seven neurons and three outputs"),
            (6, 4, 2, "with four outputs that read two directions"),
            (3, 5, 3, "with more outputs than neurons"),
            (5, 1, 1, "with one output"),
        ]:
            W = torch.randn(neurons, rank, generator=rng)
            if rank < model:  # whole numbers, or rounding makes the span larger for whoever reckons more exactly
                W = torch.randint(-4, 5, (neurons, rank), generator=rng).float()
                W = W @ torch.randint(-3, 4, (rank, model), generator=rng).float()
                W[:, -1] = 0.0
            yield Case((3 * torch.randn(neurons, generator=rng), W), note)

    def oracle(
        self, v: Float[Tensor, " neuron"], W_out: Float[Tensor, "neuron model"]
    ) -> tuple[Float[Tensor, " neuron"], Float[Tensor, " neuron"]]:
        found: list[Tensor] = []
        for column in W_out.double().T:
            left = column.clone()
            for _ in range(2):  # twice, for the digits
                for q in found:
                    left = left - (left @ q) * q
            if left.norm() > 1e-4 * column.norm():
                found.append(left / left.norm())
        read = sum(((v.double() @ q) * q for q in found), torch.zeros(len(v), dtype=torch.double))
        return read.float(), (v.double() - read).float()

    laws = [add_up, unread_is_not_read, right_angle]

    @mistake("The two have changed places: first what is read, then what isn't.")
    def changed_places(v, W_out):
        return with_basis(v, W_out)[::-1]

    @mistake("`W_out @ W_out.T @ v` is a projection only if the columns are orthonormal. Make a basis of them first.")
    def columns_not_orthonormal(v, W_out):
        read = W_out @ (W_out.T @ v)
        return read, v - read

    @mistake(
        "You gave the columns length 1, but they don't stand at right angles: the same part is counted more than once."
    )
    def columns_of_length_one(v, W_out):
        unit = W_out / W_out.norm(dim=0)
        read = unit @ (unit.T @ v)
        return read, v - read

    @mistake("You kept only the direction that is read most strongly. Everything in the span of the columns is read.")
    def strongest_only(v, W_out):
        q = torch.linalg.svd(W_out, full_matrices=False).U[:, 0]
        return q * (q @ v), v - q * (q @ v)

    @mistake("You brought the parts to length 1. They have to add up to v.")
    def unit_parts(v, W_out):
        read, unread = with_basis(v, W_out)
        return torch.nn.functional.normalize(read, dim=0), torch.nn.functional.normalize(unread, dim=0)

    @mistake(
        "You took as many basis vectors as W_out has columns. These columns span less: singular vectors with a "
        "singular value of 0 are not read."
    )
    def rank_overlooked(v, W_out):
        U = torch.linalg.svd(W_out, full_matrices=False).U
        return U @ (U.T @ v), v - U @ (U.T @ v)

    @mistake("You brought v to length 1 first. The parts should add up to v as it is.")
    def v_of_length_one(v, W_out):
        return with_basis(torch.nn.functional.normalize(v, dim=0), W_out)

    @mistake("Both of your parts are the read one.")
    def the_same_twice(v, W_out):
        return (with_basis(v, W_out)[0],) * 2

    rewrites = [with_basis]

    @rewrite
    def with_pinv(v, W_out):
        read = v @ W_out @ torch.linalg.pinv(W_out, rtol=1e-5)
        return read, v - read

    @rewrite
    def with_eigenvectors(v, W_out):
        values, vectors = torch.linalg.eigh(W_out.double() @ W_out.double().T)
        null = vectors[:, values < 1e-8 * values.max()]
        unread = (null @ (null.T @ v.double())).float()
        return v - unread, unread

    @rewrite
    def with_least_squares(v, W_out):
        W = W_out.double()
        read = (W @ torch.linalg.lstsq(W, v.double()[:, None], rcond=1e-5, driver="gelsd").solution)[:, 0].float()
        return [read, v - read]

    equivalent = {
        "line 2: `torch.linalg.svd(W_out, full_matrices=False)` → `torch.linalg.svd(W_out, full_matrices=True)`": (
            "That appends columns to U, after the first `rank`."
        ),
    }


def shares(full, along, read):
    """[direction]: of the full patch's mean effect, what the direction has and what its read part has."""
    return along.mean(1) / full.mean(), read.mean(1) / full.mean()


class IsIllusory(FunctionExercise):
    id, title = "7.12", "A test for illusions"
    difficulty, minutes, points, needs = "C", 9, 2, ["7.11"]
    checked = (
        "sets of effects against loops, with a negative full effect, with shares exactly at the limits and above 1, "
        "and with one pair"
    )
    hints = [
        "Average over the pairs first, then divide by the mean effect of the full patch: two shares for each "
        "direction. What must the first be, and the second?",
        "`share = along.mean(1) / full.mean()`, `alone = read.mean(1) / full.mean()`. True where `share >= 0.5` and "
        "`alone < share / 2`.",
    ]

    def cases(self, rng):
        share = torch.tensor([1.0, 0.5, 0.5, 0.75, 0.25, 0.0, -1.0, 0.9, 1.0, 1.0, 1.0, 0.46875, 0.0625, 1.5, 1.0])
        alone = torch.tensor([0.0, 0.25, 0.0, 0.75, 0.0, 0.0, -0.25, 0.5, -0.5, 0.40625, 0.25, 0.0, 0.0, 0.625, -0.25])
        for pairs, full_mean, note in [(4, 4.0, "with four pairs"), (3, -8.0, "with a negative full effect")]:
            bumps = torch.randint(-8, 9, (3, pairs), generator=rng).float()
            bumps[:, 0] += 24
            full, a, r = bumps - bumps.mean(1, keepdim=True)
            full = torch.round(full * 4) / 4
            full[-1] -= full.sum()
            a, r = (torch.round(t * 4) / 4 for t in (a, r))
            a[-1] -= a.sum()
            r[-1] -= r.sum()
            yield Case((full + full_mean, share[:, None] * full_mean + a, alone[:, None] * full_mean + r), note)
        yield Case((torch.tensor([2.0]), torch.tensor([[2.0], [1.0]]), torch.tensor([[0.5], [0.75]])), "with one pair")

    mistakes = SLIPS

    def oracle(
        self,
        full: Float[Tensor, " pair"],
        along: Float[Tensor, "direction pair"],
        read: Float[Tensor, "direction pair"],
    ) -> Bool[Tensor, " direction"]:
        result = torch.zeros(len(along), dtype=torch.bool)
        whole = sum(full.tolist())
        for d in range(len(along)):
            works = sum(along[d].tolist()) / whole >= 0.5
            stands = sum(read[d].tolist()) / whole >= 0.5 * (sum(along[d].tolist()) / whole)
            result[d] = works and not stands
        return result

    @mistake("A patch that does nothing is no illusion: the whole direction must have half of the full patch's effect.")
    def any_that_loses(full, along, read):
        share, alone = shares(full, along, read)
        return alone < share / 2

    @mistake("You compared the read part with half of the *full* patch. It should be compared with its own direction.")
    def against_the_full_patch(full, along, read):
        share, alone = shares(full, along, read)
        return (share >= 0.5) & (alone < 0.5)

    @mistake("That is True for the honest directions: the read part alone should have *less* than half of the effect.")
    def the_honest_ones(full, along, read):
        share, alone = shares(full, along, read)
        return (share >= 0.5) & (alone >= share / 2)

    @mistake(
        "The effect of the full patch may be negative (the logit falls): compare shares, or you call nothing that "
        "lowers it an effect."
    )
    def sign_overlooked(full, along, read):
        return (along.mean(1) >= 0.5 * full.mean()) & (read.mean(1) < 0.5 * along.mean(1))

    @mistake("You compared sizes. A direction that moves the answer the other way has no share of the effect.")
    def sizes(full, along, read):
        share, alone = shares(full, along, read)
        return (share.abs() >= 0.5) & (alone.abs() < share.abs() / 2)

    @mistake("You averaged the shares of single pairs; a pair with a small full effect then rules. Average first.")
    def mean_of_ratios(full, along, read):
        share, alone = (along / full).mean(1), (read / full).mean(1)
        return (share >= 0.5) & (alone < share / 2)

    @mistake("You added up over the pairs of texts and divided by a mean: every share is several times too large.")
    def sums_for_means(full, along, read):
        share, alone = along.sum(1) / full.mean(), read.sum(1) / full.mean()
        return (share >= 0.5) & (alone < share / 2)

    @mistake("Exactly half of the full effect is enough: at least half.")
    def more_than_half(full, along, read):
        share, alone = shares(full, along, read)
        return (share > 0.5) & (alone < share / 2)

    @mistake("A read part with exactly half of its direction's effect is not less than half.")
    def half_is_little(full, along, read):
        share, alone = shares(full, along, read)
        return (share >= 0.5) & (alone <= share / 2)

    @mistake("You asked whether the patch works. An illusion is one that works and whose read part doesn't.")
    def all_that_work(full, along, read):
        share, _ = shares(full, along, read)
        return share >= 0.5

    @rewrite
    def with_shares(full, along, read):
        share, alone = shares(full, along, read)
        return (share >= 0.5) & (alone < 0.5 * share)

    @rewrite
    def with_sums(full, along, read):
        sign = full.sum().sign()
        return (2 * sign * along.sum(1) >= sign * full.sum()) & (2 * sign * read.sum(1) < sign * along.sum(1))

    @rewrite
    def one_by_one(full, along, read):
        found = []
        for a, r in zip(along, read):
            share, alone = (a.mean() / full.mean()).item(), (r.mean() / full.mean()).item()
            found.append(share >= 0.5 and alone / share < 0.5)
        return torch.tensor(found)
