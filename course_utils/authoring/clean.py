"""Taking out of an executed notebook what changes from run to run, so that the same chapter gives the same file.

Gone: progress bars, live widgets (a static fallback beside one stays), HTML twins of Plotly figures with their random
element ids, timings, memory addresses, uuids, the chunks in which a stream arrived, and paths of the machine.
"""

import re
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

WIDGET, PLOTLY, PLAIN = "application/vnd.jupyter.widget-view+json", "application/vnd.plotly.v1+json", "text/plain"

_BAR = re.compile(r"\d+%\|.*\||\d+(\.\d+)?(it|s)/(s|it)\b|\d+it \[\d\d:\d\d")
_TIMING = re.compile(r"^(CPU times|Wall time|Compiler time): .*\n?", re.MULTILINE)
_MINUTES = re.compile(r"\b\d+ min\b")  # the time column of progress()
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_KERNEL_FILE = re.compile(r"\S*ipykernel_\d+[/\\]\d+\.py")
_KEPT_METADATA = ("tags", "exercise")


def clean(notebook: NotebookNode, folder: str = "") -> NotebookNode:
    """Clean, in place, a notebook that was executed in `folder`; returns it."""
    places = {f"{folder}/": "…/", **_MACHINE} if folder else _MACHINE
    for number, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), 1):
        cell.execution_count = number
        cell.outputs = _places(_numbered(_outputs(cell.outputs, number)), places)
        cell.metadata = NotebookNode({key: cell.metadata[key] for key in _KEPT_METADATA if key in cell.metadata})
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = NotebookNode(name="python")
    return notebook


def _outputs(outputs: list[NotebookNode], number: int) -> list[NotebookNode]:
    kept, streams = [], {}
    for output in outputs:
        if output.output_type == "stream":
            # Neighbouring chunks of one stream are one output; stdout goes first, whoever was flushed earlier.
            streams[output.name] = streams.get(output.name, "") + output.text
            continue
        kept += _streams(streams)
        streams = {}
        if output.output_type == "error":
            kept.append(output)
        elif data := _data(output.data):
            output.data = data
            output.metadata = NotebookNode({mime: m for mime, m in output.metadata.items() if mime in data})
            if output.output_type == "execute_result":
                output.execution_count = number
            kept.append(output)
    return kept + _streams(streams)


def _streams(texts: dict[str, str]) -> list[NotebookNode]:
    cleaned = ((name, _printed(texts[name])) for name in sorted(texts, reverse=True))  # stdout before stderr
    return [NotebookNode(output_type="stream", name=name, text=text) for name, text in cleaned if text]


def _data(data: NotebookNode) -> NotebookNode | None:
    """The kept representations of one display, or None when nothing worth keeping is left."""
    kept = dict(data)
    if WIDGET in kept:
        del kept[WIDGET]
        if set(kept) <= {PLAIN}:  # only the widget's repr
            return None
    if PLOTLY in kept:
        kept.pop("text/html", None)
        kept[PLAIN] = "Plotly figure"
    elif "require.undef" in (page := kept.get("text/html", "")) or "window.PlotlyConfig" in page:
        return None  # the script that loads plotly.js: megabytes, and no figure
    return NotebookNode({m: _steady(value) if isinstance(value, str) else value for m, value in kept.items()})


def _printed(text: str) -> str:
    """A stream's text as a terminal would show it in the end, without progress bars and timings."""
    lines = (line.rstrip("\r").rpartition("\r")[2] if "\r" in line else line for line in text.split("\n"))
    return _steady(_TIMING.sub("", "\n".join(line for line in lines if not _BAR.search(line))))


def _steady(text: str) -> str:
    return _MINUTES.sub("… min", _KERNEL_FILE.sub("cell", _ADDRESS.sub("at 0x…", text)))


def _numbered(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """The outputs of a cell with uuids replaced by their order of appearance in it."""
    order: dict[str, str] = {}

    def steady(match: re.Match) -> str:
        return order.setdefault(match[0], f"00000000-0000-4000-8000-{len(order):012d}")

    return _each_text(outputs, lambda text: _UUID.sub(steady, text))


def _places(outputs: list[NotebookNode], names: dict[str, str]) -> list[NotebookNode]:
    """The outputs of a cell with the machine's folders replaced by `names`."""

    def renamed(text: str) -> str:
        for folder, name in names.items():
            text = text.replace(folder, name)
        return text

    return _each_text(outputs, renamed)


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    """A copy of a nested value with every text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_each_text(v, change) for v in value]
    return NotebookNode({k: _each_text(v, change) for k, v in value.items()}) if isinstance(value, dict) else value


_MACHINE = {
    f"{sysconfig.get_paths()['purelib']}/": "",
    f"{Path(__file__).resolve().parents[2]}/": "",
    f"{sys.prefix}/": "",
    f"{Path.home()}/": "~/",
}
