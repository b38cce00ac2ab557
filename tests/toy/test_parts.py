"""The exchangeable parts of a training, each by itself."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.toy import L2, Between, Dropout, Levels, Optimiser, adamw, sgd
from course_utils.toy.activations import ACTIVATIONS, activation_of
from course_utils.toy.names import named
from course_utils.toy.optimisers import optimiser_of, warm_up_and_cosine
from course_utils.toy.regularisers import penalty_gradient
from course_utils.toy.values import VALUES, spread

U = torch.linspace(0.0005, 0.9995, 1000)


def test_a_name_is_looked_up_and_a_part_is_itself():
    assert named("fruit", "pear", {"pear": 1}) == 1
    assert named("fruit", 7, {"pear": 1}) == 7


@given(st.text())
def test_an_unknown_name_gets_the_nearest(name):
    if name not in ("apple", "pear"):
        with pytest.raises(ValueError, match=r'did you mean "(apple|pear)"'):
            named("fruit", name, {"apple": 1, "pear": 2})


@pytest.mark.parametrize(
    ("name", "mean", "square"),
    [("U[0,1]", 1 / 2, 1 / 3), ("U[0.5,1]", 3 / 4, 7 / 12), ("{1}", 1, 1), ("{1,2,3}", 2, 14 / 3)],
)
def test_values_have_their_moments(name, mean, square):
    values = VALUES[name](U)
    assert values.mean().item() == pytest.approx(mean, rel=1e-3)
    assert (values**2).mean().item() == pytest.approx(square, rel=2e-3)


def test_levels_are_equally_likely_and_the_last_number_has_one_too():
    assert Levels((4.0, 5.0))(torch.tensor([0.0, 0.49, 0.5, 1.0])).tolist() == [4, 4, 5, 5]
    with pytest.raises(ValueError, match="at least one"):
        Levels(())


def test_what_is_off_stays_off():
    assert spread(torch.tensor([0.0, 0.5]), Between(2.0, 4.0)).tolist() == [0, 3]


@given(st.sampled_from(["relu", "linear", "gelu", torch.tanh, torch.nn.functional.softplus]), st.floats(-6, 6))
@settings(deadline=None)
def test_slopes_are_those_of_autograd(part, at):
    activation = activation_of(part)
    z = torch.tensor([at if abs(at) > 1e-3 else 1.0], dtype=torch.float64, requires_grad=True)
    activation(z).sum().backward()
    assert activation.slope(z.detach()).item() == pytest.approx(z.grad.item(), abs=1e-6)


def test_an_activation_has_a_name():
    assert [activation_of(name).name for name in ACTIVATIONS] == list(ACTIVATIONS)
    assert activation_of(torch.tanh).name == "tanh"
    assert activation_of(torch.nn.ELU()).name == "ELU"


def test_l2_and_any_other_penalty_have_the_gradient_of_autograd():
    W = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    each = L2(torch.tensor([0.5, -0.1]))
    assert each(W).tolist() == pytest.approx([0.5 * (W[0] ** 2).sum().item(), -0.1 * (W[1] ** 2).sum().item()])
    assert torch.allclose(penalty_gradient(each, W), penalty_gradient(lambda V: each(V), W))
    assert torch.allclose(penalty_gradient(lambda V: V.abs().sum((1, 2)), W), W.sign())


def test_dropout_keeps_the_mean():
    mask = Dropout(torch.tensor([0.0, 0.5])).masks(2)(torch.empty(2, 20_000, 3), torch.Generator().manual_seed(0))
    assert (mask[0] == 1).all()
    assert mask[1].unique().tolist() == [0, 2]
    assert mask[1].mean().item() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dropout(1.0).rates(2), "below 1"),
        (lambda: L2(torch.ones(3)).strengths(2), r"one for every instance: got \[3\]"),
        (lambda: L2(float("nan")).strengths(2), "finite"),
        (lambda: Optimiser(betas=(1.0, 0.9)), "below 1"),
    ],
)
def test_numbers_that_make_no_sense(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_warm_up_and_cosine():
    factors = [warm_up_and_cosine(share / 1000) for share in range(1, 1001)]
    assert factors.index(max(factors)) == 49
    assert max(factors) == 1.0
    assert factors[-1] == pytest.approx(0)
    assert adamw().rates(0.01, 1000)[:2].tolist() == pytest.approx([0.01 / 50, 0.02 / 50])


def test_optimisers_by_name():
    assert optimiser_of("sgd") == sgd()
    assert optimiser_of("adam").decay == 0
    assert optimiser_of(sgd(0.5)).betas == (0.5, 0.0)
