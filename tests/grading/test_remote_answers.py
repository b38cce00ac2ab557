"""An answer behind the pipe gets the same report as in a live check: every mistake and rewrite there is."""

import json
import socket
import threading

import numpy as np
import pytest
import torch

from course_utils import exercises
from course_utils.checking import ExperimentExercise, FunctionExercise, ValueExercise, run_check
from course_utils.grading.inside.decode import decode
from course_utils.grading.inside.encode import encode
from course_utils.grading.inside.worker import Worker, restore_builtins
from course_utils.grading.marking import seeds_for
from course_utils.grading.remote import Lost, RemoteWorker
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


EXPERIMENTS = [exercise for exercise in EXERCISES if isinstance(exercise, ExperimentExercise)]


def retyped(answer, dtype):
    """The answer with its tensors in another type."""
    if isinstance(answer, torch.Tensor):
        return answer.detach().to(dtype)
    if isinstance(answer, dict):
        return {key: retyped(part, dtype) for key, part in answer.items()}
    return type(answer)(retyped(part, dtype) for part in answer) if isinstance(answer, (list, tuple)) else answer


@pytest.mark.parametrize("exercise", EXPERIMENTS, ids=lambda e: e.id)
def test_no_type_of_number_breaks_the_check_of_an_experiment(exercise):
    answers = [handed_in(exercise, wrong) for wrong, _ in list(exercise.mistakes.values())[:2]]
    for answer in answers:
        for dtype in (torch.float64, torch.int64, torch.complex64, torch.float16, torch.bool):
            given = retyped(answer, dtype)
            there, here = remotely(exercise, given), run_check(exercise, given)
            assert "check itself broke" not in there.text() + here.text() and there.status == here.status == "failed"


@pytest.mark.parametrize("id", ["1.5", "1.9"])
def test_a_right_experiment_in_double_precision_is_right(id):
    answer = retyped(handed_in(BY_ID[id], BY_ID[id].rewrites[0]), torch.float64)
    assert run_check(BY_ID[id], answer).status == remotely(BY_ID[id], answer).status == "passed"


@pytest.mark.parametrize("made_of", [list, tuple, set, frozenset, torch.tensor, np.array, lambda x: (i for i in [*x])])
def test_what_is_accepted_live_is_accepted_from_afar(made_of):
    """And what is not, is not: two features, in whatever holds them."""
    answer = made_of(BY_ID["1.10"].oracle())
    live = run_check(BY_ID["1.10"], answer).status
    assert remotely(BY_ID["1.10"], answer).status == live
    assert live == ("failed" if type(answer).__name__ == "generator" else "passed")


CHOICES = [e for e in EXERCISES if isinstance(e, ValueExercise) and isinstance(e.rewrites[:1] and e.rewrites[0], str)]


@pytest.mark.parametrize("exercise", CHOICES, ids=lambda e: e.id)
def test_text_of_numpys_is_text(exercise):
    answer = np.str_(exercise.rewrites[0])
    assert run_check(exercise, answer).status == remotely(exercise, answer).status == "passed"


CHANGED = [
    [[99, 1]], [[-1, 1]], [[True, 1]], [["0", 1]], [[None, 1]], [[0.0, 1]], [[2**62, 1]], [[0]], [0], [[0, 1, 2]], [[]],
    [[[0], 1]], [[0, "x"]], [[1, 3.0]], [[0, [1]], [0, {}]], ["00"], [[0, torch.ones(1)]], [[0, torch.ones(2).int()]],
]  # fmt: skip


@pytest.mark.parametrize("changed", CHANGED, ids=map(str, range(len(CHANGED))))
def test_a_forged_change_of_an_argument_breaks_no_check(changed):
    """A worker may claim to have changed what there is not: the verdict is about the answer."""
    import small_registry

    class Forging(Loopback):
        def __init__(self, answer) -> None:
            super().__init__(answer)
            self.inside._call = lambda header, body: self._forged(header, body)

        def _forged(self, header, body):
            args = decode(header["args"], body)
            node, data = encode([self.inside.answers[header["name"]](*args), changed])
            return {"value": node}, data

    worker = Forging(lambda x, k: x * k)
    try:
        there = worker.answer("7.1", "answer", [], lambda: 60)
        report = run_check(small_registry.Scale(), there)
    finally:
        worker.close()
    assert "check itself broke" not in report.text()
    assert report.status == "passed" or "changed its input `x` in place" in report.text(), report.text()


def test_a_forged_reply_to_a_call_is_a_worker_lost():
    class Forging(Loopback):
        def __init__(self, value) -> None:
            super().__init__(None)
            self.inside._reply = lambda header, body: ({"value": value}, b"")

    for value in (["l", []], ["l", [["n"]]], ["l", [["n"], ["n"]]], ["n"], ["l", [["n"], ["d", []]]], 7, None):
        worker = Forging(value)
        with pytest.raises(Lost):
            worker.call("7.1", (), 60)
        worker.close()


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
