"""What a learner reads after a check: the same words as plain text and as a card in a notebook."""

import html
import re
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

Status = Literal["passed", "failed", "not attempted", "interrupted"]

# Each state has a sign and a word beside its colour; blue and orange stay apart for the colour-blind (Okabe, Ito 2008).
_LOOK = {
    "passed": ("✓", "#0072B2"),
    "failed": ("✗", "#D55E00"),
    "not attempted": ("○", "#808080"),
    "interrupted": ("□", "#808080"),
    "note": ("›", "#808080"),
}


class Line(NamedTuple):
    """One paragraph of a report. `kind`: plain, key (the misconception), code (shown verbatim), small."""

    text: str
    kind: Literal["plain", "key", "code", "small"] = "plain"


@dataclass(frozen=True)
class Report:
    """The result of one check.

    `mistake` names the known misconception that was recognised. `lines` are paragraphs in which `backticks` mark code.
    `parts`: which parts of its check a wrong function passes; see `FunctionExercise`.
    """

    label: str
    status: Status | Literal["note"]
    headline: str
    lines: tuple[Line, ...] = field(default=())
    mistake: str | None = None
    parts: dict[str, bool] = field(default_factory=dict)

    def plus(self, text: str, kind: str = "plain") -> "Report":
        """The same report with one more line."""
        return replace(self, lines=(*self.lines, Line(text, kind)))

    @property
    def title(self) -> str:
        return f"{self.label} {_LOOK[self.status][0]} {self.headline}".strip()

    def text(self) -> str:
        body = [_indent(line.text) if line.kind == "code" else line.text for line in self.lines]
        return "\n".join([self.title, *body])

    def html(self) -> str:
        return card(self.title, [_line_html(line) for line in self.lines], _LOOK[self.status][1])

    def __repr__(self) -> str:
        return self.text()

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html()}


def note(headline: str, *lines: str, label: str = "") -> Report:
    """A message to the learner that is not the result of a check."""
    return Report(label, "note", headline, tuple(Line(line) for line in lines))


def card(title: str, body: list[str], colour: str) -> str:
    """A compact card. Text takes the notebook's own colour, so that light and dark themes both read well."""
    style = (
        f"border:1px solid rgba(127,127,127,.45);border-left:6px solid {colour};border-radius:4px;"
        "padding:.5em .9em;margin:.3em 0;max-width:60em;line-height:1.45;color:inherit;background:transparent"
    )
    return f'<div class="course-card" style="{style}"><div><strong>{inline(title)}</strong></div>{"".join(body)}</div>'


_CODE_OR_STRESS = re.compile(r"`([^`]+)`|(?<![\w*])\*(?=[^\s*])([^*`\n]*[^\s*`])\*(?![\w*])")
_CODE = '<code style="background:rgba(127,127,127,.18);color:inherit;padding:0 .2em">'


def inline(text: str, code: str = _CODE) -> str:
    """HTML of one line of text, with `backticks` as code, *asterisks* as stress, and line breaks kept.

    `code`: the tag that begins code. A notebook has no style sheet of ours; a page has one, and wants a plain `<code>`.
    """

    def marked(found: re.Match[str]) -> str:
        return f"{code}{found[1]}</code>" if found[1] else f"<em>{found[2]}</em>"

    return _CODE_OR_STRESS.sub(marked, html.escape(text, quote=False)).replace("\n", "<br>")


def _line_html(line: Line) -> str:
    if line.kind == "code":
        style = "margin:.3em 0;padding:.4em .6em;background:rgba(127,127,127,.15);color:inherit;overflow-x:auto"
        return f'<pre style="{style}">{html.escape(line.text, quote=False)}</pre>'
    if line.kind == "key":
        return f'<div style="margin:.3em 0"><strong>{inline(line.text)}</strong></div>'
    if line.kind == "small":
        return f'<div style="margin:.3em 0;opacity:.8;font-size:92%">{inline(line.text)}</div>'
    return f'<div style="margin:.3em 0">{inline(line.text)}</div>'


def _indent(text: str) -> str:
    return "\n".join("    " + row for row in text.splitlines())
