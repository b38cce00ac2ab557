"""Models that differ in their hidden layer."""

import torch

from course_utils import toy

IMPORTANCE = torch.tensor([1.0, 0.9, 0.8])


def trained(**changes):
    return toy.train_bottlenecks(
        3, 2, importance=IMPORTANCE, **{"densities": [1.0, 0.1], "runs": 2, "steps": 300} | changes
    )


def loss_of(kind, W, b, c, density):
    """As the definition says, model by model, on fresh inputs."""
    x = toy.sparse_features(20_000, 3, density=density, seed=9)
    h = x @ W.T + c
    h = h if kind == "linear" else h.relu()
    return (IMPORTANCE * (x - (h @ W + b).relu()) ** 2).mean()


def test_the_losses_are_those_of_the_weights():
    result = trained(steps=600)
    for kind in ("linear", "ReLU", "ReLU and bias"):
        best = result.best(kind)
        for at, density in enumerate((1.0, 0.1)):
            fresh = loss_of(kind, best.W[at], best.b[at], best.c[at], density)
            assert abs(fresh / best.loss[at] - 1) < 0.25  # 600 steps, averaged while they still learn


def test_only_the_third_kind_has_a_hidden_bias():
    moved = trained().c.abs().amax(dim=(1, 2, 3)) > 0.01
    assert moved.tolist() == [False, False, True]


def test_kinds_begin_at_the_same_weights():
    W = trained(steps=1).W
    assert (W - W[:1]).abs().max() < 0.03  # one step of Adam is as long as its learning rate


def test_the_best_run_has_the_lowest_loss():
    result = trained()
    torch.testing.assert_close(result.best("ReLU").loss, result.loss[1].amin(dim=1))


def test_a_seed_says_it_all():
    torch.testing.assert_close(trained(steps=20).W, trained(steps=20).W, rtol=0, atol=0)
    assert (trained(steps=20).W != trained(steps=20, seed=1).W).any()
