"""Reading percent sources, and the lines they remember."""

import pytest

from course_utils.authoring.source import SourceError, parse_source, read_source


def test_cells_know_the_line_their_content_starts_on(chapter, text):
    lines = text.splitlines()
    for cell in chapter.cells:
        first = cell.source.splitlines()[0]
        assert lines[cell.line - 1].removeprefix("# " if cell.kind == "markdown" else "") == first


def test_what_a_chapter_knows(chapter):
    assert (chapter.number, chapter.course["title"]) == ("1", "Doubling")
    assert chapter.kernelspec == {"display_name": "Python 3", "language": "python", "name": "python3"}
    assert list(chapter.answers()) == ["1.1", "1.2"]
    assert [cell.is_setup for cell in chapter.cells].index(True) == 1


@pytest.mark.parametrize("name", ["toy_models", "1_toy", "readme"])
def test_a_file_with_another_name_is_no_chapter(name, text):
    with pytest.raises(SourceError, match=r"NN_name\.py"):
        parse_source(text, name, f"{name}.py")


def test_a_header_that_is_no_yaml(text):
    with pytest.raises(SourceError, match=r"01_x\.py:1: "):
        parse_source(text.replace("course: {", "course: {{{"), "01_x", "01_x.py")


def test_a_file_that_is_no_text(tmp_path):
    (tmp_path / "01_x.py").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceError, match="UTF-8"):
        read_source(tmp_path / "01_x.py")
