"""7.5: a task without meaning. The labels are random, so laws decide."""

import math

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite

SIGMAS = 5.0


def of_pieces(labels, tokens, vocabulary):
    """[vocabulary]: the label of each piece where it first stands; False for one that doesn't."""
    found = torch.zeros(vocabulary, dtype=torch.bool)
    found[tokens.flatten().flip(0)] = labels.flatten().flip(0)
    return found


@law("a piece has the same label wherever it stands")
def one_label_a_piece(answer, tokens, vocabulary, rate):
    labels = answer(tokens, vocabulary, rate)
    if torch.equal(of_pieces(labels, tokens, vocabulary)[tokens], labels):
        return None
    texts = list(labels) if labels.ndim == 2 else []
    if len(texts) > 1 and all(torch.equal(of_pieces(r, t, vocabulary)[t], r) for r, t in zip(texts, tokens)):
        return "anew for each document"
    return "a label for each place"


@law("each piece gets it with a probability of `rate`")
def as_often_as_the_rate(answer, tokens, vocabulary, rate):
    there = tokens.unique()
    drawn = [of_pieces(answer(tokens, vocabulary, rate), tokens, vocabulary)[there] for _ in range(12)]
    share, n = torch.stack(drawn).float().mean().item(), 12 * len(there)
    if len(there) > 20 and 0 < rate < 1 and all(not d.any() or d.all() for d in drawn):
        return "one coin for all"
    slack = SIGMAS * math.sqrt(rate * (1 - rate) / n) + 1e-6
    if abs(share - rate) <= slack:
        return None
    if abs(share - (1 - rate)) <= slack:
        return "the other way round"
    neighbours = torch.stack(drawn).diff(dim=1).float().mean().item()
    if 0 < neighbours < share * (1 - share):  # half as many differ as would by chance: few coins make any share
        return "pieces in a row"
    return f"{share:.1%} of the pieces have it on average; {rate:.0%} should."


@law("how many pieces get it is left to chance")
def counts_vary(answer, tokens, vocabulary, rate):
    there = tokens.unique()
    if len(there) < 60 or not 0 < rate < 1:
        return None
    drawn = [of_pieces(answer(tokens, vocabulary, rate), tokens, vocabulary)[there] for _ in range(12)]
    if all(torch.equal(drawn[0], d) for d in drawn):
        return "always the same"
    if len({int(d.sum()) for d in drawn}) == 1:
        return "counted out"
    return None


@law("pieces are tossed one by one, whatever their numbers and however often they stand there")
def independent(answer, tokens, vocabulary, rate):
    there, times = tokens.unique(return_counts=True)
    if len(there) < 60 or not 0 < rate < 1:
        return None
    drawn = torch.stack([of_pieces(answer(tokens, vocabulary, rate), tokens, vocabulary)[there] for _ in range(12)])
    runs = (drawn[:, 1:] != drawn[:, :-1]).float().mean().item()  # of neighbours in the vocabulary, how many differ
    expected, n = 2 * rate * (1 - rate), drawn[:, 1:].numel()
    if runs < expected - SIGMAS * math.sqrt(expected / n) - 0.02:
        return "pieces in a row"
    common = times > times.float().median()
    gap = drawn[:, common].float().mean() - drawn[:, ~common].float().mean()
    slack = SIGMAS * math.sqrt(rate * (1 - rate) * 2 / (12 * min(int(common.sum()), int((~common).sum()))))
    return "common pieces are preferred" if abs(gap.item()) > slack else None


@law("no piece's label follows from its number")
def by_no_rule(answer, tokens, vocabulary, rate):
    there = tokens.unique()
    if len(there) < 60 or not 0 < rate < 1:
        return None
    drawn = torch.stack([of_pieces(answer(tokens, vocabulary, rate), tokens, vocabulary)[there] for _ in range(12)])
    often = drawn.float().mean(0)
    by_chance = len(there) * (rate**12 + (1 - rate) ** 12)  # so many pieces have one label in all draws
    if ((often == 0) | (often == 1)).sum() > by_chance + SIGMAS * by_chance**0.5 + 3:
        return "Some pieces have the same label at every call, as if it followed from their number."
    return None


class ControlLabels(FunctionExercise):
    id, title = "7.5", "A task without meaning"
    difficulty, minutes, points, needs = "A", 5, 1, []
    random = True
    checked = "sets of texts, with rates of 0 and 1, a low one, one text, rows without texts, and all pieces there"
    hints = [
        "How many coins are tossed: one for each place, or one for each piece of the vocabulary?",
        "`torch.rand(vocabulary) < rate` is one label a piece; index it with the tokens.",
    ]

    def cases(self, rng):
        common = (torch.rand(30, 40, generator=rng) ** 2 * 150).long()
        yield Case((common, 200, 0.3), "with thirty texts, some pieces much commoner")
        yield Case((torch.randint(0, 90, (1, 300), generator=rng), 90, 0.5), "with one text")
        yield Case((torch.randint(0, 40, (500,), generator=rng), 40, 0.2), "with rows instead of texts")
        every = torch.cat([torch.arange(1000), torch.arange(300)])[torch.randperm(1300, generator=rng)]
        yield Case((every.view(13, 100), 1000, 0.004), "with all of a thousand pieces, and a low rate")
        yield Case((torch.randint(0, 12, (3, 9), generator=rng), 12, 0.0), "with a rate of 0")
        yield Case((torch.randint(0, 12, (3, 9), generator=rng), 12, 1.0), "with a rate of 1")

    def oracle(self, tokens: Int[Tensor, "*row"], vocabulary: int, rate: float) -> Bool[Tensor, "*row"]:
        return torch.zeros(tokens.shape, dtype=torch.bool)  # the shape; the laws know the rest

    laws = [one_label_a_piece, counts_vary, as_often_as_the_rate, independent, by_no_rule]

    @mistake(
        "You tossed a coin for each place. Nobody could learn such labels, not even by heart: toss one for each piece "
        "of the vocabulary, and give it to the piece wherever it stands."
    )
    def a_label_for_each_place(tokens, vocabulary, rate):
        return torch.rand(tokens.shape) < rate

    @mistake("A piece has one label in this text and another in that. Toss for the vocabulary once, for all texts.")
    def anew_for_each_document(tokens, vocabulary, rate):
        rows = tokens if tokens.ndim == 2 else tokens[None]
        return torch.stack([(torch.rand(vocabulary) < rate)[row] for row in rows]).reshape(tokens.shape)

    @mistake("One coin decides for all pieces. Toss one for each of them.")
    def one_coin_for_all(tokens, vocabulary, rate):
        return (torch.rand(1) < rate).expand(tokens.shape).clone()

    @mistake("Too many of one kind: `torch.rand(n) < rate` is True with a probability of `rate`; yours, with 1 − rate.")
    def the_other_way_round(tokens, vocabulary, rate):
        return (torch.rand(vocabulary) >= rate)[tokens]

    @mistake(
        "The labels are the same at every call. A control that is drawn once may be lucky: draw anew, and leave "
        "seeding to whoever calls."
    )
    def always_the_same(tokens, vocabulary, rate):
        torch.manual_seed(0)
        return (torch.rand(vocabulary) < rate)[tokens]

    @mistake(
        "Exactly the same number of pieces has the label at every call. With a probability of `rate`, each for itself, "
        "that number is left to chance."
    )
    def counted_out(tokens, vocabulary, rate):
        there = tokens.unique()
        label = torch.zeros(vocabulary, dtype=torch.bool)
        label[there[torch.randperm(len(there))[: round(rate * len(there))]]] = True
        return label[tokens]

    @mistake("Pieces with neighbouring numbers get the same label. Toss a coin for each piece on its own.")
    def pieces_in_a_row(tokens, vocabulary, rate):
        return (torch.rand(vocabulary // 10 + 1) < rate)[tokens // 10]

    @mistake("Common pieces get the label more often than rare ones. Every piece has the same chance.")
    def common_pieces_are_preferred(tokens, vocabulary, rate):
        if rate in (0, 1):
            return torch.full(tokens.shape, bool(rate))
        times = torch.bincount(tokens.flatten(), minlength=vocabulary).float()
        there = times > 0
        chance = (times / times[there].mean() * rate).clamp(max=1)
        return (torch.rand(vocabulary) < chance * rate / chance[there].mean().clamp_min(1e-9))[tokens]

    @rewrite
    def for_the_pieces_that_are_there(tokens, vocabulary, rate):
        pieces, of = tokens.unique(return_inverse=True)
        return (torch.rand(len(pieces)) < rate)[of]

    @rewrite
    def with_python(tokens, vocabulary, rate):
        label = [bool(u < rate) for u in torch.rand(vocabulary).tolist()]
        return torch.tensor([label[t] for t in tokens.flatten().tolist()]).reshape(tokens.shape)

    @rewrite
    def with_bernoulli(tokens, vocabulary, rate):
        return torch.full((vocabulary,), rate).bernoulli().bool()[tokens]

    _other_coins = "Each piece still has a coin of its own, only another one of the same draw."
    equivalent = {
        "line 1: `torch.rand(vocabulary) < rate` → `torch.rand(vocabulary) <= rate`": (
            "A draw equals the rate with a probability of 2⁻²⁴."
        ),
        "line 2: `label[tokens]` → `label[~tokens]`": _other_coins,
        "line 2: `label[tokens]` → `label[tokens - 1]`": _other_coins,
        "for_the_pieces_that_are_there, line 2: `(torch.rand(len(pieces)) < rate)[of]` → "
        "`(torch.rand(len(pieces)) < rate)[~of]`": _other_coins,
        "for_the_pieces_that_are_there, line 2: `(torch.rand(len(pieces)) < rate)[of]` → "
        "`(torch.rand(len(pieces)) < rate)[of - 1]`": _other_coins,
        "for_the_pieces_that_are_there, line 2: `len(pieces)` → `len(pieces) + 1`": "One coin more than is needed.",
        "for_the_pieces_that_are_there, line 2: `torch.rand(len(pieces)) < rate` → "
        "`torch.rand(len(pieces)) <= rate`": "A draw equals the rate with a probability of 2⁻²⁴.",
    }
