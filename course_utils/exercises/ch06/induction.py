"""6.10: where an induction head should look."""

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("no query has a target that comes after it")
def looks_back(answer, tokens):
    return "looks ahead" if answer(tokens).triu(1).any() else None


def by_comparing(tokens):
    same = tokens[:, :, None] == tokens[:, None, :]
    target = torch.zeros_like(same)
    target[:, :, 1:] = same[:, :, :-1]
    return target.tril()


class InductionTargets(FunctionExercise):
    id, title = "6.10", "Where an induction head should look"
    difficulty, minutes, points, needs = "B", 9, 2, ["6.5"]
    checked = "sets of texts against loops, with pieces that come four times and twice in a row"
    hints = [
        "Take `… A B … A`. The query is the second A. What it wants to know is what came after the first A. At which "
        "key does that stand?",
        "`same[d, q, k] = tokens[d, q] == tokens[d, k]` marks the copies themselves. Move it one key to the right, and "
        "keep keys up to the query.",
    ]

    def cases(self, rng):
        yield Case(torch.tensor([[0, 5, 6, 7, 5, 6, 7, 5]]), "with a run of three, repeated")
        yield Case(torch.tensor([[0, 1, 0, 2, 0, 3, 0], [2, 0, 1, 1, 2, 0, 0]]), "with a piece 0 that comes four times")
        yield Case(torch.randint(5, (4, 9), generator=rng), "with many copies")
        yield Case(torch.tensor([[3, 3, 3, 1], [1, 2, 3, 4]]), "with a piece twice in a row, and with no copy")

    def oracle(self, tokens: Int[Tensor, "document position"]) -> Bool[Tensor, "document query key"]:
        documents, n = tokens.shape
        target = torch.zeros(documents, n, n, dtype=torch.bool)
        for d in range(documents):
            for q in range(n):
                for copy in range(q):  # strictly earlier
                    if int(tokens[d, copy]) == int(tokens[d, q]):
                        target[d, q, copy + 1] = True
        return target

    laws = [looks_back]

    @mistake("You marked the copies too. Only the piece *after* each copy is a target.")
    def copies_too(tokens):
        return by_comparing(tokens) | (tokens[:, :, None] == tokens[:, None, :]).tril(-1)

    @mistake("You compared with the piece before the query. The copies are those of the query's own piece.")
    def query_one_back(tokens):
        same = (tokens[:, :, None] == tokens[:, None, :]).tril(-1)
        target = torch.zeros_like(same)
        for q in range(1, tokens.shape[1]):
            for k in range(q):
                target[:, q, k + 1] = tokens[:, k] == tokens[:, q - 1]
        return target

    @mistake(
        "You compared with the piece that comes next, which the query can't know. Compare with the query's own piece."
    )
    def query_one_on(tokens):
        target = (tokens[:, :, None] == tokens[:, None, :]).roll(-1, 1).tril()
        target[:, -1] = False
        return target

    @mistake(
        "You moved queries and keys together. Only the key moves on, to the piece after the copy; the query stays."
    )
    def both_moved(tokens):
        same = tokens[:, :, None] == tokens[:, None, :]
        target = torch.zeros_like(same)
        target[:, 1:, 1:] = same[:, :-1, :-1]
        return target.tril(-1)

    @mistake("You marked what differs. A copy is a piece that is the same.")
    def not_a_copy(tokens):
        different = (tokens[:, :, None] != tokens[:, None, :]).tril(-1)
        target = torch.zeros_like(different)
        target[:, :, 1:] = different[:, :, :-1]
        return target

    @mistake("You went two pieces on. The target is the piece right after the copy.")
    def two_on(tokens):
        same = (tokens[:, :, None] == tokens[:, None, :]).tril(-1)
        target = torch.zeros_like(same)
        target[:, :, 2:] = same[:, :, :-2]
        return target

    @mistake(
        "You moved the queries, not the keys: the axes are [document, query, key], so the shift is along the last."
    )
    def queries_moved(tokens):
        return (tokens[:, :, None] == tokens[:, None, :]).tril(-1).roll(1, 1)

    @mistake(
        "Those are the earlier copies of the piece itself. A head that looks there finds what it knows already: it "
        "is the piece *after* the copy that says what comes next."
    )
    def the_copy_itself(tokens):
        return (tokens[:, :, None] == tokens[:, None, :]).tril(-1)

    @mistake(
        "Some of your targets come after the query: the piece that follows it now, or a later copy. It can see "
        "only what is there already."
    )
    def looks_ahead(tokens):
        same = tokens[:, :, None] == tokens[:, None, :]
        target = torch.zeros_like(same)
        target[:, :, 1:] = same[:, :, :-1]
        return target

    @mistake("You moved the wrong way: those are the pieces before the copies. The head wants what came after.")
    def the_piece_before(tokens):
        same = (tokens[:, :, None] == tokens[:, None, :]).tril(-1)
        target = torch.zeros_like(same)
        target[:, :, :-1] = same[:, :, 1:]
        return target

    @mistake(
        "You moved the wrong way: your keys are the pieces before the copies, and the one before the query itself. "
        "The head wants what came after an earlier copy."
    )
    def the_piece_before_of_itself_too(tokens):
        """Each piece counts as a copy of itself, too."""
        same = tokens[:, :, None] == tokens[:, None, :]
        target = torch.zeros_like(same)
        target[:, :, :-1] = same[:, :, 1:]
        return target.tril(-1)

    @mistake(
        "`roll` brings what falls off at the end back at the front: your first key is marked wherever the query "
        "has the text's last piece. No piece comes before the first key, so nothing is to be marked there."
    )
    def rolled_round(tokens):
        return (tokens[:, :, None] == tokens[:, None, :]).roll(1, dims=2).tril()

    @mistake(
        "Before the first piece you put a 0, and 0 is a piece of its own: your first key is marked wherever the query "
        "is piece 0. Fill with something that no piece is, or mark nothing there."
    )
    def filled_with_a_piece(tokens):
        before = torch.nn.functional.pad(tokens, (1, 0))[:, :-1]
        return (tokens[:, :, None] == before[:, None, :]).tril()

    @mistake("You kept only the first copy. Those that came later have a piece after them as well.")
    def first_only(tokens):
        target = by_comparing(tokens)
        return target & (target.cumsum(dim=-1) == 1)

    @mistake("You kept only the latest copy. Every earlier copy has a piece after it that answers the question.")
    def latest_only(tokens):
        target = by_comparing(tokens)
        last = target.int().flip(-1).argmax(dim=-1)
        keep = torch.zeros_like(target)
        keep.scatter_(-1, (target.shape[-1] - 1 - last)[..., None], True)
        return keep & target

    @mistake("In `A A`, the piece after the first A is the second A, the query itself. It may look at itself.")
    def strictly_before(tokens):
        return by_comparing(tokens).tril(-1)

    @mistake("Your axes are swapped: [document, query, key], the one that looks comes first.")
    def keys_first(tokens):
        return by_comparing(tokens).transpose(1, 2)

    rewrites = [by_comparing]

    @rewrite
    def by_rolling(tokens):
        n = tokens.shape[1]
        before = torch.cat([torch.full_like(tokens[:, :1], -1), tokens[:, :-1]], dim=1)
        causal = torch.arange(n)[None, :] <= torch.arange(n)[:, None]
        return (tokens[:, :, None] == before[:, None, :]) & causal

    @rewrite
    def by_loops(tokens):
        documents, n = tokens.shape
        target = torch.zeros(documents, n, n, dtype=torch.bool)
        for d in range(documents):
            seen: dict[int, list[int]] = {}
            for q in range(n):
                for earlier in seen.get(int(tokens[d, q]), []):
                    target[d, q, earlier + 1] = True
                seen.setdefault(int(tokens[d, q]), []).append(q)
        return target
