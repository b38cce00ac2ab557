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
#   course: {chapter: "04", title: Computing in superposition, reading: 32, budget_s: 180, budget_mib: 2048}
# ---

# %% [markdown]
# # 4. Computing in superposition
#
# **Time** about {minutes} minutes; {exercises} exercises, {points} points.

# %% tags=["setup"]
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F
from tqdm.auto import tqdm

from course_utils import check, compare, computing, hint, plots, predict, progress, quiz, solution, toy

# %% [markdown]
# Every random number follows from the seed below. Every claim about a result stands in an `assert` of the solution, and
# `bench/bands.py 04` runs its very cells with other seeds. Try your own.

# %%
SEED = 0
quiet = {"seed": SEED, "progress": False}
torch.set_num_threads(1)  # tensors this small are quicker on one core

# %% [markdown]
# ## 4.1 Absolute values
