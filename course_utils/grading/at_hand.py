"""Which chapters a folder is about, by a look at its files: only these are imported, and what their learners import.

The look is generous (any number that could be a chapter's counts), and no mark depends on it: a file that names no
chapter makes all of them count.
"""

import re
from collections.abc import Container, Iterable
from pathlib import Path

from course_utils.grading import files

_SAYS = re.compile(rb"""exercise(?:\\?["']\s*:\s*\\?["']|-)0*(\d+)[.-]\d|check(?:-|\(\s*\\?["'])0*(\d+)[.-]\d""")
_NAMED = re.compile(r"(?:^|[^0-9])(\d\d)_[a-z]")
_ID = re.compile(r"0*(\d+)\.\d+")

MODULES = {
    "transformer_lens": ("transformer_lens",),
    "lm": ("transformer_lens", "course_utils.lm"),
    "toy": ("numba", "course_utils.toy"),
    "sae": ("numba",),
    "numba": ("numba",),
    "plots": ("plotly.graph_objects", "plotly.subplots", "course_utils.plots"),
    "plotly": ("plotly.graph_objects", "plotly.subplots"),
    "widgets": ("ipywidgets", "course_utils.widgets"),
    "ipywidgets": ("ipywidgets",),
    "einops": ("einops",),
    "jaxtyping": ("jaxtyping",),
    "display": ("IPython.display",),
}
"""A word in a chapter's code → what its learners then import."""


def chapters_in(
    folder: Path, paths: Iterable[str], only: Iterable[str] = (), known: Container[str] | None = None
) -> set[str] | None:
    """Numbers of chapters ("1"), for these files and exercises; None for all of them.

    known: the chapters that there are; a file that speaks of none of them may belong to any.
    """
    found = {match[1] for id in only if (match := _ID.fullmatch(id.strip()))}
    for path in paths:
        file = files.read(folder, path)
        if file.problem is not None:
            continue
        said = {(a or b).decode() for a, b in _SAYS.findall(file.content)}
        said |= {str(int(number)) for number in _NAMED.findall(path.rpartition("/")[2].lower())}
        unclear = not said or (known is not None and not any(number in known for number in said))
        if unclear and file.content.strip()[:1] == b"{":
            return None
        found |= said
    return found or None


def imports_of(chapters: Iterable[Path]) -> list[str]:
    """What is worth importing once for all workers, for these published notebooks."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in chapters)
    wanted = [m for word, modules in MODULES.items() if re.search(rf"\b{word}\b", text) for m in modules]
    return ["torch", "numpy", *dict.fromkeys(wanted)]


def numbers_of(chapters: Path) -> set[str]:
    return {str(int(path.name[:2])) for path in published(chapters, None)}


def published(chapters: Path, numbers: set[str] | None) -> list[Path]:
    """`NN_name.ipynb` of these chapters, or of all: in order. Where none of them is published, all."""
    every = sorted(chapters.glob("[0-9][0-9]_*.ipynb"))
    some = [path for path in every if numbers is None or str(int(path.name[:2])) in numbers]
    return some or every
