"""How fast `course grade` is, beside the real `nbgrader autograde` on the same notebooks in the same run.

    python bench/grading.py                  # chapter 00; a quarter of an hour on two cores
    python bench/grading.py --chapter 1      # with a training loop in it
    python bench/grading.py --quick          # a few notebooks, rough figures
    python bench/grading.py --quick --counts 1 10 100

Both get reference solutions, the slowest honest submissions there are. Seconds per notebook are slopes: the time for
many minus the time for few, so that starting either program costs neither of them anything. One notebook at a time, so
that figures are per core; then ours again with all cores. Memory is the sum of all processes' proportional shares, and
processor time that of all processes, each as it was seen last.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

import nbformat
import psutil

from course_utils.authoring.repository import find_repository
from course_utils.grading.grader import FEW

REPOSITORY = find_repository(Path(__file__))
WANTED = 5.0


class Cost(NamedTuple):
    """Of a command with all that it starts: seconds by the clock and of the processor, and the most memory in MiB."""

    seconds: float
    processor: float
    mib: float


class Watch(threading.Thread):
    """A process and all its descendants, four times a second: their largest memory, and the processor time of each."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.process, self.mib, self.over = psutil.Process(pid), 0.0, threading.Event()
        self.used: dict[int, float] = {}
        self.start()

    def run(self) -> None:
        while not self.over.wait(0.25):
            total = 0
            for process in self._tree():
                try:
                    total += process.memory_full_info().pss
                    used = process.cpu_times()
                    self.used[process.pid] = used.user + used.system
                except psutil.Error:
                    continue
            self.mib = max(self.mib, total / 2**20)

    def _tree(self) -> list[psutil.Process]:
        try:
            return [self.process, *self.process.children(recursive=True)]
        except psutil.Error:
            return []


def timed(command: list[str], folder: Path) -> Cost:
    """The cost of a command that must succeed."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"COURSE_DATA_DIR": str(folder / "progress"), "PATH": path}
    started = time.perf_counter()
    with open(folder / "log.txt", "wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        watch = Watch(process.pid)
        status = process.wait()
    seconds = time.perf_counter() - started
    watch.over.set()
    if status != 0:
        raise SystemExit((folder / "log.txt").read_text()[-3000:])
    return Cost(seconds, sum(watch.used.values()), watch.mib)


def solved(stem: str, number: str) -> nbformat.NotebookNode:
    """The learner's notebook with the reference answers."""
    notebook = nbformat.read(REPOSITORY.chapters / f"{stem}.ipynb", 4)
    reference = json.loads(REPOSITORY.reference_file(number).read_text(encoding="utf-8"))
    for cell in notebook.cells:
        if "exercise" in cell.metadata:
            cell.source = reference[cell.metadata.exercise]
    return notebook


def nbgrader(stem: str, notebook: nbformat.NotebookNode, count: int) -> Cost:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "source" / "work").mkdir(parents=True)
        shutil.copy(REPOSITORY.chapters / f"{stem}.ipynb", folder / "source" / "work")
        base = [sys.executable, "-m", "nbgrader"]
        rest = ["work", "--course=bench", f"--course-dir={folder}"]
        timed([*base, "generate_assignment", *rest], folder)
        for n in range(count):
            place = folder / "submitted" / f"learner{n:03d}" / "work"
            place.mkdir(parents=True)
            nbformat.write(notebook, place / f"{stem}.ipynb")
        long = ["--ExecutePreprocessor.timeout=1800"]
        return timed([*base, "autograde", *rest, *long], folder)


def ours(stem: str, notebook: nbformat.NotebookNode, count: int, jobs: int) -> Cost:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for n in range(count):
            (folder / "work" / f"learner{n:03d}").mkdir(parents=True)
            nbformat.write(notebook, folder / "work" / f"learner{n:03d}" / f"{stem}.ipynb")
        command = [sys.executable, "-c", "from course_utils.cli import app; app()", "grade", str(folder / "work")]
        figures = timed([*command, "--jobs", str(jobs), "--chapters", str(REPOSITORY.chapters)], folder)
        marks = (folder / "work-grades" / "marks.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
        if len(marks) != count or not all(row.split(",")[3] == row.split(",")[4] for row in marks):
            raise SystemExit("not everybody got full marks")
        return figures


def slope(measure, few: int, many: int) -> tuple[float, float, float]:
    """(seconds per notebook, seconds to start, peak MiB)."""
    first, second = measure(few), measure(many)
    each = (second.seconds - first.seconds) / (many - few)
    return each, first.seconds - few * each, second.mib


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--chapter", default="0")
    options.add_argument("--quick", action="store_true")
    options.add_argument("--counts", type=int, nargs="+", help="how many notebooks, with all cores")
    chosen = options.parse_args()
    (source,) = REPOSITORY.sources([chosen.chapter])
    notebook = solved(source.stem, str(int(chosen.chapter)))
    print(f"{source.stem}, reference solutions; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    theirs = slope(lambda n: nbgrader(source.stem, notebook, n), 1, 4 if chosen.quick else 6)
    least = FEW + 1  # for fewer, nothing is done in advance
    mine = slope(lambda n: ours(source.stem, notebook, n, 1), least, least + (10 if chosen.quick else 30))
    for name, (each, start, mib) in {"nbgrader autograde": theirs, "course grade --jobs 1": mine}.items():
        print(f"{name:24} {each:6.2f} s a notebook, {60 / each:6.1f} a minute, {start:5.1f} s to start, {mib:6.0f} MiB")
    ratio = theirs[0] / mine[0]
    print(f"course grade is {ratio:.1f} times as fast, sandbox on (wanted: {WANTED:g})")
    for count in chosen.counts or ((1, 10) if chosen.quick else (1, 10, 100, 500)):
        jobs = os.cpu_count() or 1
        cost = ours(source.stem, notebook, count, jobs)
        used = f"{cost.processor:6.1f} s of processor time"
        print(f"course grade --jobs {jobs}, {count:3d} notebooks: {cost.seconds:6.1f} s, {used}, {cost.mib:6.0f} MiB")
    if ratio < WANTED:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
