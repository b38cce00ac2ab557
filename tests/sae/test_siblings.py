"""Cases beside those of ``test_handed_in``: found by trying what nobody had listed."""

import json

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from course_utils.sae import SAEConfig, train_sae
from course_utils.sae.matching import cosines, match, max_cosines
from course_utils.sae.metrics import (
    density_histogram,
    detection,
    explained_variance,
    feature_shrinkage,
    three_definitions,
)

D_IN, D_SAE = 8, 12
TOPK = SAEConfig(architecture="topk", d_in=D_IN, d_sae=D_SAE, k=2)
QUICK = {"steps": 5, "batch_size": 32, "progress": False}


def x(*shape, seed=0):
    return torch.randn(*shape, D_IN, generator=torch.Generator().manual_seed(seed))


class Table:
    """Like a pandas DataFrame: iterating gives the names of its columns."""

    def to_numpy(self):
        return x(100).numpy()

    def __iter__(self):
        return iter("abcdefgh")


MASKED = np.ma.masked_array(x(100).numpy(), mask=x(100).numpy() > 2)
WRONG = [
    (MASKED, r"activations must hold all its numbers, got some masked: say with filled\(…\)"),
    (torch.nested.nested_tensor([x(3), x(4)]), r"got a nested one: hand in torch.cat\(x.unbind\(\)\)"),
    (Table(), r"got a Table: hand in its to_numpy\(\)"),
    (memoryview(x(100).numpy()), "got a memoryview: hand in a tensor"),
    (bytearray(b"1234"), "got a bytearray: hand in a tensor"),
]


@pytest.mark.filterwarnings("ignore:.*nested tensors")  # PyTorch's own: they are a prototype
@pytest.mark.parametrize("given, message", WRONG, ids=["masked", "nested", "table", "memoryview", "bytearray"])
def test_what_are_no_activations_either(given, message):
    with pytest.raises(ValueError, match=message) as caught:
        train_sae(given, TOPK, **QUICK)
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_a_matrix_of_numpy_and_an_array_with_nothing_masked_are_arrays():
    plain = train_sae(x(100).numpy(), TOPK, **QUICK)
    for given in (np.matrix(x(100).numpy()), np.ma.masked_array(x(100).numpy())):
        assert torch.equal(plain.W_dec, train_sae(given, TOPK, **QUICK).W_dec)


@pytest.mark.parametrize("groups", [torch.tensor(12), np.array(12)])
def test_groups_that_are_one_number(groups):
    with pytest.raises(ValueError, match="matryoshka needs groups, such as"):
        SAEConfig(architecture="matryoshka", d_in=D_IN, d_sae=D_SAE, k=1, groups=groups)


def test_a_list_for_a_number_of_steps():
    with pytest.raises(ValueError, match="resample_every must be a whole number"):
        SAEConfig(architecture="relu", d_in=D_IN, d_sae=D_SAE, l1=1, resample_every=np.array([4, 4]))


TAMPERED = {
    "a step before the first": (lambda about: about | {"step": -1}, lambda t: t, "after step -1 of 5"),
    "a step after the last": (lambda about: about | {"step": 6}, lambda t: t, "after step 6 of 5"),
    "True for a step": (lambda about: about | {"step": True}, lambda t: t, "after step True"),
    "a tensor too many": (lambda about: about, lambda t: t | {"weights.more": torch.ones(3)}, "called weights.more"),
    "another type": (
        lambda about: about,
        lambda t: t | {"silent": t["silent"].float()},
        "silent should be torch.int64",
    ),
    "whole weights": (lambda about: about, lambda t: t | {"weights.W_dec": t["weights.W_dec"].int()}, "torch.float32"),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_a_state_that_cannot_be_is_refused_with_its_path(tmp_path, case):
    about, tensors, message = TAMPERED[case]
    file = tmp_path / "state"
    train_sae(x(100), TOPK, **QUICK, state_file=file)
    found, said = load_file(file), json.loads(safe_open(file, "pt").metadata()["about"])
    save_file(tensors(found), file, {"about": json.dumps(about(said))})
    with pytest.raises(ValueError, match=f"state is damaged: .*{message}"):
        train_sae(x(100), TOPK, **QUICK, state_file=file)


def test_nothing_is_explained_where_there_is_no_number():
    lost = x(20).index_fill(0, torch.tensor([3]), torch.nan)
    assert all(np.isnan(value) for value in three_definitions(lost, x(20)).values())
    assert explained_variance(x(20), lost).isnan()


@pytest.mark.parametrize("labels", [x(5, 4) > 0, x(2, 10) > 0])
def test_rows_that_lie_otherwise_are_not_paired(labels):
    f = x(4, 5).relu()
    with pytest.raises(ValueError, match=r"rows of labels must lie as those of f, \[4, 5\], got"):
        detection(f, labels)
    flat = x(20) > 0
    assert torch.equal(detection(f, flat).f1, detection(f.flatten(0, 1), flat).f1)


def test_any_number_above_0_is_a_label():
    f, labels = x(50).relu(), x(50, seed=1) > 0
    for given in (2 * labels.int(), 0.5 * labels):
        for found, expected in zip(detection(f, given), detection(f, labels)):
            torch.testing.assert_close(found, expected.to(found), equal_nan=True)


def test_one_latent_does_not_stand_for_all_features_unasked():
    with pytest.raises(ValueError, match=r"latent_of must have the shape of a row of values, \[8\], got \[1\]"):
        feature_shrinkage(x(20).relu(), x(20), torch.tensor([0]), torch.ones(D_IN))
    with pytest.raises(ValueError, match=r"decoder_norms must have the shape of a row of f, \[8\], got \[8, 2\]"):
        feature_shrinkage(x(20).relu(), x(20), torch.arange(D_IN), torch.ones(D_IN, 2))


def test_a_frequency_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="a frequency is a fraction"):
        density_histogram(torch.tensor([0.5, torch.nan]))
    with pytest.raises(ValueError, match="bins must be a whole number of at least 1, got 0"):
        density_histogram(torch.tensor([0.5]), bins=0)


@pytest.mark.parametrize("factor", [1e-30, 1e-25, 1e25, 1e30])
def test_a_cosine_knows_no_length(factor):
    a, b = x(5), x(6, seed=1)
    torch.testing.assert_close(cosines(factor * a, b), cosines(a, b))


def test_cosines_of_half_precision_double_and_arrays():
    a, b = x(5), x(6, seed=1)
    for given in ((a.half(), b.half()), (a.double(), b), (a.numpy(), b.numpy())):
        torch.testing.assert_close(cosines(*given).float(), cosines(a, b), atol=2e-3, rtol=0)
    tiny = (1e-5 * a).half()
    torch.testing.assert_close(cosines(tiny, b), cosines(tiny.float(), b))


@pytest.mark.parametrize(
    "directions, W_dec, message",
    [
        (x(5)[:, :7], x(6), "directions have 7 numbers, W_dec 8"),
        (x(0), x(6), r"directions must be \[row, d_in\] with one row or more, got \[0, 8\]"),
        (x(5), x(2, 6), r"W_dec must be \[row, d_in\] with one row or more, got \[2, 6, 8\]"),
        (x(5).tolist(), x(6), "directions must be a tensor or an array of numbers, got a list"),
    ],
)
def test_what_has_no_cosines(directions, W_dec, message):
    with pytest.raises(ValueError, match=message):
        max_cosines(directions, W_dec)


def test_a_matching_is_of_a_table():
    with pytest.raises(ValueError, match=r"cosines must be \[feature, latent\], got \[2, 2, 3\]"):
        match(torch.zeros(2, 2, 3))


@pytest.mark.parametrize("architecture", ["relu", "gated", "jumprelu"])
@pytest.mark.parametrize("scale", [1e-4, 1e-3])
def test_a_target_and_activations_that_are_all_but_nothing(architecture, scale):
    """λ moves by a factor of e in a step, at most: it used to leave the range of numbers within four steps."""
    config = SAEConfig(architecture=architecture, d_in=D_IN, d_sae=D_SAE, l0_target=3)
    log = train_sae(scale * x(500), config, **QUICK | {"steps": 60}).log
    assert all(torch.isfinite(column).all() for column in log)


def test_a_target_that_was_missed_is_said():
    config = SAEConfig(architecture="relu", d_in=D_IN, d_sae=D_SAE, l0_target=3)
    with pytest.warns(UserWarning, match=r"L0 is .* at the end, not l0_target=3: .* x / x\.std\(\)"):
        train_sae(1e-3 * x(500), config, **QUICK | {"steps": 200})


@pytest.mark.parametrize("given", [torch.zeros(500, D_IN), 1e-25 * x(500)])
def test_no_row_is_worse_than_another(given):
    """Dead latents are pointed at bad rows; of these float32 can't tell one."""
    config = SAEConfig(architecture="relu", d_in=D_IN, d_sae=D_SAE, l1=0.1, resample_every=20, dead_after=32)
    log = train_sae(given, config, **QUICK | {"steps": 60}).log
    assert torch.isfinite(log.loss).all()
