"""A neuron on one card: how its activation is spread, rows over its range, what it says, and the truth on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from course_utils.widgets.circuits_view import View

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

BINS, HEIGHT = 40, 48  # pixels
BAR = "#3a84c8"  # contrast over 3.5 on white and on black


def neuron_dashboard(
    name: str,
    acts: Float[Tensor, " row"],
    lines: Sequence[str],
    *,
    says: Mapping[str, float] | None = None,
    truth: Sequence[str] = (),
) -> View:
    """A neuron on one card of a few kB, offline and without a script.

    acts: its activation in every row, for a histogram (bars are logarithms of counts, or one would see the rows near
    zero only); lines: rows over its range, as `neurons.cards.card` writes them; says: what it adds to some logits;
    truth: shown when it is asked for, by a click; if there is one for each line, beside its line. In a terminal all of
    it is text.

    >>> neuron_dashboard("neuron 7", acts, ["  100%  two fern owl⟦s⟧"], truth=["thing/fern owl"])
    """
    counts, edges = np.histogram(np.asarray(acts, dtype=np.float64), bins=BINS)
    spread = _spread(np.asarray(acts, dtype=np.float64))
    said = "".join(f"{escape(piece)} {value:+.2f}   " for piece, value in (says or {}).items())
    parts = [f"<b>{escape(name)}</b>   {spread}", _bars(counts, edges), _column(lines)]
    text = [f"{name}: {spread}", *lines]
    if said:
        parts.append(f"<b>says</b> {said}")
        text.append("says " + ", ".join(f"{piece!r} {value:+.2f}" for piece, value in says.items()))
    if truth:
        if len(truth) == len(lines):
            width = max(map(len, lines))
            truth = [f"{line:{width}}   {meant}" for line, meant in zip(lines, truth)]
        parts.append(f"<details><summary>what is meant there, line by line</summary>{_column(truth)}</details>")
        text += ["what is meant there, line by line:", *truth]
    return View("\n".join(parts), "\n".join(text), themed=True)


def _spread(acts: np.ndarray) -> str:
    low, high, middle = acts.min(), acts.max(), float(np.median(acts))
    if low == 0 == middle:  # a latent, or a neuron behind a ReLU
        return f"0 in {np.mean(acts == 0):.1%} of the rows, up to {high:.2f}"
    return f"from {low:.2f} to {high:.2f}, half of the rows below {middle:.2f}"


def _column(lines: Sequence[str]) -> str:
    return f'<span style="font-family:monospace">{escape(chr(10).join(lines), quote=False)}</span>'


def _bars(counts: np.ndarray, edges: np.ndarray) -> str:
    """A histogram of inline blocks: pictures that need no script and no network."""
    heights = np.rint(HEIGHT * np.log1p(counts) / np.log1p(counts.max())).astype(int)
    bars = (
        f'<span title="{low:.2f} to {high:.2f}: {count} rows" style="display:inline-block;width:7px;margin-right:1px;'
        f'height:{height}px;background-color:{BAR}"></span>'
        for count, height, low, high in zip(counts, heights, edges, edges[1:], strict=False)
    )
    return f'<span role="img" aria-label="how many rows have which activation">{"".join(bars)}</span>'
