"""Cells as plain Python."""

import pytest

from course_utils.cells.magics import python


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
