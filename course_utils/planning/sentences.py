"""From a chapter's prose to what fits on a slide: its first or last sentences, whole."""

import re
from collections.abc import Iterator

FEW, WHOLE = 250, 400  # letters; the second for a list or a formula with what leads to it
_END = re.compile(r"[.!?:…][)”\"*]*\s+(?=[A-ZÀ-Ý$*“\"(`0-9])")
_SHORT = re.compile(r"\b(?:al|vs|cf|e\.g|i\.e|approx)\.[)”\"*]*\s+$")  # a full stop that ends no sentence
_LIST = re.compile(r"^\s*(?:-|\d+\.) ", re.MULTILINE)


def blocks(text: str) -> Iterator[str]:
    """A cell's paragraphs, lists and headings; a formula belongs to the paragraph that leads to it. A note on sources,
    after `<br>`, is left out."""
    held = ""
    for block in re.split(r"\n\s*\n", text):
        block = re.split(r"\n?<br>", block)[0].strip()
        if block.startswith("$$") and held:
            held = f"{held}\n\n{block}"
            continue
        yield from [held] * bool(held)
        held = block
        if block.startswith("#"):
            heading, _, held = block.partition("\n")
            yield heading
    yield from [held] * bool(held)


def first(text: str, most: int = FEW) -> str:
    """As many whole sentences from the beginning as `most` letters hold; one at least. A list comes with what leads to
    it, if there is room for all of it; so does a formula.

    >>> first("One. Two is longer. Three.", most=20)
    'One. Two is longer.'
    """
    return " ".join(_until(_split(text), most))


def last(text: str, most: int = FEW) -> str:
    """The same from the end.

    >>> last("By Elhage et al. 2022. Then this one.", most=20)
    'Then this one.'
    """
    return " ".join(reversed(_until(_split(text)[::-1], most)))


def _split(text: str) -> list[str]:
    """Its sentences; with a list or a formula all in one piece or, if that is too long, without these."""
    cut = _LIST.search(text) or re.search(r"\$\$", text)
    if cut and len(text) <= WHOLE:
        return [text]
    if cut and text[: cut.start()].strip():
        text = text[: cut.start()]
    elif cut:  # nothing but a list: its first point
        text = _LIST.split(text)[1]
    return _sentences(" ".join(text.split()))


def _sentences(text: str) -> list[str]:
    found, start = [], 0
    for end in _END.finditer(text):
        if end[0].startswith(":") or _SHORT.search(text[: end.end()]):
            continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    return [*found, text[start:].strip()]


def _until(pieces: list[str], most: int) -> list[str]:
    chosen, length = pieces[:1], len(pieces[0])
    for piece in pieces[1:]:
        length += len(piece) + 1
        if length > most:
            break
        chosen.append(piece)
    return chosen
