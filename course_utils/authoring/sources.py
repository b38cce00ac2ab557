"""Sources that chapters name: found in the README's list, which says where each can be read, and linked to there."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from course_utils.authoring.source import Cell, ChapterSource, Problem

_SECTION = re.compile(r"^## Sources\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_TITLE = r"\*(?![\s*])[^*]+(?<!\s)\*"
_LISTED = re.compile(rf"\[({_TITLE})\]\((https://[^)\s]+)\)|(?<!\*)({_TITLE})(?!\*)")
_QUOTED = r'(?<!\w)"(?!\s)[^"]+(?<!\s)"'
_NAMED = [re.compile(rf"(?<![*\[])({_TITLE})(?!\*|\])"), re.compile(rf"(?<!\[)({_QUOTED})")]
_CITED = re.compile(rf"\b(?:1[89]|20)\d\d\)?,\s+({_TITLE}|{_QUOTED})")


def listed(readme: str) -> dict[str, str]:
    """The titles of the README's section Sources, as `key` writes them, with their addresses ("" where none is stable).

    >>> listed("## Sources\\n\\nElhage et al. 2022, [*Toy Models*](https://a.org/toy); Fisher 1935, *The Design*.")
    {'toy models': 'https://a.org/toy', 'the design': ''}
    """
    section = _SECTION.search(readme)
    found = _LISTED.findall(section[1]) if section else []
    return {key(linked or plain): address for linked, address, plain in found}


def key(title: str) -> str:
    """What two ways to write a title share: its words up to a colon, whatever the case and the lines.

    >>> key("*LEACE: Perfect Linear\\nConcept Erasure*")
    'leace'
    """
    return " ".join(title.strip('*"').partition(":")[0].split()).casefold()


def linked(chapter: ChapterSource, known: Mapping[str, str]) -> ChapterSource:
    """The chapter with a link wherever its text names a title that has an address: *Title*, or "Title"."""

    def link(found: re.Match[str]) -> str:
        address = known.get(_among(found[1], known) or "")
        return f"[{found[1]}]({address})" if address else found[0]

    def told(cell: Cell) -> Cell:
        source = cell.source
        for titles in _NAMED:  # in turn: a quoted title may stand in a sentence that is stressed as a whole
            source = titles.sub(link, source)
        return replace(cell, source=source)

    return replace(chapter, cells=tuple(told(cell) if cell.kind == "markdown" else cell for cell in chapter.cells))


def not_listed(chapter: ChapterSource, known: Mapping[str, str]) -> Iterator[Problem]:
    """Titles that the chapter cites, `… 2022, *Title*` or `"Title"`, and the README does not know."""
    for cell in chapter.cells:
        for found in _CITED.finditer(cell.source) if cell.kind == "markdown" else ():
            if _among(found[1], known) is None:
                line = cell.line + cell.source.count("\n", 0, found.start(1))
                says = f"cites {' '.join(found[1].split())}, which is not among the README's Sources"
                yield chapter.problem(line, says)


def _among(title: str, known: Mapping[str, str]) -> str | None:
    """The key under which `title` is listed; "…" stands for words left out."""
    wanted = key(title)
    if "…" not in wanted:
        return wanted if wanted in known else None
    pattern = re.compile(".*".join(re.escape(part) for part in wanted.split("…")))
    return next((each for each in known if pattern.fullmatch(each)), None)
