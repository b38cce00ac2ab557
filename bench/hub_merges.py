"""What nbgitpuller's way of merging does to notebooks that learners work in, on changes that our chapters have had.

    python bench/hub_merges.py

For each chapter: pairs of its versions in git, neighbours and some five apart. A learner got the earlier one, ran it,
answered seven exercises of ten with the solution's code and added cells of their own. Then the later one is merged as
nbgitpuller does it (`git merge -Xours`: line by line, and the learner's lines where both have changed them).

It fails if a merged notebook is no notebook any more, or if an answer or a cell of the learner's is lost. What else is
counted is why a hub of ours gives out copies instead: cells of the later version that are missing, and cells that
neither side wrote.
"""

import json
import random
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
VERSIONS = 40  # of a chapter, the latest


def git(*arguments: str) -> str | None:
    """What git says, or None if it refuses: a file wasn't there yet."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else None


def pairs(chapter: str) -> Iterator[tuple[dict, dict, dict]]:
    """(an earlier version, its solution, a later version), each a notebook."""
    path, solution = f"chapters/{chapter}", f"solutions/{chapter}"
    commits = (git("log", "--format=%H", "--", path) or "").split()[:VERSIONS][::-1]
    places = [(i, i + 1) for i in range(len(commits) - 1)] + [(i, i + 5) for i in range(0, len(commits) - 5, 2)]
    for before, after in places:
        texts = git("show", f"{commits[before]}:{path}"), git("show", f"{commits[before]}:{solution}")
        later = git("show", f"{commits[after]}:{path}")
        if None not in (*texts, later) and texts[0] != later:
            yield (*map(json.loads, texts), json.loads(later))


def text(cell: dict) -> str:
    return "".join(cell["source"])


def worked_in(given: dict, solution: dict, rng: random.Random) -> dict:
    """The notebook as a learner leaves it: outputs, answers, cells of their own."""
    solved = {cell["metadata"].get("exercise") or text(cell): cell for cell in solution["cells"]}
    cells = []
    for number, cell in enumerate(given["cells"]):
        cell = dict(cell)
        there = solved.get(cell["metadata"].get("exercise") or text(cell))
        if cell["cell_type"] == "code" and there:
            cell |= {"outputs": there.get("outputs", [])[:2], "execution_count": number}
            if "exercise" in cell["metadata"] and rng.random() < 0.7:
                answer = (
                    text(there).replace("### BEGIN SOLUTION", "# mine").replace("### END SOLUTION", "# end of mine")
                )
                cell["source"] = answer.splitlines(keepends=True)
        cells.append(cell)
        if rng.random() < 0.05:
            own = {"cell_type": "code", "id": f"own{number}", "metadata": {}, "outputs": [], "execution_count": number}
            cells.append(own | {"source": [f"# my own cell {number}\n", "x = 1"]})
    return given | {"cells": cells}


def merged(mine: dict, given: dict, later: dict) -> str:
    with tempfile.TemporaryDirectory() as folder:
        for name, notebook in (("mine", mine), ("given", given), ("later", later)):
            written = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
            Path(folder, name).write_text(written, encoding="utf-8")
        command = ["git", "merge-file", "--ours", "-p", "mine", "given", "later"]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def count(mine: dict, given: dict, later: dict, result: dict) -> Counter:
    """What became of everybody's cells."""
    before, ours, theirs, now = ({text(cell) for cell in each["cells"]} for each in (given, mine, later, result))
    written = ours - before  # answers and own cells
    new = {text(cell) for cell in later["cells"] if "exercise" not in cell["metadata"]} - before
    return Counter(
        merges=1,
        written=len(written),
        lost=len(written - now),
        new=len(new),
        missing=len(new - now),
        mixed=len(now - ours - theirs),
        patchwork=bool(new - now or now - ours - theirs),
    )


def main() -> None:
    rng, total = random.Random(0), Counter()
    for path in sorted((ROOT / "chapters").glob("[0-9][0-9]_*.ipynb")):
        for given, solution, later in pairs(path.name):
            mine = worked_in(given, solution, rng)
            result = json.loads(merged(mine, given, later))
            nbformat.validate(nbformat.from_dict(result))
            total += count(mine, given, later, result)
    print(f"{total['merges']} merges; every result is a notebook")
    print(f"of the learner's {total['written']} answers and cells {total['lost']} were lost")
    print(
        f"of {total['new']} new cells of the course {total['missing']} are missing, {total['mixed']} cells are mixed;"
    )
    print(f"{total['patchwork']} notebooks have one of these")
    assert total["merges"] > 0 and total["written"] > 0, "a clone with its history is needed"
    assert total["lost"] == 0


if __name__ == "__main__":
    main()
