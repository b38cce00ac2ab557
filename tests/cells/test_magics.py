"""Cells as plain Python."""

import gc
import sys
import threading

import pytest

from course_utils.cells.magics import python, tree


@pytest.mark.parametrize(
    "written, read",
    [
        ("%%time\nx = 1", "x = 1"),
        ("# first\n%%time\nx = 1", "# first\nx = 1"),
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("%time x = 1", "x = 1"),
        ("%%bash\nrm -rf /", ""),
        ("%%capture out\nx = 1", "x = 1"),
        ("await f()", "await f()"),
        ("text = '''\n%time is money\n'''", "text = '''\n%time is money\n'''"),
        ("def (", "def ("),
        ("x = !ls\ny, z = %who\nx?\n??x", "x = []\ny, z = None\npass\npass"),
        ("for i in x:\n    %time f(i)\n    !ls {i}", "for i in x:\n    f(i)\n    pass"),
        ("  x = 1\n  y = 2", "x = 1\ny = 2"),
        ("x = (5\n% 3)\n%pwd", "x = (5\n% 3)\npass"),
    ],
)
def test_magics_are_taken_out(written, read):
    assert python(written) == read


def test_good_code_is_read_while_other_threads_read():
    """A grader with several jobs reads notebooks in threads; Python 3.11.7 counts their depths in one place."""
    lines = [f"x{i} = f(a, [b, (c, {{'k': {i}}})])" for i in range(60)]
    refused = []

    def read(thread: int) -> None:
        for number in range(300):
            source = "\n".join([*lines, f"y = {thread}, {number}"])  # each is new: none comes from the cache
            if tree(source) is None:
                refused.append(source)

    def collected(*_) -> None:
        sum(range(20))

    before = sys.getswitchinterval()
    gc.callbacks.append(collected)
    try:
        sys.setswitchinterval(1e-6)
        threads = [threading.Thread(target=read, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
        gc.callbacks.remove(collected)
    assert not refused
