"""An encoder for a dictionary that stays as it is: is it the reader that is at fault, or the words?"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F
from tqdm.auto import tqdm

from course_utils.sae.config import SAEConfig
from course_utils.sae.model import SAE
from course_utils.sae.pursuit import fista, omp, weighed_anew


def train_encoder(
    x: Float[Tensor, "row d_in"],
    D: Float[Tensor, "latent d_in"],
    b_dec: Float[Tensor, " d_in"],
    k: int,
    *,
    steps: int = 300,
    batch_size: int = 2048,
    lr: float = 3e-3,
    seed: int = 0,
    progress: bool = True,
) -> SAE:
    """A TopK autoencoder whose decoder is D, its rows made length 1, and whose encoder alone is trained.

    Adam, with a rate that falls to 0; the encoder begins as the transpose of the decoder. What comes back is like any
    other autoencoder: it encodes, is scored, and can be saved.

    >>> reader = train_encoder(rows, directions, rows.mean(0), k=4)
    >>> reader.encode(held_out)                  # four latents a row, in the order of `directions`

    Raises:
        ValueError: widths that differ, a direction of length 0, k out of range (see SAEConfig).
    """
    if x.ndim != 2 or D.ndim != 2 or x.shape[1] != D.shape[1] or b_dec.shape != D.shape[1:]:
        raise ValueError(
            f"x must be [row, d_in], D [latent, d_in] and b_dec [d_in], got "
            f"{list(x.shape)}, {list(D.shape)} and {list(b_dec.shape)}"
        )
    if (D.norm(dim=1) == 0).any():
        raise ValueError("a direction of length 0 explains nothing: leave it out")
    config, unit = SAEConfig(architecture="topk", d_in=D.shape[1], d_sae=len(D), k=k), F.normalize(D, dim=1)
    W_enc, b_enc = unit.T.clone().requires_grad_(), x.new_zeros(len(D)).requires_grad_()
    reader = SAE(config, W_enc=W_enc, W_dec=unit, b_dec=b_dec, b_enc=b_enc)
    optimiser, dice = torch.optim.Adam([W_enc, b_enc], lr=lr), torch.Generator().manual_seed(seed)
    fall = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1 - step / steps)
    for _ in tqdm(range(steps), desc="encoder", disable=not progress, leave=False):
        batch = x[torch.randint(len(x), (batch_size,), generator=dice)]
        loss = (batch - reader(batch)).square().sum(1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        fall.step()
    return SAE(config, W_enc=W_enc.detach(), W_dec=unit, b_dec=b_dec.clone(), b_enc=b_enc.detach())


def explained_either_way(
    sae: SAE, x: Float[Tensor, "row d_in"], mean: Float[Tensor, " d_in"], k: int
) -> Float[Tensor, "2"]:
    """The share of the squared distance from ``mean`` that a dictionary explains: read by its own encoder, and by a
    search in every row (OMP with k steps)."""
    searched = sae.decode(omp(x - sae.b_dec, sae.W_dec, k))
    error = torch.stack([(x - each).square().sum() for each in (sae(x), searched)])
    return 1 - error / (x - mean).square().sum()


def left_three_ways(sae: SAE, x: Float[Tensor, "row d_in"], k: int, l1: float) -> dict[str, float]:
    """The share of the rows' squared length that k latents a row leave: chosen by the encoder, by OMP, or by basis
    pursuit (Chen, Donoho and Saunders 1998: strengths have a price, l1; see `fista`), whose k longest are weighed anew.
    """
    without, D = x - sae.b_dec, sae.W_dec
    codes = {
        "encoder": sae.encode(x),
        "OMP": omp(without, D, k),
        "basis pursuit": weighed_anew(without, D, fista(without, D, l1), k),
    }
    return {name: ((x - sae.decode(f)).square().sum() / x.square().sum()).item() for name, f in codes.items()}
