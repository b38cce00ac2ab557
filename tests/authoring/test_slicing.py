"""Which cells a check depends on, and what it gets from them."""

import pytest

from course_utils.authoring.slicing import answer_of, cells_needed
from course_utils.authoring.source import parse_source

HEADER = "# ---\n# jupyter:\n#   course: {chapter: '01'}\n# ---\n"
LONG = (
    HEADER
    + """
# %% tags=["setup"]
import math
# %%
slow = 1 / 0  # stands for an hour of training
# %% exercise="1.1"
### BEGIN SOLUTION
base = 3
### END SOLUTION
# %%
check("1.1", base)
# %%
table = [0, 0]
# %%
table[1] = base
# %%
print(table, slow)
# %% exercise="1.2"
def raised(x):
    ### BEGIN SOLUTION
    return math.pow(x, base) + table[1]
    ### END SOLUTION
# %%
check("1.2", raised)
# %%
result = raised(2)
# %% exercise="1.3"
### BEGIN SOLUTION
both = (result, base)
### END SOLUTION
# %%
check("1.3", {"both": both})
"""
)


@pytest.fixture
def long():
    return parse_source(LONG, "01_long", "solutions/01_long.py")


def first_lines(chapter, id):
    return [cell.source.replace("### BEGIN SOLUTION\n", "").split("\n")[0] for cell in cells_needed(chapter, id)]


def test_only_cells_that_matter_are_run(long):
    assert first_lines(long, "1.1") == ["import math", "base = 3"]
    assert first_lines(long, "1.2") == [
        "import math",
        "base = 3",
        "table = [0, 0]",
        "table[1] = base",
        "def raised(x):",
    ]
    assert first_lines(long, "1.3")[-2:] == ["result = raised(2)", "both = (result, base)"]


def test_the_reference_answer(long):
    assert answer_of(long, "1.2", as_stub=False).answer(2) == 11
    assert answer_of(long, "1.3", as_stub=False).answer == {"both": (11, 3)}


def test_the_stub_of_one_exercise_stands_on_the_references_of_the_others(long):
    assert answer_of(long, "1.3", as_stub=True).answer == {"both": ...}
    with pytest.raises(NotImplementedError, match=r"Exercise 1\.2"):
        answer_of(long, "1.2", as_stub=True).answer(2)


def test_a_cell_that_raises_is_named():
    broken = parse_source(LONG.replace("result = raised(2)", "result = raised(None)"), "01_long", "01_long.py")
    answered = answer_of(broken, "1.3", as_stub=False)
    assert isinstance(answered.error, TypeError)
    assert broken.path == "01_long.py"
    assert LONG.split("\n")[answered.line - 1] == "result = raised(2)"


def test_an_id_that_nothing_checks(long):
    with pytest.raises(LookupError, match=r'no cell `check\("1.9"'):
        cells_needed(long, "1.9")
