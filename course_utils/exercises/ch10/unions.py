"""10.5: a few latents that are one feature together."""

import itertools

import torch
from jaxtyping import Bool
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite
from course_utils.exercises.ch10.greedy import f1_of, others, those_that_help, union


@law("rows in which nothing fires and nothing holds change nothing")
def silent_rows(answer, fires, holds, k):
    more = torch.cat([fires, fires.new_zeros(7, fires.shape[1])])
    same = list(answer(more, torch.cat([holds, holds.new_zeros(7)]), k)) == list(answer(fires, holds, k))
    return None if same else "Seven more rows without a latent and without the feature gave other latents."


class GreedyUnion(FunctionExercise):
    id, title = "10.5", "A meaning as a union of spellings"
    difficulty, minutes, points, needs = "C", 12, 3, []
    checked = (
        "features against loops over rows: made of three latents, of one, of more than are allowed, with latents that "
        "are good alone and add nothing, with equals, and a feature that no latent hits"
    )
    hints = [
        "Keep what the chosen ones say together, one Boolean for each row. For each candidate: what would they say "
        "with it, and what would the F1 of *that* be?",
        "In each round `together = said[:, None] | fires` has a column for each candidate. Its F1 is "
        "`2 * (together & holds[:, None]).sum(0) / (together.sum(0) + holds.sum())`. Stop if the best isn't higher "
        "than the last one.",
    ]

    def cases(self, rng):
        holds = torch.arange(30) < 12
        fires = torch.zeros(30, 7, dtype=torch.bool)
        for latent, rows in {1: range(0, 4), 3: range(4, 8), 5: range(8, 12), 0: range(0, 5)}.items():
            fires[list(rows), latent] = True
        fires[[0, 1, 2, 3, 20, 21], 2] = True  # as good as 1, but for two false alarms
        fires[10:26, 4] = True
        fires[[4, 5], 6] = True
        yield Case((fires, holds, 3), "with a feature that is made of three")
        yield Case((fires, holds, 2), "with fewer latents than it takes")
        yield Case((fires, holds, 6), "with more latents than it takes")
        yield Case((fires[:, [6, 2, 1, 1, 4]], holds, 3), "with two that are alike")
        yield Case((fires, torch.arange(30) > 27, 3), "with a feature that no latent hits")
        rare = torch.arange(400) < 1
        yield Case(((torch.arange(400) % 2 == 0)[:, None], rare, 2), "with a latent that is hardly better than none")
        for rows, latents, k, note in [
            (40, 9, 4, "with forty rows"),
            (50, 6, 3, "with fifty rows"),
            (30, 12, 1, "with k = 1"),
        ]:
            holds = torch.rand(rows, generator=rng) < 0.4
            fires = torch.rand(rows, latents, generator=rng) < torch.where(holds, 0.35, 0.08)[:, None]
            yield Case((fires, holds, k), note)

    def oracle(self, fires: Bool[Tensor, "row latent"], holds: Bool[Tensor, " row"], k: int) -> list[int]:
        where = {row for row, h in enumerate(holds.tolist()) if h}
        rows_of = [{row for row, s in enumerate(column) if s} for column in fires.T.tolist()]
        said, chosen, reached = set(), [], 0.0
        while len(chosen) < k:
            best, best_f1 = None, reached
            for latent, rows in enumerate(rows_of):
                together = said | rows
                f1 = 2 * len(together & where) / max(len(together) + len(where), 1)
                if f1 > best_f1 + 1e-9:
                    best, best_f1 = latent, f1
            if best is None:
                break
            chosen.append(best)
            said, reached = said | rows_of[best], best_f1
        return chosen

    laws = [silent_rows]

    @mistake("You took the k latents that are best *alone*. Two of them may say the same: judge each by the union.")
    def best_alone(fires, holds, k):
        f1 = f1_of(fires, holds)
        order = f1.argsort(descending=True, stable=True)[:k]
        return [int(latent) for latent in order if f1[latent] > 0]

    @mistake("You went on although no latent makes the F1 higher. Stop there: there may be fewer than k.")
    def does_not_stop(fires, holds, k):
        return union(fires, holds, k, enough=lambda new, old: False)

    @mistake(
        "You went on with latents that leave F1 as it is. Keep the F1 that you have reached, and stop unless the best "
        "one is *higher*."
    )
    def stops_when_lower(fires, holds, k):
        return union(fires, holds, k, enough=lambda new, old: new < old or new == 0)

    @mistake(
        "You take a latent even where none hits the feature. With none F1 is 0, and the first must be better, too."
    )
    def a_first_one_in_any_case(fires, holds, k):
        return union(fires, holds, k, reached=-1.0)

    @mistake(
        "You never choose one twice, and don't stop either. Where the best of the others doesn't make F1 higher, stop."
    )
    def all_that_are_left(fires, holds, k):
        return others(fires, holds, k, enough=lambda new, old: False)

    @mistake("You took latents that leave F1 as it is: they add nothing. Only a *higher* F1 is a reason to go on.")
    def others_that_are_as_good(fires, holds, k):
        return others(fires, holds, k, enough=lambda new, old: new < old)

    @mistake("You joined with *and*: rows where all of them fire. A union fires where any of them does: `|`.")
    def intersection(fires, holds, k):
        return union(fires, holds, k, join=torch.logical_and, start=True)

    @mistake(
        "You joined with *and*, beginning with no row at all: nothing can fire then. A union fires where any of them "
        "does: `|`."
    )
    def intersection_with_nothing(fires, holds, k):
        return union(fires, holds, k, join=torch.logical_and)

    @mistake("You added up what they say: a row where two of them fire counts twice. It fires or it doesn't: `|`.")
    def sum_for_union(fires, holds, k):
        said, chosen, reached = torch.zeros(len(holds)), [], 0.0
        for _ in range(k):
            together = said[:, None] + fires.float()
            f1 = 2 * (together * holds[:, None]).sum(0) / (together.sum(0) + holds.sum())
            best = int(f1.argmax())
            if f1[best] <= reached:
                break
            chosen.append(best)
            said, reached = together[:, best], f1[best]
        return chosen

    @mistake("One too many: at most k latents, not k + 1.")
    def one_too_many(fires, holds, k):
        return union(fires, holds, k + 1)

    @mistake(
        "You took the k latents with the largest F1 of their own, down to those with none. A latent counts for what it "
        "*adds* to the union; and stop where none adds anything."
    )
    def largest_alone(fires, holds, k):
        return f1_of(fires, holds).topk(min(k, fires.shape[1])).indices.tolist()

    @mistake("You chose by recall: latents with false alarms don't pay for them. Judge by F1.")
    def by_recall(fires, holds, k):
        return union(fires, holds, k, score=lambda s, h: (s & h[:, None]).sum(0) / h.sum().clamp_min(1))

    @mistake("You chose by precision: one more right row is worth nothing then. Judge by F1.")
    def by_precision(fires, holds, k):
        return union(fires, holds, k, score=lambda s, h: (s & h[:, None]).sum(0) / s.sum(0).clamp_min(1))

    @mistake("You chose by hits less false alarms. Judge by F1.")
    def by_difference(fires, holds, k):
        return union(fires, holds, k, score=lambda s, h: ((s & h[:, None]).sum(0) - (s & ~h[:, None]).sum(0)).float())

    @mistake(
        "You ordered the latents once, by their own F1, and took each that helps. After every choice ask *all* of them "
        "again: which union is the best now?"
    )
    def in_order_of_their_own(fires, holds, k):
        order = f1_of(fires, holds).argsort(descending=True, stable=True).tolist()
        return [order[i] for i in those_that_help(fires[:, order], holds, k)]

    @mistake(
        "You took the first latent that makes F1 higher. In each round compare all of them, and take the one with "
        "which F1 is highest."
    )
    def first_that_helps(fires, holds, k):
        return those_that_help(fires, holds, k)

    @mistake(
        "You forget what was chosen before the last one: each new latent is joined with that alone. Keep the union of "
        "all of them."
    )
    def joined_with_the_last(fires, holds, k):
        said, chosen, reached = torch.zeros_like(holds), [], 0.0
        for _ in range(k):
            scores = f1_of(said[:, None] | fires, holds)
            best = int(scores.argmax())
            if scores[best] <= reached:
                break
            chosen.append(best)
            said, reached = fires[:, best], scores[best]
        return chosen

    @mistake(
        "You took off the rows that are found, and asked for the rest anew: false alarms of the earlier ones are "
        "forgotten. Judge the union, on all rows."
    )
    def on_what_is_left(fires, holds, k):
        left, chosen = holds, []
        for _ in range(k):
            scores = f1_of(fires, left)
            best = int(scores.argmax())
            if scores[best] == 0:
                break
            chosen.append(best)
            left = left & ~fires[:, best]
        return chosen

    @mistake("You went on beyond `k`. At most k are chosen, even if a further one would help.")
    def beyond_k(fires, holds, k):
        return union(fires, holds, fires.shape[1])

    @mistake("You stop at a perfect union only. Stop as soon as no latent makes F1 higher, however low it is.")
    def stops_when_perfect(fires, holds, k):
        return union(fires, holds, k, enough=lambda new, old: old == 1)

    @mistake("You put the last one in before you ask if it helps: it should have stayed out.")
    def asked_afterwards(fires, holds, k):
        chosen = union(fires, holds, k)
        return (
            chosen
            if len(chosen) == k
            else [*chosen, *union(fires, holds, k, enough=lambda *_: False)[len(chosen) :][:1]]
        )

    @mistake(
        "You looked for the best set of all. It would be better, and takes too long; asked is a greedy choice, one "
        "after the other, that never takes one back."
    )
    def best_set(fires, holds, k):
        sizes = range(min(k, fires.shape[1]) + 1)
        sets = [list(each) for n in sizes for each in itertools.combinations(range(fires.shape[1]), n)]
        scores = f1_of(torch.stack([fires[:, each].any(1) for each in sets], dim=1), holds)
        return sets[int(scores.argmax())]

    @mistake("You chose by the share of rows where both say the same: silence counts, too. Judge by F1.")
    def by_accuracy(fires, holds, k):
        return union(fires, holds, k, score=lambda s, h: (s == h[:, None]).float().mean(0))

    @mistake("You joined with *exclusive or*: where two of them fire, the union fires as well.")
    def exclusive(fires, holds, k):
        return union(fires, holds, k, join=torch.logical_xor)

    @mistake("Of latents that are equally good you took the last. The text wants the first.")
    def last_of_equals(fires, holds, k):
        return [fires.shape[1] - 1 - latent for latent in union(fires.flip(1), holds, k)]

    @mistake("You put them in the order of their numbers. The text wants them as they were chosen.")
    def in_order(fires, holds, k):
        return sorted(union(fires, holds, k))

    @mistake("One too few: at most k latents, not k − 1.")
    def one_too_few(fires, holds, k):
        return union(fires, holds, k - 1)

    @rewrite
    def with_a_helper(fires, holds, k):
        return union(fires, holds, k)

    @rewrite
    def with_counts(fires, holds, k):
        left, chosen, hits, false, reached = torch.ones_like(holds), [], 0, 0, 0.0
        while len(chosen) < k:
            new_hits = hits + (fires & (left & holds)[:, None]).sum(0)
            new_false = false + (fires & (left & ~holds)[:, None]).sum(0)
            scores = 2 * new_hits / (new_hits + new_false + holds.sum()).clamp_min(1)
            best = int(scores.argmax())
            if scores[best] <= reached:
                return chosen
            chosen.append(best)
            hits, false, reached, left = new_hits[best], new_false[best], scores[best], left & ~fires[:, best]
        return chosen

    @rewrite
    def one_by_one(fires, holds, k):
        def score(latents):
            said = fires[:, latents].any(1)
            return 2 * int((said & holds).sum()) / max(int(said.sum() + holds.sum()), 1)

        chosen = []
        while len(chosen) < k:
            best = max(range(fires.shape[1]), key=lambda latent: score([*chosen, latent]))
            if score([*chosen, best]) <= (score(chosen) if chosen else 0):
                break
            chosen.append(best)
        return torch.tensor(chosen) if chosen else []

    _size = "Half of F1, or three halves of it, is largest for the same latents."
    equivalent = {
        "line 4: `2 * (together & holds[:, None]).sum(0)` → `(together & holds[:, None]).sum(0)`": _size,
        "line 4: `2 * (together & holds[:, None]).sum(0)` → `1 * (together & holds[:, None]).sum(0)`": _size,
        "line 4: `2 * (together & holds[:, None]).sum(0)` → `3 * (together & holds[:, None]).sum(0)`": _size,
    }
