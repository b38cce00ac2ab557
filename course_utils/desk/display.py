"""Showing a report where the learner is: a card in a notebook, text in a terminal."""

import os
import sys
from html import escape
from typing import Any, Protocol

from course_utils.checking.report import Report


class CheckFailed(AssertionError):
    """Raised after a check that did not pass, where a run must stop at it: nbgrader, nbval, the course's own build."""


def strict() -> bool:
    """True where nobody reads the card, and a check that does not pass must stop the run."""
    return bool(os.environ.get("COURSE_STRICT") or os.environ.get("NBGRADER_EXECUTION"))


class Shown(Protocol):
    """A place on the page whose content can change."""

    def fill(self, content: Any) -> None: ...


def show(content: Any) -> None:
    """A report, a text, or whatever a notebook can display (a figure; nothing of it is seen in a terminal)."""
    if isinstance(content, str):
        print(content)
    elif _shell() is not None:
        from IPython.display import display

        display(content)
    elif isinstance(content, Report):
        print(content.text())


def show_later(content: Report | None) -> Shown:
    """Show `content`, or nothing yet, in a place that can be filled with something else later."""
    if _shell() is None:
        if content is not None:
            show(content)
        return _Terminal()
    from IPython.display import HTML, display

    return _Place(display(HTML("") if content is None else content, display_id=True))


class _Terminal:
    """Where nothing that was printed can change: what comes later is printed later."""

    def fill(self, content: Any) -> None:
        show(content)


class _Place:
    """A display of a notebook, which the front end replaces."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    def fill(self, content: Any) -> None:
        from IPython.display import HTML

        if isinstance(content, str):
            content = HTML(f"<pre>{escape(content)}</pre>")
        if hasattr(content, "_ipython_display_"):  # a figure: it would display itself, elsewhere
            self._handle.update(content._repr_mimebundle_(), raw=True)
        else:
            self._handle.update(content)


def show_html(html: str, text: str) -> None:
    """Display HTML with a text alternative."""
    if _shell() is None:
        print(text)
    else:
        from IPython.display import display

        display({"text/html": html, "text/plain": text}, raw=True)


def widgets_run() -> bool:
    """True where a person can click: a notebook kernel with ipywidgets, and not an automatic run."""
    if getattr(_shell(), "kernel", None) is None:
        return False
    from course_utils.widgets.canvas import widgets_run as there

    return there()


def _shell():
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
