"""A grid that is worked out from weights, against the model itself on the same four pieces."""

import torch

from course_utils.lm import activations, load_model
from course_utils.minilang import PIECES
from course_utils.neurons import grids


def test_the_worked_out_grid_is_what_the_model_computes_on_four_pieces():
    model = load_model("mini-gelu-1l", seed=1)
    firsts = torch.tensor([PIECES.index(f" {word}") for word in ("fern", "moon", "ash")])
    seconds = torch.tensor([PIECES.index(f" {word}") for word in ("owl", "cap")])
    link, pre = PIECES.index("s"), "blocks.0.mlp.hook_pre"
    found = grids.pair_grid(model, firsts, seconds, link)
    texts = torch.tensor([[0, a, b, link] for a in firsts for b in seconds])
    run = activations(model, texts, [pre])[pre][:, 3].unflatten(0, (3, 2))
    torch.testing.assert_close(found, run, rtol=1e-3, atol=1e-3)


def test_the_measured_grid_averages_and_leaves_holes_where_nothing_came():
    acts = torch.tensor([[1.0], [3.0], [5.0]])
    found = grids.measured_grid(acts, torch.tensor([0, 0, 1]), torch.tensor([1, 1, 0]))[..., 0]
    assert found[0, 1] == 2 and found[1, 0] == 5 and found.isnan().sum() == 2
