"""Where code of a learner's stopped, its author is told what stopped, which statement, and what to do."""

import pytest
from notebooks import submission

STOPPED = {
    "a package that is not here": (
        "7.3", {"e73": "import seaborn_x as sns\nangle = sns.angle()"},
        ["A cell of your answer should give it a value, and raised an error", "line 1: import seaborn_x as sns",
         "ModuleNotFoundError: No module named 'seaborn_x'", "line 2: angle = sns.angle()",
         "This package is not there where notebooks are graded"],
    ),
    "a line above a wrong answer": (
        "7.1", {"e71": "import seaborn_x\ndef scale(x, k): return x + k"},
        ["in this statement, which was passed over; the others ran", "line 1: import seaborn_x",
         "This package is not there where notebooks are graded"],
    ),
    "a question": (
        "7.3", {"e73": "angle = float(input('angle? '))"},
        ["line 1: angle = float(input('angle? '))", "Nobody answers `input()`"],
    ),
    "a name": (
        "7.3", {"e73": "angle = angel"}, ["NameError: name 'angel' is not defined", "define it in a cell above"],
    ),
    "a file": ("7.3", {"e73": "angle = float(open('x').read())"}, ["line 1: angle = float", "Only the notebook is"]),
    "a network": (
        "7.3", {"e73": "import urllib.request\nangle = urllib.request.urlopen('http://example.org').read()"},
        ["line 2: angle = urllib", "There is no network"],
    ),
    "no Python": ("7.3", {"e73": "angle = = 72"}, ["is no Python", "line 1: angle = = 72", "mend the line"]),
    "another error": ("7.3", {"e73": "angle = 360 / 0"}, ["ZeroDivisionError", "Restart the kernel, run all cells"]),
    "an error named like a reason of ours": (
        "7.3", {"e73": "class time(Exception): pass\nraise time('x')"}, ["line 2: raise time('x')", "Restart"],
    ),
    "a loop": (
        "7.3", {"e73": "angle = 72\nwhile True: pass"},
        ["A cell of your answer was still running after 3 s and was stopped. Nothing in it counts. It begins:",
         "angle = 72", "Look for a loop that does not end"],
    ),
    "the end of Python": (
        "7.3", {"e73": "import os\nos._exit(3)"}, ["ended Python: a crash, too much memory", "import os", "let it do"],
    ),
    "a function that hangs": (
        "7.1", {"e71": "def scale(x, k):\n    while True: pass"},
        ["Your function was still running after 2 s and was stopped.", "Look for a loop that does not end"],
    ),
    "a cell of another exercise": (
        "7.4", {"e71": "def scale(x, k): return x * k\nfactor = 1 / 0",
                "e74": "used = scale(first, 1.0)\ntrained = {'W': first, 'loss': torch.ones(4)}"},
        ["A cell of exercise 7.1, which this answer needs,", "line 2: factor = 1 / 0", "ZeroDivisionError"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STOPPED)
def test_what_stopped_which_statement_and_what_to_do(grader, name):
    exercise, answers, wanted = STOPPED[name]
    (mark,) = grader.mark(submission(**answers), "x.ipynb", [exercise])["marks"]
    told = "\n".join(text for text, _ in mark["lines"])
    assert mark["points"] == 0 and [part for part in wanted if part not in told] == [], told
    assert all(text for text, _ in mark["lines"]) and "run to its end" not in told
