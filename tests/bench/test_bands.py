"""What `make bands` measures: every chapter there is, each assert of it."""

from pathlib import Path

import pytest

from course_utils.authoring.source import parse_source, read_source
from tests.modules import loaded

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "solutions").glob("[0-9][0-9]_*.py"))
CHAPTER = """\
# %% [markdown]
# # 2. Two
# %% tags=["setup"]
import torch
from course_utils import check, compare, plots, predict
# %%
SEED = 0  # everything follows from it
TRAINING = 0
predict("2.1", choices=["more", "less"])
drawn = torch.rand(3, generator=torch.Generator().manual_seed(SEED))
for n in range(4):
    assert 0 <= drawn[0] < 1 - n
plots.bars(drawn)
# %%
words = ["a", "b"]
assert set(words) == {"a", "b"} and len(words) == 2 + SEED
compare("2.1", TRAINING)
print("not shown")
"""


@pytest.fixture(scope="module")
def bands():
    return loaded(ROOT / "bench" / "bands.py")


def chapter(text: str):
    return parse_source(text, "02_two", "solutions/02_two.py")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_chapter_can_be_measured(bands, path):
    """It has one SEED, and its code with recording asserts compiles."""
    source = read_source(path)
    code = [cell.source for cell in source.cells if cell.kind == "code"]
    assert len(bands.cells(source, seed=5)) == len(code)
    assert sum(cell.source.count("assert ") for cell in source.cells if cell.kind == "code") > 5


def test_claims_and_quantities_are_recorded_seed_by_seed(bands, capsys):
    record = bands.Record()
    for seed in (0, 1):
        bands.run(chapter(CHAPTER), seed, record)
    first, second = record.held
    assert first == "0 <= drawn[0] < 1 - n"
    assert record.held[first] == [True, False, False, False] * 2
    assert record.held[second] == [True, False]
    assert record.seen[second, "len(words)"] == [2.0, 2.0]
    assert (second, "set(words)") not in record.seen  # no number
    assert capsys.readouterr().out == ""


def test_what_is_printed(bands, capsys):
    record = bands.Record()
    record.claim("a < x", True, {"x": 3})
    record.claim("a < x", False, {"x": 1.5})
    record.print()
    assert capsys.readouterr().out == "  1 of 2  a < x\n             x: 1.5 … 3\n"


def test_each_shipped_training_has_its_turn(bands):
    lines = ["TRAINING = 0  # 0, 1 or 2", "x = 0"]
    assert bands.TRAININGS == 3
    assert bands.with_setting(lines, "TRAINING", 2) == (["TRAINING = 2  # 0, 1 or 2", "x = 0"], 1)


def test_a_chapter_without_a_seed_is_refused(bands):
    with pytest.raises(SystemExit, match=r"solutions/02_two\.py should have one line `SEED = 0`.*; it has 0"):
        bands.cells(chapter(CHAPTER.replace("SEED = 0", "SEED = 3")), seed=1)


def test_the_command_measures_all_chapters_unless_told(bands, monkeypatch):
    measured = []
    monkeypatch.setattr(bands, "measure", lambda path, seeds: measured.append((path.stem, len(seeds))) or True)
    monkeypatch.setattr("sys.argv", ["bands.py", "--seeds", "3"])
    bands.main()
    assert measured == [(path.stem, 3) for path in SOURCES]
    monkeypatch.setattr("sys.argv", ["bands.py", "77"])
    with pytest.raises(SystemExit, match="There is no chapter '77'"):
        bands.main()
