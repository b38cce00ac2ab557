"""Where examples come from. What the fused engine draws is held against the same expectations as what PyTorch draws."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.toy import AtLeastOne, Between, Fixed, Groups, Independent, examples, sparse_features, unit_rows
from course_utils.toy.numba_data import TILES
from course_utils.toy.numba_random import LANES

ROWS = 400 * LANES


def drawn(kind, data, density):
    """``[row, instance, feature]``, from either engine's source."""
    if kind == "torch":
        return examples(data, ROWS, density, seed=3)
    tiles = TILES[type(data)](data, density.numpy(), ROWS, 1024, 3)
    found = []
    for i in range(len(density)):
        room = torch.empty(1, ROWS // LANES, density.shape[1], LANES).numpy()
        found.append(torch.as_tensor(tiles.block(i, 0, -(-ROWS // 1024), 1, room)[0]).permute(0, 2, 1).flatten(0, 1))
    return torch.stack(found, dim=1)


def correlation(on):
    return torch.corrcoef(on.T.float())


both = pytest.mark.parametrize("kind", ["torch", "numba"])


@both
@pytest.mark.parametrize("together", [1.0, 0.5, 0.0, -0.5, -1.0])
def test_groups_keep_the_density_and_have_the_correlation_that_is_promised(kind, together):
    p = 0.3
    x = drawn(kind, Groups(2, together=together), torch.full((1, 4), p))[:, 0]
    on = x > 0
    promised = together if together >= 0 else together * p / (1 - p)
    noise = 5 / ROWS**0.5
    assert (on.float().mean(0) - p).abs().max() < noise
    found = correlation(on)
    assert abs(found[0, 1] - promised) < noise
    assert abs(found[2, 3] - promised) < noise
    assert found[:2, 2:].abs().max() < noise  # other groups know nothing of it
    assert abs(x[on].mean() - 0.5) < noise


@both
def test_values_in_a_group_are_independent(kind):
    x = drawn(kind, Groups(2), torch.full((1, 2), 0.5))[:, 0]
    values = x[x[:, 0] > 0]
    assert abs(correlation(values)[0, 1]) < 0.03


@both
@pytest.mark.parametrize("density", [[0.05, 0.05, 0.05], [0.5, 0.1, 0.02], [0.2, 1.0, 0.3]])
def test_without_empty_rows_the_others_keep_their_shares(kind, density):
    """The oracle: draw independent features and throw the empty rows away."""
    density = torch.tensor([density])
    on = drawn(kind, AtLeastOne(), density)[:, 0] > 0
    kept = examples(Independent(), 8 * ROWS, density, seed=8)[:, 0] > 0
    kept = kept[kept.any(1)]
    pattern = 2 ** torch.arange(3)
    shares, expected = (torch.bincount((each * pattern).sum(1), minlength=8) / len(each) for each in (on, kept))
    assert shares[0] == 0
    assert (shares - expected).abs().max() < 5 * (0.25 / min(ROWS, len(kept))) ** 0.5 + 0.003


@both
def test_without_empty_rows_values_are_what_was_asked(kind):
    x = drawn(kind, AtLeastOne(Between(-1.0, 1.0)), torch.tensor([[0.3, 0.01], [0.02, 0.02]]))
    values = x[x != 0]
    assert values.min() < -0.99 and values.max() > 0.99
    assert abs(values.mean()) < 0.01 and values.square().mean().item() == pytest.approx(1 / 3, rel=0.02)


@both
def test_at_most_one_of_a_group(kind):
    density = torch.tensor([[0.2, 0.5, 0.3, 0.9]])
    on = drawn(kind, Groups(((0, 1, 2),), together=-1.0), density)[:, 0] > 0
    assert (on[:, :3].sum(1) == 1).float().mean() > 0.9999  # their densities add up to 1
    assert (on.float().mean(0) - density[0]).abs().max() < 0.01
    assert abs(correlation(on)[0, 3]) < 0.03


@both
def test_unequal_partners_come_as_often_together_as_they_can(kind):
    on = drawn(kind, Groups(((1, 2),)), torch.tensor([[0.5, 0.4, 0.1]]))[:, 0] > 0
    assert not (on[:, 2] & ~on[:, 1]).any()


@both
def test_every_instance_has_its_own_groups_strength(kind):
    on = drawn(kind, Groups(2, together=torch.tensor([1.0, -1.0])), torch.full((2, 2), 0.4)) > 0
    assert (on[:, 0, 0] == on[:, 0, 1]).all()
    assert not (on[:, 1, 0] & on[:, 1, 1]).any()


@both
@pytest.mark.parametrize(("name", "mean"), [("{1}", 1.0), ("{1,2,3}", 2.0), ("U[0.5,1]", 0.75), ("U[0,1]", 0.5)])
@pytest.mark.parametrize("maker", [Independent, lambda values: Groups(2, values=values)])
def test_what_is_on_has_its_value(kind, name, mean, maker):
    x = drawn(kind, maker(name), torch.full((1, 2), 0.2))
    assert x[x > 0].mean().item() == pytest.approx(mean, rel=0.02)
    assert (x > 0).float().mean().item() == pytest.approx(0.2, rel=0.05)
    if name == "{1,2,3}":
        assert x.unique().tolist() == [0, 1, 2, 3]


@given(st.floats(0.05, 0.5), st.floats(-1, 1), st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_density_is_what_was_asked_whatever_the_groups(p, together, size):
    if together >= 0 or size * p <= 1:
        x = examples(Groups(size, together=together), 20_000, torch.full((1, 2 * size), p))
        assert ((x > 0).float().mean((0, 1)) - p).abs().max() < 5 * (p * (1 - p) / 20_000) ** 0.5


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (Groups(3), "4 features can't be cut into groups of 3"),
        (Groups(((0, 4),)), "has feature 4; there are 0 to 3"),
        (Groups(((0, 1), (1, 2))), "feature 1 is in two groups"),
        (Groups(2, together=1.5), "between -1 and 1"),
        (Groups(2, together=-1.0), "add up to at most 1"),
        (Fixed(torch.zeros(0, 4)), "at least one row"),
        (lambda n, density, generator: torch.zeros(n, 4), r"gave \[10, 4\]; .* is \[10, 1, 4\]"),
    ],
)
def test_what_cannot_be(data, message):
    with pytest.raises(ValueError, match=message):
        examples(data, 10, torch.full((1, 4), 0.6))


def test_without_groups_features_are_independent():
    x = examples(Groups(()), 50_000, torch.full((1, 3), 0.3))[:, 0]
    assert (correlation(x > 0) - torch.eye(3)).abs().max() < 0.03


@both
def test_rows_drawn_from_a_data_set_are_its_rows_equally_often(kind):
    data = torch.arange(1.0, 6.0)[:, None] * torch.ones(1, 3)
    if kind == "torch":
        x = examples(Fixed(data, batch=ROWS), 1, torch.ones(1, 3), seed=1)[:, 0]
    else:
        x = drawn(kind, Fixed(data, batch=ROWS), torch.ones(1, 3))[:, 0]
    assert (x == x[:, :1]).all()
    counts = torch.bincount(x[:, 0].long(), minlength=6)[1:]
    assert ((counts / ROWS - 0.2).abs() < 0.02).all()


def test_a_whole_data_set_is_every_row_once():
    data = sparse_features(300, 4, density=0.5)
    assert torch.equal(examples(Fixed(data), 1, torch.ones(1, 4))[:, 0], data)


def test_unit_rows():
    x = unit_rows(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
    assert torch.allclose(x, torch.tensor([[0.6, 0.8], [0.0, 0.0]]))
