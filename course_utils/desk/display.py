"""Showing a report where the learner is: a card in a notebook, text in a terminal."""

import os
import sys

from course_utils.checking.report import Report


class CheckFailed(AssertionError):
    """Raised after a check that did not pass, where a run must stop at it: nbgrader, nbval, the course's own build."""


def strict() -> bool:
    """True where nobody reads the card, and a check that does not pass must stop the run."""
    return bool(os.environ.get("COURSE_STRICT") or os.environ.get("NBGRADER_EXECUTION"))


def show(report: Report) -> None:
    shell = _shell()
    if shell is None:
        print(report.text())
    else:
        from IPython.display import display

        display(report)


def show_html(html: str, text: str) -> None:
    """Display HTML with a text alternative."""
    if _shell() is None:
        print(text)
    else:
        from IPython.display import display

        display({"text/html": html, "text/plain": text}, raw=True)


def widgets_run() -> bool:
    """True where a person can click: a notebook kernel with ipywidgets, and not an automatic run."""
    shell = _shell()
    if shell is None or not hasattr(shell, "kernel") or strict():
        return False
    try:
        import ipywidgets  # noqa: F401
    except ImportError:
        return False
    return True


def _shell():
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
