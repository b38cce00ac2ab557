"""1.3: the loss, weighed by importance."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


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


def _reconstructions(batch: int, instances: int, features: int, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """x with every third feature off, x_hat and importances, all different."""
    x = torch.rand(batch, instances, features, generator=rng)
    x.view(-1)[::3] = 0
    x_hat = torch.randn(batch, instances, features, generator=rng)
    return x, x_hat, 0.1 + torch.rand(instances, features, generator=rng)
