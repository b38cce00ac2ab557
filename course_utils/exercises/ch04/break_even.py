"""4.10: how wide a layer must be before an honest reader costs less than one that says 0."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, mistake, rewrite


def pair_on(n_in, on):
    return on * (on - 1) / (n_in * (n_in - 1))


def widths(on, q, l2=1.0, l4=1.0, balanced=1.0):
    """The three right widths, each multiplied with something."""
    noise = math.pi * on**2
    return torch.tensor([l2 * noise / q, l4 * noise * (3 / q) ** 0.5, balanced * 2 * noise])


class BreakEven(FunctionExercise):
    id, title = "4.10", "Saying nothing"
    difficulty, minutes, points, needs = "C", 12, 3, []
    checked = (
        "worlds by a search for the width at which both losses, integrated over the noise, are equal (with 3 of 100 on "
        "it is 46,653, 1,989 and 57 neurons)"
    )
    hints = [
        "The silent reader is wrong by 1 in a share q of the inputs, and right in all others. The honest one is wrong "
        "by e in all of them: what are the means of e² and of e⁴?",
        "q is how many pairs are on in an input, over how many there are: on(on − 1)/2 over n_in(n_in − 1)/2. For a "
        "Gaussian the mean of e⁴ is 3σ⁴.",
        "Squares: σ² = q. Fourth powers: 3σ⁴ = q. Half and half: the silent reader costs ½ · 1, the honest one "
        "½ · σ² + ½ · σ². Put σ² = π on²/N in and solve for N.",
    ]

    def cases(self, rng):
        yield Case((100, 3), "with 3 of 100 features on")
        yield Case((20, 2), "with 2 of 20 features on")
        yield Case((50, 12), "with 12 of 50 features on")
        yield Case((3, 2), "with 2 of 3 features on")
        yield Case((6, 6), "with all features on: q is 1")

    def oracle(self, n_in: int, on: int) -> Float[Tensor, "loss=3"]:
        pairs = [(i, j) for i in range(n_in) for j in range(i)]
        q = sum(i < on and j < on for i, j in pairs) / len(pairs)  # the first `on` are on
        e = torch.linspace(-10, 10, 20_001, dtype=torch.float64)  # noise in units of σ
        bell = torch.exp(-(e**2) / 2)
        bell /= bell.sum()
        found = []
        for power, silent in ((2, q), (4, q), (2, 0.5)):
            low, high = 1e-6, 1e12
            for _ in range(120):
                n = math.sqrt(low * high)
                sigma = math.sqrt(math.pi) * on / math.sqrt(n)
                honest = (bell * (sigma * e) ** power).sum().item()
                low, high = (n, high) if honest > silent else (low, n)
            found.append(low)
        return torch.tensor(found)

    def remark(self, trials):
        """Which of the three is off, in the first case that shows it."""
        bad = next((t for t in trials if t.difference and t.difference.stage == "value"), None)
        if bad is None or bad.outcome.value.shape != (3,):
            return None
        near = torch.isclose(bad.outcome.value.double(), bad.expected.double(), rtol=self.rtol).tolist()
        names = ("squares", "fourth powers", "half and half")
        right = [name for name, ok in zip(names, near) if ok]
        return f"Right: {', '.join(right)}." if right else "All three are off: look at q and σ² first."

    @mistake("Two *different* features are both on with q = on(on − 1)/(n_in(n_in − 1)), not (on/n_in)².")
    def pair_as_if_independent(n_in, on):
        return widths(on, (on / n_in) ** 2)

    @mistake("You took how often one feature is on for q. A pair is on if both are.")
    def one_feature_for_a_pair(n_in, on):
        return widths(on, on / n_in)

    @mistake("Of on features on(on − 1)/2 pairs are on, of n_in(n_in − 1)/2. You halved one of the two numbers only.")
    def half_of_the_pairs(n_in, on):
        return widths(on, pair_on(n_in, on) / 2)

    @mistake("q is a share: how many pairs are on in an input, over how many pairs there are. You took 1 over all.")
    def one_pair_on(n_in, on):
        return widths(on, 2 / (n_in * (n_in - 1)))

    @mistake("Fourth powers are off: the mean of e⁴ of a Gaussian is 3σ⁴, not σ⁴.")
    def three_forgotten(n_in, on):
        return widths(on, pair_on(n_in, on), l4=1 / 3**0.5)

    @mistake("Fourth powers are off: 3σ⁴ = q gives σ² = √(q/3), and N goes with 1/σ². You took another root.")
    def another_root(n_in, on):
        q = pair_on(n_in, on)
        return widths(on, q, l4=(3 / q) ** -0.25)

    @mistake("Fourth powers are off: the 3 stands below q, under the root: σ² = √(q/3).")
    def three_on_the_wrong_side(n_in, on):
        return widths(on, pair_on(n_in, on), l4=1 / 3)

    @mistake("Fourth powers are off: σ² is √(q/3). You didn't take the root.")
    def no_root(n_in, on):
        q = pair_on(n_in, on)
        return widths(on, q, l4=(3 / q) ** 0.5)

    @mistake(
        "Half and half is off: the silent reader costs ½ there, for it is right on the zeros, which count one half."
    )
    def silent_costs_one(n_in, on):
        return widths(on, pair_on(n_in, on), balanced=0.5)

    @mistake("Half and half is off: the honest reader costs σ² in all, ½σ² on the ones and ½σ² on the zeros.")
    def noise_counted_twice(n_in, on):
        return widths(on, pair_on(n_in, on), balanced=2.0)

    @mistake("Half and half is off: the share q of the ones doesn't count any more, one half does.")
    def share_still_counts(n_in, on):
        q = pair_on(n_in, on)
        return widths(on, q, balanced=0.5 / q)

    @mistake("σ² is π on²/N. You used on without its square.")
    def on_not_squared(n_in, on):
        return widths(on, pair_on(n_in, on)) / on

    @mistake("You lost the π of σ² = π on²/N.")
    def pi_forgotten(n_in, on):
        return widths(on, pair_on(n_in, on)) / math.pi

    @mistake("You set σ equal to what σ² should be. Loss is made of squares: σ² = q.")
    def sigma_for_its_square(n_in, on):
        q, noise = pair_on(n_in, on), math.pi * on**2
        return torch.tensor([noise / q**2, noise / (q / 3), noise / 0.25])

    @mistake("Fewer neurons, more noise: N stands below. σ² = π on²/N, so N = π on²/σ².")
    def upside_down(n_in, on):
        q, noise = pair_on(n_in, on), math.pi * on**2
        return torch.tensor([noise * q, noise * (q / 3) ** 0.5, noise * 0.5])

    @mistake("The widths are right, rounded to whole neurons. Give them unrounded.")
    def whole_neurons(n_in, on):
        return widths(on, pair_on(n_in, on)).ceil()

    @mistake("You took 3.14 for π. The numbers aren't to be rounded: `math.pi`.")
    def three_digits_of_pi(n_in, on):
        return widths(on, pair_on(n_in, on)) * 3.14 / math.pi

    @mistake("The fourth powers have the width of the squares in yours. There silence costs q, and honesty 3σ⁴.")
    def fourth_powers_as_squares(n_in, on):
        q = pair_on(n_in, on)
        return widths(on, q, l4=(3 * q) ** -0.5)

    @mistake("You took on(on − 1)/n_in² for q. Of the pair's second feature there are n_in − 1 left, not n_in.")
    def drawn_with_replacement(n_in, on):
        return widths(on, on * (on - 1) / n_in**2)

    @mistake("The order is squares, fourth powers, half and half.")
    def other_order(n_in, on):
        return widths(on, pair_on(n_in, on)).flip(0)

    @rewrite
    def with_combinations(n_in, on):
        q = math.comb(on, 2) / math.comb(n_in, 2)
        squares = torch.tensor([q, math.sqrt(q / 3), 0.5], dtype=torch.float64)
        return torch.pi * on * on / squares

    @rewrite
    def by_bisection(n_in, on):
        q, out = on * (on - 1) / n_in / (n_in - 1), []
        for honest, silent in ((lambda s: s, q), (lambda s: 3 * s * s, q), (lambda s: s / 2 + s / 2, 0.5)):
            low, high = 0.0, 10.0
            for _ in range(100):
                middle = (low + high) / 2
                low, high = (middle, high) if honest(middle) < silent else (low, middle)
            out.append(math.pi * on**2 / low)
        return torch.tensor(out)

    @rewrite
    def one_by_one(n_in, on):
        both = (on / n_in) * ((on - 1) / (n_in - 1))
        by_squares = math.pi * on**2 / both
        return torch.stack(
            [torch.tensor(v) for v in (by_squares, by_squares * (3 * both) ** 0.5, 2 * by_squares * both)]
        )
