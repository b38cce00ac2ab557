"""Exchangeable parts by name: ``activation="gelu"`` or the part itself."""

import difflib
from collections.abc import Mapping
from typing import Any


def named(what: str, part: Any, known: Mapping[str, Any]) -> Any:
    """The part that ``part`` is the name of; anything that isn't a text is a part already.

    >>> named("fruit", "aple", {"apple": 1, "pear": 2})
    Traceback (most recent call last):
    ValueError: unknown fruit "aple": did you mean "apple"? There are "apple", "pear"

    Raises:
        ValueError: no such name; the message has the nearest one and all the others.
    """
    if not isinstance(part, str):
        return part
    if part not in known:
        near = difflib.get_close_matches(part.lower(), list(known), n=1, cutoff=0.0)[0]
        names = ", ".join(f'"{name}"' for name in known)
        raise ValueError(f'unknown {what} "{part}": did you mean "{near}"? There are {names}')
    return known[part]
