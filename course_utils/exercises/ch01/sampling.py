"""1.1: a world of sparse features."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, mistake, rewrite
from course_utils.exercises.ch01.sampling_laws import (
    counts_vary,
    every_call_anew,
    independent,
    on_as_often_as_density,
    own_draws,
    uniform_when_on,
    values_in_range,
)


class SparseFeatures(FunctionExercise):
    id, title = "1.1", "A world of sparse features"
    difficulty, minutes, points, needs = "A", 6, 1, []
    checked = "stacks of densities, 0 and 1 among them"
    random = True
    hints = [
        "Every feature needs two independent random things in every input: whether it is on, and how strong it is.",
        "`torch.rand(batch, instance, feature) < density` is True with probability `density`. Multiply it with a "
        "second draw.",
    ]

    def cases(self, rng):
        yield Case((4000, torch.tensor([[0.1, 0.5, 0.9], [0.3, 0.3, 0.3]])), "with two instances of three features")
        yield Case(
            (3000, torch.tensor([[0.0, 1.0, 0.5, 0.02]])), "with a feature that is never on and one that always is"
        )
        yield Case((1, torch.rand(3, 2, generator=rng)), "with a batch of one")

    def oracle(self, batch: int, density: Float[Tensor, "instance feature"]) -> Float[Tensor, "batch instance feature"]:
        return torch.zeros(batch, *density.shape)  # the shape; the laws know the rest

    laws = [
        values_in_range,
        every_call_anew,
        counts_vary,
        on_as_often_as_density,
        uniform_when_on,
        independent,
        own_draws,
    ]

    @mistake(
        "A feature is on where its draw was large, and that draw is its strength as well, so weak features "
        "never occur. Draw "
        "the strength separately."
    )
    def the_largest_draws(batch, density):
        x = torch.rand(batch, *density.shape)
        return x * (x > 1 - density)

    @mistake(
        "In every call the same rows are on. Toss a coin for each input, instance and feature: "
        "`torch.rand(…) < density`."
    )
    def always_the_same_rows(batch, density):
        first = torch.arange(batch)[:, None, None] < (density * batch).int()
        return torch.rand(batch, *density.shape) * first

    @mistake("All features of an input that are on have one strength. Draw a strength for each feature by itself.")
    def one_strength_for_each_input(batch, density):
        return torch.rand(batch, 1, 1) * (torch.rand(batch, *density.shape) < density)

    @mistake(
        "Density is the probability of being on; yours is the probability of being off (the sparsity S = 1 − density)."
    )
    def sparsity_for_density(batch, density):
        shape = (batch, *density.shape)
        return torch.rand(shape) * (torch.rand(shape) < 1 - density)

    @mistake(
        "Your features are always on, only weaker. Sparse means rarely on: mostly exactly 0, and at full "
        "strength otherwise."
    )
    def weaker_instead_of_rarer(batch, density):
        return torch.rand(batch, *density.shape) * density

    @mistake("Your features are only on or off. A feature that is on also has a strength, drawn evenly from [0, 1].")
    def ones(batch, density):
        return (torch.rand(batch, *density.shape) < density).float()

    @mistake(
        "A feature has the same strength whenever it is on. Draw the strengths anew for each input, like the coins."
    )
    def one_strength_for_the_whole_batch(batch, density):
        return torch.rand(density.shape) * (torch.rand(batch, *density.shape) < density)

    @mistake(
        "A feature is on in all inputs of your batch or in none: the coins have no batch axis. Toss one for every "
        "input, instance and feature."
    )
    def one_coin_for_the_whole_batch(batch, density):
        return torch.rand(batch, *density.shape) * (torch.rand(density.shape) < density)

    @mistake(
        "No feature is ever stronger than its density. Either one draw decides whether it is on and how strong (draw "
        "the strength separately), or the strength was multiplied with the density (leave it as it is drawn)."
    )
    def the_coin_is_the_strength(batch, density):
        u = torch.rand(batch, *density.shape)
        return u * (u < density)

    @mistake("Some strengths are far above 1, as from a normal distribution. They should be uniform: `torch.rand`.")
    def bell_shaped_strengths(batch, density):
        return torch.randn(batch, *density.shape).abs() * (torch.rand(batch, *density.shape) < density)

    @mistake(
        "Features of one input switch on together: they share a draw. Each feature decides on its own, so draw "
        "per feature."
    )
    def whole_inputs_on_or_off(batch, density):
        instances, _ = density.shape
        return torch.rand(batch, *density.shape) * (torch.rand(batch, instances, 1) < density)

    @mistake(
        "Different instances get the same inputs. Draw separate data for each instance: the result has three "
        "axes of its own."
    )
    def instances_share_their_inputs(batch, density):
        _, features = density.shape
        shape = (batch, 1, features)
        return torch.rand(shape) * (torch.rand(shape) < density)

    @mistake(
        "Your function seeds the random numbers itself, so every call returns the same data, and a model that is "
        "trained on it sees one batch again and again. Leave seeding to whoever calls."
    )
    def seeds_itself(batch, density):
        torch.manual_seed(0)
        return torch.rand(batch, *density.shape) * (torch.rand(batch, *density.shape) < density)

    @mistake(
        "The same strengths occur again and again: a draw is used twice, in two inputs or for two "
        "features. Each has its own."
    )
    def draws_used_twice(batch, density):
        shape = ((batch + 1) // 2, *density.shape)
        return (torch.rand(shape) * (torch.rand(shape) < density)).repeat(2, 1, 1)[:batch]

    @mistake(
        "Each feature is on in exactly batch × density of your inputs. On with probability p leaves that number to "
        "chance: toss a coin for each input."
    )
    def counted_out(batch, density):
        place = torch.rand(batch, *density.shape).argsort(dim=0)  # a shuffle of the rows for every feature
        return torch.rand(batch, *density.shape) * (place < (density * batch).round())

    @mistake(
        "Every input of your batch is the same one. Draw anew for each of them: the batch is an axis of the "
        "random tensor."
    )
    def one_row_for_the_whole_batch(batch, density):
        return (torch.rand(density.shape) * (torch.rand(density.shape) < density)).expand(batch, -1, -1).clone()

    @rewrite
    def with_where(batch, density):
        value, coin = torch.rand(2, batch, *density.shape)
        return torch.where(coin < density, value, 0.0)

    @rewrite
    def with_bernoulli(batch, density):
        on = torch.bernoulli(density.expand(batch, *density.shape))
        return on * torch.rand_like(on)

    @rewrite
    def with_one_draw(batch, density):
        u = torch.rand(batch, *density.shape)
        return torch.where(u < density, u / density, torch.zeros_like(u))

    @rewrite
    def with_loops(batch, density):
        x = torch.zeros(batch, *density.shape)
        for i in range(density.shape[0]):
            for f in range(density.shape[1]):
                on = torch.rand(batch) < density[i, f]
                x[on, i, f] = torch.rand(int(on.sum()))
        return x

    equivalent = {
        ("line 1: `torch.rand(batch, *density.shape) < density` → `torch.rand(batch, *density.shape) <= density`"): (
            "A draw equals the density with a probability of 2⁻²⁴: no sample of a sensible size tells the two apart."
        ),
        ("with_where, line 2: `coin < density` → `coin <= density`"): ("The same."),
    }
