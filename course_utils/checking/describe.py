"""Words for values: the shape, range and contents that feedback shows."""

import inspect
import typing
from typing import Any, NamedTuple

import torch
from torch import Tensor

from course_utils.checking.tame import Foreign, Results

LARGEST = 10_000_000
"""A tensor of more numbers is described by its shape alone."""


class Named(NamedTuple):
    """A parameter (or the return value) of an oracle: its name, and the names of its axes where it is a tensor."""

    name: str
    dims: tuple[str, ...] | None


def parameters(oracle) -> list[Named]:
    """Positional parameters of an oracle, without `self`, with axis names from their jaxtyping annotations."""
    hints = typing.get_type_hints(oracle)
    names = [name for name in inspect.signature(oracle).parameters if name != "self"]
    return [Named(name, axis_names(hints.get(name))) for name in names]


class TensorAxes(NamedTuple):
    """What an annotation says of a tensor. `dtype` only where it insists on one: `Float32[…]`, not `Float[…]`."""

    dims: tuple[str, ...]
    dtype: torch.dtype | None = None


Axes = TensorAxes | tuple | None
"""TensorAxes for a tensor; for a tuple, those of each of its parts."""


def returned(oracle) -> Axes:
    """Axes of what an oracle returns, from its annotation: of `tuple[Float[Tensor, "n"], Int[Tensor, "n k"]]`, two."""
    return _axes(typing.get_type_hints(oracle).get("return"))


def _axes(annotation: Any) -> Axes:
    if typing.get_origin(annotation) is tuple:
        return tuple(_axes(part) for part in typing.get_args(annotation))
    dims = axis_names(annotation)
    if dims is None:
        return None
    dtypes = getattr(annotation, "dtypes", ())
    only = dtypes[0] if isinstance(dtypes, (list, tuple)) and len(dtypes) == 1 else None
    dtype = getattr(torch, str(only), None) if only not in (None, "bool") else None
    return TensorAxes(dims, dtype if isinstance(dtype, torch.dtype) else None)


def of_one_tensor(axes: Axes) -> bool:
    return isinstance(axes, TensorAxes)


def inner(axes: Axes, key: Any) -> Axes:
    """Axes of one part of a tuple; None where nothing is known."""
    if not isinstance(axes, tuple) or of_one_tensor(axes) or not isinstance(key, int) or key >= len(axes):
        return None
    return axes[key]


def at(axes: Axes, where: str) -> Axes:
    """Axes of the part that stands at `[1]`, or at `[0][2]`."""
    for key in where.strip("[]").split("][") if where else []:
        axes = inner(axes, int(key) if key.isdigit() else key)
    return axes


def axis_names(annotation: Any) -> tuple[str, ...] | None:
    """`Float[Tensor, "instance bit=2"]` → ("instance", "bit"); None for anything that has no axes."""
    dims = getattr(annotation, "dim_str", None)
    return None if dims is None else tuple(dim.partition("=")[0] for dim in dims.split())


def number(x: Any) -> str:
    """A number as a person reads it: 4 significant digits, a true minus sign left to the font."""
    if isinstance(x, bool) or not isinstance(x, (int, float)):
        return short(x)
    if isinstance(x, float):
        return f"{x:.4g}"
    bits = x.bit_length()
    return str(x) if bits < 100 else f"{'-' if x < 0 else ''}a whole number of about {int(bits * 0.30103) + 1} digits"


def short(value: Any, limit: int = 200) -> str:
    """repr, cut short; the kind of a value that can't be shown."""
    if isinstance(value, Foreign):
        return value.kind
    try:
        text = repr(value)
    except Exception:
        return kind(value)
    return cut(text, limit)


def cut(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else f"{text[:limit]} …"


def words(names: list[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def count(n: int, unit: str) -> str:
    """`1 case`, `3 cases`."""
    return f"{n} {unit}" if n == 1 else f"{n} {unit}s"


def shape(tensor: Tensor, dims: tuple[str, ...] | None = None) -> str:
    """`[3 instance, 4 hidden]`, or `[3, 4]` where the axes have no names."""
    if dims is None or len(dims) != tensor.ndim:
        return str(list(tensor.shape))
    labels = [str(size) if dim.lstrip("-").isdigit() else f"{size} {dim}" for size, dim in zip(tensor.shape, dims)]
    return f"[{', '.join(labels)}]"


def contents(value: Any, dims: tuple[str, ...] | None = None, limit: int = 12) -> str:
    """Small values whole, large tensors by shape and range."""
    if isinstance(value, Tensor):
        return _tensor_contents(value, dims, limit)
    if isinstance(value, (list, tuple, set)):
        if len(value) > limit:
            return f"{type(value).__name__} of {len(value)}"
        if any(isinstance(part, Tensor) for part in value) and not isinstance(value, set):
            brackets = "[]" if isinstance(value, list) else "()"
            return f"{brackets[0]}{', '.join(contents(part) for part in value)}{brackets[1]}"
        return short(rounded(sorted(value, key=str) if isinstance(value, set) else list(value)))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {contents(v)}" for k, v in list(value.items())[:limit]) + "}"
    return number(value) if isinstance(value, (int, float)) else short(value)


def _tensor_contents(value: Tensor, dims: tuple[str, ...] | None, limit: int) -> str:
    if value.numel() == 0:
        return f"an empty tensor {shape(value, dims)}"
    if value.numel() > LARGEST:
        return f"a tensor {shape(value, dims)}"
    if value.numel() <= limit:
        return f"{rounded(value.tolist())} {shape(value, dims)}" if value.ndim else number(value.item())
    if value.dtype == torch.bool:
        return f"{shape(value, dims)}, {int(value.sum())} of {value.numel()} True"
    if value.is_complex():
        return f"{shape(value, dims)}, complex"
    low, high = (number(f(value.detach().float()).item()) for f in (torch.min, torch.max))
    return f"{shape(value, dims)} from {low} to {high}"


def arguments(names: list[Named], args: tuple) -> str:
    """The inputs of one case, each by name."""
    parts = [f"`{named.name}` = {contents(arg, named.dims)}" for named, arg in zip(names, args)]
    return " · ".join(parts) if parts else "no arguments"


def kind(value: Any) -> str:
    """`a tensor`, `a list`, `nothing (None)` … for messages about types."""
    if value is None:
        return "nothing (`None`)"
    if isinstance(value, Foreign):
        return value.kind
    if isinstance(value, Results):
        named = f" ({words([f'`{name}`' for name in value.names])})" if value.names else ""
        return f"the {len(value)} results of a function of torch{named}"
    name = type(value).__name__
    plain = {"Tensor": "a tensor", "Parameter": "a tensor", "ndarray": "a NumPy array", "str": "text", "dict": "a dict"}
    plain |= {"float": "a number", "int": "a whole number", "bool": "True or False", "function": "a function"}
    plain |= {"complex": "a complex number", "type": "a class", "list": "a list", "tuple": "a tuple", "set": "a set"}
    return plain.get(name, f"an object of type `{name}`" if name[:1] in "aeiouAEIOU" else f"a `{name}`")


def rounded(value: Any) -> Any:
    """Numbers to four digits, in lists of any depth."""
    if isinstance(value, (list, tuple)):
        return [rounded(v) for v in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
