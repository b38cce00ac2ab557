"""1.12 and 1.13: closed-form losses of candidate solutions, and where the best one changes."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, ValueExercise, law, mistake, rewrite


@law("features that are never on cost nothing")
def nothing_on_costs_nothing(answer, importance, density):
    cost = answer(importance, torch.zeros_like(density)).abs().max().item()
    return None if cost < 1e-6 else f"At density 0 your loss is {cost:.4f}."


@law("the two features play the same part: exchanging their importances changes nothing")
def symmetric(answer, importance, density):
    same = torch.allclose(answer(importance, density), answer(importance.flip(1), density), rtol=1e-4)
    return None if same else "With the two importances exchanged the loss changed."


@law("nothing is lost unless both are on: with half the density the loss is a quarter")
def both_must_be_on(answer, importance, density):
    before, after = (answer(importance, p).sum().item() for p in (density, density / 2))
    if abs(after - before / 4) <= 1e-3 * abs(before) + 1e-6:
        return None
    return f"At half the density yours is {after / before:.2f} of what it was: something is charged when one is alone."


def _total(importance):
    return importance.sum(-1)


class AntipodalLoss(FunctionExercise):
    id, title = "1.12", "The price of sharing one dimension"
    difficulty, minutes, points, needs = "C", 14, 3, ["1.2", "1.4"]
    rtol = 1e-3
    checked = "sets of importances and densities by running the model W = [1, −1] on a fine grid of inputs"
    hints = [
        "Go through the cases: none on, only one on, both on. In which of them does ReLU(x₁ − x₂) differ from x₁?",
        "Both are wrong by the smaller of x₁ and x₂, only when both are on: probability p². The minimum of two "
        "uniform numbers has E[min²] = ∫ t² · 2(1 − t) dt.",
    ]

    def cases(self, rng):
        importance = 0.1 + torch.rand(4, 2, generator=rng)
        yield Case((importance, torch.rand(4, generator=rng)), "with four cells of a phase diagram")
        yield Case(
            (torch.tensor([[1.0, 0.2], [0.0, 1.0]]), torch.tensor([1.0, 0.5])),
            "with dense data and a feature of no importance",
        )
        yield Case((torch.tensor([[2.0, 3.0]]), torch.tensor([0.0])), "with nothing ever on")

    def oracle(
        self, importance: Float[Tensor, "cell feature"], density: Float[Tensor, "cell"]
    ) -> Float[Tensor, "cell"]:
        u = (torch.arange(150, dtype=torch.float64) + 0.5) / 150
        losses = []
        for weights, p in zip(importance.double(), density.double()):
            loss = 0.0
            for first_on, second_on in [(False, False), (True, False), (False, True), (True, True)]:
                chance = (p if first_on else 1 - p) * (p if second_on else 1 - p)
                x1, x2 = u[:, None] * first_on, u[None, :] * second_on
                h = x1 - x2
                error = weights[0] * (x1 - h.clamp_min(0)) ** 2 + weights[1] * (x2 - (-h).clamp_min(0)) ** 2
                loss += chance * error.mean() / 2
            losses.append(loss)
        return torch.stack(losses).float()

    laws = [nothing_on_costs_nothing, both_must_be_on, symmetric]

    @mistake(
        "One feature alone costs nothing: it comes back perfectly. The damage needs both to be on, which has "
        "probability p²."
    )
    def density_not_squared(importance, density):
        return density / 6 * _total(importance) / 2

    @mistake(
        "Twice too large. Have you added up the two features' errors? The loss is their mean. Or have you "
        "taken the mean "
        "of the wrong thing? Both outputs are wrong by the smaller of the two strengths, and errors are squared."
    )
    def twice_too_large(importance, density):
        return density**2 / 6 * _total(importance)

    @mistake(
        "You charged each feature with the mean square of a whole strength wherever it is on. Alone, a "
        "feature comes back "
        "perfectly; together, both are wrong by the smaller strength."
    )
    def never_comes_back(importance, density):
        return density / 6 * _total(importance)

    @mistake(
        "That is the price of dropping both features (1.4). Here both are kept: they are wrong only when both are on."
    )
    def dropped_both(importance, density):
        return (density / 3 - density**2 / 4) * _total(importance) / 2

    @mistake("You let a feature that is alone cost something, too. With x₂ = 0, ReLU(x₁ − x₂) is x₁: no error at all.")
    def alone_costs_too(importance, density):
        return (density**2 / 6 + density * (1 - density) / 3) * _total(importance) / 2

    @mistake("That is the chance that just one of them is on. Then nothing is lost: count the cases with both on.")
    def just_one_on(importance, density):
        return density * (1 - density) / 3 * _total(importance) / 2

    @mistake("That is the chance of one on and the other off. Then nothing is lost: count the cases with both on.")
    def one_on_one_off(importance, density):
        return density * (1 - density) / 6 * _total(importance) / 2

    @mistake("The errors of both features count, each with its own importance. You took the smaller importance alone.")
    def smaller_importance(importance, density):
        return density**2 / 6 * importance.amin(1)

    @mistake("The errors of both features count, each with its own importance. You took the larger importance alone.")
    def larger_importance(importance, density):
        return density**2 / 6 * importance.amax(1)

    @mistake("You took the difference of the importances. Both errors count: each is weighed and they are averaged.")
    def difference_of_importances(importance, density):
        return density**2 / 6 * (importance[:, 0] - importance[:, 1]).abs()

    @mistake(
        "With both on you charged a full 1. What is lost is the smaller of two strengths between 0 and 1, squared."
    )
    def all_or_nothing(importance, density):
        return density**2 * _total(importance) / 2

    @mistake("1/4 is the square of the mean strength. What is lost is the smaller of two: take the mean of its square.")
    def square_of_the_mean_strength(importance, density):
        return density**2 / 8 * _total(importance)

    @mistake("1/9 is (E[min])². The loss averages the square: E[min²] is larger.")
    def square_of_the_mean(importance, density):
        return density**2 / 9 * _total(importance) / 2

    @mistake(
        "You charged one of the two features. When both are on, the weaker one vanishes and the stronger one "
        "comes back too small: both are wrong by min(x₁, x₂)."
    )
    def only_the_loser_pays(importance, density):
        return density**2 / 6 * importance[:, 0] / 2

    @mistake(
        "`importance.mean()` averages over all cells of the diagram. Each cell has its own two importances: "
        "average over the features only."
    )
    def averaged_over_the_cells(importance, density):
        return density**2 / 6 * importance.mean()

    @mistake(
        "1/12 is a variance: no constant is subtracted here, the output is wrong by the full minimum. Use E[min²]."
    )
    def variance(importance, density):
        return density**2 / 12 * _total(importance) / 2

    @rewrite
    def with_loop(importance, density):
        return torch.stack([p**2 * (i[0] + i[1]) / 12 for i, p in zip(importance, density)])

    @rewrite
    def with_mean(importance, density):
        return importance.mean(dim=1) * density.square() / 6

    @rewrite
    def by_integration(importance, density):
        u = (torch.arange(500) + 0.5) / 500
        return density**2 * torch.minimum(u[:, None], u).square().mean() * importance.mean(1)


class FirstOrderBoundary(ValueExercise):
    id, title = "1.13", "The shorter of two arrows"
    difficulty, minutes, points, needs = "C", 8, 2, ["1.4", "1.12"]
    atol = 0.005
    otherwise = (
        "Write both prices as formulas in p, for the same loss (the mean over two features), and set them equal."
    )
    checked = "Compared with a bisection on the two losses, both by numerical integration: 4/7 ≈ 0.571."
    hints = [
        "At the boundary both solutions cost the same. One you have from 1.12, the other from 1.4.",
        "Dropping one of two features costs (p/3 − p²/4)/2; sharing costs (p²/6 + p²/6)/2. Set them equal and "
        "divide by p.",
    ]

    def probe(self, got):
        """The two prices at the learner's density: whose formulas give something else there is found at once."""
        if not isinstance(got, (int, float)) or not 0.02 < got <= 1:
            return None
        cells = torch.ones(1, 2), torch.tensor([float(got)])
        sharing, mean_square = AntipodalLoss().oracle(*cells).item(), got / 3
        dropping = (mean_square - (got / 2) ** 2) / 2
        return (
            f"At p = {got:.3g} dropping one of them costs {dropping:.4f} and sharing {sharing:.4f}, as the "
            "mean over the "
            "two: they aren't equal. Which of your two formulas gives something else?"
        )

    def oracle(self) -> float:
        """Bisection on the difference of the two losses; every expectation by the midpoint rule."""
        u = (torch.arange(2000, dtype=torch.float64) + 0.5) / 2000
        both = 2 * torch.minimum(u[:, None], u).square().mean().item()
        low, high = 0.01, 1.0
        for _ in range(40):
            p = (low + high) / 2
            mean = p * u.mean()
            dropped = ((1 - p) * mean**2 + p * ((u - mean) ** 2).mean()).item()
            low, high = (p, high) if p**2 * both < dropped else (low, p)
        return low

    mistakes = {
        "without the bias": (
            1.0,
            "You let the dropped feature cost its mean square. The bias answers its mean: the cost is the variance.",
        ),
        "dense variance": (0.5, "You used 1/12 for the dropped feature, the variance at density 1. It depends on p."),
        "variance scaled by density": (
            0.25,
            "p/12 isn't the variance of a sparse feature: the spread between on and off is missing. See 1.4.",
        ),
        "only the loser pays": (
            0.8,
            "Sharing is too cheap with you, by half: both features are wrong when both are on. Or you "
            "averaged its price "
            "over the two features, and not that of dropping one.",
        ),
        "read off the training": (
            0.71,
            "That is about where trained models jump, and also what comes out with (E[min])² = 1/9 for E[min²]. The "
            "question is where the two candidates cost the same, on paper.",
        ),
        "sparsity": (3 / 7, "That is the sparsity 1 − p of the boundary. The question asks for the density."),
        "one feature's mean square": (
            4 / 11,
            "Sharing is too dear with you, by twice. Only the smaller of the two values is lost, E[min²] = 1/6, not "
            "E[x²] = 1/3. Or you averaged the price of dropping one over the two features, and not that of sharing.",
        ),
    }
    rewrites = [0.571, torch.tensor(4 / 7), 0.5714285]
