"""The usual report of a dictionary, on parts of the rows: genres, families of features, or all of them.

losses = {"untouched": …, "spliced": …, "zero": …, "mean": …}        # [row] each, as from lm.splice.row_losses
by_part(x, x_hat, active, losses, {"code": genre == 0, "keys": genre == 1})["code"]["nats added"]
"""

from collections.abc import Mapping

from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_utils.sae.metrics import explained_variance, loss_recovered
from course_utils.sae.rows import alike

VERSIONS = ("untouched", "spliced", "zero", "mean")


def explained_in(
    x: Float[Tensor, "row d_in"], x_hat: Float[Tensor, "row d_in"], parts: Mapping[str, Bool[Tensor, " row"]]
) -> dict[str, float]:
    """Explained variance of each part of the rows, its variance around the mean row of *all* of them."""
    error, spread = (x - x_hat).square().sum(1), (x - x.mean(0)).square().sum(1)
    return {name: 1 - (error[part].sum() / spread[part].sum()).item() for name, part in parts.items()}


def by_part(
    x: Float[Tensor, "row d_in"],
    x_hat: Float[Tensor, "row d_in"],
    active: Int[Tensor, " row"],
    losses: Mapping[str, Float[Tensor, " row"]],
    parts: Mapping[str, Bool[Tensor, " row"]],
) -> dict[str, dict[str, float]]:
    """For each part: explained variance (of its own rows, around their own mean), L0, the nats that x̂ adds to the loss,
    and the loss recovered against zero and against the mean.

    Args:
        active: how many latents are active in each row.
        losses: of every row, with the activations "untouched", with x̂ ("spliced"), with "zero" and with the "mean".
        parts: which rows belong to each; they may overlap.

    Raises:
        ValueError: a loss that is missing, another number of rows, a part without rows, or one in which ablation costs
            the model nothing.
    """
    if missing := [version for version in VERSIONS if version not in losses]:
        raise ValueError(f"losses lack {', '.join(missing)}")
    for name, values in [("active", active), *losses.items(), *parts.items()]:
        alike(x.shape[:1], values, name, "the rows of x")
    found = {}
    for name, part in parts.items():
        if not part.any():
            raise ValueError(f"{name} has no rows")
        clean, spliced, zero, mean = (losses[version][part].mean().item() for version in VERSIONS)
        found[name] = {
            "explained variance": explained_variance(x[part], x_hat[part]).item(),
            "L0": active[part].float().mean().item(),
            "nats added": spliced - clean,
            "recovered (zero)": loss_recovered(clean, zero, spliced),
            "recovered (mean)": loss_recovered(clean, mean, spliced),
        }
    return found


def as_table(parts: Mapping[str, Mapping[str, float]]) -> str:
    """What `by_part` found, as text: a line for each part."""
    columns = list(next(iter(parts.values())))
    head = " " * 16 + "".join(f"{column:>20}" for column in columns)
    return "\n".join([head, *(f"{name:16}" + "".join(f"{of[c]:20.3f}" for c in columns) for name, of in parts.items())])
