"""10.1: rows through a buffer that holds few of them."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, mistake, rewrite
from course_utils.exercises.ch10.buffers import (
    at_the_end,
    behind_the_last,
    buffered,
    first_moves,
    first_wrong_step,
    mixing,
    not_ahead,
    once,
    rounded_up_less_one,
)


class ThroughABuffer(FunctionExercise):
    id, title = "10.1", "Mix what doesn't fit"
    difficulty, minutes, points, needs = "B", 13, 2, []
    checked = (
        "streams against loops: chunks of unequal length and an empty one, a buffer that is smaller than a chunk, one "
        "of a single row, one that is larger than the stream, and places that need no rounding"
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
        chunks, _ = stream([3, 6], 2)
        yield Case((chunks, 4, torch.arange(9) * 3 % 4 / 4), "with u · size a whole number")

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

    def remark(self, trials):
        """Up to where the rows are right, and what the next step is."""
        wrong = next((t for t in trials if t.outcome.error is None and not t.right), None)
        return wrong and first_wrong_step(wrong.expected, wrong.outcome.value, *wrong.case.args[1:])

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

    one_too_many = mistake("Your buffer holds a row too many: the next row is read after one has left, not before.")(
        mixing(more=1)
    )

    read_before_drawing = mistake(
        "You read the next row before one has left: then `capacity` + 1 rows are in the buffer, and the new one may go "
        "out at once. Draw first, and put the next row into the place that is free."
    )(mixing(more=1, refill=behind_the_last))

    one_too_few = mistake("Your buffer holds a row too few. At the beginning the first `capacity` rows go in.")(
        mixing(more=-1)
    )

    @mistake(
        "Whole chunks go into your buffer: it holds more than `capacity`. Stop in the middle of a chunk: the rest "
        "of it comes next."
    )
    def whole_chunks(chunks, capacity, draws):
        ends = torch.tensor([len(c) for c in chunks]).cumsum(0)
        return buffered(torch.cat(chunks), int(ends[(ends < capacity).sum().clamp_max(len(ends) - 1)]), draws)

    put_at_the_end = mistake(
        "The next row belongs into the place that became free. You closed the gap and put the new row at the end: the "
        "same mixing, but other rows for the same draws, so it can't be compared."
    )(mixing(refill=at_the_end, shrink=list.pop))

    put_at_the_end_as_long_as_some_come = mistake(
        "Right when the stream has ended. As long as it goes on, the next row belongs into the place that became free: "
        "`buffer[place] = row`. You closed the gap and put it at the end."
    )(mixing(refill=at_the_end))

    last_moved_too_early = mistake(
        "The last row of the buffer moves when the stream has *ended*. Before that the next row of the stream takes "
        "the free place itself."
    )(mixing(refill=behind_the_last))

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

    rounded = mistake("The place is u · size rounded *down*: 0 for the first places, and never the size itself.")(
        mixing(place=lambda u, size, _: min(round(u * size), size - 1))
    )

    rounded_up = mistake(
        "You rounded up and took one off: where u · size is a whole number, that is a place too low. Round down: `int`."
    )(mixing(place=rounded_up_less_one))

    of_one_less = mistake(
        "Your place is u · (size − 1), rounded down: the last row of the buffer never goes out. Take u · size."
    )(mixing(place=lambda u, size, _: int(u * (size - 1))))

    from_the_other_end = mistake("Your places are counted from the other end of the buffer: u = 0 is its first place.")(
        mixing(place=lambda u, size, _: size - 1 - int(u * size))
    )

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

    of_the_capacity = mistake(
        "The size in u · size is that of the buffer *now*. When the stream has ended the buffer shrinks, and "
        "`capacity` is too large."
    )(mixing(place=lambda u, _, capacity: int(u * capacity)))

    of_the_capacity_at_most_the_last = mistake(
        "You draw a place among `capacity` and go back to the last row if there are fewer. Draw it among the rows that "
        "are in the buffer now: u · `len(buffer)`."
    )(mixing(place=lambda u, size, capacity: min(int(u * capacity), size - 1)))

    of_the_capacity_wrapped = mistake(
        "You draw a place among `capacity` and begin again at 0 if there are fewer. Draw it among the rows that are in "
        "the buffer now: u · `len(buffer)`."
    )(mixing(place=lambda u, size, capacity: int(u * capacity) % size))

    rounded_to_the_size = mistake(
        "u · size rounded to the *nearest* whole number may be the size itself, where no row is. Round down: `int`."
    )(mixing(place=lambda u, size, _: round(u * size)))

    rounded_between_the_ends = mistake(
        "You rounded u · (size − 1): the places at both ends come half as often. Take u · size, rounded *down*."
    )(mixing(place=lambda u, size, _: round(u * (size - 1))))

    gap_closed_at_the_end = mistake(
        "Right while the stream goes on. When it has ended you close the gap (`pop` of the place), and all rows behind "
        "it move up. Put the *last* row of the buffer into the place."
    )(mixing(shrink=list.pop))

    first_moved = mistake(
        "Right while the stream goes on. When it has ended the *last* row of the buffer moves into the free place, and "
        "you move the first."
    )(mixing(shrink=first_moves))

    @mistake(
        "Right while the stream goes on. When it has ended you begin with the draws anew. Each row that goes out has a "
        "draw of its own: go on with the next."
    )
    def draws_anew_at_the_end(chunks, capacity, draws):
        while_it_goes_on = draws[: max(0, len(draws) - capacity)]
        return buffered(torch.cat(chunks), capacity, torch.cat([while_it_goes_on, draws])[: len(draws)])

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
