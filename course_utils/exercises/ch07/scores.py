"""7.3: what a probe says, against what holds."""

import torch
from jaxtyping import Bool
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, mistake, rewrite


def counts(said, label):
    """How many were said rightly, said at all, and hold."""
    return int((said & label).sum()), int(said.sum()), int(label.sum())


def ratio(a, b):
    return a / b if b else 0.0


class PrecisionRecallF1(FunctionExercise):
    id, title = "7.3", "Right, and right by doing nothing"
    difficulty, minutes, points, needs = "B", 6, 2, []
    checked = (
        "sets of rows against counting one by one, with nothing said, with nothing right, and with a feature that "
        "never holds"
    )
    hints = [
        "Three numbers are enough: how many rows were said rightly to have the feature, how many were said to have it, "
        "and how many have it.",
        "precision = right / said, recall = right / holds, F1 = 2·precision·recall / (precision + recall); 0 where "
        "there is nothing to divide by.",
    ]

    def cases(self, rng):
        for n, p_said, p_holds, note in [
            (40, 0.5, 0.3, "with forty rows"),
            (60, 0.1, 0.4, "with little said"),
            (25, 0.9, 0.2, "with much said"),
        ]:
            label = torch.rand(n, generator=rng) < p_holds
            said = (torch.rand(n, generator=rng) < p_said) | (label & (torch.rand(n, generator=rng) < 0.3))
            said[:3], label[:3] = torch.tensor([True, True, False]), torch.tensor([True, False, True])
            yield Case((said, label), note)
        yield Case((torch.zeros(6, dtype=torch.bool), torch.arange(6) < 2), "with nothing said")
        yield Case((torch.arange(5) > 2, torch.arange(5) < 2), "with nothing right")
        yield Case((torch.arange(5) > 2, torch.zeros(5, dtype=torch.bool)), "with a feature that never holds")
        yield Case((torch.zeros(4, dtype=torch.bool), torch.zeros(4, dtype=torch.bool)), "with nothing at all")
        yield Case((torch.ones(1, dtype=torch.bool), torch.ones(1, dtype=torch.bool)), "with one row")

    def oracle(self, said: Bool[Tensor, " row"], label: Bool[Tensor, " row"]) -> tuple[float, float, float]:
        right = missed = false_alarm = 0
        for s, holds in zip(said.tolist(), label.tolist()):
            right += s and holds
            missed += holds and not s
            false_alarm += s and not holds
        if right == 0:
            return 0.0, 0.0, 0.0
        return right / (right + false_alarm), right / (right + missed), right / (right + (missed + false_alarm) / 2)

    @mistake("The first of your three is the accuracy. Precision looks only at the rows where the probe says yes.")
    def accuracy_for_precision(said, label):
        right, n_said, holds = counts(said, label)
        return float((said == label).float().mean()), ratio(right, holds), ratio(2 * right, n_said + holds)

    @mistake(
        "The last of your three is the accuracy: for a rare feature it is near 1 for whoever always says no. F1 has "
        "nothing to do with the rows where nothing was said and nothing holds."
    )
    def accuracy_for_f1(said, label):
        right, n_said, holds = counts(said, label)
        return ratio(right, n_said), ratio(right, holds), float((said == label).float().mean())

    @mistake("Precision and recall have changed places: precision divides by what was *said*, recall by what *holds*.")
    def swapped(said, label):
        right, n_said, holds = counts(said, label)
        return ratio(right, holds), ratio(right, n_said), ratio(2 * right, n_said + holds)

    @mistake("Your F1 is the arithmetic mean of the two. The harmonic one is wanted: it is small if either of them is.")
    def arithmetic_mean(said, label):
        right, n_said, holds = counts(said, label)
        p, r = ratio(right, n_said), ratio(right, holds)
        return p, r, (p + r) / 2

    @mistake("Your F1 is the geometric mean of the two; the harmonic mean is 2·P·R / (P + R).")
    def geometric_mean(said, label):
        right, n_said, holds = counts(said, label)
        p, r = ratio(right, n_said), ratio(right, holds)
        return p, r, (p * r) ** 0.5

    @mistake("Your F1 is the product of the two; the harmonic mean is 2·P·R / (P + R).")
    def product(said, label):
        right, n_said, holds = counts(said, label)
        p, r = ratio(right, n_said), ratio(right, holds)
        return p, r, p * r

    @mistake("Your F1 is half of what it should be: the harmonic mean has a factor 2.")
    def no_factor_two(said, label):
        right, n_said, holds = counts(said, label)
        return ratio(right, n_said), ratio(right, holds), ratio(right, n_said + holds)

    @mistake("You divided by the number of rows. Precision is a share of what was said, recall of what holds.")
    def shares_of_all(said, label):
        right, n_said, holds = counts(said, label)
        return right / len(said), right / len(said), ratio(2 * right, n_said + holds)

    @mistake(
        "You counted the rows where both say no as right. They are most of all rows, and any probe gets them: leave "
        "them out."
    )
    def counts_agreement(said, label):
        right, n_said, holds = int((said == label).sum()), int(said.sum()), int(label.sum())
        return ratio(right, n_said), ratio(right, holds), ratio(2 * right, n_said + holds)

    @mistake("These are counts. Shares are wanted.")
    def only_counts(said, label):
        return tuple(float(n) for n in counts(said, label))

    @mistake("Where nothing was said your precision is 1. Nobody can praise silence: give 0, as the text asks.")
    def silence_is_precise(said, label):
        right, n_said, holds = counts(said, label)
        return (right / n_said if n_said else 1.0), ratio(right, holds), ratio(2 * right, n_said + holds)

    @mistake("Where nothing holds your recall is 1. Give 0 there, as the text asks.")
    def all_found_of_nothing(said, label):
        right, n_said, holds = counts(said, label)
        return ratio(right, n_said), (right / holds if holds else 1.0), ratio(2 * right, n_said + holds)

    @mistake("Your F1 is right / (said + holds − right), Jaccard's index. The harmonic mean is 2·P·R / (P + R).")
    def jaccard(said, label):
        right, n_said, holds = counts(said, label)
        return ratio(right, n_said), ratio(right, holds), ratio(right, n_said + holds - right)

    @mistake("You counted rows where it was said *or* holds. Right are those where it was said *and* holds: `&`.")
    def either_counts(said, label):
        right, n_said, holds = int((said | label).sum()), int(said.sum()), int(label.sum())
        p, r = ratio(right, n_said), ratio(right, holds)
        return p, r, ratio(2 * p * r, p + r)

    @mistake(
        "Your recall looks at the rows where the feature does *not* hold (that share is called specificity). Recall is "
        "of the rows where it holds."
    )
    def specificity_for_recall(said, label):
        right, n_said, _ = counts(said, label)
        p, r = ratio(right, n_said), ratio(int((~said & ~label).sum()), int((~label).sum()))
        return p, r, ratio(2 * p * r, p + r)

    @mistake(
        "Python raises where it should divide by 0: where nothing was said, or nothing holds. Ask first: `a / b if b "
        "else 0.0`."
    )
    def zero_division(said, label):
        right, n_said, holds = counts(said, label)
        p, r = right / n_said, right / holds
        return p, r, 2 * p * r / (p + r)

    @mistake(
        "Python raises where nothing was said, or nothing holds: a share of nothing is 0/0. Give 0 there: `a / b if b "
        "else 0.0`, for precision and for recall."
    )
    def zero_division_in_the_shares(said, label):
        right, n_said, holds = counts(said, label)
        p, r = right / n_said, right / holds
        return p, r, ratio(2 * p * r, p + r)

    @mistake(
        "Your precision is the accuracy, and F1 is made of it. Precision looks only at the rows where the probe says "
        "yes."
    )
    def accuracy_in_f1_too(said, label):
        right, _, holds = counts(said, label)
        p, r = float((said == label).float().mean()), ratio(right, holds)
        return p, r, ratio(2 * p * r, p + r)

    @mistake("You counted rows where both say the same, no as well as yes. Right are those where both say *yes*: `&`.")
    def agreement_in_f1_too(said, label):
        right, n_said, holds = int((said == label).sum()), int(said.sum()), int(label.sum())
        p, r = ratio(right, n_said), ratio(right, holds)
        return p, r, ratio(2 * p * r, p + r)

    @mistake("Your precision is a share of all rows. Divide by how many were *said* to have the feature.")
    def precision_of_all_rows(said, label):
        right, _, holds = counts(said, label)
        p, r = right / len(said), ratio(right, holds)
        return p, r, ratio(2 * p * r, p + r)

    @mistake(
        "Precision and recall are guarded, and their harmonic mean isn't: where both are 0, P + R is 0 as well. Give 0 "
        "there."
    )
    def zero_division_in_f1(said, label):
        right, n_said, holds = counts(said, label)
        p, r = ratio(right, n_said), ratio(right, holds)
        return p, r, 2 * p * r / (p + r)

    @mistake("Where nothing was said, or nothing holds, you divide by 0. Give 0 there.")
    def no_guard(said, label):
        right, n_said, holds = (torch.tensor(float(n)) for n in counts(said, label))
        p, r = right / n_said, right / holds
        return p, r, 2 * p * r / (p + r)

    @rewrite
    def by_counts(said, label):
        right, n_said, holds = counts(said, label)
        return ratio(right, n_said), ratio(right, holds), ratio(2 * right, n_said + holds)

    @rewrite
    def clamped(said, label):
        right, n_said, holds = (said & label).sum(), said.sum().clamp_min(1), label.sum().clamp_min(1)
        p, r = right / n_said, right / holds
        return p, r, 2 * p * r / (p + r).clamp_min(1e-12)

    @rewrite
    def one_by_one(said, label):
        pairs = list(zip(said.tolist(), label.tolist()))
        right = pairs.count((True, True))
        if right == 0:
            return [0, 0, 0]
        p, r = right / (right + pairs.count((True, False))), right / (right + pairs.count((False, True)))
        return [p, r, 2 / (1 / p + 1 / r)]
