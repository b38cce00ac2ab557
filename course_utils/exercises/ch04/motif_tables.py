"""For exercise 4.2: networks that lie on the limits of the motif, and the table of motifs with places for slips."""

import torch
from torch import Tensor

QUARTER = 0.25


def coarse(n: int, neurons: int, features: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Weights from a few round numbers: products and ratios lie exactly on the limits time and again."""
    read = torch.tensor([2.0, 1.0, 0.5, -0.5, -1.0, -2.0, 0.0])
    write = torch.tensor([2.0, 1.0, 0.5, 0.25, -1.0, -2.0, -4.0])
    W_in = read[torch.randint(7, (n, neurons, features), generator=rng)]
    return W_in, write[torch.randint(7, (n, features, neurons), generator=rng)]


def smooth(n: int, neurons: int, features: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Gaussian weights, with one motif planted in each network."""
    W_in = torch.randn(n, neurons, features, generator=rng)
    W_out = 0.7 * torch.randn(n, features, neurons, generator=rng) - 0.4
    side = torch.randint(2, (n,), generator=rng) * 2.0 - 1
    W_in[:, 0, 0], W_in[:, 0, 1] = 2.1 * side, 0.6 * side
    W_out[:, 0, 0], W_out[:, 1, 0] = 0.4, 1.8
    return W_in, W_out


def edges() -> tuple[Tensor, Tensor]:
    """Two neurons as on paper; in each network one number lies near its limit, or on it, and all others far away."""
    near = [0.02, 0.1, 0.2, 0.23, 0.245, 0.25, 0.255, 0.27, 0.3, 0.4, 0.6]
    networks = [(4, 0.5, v / 4, 2, 0) for v in near]  # what is served of a: in times out
    networks += [(4, 0.5, 0.1, 2 * v, 0) for v in near if v > 0.1]  # and of b
    networks += [(4, 0.5, 0.25, 2, v) for v in (-6, -0.4, -0.3, -0.05, 0.05, *near)]  # what arrives at b
    networks += [(4, 4 / r, 0.25, 2, 0) for r in (1, 1.6, 1.9, 1.98, 2, 2.02, 2.1, 2.4, 3, 8)]  # how unequal a, b are
    networks += [(4, 1, 0.25, 0.25 * r, 0) for r in (1.1, 1.6, 1.9, 1.98, 2, 2.02, 2.1, 2.4, 3, 8)]
    a_in, b_in, a_out, b_out, heard = (torch.tensor(each) for each in zip(*networks))
    zero = torch.zeros_like(a_in)
    W_in = torch.stack([torch.stack([a_in, b_in], dim=1), torch.stack([zero + 1, zero], dim=1)], dim=1)
    taken = heard - a_in * b_out
    W_out = torch.stack([torch.stack([a_out, zero], dim=1), torch.stack([b_out, taken], dim=1)], dim=1)
    return W_in.float(), W_out.float()


def table(
    W_in,
    W_out,
    *,
    serves=lambda read, write: read * write > QUARTER,
    reads=lambda a, b: a >= 2 * b,
    writes=lambda a, b: b >= 2 * a,
    at=torch.sign,
    hidden=torch.relu,
    heard=lambda said, W_out: said @ W_out.mT[:, None],
    quiet=lambda heard: heard < QUARTER,
):
    """motifs[instance, neuron, a, b], with places for slips."""
    read, write = W_in.abs(), W_out.mT
    both = serves(read, write)
    said = hidden(at(W_in)[..., None] * W_in.mT[:, None])
    found = both[..., :, None] & both[..., None, :] & quiet(heard(said, W_out))
    found &= reads(read[..., :, None], read[..., None, :])
    return found & writes(write[..., :, None], write[..., None, :])


def by_this_neuron(said, W_out):
    own = said.diagonal(dim1=1, dim2=3).mT  # [instance, neuron, a]
    return own[..., None] * W_out.mT[:, :, None, :]
