"""Exercises whose answer is the outcome of an experiment: tensors held to bands that were measured over many seeds."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor

from course_utils.checking import describe
from course_utils.checking.exercise import Exercise, unanswered
from course_utils.checking.guard import clone, to_cpu
from course_utils.checking.report import Report


class Band(NamedTuple):
    """One thing an experiment must show. `mistake` names the misconception that a miss points to."""

    says: str
    ok: bool
    got: str
    mistake: str | None = None


class ExperimentExercise(Exercise, abstract=True):
    """The answer is a dict of tensors, a tuple in the order of `fields`, an object with such attributes, or the tensor.

    `fields` gives each tensor its axes: `{"W": "instance hidden=2 feature=5"}`. An axis with `=` has that size, and an
    axis that occurs twice has one size. In `mistakes` and `rewrites` the answers are functions without arguments.
    """

    fields: ClassVar[dict[str, str]]
    detached: ClassVar[bool] = False
    """The text wants the tensors detached; one that isn't fails as the mistake "not detached"."""

    @classmethod
    def required(cls) -> list[str]:
        return [*super().required(), "fields"]

    @abstractmethod
    def bands(self, *tensors: Tensor) -> Iterable[Band]:
        """What must hold, in the order in which it should be reported."""

    def examine(self, answer: Any, seed: int) -> Report:
        parts = self._parts(answer)
        if isinstance(parts, str):
            return self.failed(parts)
        if unanswered(tuple(parts)):
            return Report(self.id, "not attempted", "Not attempted yet.")
        attached = [f"`{n}`" for n, part in zip(self.fields, parts) if isinstance(part, Tensor) and part.requires_grad]
        parts = clone(to_cpu(parts))
        if complaint := self._wrong_shape(parts):
            return self.failed(complaint)
        parts = [part.float() for part in parts]  # whatever the learner computed in
        done = []
        for band in self.bands(*parts):
            if not band.ok:
                right = [f"Right so far: {'; '.join(done)}."] if done else []
                return self.failed(*right, f"Not so: {band.says}. Got: {band.got}.", mistake=band.mistake)
            done.append(band.says)
        if self.detached and attached:
            return self.failed(
                f"Right so far: {'; '.join(done)}.", f"With a graph: {', '.join(attached)}.", mistake="not detached"
            )
        return self.passed(f"Checked that {'; '.join(done)}.")

    def _parts(self, answer: Any) -> list | str:
        """The handed-in tensors in the order of `fields`, or what is wrong with the answer as a whole."""
        names = list(self.fields)
        if isinstance(answer, dict):
            missing = [name for name in names if name not in answer]
            return (
                f"The dict lacks {missing}; it should have the keys {names}." if missing else [answer[n] for n in names]
            )
        if all(hasattr(answer, name) for name in names):
            return [getattr(answer, name) for name in names]
        if isinstance(answer, (list, tuple)):
            same = len(answer) == len(names)
            return list(answer) if same else f"Expected {len(names)} tensors ({', '.join(names)}), got {len(answer)}."
        if len(names) == 1:
            return [answer]
        return f"Hand in {', '.join(names)} as a tuple or a dict; got {describe.kind(answer)}."

    def _wrong_shape(self, parts: list) -> str | None:
        sizes: dict[str, int] = {}
        for (name, axes), tensor in zip(self.fields.items(), parts):
            if not isinstance(tensor, Tensor):
                return f"`{name}` should be a tensor, got {describe.kind(tensor)}."
            dims = [axis.partition("=")[0] for axis in axes.split()]
            if tensor.ndim != len(dims):
                return f"`{name}` should have the axes [{', '.join(dims)}], got shape {list(tensor.shape)}."
            fixed = {a.partition("=")[0]: int(a.partition("=")[2]) for a in axes.split() if "=" in a}
            for dim, size in zip(dims, tensor.shape):
                wanted = fixed.get(dim, sizes.setdefault(dim, size))
                if size != wanted:
                    shape = describe.shape(tensor, tuple(dims))
                    return f"`{name}` has {size} on the axis {dim}, and it should have {wanted}: {shape}."
            if not torch.isfinite(tensor).all():
                return f"`{name}` holds nan or inf: the training has diverged, or something was divided by zero."
        return None
