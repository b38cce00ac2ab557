"""Training of networks with hidden layers, against what a learner writes with autograd and ``torch.optim``."""

import signal

import pytest
import torch

from course_utils import toy
from course_utils.computing import Layer, Task, draw_layers, elementwise, pairwise, train, training
from course_utils.computing.losses import loss_of
from course_utils.computing.numba_engine import NumbaEngine
from course_utils.computing.tasks import ELEMENTWISE, PAIRWISE

QUIET = {"progress": False, "device": "cpu"}
IMPORTANCE = torch.tensor([[1.0, 0.5], [0.2, 1.0], [1.0, 1.0]])


def data(rows, n_in, density=1.0, seed=0):
    """Signed features, ``[row, n_in]``, the same at every step."""
    return toy.examples(toy.Independent(toy.Between(-1.0, 1.0)), rows, torch.full((1, n_in), density), seed=seed)[:, 0]


def plain_loop(layers, x, y, loss, steps, lr, f=torch.relu, out=lambda z: z, held=()):
    """One network, one layer after the other; ``held``: (layer, 0 for W or 1 for b) that stay."""
    layers = [[part.clone() for part in layer] for layer in layers]
    moved = [layer[part] for l, layer in enumerate(layers) for part in (0, 1) if (l, part) not in held]
    adam = torch.optim.Adam([part.requires_grad_() for part in moved], lr=lr)
    for _ in range(steps):
        a = x
        for l, (W, b) in enumerate(layers):
            z = a @ W.T + b
            a = out(z) if l == len(layers) - 1 else f(z)
        adam.zero_grad()
        loss(a, y).backward()
        adam.step()
    return [Layer(W.detach(), b.detach()) for W, b in layers]


def apart(found, expected, i):
    """The widest gap between instance i of a result and one network."""
    return max((a[i] - b).abs().max() for one, two in zip(found, expected, strict=True) for a, b in zip(one, two))


def on_torch(monkeypatch, *arguments, **options):
    """``train`` as it goes where numba is missing."""
    with monkeypatch.context() as patch:
        patch.setattr(training, "find_spec", lambda _: None)
        return train(*arguments, **options)


WAYS = {
    "one layer": ((), {}, {}),
    "two layers": ((4,), {}, {}),
    "gelu, three": ((4, 3), {"activation": "gelu"}, {"f": torch.nn.functional.gelu}),
    "your own functions": ((4,), {"activation": torch.tanh, "output": torch.sin}, {"f": torch.tanh, "out": torch.sin}),
    "relu": ((4,), {"output": "relu"}, {"out": torch.relu}),
    "no biases": ((4,), {"hidden_bias": False, "output_bias": False}, {"held": {(0, 1), (1, 1)}}),
    "no hidden bias": ((4, 3), {"hidden_bias": False}, {"held": {(0, 1), (1, 1)}}),
    "first frozen": ((4, 3), {"frozen": (0,)}, {"held": {(0, 0), (0, 1)}}),
    "last frozen": ((4,), {"frozen": [-1]}, {"held": {(1, 0), (1, 1)}}),
    "between frozen": ((4, 3), {"frozen": (1,)}, {"held": {(1, 0), (1, 1)}}),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("loss", ["mse", "l4", "cross_entropy", "binary_cross_entropy"])
def test_on_the_same_inputs_it_is_the_plain_loop(way, loss):
    hidden, options, plain = WAYS[way]
    x = data(50, 5)
    task = Task(5, 2, toy.Fixed(x), lambda x: torch.softmax(x[..., :2], dim=-1))
    start = draw_layers((5, *hidden, 2), 3, seed=1)
    how = {"importance": IMPORTANCE, "start": start, "steps": 30, "lr": 0.01, "loss": loss}
    if not hidden:
        how["n_instances"] = 3
    found = train(task, hidden, **how, **options, **QUIET)
    part = loss_of(loss)
    for i in range(3):

        def total(output, target, i=i):
            each = IMPORTANCE[i] * part.f(output, target)
            return each.sum(1).mean() if loss == "cross_entropy" else each.mean()

        one = [Layer(W[i], b[i]) for W, b in start]
        expected = plain_loop(one, x, task.target(x), total, 30, 0.01, **plain)
        assert apart(found.layers, expected, i) < 1e-4
        first = total(_output(one, x, plain), task.target(x))
        assert found.loss[0, i].item() == pytest.approx(first.item(), rel=1e-4)


def _output(layers, x, plain):
    for l, (W, b) in enumerate(layers):
        x = x @ W.T + b
        x = plain.get("f", torch.relu)(x) if l < len(layers) - 1 else plain.get("out", lambda z: z)(x)
    return x


def test_a_loss_of_your_own_is_the_one_with_a_name(monkeypatch):
    task, how = elementwise(4, "abs"), {"n_instances": 2, "steps": 30, "seed": 3} | QUIET
    named = on_torch(monkeypatch, task, 3, **how)
    own = on_torch(monkeypatch, task, 3, loss=lambda output, target: (output - target) ** 2, **how)
    assert torch.allclose(named.layers[0].W, own.layers[0].W, atol=1e-5)


# features, neurons, rows, density; the third and the fourth are large and sparse enough to take entries one by one
SIZES = [
    (4, 3, 300, 0.5),
    (9, 5, 77, 0.2),
    (60, 12, 200, 0.02),
    (61, 33, 300, 0.035),
    (5, 6, 1500, 1.0),
    (1, 1, 1, 1.0),
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("f", ELEMENTWISE)
@pytest.mark.parametrize("output", ["relu", "linear"])
@pytest.mark.parametrize("biases", [(True, True), (False, True), (True, False)])
def test_both_engines_are_the_same_on_the_same_inputs(monkeypatch, size, f, output, biases):
    n, hidden, rows, density = size
    task = elementwise(n, f, toy.Fixed([data(rows, n, density, seed) for seed in (1, 2)]))
    how = {"importance": 0.9 ** torch.arange(n), "n_instances": 2, "output": output, "steps": 30, "lr": 0.01}
    how |= {"hidden_bias": biases[0], "output_bias": biases[1]} | QUIET
    quick, slow = train(task, hidden, **how), on_torch(monkeypatch, task, hidden, **how)
    assert (quick.engine, slow.engine) == ("numba", "torch")
    for one, two in zip(quick.layers, slow.layers, strict=True):
        assert torch.allclose(one.W, two.W, atol=1e-5) and torch.allclose(one.b, two.b, atol=1e-5)
    assert torch.allclose(quick.loss, slow.loss, rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize("f", PAIRWISE)
def test_both_engines_are_the_same_on_pairs(monkeypatch, f):
    task = pairwise(6, f, toy.Fixed(data(300, 6, 0.5)), pairs=[(0, 5), (1, 2), (3, 3), (2, 1), (4, 0)])
    how = {"steps": 30, "optimiser": toy.adamw(torch.tensor([0.0, 0.5])), "n_instances": 2} | QUIET
    quick, slow = train(task, 4, **how), on_torch(monkeypatch, task, 4, **how)
    assert (quick.engine, slow.engine) == ("numba", "torch")
    assert torch.allclose(quick.layers[0].W, slow.layers[0].W, atol=1e-5)
    assert torch.allclose(quick.layers[1].W, slow.layers[1].W, atol=1e-5)


SIGNED = toy.Between(-1.0, 1.0)


@pytest.mark.parametrize("sample", [toy.Independent(SIGNED), toy.AtLeastOne(SIGNED), toy.Groups(2, values=SIGNED)])
def test_on_fresh_inputs_both_engines_end_with_the_same_loss(monkeypatch, sample):
    """Eight starts, the same for both, other inputs: a start may stand between two minima, so medians are compared."""
    task, start = elementwise(6, "abs", sample), draw_layers((6, 6, 6), 8, seed=1, positive_output=1.0)
    how = {"density": 0.2, "start": start, "output": "relu", "steps": 1200} | QUIET
    found = train(task, 6, **how), on_torch(monkeypatch, task, 6, **how)
    assert [each.engine for each in found] == ["numba", "torch"]
    x, y = task.examples(50_000, 0.2, seed=9)
    quick, slow = (((each(x) - y) ** 2).mean((0, 2)).sort().values for each in found)
    assert (quick / slow).median().item() == pytest.approx(1, abs=0.1)


def test_the_number_of_threads_and_of_other_instances_changes_nothing():
    job = []
    choose = training.choose_engine

    def kept(each, device=None):
        job.append(each)
        return choose(each, device=device)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "choose_engine", kept)
        train(elementwise(5, "abs"), 4, density=0.3, n_instances=7, steps=1, **QUIET)
    one, four = (NumbaEngine(job[0]._replace(rates=torch.full((9,), 0.01)), threads=n) for n in (1, 4))
    assert (one.run(9) == four.run(9)).all()
    for a, b in zip(one.layers, four.layers, strict=True):
        assert torch.equal(a.W, b.W) and torch.equal(a.b, b.b)


def no_target(x):
    return x.abs()


@pytest.mark.parametrize(
    ("task", "options", "why"),
    [
        (elementwise(4, "abs"), {"activation": "gelu"}, "no gelu in the hidden layer"),
        (elementwise(4, "abs"), {"output": torch.tanh}, "no tanh at the output"),
        (elementwise(4, "abs"), {"loss": "l4"}, "no loss l4"),
        (elementwise(4, "abs"), {"frozen": (0,)}, "trains both layers"),
        (elementwise(4, "abs"), {"n_hidden": (3, 3)}, "one hidden layer"),
        (elementwise(4, no_target), {}, "no target but those"),
        (elementwise(4, "abs", lambda n, p, g: torch.ones(n, *p.shape)), {}, "a function of your own"),
        (elementwise(4, "abs", toy.Independent(torch.sqrt)), {}, "no values from a function"),
    ],
)
def test_what_the_fused_engine_declines_pytorch_does_and_the_result_says_so(task, options, why):
    result = train(task, **({"n_hidden": 3, "steps": 2} | options), **QUIET)
    assert result.engine == "torch"
    assert why in result.why


def test_a_result_is_what_its_layers_say():
    task = elementwise(4, "abs")
    result = train(task, (3, 5), n_instances=2, output="relu", steps=5, **QUIET)
    x, _ = task.examples(6, torch.full((2, 1), 0.5), seed=1)
    for i in range(2):
        (A, a), (B, b), (C, c) = ((W[i], b[i]) for W, b in result.layers)
        for row in range(6):
            first = (A @ x[row, i] + a).relu()
            second = (B @ first + b).relu()
            assert torch.allclose(result.hidden(x)[0][row, i], first, atol=1e-6)
            assert torch.allclose(result.hidden(x)[1][row, i], second, atol=1e-6)
            assert torch.allclose(result(x)[row, i], (C @ second + c).relu(), atol=1e-6)
    assert torch.equal(result(x[:, 0])[:, 1], result(x[:, :1])[:, 1])
    assert torch.allclose(result[1](x[:, 1]), result(x)[:, 1:], atol=1e-6)
    assert torch.equal(result.pick([1, 0]).layers[0].W, result.layers[0].W.flip(0))
    assert torch.equal(result.pick(torch.tensor([False, True])).loss, result.loss[:, 1:])
    assert len(list(result)) == len(result) == 2
    with pytest.raises(IndexError, match="no number 2"):
        result[2]
    with pytest.raises(ValueError, match=r"must be \[batch, 4\] or \[batch, 2, 4\]"):
        result(torch.zeros(5, 3, 4))


def test_a_result_trains_on_and_layers_are_where_it_begins():
    task = elementwise(4, "abs")
    first = train(task, 3, density=0.3, n_instances=3, steps=200, **QUIET)
    best = first[int(first.loss[-1].argmin())]
    more = train(task, 3, density=torch.full((5, 1), 0.3), start=best, steps=1, lr=1e-9, **QUIET)
    assert len(more) == 5
    for a, b in zip(more.layers, best.layers, strict=True):
        assert torch.allclose(a.W, b.W.expand_as(a.W), atol=1e-6) and torch.allclose(a.b, b.b.expand_as(a.b), atol=1e-6)
    assert len(train(task, 3, start=first.layers, steps=1, **QUIET)) == 3
    small, large = (train(task, 3, start=s, steps=1, lr=1e-9, **QUIET).layers[0].W for s in (0.1, 1.0))
    assert torch.allclose(small, 0.1 * large, atol=1e-6)


def test_a_frozen_layer_keeps_its_every_digit():
    start = draw_layers((4, 3, 4), 1, seed=2)
    result = train(elementwise(4, "abs"), 3, start=start, frozen=(0,), optimiser="adamw", steps=20, **QUIET)
    assert torch.equal(result.layers[0].W, start[0].W)
    assert not torch.equal(result.layers[1].W, start[1].W)


@pytest.mark.parametrize("engine", ["numba", "torch"])
def test_the_same_seed_gives_the_same_and_another_one_does_not(monkeypatch, engine):
    def once(seed):
        how = {"density": 0.3, "n_instances": 2, "steps": 20, "seed": seed} | QUIET
        run = train(elementwise(4, "abs"), 3, **how) if engine == "numba" else None
        return run or on_torch(monkeypatch, elementwise(4, "abs"), 3, **how)

    assert torch.equal(once(1).layers[1].W, once(1).layers[1].W)
    assert not torch.equal(once(1).layers[1].W, once(2).layers[1].W)


def test_logs_come_where_asked_and_an_interrupt_returns_what_there_is(monkeypatch):
    assert train(elementwise(4, "abs"), 3, steps=100, log_at=30, **QUIET).steps.tolist() == [0, 30, 60, 90, 100]
    calls, run = iter(range(100)), NumbaEngine.run

    def interrupted(self, steps):
        if next(calls) == 3:
            signal.default_int_handler(signal.SIGINT, None)
        return run(self, steps)

    monkeypatch.setattr(NumbaEngine, "run", interrupted)
    result = train(elementwise(4, "abs"), 3, n_instances=2, steps=100, log_at=30, **QUIET)
    assert result.steps.tolist() == [0, 30, 60] and result.loss.shape == (3, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_hidden": 0}, r"n_hidden\[0\] must be a whole number of at least 1, got 0"),
        ({"n_hidden": (3, 1.5)}, r"n_hidden\[1\]"),
        ({"steps": 0}, "steps"),
        ({"lr": 0.0}, "lr"),
        ({"density": 0.0}, "nothing to learn"),
        ({"importance": -1.0}, "negative"),
        ({"importance": torch.ones(3)}, r"importance has shape \[3\]"),
        ({"importance": torch.ones(2, 1), "density": torch.ones(3, 1)}, "disagree on the number of instances"),
        ({"activation": "gellu"}, 'did you mean "gelu"?'),
        ({"output": "rellu"}, 'did you mean "relu"?'),
        ({"loss": "mze"}, 'did you mean "mse"?'),
        ({"frozen": (2,)}, "the layers are 0 to 1"),
        ({"frozen": (0, 1)}, "nothing is left to train"),
        ({"start": draw_layers((4, 4), 1)}, "start has 1 layers, not 2"),
        ({"start": draw_layers((4, 2, 4), 1)}, r"layer 0 of start has W \[1, 2, 4\]"),
        (
            {"start": [Layer(W, b + 1) for W, b in draw_layers((4, 3, 4), 1)], "hidden_bias": False},
            "layer 0 of start has a bias",
        ),
    ],
)
def test_bad_input_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        train(elementwise(4, "abs"), **({"n_hidden": 3, "steps": 1} | QUIET | options))


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (Task(4, 2, lambda n, p, g: torch.ones(n, *p.shape), torch.abs), r"target gave \[256, 1, 4\]"),
        (Task(4, 4, lambda n, p, g: torch.ones(n, 4), torch.abs), r"sampler gave \[256, 4\]"),
    ],
)
def test_a_task_that_does_not_keep_its_word(task, message):
    with pytest.raises(ValueError, match=message):
        train(task, 3, steps=1, **QUIET)


def test_by_hand_two_neurons_for_each_absolute_value_leave_nothing():
    """|x| = ReLU(x) + ReLU(−x): training that begins there has nowhere to go."""
    n, eye = 4, torch.eye(4)
    by_hand = [
        Layer(torch.cat([eye, -eye])[None], torch.zeros(1, 2 * n)),
        Layer(torch.cat([eye, eye], 1)[None], torch.zeros(1, n)),
    ]
    result = train(elementwise(n, "abs"), 2 * n, start=by_hand, density=0.5, steps=20, **QUIET)
    assert result.engine == "numba" and result.loss.max() == 0
    assert torch.equal(result.layers[0].W, by_hand[0].W)


@pytest.mark.skipif(
    not torch.cuda.is_available(), reason="no GPU here: the PyTorch path is tested on the processor only"
)
def test_on_a_gpu():
    task, start = elementwise(6, "abs", toy.AtLeastOne(SIGNED)), draw_layers((6, 6, 6), 8, seed=1, positive_output=1.0)
    how = {"density": 0.2, "start": start, "output": "relu", "steps": 1200, "progress": False}
    there, here = train(task, 6, **how, device="cuda"), train(task, 6, **how, device="cpu")
    assert there.layers[0].W.device.type == "cpu"
    assert there.loss[-1].median().item() == pytest.approx(here.loss[-1].median().item(), rel=0.2)
