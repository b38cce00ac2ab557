"""The controls of the frozen embedding: which rows each has, and what is printed of them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from course_utils.lm import load_model
from course_utils.lm.shipped import WEIGHTS
from course_utils.lm_training.train_mini import BATCH
from course_utils.minilang import LENGTH
from tests.modules import loaded

ROOT = Path(__file__).parents[2]
DOCS, CHAPTER = ROOT / "docs" / "mini_language.md", ROOT / "solutions" / "10_saes_language_model.py"


@pytest.fixture(scope="module")
def bench():
    return loaded(ROOT / "bench" / "lm" / "frozen_embedding.py")


def sorted_rows(rows):
    return rows[rows[:, 0].argsort()]


@pytest.mark.parametrize("seed", [0, 2])
def test_permuted_rows_are_the_own_ones_at_other_pieces(bench, seed):
    own, permuted = (bench.frozen_rows(kind, seed) for kind in ("own", "permuted"))
    assert torch.equal(own, load_model("mini-gelu-1l", seed=seed).W_E)
    assert torch.equal(sorted_rows(own), sorted_rows(permuted))
    assert (own == permuted).all(1).sum() < 6  # a permutation leaves one row at its place, on average


def test_drawn_rows_are_those_of_the_shipped_frozen_model(bench):
    drawn = bench.frozen_rows("drawn", 0)
    torch.testing.assert_close(load_model("mini-frozen-1l").W_E, drawn, atol=2**-24, rtol=2**-11)  # but for float16
    assert torch.equal(bench.frozen_rows("not frozen", 0), drawn)  # both begin with the same


def test_anothers_rows_are_those_of_the_next_seed_and_after_the_last_of_the_first(bench):
    for seed, other in {0: 1, 2: 0}.items():
        assert torch.equal(bench.frozen_rows("another's", seed), bench.frozen_rows("own", other))


def test_an_unknown_kind_is_named(bench):
    with pytest.raises(ValueError, match="'dealt' is none of not frozen, drawn, own"):
        bench.frozen_rows("dealt", 0)


def test_what_was_trained_before_is_measured_and_not_trained_again(bench, tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "STATES", tmp_path)
    monkeypatch.setattr(bench, "SPEC", replace(bench.SPEC, tokens=2 * BATCH * LENGTH))
    first = bench.trained("permuted", 1)
    monkeypatch.setattr(bench, "train", None)
    again = bench.trained("permuted", 1)
    assert torch.equal(again.W_U, first.W_U)
    assert torch.equal(again.W_E, bench.frozen_rows("permuted", 1))


def test_the_table_has_the_extremes_and_what_a_training_pays_more_than_the_unfrozen_one_of_its_seed(bench):
    losses = {"not frozen": {0: 1.0, 1: 1.5}, "own": {0: 1.25, 1: 1.5}, "drawn": {1: 2.0}}
    found = {kind: {seed: {"all": x, "list": 2 * x} for seed, x in of.items()} for kind, of in losses.items()}
    assert bench.table(found).splitlines()[2:] == [
        "| not frozen | 0, 1 | 1.000 to 1.500 | 2.000 to 3.000 | +0.000 |",
        "| own | 0, 1 | 1.250 to 1.500 | 2.500 to 3.000 | +0.000 to +0.250 |",
        "| drawn | 1 | 2.000 | 4.000 | +0.500 |",
    ]


def of_table(text: str, head: str) -> list[dict[str, str]]:
    """The lines of a Markdown table whose first cell is `head`, by column."""
    lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    lines = [[cell.strip() for cell in line] for line in lines]
    at = next(k for k, line in enumerate(lines) if line[0] == head)
    lines = [line for line in lines[at:] if len(line) == len(lines[at])]
    return [dict(zip(lines[0], line)) for line in lines[2:]]


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"[−+-]?\d+\.\d+", text.replace("−", "-"))]


class TestWhatIsPublished:
    """The table in docs/, made by the script: that it agrees with the cards, and the chapter's words with it."""

    TABLE = {line["nats per piece"]: line for line in of_table(DOCS.read_text(encoding="utf-8"), "nats per piece")}

    def test_it_has_every_kind_with_every_seed(self, bench):
        assert list(self.TABLE) == list(bench.KINDS)
        assert {line["seeds"] for line in self.TABLE.values()} == {"0, 1, 2"}

    @pytest.mark.parametrize("kind, name", [("not frozen", "mini-gelu-1l"), ("drawn", "mini-frozen-1l")])
    def test_what_is_shipped_costs_what_its_card_says(self, kind, name):
        card = of_table((WEIGHTS / f"{name}.md").read_text(encoding="utf-8"), "genre")
        for genre in card:
            low, high = min(numbers(genre["model"])), max(numbers(genre["model"]))
            published = numbers(self.TABLE[kind][genre["genre"]])
            assert min(published) <= low <= high <= max(published)
            if kind == "not frozen":  # all of its seeds are shipped
                assert (min(published), max(published)) == (low, high)

    @pytest.mark.parametrize("kind", ["drawn", "own", "another's", "permuted"])
    def test_the_chapter_says_of_each_what_the_table_has(self, kind):
        low, high = (f"{abs(x):.2f}" for x in numbers(self.TABLE[kind]["all, more than not frozen"]))
        text = CHAPTER.read_text(encoding="utf-8").replace("\n# ", " ")
        told = text[text.index("bench/lm/frozen_embedding.py") : text.index("Last: which rows does our model need")]
        assert f"{low} to {high}" in told or f"{high} to {low}" in told
