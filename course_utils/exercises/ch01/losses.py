"""1.3 and 1.4: what a reconstruction costs, and what leaving a feature out costs."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, ValueExercise, law, mistake, rewrite


@law("an importance of zero makes a feature's errors free")
def unimportant_is_free(loss, x, x_hat, importance):
    importance = importance.clone()
    importance[:, 0] = 0
    spoiled = x_hat.clone()
    spoiled[..., 0] += 3
    same = torch.allclose(loss(x, x_hat, importance), loss(x, spoiled, importance), rtol=1e-4, atol=1e-6)
    return None if same else "Errors in a feature of importance 0 changed the loss."


class ImportanceLoss(FunctionExercise):
    id, title = "1.3", "Some errors matter more"
    difficulty, minutes, points, needs = "B", 7, 2, ["1.2"]
    checked = "stacks of reconstructions against loops, with a batch of one and with as many rows as instances"
    hints = [
        "Work element by element first: [batch, instance, feature] all the way. Average last, over two of the three "
        "axes.",
        "`importance` [instance, feature] lines up with the last two axes of x. Multiply the squared error; then "
        "`.mean` over batch and feature.",
    ]

    def cases(self, rng):
        yield Case(_reconstructions(3, 3, 4, rng), "with as many rows as instances")
        yield Case(_reconstructions(7, 2, 5, rng), "with three different sizes")
        yield Case(_reconstructions(1, 4, 3, rng), "with a batch of one")
        yield Case(_reconstructions(5, 1, 2, rng), "with a single instance")

    def oracle(
        self,
        x: Float[Tensor, "batch instance feature"],
        x_hat: Float[Tensor, "batch instance feature"],
        importance: Float[Tensor, "instance feature"],
    ) -> Float[Tensor, "instance"]:
        batch, instances, features = x.shape
        losses = []
        for i in range(instances):
            total = 0.0
            for s in range(batch):
                for f in range(features):
                    total += importance[i, f].item() * (x[s, i, f].item() - x_hat[s, i, f].item()) ** 2
            losses.append(total / (batch * features))
        return torch.tensor(losses)

    laws = [unimportant_is_free]

    @mistake("You averaged the errors over the batch before squaring: errors up and down cancel. Square first.")
    def averaged_before_the_square(x, x_hat, importance):
        return (importance * (x - x_hat).mean(0) ** 2).mean(1)

    @mistake("You added the errors up before squaring: errors up and down cancel. Square each error by itself.")
    def squared_after_the_sum(x, x_hat, importance):
        return ((importance * (x - x_hat)).sum(-1) ** 2).mean(0)

    @mistake("That is x² − x̂², the difference of the squares. The loss takes the square of the difference.")
    def difference_of_squares(x, x_hat, importance):
        return (importance * (x**2 - x_hat**2)).mean((0, 2))

    @mistake("You weighed the reconstruction. The importance weighs the squared error: I · (x − x̂)².")
    def weighed_reconstruction(x, x_hat, importance):
        return ((x - importance * x_hat) ** 2).mean((0, 2))

    @mistake("That is the largest error. The loss is a mean: all of them count.")
    def largest_error(x, x_hat, importance):
        return (importance * (x - x_hat) ** 2).amax((0, 2))

    @mistake("That is a median. The loss is a mean: a large error counts more.")
    def median_error(x, x_hat, importance):
        return (importance * (x - x_hat) ** 2).transpose(0, 1).flatten(1).median(1).values

    @mistake(
        "You took the error over all models at once. Each instance has its own: average over batch and feature only."
    )
    def error_over_all_models(x, x_hat, importance):
        return ((x - x_hat) ** 2).mean() * importance.mean(-1)

    @mistake("You added the importance. It weighs: multiply each squared error with it.")
    def importance_added(x, x_hat, importance):
        return (importance + (x - x_hat) ** 2).mean((0, 2))

    @mistake("That is how much the squared errors vary. The loss is their mean.")
    def variance_of_the_errors(x, x_hat, importance):
        return (importance * (x - x_hat) ** 2).transpose(0, 1).flatten(1).var(1)

    @mistake("You took the length of each row's errors. The loss is the mean of the squares, without a root.")
    def length_of_the_errors(x, x_hat, importance):
        return (importance * (x - x_hat)).norm(dim=2).mean(0)

    @mistake(
        "You summed over the features, and this course averages, so that losses of models of different sizes compare."
    )
    def sum_over_features(x, x_hat, importance):
        return (importance * (x - x_hat) ** 2).sum(-1).mean(0)

    @mistake("You summed over the batch: twice the data would double the loss. Average it.")
    def sum_over_the_batch(x, x_hat, importance):
        return (importance * (x - x_hat) ** 2).mean(-1).sum(0)

    @mistake("The square is missing: errors up and errors down cancel, and the best loss would be minus infinity.")
    def no_square(x, x_hat, importance):
        return (importance * (x - x_hat)).mean((0, 2))

    @mistake("That is the absolute error. Squares punish one large error more than many small ones.")
    def absolute_error(x, x_hat, importance):
        return (importance * (x - x_hat).abs()).mean((0, 2))

    @mistake("The importance was squared along with the error. It weighs the squared error: multiply after squaring.")
    def importance_inside_the_square(x, x_hat, importance):
        return ((importance * (x - x_hat)) ** 2).mean((0, 2))

    @mistake(
        "You averaged the importance before using it, so every feature weighs the same. Weigh each feature's own error."
    )
    def importance_averaged_first(x, x_hat, importance):
        return importance.mean(-1) * ((x - x_hat) ** 2).mean((0, 2))

    @mistake(
        "`importance[:, None]` lines the instances up with the batch; it runs only where the two sizes happen to "
        "agree. Broadcasting aligns from the right: [instance, feature] already fits."
    )
    def importance_on_the_batch_axis(x, x_hat, importance):
        return (importance[:, None] * (x - x_hat) ** 2).mean((0, 2))

    @mistake(
        "You counted errors only where a feature is on. An answer above 0 for a feature that is off is an error too: "
        "that is what interference costs."
    )
    def only_what_is_on(x, x_hat, importance):
        return (importance * (x - x_hat) ** 2 * (x > 0)).mean((0, 2))

    @mistake("Half of the loss is missing: some textbooks put ½ in front of a squared error, and here there is none.")
    def halved(x, x_hat, importance):
        return (importance * (x - x_hat) ** 2).mean((0, 2)) / 2

    @mistake("You took the root of the mean square. The loss is the mean square itself.")
    def root(x, x_hat, importance):
        return (importance * (x - x_hat) ** 2).mean((0, 2)).sqrt()

    @mistake("The importances of the first model went to all of them. Each instance has its own row of `importance`.")
    def the_first_importance_for_all(x, x_hat, importance):
        return (importance[0] * (x - x_hat) ** 2).mean((0, 2))

    @mistake("Every feature weighs the same: the importance has no effect on your loss.")
    def importance_ignored(x, x_hat, importance):
        return ((x - x_hat) ** 2).mean((0, 2))

    @mistake("You kept the batch and averaged over the instances. It is the other way round: one loss per instance.")
    def averaged_over_the_instances(x, x_hat, importance):
        return (importance * (x - x_hat) ** 2).mean((1, 2))

    @mistake("You averaged over the features only: that is one loss per input and instance. The batch is averaged too.")
    def a_loss_for_every_input(x, x_hat, importance):
        return (importance * (x - x_hat) ** 2).mean(-1)

    @mistake("You averaged over batch and instances, and kept the features. Which axis tells the models apart?")
    def a_loss_for_every_feature(x, x_hat, importance):
        return (importance * (x - x_hat) ** 2).mean((0, 1))

    @mistake(
        "You averaged over the instances too. They are separate models: one loss each, average only over batch "
        "and features."
    )
    def one_number_for_all(x, x_hat, importance):
        return (importance * (x - x_hat) ** 2).mean()

    @mistake(
        "You divided by the summed importance. Elhage et al. don't: a less important feature makes the whole "
        "loss smaller."
    )
    def divided_by_the_importance(x, x_hat, importance):
        return (importance * (x - x_hat) ** 2).sum(-1).mean(0) / importance.sum(-1)

    @rewrite
    def with_loops(x, x_hat, importance):
        _, instances, features = x.shape
        out = torch.zeros(instances)
        for i in range(instances):
            for f in range(features):
                out[i] += importance[i, f] * torch.mean((x_hat[:, i, f] - x[:, i, f]) ** 2) / features
        return out

    @rewrite
    def with_einsum(x, x_hat, importance):
        error = x_hat - x
        return torch.einsum("bif,bif,if->i", error, error, importance) / (x.shape[0] * x.shape[2])

    @rewrite
    def with_flat_mean(x, x_hat, importance):
        weighted = importance * (x - x_hat).square()
        return weighted.transpose(0, 1).flatten(1).mean(1)

    equivalent = {
        (
            "line 1: `(importance * (x - x_hat) ** 2).mean(dim=(0, 2))` → `(importance * (x - x_hat) ** "
            "2).mean(dim=(0, 2)).detach()`"
        ): ("The values are the same. Without any gradient `backward` in 1.5 raises."),
    }


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


def _reconstructions(batch: int, instances: int, features: int, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """x with every third feature off, x_hat and importances, all different."""
    x = torch.rand(batch, instances, features, generator=rng)
    x.view(-1)[::3] = 0
    x_hat = torch.randn(batch, instances, features, generator=rng)
    return x, x_hat, 0.1 + torch.rand(instances, features, generator=rng)
