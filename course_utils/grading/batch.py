"""Grading a folder: every submission once, on all cores or a cluster, written down as soon as it is done."""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from pathlib import Path
from typing import Any, NamedTuple

from course_utils.grading import files
from course_utils.grading.gradebook import Entry, Gradebook
from course_utils.grading.judge import failed

Marker = Callable[[bytes, str, list[str]], dict[str, Any]]
"""(content, path, only) → the result, with the name of the sandbox under "sandbox"."""


class Job(NamedTuple):
    """A submission to mark: `shown` is its path as text, `only` the exercises to mark (all, if empty)."""

    path: str
    shown: str
    only: list[str]


class Plan(NamedTuple):
    """What is in a folder: (path, digest) of every submission, other files, and what is still to mark.

    `written`: path → when the file was written, in seconds since 1970.
    """

    submissions: list[tuple[str, str]]
    others: list[str]
    jobs: list[Job]
    written: dict[str, float] = {}


def make_plan(
    folder: Path, gradebook: Gradebook, catalogue: dict[str, dict], only: Iterable[str] = (), regrade: bool = False
) -> Plan:
    """Look at every file. Unreadable ones are entered at once. regrade: only marks of the gradebook's round count."""
    paths, others = files.find(folder)
    only, submissions, jobs, written = list(only), [], [], {}
    for path in paths:
        file, shown = files.read(folder, path), files.shown(path)
        submissions.append((shown, file.digest))
        if file.written is not None:
            written[shown] = file.written
        known = gradebook.graded(shown, file.digest)
        if file.problem is not None:
            gradebook.write(shown, file.digest, failed("") | {"problem": file.problem}, "")
        elif known is None:
            jobs.append(Job(path, shown, only))
        elif missing := _missing(known, catalogue, only, gradebook.round if regrade else 0):
            jobs.append(Job(path, shown, missing if known.chapter else only))
    return Plan(submissions, [files.shown(path) for path in others], jobs, written)


def carry_out(
    plan: Plan,
    folder: Path,
    gradebook: Gradebook,
    mark: Marker,
    executor: Executor,
    *,
    at_once: int = 2,
    tick: Callable[[], None] = lambda: None,
) -> None:
    """Mark what is to mark, `at_once` submissions at a time. May be killed at any moment: the next plan has the rest.

    A file that was replaced since the plan was made is marked as it is when it is opened, says so in its notes, and
    stands so in `plan.submissions` from then on. mark runs in `executor`; the gradebook is written from here alone.
    tick: called after every submission.
    """
    running: dict[Future, tuple[str, str]] = {}
    planned = dict(plan.submissions)
    replaced: set[str] = set()

    def collect() -> None:
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            result = _result(future)
            shown, digest = running.pop(future)
            if shown in replaced:
                result["notes"] = [*result["notes"], files.REPLACED]
            gradebook.write(shown, digest, result, result.pop("sandbox", ""))
            tick()

    for job in plan.jobs:
        file = files.read(folder, job.path)
        if file.digest != planned.get(job.shown, file.digest):
            planned[job.shown] = file.digest
            replaced.add(job.shown)
            plan.submissions[:] = planned.items()
            if file.written is not None:
                plan.written[job.shown] = file.written
        if file.problem is not None:
            about = {"problem": f"{file.problem} (when its turn came: before that, it could be read)"}
            gradebook.write(job.shown, file.digest, failed("") | about, "")
            tick()
            continue
        running[executor.submit(mark, file.content, job.shown, job.only)] = (job.shown, file.digest)
        if len(running) >= at_once:
            collect()
    while running:
        collect()


def _missing(entry: Entry, catalogue: dict[str, dict], only: list[str], since: int) -> list[str]:
    """Exercises without a mark of round `since` or later. What we failed on is tried again; unreadable stays so."""
    if entry.chapter is None:
        failed_on = (entry.problem or "").startswith("could not be graded")
        return ["all"] if failed_on or entry.round < since else []
    exercises = catalogue.get(entry.chapter, {"exercises": {}})["exercises"]
    return [id for id in exercises if entry.rounds.get(id, -1) < since and (not only or id in only)]


def _result(future: Future) -> dict[str, Any]:
    try:
        return future.result()
    except Exception as error:  # a lost machine, for example: the next run tries again
        return failed(f"{type(error).__name__}: {error}"[:200])
