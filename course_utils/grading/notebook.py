"""The cells of a notebook that someone handed in: formats 2 to 4, however damaged, or a reason why not."""

import json
import re
from typing import Any, NamedTuple

MAX_CELLS, MAX_CELL, MAX_CODE = 20_000, 200_000, 3_000_000

MAX_BRACKETS, MAX_COMMAS = 2_000_000, 8_000_000
"""Of the JSON, outside of texts: an empty pair takes two bytes of a file, and a hundred of memory."""
_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


class Unreadable(Exception):
    """No notebook; the message says why, in words for a teacher."""


class SubmittedCell(NamedTuple):
    """`exercise`: the id that the cell's metadata claims. `code`: what the cell says, magics and all."""

    kind: str
    source: str
    exercise: str | None
    check: str | None


class Notebook(NamedTuple):
    cells: list[SubmittedCell]
    notes: list[str]


def parse(content: bytes) -> Notebook:
    """Raises Unreadable."""
    notes: list[str] = []
    data = _json(content, notes)
    if not isinstance(data, dict):
        raise Unreadable("it is JSON, but no notebook")
    raw = data.get("cells")
    if raw is None and isinstance(data.get("worksheets"), list):
        notes.append("an old notebook format (before 4)")
        raw = [cell for sheet in data["worksheets"] if isinstance(sheet, dict) for cell in _list(sheet.get("cells"))]
    if not isinstance(raw, list):
        raise Unreadable("it is JSON, but has no cells")
    cells = _at_most([_cell(cell) for cell in raw if isinstance(cell, dict)], MAX_CELLS)
    if len(cells) < len(raw):
        notes.append(f"{len(raw) - len(cells)} entries that are no cells, or too many, were left out")
    if retyped := sum(cell.kind == "retyped" for cell in cells):
        notes.append(f"{retyped} answer or check cells had become text cells and were read as code")
        cells = [cell._replace(kind="code") if cell.kind == "retyped" else cell for cell in cells]
    cells = _bounded(cells, notes)
    if not any(cell.kind == "code" for cell in cells):
        raise Unreadable("it has no code cells")
    return Notebook(cells, notes)


def _at_most(cells: list[SubmittedCell], number: int) -> list[SubmittedCell]:
    """Cells that claim an exercise, or check one, before those that don't."""
    if len(cells) <= number:
        return cells
    claims = [n for n, cell in enumerate(cells) if cell.exercise or cell.check]
    rest = [n for n, cell in enumerate(cells) if not (cell.exercise or cell.check)]
    return [cells[n] for n in sorted([*claims, *rest][:number])]


def _bounded(cells: list[SubmittedCell], notes: list[str]) -> list[SubmittedCell]:
    """Code that nobody writes by hand is left out, for reading it takes time: very long cells, and megabytes in all."""
    kept, left = [], MAX_CODE
    for cell in cells:
        if cell.kind != "code" or (len(cell.source) <= MAX_CELL and len(cell.source) <= left):
            left -= len(cell.source) if cell.kind == "code" else 0
            kept.append(cell)
    if len(kept) < len(cells):
        notes.append(f"{len(cells) - len(kept)} very long cells were left out")
    return kept


def _json(content: bytes, notes: list[str]) -> Any:
    if not content.strip():
        raise Unreadable("the file is empty")
    if _has_too_many_parts(content):
        raise Unreadable("it is made of millions of parts: no notebook that a person writes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
        notes.append("not in UTF-8, read as Latin-1")
    try:
        return json.loads(text, parse_int=_short_int)
    except MemoryError:
        raise Unreadable("it is made of more parts than there is memory for") from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{_looks_like(content)} ({type(error).__name__})") from None


def _has_too_many_parts(content: bytes) -> bool:
    def too_many(text: bytes) -> bool:
        return text.count(b"{") + text.count(b"[") > MAX_BRACKETS or text.count(b",") > MAX_COMMAS

    return too_many(content) and too_many(_TEXT.sub(b"", content))  # an output may be a program, in a text


def _short_int(digits: str) -> int:
    """No number of a notebook matters here: one of thousands of digits, which Python refuses to read, is 0."""
    return int(digits) if len(digits) < 1_000 else 0


def _looks_like(content: bytes) -> str:
    kinds = {b"%PDF": "a PDF", b"PK\x03\x04": "a ZIP archive", b"<": "a web page", b"\x89PNG": "a picture"}
    kind = next((name for start, name in kinds.items() if content.lstrip().startswith(start)), None)
    return f"it is no notebook but {kind}" if kind else "it is not valid JSON, perhaps cut off"


def _cell(raw: dict) -> SubmittedCell:
    kind = raw.get("cell_type")
    text = _text(raw.get("source", raw.get("input")))
    if kind == "heading":
        kind = "markdown"
    exercise, check = _claims(raw.get("metadata"))
    if kind in ("markdown", "raw") and (exercise or check):  # one key, pressed by accident, does this
        kind = "retyped"
    return SubmittedCell(kind if isinstance(kind, str) else "raw", text, exercise, check)


def _claims(metadata: Any) -> tuple[str | None, str | None]:
    """(exercise, check): what the metadata says that the cell is. Some tools keep nbgrader's part only."""
    if not isinstance(metadata, dict):
        return None, None
    exercise, check = metadata.get("exercise"), metadata.get("check")
    grading = metadata.get("nbgrader")
    named = grading.get("grade_id") if isinstance(grading, dict) else None
    if isinstance(named, str) and (match := re.fullmatch(r"(exercise|check)-(\d+)-(\d+)", named)):
        id = f"{match[2]}.{match[3]}"
        exercise, check = (exercise or id, check) if match[1] == "exercise" else (exercise, check or id)
    return exercise if isinstance(exercise, str) else None, check if isinstance(check, str) else None


def _text(source: Any) -> str:
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    text = source if isinstance(source, str) else ""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


def _list(value: Any) -> list:
    return value if isinstance(value, list) else []
