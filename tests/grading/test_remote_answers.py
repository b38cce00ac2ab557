"""An answer behind the pipe gets the same report as in a live check: every mistake and rewrite there is."""

import json
import socket
import threading

import pytest
import torch

from course_utils import exercises
from course_utils.checking import ExperimentExercise, FunctionExercise, run_check
from course_utils.grading.inside.worker import Worker, restore_builtins
from course_utils.grading.marking import seeds_for
from course_utils.grading.remote import RemoteWorker
from tests.checking.answers import made, read

EXERCISES = [exercise for chapter in exercises.all_chapters() for exercise in chapter.exercises]


class Loopback(RemoteWorker):
    """A worker in a thread of this process, whose namespace holds an object of ours."""

    def __init__(self, answer) -> None:
        self._sock, theirs = socket.socketpair()
        self._process = self._group = self._pidfd = None
        self.inside = Worker.__new__(Worker)
        self.inside.sock, self.inside.answers, self.inside.space = theirs, {}, {"answer": answer}
        self.inside.output = type("Quiet", (), {"take": lambda self: ""})()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        from course_utils.grading.inside.wire import receive, send

        with self.inside.sock as sock:
            while True:
                try:
                    frame = receive(sock)
                except (EOFError, OSError):
                    return
                reply, body = self.inside._reply(frame.header, frame.body)
                send(sock, reply | {"id": frame.header["id"]}, body)


def remotely(exercise, answer, seed=0):
    worker = Loopback(answer)
    try:
        there = worker.answer(exercise.id, "answer", list(getattr(exercise, "fields", ())), lambda: 60)
        return run_check(exercise, there, seed)
    finally:
        worker.close()


def reports(exercise, answer):
    live, remote = run_check(exercise, answer), remotely(exercise, answer)
    return [
        (report.status, report.mistake, [line for line in report.lines if line.kind != "code"])
        for report in (live, remote)
    ]


def handed_in(exercise, answer):
    return answer() if isinstance(exercise, ExperimentExercise) else answer


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_every_mistake_is_recognised_from_afar(exercise):
    for name, (wrong, _) in exercise.mistakes.items():
        live, remote = reports(exercise, handed_in(exercise, wrong))
        assert live == remote, name


BY_ID = {exercise.id: exercise for exercise in EXERCISES}


@pytest.mark.parametrize("answer", list(read("wrong.txt"))[::16], ids=lambda a: a.name)
def test_what_is_found_out_with_calls_is_the_same_from_afar(answer):
    """The general diagnosis calls an answer again and again: behind the pipe as well."""
    exercise = BY_ID[answer.exercise]
    live, remote = reports(exercise, made(answer, type(exercise)))
    assert live == remote


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_every_rewrite_passes_from_afar(exercise):
    trained = isinstance(exercise, ExperimentExercise)  # and the gates train every one
    for answer in exercise.rewrites[: 1 if trained else None]:
        assert remotely(exercise, handed_in(exercise, answer)).status == "passed"


@pytest.mark.parametrize("exercise", [e for e in EXERCISES if isinstance(e, FunctionExercise)], ids=lambda e: e.id)
@pytest.mark.parametrize("run", range(2))
def test_right_answers_pass_and_mistakes_fail_on_secret_inputs_too(exercise, run):
    seeds = seeds_for(f"run {run}", exercise)
    for answer in exercise.rewrites:
        assert {run_check(exercise, answer, seed).status for seed in seeds} == {"passed"}
    for name, (wrong, _) in exercise.mistakes.items():
        assert any(run_check(exercise, wrong, seed).status == "failed" for seed in seeds), name


def test_a_change_of_an_argument_is_seen_from_afar():
    class Doubles(FunctionExercise):
        id, title, difficulty, minutes, points = "7.9", "Doubles", "A", 1, 1
        hints, checked = ["How often?", "Twice."], "vectors"
        mistakes = {
            "squares": (lambda x: x**2, "That is x times x."),
            "halves": (lambda x: x / 2, "That is half of x."),
            "trebles": (lambda x: 3 * x, "That is three times x."),
        }
        rewrites = [lambda x: x + x]

        def cases(self, rng):
            yield torch.ones(2)

        def oracle(self, x):
            return 2 * x

    def in_place(x):
        x *= 2
        return x

    assert "changed its input `x` in place" in remotely(Doubles(), in_place).text()


def test_an_exception_arrives_with_its_line():
    from course_utils.grading.inside.worker import told

    space: dict = {}
    exec(compile("def f():\n    return 1 / 0", "<cell 7.1>", "exec"), space)
    try:
        space["f"]()
    except ZeroDivisionError as error:
        about = told(error)
    assert (about["type"], about["message"]) == ("ZeroDivisionError", "division by zero")
    assert about["line"].startswith("line 2 of `f`") and json.dumps(about)


def test_builtins_come_back():
    import builtins

    before = dict(vars(builtins))
    builtins.abs, builtins.invented = None, 1
    del builtins.sum
    restore_builtins()
    assert vars(builtins) == before
