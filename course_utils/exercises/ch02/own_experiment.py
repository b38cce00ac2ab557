"""2.13: an experiment of one's own, held to be consistent."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from course_utils import toy
from course_utils.checking import Band, ExperimentExercise, describe, mistake, rewrite

KEPT = 0.5


def over_kept(values, W):
    long = (W.norm(dim=1) > KEPT).float()
    return (values * long).sum(dim=1) / long.sum(dim=1).clamp_min(1)


MEASURES = {
    "features kept": lambda W: toy.kept(W).float().sum(dim=1),
    "dimensions per feature": toy.dimensions_per_feature,
    "mean D": lambda W: over_kept(toy.feature_dimensionality(W), W),
    "mean superposition": lambda W: over_kept(toy.superposition(W), W),
    "alignment": toy.alignment,
}
SHUFFLES = 20_000


def shuffled_share(number: Float[Tensor, "model"], control: Float[Tensor, "control"], seed: int = 0) -> float:
    """How often a random division into two such groups differs by at least as much in its means."""
    apart, own = divisions(number, control, seed)
    return (apart.abs() >= abs(own) - 1e-9).double().mean().item()


def divisions(
    number: Float[Tensor, "model"], control: Float[Tensor, "control"], seed: int = 0
) -> tuple[Float[Tensor, "division"], float]:
    """Differences of the means in random divisions into two such groups, and that of the groups themselves."""
    both, n = torch.cat([number, control]).double(), len(number)
    order = torch.rand(SHUFFLES, len(both), generator=torch.Generator().manual_seed(seed)).argsort(dim=1)
    mixed = both[order]
    return mixed[:, :n].mean(1) - mixed[:, n:].mean(1), (number.double().mean() - control.double().mean()).item()


class YourOwn(ExperimentExercise):
    id, title = "2.13", "An experiment of your own"
    difficulty, minutes, points, needs = "D", 25, 3, []
    fields = {
        "W": "model hidden feature",
        "W_control": "control control_hidden control_feature",  # a change of the sizes is an experiment, too
        "number": "model",
        "number_control": "control",
        "expected": "",
        "difference": "",
        "chance": "",
        "held": "",
    }
    unmutated = "Each mutant would train two sets of models anew."
    hints = [
        "Begin with the sentence: “With …, compared with …, models will have more (or fewer) …, because …”. Then "
        "change that one thing between `W` and `W_control`, and nothing else.",
        "`number` is one of the five measures for each model. `difference` is the difference of the two means, "
        "`chance` the share of a thousand random divisions of all the models that differ by as much, `held` is 1 if "
        "the sign is the one you expected and chance < 0.05 (if you expected no difference: if chance ≥ 0.05), else 0.",
    ]

    def examine(self, answer, seed):
        """Plain numbers may stand where a tensor of one number is wanted."""
        if type(answer) is dict:
            answer = {k: torch.tensor(float(v)) if _is_number(v) else v for k, v in answer.items()}
        return super().examine(answer, seed)

    def bands(self, W, W_control, number, number_control, expected, difference, chance, held):
        yield Band("there are at least 8 models on each side", min(len(W), len(W_control)) >= 8,
                   f"{len(W)} and {len(W_control)}", "too few")  # fmt: skip
        for name, models in (("W", W), ("W_control", W_control)):
            alike = _twins(models, models).tril(-1).any(dim=1)
            yield Band(f"the models in `{name}` are trainings of their own", not alike.any(),
                       f"{int(alike.sum())} are copies of an earlier one", "copies")  # fmt: skip
        shared = int(_twins(W, W_control).any(dim=1).sum())
        yield Band("the control differs from the configuration", not shared,
                   f"{describe.count(shared, 'model')} with the same weights on both sides", "no control")  # fmt: skip
        names = [n for n, f in MEASURES.items() if _close(f(W), number) and _close(f(W_control), number_control)]
        fits = {"number": (W, number), "number_control": (W_control, number_control)}
        off = " and ".join(
            f"`{name}`" for name, (models, values) in fits.items()
            if not any(_close(f(models), values) for f in MEASURES.values())
        ) or "each side has another measure"  # fmt: skip
        one_only = any(_close(f(W), number) or _close(f(W_control), number_control) for f in MEASURES.values())
        exchanged = W.shape[0] == len(number_control) and any(
            _close(f(W), number_control) and _close(f(W_control), number) for f in MEASURES.values()
        )  # fmt: skip
        yield Band(
            f"the numbers follow from the weights ({names[0] if names else 'by one of the five measures'})",
            bool(names),
            f"numbers that none of the five measures gives for these weights ({off})",
            "exchanged" if exchanged else "two measures" if one_only else "another measure",
        )
        yield Band(
            "`expected` is −1, 0 or 1", float(expected) in (-1.0, 0.0, 1.0), f"{float(expected):g}", "no hypothesis"
        )
        apart = float(number.mean() - number_control.mean())
        wrong_way = abs(float(difference) + apart) < 1e-3 * (abs(apart) + 1e-3) and abs(apart) > 1e-6
        yield Band("`difference` is the mean with your change minus that of the control",
                   abs(float(difference) - apart) <= 1e-3 * (abs(apart) + 1e-3),
                   f"{float(difference):.4g}, and the means differ by {apart:.4g}",
                   "control minus change" if wrong_way else "difference of something else")  # fmt: skip
        right = shuffled_share(number, number_control)
        slack = _slack(right)
        yield Band("`chance` is what random divisions of the same models give", abs(float(chance) - right) <= slack,
                   f"{float(chance):.3f}, and 20,000 divisions give {right:.3f}",
                   _miscounted(float(chance), number, number_control))  # fmt: skip
        clear = float(chance) < 0.05
        verdict = not clear if float(expected) == 0 else clear and float(expected) == (apart > 0) - (apart < 0)
        yield Band("`held` says what the numbers say", float(held) == float(verdict),
                   f"{float(held):g}, with expected {float(expected):g}, a difference of {apart:.3g} and chance "
                   f"{float(chance):.3f}", "verdict")  # fmt: skip

    @mistake("Eight trainings on each side at least: fewer, and chance can hardly be told from an effect.")
    def too_few():
        return _consistent(models=5)

    @mistake("Some of the models are the same training again. Copies add nothing: train each from its own start.")
    def copies():
        answer = _consistent()
        return {**answer, "W": answer["W"][:1].expand_as(answer["W"])}

    @mistake("That compares a configuration with itself. The control lacks the one thing that you changed.")
    def no_control():
        answer = _consistent()
        return {**answer, "W_control": answer["W"], "number_control": answer["number"]}

    @mistake("The numbers of the change and of the control are exchanged.")
    def exchanged():
        a = _consistent()
        return {**a, "number": a["number_control"], "number_control": a["number"]}

    @mistake("The two sides are measured differently: one of the two follows from its weights, the other doesn't.")
    def two_measures():
        a = _consistent()
        return {**a, "number_control": toy.dimensions_per_feature(a["W_control"])}

    @mistake(
        "The check measures the weights again. Use one of its five: features kept, dimensions per feature, mean D, "
        "mean superposition, alignment; the means over features longer than 0.5."
    )
    def another_measure():
        a = _consistent()
        return {**a, "number": a["number"] / 12, "number_control": a["number_control"] / 12}

    @mistake("A hypothesis is more (1), fewer (−1) or no difference (0), written down before the training.")
    def no_hypothesis():
        return {**_consistent(), "expected": torch.tensor(0.5)}

    @mistake("The difference is the other way round: with your change, minus the control.")
    def control_minus_change():
        a = _consistent()
        return {**a, "difference": -a["difference"]}

    @mistake("`difference` is `number.mean() - number_control.mean()`: no sum, no ratio, no median.")
    def difference_of_something_else():
        a = _consistent()
        return {**a, "difference": a["number"].sum() - a["number_control"].sum()}

    @mistake("`chance` is a share between 0 and 1: the number of such divisions over that of all.")
    def count_for_share():
        a = _consistent(effect=0.5)
        return {**a, "chance": 1000 * a["chance"]}

    @mistake(
        "Put the numbers of both sides together, divide them at random a thousand times, and count how often the two "
        "means differ by at least as much as yours, in either direction."
    )
    def not_by_divisions():
        return {**_consistent(effect=0.5), "chance": torch.tensor(0.04)}

    @mistake("`chance` is the share of divisions that differ by *at least* as much as yours, not by less.")
    def the_other_tail():
        a = _consistent()
        return {**a, "chance": 1 - a["chance"]}

    @mistake("You counted divisions that differ by more. *At least* as much: those that are equal count, `>=`.")
    def equal_ones_left_out():
        a = _consistent(effect=0.5)
        apart, own = divisions(a["number"], a["number_control"], seed=1)
        return {**a, "chance": (apart.abs() > abs(own) + 1e-9).float().mean()}

    @mistake("You counted divisions that differ in one direction only. Count absolute differences.")
    def one_sided():
        a = _consistent(effect=0.5)
        apart, own = divisions(a["number"], a["number_control"], seed=1)
        return {**a, "chance": (apart >= own - 1e-9).float().mean()}

    @mistake(
        "`held` doesn't follow from `expected`, `difference` and `chance`. What came out is fine, whichever it is. For "
        "`expected` 1 or −1, `held` is 1 if chance < 0.05 and the difference has that sign; for 0, if chance ≥ 0.05."
    )
    def verdict():
        a = _consistent()
        return {**a, "held": 1 - a["held"]}

    @rewrite
    def a_clear_effect():
        return _consistent()

    @rewrite
    def nothing_to_be_seen():
        return _consistent(effect=0.0, expected=1.0)

    @rewrite
    def no_difference_expected():
        return _consistent(effect=0.0, expected=0.0)

    @rewrite
    def by_another_measure():
        return _consistent(measure="mean superposition", expected=-1.0)


def _twins(some, others):
    """Which models have the same weights, [some, others]. Those without an arrow are alike by themselves: never."""
    if some.shape[1:] != others.shape[1:]:
        return torch.zeros(len(some), len(others), dtype=torch.bool)
    alive = some.abs().amax(dim=(1, 2)) > 1e-3
    return (torch.cdist(some.flatten(1), others.flatten(1), p=torch.inf) < 1e-6) & alive[:, None]


def _slack(share):
    """How far a share of 1,000 divisions of theirs may lie from one of 20,000 of ours."""
    return 0.003 + 3.5 * (share * (1 - share) / 950) ** 0.5


def _miscounted(chance, number, control):
    """The mistake by which divisions were counted that give such a share."""
    drawn, own = divisions(number, control)

    def is_share(*shares):
        return any(abs(chance - share) < _slack(share) for share in map(float, shares))

    right = float((drawn.abs() >= abs(own) - 1e-9).double().mean())
    if chance > 1 and any(abs(chance / factor - right) < _slack(right) for factor in (100, 1000)):
        return "count for share"
    if is_share(1 - right):
        return "the other tail"
    if is_share((drawn.abs() > abs(own) + 1e-9).double().mean()):
        return "equal ones left out"
    from_it, beyond = ((drawn >= own + margin).double().mean() for margin in (-1e-9, 1e-9))
    one_sided = is_share(from_it, beyond, 1 - from_it, 1 - beyond, right / 2, 1 - right / 2)
    return "one sided" if one_sided else "not by divisions"


def _is_number(value):
    return issubclass(type(value), bool | int | float | np.number | np.bool_)


def _close(a, b):
    return a.shape == b.shape and torch.allclose(a, b, rtol=1e-3, atol=1e-4)


def _consistent(models=10, effect=3.0, expected=1.0, measure="features kept"):
    """Made, not trained: models that keep more features by `effect`, measured and compared as they should be."""
    rng = torch.Generator().manual_seed(3)

    def made(mean):
        W = 0.02 * torch.randn(models, 4, 12, generator=rng)
        for k, n in enumerate((mean + torch.randn(models, generator=rng)).round().long().clamp(2, 12).tolist()):
            W[k, :, :n] += torch.nn.functional.normalize(torch.randn(4, n, generator=rng), dim=0)
        return W

    W, control = made(6 + effect), made(6)
    number, number_control = MEASURES[measure](W), MEASURES[measure](control)
    apart, chance = number.mean() - number_control.mean(), shuffled_share(number, number_control, seed=1)
    clear = chance < 0.05
    held = not clear if expected == 0 else clear and expected == float(apart.sign())
    values = {"expected": expected, "difference": float(apart), "chance": chance, "held": float(held)}
    return {
        "W": W, "W_control": control, "number": number, "number_control": number_control,
        **{name: torch.tensor(value) for name, value in values.items()},
    }  # fmt: skip
