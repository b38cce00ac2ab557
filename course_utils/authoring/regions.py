"""Solution regions of an answer cell (nbgrader's markers): finding them, and the code in and around them."""

import re
import textwrap
from typing import NamedTuple

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
_LOOKS_LIKE = re.compile(r"(BEGIN|END) SOLUTION")


class Region(NamedTuple):
    """Lines `begin` .. `end` (0-based, the two markers) of a cell."""

    begin: int
    end: int


class Fault(NamedTuple):
    """Something wrong with the markers, on a 0-based line of the cell."""

    line: int
    message: str


def find_regions(source: str) -> tuple[list[Region], list[Fault]]:
    """All closed regions of a cell, and what is wrong with its markers."""
    regions, faults, opened = [], [], None
    for i, line in enumerate(source.split("\n")):
        text = line.strip()
        if text == BEGIN:
            if opened is not None:
                faults.append(Fault(i, f"solution region inside another (opened {i - opened} lines above)"))
            else:
                opened = i
        elif text == END:
            if opened is None:
                faults.append(Fault(i, f"`{END}` without `{BEGIN}`"))
            else:
                regions.append(Region(opened, i))
                opened = None
        elif _LOOKS_LIKE.search(line):
            faults.append(Fault(i, f"write the marker exactly as `{BEGIN}` or `{END}`, alone on its line"))
    if opened is not None:
        faults.append(Fault(opened, f"solution region is never closed: `{END}` is missing"))
    return regions, faults


def without_markers(source: str) -> str:
    """The reference code, as `solution(id)` shows it."""
    kept = [line for line in source.split("\n") if line.strip() not in (BEGIN, END)]
    return "\n".join(kept).strip("\n")


def region_code(source: str, region: Region) -> str:
    """The lines between the markers, dedented."""
    return textwrap.dedent("\n".join(source.split("\n")[region.begin + 1 : region.end]))
