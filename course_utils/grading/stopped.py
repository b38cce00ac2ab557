"""What a learner is told of code that stopped before it had done its work: what, which statement, and what to do."""

from typing import NamedTuple

from course_utils.checking.report import Line

LOST = {
    "time": "was still running after {seconds:.0f} s and was stopped",
    "ended": "ended Python: a crash, too much memory, or too many processes",
    "wire": "gave something back that could not be read: too large, nested too deeply, or not data",
}
_THEN_LOST = {
    "time": "Look for a loop that does not end, or let it do less.",
    "ended": "Look for what fills the memory or starts programs, and let it do less.",
    "wire": "Give back numbers, texts, tensors, or lists, tuples and dicts of these.",
}
_THEN = {
    "ModuleNotFoundError": "This package is not there where notebooks are graded: write the answer without it.",
    "ImportError": "This package is not there, or is another version, where notebooks are graded: do without it.",
    "EOFError": "Nobody answers `input()` where notebooks are graded: write the value into the cell.",
    "NameError": "This name has no value when the notebook runs from top to bottom: define it in a cell above.",
    "SyntaxError": "Python can't read this cell, so nothing in it ran: mend the line.",
    "FileNotFoundError": "Only the notebook is handed in: write what the file holds into a cell.",
}
_NETWORK = "There is no network where notebooks are graded: write what you need into a cell."
_THEN |= dict.fromkeys(["URLError", "HTTPError", "ConnectionError", "gaierror"], _NETWORK)
_OTHERS = "Restart the kernel, run all cells from the top, and mend the first one that raises an error."


class Trouble(NamedTuple):
    """What went wrong in a cell: exceptions, or why all of the cell was dropped.

    kinds: of the exceptions, or "time", "ended" or "wire". code: the statements that raised them and what they said, or
    the line with which a dropped cell begins. seconds: what a dropped cell had, else 0. doubts: errors that an honest
    notebook may raise here and nowhere else, for a person to look at.
    """

    kinds: tuple[str, ...]
    code: str
    unfinished: bool = False
    doubts: tuple[str, ...] = ()
    seconds: float = 0.0


def of_call(reason: str, seconds: float) -> list[str]:
    """Of a function that was called and gave nothing back."""
    return [f"Your function {LOST[reason].format(seconds=seconds)}.", _THEN_LOST[reason]]


def of_cell(trouble: Trouble, whose: str, *, valueless: bool) -> list[Line]:
    """What happened, the code and its errors, and what to do, for an answer that is wrong or has no value at all.

    whose: which cell it was, as in "A cell of your answer". valueless: the answer has no value because of it.
    """
    kinds = trouble.kinds
    if trouble.seconds:
        happened = f"{whose} {LOST[kinds[0]].format(seconds=trouble.seconds)}. Nothing in it counts. It begins:"
        todo = [_THEN_LOST[kinds[0]]]
    else:
        todo = [_THEN.get(kind, _OTHERS) for kind in kinds]
        happened = f"{whose} is no Python:" if kinds[0] == "SyntaxError" else _RAISED[valueless].format(whose=whose)
    kind = "plain" if valueless else "small"
    return [Line(happened, kind), Line(trouble.code, "code"), *(Line(text, kind) for text in dict.fromkeys(todo))]


_RAISED = {
    True: "{whose} should give it a value, and raised an error:",
    False: "{whose} raised an error in this statement, which was passed over; the others ran:",
}
