"""The dictionaries of chapter 10: what they follow from, what is measured, and what the package holds of it."""

import json
from dataclasses import asdict

import pytest
import torch

from course_utils.lm import load_model
from course_utils.lm.parts import after_neurons
from course_utils.lm_training import dictionaries
from course_utils.lm_training.dictionaries import (
    KEPT,
    Recipe,
    config,
    frontier,
    kept,
    missing,
    rows_of,
    train,
    unscaled,
)
from course_utils.lm_training.dictionary_card import card
from course_utils.lm_training.dictionary_measure import Truth, truth
from course_utils.minilang import all_features
from course_utils.sae import SAEConfig, train_sae
from course_utils.sae import shipped as shelf
from course_utils.sae.shipped import FRONTIER, WEIGHTS, mean_f1, shipped, two_reports

LINES = json.loads(FRONTIER.read_text(encoding="utf-8"))


def rows(n: int = 600, width: int = 6) -> torch.Tensor:
    return torch.randn(n, width, generator=torch.Generator().manual_seed(0)).relu()


def test_the_frontier_is_every_architecture_at_every_sparsity_in_every_training():
    recipes = frontier()
    assert len(set(recipes)) == len(recipes) == 6 * 3 * 3 * 2
    assert [recipe.seed for recipe in recipes] == sorted(recipe.seed for recipe in recipes)
    for recipe in recipes:
        wanted = config(recipe, d_in=128)
        assert (wanted.k or wanted.l0_target) == recipe.sparsity and wanted.architecture == recipe.architecture


@pytest.mark.parametrize("architecture", dictionaries.ARCHITECTURES)
def test_scaled_back_it_has_the_same_latents(architecture):
    sparsity = {"topk": {"k": 2}, "batchtopk": {"k": 2}, "matryoshka": {"k": 2, "groups": (4, 4)}}
    settings = sparsity.get(architecture, {"l0_target": 2})
    x = rows()
    sae = train_sae(3 * x, SAEConfig(architecture=architecture, d_in=6, d_sae=8, **settings), steps=20, batch_size=64)
    own = unscaled(sae, torch.tensor(3.0))
    torch.testing.assert_close(own.encode(x), sae.encode(3 * x), rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(own(x), sae(3 * x) / 3, rtol=1e-3, atol=1e-4)


def test_what_is_there_is_not_made_again(tmp_path, monkeypatch):
    monkeypatch.setattr(shelf, "WEIGHTS", tmp_path)
    first, second, kept_one = frontier()[0], frontier()[1], kept()[0]
    lines = [asdict(first), asdict(kept_one)]
    assert missing([first, second], lines) == [second]
    assert missing([kept_one], lines) == [kept_one]  # a line, and no weights
    shelf.weights_of(kept_one.rows, kept_one.training).touch()
    assert missing([kept_one], lines) == []


def test_one_seed_gives_the_same_bytes(monkeypatch):
    monkeypatch.setattr(dictionaries, "STEPS", 5)
    recipe = Recipe("neurons", 0, "batchtopk", 4, seed=3)
    one, two = (train(recipe, rows(4096, 128)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one.tensors().values(), two.tensors().values(), strict=True))


def test_only_the_wanted_rows(monkeypatch):
    monkeypatch.setattr(dictionaries, "DOCUMENTS", 40)
    everywhere, links, written = (rows_of(name, 0) for name in ("neurons", "links", "written"))
    assert everywhere.shape == (40 * 63, 128) and 0 < len(links) < len(everywhere) / 4
    assert all((everywhere == row).all(1).any() for row in links[:5])
    torch.testing.assert_close(written, links @ load_model("mini-gelu-1l", seed=0).W_out[0].detach())
    assert not torch.allclose(rows_of("untrained", 0), everywhere)


class Perfect:
    """A dictionary whose latents are the labels and that reconstructs without an error."""

    def __init__(self, known: Truth):
        self.known = known

    def encode(self, x):
        return torch.cat([self.known.labels, self.known.spellings], 1).float()

    def decode(self, f):
        return self.known.rows


def test_a_perfect_dictionary_is_measured_as_one(monkeypatch):
    monkeypatch.setattr("course_utils.lm_training.dictionary_measure.DOCUMENTS", 60)
    known = truth("mini-gelu-1l", 1)
    features, spellings = (  # those that hold in documents of both kinds
        (holds[known.choosing].any(0) & holds[~known.choosing].any(0)).nonzero().flatten()
        for holds in (known.labels, known.spellings)
    )
    known = known._replace(
        labels=known.labels[:, features],
        families=[known.families[i] for i in features],
        spellings=known.spellings[:, spellings],
    )
    found = known.figures(Perfect(known))
    assert found["f1"] == found["f1_any_activation"] and len(found["f1"]) > 20
    assert min(found["f1"].values()) > 0.95  # two features may be alike where latents are chosen, and not elsewhere
    assert sum(score == 1 for score in found["f1"].values()) >= len(found["f1"]) - 2
    assert min(found["spelling"], found["spelling_at_links"], found["meaning_at_links"]) > 0.9
    assert found["recovered_zero"] == found["recovered_mean"] == found["explained_variance"] == 1
    model = load_model("mini-gelu-1l", seed=1)
    logits = after_neurons(model).logits(known.mid, known.rows)
    expected = -logits.log_softmax(-1)[torch.arange(len(logits)), known.following].mean()
    assert found["loss"] == pytest.approx(expected.item(), abs=1e-4)


def test_what_is_shipped_is_what_the_table_says():
    line = next(line for line in LINES if (line["rows"], line["training"]) == ("links", 2))
    found = truth("mini-gelu-1l", 2, "links").figures(shipped("links", 2))
    for name in ("l0", "dead", "explained_variance", "spelling", "meaning_at_links", "spelling_at_links"):
        assert found[name] == pytest.approx(line[name], rel=1e-2, abs=1e-3)  # another machine rounds otherwise
    assert found["f1"] == pytest.approx(line["f1"], abs=0.01)


def test_the_package_holds_every_recipe_and_not_much_more():
    assert missing([*kept(), *frontier()], LINES) == []
    assert len(LINES) == len(kept()) + len(frontier())
    assert sum(file.stat().st_size for file in WEIGHTS.iterdir()) < 6e6
    assert {file.stem.split(".")[0] for file in WEIGHTS.glob("*.safetensors")} == set(KEPT)


def test_the_card_is_that_of_the_table():
    assert shelf.CARD.read_text(encoding="utf-8") == card(LINES)


def test_a_mean_over_families_counts_each_feature_once():
    scores = dict.fromkeys((feature.family for feature in all_features()), 0.0) | {"thing": 1.0}
    assert mean_f1(scores, ("thing", "place", "call", "frase")) == pytest.approx(105 / 213)
    assert mean_f1(scores) == pytest.approx(105 / 470)


def test_two_reports_of_the_same_dictionaries_in_the_same_order():
    lines = [line for line in LINES if line["rows"] == "neurons"][:4]
    usual, truth = two_reports(lines)
    assert usual["L0"] == [line["l0"] for line in lines] and usual["recovered (mean)"][3] == lines[3]["recovered_mean"]
    pairs = [feature.family for feature in all_features() if feature.family in ("thing", "place", "call", "frase")]
    for i, line in enumerate(lines):
        assert truth["meanings"][i] == pytest.approx(sum(line["f1"][family] for family in pairs) / 213)
        assert truth["at links"][i] == line["spelling_at_links"]


def test_an_unknown_dictionary_is_answered_with_those_there_are():
    with pytest.raises(ValueError, match=r"no dictionary 'links\.seed7'.*links\.seed0"):
        shipped("links", 7)
