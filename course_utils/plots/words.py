"""What there is to be seen in a figure, in words: for a screen reader, and wherever figures can't be drawn."""

import base64
import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

MOST = 900  # letters
PANELS, NAMED = 6, 6  # of a figure, and of a panel's parts, that are told one by one
SMALL = 20  # cells of a table of which each is told


def describe(figure: dict[str, Any]) -> str:
    """A few sentences about a figure as Plotly's JSON has it: panels, axes, and what each part shows, with numbers.

    >>> loss = {"type": "scatter", "mode": "lines", "name": "loss", "x": [1, 2, 3], "y": [0.9, 0.2, 0.3]}
    >>> describe({"data": [loss], "layout": {"xaxis": {"title": {"text": "step"}}}})
    'Figure. Across: step. loss: from 0.9 at 1 to 0.3 at 3, lowest 0.2 at 2.'

    A figure of a kind that the course doesn't draw may be told in a word only; none is an error.
    """
    try:
        whole = _whole(figure)
    except Exception:  # a learner's own figure: it must be shown, whatever is in it
        whole = "Figure."
    return whole if len(whole) <= MOST else f"{whole[: MOST - 2].rpartition(' ')[0]} …"


def _whole(figure: dict[str, Any]) -> str:
    layout, by_panel = figure.get("layout", {}), defaultdict(list)
    for trace in figure.get("data", ()):
        by_panel[str(trace.get("xaxis", trace.get("scene", "x"))).removeprefix("x").removeprefix("scene")].append(trace)
    told = [_panel(number, traces, layout) for number, traces in list(by_panel.items())[:PANELS]]
    more = [f"And {len(by_panel) - PANELS} more panels."] if len(by_panel) > PANELS else []
    kind = f"Figure with {len(by_panel)} panels." if len(by_panel) > 1 else "Figure."
    title = [f"{_plain(text)}."] if (text := _text(layout.get("title"))) else []
    frames = len(figure.get("frames", ()))
    moving = [f"An animation of {frames} pictures, of which this is the first."] if frames else []
    return " ".join([kind, *title, *moving, *told, *more])


def _panel(number: str, traces: list[dict], layout: dict) -> str:
    across, up = layout.get(f"xaxis{number}", {}), layout.get(f"yaxis{number}", {})
    place = layout.get(f"scene{number}", {}).get("domain") or {"x": across.get("domain"), "y": up.get("domain")}
    said = [_panel_title(layout, place)]
    said += [
        f"{word}: {_plain(text)}"
        for word, axis in (("Across", across), ("Up", up))
        if (text := _text(axis.get("title")))
    ]
    tips = [tip for trace in traces if (tip := _arrow(trace)) is not None]
    if tips:
        ends = ", ".join(f"({', '.join(_short(v) for v in tip)})" for tip in tips[:NAMED])
        more = f" and {len(tips) - NAMED} more" if len(tips) > NAMED else ""
        said.append(f"Arrows from the origin to {ends}{more}")
    told = [words for trace in traces if _arrow(trace) is None and (words := _trace(trace, layout, across, up))]
    said += told[:NAMED]
    if len(told) > NAMED:
        said.append(f"and {len(told) - NAMED} more")
    return " ".join(f"{part}." for part in said if part)


def _panel_title(layout: dict, place: dict) -> str:
    """The annotation that stands above the middle of the panel, as `panels` places titles."""
    if not place.get("x") or not place.get("y"):
        return ""
    middle, top = sum(place["x"]) / 2, place["y"][1]
    for note in layout.get("annotations", ()):
        near = abs(note.get("x", 9) - middle) < 1e-3 and abs(note.get("y", 9) - top) < 1e-3
        if note.get("xref") == "paper" and near:
            return _plain(note.get("text", ""))
    return ""


def _arrow(trace: dict) -> list[float] | None:
    """Where an arrow points, if the trace is one: a line of two points, the first at 0."""
    if "lines" not in trace.get("mode", ""):
        return None
    axes = [_numbers(trace[name]) for name in "xyz" if name in trace]
    if any(axis is None or len(axis) != 2 or axis[0] != 0 for axis in axes):
        return None
    return [float(axis[1]) for axis in axes] if len(axes) > 1 else None


def _trace(trace: dict, layout: dict, across: dict, up: dict) -> str:
    """One part of a panel."""
    kind, name = trace.get("type", "scatter"), _plain(trace.get("name") or "")
    if kind == "heatmap":
        return _table(trace, layout, across, up)
    if kind == "scatter3d":
        return f"{name or 'in space'}: {len(_values(trace.get('x')))} points"
    x, y = (trace.get("y"), trace.get("x")) if trace.get("orientation") == "h" else (trace.get("x"), trace.get("y"))
    values = _numbers(y)
    at = _labels(x if x is not None or values is None else range(len(values)), across if y is trace.get("y") else up)
    if values is None or not np.isfinite(values).any():
        return name
    if kind == "bar":
        return _lead(name, _bars(at, values))
    if "lines" in trace.get("mode", "lines"):
        return _lead(name or "a line", _line(at, values))
    return _lead(name, _points(_numbers(x), values))


def _lead(name: str, said: str) -> str:
    return f"{name}: {said}" if name else said


def _table(trace: dict, layout: dict, across: dict, up: dict) -> str:
    z = _numbers(trace.get("z"))
    if z is None or z.ndim != 2 or not np.isfinite(z).any():
        return ""
    rows, columns = (
        _labels(trace.get(name) if name in trace else range(n), axis)
        for name, n, axis in zip("yx", z.shape, (up, across))
    )
    bar = trace.get("colorbar") or layout.get(trace.get("coloraxis", "coloraxis"), {}).get("colorbar", {})
    value = _plain(_text(bar.get("title"))) or "values"
    head = f"A table of {z.shape[0]} rows and {z.shape[1]} columns, {value}"
    if z.size <= SMALL:
        lines = (", ".join(f"{c} {_short(v)}" for c, v in zip(columns, line)) for line in z)
        return f"{head}: " + "; ".join(f"{row}: {line}" for row, line in zip(rows, lines))
    ends = []
    for word, place in (("smallest", np.nanargmin(z)), ("largest", np.nanargmax(z))):
        row, column = np.unravel_index(place, z.shape)
        ends.append(f"{word} {_short(z[row, column])} ({rows[row]}, {columns[column]})")
    return f"{head}: {', '.join(ends)}"


def _bars(at: Sequence, values: np.ndarray) -> str:
    if len(values) <= NAMED:
        return ", ".join(f"{a} {_short(v)}" for a, v in zip(at, values))
    low, high = np.nanargmin(values), np.nanargmax(values)
    return (
        f"{len(values)} bars, lowest {_short(values[low])} at {at[low]}, highest {_short(values[high])} at {at[high]}"
    )


def _line(at: Sequence, values: np.ndarray) -> str:
    there = np.isfinite(values).nonzero()[0]
    first, last = there[0], there[-1]
    said = f"from {_short(values[first])} at {at[first]} to {_short(values[last])} at {at[last]}"
    for word, place in (("lowest", np.nanargmin(values)), ("highest", np.nanargmax(values))):
        if values[place] not in (values[first], values[last]):
            said += f", {word} {_short(values[place])} at {at[place]}"
    return said


def _points(x: np.ndarray | None, y: np.ndarray) -> str:
    across = "" if x is None else f"{_short(np.nanmin(x))} to {_short(np.nanmax(x))} across, "
    return f"{len(y)} points, {across}{_short(np.nanmin(y))} to {_short(np.nanmax(y))} up"


def _values(given: Any) -> Sequence:
    """A list of Plotly's, or an array that it packed."""
    if isinstance(given, dict) and "bdata" in given:
        array = np.frombuffer(base64.b64decode(given["bdata"]), np.dtype(given["dtype"]))
        return array.reshape([int(n) for n in str(given["shape"]).split(",")]) if "shape" in given else array
    return [] if given is None else given


def _numbers(given: Any) -> np.ndarray | None:
    """As floats, what is missing as nan; None if they are no numbers."""
    values = _values(given)
    try:
        array = np.array(values, dtype=float)  # None becomes nan
    except (TypeError, ValueError):
        return None
    return array if array.size else None


def _labels(given: Any, axis: dict) -> list[str]:
    """The values as the axis writes them."""
    ticks = dict(zip(_values(axis.get("tickvals")), map(str, _values(axis.get("ticktext")))))
    return [_plain(ticks.get(value, "")) or _short(value) for value in _values(given)]


def _text(title: Any) -> str:
    return str(title.get("text") or "") if isinstance(title, dict) else str(title or "")


def _plain(text: str) -> str:
    """Without Plotly's little HTML."""
    return " ".join(re.sub("</?[a-z][^<>]*>", "", text.replace("<br>", " ")).split()).rstrip(".:")


def _short(value: Any) -> str:
    return f"{float(value):.3g}" if isinstance(value, float | int | np.number) else _plain(str(value))
