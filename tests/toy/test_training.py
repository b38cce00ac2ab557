import math
import signal
import threading
import time

import pytest
import torch

from course_utils.compiled import compiled
from course_utils.toy import (
    Independent,
    neighbour_angles,
    relu_output_model,
    sparse_features,
    train,
    training,
    weighted_mse,
)
from course_utils.toy.activations import activation_of
from course_utils.toy.job import Job, Parts
from course_utils.toy.numba_engine import NumbaEngine
from course_utils.toy.torch_engine import TorchEngine

QUIET = {"progress": False}
DENSITIES = torch.tensor([[1.0], [0.3], [0.05]])


def sweep(n_instances, n_features, n_hidden, density=0.2):
    W = 0.3 * torch.randn(n_instances, n_hidden, n_features, generator=torch.Generator().manual_seed(0))
    return W, 0.9 ** torch.arange(n_features).expand(n_instances, -1), torch.full((n_instances, n_features), density)


def engine_on(kind, arrays, *, batch_size=1000, lr=1e-2, relu=True, seed=0, **options):
    W, importance, density = arrays
    parts = Parts(Independent(), activation_of("relu" if relu else "linear"))
    rates = torch.full((1000,), lr, dtype=torch.float64)
    job = Job(W.detach(), torch.zeros(importance.shape), importance, density, rates, batch_size, seed, parts)
    return (NumbaEngine if kind == "numba" else TorchEngine)(job, **options)


def plain_loop(W, importance, density, steps, lr, seed):
    """What a learner writes: two draws per element, autograd, ``torch.optim.Adam``."""
    g = torch.Generator().manual_seed(seed)
    n_instances, _, n_features = W.requires_grad_().shape
    shape = (1024, n_instances, n_features)
    b = torch.zeros(n_instances, n_features, requires_grad=True)
    adam = torch.optim.Adam([W, b], lr=lr)
    for _ in range(steps):
        x = torch.where(torch.rand(shape, generator=g) < density, torch.rand(shape, generator=g), 0.0)
        adam.zero_grad()
        weighted_mse(x, relu_output_model(W, b, x), importance).sum().backward()
        adam.step()
    return W.detach(), b.detach()


@pytest.mark.parametrize("kind", ["numba", "torch"])
@pytest.mark.parametrize("shape", [(2, 5, 2), (3, 2, 1), (1, 7, 3), (2, 13, 6)])
@pytest.mark.parametrize("relu", [True, False])
def test_one_step_is_adam_on_the_gradient_that_autograd_finds(kind, shape, relu):
    """Over many rows of dense inputs all data have nearly the same gradient, and Adam's first step is its sign."""
    W, importance, _ = sweep(*shape)
    arrays = W, importance, torch.ones_like(importance)
    engine = engine_on(kind, arrays, batch_size=20_000, relu=relu)
    loss = torch.as_tensor(engine.run(1))
    x = sparse_features(200_000, shape[1], n_instances=shape[0], seed=9)
    W.requires_grad_()
    x_hat = relu_output_model(W, torch.zeros(1), x) if relu else torch.einsum("ihf,ihg,nig->nif", W, W, x)
    expected = weighted_mse(x, x_hat, importance)
    expected.sum().backward()
    assert torch.allclose(loss.float(), expected.detach(), rtol=0.03)
    sure = W.grad.abs() > 0.05 * W.grad.abs().max()
    moved = torch.as_tensor(engine.W) - W.detach()
    assert torch.allclose(moved[sure], -0.01 * W.grad.sign()[sure], atol=1e-5)


def test_both_engines_end_where_the_plain_loop_ends():
    importance = 0.9 ** torch.arange(5)
    x = sparse_features(50_000, 5, density=DENSITIES, n_instances=3, seed=99)

    def loss_of(W, b):
        return weighted_mse(x, relu_output_model(torch.as_tensor(W), torch.as_tensor(b), x), importance)

    ends = {"plain": [], "numba": [], "torch": []}
    for seed in range(5):
        start = torch.randn(3, 2, 5, generator=torch.Generator().manual_seed(seed)) * math.sqrt(2 / 7)
        ends["plain"].append(loss_of(*plain_loop(start.clone(), importance, DENSITIES, 500, 1e-2, seed)))
        for kind in ("numba", "torch"):
            arrays = start, importance.expand(3, 5), DENSITIES.expand(3, 5).contiguous()
            engine = engine_on(kind, arrays, batch_size=1024, seed=seed)
            engine.run(500)
            ends[kind].append(loss_of(engine.W, engine.b))
    plain, numba, torch_ = (torch.stack(losses).median(0).values for losses in ends.values())
    assert (numba / plain - 1).abs().max() < 0.04
    assert (torch_ / plain - 1).abs().max() < 0.04


@pytest.mark.parametrize("kind", ["numba", "torch"])
@pytest.mark.parametrize("shape", [(3, 5, 2), (1, 80, 20), (2, 80, 20)])
def test_the_number_of_cores_changes_nothing(kind, shape):
    arrays, found = sweep(*shape), []
    before = torch.get_num_threads()
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        engine = engine_on(kind, arrays, **({"threads": threads} if kind == "numba" else {}))
        losses = [torch.as_tensor(engine.run(steps)) for steps in (1, 4)]
        found.append([torch.as_tensor(engine.W), torch.as_tensor(engine.b), *losses])
        assert torch.get_num_threads() == threads
    torch.set_num_threads(before)
    for other in found[1:]:
        assert all(torch.equal(a, b) for a, b in zip(found[0], other))


def test_a_lone_big_model_is_shared_by_the_threads():
    assert engine_on("numba", sweep(1, 80, 20), threads=2).split
    assert not engine_on("numba", sweep(1, 5, 2), threads=2).split
    assert not engine_on("numba", sweep(2, 80, 20), threads=2).split


def test_same_seed_same_result_and_another_seed_another():
    first, again, other = (train(5, 2, density=DENSITIES, steps=50, seed=s, **QUIET) for s in (0, 0, 1))
    assert all(torch.equal(getattr(first, name), getattr(again, name)) for name in ("W", "b", "loss", "steps"))
    assert not torch.equal(first.W, other.W)


def test_the_global_generator_is_left_alone():
    before = torch.get_rng_state()
    train(3, 2, steps=5, **QUIET)
    assert torch.equal(torch.get_rng_state(), before)


def test_sparse_features_make_a_pentagon():
    result = train(5, 2, density=0.02, n_instances=8, importance=0.9 ** torch.arange(5), lr=1e-2, steps=2000, **QUIET)
    assert (result.W.norm(dim=1) > 0.9).all()
    assert (neighbour_angles(result.W) - 72).abs().max() < 6


def test_the_linear_model_keeps_the_most_important_features():
    importance = 0.7 ** torch.arange(5)
    result = train(5, 2, density=DENSITIES, importance=importance, activation="linear", lr=1e-2, steps=2000, **QUIET)
    norms = result.W.norm(dim=1)
    assert (norms[:, :2] > 0.9).all()
    assert (norms[:, 2:] < 0.1).all()


def test_the_log():
    result = train(5, 2, density=DENSITIES, steps=1000, keep_history=True, **QUIET)
    assert result.steps.tolist() == [0, *range(10, 1001, 10)]
    assert result.loss.shape == (101, 3)
    assert result.history.shape == (101, 3, 2, 5)
    assert torch.equal(result.history[-1], result.W)
    assert (result.loss[-1] < result.loss[0]).all()
    x = sparse_features(200_000, 5, density=DENSITIES, n_instances=3, seed=4)
    start = weighted_mse(x, relu_output_model(result.history[0], torch.zeros(3, 5), x), result.importance)
    assert torch.allclose(result.loss[0], start, rtol=0.3)  # one batch of 1024


@pytest.mark.parametrize("steps", [1, 2, 99, 101])
def test_a_log_of_few_steps(steps):
    result = train(3, 2, steps=steps, keep_history=True, **QUIET)
    assert len(result.steps) == len(result.loss) == len(result.history)
    assert (result.steps.diff() > 0).all()
    assert torch.isfinite(result.loss).all()


@pytest.mark.parametrize("batch_size", [1, 100, 129, 300])
def test_rows_beyond_the_batch_count_for_nothing(batch_size):
    arrays = sweep(400, 3, 2, density=1.0)
    x = sparse_features(2000, 3, n_instances=400, seed=1)
    W, importance, _ = arrays
    expected = weighted_mse(x, relu_output_model(W, torch.zeros(1), x), importance).mean()
    loss = torch.as_tensor(engine_on("numba", arrays, batch_size=batch_size).run(1)).mean()
    assert loss.item() == pytest.approx(expected.item(), rel=0.1 if batch_size == 1 else 0.02)


def test_a_run_that_diverges_shows_it():
    engine = engine_on("numba", sweep(1, 3, 2), lr=1e30)
    loss = engine.run(20)
    assert not math.isfinite(loss[0])


@pytest.fixture
def listening():
    """SIGINT raises KeyboardInterrupt, also where the tests were started in the background and it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_returns_what_was_trained(capsys, monkeypatch, listening):
    timer, run = threading.Timer(0.5, signal.raise_signal, [signal.SIGINT]), NumbaEngine.run

    def started(self, steps):
        """On a busy machine half a second may pass before the first step: the clock starts with it."""
        if timer.ident is None:
            timer.start()
        return run(self, steps)

    monkeypatch.setattr(NumbaEngine, "run", started)
    began = time.monotonic()
    result = train(40, 10, n_instances=20, steps=1_000_000, device="cpu")
    assert time.monotonic() - began < 20  # on a busy machine; the whole run would take an hour
    assert len(result.steps) < 101
    assert len(result.loss) == len(result.steps)
    assert torch.isfinite(result.W).all()
    assert "Interrupted after" in capsys.readouterr().out


@pytest.mark.parametrize("where", [0, 3])
def test_an_interrupt_at_any_log_point(monkeypatch, where):
    calls = iter(range(1000))
    run = NumbaEngine.run

    def interrupted(self, steps):
        if next(calls) == where:
            raise KeyboardInterrupt
        return run(self, steps)

    monkeypatch.setattr(NumbaEngine, "run", interrupted)
    result = train(3, 2, n_instances=2, steps=500, device="cpu", keep_history=True, **QUIET)
    assert result.loss.shape == (where, 2)
    assert len(result.steps) == len(result.history) == where


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (0.5, [[0.5, 0.5], [0.5, 0.5]]),
        (torch.tensor([0.1, 0.2]), [[0.1, 0.2], [0.1, 0.2]]),
        (torch.tensor([[0.1], [0.2]]), [[0.1, 0.1], [0.2, 0.2]]),
        (torch.tensor([[0.1, 0.2], [0.3, 0.4]]), [[0.1, 0.2], [0.3, 0.4]]),
    ],
)
def test_density_and_importance_spread(given, expected):
    result = train(2, 1, density=given, importance=given, n_instances=2, steps=1, **QUIET)
    assert torch.allclose(result.density, torch.tensor(expected))
    assert torch.allclose(result.importance, torch.tensor(expected))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_hidden": 0}, "n_hidden must be a whole number of at least 1, got 0"),
        ({"n_features": 2.5}, "n_features must be a whole number"),
        ({"steps": 0}, "steps"),
        ({"n_instances": 0}, "n_instances"),
        ({"density": 0.0}, "nothing to learn"),
        ({"density": 1.2}, "between 0 and 1"),
        ({"density": torch.tensor([0.1, math.nan, 0.1])}, "density must be finite"),
        ({"importance": -1.0}, "negative"),
        ({"importance": torch.ones(4)}, r"importance has shape \[4\]; with 3 features"),
        ({"importance": torch.ones(2, 1), "density": torch.ones(4, 1)}, "disagree on the number of instances"),
        ({"importance": torch.ones(2, 1), "n_instances": 5}, r"must be a number, \[3\], \[5, 1\] or \[5, 3\]"),
        ({"activation": "gellu"}, 'unknown activation "gellu": did you mean "gelu"?'),
        ({"optimiser": "adamv"}, 'unknown optimiser "adamv": did you mean "adam"?'),
        ({"data": "pairs to gether"}, 'did you mean "pairs together"?'),
        ({"data": Independent("U[0,2]")}, r'did you mean "U\[0,1\]"'),
        ({"data": 3}, "a function; got int"),
        ({"lr": 0.0}, "lr"),
    ],
)
def test_bad_input_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        train(**({"n_features": 3, "n_hidden": 2, "steps": 1} | QUIET | options))


def test_without_numba_pytorch_trains(monkeypatch):
    monkeypatch.setattr(training, "find_spec", lambda _: None)
    result = train(3, 2, steps=3, device="cpu", **QUIET)
    assert result.W.shape == (1, 2, 3)
    assert (result.engine, result.why) == ("torch", "numba isn't installed")


@pytest.mark.skipif(
    not torch.cuda.is_available(), reason="no GPU here: the PyTorch path is tested on the processor only"
)
def test_on_a_gpu():
    shape = {"density": 0.02, "n_instances": 8, "importance": 0.9 ** torch.arange(5)}
    result = train(5, 2, **shape, lr=1e-2, steps=2000, device="cuda", **QUIET)
    assert result.W.device.type == "cpu"
    assert (neighbour_angles(result.W) - 72).abs().max() < 6


def test_compiles_where_nothing_can_be_written(monkeypatch):
    monkeypatch.setattr("numba.core.caching.CacheImpl._locator_classes", [])
    assert compiled(half)(3.0) == 1.5


def half(x):
    return x / 2
