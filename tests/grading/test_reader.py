"""Any file is a notebook or unreadable, and any notebook has a program: nothing else may come of reading one."""

import gc
import json
import signal
import subprocess
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebooks import RIGHT, cells, code, notebook

from course_utils.cells.magics import python, tree
from course_utils.cells.names import names
from course_utils.cells.syntax import definitions
from course_utils.grading import files
from course_utils.grading.chapter import read_chapter
from course_utils.grading.locate import chapter_of, find_answers
from course_utils.grading.marking import claimed_name
from course_utils.grading.notebook import Unreadable, parse
from course_utils.grading.program import make_program


@pytest.fixture(scope="module")
def chapter(tmp_path_factory):
    import small_registry

    path = tmp_path_factory.mktemp("chapter") / "07_small.ipynb"
    path.write_bytes(notebook(cells()))
    return read_chapter(path, small_registry.get)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
fragments = st.sampled_from(
    ["def scale(x, k):", "    return x", "angle = ", "72", "%%time", "!ls", "x = !ls", "await f()", "check('7.1', ",
     "scale)", "import *", "from torch import *", "((((", "'''", "\\", "\t", "\x0c", "\x00", "é", "\ud800", "print?",
     "%time y = 1", ")", "for i in angle: pass", "lambda: (yield)", "global x", "W[0] = 1", "del angle", "class A:"]
)  # fmt: skip
sources = st.lists(fragments, max_size=8).map("\n".join) | st.text(max_size=60)
ids = st.sampled_from(["7.1", "7.2", "7.3", "7.4", "9.9", "x", 7.1, None])
wild_cells = st.builds(
    lambda kind, source, id, check, extra: {
        "cell_type": kind, "source": source, "metadata": {"exercise": id, "check": check, "nbgrader": extra}
    },
    st.sampled_from(["code", "code", "code", "markdown", "raw", 3]),
    sources | st.lists(sources, max_size=3) | anything,
    ids,
    ids,
    anything,
)  # fmt: skip


@given(st.binary(max_size=300))
def test_any_bytes_are_a_notebook_or_unreadable(content):
    with suppress(Unreadable):
        assert parse(content).cells


@given(anything)
def test_any_json_is_a_notebook_or_unreadable(value):
    with suppress(Unreadable):
        assert parse(json.dumps(value).encode()).cells


@settings(max_examples=200, deadline=None)
@given(found=st.lists(wild_cells, max_size=8))
def test_any_cells_have_answers_and_a_program(chapter, found):
    try:
        read = parse(json.dumps({"cells": found}).encode())
    except Unreadable:
        return
    claimed_name(read)
    chapter_of(read, "x.ipynb", {"7": chapter})
    answers = find_answers(read, chapter)
    program = make_program(chapter, answers, chapter.exercises)
    assert {check.exercise for check in program.checks} == set(answers)
    assert all(check.pieces <= set(program.pieces) for check in program.checks)


@given(sources)
def test_taking_magics_out_never_fails(source):
    assert isinstance(python(source), str)


@pytest.mark.parametrize(
    "cells",
    [
        [code("%a\n" * 60_000)],
        [code("\n" * 150_000 + "NAME")] * 10,
        [code("x = [\n" * 150), code("f(" * 50_000), code("if x:\n" + " if x:\n" * 99)],
        [code(f"x{n} = {' + '.join(f'x{m}' for m in range(n, n + 100))}") for n in range(800)],
        [code("def scale(x, k): return x0")] + [code(f"def x{n}(): return x{n + 1}, y{n}") for n in range(2000)],
    ],
    ids=["magics", "blank lines", "open brackets", "names of names", "a chain of helpers"],
)
def test_reading_takes_seconds_whatever_is_in_it(chapter, cells):
    started = time.process_time()  # the machine may have other things to do
    read = parse(notebook(cells))
    claimed_name(read)
    chapter_of(read, "07_small.ipynb", {"7": chapter})
    make_program(chapter, find_answers(read, chapter), chapter.exercises)
    assert time.process_time() - started < 30


def _plain(kilobytes: int) -> list[dict]:
    """As many functions and calls as somebody might write."""
    line = "    total = total + values[3] * weights['a'] - len(names)\n"
    text = "".join(
        f"def f{n}(values, weights, names):\n    total = 0\n{line * 8}    return total\nx{n} = f{n}([1], {{}}, [])\n"
        for n in range(kilobytes * 1024 // 560)
    )
    lines = text.splitlines(keepends=True)
    return [code("".join(lines[n : n + 1100])) for n in range(0, len(lines), 1100)]


LARGER = {
    "names that nobody binds": lambda n: [
        code(f"def scale(x, k): return {' + '.join(f'u{i}' for i in range(10 * n))}"),
        *(code(f"def h{i}(): return u{i}, v{i}, w{i}") for i in range(20 * n)),
    ],
    "one name, bound again and again": lambda n: [
        *(code(f"def helper(): return {i}") for i in range(20 * n)),
        *(code(f"def scale{i}(x, k): return helper()") for i in range(20 * n)),
        code(f"def scale(x, k): return {' + '.join(f'scale{i}()' for i in range(20 * n))}"),
    ],
    "plain code": lambda n: [*cells(RIGHT), *_plain(5 * n)],
}


@pytest.mark.parametrize("kind", LARGER)
def test_reading_takes_four_times_as_long_for_four_times_as_much(chapter, kind):
    def seconds(n: int) -> float:
        """The best of three, each from the beginning: the machine may have other things to do."""
        content, found = notebook(LARGER[kind](n)), []
        for _ in range(3):
            for remembered in (python, tree, names, definitions):
                remembered.cache_clear()
            gc.collect()
            gc.disable()
            started = time.process_time()
            make_program(chapter, find_answers(parse(content), chapter), chapter.exercises)
            found.append(time.process_time() - started)
            gc.enable()
        return min(found)

    assert seconds(100) < 4 * 2 * seconds(25) + 0.1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_alarm_that_a_destructor_swallows_rings_again_soon():
    from course_utils.grading.marking import Overdue, _at_most

    def compute(seconds: float) -> None:
        until = time.process_time() + seconds
        while time.process_time() < until:
            pass

    class Swallows:
        def __del__(self):
            compute(0.3)

    with pytest.raises(Overdue), _at_most(0.2, signal.ITIMER_PROF):
        Swallows()
        compute(0.5)


def test_reading_has_a_time_of_its_own_and_what_ran_into_it_is_remembered(chapter, tmp_path):
    from course_utils.grading.batch import make_plan
    from course_utils.grading.budgets import Budgets
    from course_utils.grading.gradebook import Gradebook
    from course_utils.grading.marking import mark

    content = notebook([*cells(RIGHT), *_plain(4000)])
    started = time.process_time()
    found = mark(content, "x.ipynb", {"7": chapter}, address={}, secret="s", budgets=Budgets(reading=0.2))
    assert "reading it took more than 0.2 s" in found["problem"] and found["marks"] == []
    assert time.process_time() - started < 5
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "x.ipynb").write_bytes(content)
    book = Gradebook(f"sqlite:///{tmp_path / 'book.sqlite'}")
    ((path, digest),) = make_plan(tmp_path / "work", book, {}).submissions
    book.write(path, digest, found, "")
    assert make_plan(tmp_path / "work", book, {}).jobs == []
    book.close()


DIGITS = [
    "x = " + "9" * 5000,
    "x = 0x" + "f" * 9000,
    "check('7.1', 0x" + "f" * 9000 + ")",
    "f(-0b" + "1" * 30_000 + ")",
]


@pytest.mark.parametrize("source", DIGITS, ids=["decimal", "hexadecimal", "in a check", "binary"])
def test_a_number_of_many_digits_costs_its_own_cell_and_no_other(chapter, source):
    read = parse(notebook([code(source), *cells(RIGHT)]))
    assert chapter_of(read, "x.ipynb", {"7": chapter}) is chapter
    assert set(find_answers(read, chapter)) == set(RIGHT)


def test_only_what_an_answer_needs_runs(chapter):
    """Of the chapter's own cells: the statements that bind a needed name. Nothing is drawn, no memory is filled."""
    answers = find_answers(parse(notebook(cells(RIGHT))), chapter)
    program = make_program(chapter, answers, ["7.4"])
    sources = [piece.source for piece in program.needed(program.checks)]
    assert "STEPS = 20" in sources and "first = torch.ones(2, 3)" in sources and RIGHT["7.1"] in sources
    assert not [s for s in sources if "nothing_that_exists" in s or "unused" in s or s == RIGHT["7.2"]]


def test_a_submission_belongs_to_the_chapter_it_claims_checks_or_defines(chapter):
    chapters = {"7": chapter}
    for content in (cells(), [code("check('7.1', scale)")], [code(RIGHT["7.1"])]):
        assert chapter_of(parse(notebook(content)), "work.ipynb", chapters) is chapter
    assert chapter_of(parse(notebook([code("x = 1")])), "ada_07_small (2).ipynb", chapters) is chapter
    assert chapter_of(parse(notebook([code("x = 1")])), "work.ipynb", chapters) is None


def test_links_pipes_and_giants_are_not_read(tmp_path):
    import os

    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "folder").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "big.ipynb").write_bytes(b"x" * 2000)
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "Work (1).IPYNB").write_bytes(b"{}")
    found, others = files.find(tmp_path)
    assert found == ["big.ipynb", "link.ipynb", "pipe.ipynb", "real/Work (1).IPYNB"] and others == [
        "folder",
        "secret.txt",
    ]
    problems = {path: files.read(tmp_path, path, limit=1000).problem for path in found}
    assert "link" in problems["link.ipynb"] and "regular" in problems["pipe.ipynb"] and "MiB" in problems["big.ipynb"]
    assert files.read(tmp_path, "real/Work (1).IPYNB").content == b"{}"


def test_a_folder_that_becomes_a_link_is_not_followed(tmp_path):
    """Between looking and reading a learner on the same file system may be quick."""
    (tmp_path / "work" / "ada").mkdir(parents=True)
    (tmp_path / "work" / "ada" / "x.ipynb").write_bytes(b"{}")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "x.ipynb").write_bytes(b"secret")
    ((path,), _) = files.find(tmp_path / "work")
    (tmp_path / "work" / "ada").rename(tmp_path / "gone")
    (tmp_path / "work" / "ada").symlink_to(tmp_path / "secret")
    assert "link" in files.read(tmp_path / "work", path).problem


def test_folders_in_folders_and_folders_that_are_closed_stop_nobody(tmp_path, monkeypatch):
    import os

    for parts in (["deep"] * 1500, ["closed"], ["open"]):
        here = os.open(tmp_path, os.O_RDONLY)
        for part in parts:
            os.mkdir(part, dir_fd=here)
            inner = os.open(part, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = inner
        os.close(os.open("x.ipynb", os.O_CREAT | os.O_WRONLY, dir_fd=here))
        os.close(here)

    def scandir(path, real=os.scandir):
        if str(path).endswith("closed/"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", lambda path: scandir(f"{path}/" if "closed" in str(path) else path))
    found, others = files.find(tmp_path)
    monkeypatch.undo()
    subprocess.run(["rm", "-rf", tmp_path / "deep"], check=True)  # pytest, which tidies up later, can't go so deep
    assert found == ["open/x.ipynb"] and len(others) == 2 and others[0] == "closed/"


def test_the_name_of_an_endless_path_is_short_and_its_own(tmp_path):
    one, other = ("/".join(["d" * 250] * 3 + [name]) for name in ("a.ipynb", "b.ipynb"))
    assert files.shown(one) != files.shown(other) and len(files.shown(one)) < 600
    assert files.shown(one).endswith("/a.ipynb") and files.shown("ada/a.ipynb") == "ada/a.ipynb"


def test_holes_in_a_file_count(tmp_path):
    with open(tmp_path / "sparse.ipynb", "wb") as file:
        file.truncate(1 << 40)
    assert "MiB" in files.read(tmp_path, "sparse.ipynb").problem


def test_names_that_are_no_text_are_written_out(tmp_path):
    (tmp_path / "caf\udce9.ipynb").write_bytes(b"{}")
    (found,), _ = files.find(tmp_path)
    assert files.read(tmp_path, found).content == b"{}" and files.shown(found) == "caf\\xe9.ipynb"
