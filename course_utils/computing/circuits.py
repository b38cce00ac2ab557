"""Circuits of AND and OR whose bits are stored in superposition between the layers, exact or with a threshold in each.

A row of bits x is stored as h = Σ x_i E_i; a layer reads every bit with h · E_i, computes, and writes the results along
the same directions. Reading returns the bit plus what the other directions leak into it.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor


def circuit_layer(
    h: Float[Tensor, "row dim"], E: Float[Tensor, "bit dim"], pairs: Int[Tensor, "pair 2"], slope: float | None = None
) -> Float[Tensor, "row dim"]:
    """One layer: the first bit of a pair becomes their AND, the second their OR, and the other bits stay.

    Without a slope the two are exact for bits, and pass on what isn't one: relu(a + b − 1) and a + b − relu(a + b − 1).
    With a slope every result is a ramp, 0 below and 1 above: clamp(½ + slope · (z − c), 0, 1), two ReLUs each.

    >>> x, E = torch.tensor([[1.0, 0.0, 1.0]]), torch.eye(3)
    >>> circuit_layer(x @ E, E, torch.tensor([[0, 1]]))
    tensor([[0., 1., 1.]])
    """
    read = h @ E.T
    first, second = pairs.T
    total = read[:, first] + read[:, second]
    written = read.clone()
    if slope is None:
        written[:, first] = torch.relu(total - 1)
        written[:, second] = total - torch.relu(total - 1)
        return written @ E
    written[:, first] = total - 1  # so that the border between 0 and 1 lies at ½ for all of them
    written[:, second] = total
    return (0.5 + slope * (written - 0.5)).clamp(0, 1) @ E


def apply_pairs(x: Float[Tensor, "row bit"], pairs: Int[Tensor, "pair 2"]) -> Float[Tensor, "row bit"]:
    """What a layer should make of bits: AND for the first of a pair, OR for the second."""
    first, second = pairs.T
    after = x.clone()
    after[:, first] = torch.minimum(x[:, first], x[:, second])
    after[:, second] = torch.maximum(x[:, first], x[:, second])
    return after


def sorting_pairs(n: int, width: int, layer: int) -> Int[Tensor, "pair 2"]:
    """Neighbours in each of n/width blocks: (0, 1), (2, 3), … in even layers, (1, 2), (3, 4), … in odd ones.

    With AND for the first and OR for the second, ``width`` such layers sort the bits of every block (odd-even
    transposition sort): the ones end up at its end.

    >>> sorting_pairs(8, 4, layer=1)
    tensor([[1, 2],
            [5, 6]])

    Raises:
        ValueError: n isn't a multiple of width.
    """
    if n % width:
        raise ValueError(f"{n} bits aren't blocks of {width}")
    blocks = torch.arange(n).reshape(-1, width)[:, layer % 2 :]
    return blocks[:, : blocks.shape[1] // 2 * 2].reshape(-1, 2)


def one_block(rows: int, n: int, width: int, on: int, generator: torch.Generator) -> Float[Tensor, "row bit"]:
    """Rows of bits with ``on`` ones, all in one block of ``width``, drawn anew for every row."""
    if not 0 <= on <= width or n % width:
        raise ValueError(f"{on} ones in blocks of {width}, which should divide {n}")
    places = torch.rand(rows, width, generator=generator).argsort(dim=1)[:, :on]
    block = torch.randint(n // width, (rows, 1), generator=generator)
    return torch.zeros(rows, n).scatter_(1, block * width + places, 1.0)


class Run(NamedTuple):
    """error: root of the mean squared error of all readings, before the first layer and after each. right: the share of
    rows whose bits are all right at the end, with the border at ½."""

    error: Float[Tensor, "layer"]
    right: float


def sort_blocks(
    E: Float[Tensor, "bit dim"],
    on: int,
    slope: float | None = None,
    *,
    copy: bool = False,
    width: int = 8,
    rows: int = 60,
    seed: int = 0,
) -> Run:
    """Sort the blocks of stored bits in ``width`` layers; ``on`` bits are on, all in one block.

    copy: a control, layers that compute nothing: they read every bit and write it back.

    >>> sort_blocks(torch.eye(16), on=3).right
    1.0
    """
    x = one_block(rows, len(E), width, on, torch.Generator().manual_seed(seed))
    h = x @ E
    error = [(h @ E.T - x).square().mean().sqrt()]
    for layer in range(width):
        pairs = sorting_pairs(len(E), width, layer)[: 0 if copy else None]
        x, h = apply_pairs(x, pairs), circuit_layer(h, E, pairs, slope)
        error.append((h @ E.T - x).square().mean().sqrt())
    return Run(torch.stack(error), ((h @ E.T > 0.5) == (x > 0.5)).all(dim=1).float().mean().item())
