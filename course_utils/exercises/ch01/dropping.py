"""1.4: the price of leaving a feature out."""

import torch

from course_utils.checking import ValueExercise


class CostOfDropping(ValueExercise):
    id, title = "1.4", "The price of leaving a feature out"
    difficulty, minutes, points, needs = "B", 8, 2, ["1.3"]
    rtol = 5e-3
    otherwise = (
        "Three steps: the mean of x, the mean of x² (both over the rows where it is off, too), and Var(x) = "
        "E[x²] − E[x]². "
        "The importance weighs the result."
    )
    checked = (
        "Compared with I · Var(x) = 0.5 · (0.2/3 − 0.1²), by integrating (x − mean)² over the density. In general "
        "Var(x) = p/3 − p²/4."
    )
    hints = [
        "Without an arrow the output is just the bias, a constant. Which constant has the smallest mean squared "
        "error? Then what is left is a variance.",
        "Var(x) = E[x²] − E[x]². With probability 0.2 the feature is uniform on [0, 1]: E[x] = 0.2 · ½ and E[x²] = "
        "0.2 · ⅓.",
    ]

    def oracle(self) -> float:
        """Integrate numerically over a feature that is on with probability 0.2."""
        x = (torch.arange(100_000, dtype=torch.float64) + 0.5) / 100_000
        mean = 0.2 * x.mean()
        return 0.5 * (0.8 * mean**2 + 0.2 * ((x - mean) ** 2).mean()).item()

    mistakes = {
        "the constant itself": (0.1, "That is the best constant, the mean. What does it cost to answer it every time?"),
        "zero instead of the mean": (
            0.5 * 0.2 / 3,
            "That is the price of answering 0 (or, by chance, 0.8/12 weighed). A bias can do better: the mean of the "
            "feature, here 0.1, is the best constant.",
        ),
        "without importance": (0.2 / 3 - 0.01, "That is the variance. The loss weighs it with the importance, 0.5."),
        "variance of a dense feature": (
            0.5 / 12,
            "1/12 is the variance of a feature that is always on. This one is mostly 0.",
        ),
        "variance scaled by density": (
            0.5 * 0.2 / 12,
            "The variance of a sparse feature isn't density · 1/12: that forgets the spread between being on and "
            "being off.",
        ),
        "sparsity for density": (
            0.5 * (0.8 / 3 - 0.16),
            "You used the sparsity 0.8 as the density: this feature is on one time in five.",
        ),
        "only the mean square": (
            0.2 / 3,
            "That is E[x²] alone, without the importance, and what answering 0 would cost. The best constant "
            "is the mean.",
        ),
        "mean not squared": (
            0.5 * (0.2 / 3 - 0.1),
            "You took off the mean, not its square: Var(x) = E[x²] − E[x]². A variance can't be negative.",
        ),
        "importance squared": (
            0.25 * (0.2 / 3 - 0.01),
            "You used the importance twice. It weighs the squared error once.",
        ),
        "half of the mean square": (
            0.5 * (0.2 / 2 - 0.01),
            "You took 1/2 for the mean square of a strength. 1/2 is the mean; the mean square of a number "
            "from 0 to 1 is "
            "∫ t² dt.",
        ),
        "never off in the square": (
            0.5 * (1 / 3 - 0.01),
            "Your mean square is that of a feature that is always on. This one is 0 in four of five inputs.",
        ),
        "added": (0.5 * (0.2 / 3 + 0.01), "You added the squared mean. It is taken off: Var(x) = E[x²] − E[x]²."),
        "density for importance": (
            0.2 * (0.2 / 3 - 0.01),
            "You weighed the variance with the density. The density is in the variance already; weigh with "
            "the importance.",
        ),
        "weighed with both": (
            0.1 * (0.2 / 3 - 0.01),
            "You multiplied with the density once more. It is in the variance already; only the importance "
            "is to weigh it.",
        ),
        "square of the mean strength": (
            0.5 * 0.2 / 4,
            "1/4 is the square of the mean strength. What is wanted is the variance: mean square minus squared mean.",
        ),
        "weighed mean": (0.05, "That is importance times mean. A squared error is wanted: start from E[x²] and E[x]²."),
        "density squared twice": (
            0.5 * 0.2**2 / 12,
            "p² · 1/12 is the variance of p · u, a feature that is always on and weaker. This one is rarely on.",
        ),
        "density squared": (
            0.5 * 0.2**2 / 3,
            "You squared the density in the mean square. The feature is on with probability p: E[x²] = p · 1/3.",
        ),
        "standard deviation": (
            (0.2 / 3 - 0.01) ** 0.5,
            "That is the standard deviation. The loss is made of squares: no root, and weighed with the importance.",
        ),
        "variance of a coin": (
            0.5 * 0.2 * 0.8,
            "p(1 − p) is the variance of a coin, on or off. This feature also varies in strength while it is on: "
            "uniform on [0, 1].",
        ),
        "rounded": (0.028, "Close: keep more digits. The tolerance is 0.5 %, and you rounded off more than that."),
        "squared mean only": (
            0.5 * 0.01,
            "That is the squared mean alone. The variance is the mean square minus the squared mean.",
        ),
    }
    rewrites = [0.0283333, torch.tensor(0.5 * (0.2 / 3 - 0.01)), 0.0283]
