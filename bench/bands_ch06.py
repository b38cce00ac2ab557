"""Do the claims of chapter 06 hold for other texts and for all three trainings? Runs the chapter's own cells.

    python bench/bands_ch06.py             # 21 seeds, training s % 3 with seed s: some 25 minutes on one core
    python bench/bands_ch06.py --seeds 3

Prints, for every `assert`, how often it held and between which values each measured quantity lay; exits with an error
if a claim failed for any seed. The machinery is that of bench/bands.py.
"""

import argparse
import ast
import contextlib
import io
import sys
import time
from pathlib import Path
from unittest.mock import MagicMock

import jupytext
from bands import SILENT, Record, Recording

import course_utils

SOURCE = Path(__file__).parents[1] / "solutions" / "06_language_model.py"
TRAININGS = 3


def cells(code: list[str], seed: int) -> list:
    """The chapter's code with other texts, another training, and asserts that record."""
    for line in ("SEED = 0\n", "TRAINING = 0 "):
        if sum(line in source for source in code) != 1:
            raise SystemExit(f"{SOURCE.name} should have exactly one cell with {line.strip()!r}")
    changed = [
        source.replace("SEED = 0\n", f"SEED = {seed}\n").replace("TRAINING = 0 ", f"TRAINING = {seed % TRAININGS} ")
        for source in code
    ]
    trees = [Recording().visit(ast.parse(source)) for source in changed]
    return [compile(ast.fix_missing_locations(tree), f"cell {n}", "exec") for n, tree in enumerate(trees)]


def run(code: list[str], seed: int, record: Record) -> None:
    """All cells of the chapter in order, in one namespace; figures are stand-ins."""
    for name in (*SILENT, "check"):
        if name != "widgets":
            setattr(course_utils, name, record.check if name == "check" else MagicMock())
    space = {"claim": record.claim}
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in cells(code, seed):
            exec(cell, space)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=21, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them, to share the work between processes")
    options = parser.parse_args()
    code = [cell.source for cell in jupytext.read(SOURCE).cells if cell.cell_type == "code"]
    record, begun = Record(), time.perf_counter()
    for seed in range(options.first, options.first + options.seeds):
        run(code, seed, record)
        print(f"seed {seed}: {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    record.print()
    if not all(all(held) for held in record.held.values()):
        raise SystemExit("A claim did not hold for every seed.")


if __name__ == "__main__":
    main()
