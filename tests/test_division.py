"""How the tests are divided: among workers, and by chapter."""

import re
from pathlib import Path

import pytest

from tests.division import begins, chapter_of, concerns, group

ROOT = Path(__file__).parents[1]
CHAPTERS = [path.stem for path in sorted((ROOT / "solutions").glob("*.py"))]
OF_09 = [
    "solutions/09_saes_toy.ipynb::Cell 3",
    "solutions/09_saes_toy.ipynb::9.4 left out",
    "tests/exercises/ch09/test_oracles.py::test_a_law",
    "tests/exercises/test_chapters.py::test_its_quiz_has_five_questions[09]",
    "tests/browser/test_chapter_09.py::test_the_film",
    "tests/authoring/test_gates.py::test_every_rewrite_passes[9.12]",
    "tests/grading/test_remote_answers.py::test_every_rewrite_passes_from_afar[9.12]",
    "tests/grading/test_remote_answers.py::test_right_answers_pass_and_mistakes_fail[2-9.12]",
    "tests/notebooks/test_learner_notebooks.py::test_it_keeps_to_its_budget[09_saes_toy]",
    "tests/notebooks/test_readme.py::test_each_chapter_has_a_row_with_its_own_numbers[09_saes_toy]",
]
OF_ALL = [
    "tests/test_style.py::test_ruff_has_nothing_to_say[check]",
    "tests/authoring/test_gates.py::test_the_registry_and_the_sources_have_the_same_exercises",
    "tests/notebooks/test_learner_notebooks.py::test_notebooks_are_what_their_sources_make",
]
OF_NONE = [
    "tests/toy/test_training.py::test_a_law[9.4]",  # 9.4 isn't an exercise here
    "tests/notebooks/test_left_out.py::test_what_runs[9-cells0]",
    "tests/grading/test_command.py::test_roster_only_and_regrade",
    "tests/browser/test_circuits.py::test_it_draws",
]


@pytest.mark.parametrize("nodeid", OF_09)
def test_what_concerns_a_chapter(nodeid):
    assert chapter_of(nodeid) == "09"
    assert concerns(nodeid, "09") and not concerns(nodeid, "01")


@pytest.mark.parametrize("nodeid", OF_ALL)
def test_what_concerns_every_chapter(nodeid):
    assert concerns(nodeid, "09") and concerns(nodeid, "01")


@pytest.mark.parametrize("nodeid", OF_NONE)
def test_what_concerns_no_chapter(nodeid):
    assert not concerns(nodeid, "09")


@pytest.mark.parametrize("stem", CHAPTERS)
def test_each_chapter_has_what_its_tests_are_looked_for_in(stem):
    places = [f"solutions/{stem}.ipynb", f"tests/exercises/ch{stem[:2]}/test_oracles.py"]
    assert all((ROOT / place).exists() and chapter_of(place) == stem[:2] for place in places)


def test_the_cells_of_a_notebook_stay_together_and_the_gates_of_a_chapter():
    solution, left_out, *_ = OF_09
    assert group(solution) == group(left_out) != group(solution.replace("09", "01"))
    gates = [f"tests/authoring/test_gates.py::test_every_rewrite_passes[{id}]" for id in ("9.1", "9.12", "1.1")]
    assert group(gates[0]) == group(gates[1]) != group(gates[2])


def test_what_counts_the_processes_of_sandboxes_has_no_neighbour_that_starts_some():
    starts = re.compile(r"\bgrader[,)]|\bForge\(|\bGrader\(|\bmake_group\(")
    files = [path for path in (ROOT / "tests" / "grading").glob("test_*.py") if starts.search(path.read_text("utf-8"))]
    assert {group(f"tests/grading/{path.name}::test_it") for path in files} == {"sandboxed"}
    assert ROOT / "tests" / "grading" / "test_attacks.py" in files


def test_pages_in_a_browser_are_divided_by_file():
    assert group("tests/browser/test_chapter_09.py::test_a") != group("tests/browser/test_circuits.py::test_b")


def test_a_notebook_begins_before_a_unit_test():
    assert begins(OF_09[0]) < begins("tests/toy/test_training.py::test_a_law[9.4]")
