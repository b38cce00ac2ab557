"""10.1: rows through a buffer that holds few of them."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


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


def buffered(rows, capacity, draws, place=lambda u, size: int(u * size)):
    """The reference's steps, on a list of rows; what mistakes change is an argument."""
    buffer, read, out = list(rows[:capacity]), capacity, []
    for u in draws.tolist():
        at = place(u, len(buffer))
        out.append(buffer[at])
        if read < len(rows):
            buffer[at] = rows[read]
            read += 1
        else:
            buffer[at] = buffer[-1]
            buffer.pop()
    return torch.stack(out)


class ThroughABuffer(FunctionExercise):
    id, title = "10.1", "Mix what doesn't fit"
    difficulty, minutes, points, needs = "B", 13, 2, []
    checked = (
        "streams against loops: chunks of unequal length and an empty one, a buffer that is smaller than a chunk, one "
        "of a single row, and one that is larger than the stream"
    )
    hints = [
        "Make one stream of the chunks first. A generator will do: `stream = (row for chunk in chunks for row in "
        "chunk)`, and `next(stream, None)` is None when it has ended.",
        "Fill a list with the first rows (`itertools.islice(stream, capacity)`). For each draw `u`: the place is "
        "`int(u * len(buffer))`; keep the row that is there; put the next row of the stream into its place.",
        "When the stream has ended: `buffer[place] = buffer[-1]`, then `buffer.pop()`. The buffer gets shorter, and "
        "`len(buffer)` with it.",
    ]

    def cases(self, rng):
        def stream(sizes, width):
            return [torch.randn(n, width, generator=rng) for n in sizes], torch.rand(sum(sizes), generator=rng)

        chunks, draws = stream([5, 2, 7, 3], 2)
        yield Case((chunks, 6, draws), "with a buffer over several chunks")
        chunks, draws = stream([9, 0, 1, 8], 3)
        yield Case((chunks, 4, draws), "with a buffer that is smaller than a chunk, and an empty chunk")
        chunks, draws = stream([4, 3], 1)
        yield Case((chunks, 1, draws), "with a buffer of one row")
        chunks, draws = stream([2, 3, 2], 2)
        yield Case((chunks, 20, draws), "with a buffer larger than the stream")
        chunks, draws = stream([6, 6], 2)
        draws[::2], draws[1::2] = 0.0, 0.9999
        yield Case((chunks, 5, draws), "with draws at either end")

    def oracle(
        self, chunks: list[Float[Tensor, "n d_in"]], capacity: int, draws: Float[Tensor, " row"]
    ) -> Float[Tensor, "row d_in"]:
        waiting = [(c, r) for c, chunk in enumerate(chunks) for r in range(len(chunk))]
        buffer: dict[int, tuple[int, int]] = {}
        while waiting and len(buffer) < capacity:
            buffer[len(buffer)] = waiting.pop(0)
        out = torch.empty(len(draws), chunks[0].shape[1])
        for n in range(len(draws)):
            place = max(p for p in buffer if p <= float(draws[n]) * len(buffer))
            c, r = buffer[place]
            out[n] = chunks[c][r]
            if waiting:
                buffer[place] = waiting.pop(0)
                continue
            last = max(buffer)
            buffer[place] = buffer[last]
            del buffer[last]
        return out

    laws = [once, not_ahead]

    @mistake(
        "All rows are in your buffer: what comes out first may have come last. Then a buffer is no use. Hold "
        "`capacity` rows and no more."
    )
    def everything_at_once(chunks, capacity, draws):
        return buffered(torch.cat(chunks), len(draws), draws)

    @mistake("The rows came out in the order in which they went in. Draw a place of the buffer for each: `draws`.")
    def first_in_first_out(chunks, capacity, draws):
        return torch.cat(chunks)

    @mistake(
        "You emptied the buffer before you filled it again: rows of one filling never meet those of the next. Fill "
        "each place as soon as its row has left."
    )
    def one_filling_after_the_other(chunks, capacity, draws):
        parts = zip(torch.cat(chunks).split(capacity), draws.split(capacity))
        return torch.cat([buffered(rows, capacity, u) for rows, u in parts])

    @mistake(
        "You mixed each chunk by itself: a buffer that ends with the chunk. Make one stream of them, so that rows of "
        "different chunks meet."
    )
    def chunk_by_chunk(chunks, capacity, draws):
        parts = zip(chunks, draws.split([len(c) for c in chunks]))
        return torch.cat([buffered(rows, capacity, u) for rows, u in parts if len(rows)])

    @mistake("Your buffer holds a row too many: the next row is read after one has left, not before.")
    def one_too_many(chunks, capacity, draws):
        return buffered(torch.cat(chunks), capacity + 1, draws)

    @mistake(
        "The next row belongs into the place that became free. You closed the gap and put the new row at the end: the "
        "same mixing, but other rows for the same draws, so it can't be compared."
    )
    def put_at_the_end(chunks, capacity, draws):
        rows = list(torch.cat(chunks))
        buffer, rows, out = rows[:capacity], rows[capacity:], []
        for u in draws.tolist():
            out.append(buffer.pop(int(u * len(buffer))))
            buffer += rows[:1]
            rows = rows[1:]
        return torch.stack(out)

    @mistake(
        "When the stream has ended you hand out the rest as it lies. Go on drawing: what is in the buffer then may all "
        "be of the last chunk."
    )
    def the_rest_in_order(chunks, capacity, draws):
        rows = torch.cat(chunks)
        drawn = max(0, len(rows) - capacity)
        buffer, out = list(rows[:capacity]), []
        for n, u in enumerate(draws[:drawn].tolist()):
            at = int(u * len(buffer))
            out.append(buffer[at])
            buffer[at] = rows[capacity + n]
        return torch.stack([*out, *buffer])

    @mistake("A row that has left must not stay in the buffer: some of yours come out several times, others never.")
    def with_replacement(chunks, capacity, draws):
        rows = torch.cat(chunks)
        n = torch.arange(len(rows))
        return rows[(draws * (n + capacity).clamp_max(len(rows))).long()]

    @mistake("The place is u · size rounded *down*: 0 for the first places, and never the size itself.")
    def rounded(chunks, capacity, draws):
        return buffered(torch.cat(chunks), capacity, draws, lambda u, size: min(round(u * size), size - 1))

    @mistake("Your places are counted from the other end of the buffer: u = 0 is its first place.")
    def from_the_other_end(chunks, capacity, draws):
        return buffered(torch.cat(chunks), capacity, draws, lambda u, size: size - 1 - int(u * size))

    @mistake(
        "What you kept of a row was a *view* of the buffer: the next row that is written there changes what has come "
        "out. Keep a copy (`.clone()`), or let the buffer be a list of rows."
    )
    def a_view(chunks, capacity, draws):
        rows = torch.cat(chunks)
        size = read = min(capacity, len(rows))
        buffer, out = rows[:size].clone(), []
        for u in draws.tolist():
            at = int(u * size)
            out.append(buffer[at])
            if read < len(rows):
                buffer[at] = rows[read]
                read += 1
            else:
                size -= 1
                buffer[at] = buffer[size]
        return torch.stack(out)

    @mistake(
        "The size in u · size is that of the buffer *now*. When the stream has ended the buffer shrinks, and "
        "`capacity` is too large."
    )
    def of_the_capacity(chunks, capacity, draws):
        return buffered(torch.cat(chunks), capacity, draws, lambda u, size: int(u * capacity))

    @mistake(
        "You draw a place among `capacity` and go back to the last row if there are fewer. Draw it among the rows that "
        "are in the buffer now: u · `len(buffer)`."
    )
    def of_the_capacity_at_most_the_last(chunks, capacity, draws):
        return buffered(torch.cat(chunks), capacity, draws, lambda u, size: min(int(u * capacity), size - 1))

    @mistake(
        "u · size rounded to the *nearest* whole number may be the size itself, where no row is. Round down: `int`."
    )
    def rounded_to_the_size(chunks, capacity, draws):
        return buffered(torch.cat(chunks), capacity, draws, lambda u, size: round(u * size))

    @mistake("You rounded u · (size − 1): the places at both ends come half as often. Take u · size, rounded *down*.")
    def rounded_between_the_ends(chunks, capacity, draws):
        return buffered(torch.cat(chunks), capacity, draws, lambda u, size: round(u * (size - 1)))

    @mistake(
        "Right while the stream goes on. When it has ended you close the gap (`pop` of the place), and all rows behind "
        "it move up. Put the *last* row of the buffer into the place."
    )
    def gap_closed_at_the_end(chunks, capacity, draws):
        rows = list(torch.cat(chunks))
        buffer, waiting, out = rows[:capacity], rows[capacity:], []
        for u in draws.tolist():
            at = int(u * len(buffer))
            out.append(buffer[at] if waiting else buffer.pop(at))
            if waiting:
                buffer[at] = waiting.pop(0)
        return torch.stack(out)

    @rewrite
    def with_a_generator(chunks, capacity, draws):
        from itertools import islice

        stream = (row for chunk in chunks for row in chunk)
        buffer, out = list(islice(stream, capacity)), []
        for u in draws:
            place = int(u * len(buffer))
            row = next(stream, None)
            out.append(buffer[place])
            if row is None:
                row = buffer.pop()
                if place == len(buffer):
                    continue
            buffer[place] = row
        return torch.stack(out)

    @rewrite
    def with_one_tensor(chunks, capacity, draws):
        rows = torch.cat(chunks)
        size = min(capacity, len(rows))
        buffer, out = rows[:size].clone(), torch.empty_like(rows)
        for n in range(len(rows)):
            place = int(draws[n] * size)
            out[n] = buffer[place]
            if capacity + n < len(rows):
                buffer[place] = rows[capacity + n]
            else:
                size -= 1
                buffer[place] = buffer[size]
        return out

    @rewrite
    def with_numbers_of_rows(chunks, capacity, draws):
        rows, order = torch.cat(chunks), []
        buffer = list(range(min(capacity, len(rows))))
        coming = iter(range(len(buffer), len(rows)))
        for u in draws.tolist():
            place = int(u * len(buffer))
            order.append(buffer[place])
            buffer[place] = next(coming, buffer[-1])
            if len(rows) - len(order) < len(buffer):
                buffer.pop()
        return rows[order]

    equivalent = {
        "with_a_generator, line 11: `place == len(buffer)` → `place >= len(buffer)`": (
            "A place is below the buffer's size before its last row left: it can't be larger than the size after it."
        ),
    }
