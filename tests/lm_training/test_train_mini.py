"""Training is deterministic and goes on after a kill as if nothing had happened."""

from dataclasses import replace

import pytest
import torch
from safetensors import safe_open

from course_utils.lm import load_model
from course_utils.lm.copied import COPIED
from course_utils.lm.mini import SPECS, build_mini
from course_utils.lm_training import train_mini
from course_utils.lm_training.train_mini import BATCH, learning_rate, ship, train
from course_utils.lm_training.weights_file import write_weights
from course_utils.minilang import LENGTH

TOKENS = BATCH * LENGTH
SHORT = replace(SPECS["mini-gelu-1l"], tokens=6 * TOKENS, checkpoints=(2 * TOKENS, 5 * TOKENS))
COPIES = replace(SPECS["mini-copied-1l"], tokens=6 * TOKENS)
FROZEN = replace(SPECS["mini-frozen-1l"], tokens=6 * TOKENS)


def shipped_bytes(spec, at, folder):
    """What ship() writes of this run, but for the log, which holds the time it took."""
    folder.mkdir()
    ship(spec, 0, at, folder)
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.safetensors"))}


@pytest.fixture(scope="module", params=[SHORT, COPIES, FROZEN], ids=lambda spec: spec.name)
def spec(request):
    return request.param


@pytest.fixture(scope="module")
def uninterrupted(spec, tmp_path_factory):
    return shipped_bytes(spec, train(spec, 0), tmp_path_factory.mktemp("whole") / "out")


def test_two_runs_give_the_same_bytes(spec, uninterrupted, tmp_path):
    torch.manual_seed(123)  # the global state must not matter
    kinds = ["checkpoints.safetensors", "safetensors"] if spec.checkpoints else ["safetensors"]
    assert list(uninterrupted) == [f"{spec.name}.seed0.{kind}" for kind in kinds]
    assert shipped_bytes(spec, train(spec, 0), tmp_path / "out") == uninterrupted


@pytest.mark.parametrize("killed_at", [1, 4, 6])
def test_a_killed_run_goes_on_to_the_same_bytes(killed_at, spec, uninterrupted, tmp_path, monkeypatch):
    state = tmp_path / "run.pt"
    monkeypatch.setattr(train_mini, "SAVE_EVERY", 2)
    steps = iter(range(1, 100))

    def killed(*arguments):
        if next(steps) == killed_at:
            raise KeyboardInterrupt
        return learning_rate(*arguments)

    monkeypatch.setattr(train_mini, "learning_rate", killed)
    with pytest.raises(KeyboardInterrupt):
        train(spec, 0, state=state)
    assert state.exists() == (killed_at > 2)
    monkeypatch.setattr(train_mini, "learning_rate", learning_rate)
    assert shipped_bytes(spec, train(spec, 0, state=state), tmp_path / "out") == uninterrupted


def test_the_state_of_another_run_is_not_gone_on_from(tmp_path):
    rows = build_mini("mini-gelu-1l", 5).W_E
    train(SHORT, 0, state=tmp_path / "run.pt", until=1, rows=rows)

    def steps_to_go_on_from(*run):
        return train_mini.restore(tmp_path / "run.pt", train_mini.fingerprint(*run)).step

    assert steps_to_go_on_from(SHORT, 0, rows.clone()) == 1
    assert steps_to_go_on_from(SHORT, 1, rows) == 0
    assert steps_to_go_on_from(replace(SHORT, tokens=TOKENS), 0, rows) == 0
    assert steps_to_go_on_from(SHORT, 0, rows.flip(0)) == steps_to_go_on_from(SHORT, 0) == 0


def test_training_starts_from_the_untrained_twin(monkeypatch):
    monkeypatch.setattr(train_mini, "learning_rate", lambda step, steps, peak: 0.0)
    still, twin = train(SHORT, 7, until=1).weights, build_mini("mini-gelu-1l", 7).state_dict()
    assert all(torch.equal(still[key], value) for key, value in twin.items())


def test_of_copied_neurons_nothing_else_is_trained_and_what_is_begins_as_the_copies():
    trained, narrow = train(COPIES, 1, until=2).weights, load_model("mini-gelu-1l", seed=1).state_dict()
    start = load_model(COPIES.name, seed=1, tokens=0).state_dict()
    assert trained.keys() == narrow.keys() == start.keys()
    for key, value in trained.items():
        if key in COPIED:
            assert 0 < (value - start[key]).abs().max() < 0.01
        else:
            assert torch.equal(value, narrow[key])


def test_what_is_frozen_stays_as_it_was_drawn_and_all_else_is_trained():
    trained, start = train(FROZEN, 1, until=2).weights, build_mini("mini-gelu-1l", 1).state_dict()
    still = {key for key, value in start.items() if torch.equal(trained[key], value)}
    no_parameter = {"unembed.bias"}  # zeros, which TransformerLens trains in no model
    assert still - no_parameter == {"embed.weight"} == {*FROZEN.frozen}


def test_given_rows_are_frozen_in_place_of_the_drawn_ones_and_change_nothing_else(monkeypatch):
    rows = load_model("mini-gelu-1l", seed=0).W_E.flip(0)
    trained = train(FROZEN, 1, until=2, rows=rows).weights
    assert torch.equal(trained["embed.weight"], rows)
    monkeypatch.setattr(train_mini, "learning_rate", lambda step, steps, peak: 0.0)
    still, start = train(FROZEN, 1, until=1, rows=rows).weights, build_mini("mini-gelu-1l", 1).state_dict()
    assert {key for key, value in start.items() if not torch.equal(still[key], value)} == {"embed.weight"}


def test_the_frozen_models_recipe_is_the_ordinary_ones(monkeypatch):
    ordinary, frozen = SPECS["mini-gelu-1l"], SPECS["mini-frozen-1l"]
    config = frozen.config | {"model_name": ordinary.name}
    assert replace(frozen, name=ordinary.name, config=config, frozen=(), seeds=ordinary.seeds) == ordinary
    monkeypatch.setattr(train_mini, "learning_rate", lambda step, steps, peak: 0.0)
    losses = [train(replace(spec, tokens=6 * TOKENS), 2, until=2).losses for spec in (ordinary, frozen)]
    assert losses[0] == losses[1]  # the same weights, the same documents


def test_a_model_that_is_trained_on_reads_other_documents():
    used = [spec.data_seed + seed for spec in (SPECS["mini-gelu-1l"], COPIES) for seed in range(3)]
    assert len({*used}) == 6


def test_the_learning_rate_rises_and_falls():
    rates = [learning_rate(step, 1000, 3e-3) for step in range(1000)]
    top = rates.index(max(rates))
    assert rates[:top] == sorted(rates[:top]) and rates[top:] == sorted(rates[top:], reverse=True)
    assert 40 <= top <= 60 and rates[0] < rates[top] / 40 and rates[-1] < rates[top] / 1000


def test_a_file_has_the_same_bytes_however_its_metadata_is_ordered(tmp_path):
    tensors = {"a": torch.arange(6.0).view(2, 3), "b": torch.ones(3, dtype=torch.float16)}
    metadata = {key: key * 3 for key in "hgfedcba"}
    write_weights(tmp_path / "one", tensors, metadata)
    write_weights(tmp_path / "two", dict(reversed(tensors.items())), dict(reversed(metadata.items())))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    with safe_open(tmp_path / "one", framework="pt") as file:
        assert file.metadata() == metadata
        assert all(torch.equal(file.get_tensor(key), value) for key, value in tensors.items())
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["one", "two"]
