"""What both notebooks of a chapter share: title, contents, set-up cell, stable cell ids, one way to write a file."""

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import quote

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_utils.authoring.repository import Repository
from course_utils.authoring.source import ChapterSource
from course_utils.cells.syntax import imported_from

_HEADING = re.compile(r"^## +(.+?)[ #]*$", re.MULTILINE)
_FILE = re.compile(r"(?<!\[)`((?:bench|docs)/[\w/.]+\.(?:py|md))[^`]*`")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
_INSTALL = """\
# Where the course is not installed yet (Colab), this installs it: about a minute, once.
import importlib.util
import subprocess
import sys

if importlib.util.find_spec("course_utils") is None:
    wanted = "{requirement}"
    if subprocess.run([sys.executable, "-m", "pip", "install", "-q", wanted], stderr=subprocess.DEVNULL).returncode:
        sys.exit("The course could not be installed. Is there a network? It should come from {url}, version {version}.")
print("Loading PyTorch and the course: some seconds.")
"""


def code(source: str, **metadata) -> NotebookNode:
    """A code cell; metadata that is empty is left out."""
    return new_code_cell(source, metadata={key: value for key, value in metadata.items() if value})


def text(source: str, **metadata) -> NotebookNode:
    """A markdown cell; metadata that is empty is left out."""
    return new_markdown_cell(source, metadata={key: value for key, value in metadata.items() if value})


def with_addresses(source: str, repository: Repository) -> str:
    """Files of the clone that a text names, as links: who reads it in Colab hasn't got them.

    >>> with_addresses("see `bench/bands.py 01`", repository)
    'see [`bench/bands.py 01`](https://github.com/…/blob/v0.1.0/bench/bands.py)'
    """
    return _FILE.sub(lambda match: f"[{match[0]}]({repository.page(match[1])})", source)


def opening(chapter: ChapterSource, folder: str, repository: Repository) -> list[NotebookNode]:
    """The first cell with a Colab badge under its title, and a table of contents. `folder` holds the notebook."""
    title, _, rest = chapter.cells[0].source.partition("\n")
    badge = f"[![Open in Colab]({_BADGE})]({repository.colab(f'{folder}/{chapter.stem}.ipynb')})"
    cells = [text("\n\n".join(part for part in (title.rstrip(), badge, rest.strip("\n")) if part))]
    if headings := [heading for cell in chapter.cells if cell.kind == "markdown" for heading in _headings(cell.source)]:
        cells.append(
            text("**Contents**\n\n" + "\n".join(f"- [{heading}](#{_anchor(heading)})" for heading in headings))
        )
    return cells


def setup_source(chapter: ChapterSource, source: str, repository: Repository) -> str:
    """The set-up cell: install where needed, the author's imports, `start`."""
    number = chapter.course["chapter"]
    missing = [] if "start" in imported_from(source, "course_utils") else ["from course_utils import start"]
    start = "\n".join([*missing, f'start("{number}", built_for="{repository.version}")'])
    return "\n".join([_install(repository), source.strip("\n"), "", start])


def _install(repository: Repository) -> str:
    return _INSTALL.format(requirement=repository.requirement, url=repository.url, version=repository.version)


def assemble(chapter: ChapterSource, cells: Iterable[NotebookNode], metadata: dict) -> NotebookNode:
    """A notebook of these cells. `metadata` joins the header's course block."""
    cells = list(cells)
    seen: dict[str, int] = {}
    for cell in cells:
        cell.id = _cell_id(cell, seen)
    return new_notebook(
        cells=cells,
        metadata={
            "course": {**chapter.course, **metadata},
            "kernelspec": dict(chapter.kernelspec),
            "language_info": {"name": "python"},
        },
    )


def serialise(notebook: NotebookNode) -> str:
    """The text of the file: the same bytes for the same notebook.

    Raises:
        nbformat.ValidationError: the notebook is no valid one.
    """
    nbformat.validate(notebook)
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def _cell_id(cell: NotebookNode, seen: dict[str, int]) -> str:
    """An id from the cell's role or else from its content, so that a cell added above does not change it."""
    if grade_id := cell.metadata.get("nbgrader", {}).get("grade_id"):
        return grade_id
    digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
    seen[digest] = seen.get(digest, 0) + 1
    return digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"


def _headings(source: str) -> list[str]:
    return _HEADING.findall(_FENCE.sub("", source))


def _anchor(heading: str) -> str:
    """The address JupyterLab and nbviewer give a heading: its plain text with hyphens for blanks."""
    plain = re.sub(r"[*`]|\[([^\]]*)\]\([^)]*\)", lambda match: match[1] or "", heading)
    return quote(plain.strip().replace(" ", "-"), safe="-._~!$&'*+,;=:@/?")
