import collections
import decimal
import fractions
from importlib import import_module

import numpy as np
import pytest
import torch

from course_utils.checking import ExperimentExercise, FunctionExercise, run_check
from course_utils.checking.tame import Foreign, tame

pytestmark = pytest.mark.filterwarnings("ignore")

CHAPTERS = ("00", "01", "06", "09")
EXERCISES = [e() for n in CHAPTERS for e in import_module(f"course_utils.exercises.ch{n}").EXERCISES]


class Evil:
    """Raises whenever anyone looks at it."""

    def _raise(self, *_, **__):
        raise RuntimeError("don't look at me")

    __eq__ = __ne__ = __lt__ = __len__ = __iter__ = __getitem__ = __bool__ = __float__ = __int__ = __index__ = _raise
    __repr__ = __str__ = __format__ = __contains__ = __array__ = __hash__ = __getattr__ = _raise
    __class__ = property(_raise)


class EvilList(list):
    __iter__ = __len__ = __getitem__ = __repr__ = __eq__ = Evil._raise


class Loud(torch.Tensor):
    """Overrides every function of torch."""

    @classmethod
    def __torch_function__(cls, *_, **__):
        raise RuntimeError("no function for you")


def itself() -> list:
    loop: list = [1.0]
    loop.append(loop)
    return loop


def deep() -> list:
    value: list = []
    for _ in range(5_000):
        value = [value]
    return value


async def later():
    return torch.zeros(3)


NASTY = {
    "an enormous whole number": 2**70,
    "a number of 10,000 digits": 10**10_000,
    "a float that is endless": float("inf"),
    "not a number": float("nan"),
    "a complex number": 1 + 2j,
    "true": True,
    "text": "thirteen",
    "no text": "",
    "much text": "x" * 1_000_000,
    "bytes": b"13",
    "a fraction": fractions.Fraction(1, 3),
    "a decimal": decimal.Decimal("0.1"),
    "a decimal that signals": decimal.Decimal("sNaN"),
    "a sparse tensor": torch.eye(3).to_sparse(),
    "a sparse tensor by rows": torch.eye(3).to_sparse_csr(),
    "a meta tensor": torch.zeros(3, device="meta"),
    "a quantised tensor": torch.quantize_per_tensor(torch.rand(3), 0.1, 0, torch.quint8),
    "a complex tensor": torch.zeros(3, dtype=torch.complex64),
    "a nested tensor": torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)]),
    "a half tensor": torch.rand(2, 5).half(),
    "an eight-bit float": torch.rand(2, 5).to(torch.float8_e4m3fn),
    "unsigned": torch.zeros(3, dtype=torch.uint16),
    "an empty tensor": torch.zeros(0),
    "a tensor of thirteen axes": torch.zeros([1] * 13),
    "a tensor of a billion": torch.zeros(1).expand(10**9),
    "a tensor with gradients": torch.rand(2, 5, requires_grad=True) * 2,
    "a parameter": torch.nn.Parameter(torch.rand(2, 5)),
    "a tensor that resists": torch.zeros(3).as_subclass(Loud),
    "a lazy parameter": torch.nn.LazyLinear(3).weight,
    "a module": torch.nn.Linear(2, 3),
    "an array of objects": np.array([object(), None]),
    "an array of text": np.array(["a", "b"]),
    "a masked array": np.ma.masked_array([1.0, 2.0], mask=[True, False]),
    "a date": np.datetime64("2024-01-01"),
    "a structured value": np.zeros(2, dtype=[("x", float)]),
    "a long double": np.longdouble(-7),
    "an iterator": iter([1.0, 2.0]),
    "a generator": (x for x in [1.0]),
    "a range": range(3),
    "a set": {1.0, 2.0},
    "a list of nothing": [],
    "a list of mixed things": [1.0, "a", None, torch.zeros(2)],
    "a list that contains itself": itself(),
    "a list of 5,000 lists": deep(),
    "a list of a million": [0.0] * 1_000_000,
    "a dict of odd keys": {(1, 2): 3, Evil: 4, 1.5: 5},
    "a counter": collections.Counter("abc"),
    "an evil object": Evil(),
    "an evil list": EvilList([1.0]),
    "an evil object in a list": [Evil()],
    "an evil object in a dict": {"W": Evil()},
    "a class": dict,
    "a lambda": lambda: 1,
    "a module of Python": collections,
    "the largest along an axis": torch.rand(3, 2).max(0),
}  # fmt: skip


@pytest.mark.parametrize("name", NASTY)
def test_anything_can_be_tamed(name):
    once = tame(NASTY[name])
    assert type(tame(once)) is type(once)
    assert isinstance(once, (Foreign, torch.Tensor, np.ndarray, bool, int, float, complex, str, list, tuple, dict, set))


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_every_exercise_says_something_clear(exercise):
    for name, value in NASTY.items():
        answers = [value]
        if isinstance(exercise, FunctionExercise):
            answers += [lambda *_, value=value: value]
        if isinstance(exercise, ExperimentExercise):
            answers += [dict.fromkeys(exercise.fields, value), [value] * len(exercise.fields)]
        for answer in answers:
            report = run_check(exercise, answer)
            assert report.status == "failed", name
            assert "check itself broke" not in report.text(), f"{name}: {report.text()}"
            assert 30 < len(report.text()) < 3_000, name


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_right_tensors_pass_whatever_their_wider_dtype_and_history(exercise):
    if not isinstance(exercise, FunctionExercise) or exercise.random:
        return
    right = exercise.rewrites[0]
    for wider in (lambda t: t.double() if t.is_floating_point() else t, lambda t: t.detach().clone()):
        report = run_check(exercise, lambda *args, wider=wider: changed(right(*args), wider))
        assert report.status == "passed", report.text()


def changed(value, f):
    if isinstance(value, (list, tuple)):
        return type(value)(changed(part, f) for part in value)
    return f(value) if isinstance(value, torch.Tensor) else value


@pytest.mark.parametrize("error", [BaseException("stop"), GeneratorExit(), SystemExit(3), RecursionError("deep")])
def test_whatever_is_raised_is_shown(error):
    def raises(*_):
        raise error

    text = run_check(EXERCISES[1], raises).text()
    assert "Your function raised an error." in text and type(error).__name__ in text


def test_an_exception_that_can_not_be_shown_is_named():
    class Mute(Exception):
        __str__ = Evil._raise

    def raises(*_):
        raise Mute

    assert "Mute" in run_check(EXERCISES[1], raises).text()


def test_a_long_message_is_cut():
    def raises(*_):
        raise ValueError("no\n" * 3_000)

    assert len(run_check(EXERCISES[1], raises).text()) < 1_500


def test_a_coroutine_is_called_one():
    assert "with `def`, not with `async def`" in run_check(EXERCISES[1], lambda *_: later()).text()
