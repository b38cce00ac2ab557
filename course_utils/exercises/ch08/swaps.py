"""8.11: the piece whose exchange promises most, by the gradient."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("moving all embeddings by the same vector changes nothing")
def moved(answer, gradient, E, tokens, allowed):
    same = pair(answer(gradient, E + 2, tokens, allowed)) == pair(answer(gradient, E, tokens, allowed))
    return None if same else "What counts is how the embedding *changes*. Yours depends on where it lies."


def pair(answer):
    return [int(value) for value in answer]


def largest(gain, allowed):
    best = gain.masked_fill(~allowed, -torch.inf).argmax().item()
    return divmod(best, gain.shape[1])


def gains(gradient, E, tokens):
    return gradient @ E.T - (gradient * E[tokens]).sum(1, keepdim=True)


class BestSwap(FunctionExercise):
    id, title = "8.11", "Break it"
    difficulty, minutes, points, needs = "C", 10, 3, []
    checked = (
        "texts against loops: embeddings of different lengths, pieces that aren't allowed, a place where nothing is, "
        "everything allowed, and a case in which every exchange makes it worse"
    )
    hints = [
        "To first order, how much does the score change if the embedding at a place becomes that of another piece? "
        "The gradient times the change.",
        "`gain = gradient @ E.T - (gradient * E[tokens]).sum(1, keepdim=True)`; what isn't allowed gets -inf; "
        "`divmod(gain.argmax().item(), len(E))` gives place and piece.",
    ]

    def cases(self, rng):
        for length, vocab, model, p, note in [
            (5, 7, 3, 0.5, "with half of the pieces allowed"),
            (4, 12, 6, 0.2, "with few pieces allowed"),
            (6, 6, 4, 0.9, "with as many pieces as places"),
        ]:
            tokens = torch.randint(vocab, (length,), generator=rng)
            allowed = torch.rand(length, vocab, generator=rng) < p
            allowed[0] = False
            allowed[1, :2] = True
            E = torch.randn(vocab, model, generator=rng) * (1 + 3 * torch.rand(vocab, 1, generator=rng)) + 1
            allowed[torch.arange(length), tokens] = False
            gradient = torch.randn(length, model, generator=rng) + 0.5
            gradient[-1] *= 3
            yield Case((gradient, E, tokens, allowed), note)
        E = 1000 * torch.tensor([[5.0, 0.0], [1.0, 0.0], [2.0, 1.0], [0.0, 0.0]])
        tokens, gradient = torch.tensor([0, 0, 0]), torch.tensor([[1.0, 0.0], [0.5, 0.5], [2.0, -1.0]])
        allowed = torch.tensor([[False, True, True, True]] * 3)
        yield Case((gradient, E, tokens, allowed), "with nothing to be gained")
        everything = torch.ones(4, 8, dtype=torch.bool)  # a piece for itself, too: that promises 0, and others more
        tokens, E = torch.tensor([3, 0, 7, 3]), torch.randn(8, 5, generator=rng)
        yield Case((torch.randn(4, 5, generator=rng), E, tokens, everything), "with everything allowed")

    def oracle(
        self,
        gradient: Float[Tensor, "position model"],
        E: Float[Tensor, "vocab model"],
        tokens: Int[Tensor, " position"],
        allowed: Bool[Tensor, "position vocab"],
    ) -> tuple[int, int]:
        best, found = -float("inf"), (0, 0)
        for place in range(len(tokens)):
            for piece in range(len(E)):
                if not allowed[place, piece]:
                    continue
                change = [float(E[piece, m]) - float(E[tokens[place], m]) for m in range(E.shape[1])]
                gain = sum(float(gradient[place, m]) * change[m] for m in range(E.shape[1]))
                if gain > best:
                    best, found = gain, (place, piece)
        return found

    laws = [moved]

    @mistake(
        "You left out what is lost, or took the same off everywhere: at each place its own old piece goes. The "
        "gradient times the *change* of the embedding counts."
    )
    def only_what_comes(gradient, E, tokens, allowed):
        return largest(gradient @ E.T, allowed)

    @mistake("You left out `allowed`: not every piece may stand everywhere.")
    def anything_goes(gradient, E, tokens, allowed):
        return largest(gains(gradient, E, tokens), torch.ones_like(allowed))

    @mistake("Your exchange lowers the score most. It should raise it.")
    def other_sign(gradient, E, tokens, allowed):
        return largest(-gains(gradient, E, tokens), allowed)

    @mistake("You took the largest change in either direction. It should raise the score.")
    def either_way(gradient, E, tokens, allowed):
        return largest(gains(gradient, E, tokens).abs(), allowed)

    @mistake("You return the piece first. The place comes first, then the piece.")
    def piece_first(gradient, E, tokens, allowed):
        return largest(gains(gradient, E, tokens), allowed)[::-1]

    @mistake("You took cosines. A longer change goes further: the gain is a plain dot product.")
    def cosines(gradient, E, tokens, allowed):
        change = E[None] - E[tokens][:, None]
        return largest(torch.nn.functional.cosine_similarity(gradient[:, None], change, dim=2), allowed)

    @mistake("You chose the place by the length of its gradient, and the piece afterwards. Compare all exchanges.")
    def place_first(gradient, E, tokens, allowed):
        there = gradient.norm(dim=1).masked_fill(~allowed.any(1), -1).argmax().item()
        gain = gains(gradient, E, tokens)[there].masked_fill(~allowed[there], -torch.inf)
        return there, gain.argmax().item()

    @mistake(
        "What isn't allowed got 0, or another number that can win. Where all exchanges cost something, a forbidden one "
        "wins: use -inf, and begin a search at -inf."
    )
    def masked_with_zero(gradient, E, tokens, allowed):
        best = gains(gradient, E, tokens).masked_fill(~allowed, 0.0).argmax().item()
        return divmod(best, len(E))

    @mistake("That is the number in the flattened table. Divide by the number of pieces: place and rest.")
    def not_divided(gradient, E, tokens, allowed):
        return 0, gains(gradient, E, tokens).masked_fill(~allowed, -torch.inf).argmax().item()

    @mistake("You divided by the number of places. A row of the table has as many entries as there are pieces.")
    def divided_by_places(gradient, E, tokens, allowed):
        return divmod(gains(gradient, E, tokens).masked_fill(~allowed, -torch.inf).argmax().item(), len(tokens))

    @mistake("That is one number, of the flattened table. Divide by the number of pieces: place and rest.")
    def one_number(gradient, E, tokens, allowed):
        return gains(gradient, E, tokens).masked_fill(~allowed, -torch.inf).argmax().item()

    @mistake("You divided by the length of the change. A longer change goes further: the gain is a plain dot product.")
    def per_distance(gradient, E, tokens, allowed):
        change = E[None] - E[tokens][:, None]
        gain = gains(gradient, E, tokens) / change.norm(dim=2).clamp_min(1e-9)
        return largest(gain, allowed)

    @mistake("The place is right, and the piece is the one that stands there now. The *new* piece is wanted.")
    def old_piece(gradient, E, tokens, allowed):
        place, _ = largest(gains(gradient, E, tokens), allowed)
        return place, tokens[place].item()

    @mistake(
        "`gain[allowed]` is a list of the allowed exchanges only, and its numbers are not those of the table. Keep the "
        "table, with -inf where nothing is allowed."
    )
    def number_among_the_allowed(gradient, E, tokens, allowed):
        return divmod(gains(gradient, E, tokens)[allowed].argmax().item(), len(E))

    @mistake("Where no exchange raises the score you return nothing. The best of those allowed is wanted all the same.")
    def nothing_if_none_raises(gradient, E, tokens, allowed):
        gain = gains(gradient, E, tokens).masked_fill(~allowed, -torch.inf)
        return largest(gain, allowed) if gain.max() > 0 else None

    @rewrite
    def with_unravel(gradient, E, tokens, allowed):
        gain = torch.where(allowed, gains(gradient, E, tokens), -torch.inf)
        return torch.unravel_index(gain.argmax(), gain.shape)

    @rewrite
    def with_changes(gradient, E, tokens, allowed):
        change = E[None] - E[tokens][:, None]
        return largest((gradient[:, None] * change).sum(2), allowed)

    @rewrite
    def place_by_place(gradient, E, tokens, allowed):
        found = []
        for place, row in enumerate(allowed):
            for piece in row.nonzero().flatten().tolist():
                found.append((float(gradient[place] @ (E[piece] - E[tokens[place]])), place, piece))
        return list(max(found)[1:])
