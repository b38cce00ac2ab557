"""All latents of a dictionary on one page that needs no network: searched, sorted, each with a card and a link.

The page is one file. What it asks of a browser is a script of its own and nothing else; it says so in its policy, so
that a browser would refuse the rest. Its card of latent 17 is `latents.html#latent-17`.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from html import escape
from pathlib import Path

from course_utils.widgets.circuits_view import View
from course_utils.writing import replacing

TEMPLATE = Path(__file__).with_suffix(".html")


def latents_page(data: Mapping, title: str) -> str:
    """The page as HTML.

    >>> html = latents_page(as_data(cards, PIECES, tokens, names), "1024 latents")

    Args:
        data: as `sae.latent_cards.as_data` gives it.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")  # no </script> inside
    before, after = TEMPLATE.read_text(encoding="utf-8").split("__DATA__")
    return before.replace("__TITLE__", escape(title)) + text + after


def write_latents_page(data: Mapping, title: str, path: str | Path) -> View:
    """Write the page to a file, whole or not at all; what is returned shows a link to it.

    Where nobody watches (strict runs) the file goes to a temporary folder and away with it.

    Raises:
        OSError: the file can't be written.
    """
    html = latents_page(data, title)
    with tempfile.TemporaryDirectory() as elsewhere:
        unwatched = os.environ.get("COURSE_STRICT") or os.environ.get("NBGRADER_EXECUTION")
        with replacing(Path(elsewhere, "page.html") if unwatched else Path(path)) as (beside,):
            beside.write_text(html, encoding="utf-8")
    size = f"{len(html.encode()) / 1e6:.2f} MB, {len(data['latents'])} latents"
    link = f'<a href="{escape(str(path))}" target="_blank">{escape(title)}</a>'
    return View(f"{link}   ({size})", f"{title}: {path} ({size})", themed=True)
