"""The course's own chapters as a plan sees them."""

import re

import pytest

from course_utils import exercises
from course_utils.authoring.repository import read_repository
from course_utils.authoring.slicing import cells_needed
from course_utils.authoring.source import parse_source, read_source
from course_utils.planning.material import LONGEST, Reading, Task, material
from tests.browser.conftest import ROOT

AT = read_repository(ROOT)

SOURCE = """# ---
# jupyter:
#   course: {chapter: "03", title: Little, reading: 20}
# ---

# %% [markdown]
# # 3. Little
#
# ## 3.1 The *first* idea
# word word word word word word

# %% exercise="3.1"
double = 2

# %%
check("3.1", double)

# %% [markdown]
# ## 3.2 Another
# word word word word word word word word word word word word word word word word word word word word
"""


class Small:
    id, title, difficulty, minutes, points, needs = "3.1", "Double", "A", 7, 1, ["3.1"]


def test_reading_is_shared_out_by_words_and_the_quiz_takes_a_minute_a_question():
    found = material(parse_source(SOURCE, "03_little", "03_little.py"), [Small], questions=5)
    small = Task("3.1", "Double", "A", 7, 1, ("3.1",))
    assert found.parts == (Reading("The first idea", 5), small, Reading("Another", 10))
    assert (found.quiz, found.minutes, found.label) == (5, 27, "03 Little")


@pytest.mark.parametrize("path", AT.sources(), ids=lambda path: path.stem)
def test_a_chapters_minutes_are_those_of_the_readme(path):
    source = read_source(path)
    chapter = exercises.chapter(source.number)
    found = material(source, chapter.exercises, len(chapter.quiz))
    row = re.search(rf"\(chapters/{path.stem}\.ipynb\).* (\d+) min \| (\d+) \|$", AT.readme.read_text(), re.MULTILINE)
    assert (found.minutes, len(found.tasks)) == (int(row[1]), int(row[2]))
    assert [each.id for each in found.tasks] == [each.id for each in chapter.exercises]
    assert all(0 < part.minutes <= LONGEST for part in found.parts)


@pytest.mark.parametrize("path", AT.sources(), ids=lambda path: path.stem)
def test_what_the_code_of_an_answer_uses_is_among_what_the_exercise_needs(path):
    """So that dropping an exercise that nobody needs leaves no cell without a name."""
    source = read_source(path)
    chapter = exercises.chapter(source.number)
    for each in material(source, chapter.exercises, 5).tasks:
        used = {cell.exercise for cell in cells_needed(source, each.id) if cell.exercise} - {each.id}
        assert used <= {*each.needs}, each.id
