"""Making text that a learner wrote safe to show: in a terminal, on a page, in a table."""

import re
import unicodedata
from typing import Any

_FORMULA = re.compile(r"""((?:^|;)["' ]*)(?=[-=+@|%＝＋－＠﹦﹢﹣﹫])""")  # the wide ones: East Asian spreadsheets
_NAME = re.compile(r"[-+@](?=[^\W\d_])(?:[^\W_]|[ .,'’-])*")
_FILLERS = set("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that nobody sees."""
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
    return _FORMULA.sub(r"\1'", _seen_first(one_line(value, 5_000)))


def imported(value: Any) -> Any:
    """A value for a CSV file that Canvas or Moodle import: `@nna`, `-Zoë` and `+Bob`, who must be found by their
    names, stay as they are. Nothing can be computed from a sign, letters and blanks."""
    if isinstance(value, str) and _NAME.fullmatch(one_line(value, 5_000)):
        return one_line(value, 5_000)
    return cell(value)


def _seen_first(text: str) -> str:
    """Without invisible characters where a cell begins: a spreadsheet may pass over them, and then see a formula."""
    parts = text.split(";")
    return ";".join(_after_unseen(part) for part in parts)


def _after_unseen(text: str) -> str:
    start = next((n for n, c in enumerate(text) if c not in "\"' " and not _unseen(c)), len(text))
    kept = "".join(c for c in text[:start] if not _unseen(c))
    return kept + text[start:] if text[start : start + 1] in tuple("-=+@|%＝＋－＠﹦﹢﹣﹫") else text


def _unseen(c: str) -> bool:
    return unicodedata.category(c) in ("Cf", "Mn", "Me", "Zl", "Zp") or c in _FILLERS


def _harmless(c: str) -> bool:
    return c in "\n\t" or (unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn") and c not in _BIDI)


def _written_out(c: str) -> str:
    return f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}"
