"""Fused engine, PyTorch engine and a plain loop: the same training. On a fixed data set it is the same to the digit."""

import pytest
import torch

from course_utils.toy import (
    L2,
    Dropout,
    Fixed,
    Groups,
    Independent,
    Optimiser,
    adamw,
    loss_along,
    loss_on,
    sgd,
    sparse_features,
    train,
    training,
)

QUIET = {"progress": False, "device": "cpu"}
IMPORTANCE = torch.tensor([1.0, 0.8, 0.6, 0.5])
DATA = [sparse_features(rows, 4, density=0.5, seed=rows) for rows in (3, 300, 1100)]  # one, three, nine tiles


def adam(W, b):
    return torch.optim.Adam([W, b], lr=0.02)


def plain_loop(W, data, optimiser, steps, penalty=lambda W: 0.0, f=torch.relu, seed=0):
    """One model, autograd and ``torch.optim``; ``data``, from a generator, is the next batch."""
    g = torch.Generator().manual_seed(seed)
    W, b = W.clone().requires_grad_(), torch.zeros(W.shape[1], requires_grad=True)
    descent = optimiser(W, b)
    for _ in range(steps):
        x = data(g)
        loss = (IMPORTANCE * (x - f(x @ W.T @ W + b)) ** 2).mean() + penalty(W)
        descent.zero_grad()
        loss.backward()
        descent.step()
    return W.detach(), b.detach()


def on_torch(monkeypatch, *arguments, **options):
    """``train`` as it goes where numba is missing."""
    with monkeypatch.context() as patch:
        patch.setattr(training, "find_spec", lambda _: None)
        return train(*arguments, **options)


def nothing(W):
    return 0.0


WAYS = {
    "adam": ({}, adam, nothing),
    "sgd": ({"optimiser": "sgd"}, lambda W, b: torch.optim.SGD([W, b], lr=0.02), nothing),
    "decay": (
        {"optimiser": Optimiser(decay=0.5)},
        lambda W, b: torch.optim.AdamW([{"params": [W], "weight_decay": 0.5}, {"params": [b]}], 0.02, weight_decay=0),
        nothing,
    ),
    "growth": ({"penalty": L2(torch.tensor(-0.01))}, adam, lambda W: -0.01 * (W**2).sum()),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("activation", ["relu", "linear", "gelu"])
@pytest.mark.parametrize("n_hidden", [1, 2, 3])
def test_on_fixed_data_all_are_the_same(monkeypatch, way, activation, n_hidden):
    options, optimiser, penalty = WAYS[way]
    both = {"n_features": 4, "n_hidden": n_hidden, "importance": IMPORTANCE, "steps": 40, "lr": 0.02}
    both |= {"data": Fixed(DATA)}
    both |= {"activation": activation} | options | QUIET
    quick, slow = train(**both), on_torch(monkeypatch, **both)
    assert quick.engine == ("torch" if activation == "gelu" else "numba")
    start = train(**both | {"steps": 1}, keep_history=True).history[0]
    for i, data in enumerate(DATA):
        W, b = plain_loop(start[i], lambda g, data=data: data, optimiser, 40, penalty, quick.activation.f)
        for result in (quick, slow):
            assert torch.allclose(result.W[i], W, atol=2e-4)
            assert torch.allclose(result.b[i], b, atol=2e-4)
    assert torch.allclose(quick.loss, slow.loss, rtol=1e-3)


def test_momentum_is_a_running_mean(monkeypatch):
    both = {"data": Fixed(DATA), "optimiser": sgd(0.9), "steps": 40, "lr": 0.1} | QUIET
    quick, slow = train(4, 2, **both), on_torch(monkeypatch, 4, 2, **both)
    assert torch.allclose(quick.W, slow.W, atol=1e-4)


def test_schedule_and_each_instance_its_own_decay(monkeypatch):
    both = {"data": Fixed(DATA), "optimiser": adamw(torch.tensor([0.0, 1.0, -1.0])), "steps": 60, "lr": 0.02} | QUIET
    quick, slow = train(4, 2, **both), on_torch(monkeypatch, 4, 2, **both)
    assert torch.allclose(quick.W, slow.W, atol=2e-4)
    size = quick.W.norm(dim=(1, 2))
    assert size[1] < size[2]


def some_levels(n, g):
    return (torch.rand(n, 4, generator=g) < 0.2) * torch.randint(1, 4, (n, 4), generator=g).float()


def some_pairs(n, g):
    return (torch.rand(n, 2, generator=g) < 0.2)[:, [0, 0, 1, 1]] * torch.rand(n, 4, generator=g)


@pytest.mark.parametrize(
    ("data", "sample", "steps"), [(Independent("{1,2,3}"), some_levels, 400), (Groups(2), some_pairs, 1200)]
)
def test_with_fresh_data_the_plain_loop_ends_with_the_same_loss(data, sample, steps):
    """Ten seeds, the same starts for both, different examples: final losses within 2 %.

    A start may stand between two minima: one of these ten does in either world, and two plain loops on different
    examples part there as well. So eight must agree, and the median to 1 %.
    """
    options = {"importance": IMPORTANCE, "density": 0.2, "data": data, "batch_size": 512, "lr": 0.02} | QUIET
    starts = torch.randn(10, 2, 4, generator=torch.Generator().manual_seed(1)) * (1 / 3) ** 0.5
    quick = train(4, 2, start=starts, steps=steps, **options)
    assert quick.engine == "numba"
    plain = []
    for i, W in enumerate(starts):
        plain.append(plain_loop(W, lambda g: sample(512, g), adam, steps, seed=i))
    other = quick._replace(W=torch.stack([W for W, _ in plain]), b=torch.stack([b for _, b in plain]))
    x = sample(100_000, torch.Generator().manual_seed(99))
    off = (loss_on(quick, x) / loss_on(other, x) - 1).abs()
    assert (off < 0.02).sum() >= 8 and off.median() < 0.01


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"activation": "gelu"}, "has no gelu"),
        ({"activation": torch.tanh}, "has no tanh"),
        ({"dropout": Dropout(0.1)}, "has no dropout"),
        ({"penalty": lambda W: W.abs().sum((1, 2))}, "no penalty but L2"),
        ({"data": lambda n, density, g: torch.ones(n, *density.shape)}, "no examples from FromFunction"),
        ({"data": Independent(torch.sqrt)}, "no values from a function"),
    ],
)
def test_what_the_fused_engine_declines_pytorch_does_and_the_result_says_so(options, why):
    result = train(4, 2, steps=3, **options, **QUIET)
    assert result.engine == "torch"
    assert why in result.why
    assert train(4, 2, steps=3, **QUIET).engine == "numba"


def test_dropout_costs_what_it_hides():
    dropout = Dropout(torch.tensor([0.0, 0.8]))
    result = train(4, 3, density=0.3, n_instances=2, dropout=dropout, steps=300, lr=0.02, **QUIET)
    assert result.loss[-1, 1] > 2 * result.loss[-1, 0]


def test_a_result_trains_on_and_a_start_is_where_it_begins():
    first = train(4, 2, density=0.1, n_instances=3, steps=200, lr=0.02, **QUIET)
    best = first.pick(int(first.loss[-1].argmin()))
    more = train(4, 2, density=torch.full((5, 1), 0.1), start=best, steps=2, lr=1e-6, keep_history=True, **QUIET)
    assert torch.equal(more.history[0], best.W.expand(5, 2, 4))
    assert torch.allclose(more.b, best.b.expand(5, 4), atol=1e-4)
    assert best.loss.shape[1] == 1
    small = train(4, 2, start=0.01, steps=1, lr=1e-9, **QUIET)
    assert torch.allclose(small.W, 0.01 * train(4, 2, steps=1, lr=1e-9, **QUIET).W, atol=1e-6)
    with pytest.raises(ValueError, match=r"start has shape \[2, 3\]"):
        train(4, 2, start=torch.zeros(2, 3), **QUIET)


@pytest.mark.parametrize(
    ("log_at", "steps"), [(30, [0, 30, 60, 90, 100]), ([7, 50], [0, 7, 50, 100]), ([100], [0, 100])]
)
def test_logs_come_where_asked(log_at, steps):
    result = train(4, 2, density=0.2, steps=100, log_at=log_at, keep_history=True, **QUIET)
    assert result.steps.tolist() == steps
    assert torch.equal(result.history[-1], result.W)
    x = sparse_features(500, 4, density=0.2, seed=3)
    assert torch.equal(loss_along(result, x)[-1], loss_on(result, x))
    with pytest.raises(ValueError, match="between 1 and steps = 100"):
        train(4, 2, steps=100, log_at=[0, 5], **QUIET)
    with pytest.raises(ValueError, match="keep_history"):
        loss_along(train(4, 2, steps=1, **QUIET), x)


def test_a_data_set_brings_its_density_and_must_fit():
    x = torch.tensor([[1.0, 0.0], [0.5, 2.0]])
    assert train(2, 1, data=Fixed(x), n_instances=2, steps=1, **QUIET).density.tolist() == [[1.0, 0.5]] * 2
    with pytest.raises(ValueError, match="2 features, not 3"):
        train(3, 1, data=Fixed(x), steps=1, **QUIET)
    with pytest.raises(ValueError, match="leave density out"):
        train(2, 1, data=Fixed(x), density=0.5, steps=1, **QUIET)
    with pytest.raises(ValueError, match="2 data sets for 3 instances"):
        train(2, 1, data=Fixed([x, x]), n_instances=3, steps=1, **QUIET)
