"""What may be handed to ``train_sae`` and ``encode``, and one line of advice for what may not."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from course_utils.sae import SAEConfig, train_sae

D_IN, D_SAE = 8, 12
TOPK = SAEConfig(architecture="topk", d_in=D_IN, d_sae=D_SAE, k=2)
QUICK = {"steps": 5, "batch_size": 32, "lr": 3e-3, "progress": False}
ENGINES = ["numba", "torch"]


def x(*shape, seed=0):
    return torch.randn(*shape, D_IN, generator=torch.Generator().manual_seed(seed))


def same(a, b):
    return all(torch.equal(value, b.tensors()[name]) for name, value in a.tensors().items())


def test_positions_are_rows_and_make_no_instances():
    acts = x(20, 10)
    flat = train_sae(acts.flatten(0, 1), TOPK, **QUICK)
    for given in (acts, acts.numpy(), acts.reshape(2, 10, 10, D_IN)):
        sae = train_sae(given, TOPK, **QUICK)
        assert sae.n_instances is None and same(flat, sae)


def test_positions_in_an_iterators_batches_are_rows():
    batches = [x(4, 8, seed=s) for s in range(5)]
    flat = train_sae((b.flatten(0, 1) for b in batches), TOPK, **QUICK)
    assert same(flat, train_sae(iter(batches), TOPK, **QUICK))


def test_instances_are_said_to_be_instances():
    acts = x(3, 100)
    many = train_sae(acts, TOPK, **QUICK, n_instances=3)
    assert many.n_instances == 3
    assert same(many, train_sae(acts, TOPK, **QUICK, seed=[0, 1, 2]))
    assert same(many, train_sae(acts.reshape(3, 10, 10, D_IN), TOPK, **QUICK, n_instances=3))
    assert same(many.instance(1), train_sae(acts[1], TOPK, **QUICK, seed=1))
    assert train_sae(acts[:1], TOPK, **QUICK, seed=[4]).n_instances == 1


def test_instances_encode_any_axes_of_rows():
    many = train_sae(x(3, 100), TOPK, **QUICK, n_instances=3)
    acts = x(3, 5, 4)
    assert torch.equal(many.encode(acts), many.encode(acts.flatten(1, 2)).unflatten(1, (5, 4)))
    assert torch.equal(many(acts), many(acts.flatten(1, 2)).unflatten(1, (5, 4)))


@pytest.mark.parametrize("engine", ENGINES)
def test_one_row_at_a_time_is_logged_in_finite_numbers(engine):
    log = train_sae(x(100), TOPK, **QUICK | {"batch_size": 1}, engine=engine).log
    assert all(torch.isfinite(column).all() for column in log)
    assert (log.explained_variance == 0).all()


def test_arrays_of_the_other_byte_order_read_only_or_reversed():
    acts = x(100).numpy()
    plain = train_sae(acts, TOPK, **QUICK)
    read_only = acts.copy()
    read_only.flags.writeable = False
    for given in (acts.astype(">f4"), acts.astype(np.longdouble), read_only, acts[::-1].copy()[::-1]):
        assert same(plain, train_sae(given, TOPK, **QUICK))
    assert same(
        train_sae(iter([torch.from_numpy(acts[:32])] * 5), TOPK, **QUICK),
        train_sae(iter([acts[:32].astype(">f8")] * 5), TOPK, **QUICK),
    )


def test_numbers_of_any_kind(tmp_path):
    how = {"steps": np.int64(5), "batch_size": torch.tensor(32), "lr": np.float32(0.125), "seed": np.int32(3)}
    plain = {"steps": 5, "batch_size": 32, "lr": 0.125, "seed": 3}
    sae = train_sae(x(100), TOPK, **how, progress=False, state_file=tmp_path / "state")
    assert same(sae, train_sae(x(100), TOPK, **plain, progress=False))
    assert same(sae, train_sae(x(100), TOPK, **plain, progress=False, state_file=tmp_path / "state"))


SETTINGS = {
    "float64 as the default": lambda: torch.set_default_dtype(torch.float64),
    "gradients off": lambda: torch.set_grad_enabled(False),
    "another default device": lambda: torch.set_default_device("meta"),
}


@pytest.fixture
def put_back():
    before = torch.get_default_dtype(), torch.is_grad_enabled()
    yield
    torch.set_default_dtype(before[0])
    torch.set_grad_enabled(before[1])
    torch.set_default_device(None)


CONFIGS = [
    TOPK,
    SAEConfig(architecture="batchtopk", d_in=D_IN, d_sae=D_SAE, k=2, dead_after=64, k_aux=3),
    SAEConfig(architecture="gated", d_in=D_IN, d_sae=D_SAE, l1=0.1),
    SAEConfig(architecture="jumprelu", d_in=D_IN, d_sae=D_SAE, l0=0.1, resample_every=2, dead_after=32),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.architecture)
@pytest.mark.parametrize("setting", SETTINGS)
def test_what_pytorch_is_set_to_changes_nothing(put_back, setting, config, engine, tmp_path):
    acts, file = x(100), tmp_path / "state"
    plain = train_sae(acts, config, **QUICK, engine=engine, device="cpu")
    SETTINGS[setting]()
    found = [train_sae(acts, config, **QUICK, engine=engine, device="cpu", state_file=file) for _ in "12"]
    changed = torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_default_device().type
    torch.set_default_device(None)
    assert changed != (torch.float32, True, "cpu")  # put back as it was found
    for sae in found:
        assert same(plain, sae)
        assert all(torch.equal(a, b) for a, b in zip(plain.log, sae.log))


@pytest.mark.parametrize("engine", ENGINES)
def test_in_inference_mode(engine):
    plain = train_sae(x(100), TOPK, **QUICK, engine=engine)
    with torch.inference_mode():
        assert same(plain, train_sae(x(100), TOPK, **QUICK, engine=engine))
        source = iter([x(32) for _ in range(5)])
        assert train_sae(source, TOPK, **QUICK, engine=engine).log.steps[-1] == 5


def test_an_iterator_runs_as_its_owner_set_it():
    """A model's forward passes, which would keep their graphs if gradients were switched on around them."""
    seen = []

    def activations():
        for _ in range(5):
            seen.append((torch.is_grad_enabled(), torch.get_default_dtype()))
            yield x(32)

    with torch.no_grad():
        train_sae(activations(), TOPK, **QUICK)
    assert seen == [(False, torch.float32)] * 5


WRONG = [
    (DataLoader(TensorDataset(x(100)), batch_size=32), "batch 1 .* is a list, as a DataLoader gives it: .*batch.0."),
    (TensorDataset(x(100)), r"got a TensorDataset: hand in its tensor, such as dataset\.tensors\[0\]"),
    ((x(100), x(100)), "got a tuple: hand in one tensor"),
    ([[0.0] * D_IN] * 100, "batch 1 of the activations is a list"),
    ([0.0, 1.0], "batch 1 of the activations must be a tensor or an array of numbers, got a float"),
    ([None], "batch 1 .*got None"),
    ("acts.npy", "got a str: load the file first"),
    (Path("acts.npy"), "got a PosixPath: load the file first"),
    ({"hook": x(100)}, "got a dict: hand in one of its tensors"),
    (None, "activations must be a tensor, an array or an iterator of batches, got None"),
    (7, "got an int"),
    (x(100).to_sparse(), r"activations must be a dense tensor, got a sparse one: hand in its to_dense\(\)"),
    (x(100).numpy().astype(object), "activations must hold real numbers, got an array of object"),
    (np.full((100, D_IN), "a"), "activations must hold real numbers, got an array of <U1"),
    (x(100).to(torch.complex64), "activations must hold real numbers, got complex64"),
    (x(100).numpy().astype(complex), "activations must hold real numbers, got an array of complex128"),
    (x(0), r"activations have no rows: their shape is \[0, 8\]"),
    (x(4, 0), r"activations have no rows: their shape is \[4, 0, 8\]"),
    (iter([x(32), x(0)]), "no rows"),
    (iter([x(32), x(32).to_sparse()]), "batch 2 of the activations must be a dense tensor"),
]


@pytest.mark.parametrize("given, message", WRONG)
def test_what_are_no_activations(given, message):
    with pytest.raises(ValueError, match=message) as caught:
        train_sae(given, TOPK, **QUICK)
    assert "\n" not in str(caught.value)


ODD = [
    ({"config": {"architecture": "topk"}}, "config must be an SAEConfig, got a dict"),
    ({"config": None}, "config must be an SAEConfig, got None"),
    ({"seed": 1.5}, "seed must be a whole number, or one for each instance, got 1.5"),
    ({"seed": True}, "seed must be a whole number, or one for each instance, got True"),
    ({"seed": None}, "seed must be a whole number, or one for each instance, got None"),
    ({"seed": "12"}, "seed must be a whole number, or one for each instance, got '12'"),
    ({"seed": 2**70}, "seed must be a whole number"),
    ({"n_instances": 3}, r"activations of 3 instances must be \[3, n, 8\], got \[100, 8\]"),
    ({"n_instances": 2, "seed": [1, 2, 3]}, "2 instances need as many seeds, got 3"),
    ({"device": "tpu9"}, "device='tpu9' can't be used here"),
    ({"device": "meta"}, "device='meta' can't be used here"),
    ({"steps": 2.5}, "steps must be a whole number of at least 1, got 2.5"),
    ({"lr": "fast"}, "lr must be above 0 and finite, got 'fast'"),
    ({"lr": float("inf")}, "lr must be above 0 and finite, got inf"),
]


@pytest.mark.parametrize("options, message", ODD)
def test_odd_arguments(options, message):
    with pytest.raises(ValueError, match=message) as caught:
        train_sae(x(100), **{"config": TOPK} | QUICK | options)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is one")
def test_a_gpu_that_is_not_there():
    with pytest.raises(ValueError, match="device='cuda' can't be used here") as caught:
        train_sae(x(100), TOPK, **QUICK, device="cuda")
    assert "\n" not in str(caught.value)


NOT_ENCODED = [
    (x(5).double(), r"x is float64 and the autoencoder float32: hand in x\.to\(torch\.float32\)"),
    (x(5).half(), "x is float16 and the autoencoder float32"),
    (torch.ones(5, D_IN, dtype=torch.int64), "x is int64 and the autoencoder float32"),
    (x(5).numpy(), r"x must be a tensor, got a ndarray: torch\.from_numpy makes one"),
    ([[0.0] * D_IN], "x must be a tensor or an array of numbers, got a list"),
    (None, "x must be a tensor or an array of numbers, got None"),
    (x(5).to_sparse(), "x must be a dense tensor"),
]


@pytest.mark.parametrize("given, message", NOT_ENCODED)
def test_what_cannot_be_encoded(given, message):
    sae = train_sae(x(100), TOPK, **QUICK)
    with pytest.raises(ValueError, match=message) as caught:
        sae.encode(given)
    assert "\n" not in str(caught.value)
