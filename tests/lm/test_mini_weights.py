"""What is shipped is what the specs say, small enough, and loads."""

import json

import pytest
import torch
from safetensors import safe_open

from course_utils.lm import load_model
from course_utils.lm.mini import SPECS, build_mini
from course_utils.lm.shipped import WEIGHTS
from course_utils.lm_training.mini_card import _curve
from course_utils.lm_training.mini_measure import losses
from course_utils.minilang import floors, sample

SHIPPED = [(name, seed) for name, spec in SPECS.items() for seed in spec.seeds]


@pytest.mark.parametrize("name, seed", SHIPPED)
def test_the_file_is_of_its_spec(name, seed):
    path = WEIGHTS / f"{name}.seed{seed}.safetensors"
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        assert all(file.get_tensor(key).isfinite().all() for key in file.keys())  # noqa: SIM118
    assert json.loads(metadata["config"]) == json.loads(json.dumps(SPECS[name].config | {"seed": seed}))
    assert metadata["tokens"] == str(SPECS[name].tokens)
    assert path.stat().st_size < 1_000_000 or len(SPECS[name].seeds) == 1


@pytest.mark.parametrize("name", SPECS)
def test_it_learned(name):
    corpus = sample(100, 3)
    floor, trained = floors(corpus)["all"], losses(load_model(name), corpus.tokens).mean()
    assert trained < floor.uncopied + 0.15
    if SPECS[name].copies is None:
        assert losses(build_mini(name, 0), corpus.tokens).mean() > 6


def test_checkpoints_are_those_of_the_spec():
    spec = SPECS["mini-gelu-2l"]
    with safe_open(WEIGHTS / f"{spec.name}.seed{spec.seeds[0]}.checkpoints.safetensors", framework="pt") as file:
        assert sorted({int(key.split("/")[0]) for key in file.keys()}) == list(spec.checkpoints)  # noqa: SIM118
    corpus = sample(100, 3)
    costs = [
        float(losses(load_model(spec.name, tokens=t), corpus.tokens).mean())
        for t in (0, spec.checkpoints[0], spec.checkpoints[-1], None)
    ]
    assert costs == sorted(costs, reverse=True)


def test_the_untrained_twin_is_the_seeds():
    one, two = (build_mini("mini-gelu-1l", seed).state_dict()["embed.weight"] for seed in (0, 1))
    assert not torch.equal(one, two)
    assert torch.equal(one, build_mini("mini-gelu-1l", 0).state_dict()["embed.weight"])


@pytest.mark.parametrize("seed", SPECS["mini-frozen-1l"].seeds)
def test_a_frozen_embedding_is_the_one_that_the_ordinary_model_began_with(seed):
    frozen, start = load_model("mini-frozen-1l", seed=seed), load_model("mini-gelu-1l", seed=seed, tokens=0)
    torch.testing.assert_close(frozen.W_E, start.W_E, atol=2**-24, rtol=2**-11)  # but for float16
    assert (frozen.W_U - start.W_U).abs().max() > 0.1
    assert (WEIGHTS / f"mini-frozen-1l.seed{seed}.safetensors").stat().st_size < 350_000


def test_everything_shipped_is_at_most_20_mb():
    assert sum(path.stat().st_size for path in WEIGHTS.iterdir()) < 20e6


@pytest.mark.parametrize("name", SPECS)
def test_the_card_holds_what_the_log_says(name):
    spec = SPECS[name]
    card = (WEIGHTS / f"{name}.md").read_text(encoding="utf-8")
    logs = [json.loads((WEIGHTS / f"{name}.seed{seed}.log.json").read_text()) for seed in spec.seeds]
    assert f"{spec.tokens:,} tokens" in card and f"{logs[0]['steps']:,} steps" in card
    for line in _curve(spec, logs):
        assert f"| {' | '.join(line)} |" in card
