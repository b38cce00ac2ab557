"""Figures in the classic Notebook (nbclassic, Notebook 6), which knows nothing of Plotly.

JupyterLab, Notebook 7 and VS Code draw Plotly's JSON themselves. The classic Notebook loads scripts from folders of its
own server, so the kernel copies plotly.js from the installed package into the user's one of these, once, and the set-up
cell's output carries a page of script that says where it is (classic.js).
"""

from __future__ import annotations

import filecmp
import shutil
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path

from course_utils.writing import replacing

FOLDER = "superposition-course"


def is_here() -> bool:
    """Whether a classic Notebook is installed beside the course: a kernel can't see who has opened the page."""
    if find_spec("nbclassic") is not None:
        return True
    try:
        return int(version("notebook").partition(".")[0]) < 7
    except (PackageNotFoundError, ValueError):
        return False


def script() -> str:
    """HTML that makes the page draw figures, here and below. Raises OSError if plotly.js can't be put into place."""
    from jupyter_core.paths import jupyter_data_dir

    _lay(Path(jupyter_data_dir()) / "nbextensions" / FOLDER / "plotly.min.js")
    code = (files("course_utils.plots") / "classic.js").read_text(encoding="utf-8")
    return f"<script>{code.replace('FOLDER', FOLDER)}</script>"


def _lay(target: Path) -> None:
    with as_file(files("plotly") / "package_data" / "plotly.min.js") as source:
        if target.exists() and filecmp.cmp(source, target, shallow=False):
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as (part,):
            shutil.copyfile(source, part)
