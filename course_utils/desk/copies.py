"""A learner's own copies of the chapters: made once, never written again, and told of what is new.

The notebooks of a clone belong to git: whoever writes answers into them can't pull. So a learner works in a folder
beside them, which git ignores. When the course has a newer chapter, an untouched copy is replaced; beside one that has
been worked in, the new chapter is laid under another name, and the learner is told once.
"""

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple

from course_utils.writing import replacing

RECORD = ".course.json"  # for each chapter the hash of the file as it was laid there, and of the newest that was
FIRST = "00_start_here.ipynb"
NEW = "{stem}.new{number}.ipynb"


class News(NamedTuple):
    """What was laid beside a learner's copy."""

    chapter: str
    file: Path
    changes: list[str]

    def __str__(self) -> str:
        what = f" It changed in: {'; '.join(self.changes)}." if self.changes else ""
        return f"{self.chapter} has a newer version. Your own stays as it is; the new one is {self.file.name}.{what}"


def provide(chapters: Path, folder: Path) -> list[News]:
    """Lay a copy of every chapter into the folder where there is none, and what is newer beside it.

    Returns what is new, each once.

    Raises:
        OSError: the folder can't be made or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record, news = _record(folder), []
    for source in sorted(chapters.glob("*.ipynb")):
        if ".yours-" in source.name:
            continue
        copy, known, now = folder / source.name, record.get(source.stem, {}), _digest(source)
        if not copy.exists() or (_digest(copy) == known.get("given") and known["given"] != now):
            _lay(source, copy)
            record[source.stem] = {"given": now, "newest": now}
        elif now not in (known.get("newest"), _digest(copy)):
            beside = _free(folder, source.stem)
            _lay(source, beside)
            record[source.stem] = {"given": known.get("given", ""), "newest": now}
            news.append(News(source.stem, beside, changes(_cells(copy), _cells(source))))
    with replacing(folder / RECORD) as (part,):
        part.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return news


def changes(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[str]:
    """Headings under which cells of the later version stand that the earlier one hasn't; answers don't count."""
    there, found, heading = {_text(cell) for cell in before}, [], "the beginning"
    for cell in after:
        text = _text(cell)
        if cell.get("cell_type") == "markdown" and (title := re.search(r"^#+ +(.*)", text, re.MULTILINE)):
            heading = title[1].strip()
        answer = "exercise" in cell.get("metadata", {})
        if not answer and text not in there and heading not in found:
            found.append(heading)
    return found


def _lay(source: Path, target: Path) -> None:
    with replacing(target) as (part,):
        shutil.copyfile(source, part)


def _free(folder: Path, stem: str) -> Path:
    names = (folder / NEW.format(stem=stem, number=number) for number in ("", *range(2, 10_000)))
    return next(name for name in names if not name.exists())


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _record(folder: Path) -> dict[str, dict[str, str]]:
    """What was laid there before; nothing where the record is lost: then every copy counts as worked in."""
    try:
        found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return {str(stem): dict(entry) for stem, entry in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _cells(path: Path) -> list[dict[str, Any]]:
    try:
        return list(json.loads(path.read_text(encoding="utf-8"))["cells"])
    except (ValueError, KeyError, TypeError):  # a copy that is damaged is still the learner's
        return []


def _text(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else str(source)


def home() -> tuple[Path, Path, Path]:
    """Where the chapters are, where a learner's copies go, and the folder that JupyterLab shows: of the clone around
    the working directory; else, for an installed course, of this directory.

    Raises:
        FileNotFoundError: there are no chapters.
    """
    here = Path.cwd().resolve()
    for root in (here, *here.parents):
        if (root / "course_utils").is_dir() and (root / "chapters" / FIRST).is_file():
            return root / "chapters", root / "work", root
    chapters = Path(sys.prefix) / "share" / "superposition-course" / "chapters"
    if not (chapters / FIRST).is_file():
        raise FileNotFoundError("There are no chapters here: start in a clone of the course, or install the course.")
    return chapters, here / "superposition-course", here
