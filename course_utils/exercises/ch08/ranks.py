"""8.4: how well two ways to measure agree on the order."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("bending one of them without changing its order changes nothing")
def bent(answer, a, b):
    same = abs(float(answer(a.mul(3).exp(), b)) - float(answer(a, b))) < 1e-3
    return None if same else "Another number came out after one of the two went through exp. The order was the same."


def ranks(x):
    """[item]: how many lie below, and half of those that are equal (itself among them)."""
    return (x[:, None] > x).sum(1) + (x[:, None] == x).sum(1) / 2


def pearson(a, b):
    a, b = a.double() - a.double().mean(), b.double() - b.double().mean()
    return (a @ b) / (a.norm() * b.norm())


class RankCorrelation(FunctionExercise):
    id, title = "8.4", "Do they agree on the order?"
    difficulty, minutes, points, needs = "B", 8, 2, []
    rtol, atol = 1e-3, 1e-3
    checked = "pairs of lists against loops: with an outlier, with ties in one and in both, bent, turned round, short"
    hints = [
        "Replace each number by its rank; then it is an ordinary correlation. What is the rank of two equal numbers?",
        "`rank = (x[:, None] > x).sum(1) + (x[:, None] == x).sum(1) / 2` gives equal numbers the mean of their ranks; "
        "then `torch.corrcoef(torch.stack([rank_a, rank_b]))[0, 1]`.",
    ]

    def cases(self, rng):
        a = torch.randn(14, generator=rng)
        outlier = a + 0.8 * torch.randn(14, generator=rng)
        outlier[3] = 40.0
        yield Case((a, outlier), "with an outlier")
        bent = -(a + torch.randn(14, generator=rng)).exp()
        yield Case((a, bent), "with two that run against each other")
        yield Case((torch.tensor([1.0, 1, 1, 2, 3, 3, 5]), torch.tensor([0.5, 2, 1, 1.5, 4, 3, 9])), "with ties in one")
        yield Case((torch.tensor([2.0, 0, 2, 2, 1, 0]), torch.tensor([1.0, 1, 3, 3, 3, 0])), "with ties in both")
        yield Case((torch.tensor([0.5, 0.1, 0.3]), torch.tensor([2.0, 8.0, 100.0])), "with three items")

    def oracle(self, a: Float[Tensor, " item"], b: Float[Tensor, " item"]) -> Float[Tensor, ""]:
        def ranked(values):
            ordered = sorted(values)
            places = {v: [i for i, w in enumerate(ordered) if w == v] for v in values}
            return [sum(places[v]) / len(places[v]) for v in values]

        x, y = ranked(a.tolist()), ranked(b.tolist())
        mx, my = sum(x) / len(x), sum(y) / len(y)
        together = sum((p - mx) * (q - my) for p, q in zip(x, y))
        spread = sum((p - mx) ** 2 for p in x) * sum((q - my) ** 2 for q in y)
        return torch.tensor(together / spread**0.5)

    laws = [bent]

    @mistake(
        "You correlated the numbers themselves: one outlier decides, and a bent scale does, too. Replace them by ranks."
    )
    def of_the_numbers(a, b):
        return pearson(a, b).float()

    @mistake(
        "`argsort` once gives, for each place in the order, which item stands there. The rank of each item is the "
        "argsort of that."
    )
    def argsort_once(a, b):
        return pearson(a.argsort(stable=True), b.argsort(stable=True)).float()

    @mistake("Equal numbers got different ranks, by where they stand. Give each of them the mean of their ranks.")
    def ties_in_order(a, b):
        return pearson(a.argsort(stable=True).argsort(), b.argsort(stable=True).argsort()).float()

    @mistake("Equal numbers share the *lowest* of their ranks with you. Give each of them the mean.")
    def lowest_of_ties(a, b):
        return pearson((a[:, None] > a).sum(1), (b[:, None] > b).sum(1)).float()

    @mistake("Equal numbers share the *highest* of their ranks with you. Give each of them the mean.")
    def highest_of_ties(a, b):
        return pearson((a[:, None] >= a).sum(1), (b[:, None] >= b).sum(1)).float()

    @mistake("Equal numbers in `b` got different ranks, by where they stand. Rank it as you rank `a`.")
    def ties_of_a_only(a, b):
        return pearson(ranks(a), b.argsort(stable=True).argsort()).float()

    @mistake(
        "Equal numbers share a rank with you, and the next number gets the next one. They take up as many ranks as "
        "they are, and each gets the mean of these: 1, 1, 1, 2 have the ranks 2, 2, 2, 4."
    )
    def dense(a, b):
        return pearson(*(x.unique(return_inverse=True)[1] for x in (a, b))).float()

    @mistake("The short formula, 1 − 6Σd²/(n³ − n), is right without equal numbers only. Correlate the ranks.")
    def short_formula(a, b):
        d, n = ranks(a) - ranks(b), len(a)
        return 1 - 6 * d.square().sum() / (n**3 - n)

    @mistake("One of the two was ranked from the largest: your sign is the other way round.")
    def other_sign(a, b):
        return -pearson(ranks(a), ranks(b)).float()

    @mistake("You took the size. The sign says whether the two run with or against each other.")
    def size(a, b):
        return pearson(ranks(a), ranks(b)).abs().float()

    @mistake("You squared it. The correlation itself is wanted.")
    def squared(a, b):
        return pearson(ranks(a), ranks(b)).square().float()

    @mistake("You took the cosine of the ranks. A correlation takes their means off first.")
    def cosine(a, b):
        return torch.nn.functional.cosine_similarity(ranks(a), ranks(b), dim=0)

    @mistake("You ranked only one of the two.")
    def only_one(a, b):
        return pearson(ranks(a), b).float()

    @mistake("You took the cosine of the ranks 1, 2, 3, … A correlation takes their means off first.")
    def cosine_from_one(a, b):
        return torch.nn.functional.cosine_similarity(ranks(a) + 0.5, ranks(b) + 0.5, dim=0)

    @mistake("That is the *covariance* of the ranks. Divide by both standard deviations.")
    def covariance(a, b):
        return torch.cov(torch.stack([ranks(a), ranks(b)]))[0, 1]

    @mistake(
        "That is Kendall's τ: how many pairs stand in the same order, less those that don't. Spearman's is the "
        "ordinary correlation of the ranks."
    )
    def kendall(a, b):
        x, y = torch.sign(a[:, None] - a), torch.sign(b[:, None] - b)
        return (x * y).sum() / (x.square().sum() * y.square().sum()).sqrt()

    @mistake(
        "That is Kendall's τ, over all pairs: how many stand in the same order, less those that don't. Spearman's is "
        "the ordinary correlation of the ranks."
    )
    def kendall_of_all_pairs(a, b):
        return (torch.sign(a[:, None] - a) * torch.sign(b[:, None] - b)).sum() / (len(a) * (len(a) - 1))

    @rewrite
    def with_corrcoef(a, b):
        return torch.corrcoef(torch.stack([ranks(a), ranks(b)]))[0, 1]

    @rewrite
    def by_signs(a, b):
        x, y = torch.sign(a[:, None] - a).sum(1), torch.sign(b[:, None] - b).sum(1)
        return (x @ y) / (x.norm() * y.norm())

    _twice = "Both rankings are turned round: the correlation stays."
    _symmetric = "A correlation is the same both ways."
    equivalent = {
        "line 3: `(count.cumsum(dim=0) - count / 2)[place]` → `-(count.cumsum(dim=0) - count / 2)[place]`": _twice,
        "line 3: `count.cumsum(dim=0) - count / 2` → `count / 2 - count.cumsum(dim=0)`": _twice,
        "line 5: `torch.corrcoef(torch.stack([ranks(a), ranks(b)]))[0, 1]` → "
        "`torch.corrcoef(torch.stack([ranks(a), ranks(b)]))[1, 0]`": _symmetric,
        "line 5: `torch.stack([ranks(a), ranks(b)])` → `torch.stack([ranks(b), ranks(a)])`": _symmetric,
        "with_corrcoef, line 1: `torch.corrcoef(torch.stack([ranks(a), ranks(b)]))[0, 1]` → "
        "`torch.corrcoef(torch.stack([ranks(a), ranks(b)]))[1, 0]`": _symmetric,
        "with_corrcoef, line 1: `torch.stack([ranks(a), ranks(b)])` → `torch.stack([ranks(b), ranks(a)])`": _symmetric,
    }
