import pytest
import torch

from course_utils.toy import candidates, classify, relu_output_model, sparse_features, train
from course_utils.toy.expected import expected_loss


def grid(n_features, size=10):
    importance = torch.ones(size, n_features)
    importance[:, -1] = torch.logspace(-1, 1, size)
    return importance, torch.logspace(-2, 0, size)[:, None]


@pytest.mark.parametrize("n_features", [2, 3])
@pytest.mark.parametrize("density", [0.05, 0.4, 1.0])
def test_closed_forms_against_a_million_examples(n_features, density):
    importance = torch.tensor([1.0, 0.8, 0.5])[:n_features]
    found = candidates(n_features, importance, density)
    instances = len(found.names)
    x = sparse_features(1_000_000 // instances, n_features, density=density, n_instances=instances, seed=3)
    x_hat = relu_output_model(found.W, found.b, x)
    each = (importance * (x - x_hat) ** 2).double().mean(2)
    noise = each.std(0) / len(each) ** 0.5
    assert ((each.mean(0) - found.loss).abs() <= 5 * noise).all()


def test_the_expected_loss_of_any_weights():
    g = torch.Generator().manual_seed(0)
    W = torch.randn(4, 2, 3, generator=g, dtype=torch.float64)
    b = 0.2 * torch.randn(4, 3, generator=g, dtype=torch.float64)
    importance, density = torch.rand(4, 3, generator=g, dtype=torch.float64), torch.full((4,), 0.5, dtype=torch.float64)
    x = sparse_features(500_000, 3, density=0.5, n_instances=4, seed=1)
    each = (importance * (x - relu_output_model(W.float(), b.float(), x)) ** 2).double().mean(2)
    noise = each.std(0) / len(each) ** 0.5
    assert ((each.mean(0) - expected_loss(W, b, importance, density)).abs() <= 5 * noise).all()


@pytest.mark.parametrize("density", [0.03, 0.3, 1.0])
def test_the_pair_has_its_best_length_and_bias(density):
    importance = torch.ones(2, dtype=torch.float64)
    pair = candidates(2, importance, density)
    W, b = pair.W[2].double(), pair.b[2].double()
    for dW, db in [(0.01, 0), (-0.01, 0), (0, 0.01), (0, -0.01)]:
        nearby = expected_loss(W * (1 + dW), b + db, importance, torch.tensor(density, dtype=torch.float64))
        assert nearby > pair.loss[2]


def test_dropping_costs_the_variance():
    found = candidates(2, torch.tensor([1.0, 0.5]), 0.4)
    assert found.names == ("only feature 1", "only feature 2", "antipodal pair")
    variance = 0.4 / 3 - 0.4**2 / 4
    assert found.loss[:2].tolist() == pytest.approx([0.5 * variance / 2, variance / 2])
    assert found.b[0].tolist() == pytest.approx([0, 0.2])


def test_importance_decides_when_dense_and_sparse_features_pair_up():
    importance, density = grid(2)
    best = candidates(2, importance, density).best
    assert (best[0] == 2).all()  # density 0.01
    assert best[-1].tolist() == [0] * 5 + [1] * 5  # density 1


@pytest.mark.parametrize("n_features", [2, 3])
def test_candidates_are_labelled_as_themselves_however_turned(n_features):
    importance, density = grid(n_features, 4)
    found = candidates(n_features, importance, density)
    turn = torch.linalg.qr(torch.randn(n_features - 1, n_features - 1, generator=torch.Generator().manual_seed(1)))[0]
    labels = classify(turn @ found.W)
    assert (labels == torch.arange(len(found.names))[:, None, None]).all()


@pytest.mark.parametrize(
    ("shorter", "name"), [(0.0, 0), (-0.3, 0), (-0.36, -1), (-0.48, -1), (-0.52, 2), (-1.0, 2), (0.8, -1)]
)
def test_weights_between_the_candidates_are_none_of_these(shorter, name):
    assert classify(torch.tensor([[1.0, shorter]])) == name
    assert classify(3 * torch.tensor([[1.0, shorter]])) == name


def test_no_arrow_at_all_is_none_of_these():
    assert classify(torch.zeros(5, 2, 3)).tolist() == [-1] * 5


def test_three_arrows_120_degrees_apart_are_none_of_these():
    angle = torch.tensor([0.0, 120.0, 240.0]).deg2rad()
    assert classify(torch.stack([angle.cos(), angle.sin()])) == -1


def test_none_of_these_agrees_with_no_theory():
    found = candidates(3, torch.tensor([1.0, 1.0, 0.5]), 0.1)
    assert not found.agrees(torch.tensor(-1))


def test_a_tie_is_no_boundary():
    found = candidates(3, torch.tensor([1.0, 1.0, 0.5]), 0.1)
    pair_13, pair_23 = torch.tensor(4), torch.tensor(5)
    assert found.agrees(pair_13)
    assert found.agrees(pair_23)
    assert not found.agrees(torch.tensor(3))
    assert found.margin > 0.1


@pytest.mark.parametrize("n_features", [2, 3])
def test_training_finds_the_best_candidate(n_features):
    importance, density = grid(n_features, 6)
    tries, cells = 8, (6, 6)
    result = train(
        n_features,
        n_features - 1,
        importance=importance.expand(tries, *cells, n_features).reshape(-1, n_features),
        density=density.expand(tries, *cells).reshape(-1, 1),
        steps=1000,
        lr=1e-2,
        progress=False,
    )
    exact = expected_loss(
        result.W.double(), result.b.double(), result.importance.double(), result.density[:, 0].double()
    )
    loss = exact.reshape(tries, *cells)  # the logged loss is too noisy to choose between tries
    W = result.W.reshape(tries, *cells, n_features - 1, n_features)
    labels = classify(W).gather(0, loss.argmin(0, keepdim=True))[0]
    found = candidates(n_features, importance, density)
    away = found.margin > 0.1
    assert away.float().mean() > 0.9
    assert found.agrees(labels)[away].float().mean() >= 0.95


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((4, 1.0, 0.5), "2 or 3 features"),
        ((2, torch.ones(3), 0.5), "3 features in its last dimension"),
        ((2, 0.0, 0.5), "above 0"),
        ((2, 1.0, 0.0), "nothing to learn"),
        ((2, 1.0, 1.1), "between 0 and 1"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        candidates(*arguments)


def test_classify_knows_two_shapes():
    with pytest.raises(ValueError, match="not 5 in 2"):
        classify(torch.zeros(2, 5))
