"""What a program can see of a chapter's telling. Each test adds something to the end of the little chapter."""

import pytest

from course_utils.authoring.lint import lint
from course_utils.authoring.source import parse_source
from tests.authoring.test_lint import at


def section(*cells: str) -> str:
    """A section at the end of a chapter: text begins with #, all else is code."""
    return "".join(f"\n# %% [markdown]\n{cell}\n" if cell.startswith("# ") else f"\n# %%\n{cell}\n" for cell in cells)


@pytest.fixture
def notes(text, registry):
    def found(more: str) -> list[str]:
        return [note.message for note in lint(parse_source(text + more, "01_doubling", "c.py"), registry).notes]

    return found


class TestPredictions:
    predict, compare = 'predict("1.3", ["a", "b"])', 'compare("1.3", total)'

    def test_a_prediction_with_its_result_is_fine(self, problems, text):
        assert problems(text + section(self.predict, self.compare)) == []

    def test_a_result_without_a_prediction_would_wait_for_ever(self, problems, text):
        broken = text + section(self.compare)
        line = at(broken, self.compare)
        assert problems(broken) == [
            f'{line}: compare("1.3", …) has no predict("1.3", …) before it: it would wait for ever'
        ]

    def test_a_prediction_after_its_result(self, problems, text):
        (found,) = problems(text + section(self.compare, self.predict))
        assert "has no predict" in found

    def test_a_prediction_without_a_result(self, problems, text):
        broken = text + section(self.predict)
        (found,) = problems(broken)
        assert found.startswith(f"{at(broken, self.predict)}:") and "nobody learns how it went" in found


class TestFigures:
    figure, says = "plots.bars(parts, list('abc'))", "say what it shows and what follows"

    def test_a_section_that_ends_in_a_figure(self, problems, text):
        broken = text + section("# ## A figure", self.figure, "# ## The next thing")
        assert problems(broken) == [f"{at(broken, self.figure)}: the section ends in this figure: {self.says}"]

    def test_asserts_tell_a_reader_nothing(self, problems, text):
        (found,) = problems(text + section("# ## A figure", self.figure, "assert total > 1", "# ### More"))
        assert self.says in found

    def test_the_last_figure_of_the_chapter(self, problems, text):
        (found,) = problems(text + section("# ## A figure", f"compare_with = {self.figure}"))
        assert "the chapter ends in this figure" in found

    def test_a_sentence_ends_it(self, problems, text):
        assert problems(text + section("# ## A figure", self.figure, "# Twice as high.", "# ## More")) == []

    def test_a_function_that_could_draw_is_no_figure(self, problems, text):
        helper = f"def draw():\n    return {self.figure}"
        assert problems(text + section("# ## A figure", helper, "# ## More")) == []

    def test_a_figure_that_is_seen_before_the_prediction_is_noted(self, notes):
        shown = section(TestPredictions.predict, self.figure, TestPredictions.compare, "# Twice as high.")
        assert any("hand it to `compare`" in note for note in notes(shown))
        kept = section(TestPredictions.predict, f'compare("1.3", total, {self.figure})', "# Twice as high.")
        assert notes(kept) == []


class TestNames:
    def test_a_name_for_two_things_is_noted(self, notes):
        (found,) = notes(section("seen = [1]", "print(seen)", "seen = [2]"))
        assert found.startswith("`seen` is given another meaning on line")

    @pytest.mark.parametrize(
        "cells",
        [
            ("seen = [1]", "print(seen)"),
            ("seen = [1]\nprint(seen)", "seen = [2]\nprint(seen)"),
            ("for seen in [1]:\n    print(seen)", "for seen in [2]:\n    print(seen)"),
            ("_, seen = 1, 2", "_, heard = 1, 2", "print(seen, heard)"),
        ],
    )
    def test_what_nobody_can_mix_up_is_not(self, notes, cells):
        assert notes(section(*cells)) == []
