"""A buffer of rows, what holds of every right one, and the steps in which a wrong one differs: for exercise 10.1."""

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import law


@law("every row comes out exactly once")
def once(answer, chunks, capacity, draws):
    rows = numbered(chunks)
    out = answer(rows, capacity, draws)[:, 0].long().sort().values
    twice = int((out.diff() == 0).sum())
    return None if torch.equal(out, torch.arange(len(draws))) else f"Of {len(draws)} rows {twice} came out again."


@law("no row comes out before it has been read")
def not_ahead(answer, chunks, capacity, draws):
    out = answer(numbered(chunks), capacity, draws)[:, 0]
    early = out - torch.arange(len(draws)) >= capacity
    if not early.any():
        return None
    place = int(early.nonzero()[0])
    return (
        f"Row {int(out[place])} came out as number {place}. By then {place} rows had left and {capacity} were in the "
        "buffer: it had not been read."
    )


def numbered(chunks):
    """The same chunks with the numbers of their rows, counted through, in the place of what is in them."""
    numbers = torch.arange(sum(map(len, chunks))).float()
    return [part[:, None].expand(-1, c.shape[1]).clone() for part, c in zip(numbers.split([*map(len, chunks)]), chunks)]


def rounded_down(u, size, capacity):
    return int(u * size)


def rounded_up_less_one(u, size, capacity):
    return max(0, math.ceil(u * size) - 1)


def into_the_place(buffer, at, row):
    buffer[at] = row


def at_the_end(buffer, at, row):
    buffer.pop(at)
    buffer.append(row)


def behind_the_last(buffer, at, row):
    """The last row moves into the place, as it should when the stream has ended, and the new one takes its own."""
    buffer[at] = buffer[-1]
    buffer[-1] = row


def last_moves(buffer, at):
    buffer[at] = buffer[-1]
    buffer.pop()


def first_moves(buffer, at):
    buffer[at] = buffer[0]
    buffer.pop(0)


def buffered(rows, capacity, draws, place=rounded_down, refill=into_the_place, shrink=last_moves):
    """The reference's steps, on a list of rows; what mistakes change is an argument."""
    buffer, read, out = list(rows[:capacity]), capacity, []
    for u in draws.tolist():
        at = place(u, len(buffer), capacity)
        out.append(buffer[at])
        if read < len(rows):
            refill(buffer, at, rows[read])
            read += 1
        else:
            shrink(buffer, at)
    return torch.stack(out)


def mixing(more=0, **steps):
    """An answer with other steps, and a buffer of so many rows more."""
    return lambda chunks, capacity, draws: buffered(torch.cat(chunks), capacity + more, draws, **steps)


def first_wrong_step(
    right: Float[Tensor, "row d_in"], given: Any, capacity: int, draws: Float[Tensor, " row"]
) -> str | None:
    """Which row is the first that should be another one, and what happens there; None if the shape is wrong, too."""
    if not isinstance(given, Tensor) or given.shape != right.shape:
        return None
    others = (given.double() - right.double()).abs().amax(1) > 1e-3
    if not others.any():
        return None
    left = int(others.nonzero()[0])
    size, u = min(capacity, len(draws) - left), float(draws[left])
    begins = {0: "The first row is wrong.", 1: "The first row is right; the next is not."}
    begins = begins.get(left, f"The first {left} rows are right; the next is not.")
    stream = "goes on" if capacity + left < len(draws) else "has ended"
    there = f"u = {u:.3g}, and the buffer holds {size}: place {int(u * size)} of it goes out"
    return f"{begins} There {there}. The stream {stream}."
