"""The code by which learners come in: read from a projector, said aloud, typed once."""

import secrets
from pathlib import Path

_WORDS = Path(__file__).with_name("words.txt").read_text(encoding="utf-8").split()
_DIGITS = "23456789"


def new_code() -> str:
    """Like `tiger-amber-37`: easy to say and to type, without 0, O, 1 and l."""
    words = [secrets.choice(_WORDS) for _ in range(2)]
    return "-".join([*words, "".join(secrets.choice(_DIGITS) for _ in range(2))])


def same_code(a: str, b: str) -> bool:
    """Whether they are the same, whatever stands between the words, in capitals or not."""
    return secrets.compare_digest(_letters(a), _letters(b))


def _letters(code: str) -> bytes:
    return "".join(each for each in code.casefold() if each.isalnum()).encode("utf-8", "replace")
