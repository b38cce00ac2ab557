"""The glossary: a list in docs/glossary.md, a page of the site, a link at the first use of a word on each page."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from course_utils.authoring.errors import CourseError

_ENTRY = re.compile(
    r"^- \*\*(?P<name>[^*]+)\*\*(?: (?P<symbol>\$[^$]+\$))?(?: \(also (?P<forms>[^)]+)\))?: "
    r"(?P<text>.+?) \[(?P<chapter>\d\d)\]$"
)
# What holds no word to be linked: code, formulas, headings, links and images, HTML, roles, addresses.
_APART = r"^(?P<fence>`{3,}).*?^(?P=fence)$|^#.*?$|\$\$.*?\$\$|\$[^$\n]+\$|`+[^`]+`+|!?\[[^\]]*\]\([^)]*\)|<[^>]*>|https?://\S+"

ORDINARY = {"reading", "floor", "dead", "explanation", "direction", "importance", "recall", "precision", "piece"}
"""Words that pages other than chapters use in their everyday sense."""


class Term(NamedTuple):
    """A word of the field. `forms`: how else it is written; plurals in -s go without saying."""

    name: str
    symbol: str
    forms: tuple[str, ...]
    text: str
    chapter: str
    section: str

    @property
    def spellings(self) -> list[str]:
        written = [self.name, *self.forms]
        return sorted({form for word in written for form in (word, f"{word}s")}, key=len, reverse=True)


def read(text: str) -> list[Term]:
    """The terms of docs/glossary.md, a line each: `- **density** $p$ (also dense): What it means. [01]`.

    Raises:
        CourseError: a line of the list is written in another way.
    """
    section, found = "", []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif line.startswith("- "):
            if (match := _ENTRY.match(line)) is None:
                raise CourseError(f"docs/glossary.md:{number}: write it like - **density** $p$: What it means. [01]")
            forms = tuple(form.strip() for form in (match["forms"] or "").split(",") if form.strip())
            found.append(Term(match["name"], match["symbol"] or "", forms, match["text"], match["chapter"], section))
    return found


def page(text: str, terms: Iterable[Term], chapters: dict[str, str]) -> str:
    """The glossary as a page. chapters: number → page of the chapter that introduces a term."""
    parts = [text[: text.index("\n## ")].rstrip("\n")]
    section = None
    for term in terms:
        if term.section != section:
            parts.append(f"## {term.section}")
            section = term.section
        symbol = f" Written {term.symbol}." if term.symbol else ""
        where = f"[Chapter {term.chapter}]({chapters[term.chapter]})"
        parts.append(f"```{{glossary}}\n{term.name}\n  {term.text}{symbol} {where}\n```")
    return "\n\n".join(parts) + "\n"


def linked(text: str, terms: Iterable[Term], chapter: str | None = None) -> str:
    """The page with the first use of each term as a link to the glossary.

    chapter: of the page, if it is one; words that a later chapter introduces are no terms yet.
    """
    known = [term for term in terms if (term.name not in ORDINARY if chapter is None else term.chapter <= chapter)]
    names = {spelling.lower(): term.name for term in known for spelling in term.spellings}
    if not names:
        return text
    words = "|".join(re.escape(word) for word in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"(?P<apart>{_APART})|(?<![\w{{-])(?P<word>{words})(?![\w}}-])", re.M | re.S | re.I)
    seen: set[str] = set()

    def link(match: re.Match[str]) -> str:
        if match["apart"] or (name := names[match["word"].lower()]) in seen:
            return match[0]
        seen.add(name)
        return f"{{term}}`{match['word']} <{name}>`"

    return pattern.sub(link, text)
