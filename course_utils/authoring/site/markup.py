"""Pieces of a page: MyST Markdown, and HTML where Markdown has no word for it."""

import re
from html import escape

from course_utils.checking import report


def raw(html: str) -> str:
    """HTML that reaches the page as it is, blank lines and all."""
    return fenced("{raw} html", html)


def code(source: str, language: str = "python") -> str:
    """A block of code."""
    return fenced(language, source.rstrip("\n"))


def fenced(info: str, content: str) -> str:
    """Between fences that are longer than any inside."""
    longest = max(map(len, re.findall("`+", content)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{info}\n{content}\n{fence}"


def folded(summary: str, *content: str, kind: str) -> str:
    """Markdown behind a click. `kind` is its class: hint, solution, result, code."""
    return "\n\n".join(
        [raw(f'<details class="{kind}"><summary>{inline(summary)}</summary>'), *content, raw("</details>")]
    )


def inline(text: str) -> str:
    """HTML of a text of the registry, as a card in a notebook has it, with code in the page's own style."""
    return report.inline(text, code="<code>")


def scrolling(text: str, label: str = "Output") -> str:
    """Text that a program printed, in a box of its own."""
    return raw(f'<pre class="printed" role="group" aria-label="{label}">{escape(text, quote=False)}</pre>')
