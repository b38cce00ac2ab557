"""What a CircuitsVis function returns: a plain picture in HTML and, beside it, the data for CircuitsVis to draw.

CircuitsVis as installed asks a public address whether there is a network, then loads 1.3 MB of script from a CDN or
writes them into every output. Here the script stands in no output. The kernel copies it, once, from the installed
package to a folder that the notebook's own server serves; an output carries its data and three lines that ask that
server for it. A page loads the script once and the browser keeps it. JupyterLab and Notebook 7 serve
`labextensions/` of the user's Jupyter data folder, Colab serves `nbextensions/` to the frames of its outputs.

Where the script can't be had (an untrusted notebook, a page without a server, VS Code, nbconvert, GitHub), the plain
picture stays. It needs no script. A terminal and nbval see text.
"""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from course_utils.plots.render import in_kernel

FOLDER = "superposition-course"
COLAB = Path("/usr/local/share/jupyter/nbextensions/google.colab")
# A light card on any page: CircuitsVis draws for a white one.
CARD = "background-color:#fff;color:#111;padding:8px 12px;border-radius:4px;white-space:pre-wrap;line-height:1.7"
# The page's own colours: links and text read well in any theme.
THEMED = CARD.replace("background-color:#fff;color:#111", "color:inherit;border:1px solid rgba(127,127,127,.45)")
# The server's address is in the page of JupyterLab and Notebook 7; an output of Colab has the object google.colab.
# In any other page nothing is asked for.
ASK = (
    '<script>{const card=document.currentScript.parentElement,page=document.getElementById("jupyter-config-data"),'
    "at=page?JSON.parse(page.textContent).fullLabextensionsUrl:"
    'globalThis.google?.colab&&"/nbextensions/google.colab";'
    'if(at)card.append(Object.assign(document.createElement("script"),'
    f"{{src:`${{at}}/{FOLDER}/circuits.js`,onload:()=>courseCircuits.draw(card)}}))}}</script>"
)


@dataclass(frozen=True, repr=False)
class View:
    """A picture that Jupyter displays; `print` and a terminal show its text.

    plain: the picture as HTML without scripts; text: the same in words; component: the CircuitsVis component that
    draws it, if there is one; props: its properties, without the attention, which is read from the pictures in `plain`;
    themed: the picture has no ground of its own, so that it can stand on the page's, light or dark.
    """

    plain: str
    text: str
    component: str | None = None
    props: dict = field(default_factory=dict)
    themed: bool = False

    def html(self) -> str:
        if self.component is None:
            return f'<div style="{THEMED if self.themed else CARD}"><div>{self.plain}</div></div>'
        data = json.dumps({"component": self.component, "props": self.props}, separators=(",", ":"), ensure_ascii=False)
        data = data.replace("<", "\\u003c")  # no </script> inside a script
        return f'<div style="{CARD}"><div>{self.plain}</div><script type="application/json">{data}</script>{ASK}</div>'

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        if (
            self.component
            and in_kernel()
            and not (os.environ.get("COURSE_STRICT") or os.environ.get("NBGRADER_EXECUTION"))
        ):
            serve(_served_folder())
        return {"text/html": self.html(), "text/plain": self.text}

    def __repr__(self) -> str:
        return self.text


@cache
def serve(folder: Path) -> bool:
    """Puts circuits.js and CircuitsVis's script into `folder`, where the server finds them; False if that can't be.

    Another kernel may do the same at the same time, so each file appears whole or not at all.
    """
    package = find_spec("circuitsvis")
    if package is None or package.origin is None:
        return False
    files = {
        "circuits.js": Path(__file__).with_name("circuits.js"),
        "circuitsvis.js": Path(package.origin).parent / "dist" / "cdn" / "iife.js",
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, source in files.items():
            if (folder / name).exists() and filecmp.cmp(source, folder / name, shallow=False):
                continue
            handle, unfinished = tempfile.mkstemp(dir=folder)
            os.close(handle)
            shutil.copyfile(source, unfinished)
            os.chmod(unfinished, 0o644)  # the server may be another user's
            os.replace(unfinished, folder / name)
    except OSError:  # a read-only home, a full disk: the plain picture is there
        return False
    return True


def _served_folder() -> Path:
    if "google.colab" in sys.modules:
        return COLAB / FOLDER
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir()) / "labextensions" / FOLDER
