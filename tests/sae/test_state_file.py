"""No hour of training is lost, and none goes on from something else than it was."""

import os
import signal
import threading
import time

import numpy as np
import pytest
import torch

from course_utils.sae import SAEConfig, train_sae
from course_utils.sae.batches import batches
from course_utils.sae.numba_engine import NumbaEngine
from course_utils.sae.torch_engine import TorchEngine

D_IN, D_SAE = 8, 12
TOPK = SAEConfig(architecture="topk", d_in=D_IN, d_sae=D_SAE, k=2)
QUICK = {"steps": 40, "batch_size": 32, "lr": 3e-3, "progress": False}


def x(n=400, seed=0):
    return torch.randn(n, D_IN, generator=torch.Generator().manual_seed(seed))


def same(a, b):
    return all(torch.equal(value, b.tensors()[name]) for name, value in a.tensors().items()) and all(
        torch.equal(p, q) for p, q in zip(a.log, b.log)
    )


def first_batches(n, then=()):
    source = batches(x(), D_IN, 32, [0], 0)
    for _ in range(n):
        yield next(source)[0]
    yield from then


def never():
    raise AssertionError("the training began")
    yield


def half_done(path, n=17, config=TOPK):
    """A state after n of 40 steps on stored activations."""
    step = NumbaEngine.step
    with pytest.MonkeyPatch.context() as patch:

        def stops(self, *batch):
            if self.state.step == n:
                raise KeyboardInterrupt
            return step(self, *batch)

        patch.setattr(NumbaEngine, "step", stops)
        train_sae(x(), config, **QUICK, engine="numba", state_file=path)
    return path.read_bytes()


def test_a_place_that_cannot_be_written_is_said_before_the_training(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no folder .*nowhere"):
        train_sae(never(), TOPK, **QUICK, state_file=tmp_path / "nowhere" / "state")
    with pytest.raises(IsADirectoryError, match="it is a folder"):
        train_sae(never(), TOPK, **QUICK, state_file=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_configuration_with_numpys_numbers_is_saved(tmp_path):
    config = SAEConfig(architecture="topk", d_in=np.int64(D_IN), d_sae=np.int32(D_SAE), k=np.int64(2))
    sae = train_sae(x(), config, **QUICK, state_file=tmp_path / "state")
    assert same(sae, train_sae(x(), TOPK, **QUICK, state_file=tmp_path / "state"))


@pytest.mark.parametrize("kind", ["an iterator that ends", "NaN", "another width", "what its owner raises"])
def test_what_ends_a_training_leaves_it_with_the_exception(tmp_path, kind):
    def raising():
        raise RuntimeError("the disk is gone")
        yield

    then = {
        "an iterator that ends": [],
        "NaN": [torch.full((32, D_IN), torch.nan)],
        "another width": [torch.zeros(32, 3)],
        "what its owner raises": raising(),
    }[kind]
    expected = train_sae(first_batches(40), TOPK, **QUICK)
    for file in (None, tmp_path / "state"):
        with pytest.raises((ValueError, RuntimeError)) as caught:
            train_sae(first_batches(20, then if file is None else [torch.zeros(32, 3)]), TOPK, **QUICK, state_file=file)
        kept = caught.value.sae
        assert kept.log.steps.tolist() == list(range(1, 21))
        assert torch.equal(kept.log.loss, expected.log.loss[:20])
        assert "20 steps" in caught.value.__notes__[0] and ".sae" in caught.value.__notes__[0]
    source = batches(x(), D_IN, 32, [0], 20)
    resumed = train_sae((b[0] for b in source), TOPK, **QUICK, state_file=tmp_path / "state")
    assert same(resumed, expected)


def test_before_the_first_step_there_is_nothing_to_leave():
    with pytest.raises(ValueError, match="not finite") as caught:
        train_sae(iter([torch.full((32, D_IN), torch.nan)]), TOPK, **QUICK)
    assert not hasattr(caught.value, "sae")


@pytest.mark.parametrize("engine", [NumbaEngine, TorchEngine])
def test_a_step_that_breaks_off_in_the_middle_is_not_saved(tmp_path, monkeypatch, engine):
    path = tmp_path / "state"
    good = half_done(path)
    step = engine.step

    def breaks(self, *batch):
        if self.state.step == 25:
            step(self, *batch)
            raise MemoryError
        return step(self, *batch)

    monkeypatch.setattr(engine, "step", breaks)
    name = "numba" if engine is NumbaEngine else "torch"
    with pytest.raises(MemoryError):
        train_sae(x(), TOPK, **QUICK, engine=name, state_file=path)
    assert path.read_bytes() == good


def test_a_diverged_training_leaves_the_last_good_state(tmp_path):
    path = tmp_path / "state"
    rate = {"lr": 1e30}
    step = NumbaEngine.step
    with pytest.MonkeyPatch.context() as patch:

        def stops(self, *batch):
            if self.state.step == 1:
                raise KeyboardInterrupt
            return step(self, batch[0], 1e-3, batch[2])

        patch.setattr(NumbaEngine, "step", stops)
        train_sae(x(), TOPK, **QUICK | rate, engine="numba", state_file=path)
    good = path.read_bytes()
    with pytest.raises(ValueError, match="no longer finite"):
        train_sae(x(), TOPK, **QUICK | rate, engine="numba", state_file=path)
    assert path.read_bytes() == good


@pytest.mark.parametrize("engine", [NumbaEngine, TorchEngine])
def test_an_interrupt_amid_weights_that_are_not_finite_saves_nothing(tmp_path, monkeypatch, engine):
    step = engine.step

    def spoils(self, *batch):
        done = step(self, *batch)
        if self.state.step == 33:  # between two points of the log
            self.state.weights["b_dec"].fill_(torch.nan)
            os.kill(os.getpid(), signal.SIGINT)
        return done

    monkeypatch.setattr(engine, "step", spoils)
    how = QUICK | {"steps": 400, "engine": "numba" if engine is NumbaEngine else "torch"}
    with pytest.raises(ValueError, match="no longer finite"):
        train_sae(x(), TOPK, **how, state_file=tmp_path / "state")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("apart", [0.0, 0.002, 0.01])
@pytest.mark.parametrize("engine", ["numba", "torch"])
def test_interrupts_in_quick_succession_resume_to_the_same_weights(tmp_path, engine, apart):
    path, how = tmp_path / "state", QUICK | {"steps": 600}
    whole = train_sae(x(), TOPK, **how, engine=engine)

    def press():
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(apart)

    for after in (0.1, 0.15):
        timer = threading.Timer(after, press)
        timer.start()
        part = train_sae(x(), TOPK, **how, engine=engine, state_file=path)
        assert part.log.steps[-1] <= 600
        timer.join()
    assert same(whole, train_sae(x(), TOPK, **how, engine=engine, state_file=path))


@pytest.mark.parametrize("engine", [NumbaEngine, TorchEngine])
def test_interrupts_in_the_middle_of_a_step_wait_for_its_end(tmp_path, monkeypatch, engine):
    """Wherever in a step they come, and while the file is being written."""
    name = "numba" if engine is NumbaEngine else "torch"
    whole, path = train_sae(x(), TOPK, **QUICK, engine=name), tmp_path / "state"
    inner = NumbaEngine.step if engine is NumbaEngine else TorchEngine._adam

    def pressed(self, *arguments):
        if self.state.step >= 7:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
        return inner(self, *arguments)

    monkeypatch.setattr(engine, "step" if engine is NumbaEngine else "_adam", pressed)
    part = train_sae(x(), TOPK, **QUICK, engine=name, state_file=path)
    assert part.log.steps[-1] in (7, 8)
    monkeypatch.undo()
    assert same(whole, train_sae(x(), TOPK, **QUICK, engine=name, state_file=path))


def test_waiting_for_data_ends_at_the_second_interrupt(tmp_path):
    def slow():
        yield from first_batches(3)
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
        raise AssertionError("it went on waiting")

    sae = train_sae(slow(), TOPK, **QUICK, state_file=tmp_path / "state")
    assert sae.log.steps[-1] == 3


def test_a_file_that_cannot_be_written_in_the_end_leaves_the_autoencoder(tmp_path, monkeypatch):
    from course_utils.sae import state_file

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(state_file, "save_file", full)
    with pytest.raises(OSError, match="no space left") as caught:
        train_sae(x(), TOPK, **QUICK, state_file=tmp_path / "state")
    assert same(caught.value.sae, train_sae(x(), TOPK, **QUICK))
    assert list(tmp_path.iterdir()) == []


CHANGED = {
    "other values": x(seed=1),
    "more rows": x(500),
    "fewer rows": x()[:300],
    "one number": x().index_put((torch.tensor(123), torch.tensor(4)), torch.tensor(9.0)),
    "another order": x().flip(0),
}


@pytest.mark.parametrize("other", CHANGED.values(), ids=CHANGED)
def test_a_training_does_not_go_on_with_other_data(tmp_path, other):
    path = tmp_path / "state"
    good = half_done(path)
    with pytest.raises(ValueError, match=r"state was written by a training on other activations"):
        train_sae(other, TOPK, **QUICK, state_file=path)
    with pytest.raises(ValueError, match=r"written with batch_size=32|on other activations"):
        train_sae(first_batches(40), TOPK, **QUICK, state_file=path)
    assert path.read_bytes() == good


@pytest.mark.parametrize("held_in", ["float64", "an array", "a file", "positions"])
def test_the_same_data_held_in_something_else(tmp_path, held_in):
    path = tmp_path / "state"
    half_done(path)
    np.save(tmp_path / "x.npy", x().numpy())
    given = {
        "float64": x().double(),
        "an array": x().numpy().astype(">f4"),
        "a file": np.load(tmp_path / "x.npy", mmap_mode="r"),
        "positions": x().reshape(20, 20, D_IN),
    }[held_in]
    assert same(train_sae(x(), TOPK, **QUICK), train_sae(given, TOPK, **QUICK, state_file=path))


def test_very_many_rows_are_looked_at_here_and_there(monkeypatch):
    from course_utils.sae import batches as module

    monkeypatch.setattr(module, "FINGERPRINT", 1000)
    rows = x(4000)[None]
    others = [rows.index_fill(1, torch.tensor([i]), 9.0) for i in (0, 3999)]
    assert module.fingerprint(rows) == module.fingerprint(rows.clone())
    assert len({module.fingerprint(each) for each in (rows, *others, rows[:, :3999])}) == 4


DAMAGE = {
    "empty": lambda raw: b"",
    "cut": lambda raw: raw[: len(raw) // 2],
    "cut in its header": lambda raw: raw[:40],
    "text": lambda raw: b"no state at all",
    "another length": lambda raw: b"\xff" * 8 + raw[8:],
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_named_and_left(tmp_path, damage):
    path = tmp_path / "my state"
    path.write_bytes(damage(half_done(path)))
    broken = path.read_bytes()
    with pytest.raises(ValueError, match=r"my state .*damaged"):
        train_sae(x(), TOPK, **QUICK, state_file=path)
    assert path.read_bytes() == broken


CONTENT = {
    "a weight is missing": lambda t: t.pop("weights.W_enc"),
    "a moment is missing": lambda t: t.pop("mean.b_dec"),
    "the log is missing": lambda t: t.pop("log.steps"),
    "another shape": lambda t: t.update({"weights.b_dec": torch.zeros(3)}),
    "not finite": lambda t: t["square.b_dec"].fill_(torch.nan),
}


@pytest.mark.parametrize("change", CONTENT.values(), ids=CONTENT)
def test_a_file_with_something_else_in_it_is_named(tmp_path, change):
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file

    path = tmp_path / "my state"
    half_done(path)
    with safe_open(path, "pt") as file:
        about = file.metadata()
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path, about)
    with pytest.raises(ValueError, match="my state is damaged"):
        train_sae(x(), TOPK, **QUICK, state_file=path)


def test_a_safetensors_file_of_something_else_is_named(tmp_path):
    from safetensors.torch import save_file

    for about in (None, {"about": "[]"}, {"about": "{}"}, {"about": "{"}):
        save_file({"a": torch.zeros(2)}, tmp_path / "other", about)
        with pytest.raises(ValueError, match="other "):
            train_sae(x(), TOPK, **QUICK, state_file=tmp_path / "other")
