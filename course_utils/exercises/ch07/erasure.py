"""7.9: take a concept out, and change as little as possible."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


def parts(acts, label):
    """Centred rows in double precision, their covariance, and the covariance with the label."""
    x = acts.double() - acts.double().mean(0)
    z = label.double() - label.double().mean()
    return x, x.T @ x / len(x), x.T @ z / len(x)


@law("afterwards nothing has a covariance with the label")
def nothing_left(answer, acts, label):
    left = parts(answer(acts, label), label)[2].abs().max().item()
    return None if left < 1e-3 else f"A covariance of {left:.3g} is left: a linear probe still finds the label."


@law("the mean of every neuron stays")
def mean_stays(answer, acts, label):
    same = torch.allclose(answer(acts, label).mean(0), acts.mean(0), rtol=1e-3, atol=1e-3)
    return None if same else "The mean has moved: take the mean off before you project."


@law("no linear map without covariance changes the rows less")
def least_change(answer, acts, label):
    x, _, sigma = parts(acts, label)
    at_a_right_angle = (x @ sigma).square().sum() / sigma.square().sum()
    changed = (answer(acts, label) - acts).double().square().sum()
    return (
        None if changed <= at_a_right_angle * (1 + 1e-4) else "A projection at a right angle changes less than yours."
    )


def by_formula(acts, label):
    x, cov, sigma = parts(acts, label)
    solved = torch.linalg.solve(cov, sigma)
    return (acts.double() - torch.outer(x @ solved, sigma) / (sigma @ solved)).float()


class Erase(FunctionExercise):
    id, title = "7.9", "Take it out"
    difficulty, minutes, points, needs = "C", 12, 3, ["7.1"]
    rtol, atol = 1e-2, 2e-3
    checked = (
        "sets of rows against whitening, projecting and colouring again, with neurons that vary together and a rare "
        "label"
    )
    hints = [
        "You need two things: Σ, the covariance of the rows, and σ, the covariance of each neuron with the label (as 0 "
        "and 1). Then the formula, applied to the rows with their mean taken off.",
        "`s = torch.linalg.solve(Sigma, sigma)` is Σ⁻¹σ. For a row x without its mean the part that goes is "
        "σ · (x·s) / (σ·s).",
        "For all rows at once: `acts - torch.outer(x @ s, sigma) / (sigma @ s)` with `x = acts - acts.mean(0)`.",
    ]

    def cases(self, rng):
        for rows, neurons, share, note in [
            (60, 4, 0.4, "with sixty rows"),
            (40, 3, 0.1, "with a rare label"),
            (30, 6, 0.5, "with six neurons"),
        ]:
            label = torch.zeros(rows, dtype=torch.bool)
            label[torch.randperm(rows, generator=rng)[: round(share * rows)]] = True
            mix = torch.randn(neurons, neurons, generator=rng) + torch.eye(neurons)
            acts = (
                torch.randn(rows, neurons, generator=rng) + label[:, None] * torch.randn(neurons, generator=rng)
            ) @ mix
            yield Case((acts + 2 * torch.randn(neurons, generator=rng), label), note)

    def oracle(self, acts: Float[Tensor, "row neuron"], label: Bool[Tensor, " row"]) -> Float[Tensor, "row neuron"]:
        x, cov, sigma = parts(acts, label)
        values, vectors = torch.linalg.eigh(cov)
        whiten, colour = vectors / values.sqrt() @ vectors.T, vectors * values.sqrt() @ vectors.T
        u = whiten @ sigma
        u = u / u.norm()
        result = torch.zeros(acts.shape, dtype=torch.double)
        for r in range(len(acts)):
            white = whiten @ x[r]
            result[r] = acts.double().mean(0) + colour @ (white - (white @ u) * u)
        return result.float()

    laws = [nothing_left, mean_stays, least_change]

    @mistake(
        "You projected the mean difference away at a right angle. That takes the label out as well, and more of "
        "everything that varies with it than is needed: use Σ."
    )
    def at_a_right_angle(acts, label):
        x, _, sigma = parts(acts, label)
        return (acts.double() - torch.outer(x @ sigma, sigma) / (sigma @ sigma)).float()

    @mistake(
        "You projected the probe's direction Σ⁻¹σ away. What has to go is what varies with the label, σ; Σ⁻¹σ only "
        "says how much of it a row has."
    )
    def the_probes_direction(acts, label):
        x, cov, sigma = parts(acts, label)
        s = torch.linalg.solve(cov, sigma)
        return (acts.double() - torch.outer(x @ s, s) / (s @ s)).float()

    @mistake("σ and Σ⁻¹σ have changed places: the row is *read* with Σ⁻¹σ, and what is taken off lies along σ.")
    def places_changed(acts, label):
        x, cov, sigma = parts(acts, label)
        s = torch.linalg.solve(cov, sigma)
        return (acts.double() - torch.outer(x @ sigma, s) / (sigma @ s)).float()

    @mistake("You did not take the mean off the rows before reading them, so that the mean moves.")
    def mean_moves(acts, label):
        _, cov, sigma = parts(acts, label)
        s = torch.linalg.solve(cov, sigma)
        return (acts.double() - torch.outer(acts.double() @ s, sigma) / (sigma @ s)).float()

    @mistake("Your Σ is made of products without taking off the means first: covariances are wanted.")
    def uncentred_covariance(acts, label):
        x, _, sigma = parts(acts, label)
        s = torch.linalg.solve(acts.double().T @ acts.double() / len(acts), sigma)
        return (acts.double() - torch.outer(x @ s, sigma) / (sigma @ s)).float()

    @mistake(
        "You took each group's own mean off. That needs the label of every row, which nobody has for new ones; and "
        "what is wanted is one map for all rows."
    )
    def uses_the_labels(acts, label):
        means = torch.where(label[:, None], acts[label].mean(0), acts[~label].mean(0))
        return acts - means + acts.mean(0)

    @mistake("You returned the rows without their mean. It should stay.")
    def mean_is_gone(acts, label):
        return by_formula(acts, label) - acts.mean(0)

    @mistake("That is what has to go. Take it off the rows.")
    def what_goes(acts, label):
        return acts - by_formula(acts, label)

    @mistake("You did not divide by σ·Σ⁻¹σ: too much goes, or too little.")
    def not_divided(acts, label):
        x, cov, sigma = parts(acts, label)
        return (acts.double() - torch.outer(x @ torch.linalg.solve(cov, sigma), sigma)).float()

    @mistake("Of Σ you used the variances alone, its diagonal. Neurons vary together: invert the whole matrix.")
    def variances_only(acts, label):
        x, cov, sigma = parts(acts, label)
        s = sigma / cov.diagonal()
        return (acts.double() - torch.outer(x @ s, sigma) / (sigma @ s)).float()

    @mistake("You multiplied with Σ. The row is read with Σ⁻¹σ, its *inverse* times σ.")
    def covariance_not_inverted(acts, label):
        x, cov, sigma = parts(acts, label)
        s = cov @ sigma
        return (acts.double() - torch.outer(x @ s, sigma) / (sigma @ s)).float()

    @mistake("You divided by σ·σ. Below stands σ·Σ⁻¹σ.")
    def divided_by_sigma_squared(acts, label):
        x, cov, sigma = parts(acts, label)
        return (acts.double() - torch.outer(x @ torch.linalg.solve(cov, sigma), sigma) / (sigma @ sigma)).float()

    @mistake("You took Σ⁻¹σ off the rows, along which the model has hardly anything of the label. Take off σ.")
    def along_the_probe(acts, label):
        x, cov, sigma = parts(acts, label)
        s = torch.linalg.solve(cov, sigma)
        return (acts.double() - torch.outer(x @ s, s) / (sigma @ s)).float()

    @mistake("You *added* what has to go. The sign is minus.")
    def added(acts, label):
        return 2 * acts - by_formula(acts, label)

    @mistake("You changed only the rows with the label. The map is the same for all.")
    def only_where_it_holds(acts, label):
        return torch.where(label[:, None], by_formula(acts, label), acts)

    rewrites = [by_formula]

    @rewrite
    def with_the_matrix(acts, label):
        x, cov, sigma = parts(acts, label)
        inverse = torch.linalg.inv(cov)
        P = torch.outer(sigma, sigma) @ inverse / (sigma @ inverse @ sigma)
        return (acts.double() - x @ P.T).float()

    @rewrite
    def with_the_mean_difference(acts, label):
        """σ is the mean difference times share · (1 − share), and a factor drops out."""
        x, cov, _ = parts(acts, label)
        d = (acts[label].mean(0) - acts[~label].mean(0)).double()
        s = torch.linalg.pinv(cov) @ d
        return (acts.double() - torch.outer(x @ s, d) / (d @ s)).float()

    @rewrite
    def by_regression(acts, label):
        """What the best linear guess of the label explains of each neuron."""
        x, _, _ = parts(acts, label)
        z = label.double() - label.double().mean()
        guess = x @ torch.linalg.lstsq(x, z[:, None]).solution
        return (acts.double() - guess @ (guess.T @ x) / guess.square().sum()).float()

    equivalent = {
        "line 2: `together[:-1, -1]` → `together[-1, :-1]`": "A covariance matrix is symmetric.",
        "by_formula, line 3: `acts.double()` → `acts`": "What is taken off is in double precision: so is the result.",
        "by_formula, line 3: `(acts.double() - torch.outer(x @ solved, sigma) / (sigma @ solved)).float()` → "
        "`acts.double() - torch.outer(x @ solved, sigma) / (sigma @ solved)`": "Double precision is welcome.",
        "by_formula, line 3: `(acts.double() - torch.outer(x @ solved, sigma) / (sigma @ solved)).float()` → "
        "`acts.double() - (torch.outer(x @ solved, sigma) / (sigma @ solved)).float()`": "Double precision is welcome.",
    }
