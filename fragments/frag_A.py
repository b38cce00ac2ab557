# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   course: {chapter: "10", title: Sparse autoencoders in a language model, reading: 50, budget_s: 180, budget_mib: 2048}
# ---

# %% [markdown]
# # 10. Sparse autoencoders in a language model, scored against the truth
#
# TODO title cell

# %% tags=["setup"]
import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F
from tqdm.auto import tqdm

from course_utils import check, compare, hint, minilang, plots, predict, progress, quiz, solution
from course_utils.lm import activations, load_model
from course_utils.lm.parts import after_neurons
from course_utils.minilang import PIECES
from course_utils.sae import SAE, SAEConfig, train_sae

# %%
SEED = 0
TRAINING = 0  # 0, 1 or 2
torch.set_num_threads(1)  # tensors this small are quicker on one core

# %%
model, untrained = (load_model("mini-gelu-1l", seed=TRAINING, tokens=read) for read in (None, 0))
MID, NEURONS = "blocks.0.hook_resid_mid", "blocks.0.mlp.hook_post"
texts = minilang.sample(1000, seed=SEED + 10_500)  # held out: what every score is measured on
tokens = torch.from_numpy(texts.tokens[:, :-1]).long()  # [document, position]; nothing follows the last piece
acts = activations(model, tokens, [MID, NEURONS])
after = after_neurons(model)
names = [feature.name for feature in texts.features]
labels = torch.from_numpy(texts.label_matrix(texts.features)[:, :-1]).flatten(0, 1)  # Bool[row, feature]

# %%
train_texts = minilang.sample(6000, seed=SEED + 10_000)
train_tokens = torch.from_numpy(train_texts.tokens[:, :-1]).long()
rows = activations(model, train_tokens, NEURONS)[NEURONS].flatten(0, 1)  # [row, 128]
scale = (1 / rows.square().mean().sqrt()).item()  # after it the mean square of a number is 1, of a row d_in
rows *= scale
x, mid = acts[NEURONS].flatten(0, 1) * scale, acts[MID].flatten(0, 1)

# %%
sae = train_sae(rows, SAEConfig(architecture="batchtopk", d_in=128, d_sae=1024, k=4), steps=500, seed=SEED)


def encode(dictionary: SAE, x: Float[Tensor, "row d_in"]) -> Float[Tensor, "row latent"]:
    """The latents' activations, some rows at a time: what lies between takes as much room again, several times."""
    f = x.new_empty(len(x), dictionary.config.d_sae)
    for start in range(0, len(x), 8192):
        f[start : start + 8192] = dictionary.encode(x[start : start + 8192])
    return f


f = encode(sae, x)  # [row, latent]
