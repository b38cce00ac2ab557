"""Making text that a learner wrote safe to show: in a terminal, on a page, in a table."""

import re
import unicodedata
from typing import Any

_FORMULA = re.compile(r"""((?:^|;)["' ]*)(?=[-=+@|%＝＋－＠])""")  # the wide ones: East Asian spreadsheets
_BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(text: Any, limit: int = 2_000) -> str:
    """The text with control and direction characters written out (tab and line break stay), cut to `limit`."""
    text = str(text)
    cut = text if len(text) <= limit else text[:limit] + " …"
    return "".join(c if _harmless(c) else _written_out(c) for c in cut)


def one_line(text: Any, limit: int = 200) -> str:
    return " ".join(plain(text, limit).split())


def cell(value: Any) -> Any:
    """A value for a CSV file: what a spreadsheet would take for a formula begins with an apostrophe.

    So does what stands behind a semicolon, which is where spreadsheets of half the world split a line.
    """
    if not isinstance(value, str):
        return value
    return _FORMULA.sub(r"\1'", one_line(value, 5_000))


def _harmless(c: str) -> bool:
    return c in "\n\t" or (unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn") and c not in _BIDI)


def _written_out(c: str) -> str:
    return f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}"
