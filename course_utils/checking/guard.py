"""Calling a learner's function without letting it disturb anything, and keeping what it did."""

import linecache
import random
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from course_utils.checking.prints import caught
from course_utils.checking.state import settings_kept
from course_utils.checking.tame import tame

_COURSE = Path(__file__).resolve().parents[1]
_LEAVING = ("BaseException", "SystemExit", "GeneratorExit", "CancelledError")
"""Exceptions that are no Exception, and that an answer may raise. Others (a stop, a lost worker) are not its own."""


@dataclass(frozen=True)
class Outcome:
    """What one call of the answer did. `changed` is the position of the first argument that it changed in place.

    `seconds` is how long it took: of the processor, or a fifth of what the clock says if that is more (it may have
    been waiting for another process, or for the machine, which is no fault of the answer).
    """

    value: Any = None
    error: BaseException | None = None
    changed: int | None = None
    seconds: float = 0.0


class Elsewhere(NamedTuple):
    """What is known about an exception that was raised in another process; its attribute `elsewhere` (see grading)."""

    line: str | None
    unfinished: bool


def call(answer: Callable, args: tuple, seed: int = 0) -> Outcome:
    """Call `answer` on copies of `args`, from a given seed. Every exception but KeyboardInterrupt is an outcome.

    What it returns is made tame, what it prints is cut short, and settings that it changes are put back.
    """
    given = on_device(clone(args), torch.get_default_device())
    outcome = _attempt(answer, given, seed)
    if isinstance(outcome.error, RuntimeError) and "same device" in str(outcome.error) and torch.cuda.is_available():
        given = on_device(clone(args), torch.device("cuda"))
        outcome = _attempt(answer, given, seed)
    if outcome.error is not None:
        return outcome
    changed = next((i for i, (old, new) in enumerate(zip(args, given)) if not same(tame(old), tame(new))), None)
    return Outcome(tame(outcome.value), changed=changed, seconds=outcome.seconds)


def _attempt(answer: Callable, given: tuple, seed: int) -> Outcome:
    _seed(seed)
    clock, processor = time.perf_counter(), time.process_time()
    value = error = None
    try:
        with caught(), settings_kept():
            value = answer(*given)
    except BaseException as raised:
        if not is_own(raised):
            raise
        error = raised
    seconds = max(time.process_time() - processor, (time.perf_counter() - clock) / 5)
    return Outcome(value, error, seconds=seconds)


def is_own(error: BaseException) -> bool:
    """Whether an answer may have raised this: any Exception, or one of those by which programs end."""
    return isinstance(error, Exception) or type(error).__name__ in _LEAVING


def _seed(seed: int) -> None:
    """Like `torch.manual_seed` and its two siblings, which is slow where it looks for devices that aren't there."""
    random.seed(seed)
    np.random.seed(seed)
    torch.default_generator.manual_seed(seed)
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed_all(seed)


def clone(value: Any) -> Any:
    """A copy that shares no storage with the original."""
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(clone(v) for v in value))
    if isinstance(value, (list, tuple)):
        return type(value)(clone(v) for v in value)
    if isinstance(value, dict):
        return {k: clone(v) for k, v in value.items()}
    return value


def on_device(value: Any, device: torch.device) -> Any:
    return value if device.type == "cpu" else _mapped(value, lambda t: t.to(device))


def _mapped(value: Any, f: Callable[[Tensor], Tensor]) -> Any:
    if isinstance(value, Tensor):
        return f(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_mapped(v, f) for v in value))
    if type(value) in (list, tuple):
        return type(value)(_mapped(v, f) for v in value)
    return {k: _mapped(v, f) for k, v in value.items()} if isinstance(value, dict) else value


def same(a: Any, b: Any, rtol: float = 0.0, atol: float = 0.0) -> bool:
    """Equal in type, shape, dtype and value, with nan equal to nan."""
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        if not (isinstance(a, Tensor) and isinstance(b, Tensor)) or a.shape != b.shape or a.dtype != b.dtype:
            return False
        return bool(torch.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True).all())
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(same(x, y, rtol, atol) for x, y in zip(a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k], rtol, atol) for k in a)
    if isinstance(a, float) and isinstance(b, float):
        return same(torch.tensor(a, dtype=torch.float64), torch.tensor(b, dtype=torch.float64), rtol, atol)
    try:
        return type(a) is type(b) and bool(a == b)
    except Exception:  # an object of the learner's whose == misbehaves equals nothing
        return False


def message(error: BaseException, lines: int = 6, characters: int = 600) -> str:
    """What the exception says, cut short; empty where it has nothing to say or fails to say it."""
    try:
        text = str(error).strip()
    except Exception:
        return ""
    rows = text.splitlines()
    text = "\n".join([*rows[:lines], "…"] if len(rows) > lines else rows)
    return f"{text[:characters]} …" if len(text) > characters else text


def is_unfinished(error: BaseException) -> bool:
    """True for the stub's own NotImplementedError; False where torch raises one for an operation it lacks."""
    if not isinstance(error, NotImplementedError):
        return False
    if isinstance(told := getattr(error, "elsewhere", None), Elsewhere):
        return told.unfinished
    frames = traceback.extract_tb(error.__traceback__)
    line = (frames[-1].line or "") if frames else ""
    return "NotImplementedError" in line or (not line and message(error)[:8] in ("", "Exercise"))


def learner_line(error: BaseException) -> str | None:
    """The last line of the learner's own code that the exception came through, with its number."""
    if isinstance(told := getattr(error, "elsewhere", None), Elsewhere):
        return told.line
    frames = [f for f in traceback.extract_tb(error.__traceback__) if _is_learners(f.filename)]
    if isinstance(error, SyntaxError) or not frames:
        return None
    last = frames[-1]
    line = last.line or linecache.getline(last.filename, last.lineno or 0).strip()
    return f"line {last.lineno} of `{last.name}`: {line}" if line else f"line {last.lineno} of `{last.name}`"


def _is_learners(filename: str) -> bool:
    path = Path(filename)
    if filename.startswith("<ipython") or "ipykernel_" in filename or filename == "<string>":
        return True
    library = "site-packages" in path.parts or "dist-packages" in path.parts or filename.startswith("<")
    standard = str(path).startswith(str(Path(sys.base_prefix) / "lib"))
    return not library and not standard and (_COURSE / "checking") not in path.parents
