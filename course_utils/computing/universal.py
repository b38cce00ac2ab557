"""Universal ANDs: every pair's AND and XOR, read linearly from one layer of random ReLU neurons (Vaintrob, Mendel and
Hänni 2024, "Toward A Mathematical Framework for Computation in Superposition").

Inputs have exactly ``on`` of ``n_in`` features at 1, the others at 0. A neuron is ``h = ReLU(w·x)`` with weights from
N(0, 1) and without a bias, so ``z = w·x`` is Gaussian with variance ``on`` over neurons. A **reader** is a number for
every neuron; what it reads is ``Σ_k r_k h_k``. The readers here are right on average over all layers:

    E[w_i ReLU(z)]     = x_i / 2                              so 2 w_i / N reads x_i,
    E[w_i w_j ReLU(z)] = x_i x_j / √(2π on)                   so √(2π on) w_i w_j / N reads x_i AND x_j,

(Stein's lemma: each factor w_i takes a derivative of the ReLU), and in one layer they are off by O(on/√N).
"""

import math
from collections.abc import Callable
from itertools import combinations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.computing.tasks import Task

AND = torch.tensor([0.0, 0.0, 0.0, 1.0])
"""Wanted in the four cases, in the order of `inputs_by_case`."""
XOR = torch.tensor([0.0, 1.0, 1.0, 0.0])
CASES = ("neither", "only j", "only i", "both")


def pairs(n_in: int, sample: int | None = None, *, seed: int | torch.Generator = 0) -> Int[Tensor, "pair 2"]:
    """All pairs (i, j) with i < j, or ``sample`` different ones of them.

    >>> pairs(3).tolist()
    [[0, 1], [0, 2], [1, 2]]
    >>> pairs(100, sample=5).shape
    torch.Size([5, 2])
    """
    every = torch.combinations(torch.arange(n_in))
    if sample is None:
        return every
    if not 1 <= sample <= len(every):
        raise ValueError(f"{n_in} features have {len(every)} pairs, and {sample} are asked for.")
    return every[torch.randperm(len(every), generator=_generator(seed))[:sample]]


def all_inputs(n_in: int, on: int) -> Float[Tensor, "input n_in"]:
    """Every input with exactly ``on`` features on, once.

    >>> all_inputs(3, 2).tolist()
    [[1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]
    """
    _check_on(n_in, on)
    chosen = torch.tensor(list(combinations(range(n_in), on)))
    return torch.zeros(len(chosen), n_in).scatter_(1, chosen, 1.0)


def inputs_by_case(
    pair: Int[Tensor, "pair 2"], n_in: int, on: int, samples: int, *, seed: int | torch.Generator = 0
) -> Float[Tensor, "pair case=4 sample n_in"]:
    """For every pair, ``samples`` inputs of each case: neither on, only j, only i, both. ``on`` features are on in all.

    >>> x = inputs_by_case(pairs(6), 6, 3, samples=5)
    >>> x.shape, x.sum(-1).unique(), x[0, 2, :, :2].unique(dim=0)
    (torch.Size([15, 4, 5, 6]), tensor([3.]), tensor([[1., 0.]]))

    Raises ValueError if there aren't two others than the pair, or more than ``n_in`` − 2 are to be on.
    """
    _check_on(n_in, on)
    if on > n_in - 2:
        raise ValueError(f"With neither of a pair on, at most n_in − 2 = {n_in - 2} features can be on, got {on}.")
    rng = _generator(seed)
    x = torch.zeros(len(pair), 4, samples, n_in)
    mine = pair[:, None].expand(-1, samples, -1)
    for case in range(4):
        first, second = divmod(case, 2)  # is i on, is j on
        key = torch.rand(len(pair), samples, n_in, generator=rng).scatter_(2, mine, -1.0)
        x[:, case].scatter_(2, key.topk(on - first - second, dim=2).indices, 1.0)
        x[:, case].scatter_(2, mine, torch.tensor([first, second]).float().expand(len(pair), samples, 2))
    return x


def sign_scale(on: int) -> float:
    """c of the readers ``c · sign(w_i w_j) / N`` that are right on average, ``on`` ≥ 2.

    With v = on: the mean of sign(w_i w_j) |z| over neurons falls with v at the rate of the correlation of two signs
    given z = 0, (2/π) arcsin(1/(v − 1)) / √(2πv) (the orthant formula); integrated from v to infinity, where it is 0.

    >>> sign_scale(2), (1 + 2**0.5) * torch.pi**0.5
    (4.279..., 4.279...)
    """
    _check_on(on, on)
    left = 4 * math.atan2(1, math.sqrt(on - 2)) - 2 * math.sqrt(on) * math.asin(1 / (on - 1))
    return 2 / (2 / math.pi / math.sqrt(2 * math.pi) * left)


def product_scale(on: int) -> float:
    """c of the readers ``c · w_i w_j / N``: √(2π on)."""
    _check_on(on, on)
    return math.sqrt(2 * math.pi * on)


def sign_readers(W: Float[Tensor, "neuron n_in"], pair: Int[Tensor, "pair 2"], on: int) -> Float[Tensor, "pair neuron"]:
    """AND from signs alone: + where both weights have one sign, − where they differ."""
    return sign_scale(on) / len(W) * _products(W, pair).sign()


def and_readers(W: Float[Tensor, "neuron n_in"], pair: Int[Tensor, "pair 2"], on: int) -> Float[Tensor, "pair neuron"]:
    """AND from products of weights."""
    return product_scale(on) / len(W) * _products(W, pair)


def xor_readers(W: Float[Tensor, "neuron n_in"], pair: Int[Tensor, "pair 2"], on: int) -> Float[Tensor, "pair neuron"]:
    """XOR = x_i + x_j − 2 (x_i AND x_j), each part with its own reader."""
    each = 2 / len(W) * (W[:, pair[:, 0]] + W[:, pair[:, 1]]).T
    return each - 2 * and_readers(W, pair, on)


def readings(
    readers: Float[Tensor, "pair neuron"], h: Float[Tensor, "pair case sample neuron"]
) -> Float[Tensor, "pair case sample"]:
    """What every pair's own reader says of its own inputs."""
    return torch.einsum("pk,pcsk->pcs", readers, h)


def all_ands(
    W: Float[Tensor, "neuron n_in"], x: Float[Tensor, "input n_in"], on: int
) -> tuple[Float[Tensor, "input pair"], Float[Tensor, "input pair"]]:
    """What the `and_readers` of all `pairs` say of every input, and what is true.

    All readers of one input at once are a matrix, Wᵀ diag(h) W: the readers themselves are never written down.
    """
    i, j = pairs(W.shape[1]).T
    matrices = torch.stack([W.T @ (h[:, None] * W) for h in (x @ W.T).relu()])
    return product_scale(on) / len(W) * matrices[:, i, j], x[:, i] * x[:, j]


def rms_error(readings: Float[Tensor, "pair case sample"], wanted: Float[Tensor, "case"]) -> float:
    """Root of the mean squared error; all four cases count the same."""
    return (readings - wanted[:, None]).square().mean().sqrt().item()


def and_errors(
    n_neurons: int, n_in: int, on: int, *, sample: int = 300, seed: int | torch.Generator = 0
) -> dict[str, float]:
    """`rms_error` in a new layer, over a sample of pairs: by signs, by products, and by products without a ReLU."""
    rng = _generator(seed)
    W, pair = torch.randn(n_neurons, n_in, generator=rng), pairs(n_in, sample, seed=rng)
    z = inputs_by_case(pair, n_in, on, samples=2, seed=rng) @ W.T
    by_product = and_readers(W, pair, on)
    said = {
        "signs": (sign_readers(W, pair, on), z.relu()),
        "products": (by_product, z.relu()),
        "products, no ReLU": (by_product, z),
    }
    return {name: rms_error(readings(*each), AND) for name, each in said.items()}


def expected_error(on: int, n_neurons: int, reader: str = "product") -> float:
    """`rms_error` of AND over all layers, exactly.

    Neurons are independent, so the squared error is (E[r² h²] − E[r h]²) / N. A ReLU of a symmetric z leaves half of
    z², which gives the four cases π on², π on (on + 2) twice, and π on (on + 4) − 1 for products; for signs c² on / 2,
    and 1 less in the last case.
    """
    if reader not in ("product", "sign"):
        raise ValueError(f"reader is 'product' or 'sign', got {reader!r}")
    square = sign_scale(on) ** 2 * on / 2 if reader == "sign" else math.pi * on * (on + 2)
    return math.sqrt((square - 0.25) / n_neurons)


def and_task(n_in: int, on: int) -> Task:
    """All ANDs of all pairs. A batch as large as there are inputs holds each of them once; another one is drawn.

    >>> x, y = and_task(4, 2).examples(6)
    >>> x.shape, y[0]
    (torch.Size([6, 1, 4]), tensor([[1., 0., 0., 0., 0., 0.]]))
    """
    world, pair = all_inputs(n_in, on), pairs(n_in)

    def sample(batch_size: int, density: Float[Tensor, "instance n_in"], generator: torch.Generator) -> Tensor:
        drawn = torch.randint(len(world), (batch_size,), generator=generator, device=generator.device)
        x = world if batch_size == len(world) else world[drawn.cpu()]
        return x.to(density.device)[:, None].expand(-1, len(density), -1)

    return Task(n_in, len(pair), sample, lambda x: x[..., pair[:, 0]] * x[..., pair[:, 1]])


def balanced(n_in: int, on: int) -> Callable[[Tensor, Tensor], Tensor]:
    """A loss for `and_task`: squared errors, weighed so that the ones and the zeros of a target count one half each.

    >>> balanced(4, 2)(torch.zeros(6), and_task(4, 2).examples(6)[1][0, 0]).mean()       # one 1 and five 0
    tensor(0.5000)
    """
    share = on * (on - 1) / (n_in * (n_in - 1))

    def balanced_loss(output: Tensor, target: Tensor) -> Tensor:
        return (output - target) ** 2 * torch.where(target > 0, 0.5 / share, 0.5 / (1 - share))

    return balanced_loss


def _products(W: Tensor, pair: Tensor) -> Float[Tensor, "pair neuron"]:
    return (W[:, pair[:, 0]] * W[:, pair[:, 1]]).T


def _generator(seed: int | torch.Generator) -> torch.Generator:
    return seed if isinstance(seed, torch.Generator) else torch.Generator().manual_seed(seed)


def _check_on(n_in: int, on: int) -> None:
    if not 2 <= on <= n_in:
        raise ValueError(f"From 2 to n_in = {n_in} features are on (a pair must have room), got {on}.")
