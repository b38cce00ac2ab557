"""Activations whose features are known: x = Σᵢ vᵢ dᵢ + noise, with sparse values v ≥ 0 and directions dᵢ of norm 1.

>>> data = SyntheticFeatures(near_orthogonal(512, 128), density=6 / 512)
>>> x, v = data.sample(10_000, seed=0)         # [10000, 128], [10000, 512]
>>> labels = v > 0

After the data of Sharkey et al. 2022 (*Taking features out of superposition with sparse autoencoders*), with the
hierarchies of Chanin et al. 2024 (*A is for Absorption*) and Bussmann et al. 2025 (*Learning multi-level features with
Matryoshka sparse autoencoders*).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

# A dictionary trained with a seed must not begin at the truth that has the same seed.
SALT = 0x7A17


def random_directions(n_features: int, d_in: int, seed: int = 0) -> Float[Tensor, "feature d_in"]:
    """Independent directions, uniform on the sphere: cosines of about ±1/√d_in."""
    generator = torch.Generator().manual_seed((seed * 1_000_003 + SALT) % 2**63)
    return _unit(torch.randn(n_features, d_in, generator=generator))


def near_orthogonal(n_features: int, d_in: int, seed: int = 0, steps: int = 200) -> Float[Tensor, "feature d_in"]:
    """Directions pushed apart until the largest |cosine| is small; orthogonal if n_features ≤ d_in.

    Minimises the p-norm of all |cosines| with p growing from 2 to 32, by gradient steps on the sphere. No set can beat
    the Welch bound, ``√((n − d) / (d (n − 1)))`` for n features in d dimensions. Takes a time of about n²·d per step.
    """
    D = random_directions(n_features, d_in, seed)
    if n_features <= d_in:
        return torch.linalg.qr(D.T).Q.T.contiguous()
    velocity, moment = torch.zeros_like(D), torch.zeros_like(D)
    for step in range(steps):
        power = 2 * 2 ** (1 + 3 * step / steps) if step > steps // 4 else 2
        gram = (D @ D.T).fill_diagonal_(0)
        largest = gram.abs().max()
        gradient = (gram / largest).abs().pow(power - 1) * gram.sign() @ D
        gradient -= (gradient * D).sum(1, keepdim=True) * D
        velocity = 0.9 * velocity + 0.1 * gradient
        moment = 0.99 * moment + 0.01 * gradient.square().mean()
        rate = 0.1 * (1 - step / steps) ** 2 * d_in**-0.5
        D = _unit(D - rate * velocity / (moment / (1 - 0.99 ** (step + 1))).sqrt().clamp_min(1e-12))
    return D


def antipodal_pairs(n_features: int, d_in: int, seed: int = 0) -> Float[Tensor, "feature d_in"]:
    """Features 2i and 2i + 1 point in opposite directions, the pairs as ``near_orthogonal``.

    A ReLU removes the interference within a pair while only one of it is on (Elhage et al. 2022, *Toy Models of
    Superposition*).

    Raises:
        ValueError: an odd number of features.
    """
    if n_features % 2:
        raise ValueError(f"features come in pairs: their number must be even, got {n_features}")
    half = near_orthogonal(n_features // 2, d_in, seed)
    return torch.stack([half, -half], 1).flatten(0, 1)


def zipf_density(n_features: int, active: float, exponent: float = 1.0) -> Float[Tensor, "feature"]:
    """Densities in proportion to ``1 / rank^exponent``, with ``active`` features on in a row on average; none above 1.

    Raises:
        ValueError: ``active`` isn't above 0 and at most n_features.
    """
    if not 0 < active <= n_features:
        raise ValueError(f"between 0 and {n_features} features can be active on average, got {active}")
    weight = torch.arange(1, n_features + 1, dtype=torch.float64) ** -exponent
    full = 0  # the first ones, which would be above 1, are set to it and the rest share what is left
    while True:
        p = torch.ones_like(weight)
        p[full:] = weight[full:] * (active - full) / weight[full:].sum()
        above = int((p > 1 + 1e-12).sum())
        if not above:
            return p.float().clamp(max=1.0)
        full += above


def group_loadings(n_features: int, group_size: int, correlation: float) -> Float[Tensor, "feature factor"]:
    """Loadings for consecutive groups of features that tend to be on together: one factor for each group.

    ``correlation``, in [0, 1), is that of two members' hidden Gaussians; that of the features themselves is smaller.

    Raises:
        ValueError: groups that don't fill the features, a correlation out of range.
    """
    if n_features % group_size:
        raise ValueError(f"groups of {group_size} don't fill {n_features} features")
    if not 0 <= correlation < 1:
        raise ValueError(f"correlation must be at least 0 and below 1, got {correlation}")
    group = torch.arange(n_features) // group_size
    return correlation**0.5 * torch.nn.functional.one_hot(group).float()


@dataclass(frozen=True)
class SyntheticFeatures:
    """Where activations with known features come from; ``sample`` draws them.

    Raises:
        ValueError: shapes that don't fit, a density outside [0, 1], a child on more often than its parent, and
            combinations that can't be sampled with the densities that are asked for.
    """

    directions: Float[Tensor, "feature d_in"]
    """Rows are scaled to norm 1 (a toy model's W, [hidden, feature], goes in as W.T)."""
    density: float | Float[Tensor, "feature"]
    """Probability that a feature is on, its parent's state not known."""
    magnitude: tuple[float, float] = (0.0, 1.0)
    """A feature that is on has a value uniform between these; equal ends make it constant."""
    scale: float | Float[Tensor, "feature"] = 1.0
    """Factor above 0 on each feature's value."""
    loadings: Float[Tensor, "feature factor"] | None = None
    """Correlation: feature i is on where lᵢ·g + √(1 − ‖lᵢ‖²) εᵢ is small, g being Gaussian factors that features share
    and εᵢ its own. Opposite signs make features avoid each other."""
    parent: Int[Tensor, "feature"] | None = None
    """Hierarchy: a feature is only on if its parent is; −1 for those without. Parents come before their children."""
    exclusive: bool = False
    """At most one child of a parent is on at a time."""
    noise: float = 0.0
    """Standard deviation of Gaussian noise in every dimension of x."""

    def __post_init__(self):
        D = torch.as_tensor(self.directions, dtype=torch.float32)
        if D.ndim != 2 or not torch.isfinite(D).all() or (D.norm(dim=1) == 0).any():
            raise ValueError(f"directions must be [feature, d_in], finite and none of them zero, got {list(D.shape)}")
        n = len(D)
        object.__setattr__(self, "directions", _unit(D))
        for name in ("density", "scale"):
            value = torch.as_tensor(getattr(self, name), dtype=torch.float32)
            if value.ndim and value.shape != (n,):
                raise ValueError(f"{name} must be a number or [{n}], one for each feature, got {list(value.shape)}")
            object.__setattr__(self, name, value.expand(n).clone())
        if not ((self.density >= 0) & (self.density <= 1)).all():
            raise ValueError("density is the probability that a feature is on: between 0 and 1")
        if not (self.scale > 0).all():
            raise ValueError("scale must be above 0")
        low, high = self.magnitude
        if not 0 <= low <= high or high == 0:
            raise ValueError(
                f"magnitude must be (low, high) with 0 ≤ low ≤ high and high above 0, got {self.magnitude}"
            )
        if self.noise < 0:
            raise ValueError(f"noise is a standard deviation: at least 0, got {self.noise}")
        object.__setattr__(self, "parent", self._checked_parents())
        if self.exclusive:
            self._check_exclusive()
        if self.loadings is not None:
            self._check_loadings()

    @property
    def n_features(self) -> int:
        return len(self.directions)

    @property
    def d_in(self) -> int:
        return self.directions.shape[1]

    def sample(
        self, n: int, seed: int | torch.Generator
    ) -> tuple[Float[Tensor, "row d_in"], Float[Tensor, "row feature"]]:
        """Draw ``n`` rows: activations x and the features' values v, 0 where a feature is off.

        The same seed gives the same rows; a generator goes on where it was.
        """
        generator = seed if isinstance(seed, torch.Generator) else torch.Generator().manual_seed(seed)
        rows, features = self._on(n, generator)
        low, high = self.magnitude
        # 1 − u is above 0: a value of exactly 0 would make a feature that is on look off.
        values = low + (high - low) * (1 - torch.rand(len(rows), generator=generator))
        values *= self.scale[features]
        v = torch.zeros(n, self.n_features)
        v[rows, features] = values
        starts = torch.searchsorted(rows, torch.arange(n))
        x = torch.nn.functional.embedding_bag(features, self.directions, starts, mode="sum", per_sample_weights=values)
        if self.noise:
            x = x + self.noise * torch.randn(x.shape, generator=generator)
        return x, v

    def batches(self, batch_size: int, seed: int) -> Iterator[Float[Tensor, "row d_in"]]:
        """Batches of fresh activations without end, for training."""
        generator = torch.Generator().manual_seed(seed)
        while True:
            yield self.sample(batch_size, generator)[0]

    def _on(self, n: int, generator: torch.Generator) -> tuple[Int[Tensor, "hit"], Int[Tensor, "hit"]]:
        """Rows and features that are on, in order of the row."""
        plain = self.loadings is None and (self.parent < 0).all()
        if plain and self.density.max() < 0.5:
            return self._on_sparse(n, generator)
        return self._on_dense(n, generator).nonzero(as_tuple=True)

    def _on_sparse(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Independent features, in time that grows with the number of hits.

        A Poisson process with a rate of −log(1 − p) in each cell hits the cell at least once with probability p, and
        the cells independently. So: draw the total, spread the points over the cells, forget how often each was hit.
        """
        hazard = -torch.log1p(-self.density.double())
        edges = hazard.cumsum(0)
        total = n * edges[-1]
        count = int(torch.poisson(total, generator=generator))
        at = torch.rand(count, generator=generator, dtype=torch.float64) * edges[-1]
        features = torch.searchsorted(edges, at, right=True).clamp(max=self.n_features - 1)
        rows = torch.randint(n, (count,), generator=generator)
        cells = torch.unique(rows * self.n_features + features)
        return cells // self.n_features, cells % self.n_features

    def _on_dense(self, n: int, generator: torch.Generator) -> Bool[Tensor, "row feature"]:
        given_parent = self._given_parent()
        if self.exclusive:
            # Siblings share one draw, each its own part of [0, 1).
            top = self._end_of_part(given_parent)
            sharing = torch.where(self.parent < 0, torch.arange(self.n_features), self.n_features + self.parent)
            _, draw = sharing.unique(return_inverse=True)
            u = torch.rand(n, int(draw.max()) + 1, generator=generator)[:, draw]
            on = (u < top) & (u >= top - given_parent)
        elif self.loadings is None:
            on = torch.rand(n, self.n_features, generator=generator) < given_parent
        else:
            own = (1 - self.loadings.square().sum(1)).clamp_min(0).sqrt()
            z = torch.randn(n, self.loadings.shape[1], generator=generator) @ self.loadings.T
            z += own * torch.randn(n, self.n_features, generator=generator)
            on = z < torch.special.ndtri(given_parent.double()).float()
        for child in (self.parent >= 0).nonzero()[:, 0].tolist():
            on[:, child] &= on[:, self.parent[child]]
        return on

    def _given_parent(self) -> Float[Tensor, "feature"]:
        """Probability that a feature is on if its parent is."""
        above = torch.where(self.parent < 0, 1.0, self.density[self.parent])
        return torch.where(above > 0, self.density / above.clamp_min(1e-30), 0.0)

    def _end_of_part(self, given_parent: Tensor) -> Float[Tensor, "feature"]:
        """Where each feature's part of its parent's draw ends: siblings lie one after the other."""
        end = given_parent.clone()
        for parent in self.parent[self.parent >= 0].unique():
            siblings = self.parent == parent
            end[siblings] = given_parent[siblings].cumsum(0)
        return end

    def _checked_parents(self) -> Int[Tensor, "feature"]:
        if self.parent is None:
            return torch.full((self.n_features,), -1)
        parent = torch.as_tensor(self.parent)
        if parent.shape != (self.n_features,) or parent.is_floating_point():
            raise ValueError(f"parent must be whole numbers [{self.n_features}], got {list(parent.shape)}")
        if (parent < -1).any() or (parent >= torch.arange(self.n_features)).any():
            raise ValueError("a parent is the number of an earlier feature, or −1")
        if (self.density > torch.where(parent < 0, 1.0, self.density[parent]) + 1e-6).any():
            raise ValueError("a child is only on if its parent is: its density can't be above the parent's")
        return parent.long()

    def _check_exclusive(self):
        if self.loadings is not None:
            raise ValueError("exclusive children and correlation can't be combined")
        if not (self.parent >= 0).any():
            raise ValueError("exclusive is about a parent's children: give parent")
        if self._end_of_part(self._given_parent()).max() > 1 + 1e-5:
            raise ValueError("exclusive children can't be on more often, added up, than their parent")

    def _check_loadings(self):
        loadings = torch.as_tensor(self.loadings, dtype=torch.float32)
        if loadings.ndim != 2 or len(loadings) != self.n_features or (loadings.square().sum(1) > 1 + 1e-5).any():
            raise ValueError(f"loadings must be [{self.n_features}, factor] with rows of norm 1 at most")
        object.__setattr__(self, "loadings", loadings)
        for child in (self.parent >= 0).nonzero()[:, 0].tolist():
            ancestor = self.parent[child]
            while ancestor >= 0:
                if (loadings[child] @ loadings[ancestor]).abs() > 1e-6:
                    raise ValueError(
                        f"feature {child} is correlated with its ancestor {int(ancestor)}: then their densities would "
                        "not be the ones asked for"
                    )
                ancestor = self.parent[ancestor]


def _unit(rows: Tensor) -> Tensor:
    return rows / rows.norm(dim=1, keepdim=True)
