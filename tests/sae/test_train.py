import os
import signal
import threading

import numpy as np
import pytest
import torch

from course_utils.sae import SAEConfig, train_sae
from course_utils.sae.numba_engine import NumbaEngine
from course_utils.sae.resampling import resample
from course_utils.sae.state import initial_state
from course_utils.sae.train import learning_rate

D_IN, D_SAE, FEATURES = 16, 32, 32
QUICK = {"steps": 40, "batch_size": 128, "lr": 3e-3, "progress": False}
TOPK = SAEConfig(architecture="topk", d_in=D_IN, d_sae=D_SAE, k=2)
CONFIGS = {
    "relu": SAEConfig(architecture="relu", d_in=D_IN, d_sae=D_SAE, l1=0.3),
    "topk": TOPK,
    "batchtopk": SAEConfig(architecture="batchtopk", d_in=D_IN, d_sae=D_SAE, k=2),
    "gated": SAEConfig(architecture="gated", d_in=D_IN, d_sae=D_SAE, l1=0.3),
    "jumprelu": SAEConfig(architecture="jumprelu", d_in=D_IN, d_sae=D_SAE, l0=0.05),
    "matryoshka": SAEConfig(architecture="matryoshka", d_in=D_IN, d_sae=D_SAE, k=2, groups=(8, 24)),
}


def features(seed=0):
    D = torch.randn(FEATURES, D_IN, generator=torch.Generator().manual_seed(seed))
    return D / D.norm(dim=1, keepdim=True)


def activations(n=4000, seed=0):
    g = torch.Generator().manual_seed(seed + 100)
    on = torch.rand(n, FEATURES, generator=g) < 1.5 / FEATURES
    return (on * (0.5 + torch.rand(n, FEATURES, generator=g))) @ features()


def same(a, b):
    return all(torch.equal(v, b.tensors()[name]) for name, v in a.tensors().items()) and all(
        torch.equal(p, q) for p, q in zip(a.log, b.log)
    )


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
@pytest.mark.parametrize("engine", ["numba", "torch"])
def test_training_finds_the_features(config, engine):
    sae = train_sae(activations(20_000), config, **QUICK | {"steps": 600, "lr": 5e-3}, engine=engine)
    W = sae.W_dec / sae.W_dec.norm(dim=1, keepdim=True)
    best = (features() @ W.T).amax(1)
    # Without a hierarchy Matryoshka is at a loss: a group of few latents has to rebuild all features, and mixes them.
    assert best.mean() > (0.8 if config.architecture == "matryoshka" else 0.9)
    x = activations(seed=1)
    assert 1 - (x - sae(x)).square().sum() / (x - x.mean(0)).square().sum() > 0.8
    assert (sae.encode(x) > 0).sum(1).float().mean() < 4


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_a_batch_threshold_keeps_as_many_latents_as_training_did(config):
    if config.architecture not in ("batchtopk", "matryoshka"):
        return
    sae = train_sae(activations(20_000), config, **QUICK | {"steps": 300})
    assert (sae.encode(activations(seed=1)) > 0).sum(1).float().mean().item() == pytest.approx(2, abs=0.3)


@pytest.mark.parametrize(
    ("every", "at"), [(50, [50, 100, 150]), (60, [60, 120]), (101, []), (100, [100]), (200, []), (None, [])]
)
def test_resampled_latents_have_time_to_learn(monkeypatch, every, at):
    """A latent pointed at some row at the very end would stay there, and fire on much that it has no part in."""
    from course_utils.sae import train

    steps = []
    monkeypatch.setattr(train, "resample", lambda state, *_: steps.append(state.step))
    config = SAEConfig(architecture="jumprelu", d_in=D_IN, d_sae=D_SAE, l0=0.1, resample_every=every)
    train_sae(activations(), config, **QUICK | {"steps": 200})
    assert steps == at


def test_same_seed_same_bytes_and_another_seed_another():
    first, again, other = (train_sae(activations(), TOPK, **QUICK, seed=s) for s in (0, 0, 1))
    assert same(first, again)
    assert not torch.equal(first.W_dec, other.W_dec)


def test_the_global_generator_is_left_alone():
    before = torch.get_rng_state()
    train_sae(activations(), SAEConfig(architecture="topk", d_in=D_IN, d_sae=D_SAE, k=1, resample_every=10), **QUICK)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("engine", ["numba", "torch"])
def test_activations_of_a_model_may_still_carry_their_graph(engine):
    plain = train_sae(activations(), TOPK, **QUICK, engine=engine)
    assert same(plain, train_sae(activations().requires_grad_() * 1, TOPK, **QUICK, engine=engine))


def test_tensor_file_and_iterator_give_the_same(tmp_path):
    x = activations()
    np.save(tmp_path / "x.npy", x.numpy())
    stored = np.load(tmp_path / "x.npy", mmap_mode="r")
    from course_utils.sae.batches import batches

    source = batches(x, D_IN, 128, [0], 0)
    expected = train_sae(x, TOPK, **QUICK)
    assert same(expected, train_sae(stored, TOPK, **QUICK))
    assert same(expected, train_sae(x.double(), TOPK, **QUICK))
    assert same(expected, train_sae((next(source)[0] for _ in range(40)), TOPK, **QUICK))


def test_every_row_is_read_once_in_an_epoch():
    from course_utils.sae.batches import batches

    x = torch.arange(12.0)[:, None]
    source = batches(x, 1, 4, [0], 0)
    first, second = (torch.cat([next(source)[0, :, 0] for _ in range(3)]) for _ in range(2))
    assert first.sort().values.tolist() == second.sort().values.tolist() == list(range(12))
    assert first.tolist() != second.tolist()


def test_many_instances_are_each_as_alone():
    x = torch.stack([activations(seed=s) for s in range(3)])
    many = train_sae(x, TOPK, **QUICK, seed=5, n_instances=3)
    assert many.W_enc.shape == (3, D_IN, D_SAE)
    assert many.log.loss.shape == (40, 3)
    for i in range(3):
        alone = train_sae(x[i], TOPK, **QUICK, seed=5 + i)
        assert alone.W_enc.shape == (D_IN, D_SAE)
        assert same(alone, many.instance(i))
    assert same(many, train_sae(x, TOPK, **QUICK, seed=[5, 6, 7]))
    assert many.encode(x).shape == (3, 4000, D_SAE)


class Stops(Exception):
    pass


def interrupted_after(x, config, n, how):
    """The batches that ``train_sae`` would draw, and after ``n`` of them an interrupt."""
    from course_utils.sae.batches import batches

    source = batches(x, D_IN, 128, [0], 0)
    for _ in range(n):
        yield next(source)[0]
    if how == "keyboard":
        raise KeyboardInterrupt
    raise Stops


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
@pytest.mark.parametrize("engine", ["numba", "torch"])
def test_interrupted_and_resumed_is_as_if_uninterrupted(tmp_path, config, engine):
    from course_utils.sae.batches import batches

    x, path = activations(), tmp_path / "state"
    whole = train_sae((b[0] for b in batches(x, D_IN, 128, [0], 0)), config, **QUICK, engine=engine)
    part = train_sae(interrupted_after(x, config, 17, "keyboard"), config, **QUICK, engine=engine, state_file=path)
    assert part.log.steps[-1] == 17
    rest = (b[0] for b in batches(x, D_IN, 128, [0], 17))
    assert same(whole, train_sae(rest, config, **QUICK, engine=engine, state_file=path))


def test_a_stored_tensor_is_resumed_where_it_stood(tmp_path, monkeypatch):
    from course_utils.sae.numba_engine import NumbaEngine

    x, path, step = activations(), tmp_path / "state", NumbaEngine.step
    whole = train_sae(x, TOPK, **QUICK, engine="numba")

    def failing(self, *batch):
        if self.state.step == 33:  # in the second epoch
            raise KeyboardInterrupt
        return step(self, *batch)

    monkeypatch.setattr(NumbaEngine, "step", failing)
    train_sae(x, TOPK, **QUICK, engine="numba", state_file=path)
    monkeypatch.setattr(NumbaEngine, "step", step)
    assert same(whole, train_sae(x, TOPK, **QUICK, engine="numba", state_file=path))


def test_what_was_done_is_kept_when_the_data_fail(tmp_path):
    x, path = activations(), tmp_path / "state"
    with pytest.raises(Stops):
        train_sae(interrupted_after(x, TOPK, 9, "fail"), TOPK, **QUICK, state_file=path)
    from course_utils.sae.batches import batches

    rest = (b[0] for b in batches(x, D_IN, 128, [0], 9))
    assert train_sae(rest, TOPK, **QUICK, state_file=path).log.steps.tolist() == list(range(1, 41))


def test_ctrl_c_returns_what_there_is(monkeypatch):
    timer, step = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)), NumbaEngine.step
    before = signal.getsignal(signal.SIGINT)

    def started(self, *batch):
        """On a busy machine a while may pass before the first step: the clock starts with it."""
        if timer.ident is None:
            timer.start()
        return step(self, *batch)

    monkeypatch.setattr(NumbaEngine, "step", started)
    sae = train_sae(activations(), TOPK, **QUICK | {"steps": 10_000_000}, engine="numba")
    assert 0 < sae.log.steps[-1] < 10_000_000
    assert signal.getsignal(signal.SIGINT) is before


def test_a_state_of_another_training_is_refused(tmp_path):
    path = tmp_path / "state"
    train_sae(activations(), TOPK, **QUICK, state_file=path)
    with pytest.raises(ValueError, match=r"written with lr=0.003, this training has 0.001"):
        train_sae(activations(), TOPK, **QUICK | {"lr": 1e-3}, state_file=path)
    other = SAEConfig(architecture="topk", d_in=D_IN, d_sae=D_SAE, k=3)
    with pytest.raises(ValueError, match=r"written with k=2, this training has 3"):
        train_sae(activations(), other, **QUICK, state_file=path)


def test_the_log():
    config = SAEConfig(architecture="topk", d_in=D_IN, d_sae=D_SAE, k=2, aux=0)
    sae = train_sae(activations(), config, **QUICK | {"steps": 250})
    log = sae.log
    assert log.steps.tolist() == [*range(1, 250, 2), 250]
    assert torch.equal(log.loss, log.mse)
    assert (log.l0 <= 2).all()
    assert log.loss[-1] < 0.5 * log.loss[0]
    assert log.explained_variance[-1] > 0.7
    assert (log.dead == 0).all()


def test_resampling_brings_dead_latents_back():
    """A third of the latents start with so low a bias that they can't fire; no gradient reaches them."""
    x = activations(20_000)
    final = {}
    for resample_every in (None, 60):
        config = SAEConfig(
            architecture="relu", d_in=D_IN, d_sae=D_SAE, l1=0.3, dead_after=2000, resample_every=resample_every
        )
        from course_utils.sae import train

        def start(*arguments, initial_state=train.initial_state):
            state = initial_state(*arguments)
            state.weights["b_enc"][:, :10] = -100.0
            return state

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(train, "initial_state", start)
            sae = train_sae(x, config, **QUICK | {"steps": 400})
        final[resample_every] = ((sae.encode(x) > 0).sum(0) == 0).sum().item()
        if resample_every is None:
            assert sae.log.dead[-1] == pytest.approx(10 / D_SAE)
    assert final[None] == 10
    assert final[60] == 0


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_what_resampling_sets(config):
    x = torch.stack([activations(500), activations(500, seed=1)])
    state = initial_state(config, [0, 1], x)
    before = {name: value.clone() for name, value in state.weights.items()}
    for part in (state.mean, state.square):
        for value in part.values():
            value.fill_(1.0)
    state.silent[1, [4, 7]] = config.dead_after
    assert resample(state, x, [0, 1]).tolist() == [0, 2]
    others = [i for i in range(D_SAE) if i not in (4, 7)]
    for name, value in state.weights.items():
        by_latent = value.mT if name == "W_enc" else value
        old = before[name].mT if name == "W_enc" else before[name]
        assert torch.equal(value[0], before[name][0])
        if name != "b_dec":
            assert torch.equal(by_latent[1, others], old[1, others])
            moments = state.mean[name].mT if name == "W_enc" else state.mean[name]
            assert (moments[1, [4, 7]] == 0).all() and (moments[1, others] == 1).all()
    W_dec, W_enc = state.weights["W_dec"][1], state.weights["W_enc"][1].T
    assert torch.allclose(W_dec[[4, 7]].norm(dim=1), torch.ones(2))
    for latent in (4, 7):
        assert (x[1] @ W_dec[latent] / x[1].norm(dim=1).clamp(min=1e-9)).max() == pytest.approx(1, abs=1e-5)
        assert torch.allclose(W_enc[latent], 0.2 * W_enc[others].norm(dim=1).mean() * W_dec[latent], atol=1e-6)
    assert not state.dead.any()


def test_new_latents_of_a_jumprelu_join_the_others():
    """Twelve of twenty are dead, and half of the rows are nearly one and the same: twelve latents will write it."""
    x = torch.stack([activations(600)])
    x[:, ::2] = 4 * x[:, :1] + 0.01 * x[:, ::2]
    config = SAEConfig(architecture="jumprelu", d_in=D_IN, d_sae=D_SAE, l0=0.1, initial_l0=2)
    state = initial_state(config, [0], x)
    dead = torch.arange(12)
    state.weights["threshold"][0, dead] = 1e6
    state.silent[0, dead] = config.dead_after
    before = (x - state.sae()(x)).square().sum(-1).mean()
    resample(state, x, [0])
    assert (x - state.sae()(x)).square().sum(-1).mean() < before
    fires = (state.sae().encode(x)[0, :, dead] > 0).float().mean(0)
    assert ((fires > 0) & (fires <= 2 / D_SAE + 0.01)).all()


def test_the_auxiliary_loss_brings_dead_latents_back():
    """The same latents can't get into the top k; the auxiliary loss lets them model what is left over."""
    from course_utils.sae import train

    x, final = activations(20_000), {}

    def start(*arguments, initial_state=train.initial_state):
        state = initial_state(*arguments)
        state.weights["b_enc"][:, :10] = -5.0  # no row is strong enough to lift them above 0
        return state

    for aux in (0.0, 1 / 32):
        config = SAEConfig(
            architecture="topk", d_in=D_IN, d_sae=D_SAE, k=2, dead_after=2000, aux=aux, decoder_norm="unit"
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(train, "initial_state", start)
            sae = train_sae(x, config, **QUICK | {"steps": 600, "lr": 1e-2})
        final[aux] = ((sae.encode(x) > 0).sum(0) == 0).sum().item()
    assert final[0.0] >= 8
    assert final[1 / 32] <= 2


@pytest.mark.parametrize("architecture, penalty", [("relu", "l1"), ("gated", "l1"), ("jumprelu", "l0")])
def test_initial_l0_is_met(architecture, penalty):
    config = SAEConfig(architecture=architecture, d_in=D_IN, d_sae=D_SAE, initial_l0=4, **{penalty: 0.1})
    x = torch.randn(1, 2000, D_IN, generator=torch.Generator().manual_seed(0))
    f = initial_state(config, [0], x).sae().encode(x)
    assert (f > 0).sum(-1).float().mean().item() == pytest.approx(4, abs=0.2)


def test_free_rows_may_start_short():
    config = SAEConfig(architecture="relu", d_in=D_IN, d_sae=D_SAE, l1=0.1, initial_norm=0.3)
    weights = initial_state(config, [0], activations(100)[None]).weights
    torch.testing.assert_close(weights["W_dec"].norm(dim=-1), torch.full((1, D_SAE), 0.3))
    torch.testing.assert_close(weights["W_enc"].norm(dim=-2), torch.full((1, D_SAE), 0.3))


def test_the_learning_rate_rises_and_falls():
    rates = [learning_rate(s, steps=100, lr=2.0, lr_warmup=0.1, lr_decay=0.2) for s in range(100)]
    assert rates[0] == pytest.approx(0.2) and rates[9] == rates[50] == rates[79] == 2.0
    assert rates[90] == pytest.approx(1.0) and rates[99] == pytest.approx(0.1)
    assert {learning_rate(s, steps=9, lr=1.0, lr_warmup=0, lr_decay=0) for s in range(9)} == {1.0}


WRONG = [
    (activations()[:, :7], {}, r"activations must be \[n, 16\] .*got \[4000, 7\]"),
    (activations()[0], {}, r"got \[16\]"),
    (activations(100), {}, "too few rows: a batch takes 128, activations have 100"),
    (torch.full((500, D_IN), float("nan")), {}, "not finite"),
    (iter([]), {}, "gave no batch"),
    (iter([activations(64)] * 3), {}, "ended after 3 batches"),
    (iter([activations(64), activations(64)[:, :3]]), {}, r"got \[1, 64, 3\]"),
    (activations(), {"steps": 0}, "steps must be a whole number of at least 1, got 0"),
    (activations(), {"lr": -1.0}, "lr must be above 0"),
    (activations(), {"lr_decay": 1.5}, "lr_decay is a part of the training"),
    (activations(), {"engine": "jax"}, "engine must be"),
    (activations(), {"seed": [1, 2]}, "1 instances need as many seeds, got 2"),
    (1e18 * activations(), {"lr": 1e20}, "no longer finite"),
]


@pytest.mark.parametrize("x, options, message", WRONG)
def test_clear_errors(x, options, message):
    with pytest.raises(ValueError, match=message):
        train_sae(x, TOPK, **QUICK | options)


def test_without_numba_it_is_torch(monkeypatch):
    from course_utils.sae import train
    from course_utils.sae.torch_engine import TorchEngine

    state = initial_state(TOPK, [0], activations()[None])
    assert type(train.choose_engine(state)).__name__ == "NumbaEngine"
    monkeypatch.setattr(train, "find_spec", lambda name: None)
    assert isinstance(train.choose_engine(state), TorchEngine)
    with pytest.raises(ValueError, match="needs the package numba"):
        train.choose_engine(state, "numba")
