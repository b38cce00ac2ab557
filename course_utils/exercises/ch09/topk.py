"""9.11: the k largest, of each row or of a batch."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("no activation is changed: each is kept as it is or set to 0")
def kept_or_zero(answer, pi, k, per_row):
    f = answer(pi, k, per_row)
    kept = (f == 0) | (f == pi)
    return None if kept.all() else "Some of your values are neither the pre-activation nor 0."


@law("never more than k for each row, taken all together")
def not_too_many(answer, pi, k, per_row):
    n = int((answer(pi, k, per_row) != 0).sum())
    return None if n <= k * len(pi) else f"{n} latents are active in {len(pi)} rows, with k = {k}."


def _groups(values, per_row):
    """Rows, or the whole batch as one."""
    return values.tolist() if per_row else [values.flatten().tolist()]


@law("of equal values no more are kept than there is room for, and no fewer (tried with `pi.sign()`: only 1, 0 and −1)")
def room_for_equals(answer, pi, k, per_row):
    level = pi.sign()  # nothing but 1, 0 and −1
    kept = _groups(answer(level, k, per_row), per_row)
    for before, after in zip(_groups(level, per_row), kept):
        room = k if per_row else k * len(pi)
        if sum(after) > min(room, before.count(1.0)):
            return "all equals"
        if sum(after) < min(room, before.count(1.0)):
            return "no equals"
    return None


def keep_largest(pi, k, per_row):
    flat = pi if per_row else pi.flatten()[None]
    best = flat.topk(k if per_row else k * len(pi), dim=-1)
    return torch.zeros_like(flat).scatter(-1, best.indices, best.values.relu()).reshape(pi.shape)


class KeepLargest(FunctionExercise):
    id, title = "9.11", "The k largest"
    difficulty, minutes, points, needs = "B", 10, 2, []
    checked = "batches place by place, of both kinds, with negative values among the largest and room for all of them"
    hints = [
        "BatchTopK is TopK on one long row: flatten the batch, keep k times as many as there are rows, fold it back.",
        "`best = flat.topk(count, dim=-1)`, then `torch.zeros_like(flat).scatter(-1, best.indices, "
        "best.values.relu())`, with flat = pi or `pi.flatten()[None]`.",
    ]

    def cases(self, rng):
        pi = torch.randn(4, 6, generator=rng) + torch.tensor([2.0, 0.5, -1.0, -3.0])[:, None]
        yield Case((pi, 2, False), "over the batch, with strong and weak rows")
        yield Case((pi, 2, True), "row by row, with strong and weak rows")
        yield Case((torch.randn(5, 3, generator=rng) - 0.5, 2, True), "row by row, with few positive values")
        yield Case((torch.randn(3, 5, generator=rng), 1, False), "over the batch, with k = 1")
        yield Case((torch.randn(1, 6, generator=rng), 3, False), "with a batch of one, where both are the same")
        yield Case((torch.randn(3, 4, generator=rng) + 1, 4, False), "over the batch, with room for all")
        yield Case((torch.randn(3, 4, generator=rng) + 1, 4, True), "row by row, with room for all")

    def oracle(self, pi: Float[Tensor, "n latent"], k: int, per_row: bool) -> Float[Tensor, "n latent"]:
        f = torch.zeros_like(pi)
        for r in range(len(pi)):
            for c in range(pi.shape[1]):
                rivals = pi[r].tolist() if per_row else pi.flatten().tolist()
                ahead = sum(other > float(pi[r, c]) for other in rivals)
                if ahead < (k if per_row else k * len(pi)) and pi[r, c] > 0:
                    f[r, c] = pi[r, c]
        return f

    laws = [kept_or_zero, not_too_many, room_for_equals]

    @mistake(
        "Some of your latents are negative. Where fewer than k pre-activations are positive, fewer than k latents "
        "are active."
    )
    def no_ReLU(pi, k, per_row):
        flat = pi if per_row else pi.flatten()[None]
        best = flat.topk(k if per_row else k * len(pi), dim=-1)
        return torch.zeros_like(flat).scatter(-1, best.indices, best.values).reshape(pi.shape)

    @mistake(
        "With `per_row=False` every row still gets its own k. Over the batch a rich row may have more, a poor one none."
    )
    def always_row_by_row(pi, k, per_row):
        return keep_largest(pi, k, True)

    @mistake("With `per_row=True` a strong row takes places away from the others. Each row has its own k.")
    def always_over_the_batch(pi, k, per_row):
        return keep_largest(pi, k, False)

    @mistake("The two are exchanged: with `per_row=True` you choose over the batch, and with `False` row by row.")
    def turned_round(pi, k, per_row):
        return keep_largest(pi, k, not per_row)

    @mistake("Over the batch you kept k in all. It should be k on average: k times the number of rows.")
    def k_for_the_whole_batch(pi, k, per_row):
        if per_row:
            return keep_largest(pi, k, True)
        best = pi.flatten().topk(k)
        return torch.zeros(pi.numel()).scatter(0, best.indices, best.values.relu()).reshape(pi.shape)

    @mistake(
        "You kept the k largest in each column. That spreads rows over latents; we want latents for each row: the "
        "last axis."
    )
    def k_for_every_latent(pi, k, per_row):
        if not per_row:
            return keep_largest(pi, k, False)
        return keep_largest(pi.T, min(k, len(pi)), True).T

    @mistake("You chose by absolute value, so very negative ones took places and became zero. Choose the largest.")
    def by_size(pi, k, per_row):
        flat = pi if per_row else pi.flatten()[None]
        best = flat.abs().topk(k if per_row else k * len(pi), dim=-1).indices
        return torch.zeros_like(flat).scatter(-1, best, flat.gather(-1, best)).relu().reshape(pi.shape)

    @mistake("You returned ones. The kept latents keep their strength.")
    def a_mask(pi, k, per_row):
        return (keep_largest(pi, k, per_row) > 0).float()

    @mistake("You kept the smallest values, not the largest.")
    def the_smallest(pi, k, per_row):
        flat = pi if per_row else pi.flatten()[None]
        best = flat.topk(k if per_row else k * len(pi), dim=-1, largest=False)
        return torch.zeros_like(flat).scatter(-1, best.indices, best.values.relu()).reshape(pi.shape)

    @mistake(
        "You subtracted the cut-off from what you kept: that is shrinkage again. Values above it stay as they are."
    )
    def threshold_taken_off(pi, k, per_row):
        flat = pi if per_row else pi.flatten()[None]
        cut = flat.topk(k if per_row else k * len(pi), dim=-1).values[:, -1:]
        return (flat - cut).relu().reshape(pi.shape)

    @mistake(
        "Your threshold is the last value that has a place, and every value as large as that passes. Where several are "
        "equal there, more than k are kept: choose by place (`topk(...).indices`), not by value."
    )
    def all_equals(pi, k, per_row):
        flat = pi if per_row else pi.flatten().unsqueeze(0)
        cut = flat.sort(dim=-1, descending=True).values[:, k * (1 if per_row else len(pi)) - 1].unsqueeze(-1)
        return (flat * (flat >= cut)).clamp_min(0).reshape(pi.shape)

    @mistake(
        "The k-th largest itself is to be kept, and with `>` it is not larger than itself. (With `>=` equal values "
        "would be too many: choose by place, `topk(...).indices`.)"
    )
    def strictly_above_the_last(pi, k, per_row):
        flat = pi if per_row else pi.flatten().unsqueeze(0)
        cut = flat.topk(k if per_row else k * len(pi), dim=-1).values[:, -1:]
        return (flat * (flat > cut)).clamp_min(0).reshape(pi.shape)

    @mistake("You return the kept values alone. They stay where they were, and the others become 0: the shape of pi.")
    def the_kept_values_alone(pi, k, per_row):
        return pi.relu().topk(k, dim=-1).values if per_row else pi.relu().flatten().topk(k * len(pi)).values

    @mistake(
        "You keep what is larger than the first value without a place. Where several are equal there, none of them is "
        "kept, and some places stay empty."
    )
    def no_equals(pi, k, per_row):
        flat = pi if per_row else pi.flatten().unsqueeze(0)
        ordered = torch.nn.functional.pad(flat.sort(dim=-1, descending=True).values, (0, 1), value=-1e9)
        first_out = ordered[:, k * (1 if per_row else len(pi))].unsqueeze(-1)
        return (flat * (flat > first_out)).clamp_min(0).reshape(pi.shape)

    @rewrite
    def keep_by_sorting(pi, k, per_row):
        flat = pi if per_row else pi.reshape(1, -1)
        order = flat.argsort(dim=-1, descending=True).argsort(dim=-1)
        return torch.where((order < k * (1 if per_row else len(pi))) & (flat > 0), flat, torch.zeros(())).reshape(
            pi.shape
        )

    @rewrite
    def keep_with_a_loop(pi, k, per_row):
        f = torch.zeros_like(pi)
        groups = [[(r, c) for c in range(pi.shape[1])] for r in range(len(pi))]
        if not per_row:
            groups, k = [[place for group in groups for place in group]], k * len(pi)
        for group in groups:
            for r, c in sorted(group, key=lambda place: float(pi[place]), reverse=True)[:k]:
                f[r, c] = max(float(pi[r, c]), 0.0)
        return f

    _last_anyway = "Without `dim` it is the last axis, which is −1."
    _folded_back = (
        "One row of all or no axis of rows: the last axis is the same, and `reshape` folds it back in the end."
    )
    equivalent = {
        "line 1: `pi.flatten()[None]` → `pi.flatten()`": _folded_back,
        "line 2: `rows.topk(k if per_row else k * len(pi), dim=-1)` → "
        "`rows.topk(k if per_row else k * len(pi))`": _last_anyway,
        "keep_by_sorting, line 1: `pi.reshape(1, -1)` → `pi.reshape(-1)`": _folded_back,
        "keep_by_sorting, line 2: `flat.argsort(dim=-1, descending=True).argsort(dim=-1)` → "
        "`flat.argsort(dim=-1, descending=True).argsort()`": _last_anyway,
        "keep_by_sorting, line 2: `flat.argsort(dim=-1, descending=True)` → "
        "`flat.argsort(descending=True)`": _last_anyway,
        "keep_by_sorting, line 3: `flat > 0` → `flat >= 0`": "What is 0 is 0 in both branches.",
    }
