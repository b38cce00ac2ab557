"""The plain pictures: tokens on coloured ground, attention as a small PNG, tables. HTML without scripts.

JupyterLab cleans the HTML of an untrusted notebook: inline styles and pictures stay, style sheets and scripts go. A
title is read on hovering.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence
from html import escape

import numpy as np

POSITIVE, NEGATIVE = "#2166ac", "#b35806"  # both ends of plots.style.DIVERGING
MASKED = 101  # above the hundredths 0 to 100


def shown(token: str) -> str:
    """A token with its line breaks and other invisible characters to be seen; spaces stay spaces."""
    return token.replace("\n", "↵\n").replace("\t", "⇥") or "∅"


def ground(value: float, bound: float) -> str:
    """A background on which black text reads (contrast over 7): white at 0, blue at `bound`, orange at −`bound`."""
    end = (0x77, 0xBB, 0xFF) if value > 0 else (0xFF, 0xAA, 0x66)
    amount = min(abs(value) / bound, 1) if bound > 0 else 0
    return "#" + "".join(f"{round((255 - (255 - channel) * amount) / 17):x}" for channel in end)


def strip(tokens: Sequence[str], values: np.ndarray, bound: float, titles: Sequence[str] | None = None) -> str:
    """Tokens on the ground of their values [token]; `titles` are shown on hovering instead of the value.

    A token whose ground would be white stands there as it is: it takes a tenth of the bytes.
    """
    titles = titles or [f"{value:.3g}" for value in values]
    return "".join(map(_span, tokens, [ground(value, bound) for value in values], titles))


def _span(token: str, colour: str, title: str) -> str:
    if colour == "#fff":
        return escape(shown(token))
    return f'<span style=background:{colour} title="{escape(title)}">{escape(shown(token))}</span>'


def heatmap(attention: np.ndarray, causal: bool, alt: str, pixels: int) -> str:
    """attention [destination, source] in [0, 1] as an `<img>`: white at 0, blue at 1, grey where a causal mask is.

    A pixel is the number itself in hundredths, so CircuitsVis is given what the picture says.
    """
    index = np.rint(attention * 100).astype(np.uint8)
    if causal:
        index[np.triu_indices(len(index), k=1)] = MASKED
    source = "data:image/png;base64," + base64.b64encode(_png(index)).decode()
    return f'<img src="{source}" alt="{escape(alt)}" width={pixels} height={pixels} style=image-rendering:pixelated>'


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of HTML cells. Styles are inline, since JupyterLab's own rows are dark in its dark theme."""
    lines = [[f"<th style=text-align:left>{cell}</th>" for cell in head]]
    lines += [[f"<td style=text-align:left>{cell}</td>" for cell in row] for row in rows]
    return (
        "<table>" + "".join(f"<tr style=background:#fff;color:#111>{''.join(line)}</tr>" for line in lines) + "</table>"
    )


def _png(index: np.ndarray) -> bytes:
    """A PNG with a palette; index [row, column] in bytes, every row unfiltered (circuits.js relies on it)."""
    blue = [int(POSITIVE[k : k + 2], 16) for k in (1, 3, 5)]
    palette = [round(255 - (255 - channel) * k / 100) for k in range(MASKED) for channel in blue] + [215] * 3
    rows = np.hstack([np.zeros((len(index), 1), dtype=np.uint8), index])
    packer = zlib.compressobj(9, strategy=zlib.Z_RLE)  # a tenth smaller than the default: rows of weights repeat little
    header = struct.pack(">IIBBBBB", index.shape[1], index.shape[0], 8, 3, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"PLTE", bytes(palette)), (b"IDAT", packer.compress(rows.tobytes()) + packer.flush())]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in [*chunks, (b"IEND", b"")])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
