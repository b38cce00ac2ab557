"""Exercises whose answer is the outcome of an experiment: tensors held to bands that were measured over many seeds."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor

from course_utils.checking import describe
from course_utils.checking.exercise import Exercise, unanswered
from course_utils.checking.report import Report
from course_utils.checking.tame import Foreign, attributes, tame


class Band(NamedTuple):
    """One thing an experiment must show. `mistake` names the misconception that a miss points to.

    `ok` may be a tensor of one truth value for each model: then feedback says which of them miss.
    """

    says: str
    ok: bool | Tensor
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
        """What must hold, in the order in which it should be reported. Floats arrive as float32."""

    def examine(self, answer: Any, seed: int) -> Report:
        parts = self._parts(answer)
        if isinstance(parts, str):
            return self.failed(parts)
        if unanswered(tuple(parts)):
            return Report(self.id, "not attempted", "Not attempted yet.")
        attached = [f"`{name}`" for name, part in zip(self.fields, parts) if _has_graph(part)]
        parts = [tame(part) for part in parts]
        if complaint := self._wrong_shape(parts):
            return self.failed(complaint)
        tensors = [_float32(part) for part in parts]
        for name, tensor in zip(self.fields, tensors):
            if not torch.isfinite(tensor).all():
                why = "the training has diverged, something was divided by zero, or a mean is taken of nothing"
                return self.failed(f"`{name}` holds nan or inf: {why}.")
        done = []
        for band in self.bands(*tensors):
            if not bool(torch.as_tensor(band.ok).all()):
                right = [f"Right so far: {'; '.join(done)}."] if done else []
                seen = [f"Not so: {band.says}. Got: {band.got}.", *_models_that_miss(band.ok)]
                return self.failed(*right, *seen, mistake=band.mistake)
            done.append(band.says)
        if self.detached and attached:
            with_graph = f"With a graph: {', '.join(attached)}."
            return self.failed(f"Right so far: {'; '.join(done)}.", with_graph, mistake="not detached")
        return self.passed(f"Checked that {'; '.join(done)}.")

    def _parts(self, answer: Any) -> list | str:
        """The handed-in values in the order of `fields`, or what is wrong with the answer as a whole."""
        names, kind = list(self.fields), type(answer)
        if issubclass(kind, dict):
            missing = [name for name in names if not dict.__contains__(answer, name)]
            wanted = f"it should have the keys {names}"
            return f"The dict lacks {missing}; {wanted}." if missing else [dict.__getitem__(answer, n) for n in names]
        if (found := attributes(answer, names)) is not None:
            return found
        if issubclass(kind, (list, tuple)):
            parts = [*(list if issubclass(kind, list) else tuple).__iter__(answer)]
            expected = f"Expected {describe.count(len(names), 'tensor')} ({', '.join(names)}), got {len(parts)}."
            return parts if len(parts) == len(names) else expected
        if len(names) == 1:
            return [answer]
        found = tame(answer)
        advice = f" {found.advice}" if isinstance(found, Foreign) else ""
        return f"Hand in {', '.join(names)} as a tuple or a dict; got {describe.kind(found)}.{advice}"

    def _wrong_shape(self, parts: list) -> str | None:
        sizes: dict[str, int] = {}
        for (name, axes), tensor in zip(self.fields.items(), parts):
            if not isinstance(tensor, (Tensor, np.ndarray)):
                advice = f" {tensor.advice}" if isinstance(tensor, Foreign) else ""
                return f"`{name}` should be a tensor, got {describe.kind(tensor)}.{advice}"
            if "complex" in str(tensor.dtype):
                return f"`{name}` is a complex tensor, and a real one is wanted."
            dims = [axis.partition("=")[0] for axis in axes.split()]
            if tensor.ndim != len(dims):
                return f"`{name}` should have the axes [{', '.join(dims)}], got shape {list(tensor.shape)}."
            fixed = {a.partition("=")[0]: int(a.partition("=")[2]) for a in axes.split() if "=" in a}
            for dim, size in zip(dims, tensor.shape):
                wanted = fixed.get(dim, sizes.setdefault(dim, size))
                if size != wanted:
                    shape = describe.shape(tensor, tuple(dims))
                    return f"`{name}` has {size} on the axis {dim}, and it should have {wanted}: {shape}."
            if 0 in tensor.shape:
                return f"`{name}` is empty: {describe.shape(tensor, tuple(dims))}."
        return None


def _has_graph(part: Any) -> bool:
    try:
        return issubclass(type(part), Tensor) and part.requires_grad
    except Exception:
        return False


def _float32(part: Tensor | np.ndarray) -> Tensor:
    """A copy of numbers of any dtype, and of arrays, as the tensors that the bands are written for."""
    return torch.as_tensor(part).to(torch.float32, copy=True)


def _models_that_miss(ok: bool | Tensor) -> list[str]:
    """One line that says which models of several miss a band, counted from 0 like their index."""
    if not isinstance(ok, Tensor) or ok.numel() < 2:
        return []
    missing = [str(i) for i in (~ok).flatten().nonzero().flatten().tolist()]
    if len(missing) == ok.numel():
        return [f"None of the {ok.numel()} models gets there."]
    which = f"model {missing[0]}" if len(missing) == 1 else f"models {describe.words(missing)}"
    return [f"It is {which} that {'misses' if len(missing) == 1 else 'miss'} (counted from 0), of {ok.numel()}."]
