"""7.2 and 7.4: rows of one document are not independent, so split and draw whole documents."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite

DRAWS = 60


def chosen_documents(split, document):
    """The numbers of the documents that have a row on the chosen side."""
    return frozenset(document[split(document)].tolist())


@law("a document is on one side with all its rows")
def whole(split, document):
    chosen = split(document)
    for number in document.unique():
        rows = chosen[document == number]
        if rows.any() != rows.all():
            return "splits rows"
    return None


@law("half of the documents are chosen, rounded down")
def half(split, document):
    n, got = len(document.unique()), [len(chosen_documents(split, document)) for _ in range(8)]
    if all(k == n // 2 for k in got):
        return None
    if len(set(got)) > 1:
        return "numbers that no document has" if max(got) <= n // 2 else "a coin for each document"
    if n % 2 and got[0] == n - n // 2:
        return "rounds up"
    return f"Of {n} documents {got[0]} were chosen; {n // 2} are wanted."


@law("every call draws anew")
def anew(split, document):
    if len(document.unique()) < 5:
        return None
    drawn = {chosen_documents(split, document) for _ in range(6)}
    return "always the same half" if len(drawn) == 1 else None


@law("any half can come out, and each document is chosen as often as any other")
def any_half(split, document):
    numbers = document.unique().tolist()
    if len(numbers) < 9:
        return None
    drawn = [chosen_documents(split, document) for _ in range(DRAWS)]
    if len(set(drawn)) < DRAWS / 3:
        return "neighbours together"
    often = [sum(number in chosen for chosen in drawn) for number in numbers]
    expected = DRAWS * (len(numbers) // 2) / len(numbers)
    unlucky = max(abs(k - expected) for k in often) > 5 * (DRAWS / 4) ** 0.5
    return (
        "Some documents are chosen far more often than others: each should have the same chance." if unlucky else None
    )


class HalfOfTheDocuments(FunctionExercise):
    id, title = "7.2", "Which rows may the probe see?"
    difficulty, minutes, points, needs = "B", 7, 2, []
    random = True
    checked = (
        "sets of rows, with documents of unequal length, numbers that leave gaps, rows in any order, and two documents"
    )
    hints = [
        "Draw documents, not rows. `document.unique()` lists the documents that there are.",
        "`torch.randperm(n)[: n // 2]` draws half of n things. `torch.isin(document, chosen)` marks the rows of the "
        "chosen documents.",
    ]

    def cases(self, rng):
        yield Case(torch.arange(12).repeat_interleave(5), "with twelve documents of five rows")
        numbers = torch.tensor([40, 3, 17, 8, 99, 5, 61, 23, 12, 70, 2])
        rows = numbers.repeat_interleave(torch.tensor([1, 7, 3, 4, 2, 9, 1, 5, 3, 2, 6]))
        yield Case(rows[torch.randperm(len(rows), generator=rng)], "with eleven documents, their rows in any order")
        yield Case(torch.tensor([4, 4, 9, 9, 9]), "with two documents")
        yield Case(torch.tensor([7, 7, 2, 5, 5, 5, 5, 5, 5, 2]), "with three documents, one of them long")

    def oracle(self, document: Int[Tensor, " row"]) -> Bool[Tensor, " row"]:
        return torch.zeros(len(document), dtype=torch.bool)  # the shape; the laws know the rest

    laws = [whole, half, anew, any_half]

    @mistake(
        "You drew rows. Rows of one document stand on both sides then, and a probe can recognise the document instead "
        "of the feature: draw documents."
    )
    def splits_rows(document):
        chosen = torch.zeros(len(document), dtype=torch.bool)
        chosen[torch.randperm(len(document))[: len(document) // 2]] = True
        return chosen

    @mistake(
        "How many documents are chosen changes from call to call. Exactly half of those that there are is wanted "
        "(rounded down), whichever they are."
    )
    def a_coin_for_each_document(document):
        numbers, of = document.unique(return_inverse=True)
        return (torch.rand(len(numbers)) < 0.5)[of]

    @mistake(
        "You drew numbers that no document has: their numbers have gaps, so that 0, 1, 2 … are not all there. Draw "
        "from `document.unique()`."
    )
    def numbers_that_no_document_has(document):
        n = len(document.unique())
        return torch.isin(document, torch.randperm(n)[: n // 2])

    @mistake("With an odd number of documents you chose one too many: round down.")
    def rounds_up(document):
        numbers, of = document.unique(return_inverse=True)
        return (torch.randperm(len(numbers)) < (len(numbers) + 1) // 2)[of]

    @mistake(
        "It is the same half at every call. Draw it anew, and leave seeding to whoever calls: otherwise the result "
        "depends on one split, and nobody sees by how much."
    )
    def always_the_same_half(document):
        torch.manual_seed(0)
        numbers, of = document.unique(return_inverse=True)
        return (torch.randperm(len(numbers)) < len(numbers) // 2)[of]

    @mistake(
        "Only few different halves ever come out: documents next to each other stay together, or every other one is "
        "taken. Draw them independently of their order."
    )
    def neighbours_together(document):
        numbers, of = document.unique(return_inverse=True)
        n, start = len(numbers), int(torch.randint(len(numbers), ()))
        return (((torch.arange(n) + start) % n) < n // 2)[of]

    @rewrite
    def with_isin(document):
        numbers = document.unique()
        return torch.isin(document, numbers[torch.randperm(len(numbers))[: len(numbers) // 2]])

    @rewrite
    def with_ranks(document):
        numbers, of = document.unique(return_inverse=True)
        return (torch.rand(len(numbers)).argsort().argsort() < len(numbers) // 2)[of]

    @rewrite
    def with_python(document):
        numbers = sorted(set(document.tolist()))
        order = torch.randperm(len(numbers)).tolist()
        chosen = {numbers[i] for i in order[: len(numbers) // 2]}
        return torch.tensor([number in chosen for number in document.tolist()])


class F1OfDraws(FunctionExercise):
    id, title = "7.4", "How sure is the F1?"
    difficulty, minutes, points, needs = "C", 9, 2, ["7.3"]
    checked = (
        "sets of counts against loops, with a document drawn twice, with more and fewer draws than documents, and with "
        "a draw in which nothing was said and nothing holds"
    )
    hints = [
        "A draw is a new collection of documents. Add up the three counts over it, a document that was drawn twice "
        "twice, and only then make an F1 of them.",
        "`right[picked]` is [draw, document]: the counts of the documents that were drawn. F1 is "
        "2·right / (said + holds).",
    ]

    def cases(self, rng):
        for n, draws, size, note in [
            (6, 5, 6, "with six documents"),
            (4, 7, 4, "with four documents"),
            (8, 1, 3, "with one draw of three"),
        ]:
            holds = torch.randint(0, 6, (n,), generator=rng)
            right = (holds * torch.rand(n, generator=rng)).round().long()
            said = right + torch.randint(0, 4, (n,), generator=rng)
            holds[0], right[0], said[0] = 9, 8, 10
            picked = torch.randint(0, n, (draws, size), generator=rng)
            picked[0, :2] = torch.tensor([0, 0])
            yield Case((right, said, holds, picked), note)
        counts = torch.tensor([[0, 3, 2], [0, 4, 2], [0, 3, 5]])
        yield Case((*counts, torch.tensor([[0, 0, 0], [1, 2, 0]])), "with a draw of a document that has nothing")
        counts = torch.tensor([[200, 90], [260, 90], [220, 100]])
        yield Case((*counts, torch.tensor([[0, 1], [1, 1], [0, 0]])), "with more than 255 places")

    def oracle(
        self,
        right: Int[Tensor, " document"],
        said: Int[Tensor, " document"],
        holds: Int[Tensor, " document"],
        picked: Int[Tensor, "draw document"],
    ) -> Float[Tensor, " draw"]:
        result = []
        for draw in picked.tolist():
            hits = misses = alarms = 0
            for d in draw:
                hits += int(right[d])
                misses += int(holds[d]) - int(right[d])
                alarms += int(said[d]) - int(right[d])
            result.append(hits / (hits + (misses + alarms) / 2) if hits else 0.0)
        return torch.tensor(result)

    @mistake(
        "You averaged the F1 of each document. A document with two places where the feature holds would count as much "
        "as one with twenty: add the counts up first."
    )
    def mean_of_f1s(right, said, holds, picked):
        return (2 * right / (said + holds).clamp_min(1))[picked].mean(1)

    @mistake("A document that was drawn twice counts twice. You counted it once.")
    def counted_once(right, said, holds, picked):
        drawn = torch.zeros(len(picked), len(right), dtype=torch.bool).scatter_(1, picked, True).float()
        a, b = drawn @ right.float(), drawn @ (said + holds).float()
        return 2 * a / b.clamp_min(1)

    @mistake("That is the precision of each draw: the places that were missed count, too.")
    def precision(right, said, holds, picked):
        return right[picked].sum(1) / said[picked].sum(1).clamp_min(1)

    @mistake("That is the recall of each draw: the false alarms count, too.")
    def recall(right, said, holds, picked):
        return right[picked].sum(1) / holds[picked].sum(1).clamp_min(1)

    @mistake("Half of what it should be: F1 is 2·right / (said + holds).")
    def no_factor_two(right, said, holds, picked):
        return right[picked].sum(1) / (said[picked].sum(1) + holds[picked].sum(1)).clamp_min(1)

    @mistake("You summed over the draws. Each draw is a row of `picked`: sum along it.")
    def over_the_draws(right, said, holds, picked):
        return 2 * right[picked].sum(0) / (said[picked].sum(0) + holds[picked].sum(0)).clamp_min(1)

    @mistake("You always divide by the counts of *all* documents. They have to be those of the draw.")
    def divides_by_all(right, said, holds, picked):
        return 2 * right[picked].sum(1) / (said.sum() + holds.sum())

    @mistake("You return the same F1, that of all documents, for every draw: `picked` says which documents to count.")
    def ignores_the_draws(right, said, holds, picked):
        return (2 * right.sum() / (said.sum() + holds.sum()).clamp_min(1)).expand(len(picked)).clone()

    @mistake("A draw in which nothing was said and nothing holds gives 0/0. Return 0 there.")
    def no_guard(right, said, holds, picked):
        return 2 * right[picked].sum(1) / (said[picked].sum(1) + holds[picked].sum(1))

    @mistake("You divided by said + holds − right (that is the Jaccard index); F1 is 2·right / (said + holds).")
    def jaccard(right, said, holds, picked):
        a, b, c = (t[picked].sum(1) for t in (right, said, holds))
        return a / (b + c - a).clamp_min(1)

    @mistake("You took the ordinary mean of precision and recall. F1 is the harmonic one: 2·right / (said + holds).")
    def ordinary_mean(right, said, holds, picked):
        a, b, c = (t[picked].sum(1) for t in (right, said, holds))
        return (a / b.clamp_min(1) + a / c.clamp_min(1)) / 2

    @mistake("Where nothing was said and nothing holds you give 1. The text wants 0 there.")
    def perfect_where_nothing_is(right, said, holds, picked):
        a, b = right[picked].sum(1), (said + holds)[picked].sum(1)
        return torch.where(b > 0, 2 * a / b.clamp_min(1), 1.0)

    @mistake("You added 1 below, so that nothing is divided by 0. That changes every F1: only 0/0 is to be 0.")
    def one_more_below(right, said, holds, picked):
        return 2 * right[picked].sum(1) / ((said + holds)[picked].sum(1) + 1)

    @mistake("You averaged the precisions and recalls of single documents; add the counts of the draw up first.")
    def from_mean_precision_and_recall(right, said, holds, picked):
        p, r = (right / said.clamp_min(1))[picked].mean(1), (right / holds.clamp_min(1))[picked].mean(1)
        return 2 * p * r / (p + r).clamp_min(1e-12)

    @rewrite
    def with_sums(right, said, holds, picked):
        both = (said + holds)[picked].sum(dim=1)
        return torch.nan_to_num(2 * right[picked].sum(dim=1) / both)

    @rewrite
    def with_weights(right, said, holds, picked):
        times = torch.stack([torch.bincount(draw, minlength=len(right)) for draw in picked]).float()
        a, b = times @ right.float(), times @ (said + holds).float()
        return torch.where(b > 0, 2 * a / b.clamp_min(1), 0.0)

    @rewrite
    def with_precision_and_recall(right, said, holds, picked):
        p = right[picked].sum(1) / said[picked].sum(1).clamp_min(1)
        r = right[picked].sum(1) / holds[picked].sum(1).clamp_min(1)
        return torch.nan_to_num(2 * p * r / (p + r))
