"""Do the claims of the chapters hold for other seeds? Runs a chapter's own cells with many seeds and prints, for every
`assert`, how often it held and between which values each measured quantity lay; and how often every check passed.

    python bench/bands.py                  # every chapter in solutions/, 21 seeds each: an hour on one core
    python bench/bands.py 01 09 --seeds 3

Exits with an error if a claim failed for any seed. There is no second copy of the chapter's settings to go stale: each
`assert` of the source is rewritten so that it records what it compares, and the line `SEED = 0`, which every chapter
has, gets another value. With a line `TRAINING = 0` a chapter opens each shipped training of its models in turn.
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
from unittest.mock import MagicMock, patch

import course_utils
from course_utils import exercises
from course_utils.authoring.repository import NoSuchChapter, find_repository
from course_utils.authoring.source import ChapterSource, read_source
from course_utils.checking import run_check
from course_utils.lm.mini import SPECS

SILENT = {*course_utils.LEARNER_FUNCTIONS, "plots", "widgets"} - {"check"}
TRAININGS = max(len(spec.seeds) for spec in SPECS.values())
"""Of each model of the mini-language, as far as they are shipped more than once."""


class Record:
    """What every claim looked like, seed by seed."""

    def __init__(self) -> None:
        self.held: dict[str, list[bool]] = defaultdict(list)
        self.seen: dict[tuple[str, str], list[float]] = defaultdict(list)

    def claim(self, says: str, holds, quantities: dict) -> None:
        self.held[says].append(bool(holds))
        for name, value in quantities.items():
            with contextlib.suppress(TypeError, ValueError, RuntimeError):  # sets, texts, whole tensors: no one number
                number = float(value)
                self.seen[says, name].append(number)

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


def cells(chapter: ChapterSource, seed: int) -> list:
    """The chapter's code with another seed (and training, if it says one), and with asserts that record."""
    code = [cell.source for cell in chapter.cells if cell.kind == "code"]
    code, found = with_setting(code, "SEED", seed)
    if found != 1:
        raise SystemExit(
            f"{chapter.path} should have one line `SEED = 0` that its random numbers follow; it has {found}."
        )
    code, _ = with_setting(code, "TRAINING", seed % TRAININGS)
    trees = [Recording().visit(ast.parse(source)) for source in code]
    return [compile(ast.fix_missing_locations(tree), f"cell {n}", "exec") for n, tree in enumerate(trees)]


def with_setting(code: list[str], name: str, value: int) -> tuple[list[str], int]:
    """The cells with `name = value` for each line `name = 0`, and how many such lines there were."""
    changed = [re.subn(rf"^{name} = 0\b", f"{name} = {value}", source, flags=re.MULTILINE) for source in code]
    return [source for source, _ in changed], sum(count for _, count in changed)


def run(chapter: ChapterSource, seed: int, record: Record) -> None:
    """All cells of the chapter in order, in one namespace; figures and widgets are stand-ins."""
    space = {"claim": record.claim}
    stand_ins = {name: MagicMock() for name in SILENT} | {"check": record.check}
    with patch.multiple(course_utils, create=True, **stand_ins), contextlib.redirect_stdout(io.StringIO()):
        for cell in cells(chapter, seed):
            exec(cell, space)


def measure(path: Path, seeds: range) -> bool:
    """Run the chapter with each seed, print what came; whether every claim held for every seed."""
    chapter, record, begun = read_source(path), Record(), time.perf_counter()
    for seed in seeds:
        run(chapter, seed, record)
        print(f"{chapter.stem}, seed {seed}: {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    print(f"== {chapter.stem}, seeds {seeds.start} to {seeds.stop - 1}")
    record.print()
    return all(all(held) for held in record.held.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("chapters", nargs="*", help="like 01; all if none is given")
    parser.add_argument("--seeds", type=int, default=21, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them, to share the work between processes")
    options = parser.parse_args()
    try:
        paths = find_repository().sources(options.chapters)
    except NoSuchChapter as error:
        raise SystemExit(str(error)) from None
    seeds = range(options.first, options.first + options.seeds)
    held = [measure(path, seeds) for path in paths]
    if not all(held):
        raise SystemExit("A claim did not hold for every seed.")


if __name__ == "__main__":
    main()
