"""Everything the build refuses, with the line it names. Each test breaks the little chapter in one way."""

import inspect
from pathlib import Path

import pytest

from tests.modules import loaded

HINTS = 'hints = ["What is twice one?", "TODO multiply by two."]'


def at(text: str, part: str) -> int:
    """The line on which `part` stands."""
    return text[: text.index(part)].count("\n") + 1


def test_the_little_chapter_is_fine(problems, text):
    assert problems(text) == []


def test_unclosed_region(problems, text):
    broken = text.replace("    ### END SOLUTION\n", "", 1)
    line = at(broken, "    ### BEGIN")
    assert f"{line}: solution region is never closed: `### END SOLUTION` is missing" in problems(broken)


def test_end_without_begin(problems, text):
    broken = text.replace("    ### BEGIN SOLUTION\n", "", 1)
    assert f"{at(broken, '    ### END')}: `### END SOLUTION` without `### BEGIN SOLUTION`" in problems(broken)


def test_nested_regions(problems, text):
    broken = text.replace("    return x * 2\n", "    ### BEGIN SOLUTION\n    return x * 2\n    ### END SOLUTION\n")
    line = at(broken, "    ### BEGIN SOLUTION\n    return")
    assert f"{line}: solution region inside another (opened 1 lines above)" in problems(broken)


@pytest.mark.parametrize("marker", ["# BEGIN SOLUTION", "###BEGIN SOLUTION", "### BEGIN SOLUTION of 1.1"])
def test_a_marker_that_only_nbgrader_would_see(problems, text, marker):
    broken = text.replace("### BEGIN SOLUTION", marker, 1)
    assert any("write the marker exactly as" in p for p in problems(broken))


def test_a_region_outside_an_answer_cell(problems, text):
    broken = text.replace("ones = torch.ones(3)", "### BEGIN SOLUTION\nones = torch.ones(3)\n### END SOLUTION")
    line = at(broken, "### BEGIN SOLUTION\nones")
    assert problems(broken) == [f'{line}: solution region outside an answer cell: mark the cell `# %% exercise="n.n"`']


def test_an_answer_cell_without_a_region(problems, text):
    broken = text.replace("    ### BEGIN SOLUTION\n", "", 1).replace("    ### END SOLUTION\n", "", 1)
    line = at(broken, "def doubled")
    assert problems(broken) == [
        f"{line}: the answer cell of 1.1 has no solution region: its answer would be given away"
    ]


def test_an_exercise_without_a_check_cell(problems, text):
    broken = text.replace('# %%\ncheck("1.1", doubled)\n', "")
    line = at(broken, "def doubled")
    assert problems(broken) == [f'{line}: exercise 1.1 has no check cell: `check("1.1", …)` as a cell of its own']


def test_a_check_among_other_code_is_no_check_cell(problems, text):
    broken = text.replace('check("1.1", doubled)', 'print("now")\ncheck("1.1", doubled)')
    assert any("exercise 1.1 has no check cell" in p for p in problems(broken))


def test_a_check_without_an_answer_cell(problems, text):
    broken = text.replace('# %% exercise="1.2"\n### BEGIN SOLUTION\n', "# %%\n").replace(
        "### END SOLUTION\n\n# %%\ncheck", "\n# %%\ncheck"
    )
    assert any('1.2 is checked, and no cell is marked `exercise="1.2"`' in p for p in problems(broken))


def test_a_check_before_its_answer(problems, text):
    check = '# %%\ncheck("1.1", doubled)\n\n'
    broken = text.replace(check, "").replace("# %% [markdown]\n# ## 1.1", check + "# %% [markdown]\n# ## 1.1")
    line = at(broken, 'check("1.1"')
    assert f"{line}: exercise 1.1 is checked before its answer cell, on line {at(broken, 'def doubled')}" in problems(
        broken
    )


def test_an_answer_cell_without_its_text(problems, text):
    broken = text.replace("**Exercise 1.1** (A · 3 min · 2 points)", "Do this:")
    line = at(broken, "def doubled")
    assert problems(broken) == [f"{line}: the answer cell of 1.1 has no text **Exercise 1.1** (…) before it"]


def test_an_id_used_twice(problems, text):
    broken = text.replace('exercise="1.2"', 'exercise="1.1"')
    line = at(broken, "### BEGIN SOLUTION\nparts")
    first = at(broken, "def doubled")
    assert f"{line}: exercise 1.1 has an answer cell already, on line {first}" in problems(broken)


def test_an_unknown_id_suggests_the_nearest(problems, text):
    broken = text.replace('exercise="1.2"', 'exercise="1.22"')
    line = at(broken, "### BEGIN SOLUTION\nparts")
    assert f"{line}: course_utils/exercises has no 1.22; did you mean 1.2 or 1.1?" in problems(broken)


def test_a_hint_for_an_unknown_id(problems, text):
    broken = text.replace("ones = torch", 'hint("1.9")\nones = torch')
    assert f'{at(broken, "hint(")}: hint("1.9"): there is no such exercise; did you mean 1.2 or 1.1?' in problems(
        broken
    )


def test_an_exercise_missing_from_the_notebook(problems, text):
    start, end = text.index("# %% [markdown]\n# ## 1.2"), text.index('# %% tags=["nbval')
    (found,) = problems(text[:start] + text[end:])
    assert found.endswith("exercise 1.2 has no answer cell in 01_doubling.py")


@pytest.mark.parametrize(
    "wrong",
    ["(B · 2 min · 1 point)", "(A · 2 min · 1 point · needs 1.1)", "(B · 2 min · 2 points · needs 1.1)", "(B, 2 min)"],
)
def test_the_meta_line_says_what_the_registry_says(problems, text, wrong):
    right = "(B · 2 min · 1 point · needs 1.1)"
    broken = text.replace(right, wrong)
    line = at(broken, "**Exercise 1.2**")
    assert problems(broken) == [f"{line}: **Exercise 1.2** says {wrong}, course_utils/exercises says {right}"]


def test_a_solution_given_away_by_another_cell(problems, text):
    copy = "def again(x):\n    return x  *  2  # as before\n"
    given = text.replace('print("the total', copy + 'print("the total')
    here, there = at(given, "    return x * 2"), at(given, "def again")
    assert problems(given) == [f"{here}: the cell on line {there} gives away this solution of 1.1: return x  *  2"]


def test_a_long_line_of_a_solution_given_away_in_text(problems, text):
    telling = "parts = doubled(ones).reshape(1, 3).squeeze(0)"
    given = text.replace("parts = doubled(ones)", telling).replace(
        "# You will", f"# `{telling}`\n#\n# ```\n# {telling}\n# ```\n# You will"
    )
    (found,) = problems(given)
    assert found.endswith(f"gives away this solution of 1.2: {telling}")


def test_a_solution_only_cell_gives_nothing_away(problems, text):
    assert problems(text + '\n# %% tags=["solution-only"]\nparts = doubled(ones)\ntotal = parts.sum()\n') == []


def test_a_missing_setup_cell(problems, text):
    broken = text.replace(' tags=["setup"]', "")
    assert problems(broken) == ['1: there is no setup cell: `# %% tags=["setup"]` with the chapter\'s imports']


def test_a_setup_cell_that_leaves_the_hints_out(problems, text):
    broken = text.replace("import check, hint, solution", "import check")
    line = at(broken, "import torch")
    assert problems(broken) == [f"{line}: the setup cell does not import hint, solution from course_utils"]


def test_a_header_without_the_course(problems, text):
    line = next(line for line in text.splitlines() if "course:" in line)
    found = problems(text.replace(line + "\n", ""))
    assert found == ["1: the header has no `course: {chapter, title, reading, budget_s, budget_mib}` block"]


def test_numbers_written_into_the_first_cell_by_hand(problems, text):
    broken = text.replace("{minutes} minutes; {exercises} exercises", "9 minutes; 2 exercises")
    says = "the first cell does not say {exercises}, {minutes}: the build puts the registry's numbers there"
    assert problems(broken) == [f"{at(broken, '# 1. Doubling')}: {says}"]


def test_a_header_with_a_wrong_value(problems, text):
    found = problems(text.replace('chapter: "01"', "chapter: 01").replace("reading: 4", "reading: soon"))
    assert found == [
        "1: the header's course block needs chapter: a text in quotes, not 1",
        "1: the header's course block needs reading: a whole number, not 'soon'",
    ]


def test_a_region_that_leaves_nothing_blank(problems, text):
    broken = text.replace("parts = doubled(ones)\ntotal = parts.sum()", "print(doubled(ones))")
    assert any("a solution region outside a function must assign a name" in p for p in problems(broken))


def test_code_that_is_no_python(problems, text):
    broken = text.replace("ones = torch.ones(3)", "ones = torch.ones(3")
    assert problems(broken) == [f"{at(broken, 'ones = torch')}: the cell is not valid Python"]


def test_todo(problems, text):
    broken = text.replace("You will double", "TODO: double")
    assert problems(broken) == [f"{at(broken, 'TODO')}: TODO: double things."]


def test_todo_in_an_exercise(problems, text, registry, tmp_path):
    module = tmp_path / "exercises.py"
    module.write_text(Path(inspect.getfile(type(registry["1.1"]))).read_text().replace("Multiply", "TODO multiply"))
    kinds = loaded(module, "unfinished_exercises").EXERCISES
    (found,) = problems(text, {kind.id: kind() for kind in kinds})
    assert found == f"{at(module.read_text(), 'TODO')}: {HINTS}"


def test_a_quiz_of_another_chapter(problems, text):
    broken = text + '\n# %%\nquiz("2")\n'
    assert problems(broken) == [f'{at(broken, "quiz(")}: quiz("2") in chapter 1']


def test_a_cell_marker_inside_a_string(problems, text):
    (found,) = problems(text + '\n# %%\ns = """\n# %%\n"""\n')
    assert "none may stand inside a string" in found


def test_all_problems_are_reported_at_once(problems, text):
    broken = text.replace("2 points)", "4 points)").replace("2 min", "9 min").replace("You will", "TODO")
    assert len(problems(broken)) == 3


def test_long_cells_are_noted_not_refused(chapter, registry, text):
    from course_utils.authoring.lint import lint
    from course_utils.authoring.source import parse_source

    long = parse_source(text + "\n# %%\n" + "".join(f"x{n} = {n}\n" for n in range(26)), "01_doubling", "c.py")
    found = lint(long, registry)
    assert found.problems == []
    assert [note.message for note in found.notes] == ["a cell of 26 lines; up to 15 read well"]
