"""A learner's work in `chapters/` is never overwritten: a notebook that was edited is kept beside the new one."""

import hashlib
import json
from pathlib import Path

from nbformat import NotebookNode

YOURS = ".yours-"


def sources_digest(cells: list) -> str:
    """A hash of what stands in the cells. Running a notebook doesn't change it; writing an answer does."""
    digest = hashlib.sha256()
    for cell in cells:
        source = cell["source"]
        digest.update(("".join(source) if isinstance(source, list) else source).encode() + b"\0")
    return digest.hexdigest()[:16]


def stamp(notebook: NotebookNode) -> NotebookNode:
    """The notebook, with the hash of its cells as they were built."""
    notebook.metadata.course["sources"] = sources_digest(notebook.cells)
    return notebook


def keep_edited(path: Path) -> Path | None:
    """Move a learner's notebook that isn't as it was built out of the way; returns where to, or None."""
    if not path.exists() or _as_built(path):
        return None
    names = (path.with_name(f"{path.stem}{YOURS}{n}.ipynb") for n in range(1, 10_000))
    kept = next(name for name in names if not name.exists())
    path.rename(kept)
    return kept


def _as_built(path: Path) -> bool:
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        return notebook["metadata"]["course"]["sources"] == sources_digest(notebook["cells"])
    except (ValueError, KeyError, TypeError):  # unreadable, or of before notebooks were stamped: keep it
        return False
