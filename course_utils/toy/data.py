"""Where examples come from: parts for ``train(data=...)``.

A maker has one method, ``feed``, that says how many rows a model sees at a step and draws them. ``density`` is always
the probability that a feature is on, also inside groups. Any function ``(batch_size, density, generator) → examples
[batch, instance, feature]`` is a maker too; see ``FromFunction``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.toy.names import named
from course_utils.toy.regularisers import each_instance
from course_utils.toy.values import VALUES, spread


class Feed(NamedTuple):
    """A source of batches for every instance at once."""

    draw: Callable[[torch.Generator], Float[Tensor, "instance batch feature"]]
    """The next batch. It may stand in the same memory as the last one."""
    rows: Int[Tensor, "instance"]
    """How many rows of the batch are an instance's; what follows is zeros that don't count."""


@dataclass(frozen=True)
class Independent:
    """Every feature is on with its density, whatever the others do. ``values``: a name of ``VALUES``, or a function.

    >>> toy.train(20, 5, density=0.1, data=toy.Independent("{1,2,3}"))                         # doctest: +SKIP
    """

    values: str | Callable = "U[0,1]"

    def feed(self, density: Float[Tensor, "instance feature"], batch_size: int) -> Feed:
        values, p = values_of(self.values), density[:, None]
        room = torch.empty(len(density), batch_size, density.shape[1], device=density.device)

        def draw(generator):
            x = room.uniform_(generator=generator)
            x.mul_(x < p).div_(p)  # given that u < p, u/p is uniform again
            return spread(x, values)

        return Feed(draw, torch.full((len(density),), batch_size))


@dataclass(frozen=True)
class AtLeastOne(Independent):
    """Independent features without the rows in which all of them are off: nothing can be learned from those.

    The density is the one before these rows are left out; after that it is p/(1 − (1 − p)ⁿ). To draw such a row, draw
    the first feature that is on; those before it are off, those after it are independent.

    >>> bool((examples(AtLeastOne(), 1000, torch.full((1, 4), 0.01)) > 0).any(-1).all())
    True
    """

    def ends(self, density: Float[Tensor, "instance feature"]) -> Float[Tensor, "instance feature"]:
        """Feature f is the first that is on where a number, uniform on [0, 1], lies between ends f − 1 and f."""
        off_until = (1 - density.double()).cumprod(1)
        share = (1 - off_until) / (1 - off_until[:, -1:])
        share[:, -1] = 2  # whatever rounding did, some feature is on
        return share.float()

    def feed(self, density: Float[Tensor, "instance feature"], batch_size: int) -> Feed:
        independent, values = Independent().feed(density, batch_size), values_of(self.values)
        ends, shape = self.ends(density), (len(density), batch_size)
        place = torch.arange(density.shape[1], device=density.device)

        def draw(generator):
            which, value = torch.rand(2, *shape, 1, generator=generator, device=density.device)
            first = torch.searchsorted(ends, which[..., 0], right=True)[..., None]
            x = torch.where(place > first, independent.draw(generator), 0.0)
            return spread(torch.where(place == first, value, x), values)

        return Feed(draw, independent.rows)


@dataclass(frozen=True)
class Groups:
    """Features in groups whose members come together, or exclude each other (Elhage et al. 2022, section 5).

    >>> toy.train(4, 2, density=0.05, data=toy.Groups(2))                     # 0 with 1, 2 with 3    # doctest: +SKIP
    >>> toy.train(4, 2, density=0.05, data=toy.Groups(((0, 3),), together=-1.0))                      # doctest: +SKIP

    Args:
        members: the groups, each a tuple of features (counted from 0), or their size: neighbours then share a group.
            Features in no group are independent.
        together: number or ``[instance]`` from −1 to 1. At every row each group is coupled with probability
            |together|, else its members are independent. Coupled members come all together or not at all if
            ``together`` is above 0, and at most one of them comes if it is below 0. A feature's density is the same
            in all cases, and the correlation between two members being on is ``together``, or, below 0,
            ``together · p/(1−p)`` (both with density p).
        values: of those that are on; independent of each other, also in groups.

    Raises:
        ValueError: a feature in two groups, or none of that number; groups that exclude each other with densities
            that add up to more than 1.
    """

    members: int | Sequence[Sequence[int]] = 2
    together: float | Tensor = 1.0
    values: str | Callable = "U[0,1]"

    def layout(self, density: Float[Tensor, "instance feature"]) -> "Layout":
        """What both engines need to know, checked."""
        n_instances, n_features = density.shape
        place = torch.full((n_features,), -1)
        groups = self._groups(n_features)
        for number, group in enumerate(groups):
            for feature in group:
                if not 0 <= feature < n_features:
                    raise ValueError(f"group {tuple(group)} has feature {feature}; there are 0 to {n_features - 1}")
                if place[feature] >= 0:
                    raise ValueError(f"feature {feature} is in two groups")
                place[feature] = number
        together = each_instance("together", self.together, n_instances)
        if (together.abs() > 1).any():
            raise ValueError(f"together must be between -1 and 1, got {together.tolist()}")
        low = torch.zeros_like(density, dtype=torch.float64)
        for group in groups:
            own = density[:, list(group)].double()
            before = own.cumsum(1) - own
            apart = (together < 0)[:, None]
            if (apart & ((before + own)[:, -1:] > 1 + 1e-6)).any():
                raise ValueError(
                    f"at most one of group {tuple(group)} comes at a time, so their densities can add up to at most 1"
                )
            low[:, list(group)] = torch.where(apart, before, 0.0)
        return Layout(place, max(1, len(groups)), together, low.float())

    def _groups(self, n_features: int) -> list[tuple[int, ...]]:
        if isinstance(self.members, int):
            if self.members < 1 or n_features % self.members:
                raise ValueError(f"{n_features} features can't be cut into groups of {self.members}")
            return [tuple(range(first, first + self.members)) for first in range(0, n_features, self.members)]
        return [tuple(group) for group in self.members if len(group)]

    def feed(self, density: Float[Tensor, "instance feature"], batch_size: int) -> Feed:
        values, p, device = values_of(self.values), density[:, None], density.device
        layout = self.layout(density.cpu())
        place, coupled_share = layout.place.to(device), layout.together.abs().to(device)[:, None, None]
        low = layout.low.to(device)[:, None]
        alone = place < 0
        shape = (len(density), batch_size)

        def draw(generator):
            def uniform(n):
                return torch.rand(*shape, n, generator=generator, device=device)

            u = uniform(layout.n_groups)[..., place]
            coupled = (uniform(layout.n_groups) < coupled_share)[..., place]
            own = uniform(p.shape[-1])
            together = torch.where((u >= low) & (u < low + p), own, 0.0)
            x = torch.where(coupled & ~alone, together, torch.where(own < p, own / p, 0.0))
            return spread(x, values)

        return Feed(draw, torch.full((len(density),), batch_size))


class Layout(NamedTuple):
    """Groups as tables. A coupled feature is on if its group's u is in ``[low, low + density)``."""

    place: Int[Tensor, "feature"]
    """Number of the group; −1: in none."""
    n_groups: int
    together: Float[Tensor, "instance"]
    low: Float[Tensor, "instance feature"]


@dataclass(frozen=True, eq=False)
class Fixed:
    """A data set that stays the same: all of it at every step, or rows drawn from it (Henighan et al. 2023).

    >>> few, many = (toy.unit_rows(toy.sparse_features(t, 500, density=0.01, seed=t)) for t in (5, 1000))
    >>> toy.train(500, 2, data=toy.Fixed([few, many]), optimiser="adamw", lr=1e-2)             # doctest: +SKIP

    Args:
        x: ``[row, feature]``, ``[instance, row, feature]``, or a list of ``[row, feature]``, one for every
            instance, which may differ in length.
        batch: rows drawn, with replacement, at every step; None: all of them.
    """

    x: Tensor | Sequence[Tensor] = field(repr=False)
    batch: int | None = None

    def sets(self) -> list[Float[Tensor, "row feature"]]:
        """The data set of every instance; one alone serves all."""
        sets = [self.x] if isinstance(self.x, Tensor) and self.x.ndim == 2 else list(self.x)
        sets = [torch.as_tensor(each, dtype=torch.float32).detach().cpu() for each in sets]
        if not sets or any(each.ndim != 2 or not len(each) for each in sets):
            raise ValueError("a fixed data set is [row, feature] with at least one row, for all or for every instance")
        return sets

    def feed(self, density: Float[Tensor, "instance feature"], batch_size: int) -> Feed:
        device, sets = density.device, self.sets()
        sets = sets * len(density) if len(sets) == 1 else sets
        rows = torch.tensor([len(each) for each in sets])
        x = torch.nn.utils.rnn.pad_sequence(sets, batch_first=True).to(device)
        if self.batch is None:
            return Feed(lambda generator: x, rows)
        shape, counts = (len(x), self.batch), rows.to(device)[:, None]
        instance = torch.arange(len(x), device=device)[:, None]

        def draw(generator):
            u = torch.rand(shape, generator=generator, device=device)
            return x[instance, (u * counts).long().minimum(counts - 1)]

        return Feed(draw, torch.full((len(x),), self.batch))


@dataclass(frozen=True)
class FromFunction:
    """Your own function: ``f(batch_size, density [instance, feature], generator) → [batch, instance, feature]``."""

    f: Callable[[int, Tensor, torch.Generator], Float[Tensor, "batch instance feature"]]

    def feed(self, density: Float[Tensor, "instance feature"], batch_size: int) -> Feed:
        expected = [batch_size, *density.shape]

        def draw(generator):
            x = self.f(batch_size, density, generator)
            if list(x.shape) != expected:
                raise ValueError(f"the data function gave {list(x.shape)}; [batch, instance, feature] is {expected}")
            return x.transpose(0, 1)

        return Feed(draw, torch.full((len(density),), batch_size))


MAKERS = {
    "independent": Independent(),
    "at least one": AtLeastOne(),
    "pairs together": Groups(2),
    "pairs apart": Groups(2, together=-1.0),
}


def maker_of(data):
    """A maker from its name, a maker, or a function."""
    data = named("data", data, MAKERS)
    if hasattr(data, "feed"):
        return data
    if callable(data):
        return FromFunction(data)
    raise ValueError(f"data must be a name, a maker such as toy.Groups(2), or a function; got {type(data).__name__}")


def values_of(values: str | Callable) -> Callable:
    return named("distribution of values", values, VALUES)


def examples(
    data, batch_size: int, density: Float[Tensor, "instance feature"], *, seed: int | torch.Generator = 0
) -> Float[Tensor, "batch instance feature"]:
    """Draw from a maker as ``train`` does, to look at or to measure on.

    >>> x = examples(Groups(2), 1000, torch.full((1, 4), 0.1))
    >>> bool(((x[..., 0] > 0) == (x[..., 1] > 0)).all())
    True
    """
    generator = seed if isinstance(seed, torch.Generator) else torch.Generator(density.device).manual_seed(seed)
    x = maker_of(data).feed(density, batch_size).draw(generator)
    return x.transpose(0, 1).clone()


def unit_rows(x: Float[Tensor, "*row feature"]) -> Float[Tensor, "*row feature"]:
    """Every row divided by its length; rows of zeros stay as they are."""
    length = x.norm(dim=-1, keepdim=True)
    return torch.where(length > 0, x / length.clamp_min(torch.finfo(x.dtype).tiny), 0.0)


def share_on(sets: list[Float[Tensor, "row feature"]]) -> Float[Tensor, "instance feature"]:
    """How often each feature is on in fixed data sets."""
    return torch.stack([(each != 0).float().mean(0) for each in sets])
