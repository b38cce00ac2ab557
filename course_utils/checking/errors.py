"""What an exception of a learner's function is about, in the words of the exercise."""

import re
from collections.abc import Callable

from course_utils.checking.describe import count, words


def error_story(name: str, text: str, sizes: dict[str, int]) -> str | None:
    """A sentence about an exception, from its type, its message and the sizes of the axes in that case."""
    for kinds, pattern, story in _STORIES:
        found = re.search(pattern, text) if not kinds or name in kinds else None
        if found and (says := story(found, sizes)):
            return says
    return None


def _sizes_named(found: re.Match, sizes: dict[str, int]) -> str | None:
    """Which axes have the sizes that the message complains about."""
    numbers = [int(n) for n in dict.fromkeys(re.findall(r"\d+", found[0]))]
    named = []
    for n in numbers:
        having = [axis for axis, size in sizes.items() if size == n]
        if having and n > 1:
            named.append(f"{n} is the size of {words(having, 'or')}")
    return f"Here {words(named)}." if named else None


def _no_size(found: re.Match, sizes: dict[str, int]) -> str | None:
    """A shape with a number that is the size of no axis: mostly one that holds for the notebook's data only."""
    if says := _sizes_named(found, sizes):
        return says
    numbers = [int(n) for n in re.findall(r"\d+", found[1])]
    foreign = [str(n) for n in dict.fromkeys(numbers) if n > 2 and n not in sizes.values()]
    return f"No axis has the size {words(foreign, 'or')} here: take sizes from the arguments." if foreign else None


def _unpacked(found: re.Match, sizes: dict[str, int]) -> str:
    return (
        f"{count(int(found[1]), 'name')} stand left of the `=`, and {found[2]} came: count the axes that the argument "
        "has here, or the parts that the call gives back."
    )


def _too_far(found: re.Match, sizes: dict[str, int]) -> str:
    having = [axis for axis, size in sizes.items() if size == int(found[2])]
    named = f" ({words(having, 'or')}?)" if having else ""
    places = count(int(found[2]), "place")
    start = f"Axis {found[1]} (counted from 0) has only {places}{named}"
    return f"{start}: is the index meant for another axis, or counted from another size?"


def _missing_name(found: re.Match, sizes: dict[str, int]) -> str:
    name = found[1]
    return (
        f"`{name}` isn't defined where the function runs: run the cell that defines or imports it, or look for a "
        "slip of the pen."
    )


_STORIES: list[tuple[tuple[str, ...], str, Callable[[re.Match, dict[str, int]], str | None]]] = [
    ((), r"mat1 and mat2 shapes cannot be multiplied \(\d+x\d+ and \d+x\d+\)", _sizes_named),
    ((), r"size of tensor a \(\d+\) must match the size of tensor b \(\d+\)", _sizes_named),
    ((), r"[Ee]xpected size for first two dimensions of batch2 tensor to be.*", _sizes_named),
    ((), r"operands could not be broadcast.*|does not broadcast.*|subscript .* has size \d+ .* \d+", _sizes_named),
    ((), r"shape '(.*)' is invalid for input of size \d+", _no_size),
    (("ValueError",), r"not enough values to unpack \(expected (\d+), got (\d+)\)", _unpacked),
    ((), r"The expanded size of the tensor \(\d+\) must match the existing size \(\d+\)", _sizes_named),
    ((), r"[Ss]hape mismatch.*", _sizes_named),
    (("IndexError",), r"out of bounds for dimension (\d+) with size (\d+)", _too_far),
    (
        (),
        r"selected index k out of range",
        lambda *_: (
            "More are asked for than the axis has that `topk` looks along: is `dim` the right one? If it is, k may be "
            "larger than the axis: `min(k, size)`."
        ),
    ),
    (
        ("IndexError",),
        r"(?:list|pop) index out of range|pop from empty list",
        lambda *_: "The list is shorter than that: has it lost some, or is the index counted from another size?",
    ),
    (("NameError", "UnboundLocalError"), r"name '(\w+)' is not defined", _missing_name),
    (
        ("RuntimeError",),
        r"same dtype|expected scalar type|but got: \w+ != \w+",
        lambda *_: "Tensors of different dtypes meet: `.float()` makes ordinary numbers of truth values or indices.",
    ),
    (
        (),
        r"requires grad",
        lambda *_: "`.detach()` first gives the numbers without their history.",
    ),
    (
        ("TypeError", "AttributeError"),
        r"NoneType",
        lambda *_: "Something is `None` there: a function without `return`, or a method that works in place.",
    ),
    (
        ("RuntimeError", "ValueError", "TypeError"),
        r"only (?:one|integer|length).* tensor.* (?:can|converted)|a Tensor with \d+ elements cannot be converted",
        lambda *_: "A tensor of several values stands where one number is needed.",
    ),
    (
        ("RuntimeError",),
        r"Boolean value of Tensor with more than one value",
        lambda *_: "`if`, `and` and `or` want one truth value; for tensors there are `torch.where`, `&` and `|`.",
    ),
]  # fmt: skip
