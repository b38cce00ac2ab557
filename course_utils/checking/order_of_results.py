"""Several results that are right and stand in another order than the wanted one."""

import itertools
from collections.abc import Callable
from typing import Any

from course_utils.checking.describe import words

MOST = 4
"""Results whose orders are all tried."""


def order_of_results_story(found: list[tuple[Any, Any]], same: Callable[[Any, Any], bool]) -> str | None:
    """Two that are the wrong way round, or all in another order. `found`: right and given results of every case."""
    sizes = {len(v) if isinstance(v, (list, tuple)) else 0 for both in found for v in both}
    if len(sizes) != 1 or not (n := sizes.pop()):
        return None
    for i in range(n):
        for j in range(i):
            if all(same(e[i], g[j]) and same(e[j], g[i]) for e, g in found):
                return f"`result[{j}]` and `result[{i}]` are right, the other way round."
    for order in itertools.permutations(range(n)) if n <= MOST else ():
        if all(same(e[i], g[at]) for e, g in found for i, at in enumerate(order)):
            moved = [f"your `result[{at}]` belongs at `[{i}]`" for i, at in enumerate(order) if at != i]
            return f"The right results, in another order: {words(moved)}." if moved else None
    return None
