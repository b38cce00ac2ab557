"""What can be wrong with the name of a model or a hook, said so that the reader finds the right one."""

import difflib
from collections.abc import Iterable


class UnknownModel(KeyError):
    """There is no model of this name, seed or checkpoint; the message lists what there is."""

    def __str__(self) -> str:
        return str(self.args[0])


class NoNetwork(OSError):
    """A public model is not in the cache and the hub can't be reached; the message names the shipped models."""


def suggestion(name: str, known: list[str]) -> str:
    """The names most like this one as a question, or nothing."""
    near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""


def several(names: str | Iterable[str]) -> list[str]:
    """A list of names or texts; one that stands by itself is meant as such, not as its letters.

    Raises ValueError for what is neither.
    """
    if isinstance(names, bytes) or not isinstance(names, Iterable):
        raise ValueError(f"a text or a list of texts is wanted here, not {names!r:.80}")
    return [names] if isinstance(names, str) else list(names)
