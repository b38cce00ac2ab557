"""Tasks: what is drawn and what is wanted."""

import pytest
import torch

from course_utils.computing import SIGNED, Task, draw_layers, elementwise, pairwise
from course_utils.computing.losses import LOSSES, loss_of
from course_utils.toy import Fixed, Independent, sparse_features

PAIRS = {
    "product": lambda u, v: u * v,
    "max": max,
    "min": min,
    "max_abs": lambda u, v: max(abs(u), abs(v)),
    "and": lambda u, v: float(u > 0 and v > 0),
    "or": lambda u, v: float(u > 0 or v > 0),
    "xor": lambda u, v: float((u > 0) is not (v > 0)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_outputs_of_pairs_one_by_one(name):
    pairs = [(0, 3), (2, 1), (3, 3), (1, 2)]
    x = torch.tensor([[0.5, -1.0, 0.0, 0.25], [1.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    expected = [[PAIRS[name](row[i].item(), row[j].item()) for i, j in pairs] for row in x]
    assert pairwise(4, name, pairs=pairs).target(x).tolist() == expected


def test_pairs_are_neighbours_if_nothing_is_said():
    task = pairwise(6, "product", Independent("{1}"))
    x, y = task.examples(500, 0.5, seed=3)
    assert (task.n_in, task.n_out) == (6, 3)
    assert torch.equal(y, x[..., [0, 2, 4]] * x[..., [1, 3, 5]])


def test_elementwise():
    x = torch.tensor([-2.0, 0.0, 3.0])
    assert elementwise(3, "abs").target(x).tolist() == [2.0, 0.0, 3.0]
    assert elementwise(3, "square").target(x).tolist() == [4.0, 0.0, 9.0]
    assert elementwise(3, "relu").target(x).tolist() == [0.0, 0.0, 3.0]
    assert elementwise(3, torch.sign).target(x).tolist() == [-1.0, 0.0, 1.0]


def test_signed_features_are_on_with_their_density_and_have_both_signs():
    density = torch.tensor([[0.5, 0.1], [0.02, 1.0]])
    x, y = elementwise(2, "abs").examples(100_000, density, seed=1)
    assert ((x != 0).float().mean(0) - density).abs().max() < 0.01
    assert torch.equal(y, x.abs())
    on = x[x != 0]
    assert on.min() < -0.99 and on.max() > 0.99 and abs(on.mean()) < 0.01


def test_a_sampler_may_be_a_function_a_maker_or_a_name():
    def ones(batch_size, density, generator):
        return torch.ones(batch_size, *density.shape)

    x = sparse_features(7, 2, density=0.5)
    for sample in (ones, SIGNED, "pairs together"):
        drawn, _ = Task(2, 2, sample, torch.abs).examples(5, torch.full((3, 1), 0.5))
        assert drawn.shape == (5, 3, 2)
    assert torch.equal(Task(2, 2, Fixed(x), torch.abs).examples(5)[0][:, 0], x)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: elementwise(2, "ab"), 'unknown function "ab": did you mean "abs"?'),
        (lambda: pairwise(3, "and"), "3 inputs are no pairs of neighbours"),
        (lambda: pairwise(3, "and", pairs=[(0, 3)]), "inputs 0 to 2"),
        (lambda: pairwise(3, "and", pairs=[]), "pairs must be some of the inputs"),
        (lambda: Task(2, 2, 3, torch.abs), "a function or a maker of toy.data, got int"),
        (lambda: Task(2, 2, "pairs to gether", torch.abs), 'did you mean "pairs together"?'),
        (lambda: Task(2, 2, Fixed([torch.ones(1, 2), torch.ones(2, 2)]), torch.abs), "the same number of rows"),
        (lambda: draw_layers((3,)), "sizes are those of the input"),
        (lambda: draw_layers((3, 2), scale=(1.0, 2.0)), "1 layers, but 2 scales"),
        (lambda: loss_of("l5"), 'unknown loss "l5": did you mean "l4"?'),
    ],
)
def test_what_cannot_be(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_layers_are_drawn_with_the_variance_that_is_said():
    hidden, output = draw_layers((30, 50, 20), 100, seed=1, scale=(1.0, 2.0))
    assert hidden.W.var().item() == pytest.approx(2 / 80, rel=0.02)
    assert output.W.var().item() == pytest.approx(4 * 2 / 70, rel=0.02)
    assert not hidden.b.any() and not output.b.any()
    same, positive = draw_layers((30, 50, 20), 100, seed=1, positive_output=0.3)
    assert torch.equal(same.W, hidden.W)
    assert positive.W.min() >= 0
    assert positive.W.square().mean().item() == pytest.approx(0.09 / 50, rel=0.02)


@pytest.mark.parametrize("name", LOSSES)
def test_slopes_of_losses_are_what_autograd_finds(name):
    g = torch.Generator().manual_seed(0)
    output, weight = torch.randn(9, 3, 4, generator=g), torch.rand(3, 4, generator=g)
    target = torch.softmax(torch.randn(9, 3, 4, generator=g), dim=-1)
    named, own = LOSSES[name], loss_of(lambda o, y: LOSSES[name].f(o, y))
    assert torch.allclose(named.slope(output, target, weight), own.slope(output, target, weight), atol=1e-6)


def test_a_cross_entropy_is_that_of_pytorch():
    g = torch.Generator().manual_seed(0)
    output, label = torch.randn(9, 4, generator=g), torch.randint(4, (9,), generator=g)
    found = loss_of("cross_entropy").f(output, torch.nn.functional.one_hot(label, 4).float()).sum(-1)
    assert torch.allclose(found, torch.nn.functional.cross_entropy(output, label, reduction="none"))
