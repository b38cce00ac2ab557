"""What to say to somebody whose explanation of a latent can't be read: which part is wrong, and what was meant."""

import json
import re
from collections.abc import Sequence
from difflib import get_close_matches

NEAREST = 4
LIKE_THIS = 'Such as this can be read: at "s"; 1 before " owl" or " lark".'


def advice(text: str, place: str) -> str:
    """What is wrong with how a text is written. `place`: the regular expression of a place, `at` or `2 before`.

    >>> advice("at ‘s’", "at|earlier")
    'Pieces stand between plain quotation marks: "s", not “s” or ‘s’.'
    """
    if re.search("[“”„‟‘’«»]", text):
        return 'Pieces stand between plain quotation marks: "s", not “s” or ‘s’.'
    if re.search(rf"\b({place}):? *'", text, re.IGNORECASE):
        return "Pieces stand between double quotation marks: \"s\", not 's'."
    if re.search(rf"\b({place}|not)\b", text, re.IGNORECASE) and not re.search(rf"\b({place}|not)\b", text):
        return "Small letters, please: at, earlier, 1 before, not."
    if re.search(rf"\b({place})\b", text) and '"' not in text:
        return 'Pieces stand between double quotation marks, with the space that begins a word: " owl".'
    return LIKE_THIS


def no_such_piece(piece: str, known: Sequence[str]) -> str:
    """That a text is no piece of the language, and which are the nearest, as they have to be written.

    >>> no_such_piece("owls", [" owl", "s"])
    '"owls" is no piece of the language. It is two: " owl" and "s", one before the other. Nearest: " owl".'
    """
    said = [f"{_written(piece)} is no piece of the language."]
    if (two := _two(piece, known)) is not None:
        said.append(f"It is two: {_written(two[0])} and {_written(two[1])}, one before the other.")
    if near := nearest(piece, known):
        said.append(f"Nearest: {', '.join(map(_written, near))}.")
    if not two and not near:
        said.append("Copy one from a card, with the space that begins a word.")
    return " ".join(said)


def nearest(piece: str, known: Sequence[str]) -> list[str]:
    """Pieces that differ only by spaces, marks or capitals; then those that contain it; then similar ones."""
    bare = _bare(piece)
    same = [each for each in known if bare and _bare(each) == bare]
    within = sorted((each for each in known if len(bare) > 1 and bare in _bare(each)), key=len)
    return list(dict.fromkeys([*same, *within, *get_close_matches(piece, known, n=NEAREST, cutoff=0.6)]))[:NEAREST]


def _bare(piece: str) -> str:
    return re.sub(r"[\W_]+", "", piece).casefold()


def _two(piece: str, known: Sequence[str]) -> tuple[str, str] | None:
    """Two pieces that it is made of, with or without a space before it."""
    for text in (piece, f" {piece}"):
        for cut in range(len(text) - 1, 0, -1):
            if text[:cut].strip() and text[cut:].strip() and text[:cut] in known and text[cut:] in known:
                return text[:cut], text[cut:]
    return None


def _written(piece: str) -> str:
    return json.dumps(piece, ensure_ascii=False)
