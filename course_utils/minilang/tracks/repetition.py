"""What has been there before: pieces and pairs of pieces that repeat, and which copy of a list or key this is."""

import numpy as np

from course_utils.minilang import lexicon as lx
from course_utils.minilang.feature import Feature, coded, piece_mask
from course_utils.minilang.tracks.reading import Reading, Track
from course_utils.minilang.tracks.whole_text import in_genre
from course_utils.minilang.vocabulary import PIECES, SECRETS

RANDOM = piece_mask([f" {item}" for item in lx.LIST_ITEMS] + SECRETS)


def _occurred(codes: np.ndarray) -> np.ndarray:
    """Where the value at this position stands at an earlier one of the same document too."""
    found = np.zeros(codes.shape, bool)
    for back in range(1, codes.shape[1]):
        found[:, back:] |= codes[:, back:] == codes[:, :-back]
    return found


def repeated(text: Reading) -> Track:
    """1 a piece that has been there before in this text, 2 right after the same piece as then; 0 a new piece."""
    tokens = text.tokens.astype(np.int32)
    pairs = text.before(tokens) * len(PIECES) + tokens
    pairs[:, 0] = -1  # no piece stands before the first
    return _occurred(tokens).astype(np.uint8) + _occurred(pairs)


def copied(text: Reading) -> Track:
    """In lists and keys, for items and secret pieces: 1 new, 2 not new, 3 right after the same piece as before."""
    random = RANDOM[text.tokens] & (in_genre(text, "list") | in_genre(text, "keys"))
    return np.where(random, text["repeated"] + 1, 0).astype(np.uint8)


def copy_number(text: Reading) -> Track:
    """In lists, 1 + how often "Again" has been said, at most 4; in keys, 5 from "key: " on and 6 from "copy: " on."""
    again = np.minimum(np.cumsum(text.token_is(" Again"), axis=1), 3) + 1
    key, copy = text.token_is("key: "), text.token_is("copy: ")
    opened = np.maximum.accumulate(np.where(key | copy, np.arange(1, text.tokens.shape[1] + 1) * 2 + copy, 0), axis=1)
    in_keys = np.where(opened > 0, 5 + opened % 2, 0)
    return np.select([in_genre(text, "list"), in_genre(text, "keys")], [again, in_keys], 0).astype(np.uint8)


TRACKS = {"repeated": repeated, "copied": copied, "copy_number": copy_number}


def features() -> list[Feature]:
    return [
        Feature(
            "repetition/piece", "repetition", "this piece has occurred in this text before", False, "repeated", (1, 2)
        ),
        Feature(
            "repetition/pair",
            "repetition",
            "this piece and the one before it have occurred together in this text before",
            False,
            "repeated",
            (2,),
        ),
        *coded(
            "copied",
            "copy",
            {
                "new": "in lists and keys, an item or secret piece that is new in this text",
                "seen elsewhere": "in lists and keys, an item or secret piece seen before, but after another piece",
                "copied": "in lists and keys, an item or secret piece seen before, after the same piece as then",
            },
        ),
        *coded(
            "copy_number",
            "copy",
            {
                "first list": "in a list, before the first 'Again'",
                "second list": "in a list, after one 'Again'",
                "third list": "in a list, after two",
                "later list": "in a list, after three or more",
                "key": "in keys, since the last 'key: '",
                "key's copy": "in keys, since the last 'copy: '",
            },
        ),
    ]
