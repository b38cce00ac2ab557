"""Words for values: the shape, range and contents that feedback shows."""

import inspect
import typing
from typing import Any, NamedTuple

import torch
from torch import Tensor


class Named(NamedTuple):
    """A parameter (or the return value) of an oracle: its name, and the names of its axes where it is a tensor."""

    name: str
    dims: tuple[str, ...] | None


def parameters(oracle) -> list[Named]:
    """Positional parameters of an oracle, without `self`, with axis names from their jaxtyping annotations."""
    hints = typing.get_type_hints(oracle)
    names = [name for name in inspect.signature(oracle).parameters if name != "self"]
    return [Named(name, axis_names(hints.get(name))) for name in names]


def returned(oracle) -> Named:
    return Named("result", axis_names(typing.get_type_hints(oracle).get("return")))


def axis_names(annotation: Any) -> tuple[str, ...] | None:
    """`Float[Tensor, "instance hidden"]` → ("instance", "hidden"); None for anything that has no axes."""
    dims = getattr(annotation, "dim_str", None)
    return None if dims is None else tuple(dims.split())


def number(x: Any) -> str:
    """A number as a person reads it: 4 significant digits, a true minus sign left to the font."""
    if isinstance(x, bool) or not isinstance(x, (int, float)):
        return repr(x)
    return str(x) if isinstance(x, int) else f"{x:.4g}"


def shape(tensor: Tensor, dims: tuple[str, ...] | None = None) -> str:
    """`[3 instance, 4 hidden]`, or `[3, 4]` where the axes have no names."""
    if dims is None or len(dims) != tensor.ndim:
        return str(list(tensor.shape))
    labels = [str(size) if dim.lstrip("-").isdigit() else f"{size} {dim}" for size, dim in zip(tensor.shape, dims)]
    return f"[{', '.join(labels)}]"


def contents(value: Any, dims: tuple[str, ...] | None = None, limit: int = 12) -> str:
    """Small values whole, large tensors by shape and range."""
    if isinstance(value, Tensor):
        if value.numel() == 0:
            return f"an empty tensor {shape(value, dims)}"
        if value.numel() <= limit:
            return f"{_rounded(value.tolist())} {shape(value, dims)}" if value.ndim else number(value.item())
        if value.dtype == torch.bool:
            return f"{shape(value, dims)}, {int(value.sum())} of {value.numel()} True"
        low, high = (number(f(value.detach().float()).item()) for f in (torch.min, torch.max))
        return f"{shape(value, dims)} from {low} to {high}"
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__} of {len(value)}" if len(value) > limit else str(_rounded(list(value)))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {contents(v)}" for k, v in list(value.items())[:limit]) + "}"
    return number(value) if isinstance(value, (int, float)) else repr(value)[:200]


def arguments(names: list[Named], args: tuple) -> str:
    """The inputs of one case, each by name."""
    parts = [f"`{named.name}` = {contents(arg, named.dims)}" for named, arg in zip(names, args)]
    return " · ".join(parts) if parts else "no arguments"


def kind(value: Any) -> str:
    """`a tensor`, `a list`, `nothing (None)` … for messages about types."""
    if value is None:
        return "nothing (`None`)"
    name = type(value).__name__
    plain = {"Tensor": "a tensor", "Parameter": "a tensor", "ndarray": "a NumPy array", "str": "text", "dict": "a dict"}
    plain |= {"float": "a number", "int": "a whole number", "bool": "True or False", "function": "a function"}
    return plain.get(name, f"an object of type `{name}`" if name[0] in "aeiouAEIOU" else f"a `{name}`")


def _rounded(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_rounded(v) for v in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
