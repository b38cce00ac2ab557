"""Sparse features: the data of toy models (Elhage et al. 2022, "Toy Models of Superposition", section 2)."""

import torch
from jaxtyping import Float


def per_feature(
    name: str, value: float | torch.Tensor, n_features: int, n_instances: int | None = None
) -> Float[torch.Tensor, "instance feature"]:
    """Spread a number, ``[feature]``, ``[instance, 1]`` or ``[instance, feature]`` over ``[instance, feature]``.

    >>> per_feature("importance", torch.tensor([1.0, 0.5]), n_features=2, n_instances=3).shape
    torch.Size([3, 2])

    Without ``n_instances`` the value's own first dimension counts the instances (1 if it has none).

    Raises:
        ValueError: the shape is none of these; ``name`` says whose.
    """
    values = torch.as_tensor(value, dtype=torch.float32).detach().cpu()
    own = values.shape[0] if values.ndim == 2 else 1
    n_instances = n_instances or own
    fits_features = values.ndim == 0 or values.shape[-1] == n_features or (values.ndim == 2 and values.shape[1] == 1)
    if values.ndim > 2 or not fits_features or own not in (1, n_instances):
        raise ValueError(
            f"{name} has shape {list(values.shape)}; with {n_features} features and {n_instances} instances it must be "
            f"a number, [{n_features}], [{n_instances}, 1] or [{n_instances}, {n_features}]"
        )
    if not torch.isfinite(values).all():
        raise ValueError(f"{name} must be finite, got {values.tolist()}")
    return values.expand(n_instances, n_features).clone()


def check_density(density: torch.Tensor, *, zero: bool) -> None:
    """Raise a ``ValueError`` unless all densities are probabilities; ``zero`` says whether 0 may be one of them."""
    if (density < 0).any() or (density > 1).any():
        raise ValueError(f"density is the probability that a feature is on: between 0 and 1, got {density.tolist()}")
    if not zero and (density == 0).any():
        raise ValueError("density must be above 0: a feature that is never on leaves nothing to learn")


def sparse_features(
    batch_size: int,
    n_features: int,
    *,
    density: float | torch.Tensor = 1.0,
    n_instances: int | None = None,
    seed: int | torch.Generator = 0,
    device: str | torch.device | None = None,
) -> Float[torch.Tensor, "batch instance feature"] | Float[torch.Tensor, "batch feature"]:
    """Independent features, each uniform on [0, 1] with probability ``density`` and 0 otherwise.

    One draw u per element is enough: given that u < density, u/density is uniform again.

    Args:
        batch_size: rows to draw.
        n_features: features in each.
        density: a number, ``[feature]``, ``[instance, 1]`` or ``[instance, feature]``.
        n_instances: without it there is no instance dimension.
        seed: a number, or a generator on ``device``.
        device: where to draw; a generator's own device if one is given, else the processor.

    Returns:
        ``[batch, instance, feature]``, or ``[batch, feature]`` without ``n_instances``.

    Raises:
        ValueError: a density outside [0, 1], or of another shape.
    """
    if isinstance(seed, torch.Generator):
        generator, device = seed, device or seed.device
    else:
        device = torch.device(device or "cpu")
        generator = torch.Generator(device).manual_seed(seed)
    p = per_feature("density", density, n_features, n_instances)
    if n_instances is None and p.shape[0] > 1:
        raise ValueError(f"density has {p.shape[0]} instances: say n_instances={p.shape[0]} too")
    check_density(p, zero=True)
    p = p.to(device)
    u = torch.rand(batch_size, *p.shape, generator=generator, device=device)
    x = torch.where(u < p, u / p, 0.0)
    return x if n_instances is not None else x[:, 0]
