"""Is it there, and is it a direction? Measures for points of a plane, over all lines and all rotations."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F


def directions(n: int = 360) -> Float[Tensor, "n 2"]:
    """Unit vectors in a plane, evenly over half a turn."""
    angle = torch.arange(n) * torch.pi / n
    return torch.stack([angle.cos(), angle.sin()], dim=1)


def between_changes(h: Float[Tensor, "point 2"]) -> Float[Tensor, "direction 2"]:
    """One direction for every order in which the points can follow one another: between two at which some change."""
    apart = (h[:, None] - h).double().flatten(0, 1)
    apart = apart[apart.norm(dim=1) > 1e-9]
    if not len(apart):
        return directions(1).double()
    change = ((torch.atan2(apart[:, 1], apart[:, 0]) + torch.pi / 2) % torch.pi).sort().values
    middle = (change + torch.cat([change[1:], change[:1] + torch.pi])) / 2
    return torch.stack([middle.cos(), middle.sin()], dim=1)


def best_line(h: Float[Tensor, "point 2"], y: Bool[Tensor, "point"]) -> float:
    """The largest share of points that a straight line sorts by ``y``, over all lines.

    >>> corners = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> best_line(corners, torch.tensor([False, True, True, False]))
    0.75
    """
    place = h.double() @ between_changes(h).T  # [point, direction]
    order = place.argsort(dim=0)
    place, label = place.gather(0, order), y[order].double()
    below = torch.cat([torch.zeros_like(label[:1]), label.cumsum(0)])  # ones below a cut, [cut, direction]
    cut = torch.arange(len(h) + 1)[:, None]
    right = (cut - below) + (below[-1] - below)
    right[1:-1][place[1:] - place[:-1] < 1e-9] = len(h) / 2  # no line runs between two points in one place
    return torch.maximum(right, len(h) - right).max().item() / len(h)


def best_lines(
    h: Float[Tensor, "point network 2"], y: Bool[Tensor, "point feature"]
) -> Float[Tensor, "network feature"]:
    """``best_line`` for every feature in every network."""
    return torch.tensor([[best_line(own, feature) for feature in y.T] for own in h.unbind(dim=1)])


def whitened(h: Float[Tensor, "point 2"]) -> Float[Tensor, "point 2"]:
    """Points moved, turned and stretched until mean is 0 and covariance the identity."""
    h = h - h.mean(dim=0)
    values, vectors = torch.linalg.eigh(h.T @ h / len(h))
    return h @ vectors / values.clamp_min(1e-12).sqrt()


def least_shared(h: Float[Tensor, "point 2"], n_angles: int = 45, bins: int = 8) -> Float[Tensor, ""]:
    """Mutual information of two coordinates, in bits, at the rotation where it is least.

    Coordinates that are independent are uncorrelated, so after whitening some rotation finds them, if there are any.
    Each is cut into ``bins`` equally frequent parts: for independent ones (bins − 1)² / (2 n ln 2) bits are left.
    """
    h, least = whitened(h), torch.tensor(torch.inf)
    for angle in torch.arange(n_angles) * torch.pi / 2 / n_angles:
        turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()]).reshape(2, 2)
        part = (h @ turn).argsort(dim=0).argsort(dim=0) * bins // len(h)
        joint = torch.bincount(part[:, 0] * bins + part[:, 1], minlength=bins**2).float() / len(h)
        alone = joint.reshape(bins, bins).sum(1)[:, None] * joint.reshape(bins, bins).sum(0)
        least = torch.minimum(
            least, (torch.xlogy(joint, joint / alone.flatten())).nansum() / torch.log(torch.tensor(2.0))
        )
    return least


def most_in_a_band(h: Float[Tensor, "point 2"], width: float = 0.2, n_directions: int = 90) -> float:
    """The largest share of the (whitened) points between two parallel lines ``width`` apart."""
    place = (whitened(h) @ directions(n_directions).T).sort(dim=0).values.T.contiguous()  # [direction, point]
    end = torch.searchsorted(place, place + width, right=True)
    return ((end - torch.arange(len(h))).max() / len(h)).item()


def left_over(h: Float[Tensor, "point 2"], k: int, rounds: int = 25) -> float:
    """The share of variance left when every point is replaced by the nearest of k: k-means, from points far apart.

    >>> left_over(torch.tensor([[0.0, 0.0], [0.0, 2.0], [0.0, 2.0]]), 2)
    0.0
    """
    centres = h[:1]
    for _ in range(k - 1):
        centres = torch.cat([centres, h[torch.cdist(h, centres).amin(dim=1).argmax()][None]])
    for _ in range(rounds):
        own = F.one_hot(torch.cdist(h, centres).argmin(dim=1), k).float()
        mean = own.T @ h / own.sum(dim=0)[:, None].clamp_min(1)
        centres = torch.where(own.sum(dim=0)[:, None] > 0, mean, centres)
    nearest = ((h[:, None] - centres) ** 2).sum(dim=2).amin(dim=1)
    return (nearest.mean() / ((h - h.mean(dim=0)) ** 2).sum(dim=1).mean()).item()
