"""``l0_target``: λ is found while the autoencoder trains."""

import pytest
import torch

from course_utils import minilang
from course_utils.lm import activations, load_model
from course_utils.sae import SAEConfig, train_sae
from course_utils.sae.files import read_saelens, write_saelens
from course_utils.sae.matching import max_cosines
from course_utils.sae.metrics import explained_variance, l0
from course_utils.sae.numba_engine import NumbaEngine
from course_utils.sae.synthetic import SyntheticFeatures, random_directions
from course_utils.sae.target import goal

D_IN, FEATURES, TARGET = 32, 96, 3
WORLD = SyntheticFeatures(random_directions(FEATURES, D_IN), TARGET / FEATURES)
HOW = {"steps": 600, "batch_size": 512, "lr": 8e-3, "progress": False}
BY_HAND = {"relu": {"l1": 0.42}, "gated": {"l1": 0.5}, "jumprelu": {"l0": 0.0193}}  # L0 of 3 on seeds 11 to 13
SEEDS = [1, 2, 3]
NEURONS = "blocks.0.mlp.hook_post"


def rows(seed=0, n=2**14):
    return WORLD.sample(n, seed)[0]


def config(architecture, **options):
    return SAEConfig(architecture=architecture, d_in=D_IN, d_sae=FEATURES, **options)


def measured(saes):
    """L0 of each on fresh rows, and means of explained variance and MMCS."""
    x = rows(99, 8192)
    one_by_one = [saes.instance(i) for i in range(saes.n_instances)]
    sparsity = [l0(sae.encode(x)).item() for sae in one_by_one]
    kept = [explained_variance(x, sae(x)).item() for sae in one_by_one]
    found = [max_cosines(WORLD.directions, sae.W_dec).mmcs_features for sae in one_by_one]
    return sparsity, sum(kept) / len(kept), sum(found) / len(found)


@pytest.mark.parametrize("architecture", BY_HAND)
def test_the_target_is_met_and_no_worse_than_by_hand(architecture):
    x = torch.cat([rows(seed) for seed in range(4)]).expand(len(SEEDS), -1, -1)
    target = train_sae(x, config(architecture, l0_target=TARGET), **HOW, seed=SEEDS)
    sparsity, kept, found = measured(target)
    assert sparsity == pytest.approx([TARGET] * len(SEEDS), rel=0.05)
    _, kept_by_hand, found_by_hand = measured(
        train_sae(x, config(architecture, **BY_HAND[architecture]), **HOW, seed=SEEDS)
    )
    assert kept > kept_by_hand - 0.015 and found > found_by_hand - 0.015


@pytest.mark.parametrize("architecture", BY_HAND)
@pytest.mark.parametrize(
    "target, scale, lr, steps", [(1.5, 1.0, 8e-3, 600), (6, 1.0, 8e-3, 600), (3, 5.0, 0.016, 1500)]
)
def test_other_targets_and_other_sizes(architecture, target, scale, lr, steps):
    """Activations five times as large take 2.5 times as many steps if lr is only doubled."""
    options = {"bandwidth": 0.12 * scale, "initial_threshold": 0.01 * scale} if architecture == "jumprelu" else {}
    how = HOW | {"lr": lr, "steps": steps}
    sae = train_sae(scale * rows(), config(architecture, l0_target=target, **options), **how)
    assert l0(sae.encode(scale * rows(99, 8192))).item() == pytest.approx(target, rel=0.05)


@pytest.fixture(scope="module")
def neurons():
    """Of the smallest language model, at every position of 1,500 documents; rows of squared norm 10 on average."""
    found = activations(load_model("mini-gelu-1l"), minilang.sample(1500, seed=20_000).tokens[:, :-1], NEURONS)[NEURONS]
    x = found.flatten(0, 1)
    return x * (10 / x.square().sum(-1).mean()).sqrt()


@pytest.mark.parametrize("architecture, target, lr", [("jumprelu", 4, 4e-3), ("jumprelu", 16, 4e-3), ("relu", 4, 8e-3)])
def test_a_language_models_activations(neurons, architecture, target, lr):
    """Few steps for so large activations, and many latents that are dead and brought back."""
    x, held_out = neurons[:-8192], neurons[-8192:]
    how = SAEConfig(architecture=architecture, d_in=x.shape[1], d_sae=512, l0_target=target)
    sae = train_sae(x, how, steps=400, batch_size=1024, lr=lr, progress=False)
    assert l0(sae.encode(held_out)).item() == pytest.approx(target, rel=0.05)


def test_each_instance_has_a_penalty_of_its_own():
    x = torch.stack([rows(), 3 * rows()])
    how = HOW | {"steps": 40}
    many = train_sae(x, config("gated", l0_target=TARGET), **how, n_instances=2)
    assert many.log.penalty[-1, 1] > 2 * many.log.penalty[-1, 0]
    alone = train_sae(x[1], config("gated", l0_target=TARGET), **how, seed=1)
    assert torch.equal(many.instance(1).W_dec, alone.W_dec)


@pytest.mark.parametrize("engine", ["numba", "torch"])
def test_a_resumed_training_finds_the_same(tmp_path, monkeypatch, engine):
    from course_utils.sae.torch_engine import TorchEngine

    made = NumbaEngine if engine == "numba" else TorchEngine
    how, step = HOW | {"steps": 40, "engine": engine}, made.step
    whole = train_sae(rows(), config("relu", l0_target=TARGET), **how)

    def stops(self, *batch):
        if self.state.step == 17:
            raise KeyboardInterrupt
        return step(self, *batch)

    monkeypatch.setattr(made, "step", stops)
    train_sae(rows(), config("relu", l0_target=TARGET), **how, state_file=tmp_path / "state")
    monkeypatch.undo()
    resumed = train_sae(rows(), config("relu", l0_target=TARGET), **how, state_file=tmp_path / "state")
    assert torch.equal(whole.W_dec, resumed.W_dec) and torch.equal(whole.log.penalty, resumed.log.penalty)


def test_both_engines_find_the_same():
    how = HOW | {"steps": 15}
    by_numba, by_torch = (
        train_sae(rows(), config("relu", l0_target=TARGET), **how, engine=e) for e in ("numba", "torch")
    )
    torch.testing.assert_close(by_numba.log.penalty, by_torch.log.penalty, rtol=1e-3, atol=0)


def test_the_goal_comes_down_to_the_target():
    relu = config("relu", l0_target=TARGET, initial_l0=24)
    goals = [goal(relu, share) for share in (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)]
    assert goals == sorted(goals, reverse=True)
    assert goals[0] == 24 and goals[-2:] == [TARGET, TARGET]


def test_the_log_says_which_penalty_it_was():
    fixed = train_sae(rows(), config("relu", l1=0.5, sparsity_warmup=0.5), **HOW | {"steps": 10}).log.penalty
    assert fixed.tolist() == pytest.approx([0.1 * min(step, 5) for step in range(10)])
    topk = train_sae(rows(), config("topk", k=3), **HOW | {"steps": 10})
    assert topk.log.penalty.tolist() == [0.0] * 10


def test_a_file_gets_the_penalty_that_was_found(tmp_path):
    sae = train_sae(rows(), config("gated", l0_target=TARGET), **HOW | {"steps": 20})
    write_saelens(sae, tmp_path)
    assert read_saelens(tmp_path).config.l1 == pytest.approx(sae.log.penalty[-1].item())


WRONG = [
    ({"architecture": "topk", "k": 3, "l0_target": 3}, "topk has no l0_target: k says how many"),
    ({"architecture": "relu", "l1": 0.1, "l0_target": 3}, "l0_target finds l1: give one of the two"),
    ({"architecture": "jumprelu", "l0": 0.1, "l0_target": 3}, "l0_target finds l0: give one of the two"),
    ({"architecture": "gated", "l0_target": 0}, "l0_target must be a number above 0 and at most 96"),
    ({"architecture": "gated", "l0_target": 97}, "l0_target must be a number above 0"),
    ({"architecture": "gated", "l0_target": True}, "l0_target must be a number"),
    ({"architecture": "gated", "l0": 0.1, "l0_target": 3}, "gated has no l0"),
    ({"architecture": "relu"}, "relu needs l1, or l0_target"),
]


@pytest.mark.parametrize("options, message", WRONG)
def test_what_makes_no_sense_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        SAEConfig(d_in=D_IN, d_sae=FEATURES, **options)
