"""Do the claims of the chapters hold for other seeds? Runs a chapter's own cells with many seeds and prints, for every
`assert`, how often it held and between which values each measured quantity lay; and how often every check passed.

    python bench/bands.py                  # every chapter that trains or measures, 21 seeds each: an hour on one core
    python bench/bands.py 01 09 --seeds 3

Exits with an error if a claim failed for any seed. There is no second copy of the chapter's settings to go stale: each
`assert` of the source is rewritten so that it records what it compares, and `SEED = 0` gets another value. Chapter 06
takes each of the three trainings of its models in turn, with other texts every time.
"""

import argparse
import ast
import contextlib
import io
import re
import sys
import time
from collections import defaultdict
from pathlib import Path
from unittest.mock import MagicMock

import jupytext

import course_utils
from course_utils import exercises
from course_utils.checking import run_check

SOLUTIONS = Path(__file__).parents[1] / "solutions"
CHAPTERS = {"01": "01_toy_models.py", "06": "06_language_model.py", "09": "09_saes_toy.py"}
SILENT = ("compare", "hint", "plots", "predict", "progress", "quiz", "solution", "widgets")
TRAININGS = 3  # of each model of the mini-language that chapter 06 opens


class Record:
    """What every claim looked like, seed by seed."""

    def __init__(self) -> None:
        self.held: dict[str, list[bool]] = defaultdict(list)
        self.seen: dict[tuple[str, str], list[float]] = defaultdict(list)

    def claim(self, says: str, holds, quantities: dict) -> None:
        self.held[says].append(bool(holds))
        for name, value in quantities.items():
            self.seen[says, name].append(float(value))

    def check(self, id: str, answer) -> None:
        report = run_check(exercises.get(id), answer)
        self.held[f"check {id}"].append(report.status == "passed")
        if report.status != "passed":
            print(report.text(), file=sys.stderr)

    def print(self) -> None:
        for says, held in self.held.items():
            print(f"{sum(held):3} of {len(held)}  {says}")
            for (claim, name), values in self.seen.items():
                if claim == says:
                    print(f"{'':13}{name}: {min(values):.4g} … {max(values):.4g}")


class Recording(ast.NodeTransformer):
    """`assert a < x` becomes `claim("a < x", a < x, {"x": x})`."""

    def visit_Assert(self, node: ast.Assert) -> ast.Expr:
        parts = node.test.values if isinstance(node.test, ast.BoolOp) else [node.test]
        names = dict.fromkeys(
            ast.unparse(side)
            for compare in parts
            if isinstance(compare, ast.Compare)
            for side in (compare.left, *compare.comparators)
            if not isinstance(side, ast.Constant | ast.UnaryOp)
        )
        quantities = ", ".join(f"{name!r}: {name}" for name in names)
        says = ast.unparse(node.test)
        return ast.parse(f"claim({says!r}, {says}, {{{quantities}}})").body[0]


def settings(chapter: str, seed: int) -> dict[str, str]:
    """Lines of the chapter's code, and what stands in their place for this seed."""
    changes = {"SEED = 0": f"SEED = {seed}"}
    return changes | {"TRAINING = 0": f"TRAINING = {seed % TRAININGS}"} if chapter == "06" else changes


def cells(code: list[str], changes: dict[str, str]) -> list:
    """The chapter's code, with other settings and with asserts that record."""
    for line, instead in changes.items():
        at = re.compile(rf"^{re.escape(line)}\b", re.MULTILINE)
        if sum(len(at.findall(source)) for source in code) != 1:
            raise SystemExit(f"The chapter should have exactly one line {line!r}")
        code = [at.sub(instead, source) for source in code]
    trees = [Recording().visit(ast.parse(source)) for source in code]
    return [compile(ast.fix_missing_locations(tree), f"cell {n}", "exec") for n, tree in enumerate(trees)]


def run(code: list[str], changes: dict[str, str], record: Record) -> None:
    """All cells of the chapter in order, in one namespace; figures and widgets are stand-ins."""
    for name in (*SILENT, "check"):
        setattr(course_utils, name, record.check if name == "check" else MagicMock())
    space = {"claim": record.claim}
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in cells(code, changes):
            exec(cell, space)


def measure(chapter: str, seeds: range) -> bool:
    """Run the chapter with each seed, print what came; whether every claim held for every seed."""
    code = [cell.source for cell in jupytext.read(SOLUTIONS / CHAPTERS[chapter]).cells if cell.cell_type == "code"]
    record, begun = Record(), time.perf_counter()
    for seed in seeds:
        run(code, settings(chapter, seed), record)
        print(f"chapter {chapter}, seed {seed}: {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    print(f"== chapter {chapter}, seeds {seeds.start} to {seeds.stop - 1}")
    record.print()
    return all(all(held) for held in record.held.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("chapters", nargs="*", choices=[*CHAPTERS, []], help="all if none is given")
    parser.add_argument("--seeds", type=int, default=21, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them, to share the work between processes")
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.seeds)
    held = [measure(chapter, seeds) for chapter in options.chapters or CHAPTERS]
    if not all(held):
        raise SystemExit("A claim did not hold for every seed.")


if __name__ == "__main__":
    main()
