"""6.4: reading a sum of pieces."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("longer arrows change nothing")
def lengths(answer, E, bags):
    longer = E * torch.linspace(0.5, 3.0, len(E))[:, None]
    same = torch.allclose(answer(E, bags), answer(longer, bags), atol=1e-4)
    return None if same else "The shares changed when some arrows were made longer. Give every arrow length 1 first."


def _unit(E):
    return E / E.norm(dim=1, keepdim=True)


def _readings(E, bags):
    return _unit(E)[bags].sum(dim=1) @ _unit(E).T


def _top(readings, k):
    return readings.topk(k, dim=1).indices


def with_topk(E, bags):
    top = _top(_readings(E, bags), bags.shape[1])
    return (bags[:, :, None] == top[:, None, :]).any(dim=2).float().mean(dim=1)


class ReadBag(FunctionExercise):
    id, title = "6.4", "Read a sum of pieces"
    difficulty, minutes, points, needs = "B", 9, 2, []
    checked = "made-up embeddings against loops, with arrows of unequal length, bags of one and bags of many"
    hints = [
        "Write: add up the unit arrows of the pieces in the bag. Read: the dot product of that sum with every unit "
        "arrow. Which k readings are the largest?",
        "`readings.topk(k, dim=1).indices` are the k pieces that seem to be there. Count how many of the bag are among "
        "them: `(bags[:, :, None] == top[:, None, :]).any(2)`.",
    ]

    def cases(self, rng):
        for pieces, dimensions, bags, k, note in [
            (40, 5, 6, 4, "with 40 pieces in 5 dimensions"),
            (12, 12, 5, 3, "with as many dimensions as pieces"),
            (30, 3, 4, 1, "with one piece in each bag"),
            (25, 4, 5, 9, "with nine pieces in each bag"),
        ]:
            E = torch.randn(pieces, dimensions, generator=rng) * (0.3 + 3 * torch.rand(pieces, 1, generator=rng))
            rows = [torch.randperm(pieces, generator=rng)[:k] for _ in range(bags)]
            yield Case((E, torch.stack(rows)), note)

    def oracle(self, E: Float[Tensor, "piece model"], bags: Int[Tensor, "bag k"]) -> Float[Tensor, " bag"]:
        pieces, dimensions = E.shape
        shares = torch.zeros(len(bags))
        length = [math.sqrt(sum(x * x for x in row)) for row in E.tolist()]
        unit = [[x / size for x in row] for row, size in zip(E.tolist(), length, strict=True)]
        for b, bag in enumerate(bags.tolist()):
            total = [sum(unit[p][d] for p in bag) for d in range(dimensions)]
            reading = [sum(total[d] * unit[p][d] for d in range(dimensions)) for p in range(pieces)]
            for piece in bag:
                larger = sum(reading[p] > reading[piece] for p in range(pieces))
                shares[b] += (larger < len(bag)) / len(bag)
        return shares

    laws = [lengths]

    @mistake("You took the k smallest readings (`argsort` puts the smallest first). What was written reads large.")
    def smallest_readings(E, bags):
        top = _readings(E, bags).argsort(dim=1)[:, : bags.shape[1]]
        return (bags[:, :, None] == top[:, None, :]).any(dim=2).float().mean(dim=1)

    @mistake("You looked among twice as many readings as the bag has pieces. A bag of k is read as the k largest.")
    def twice_as_many(E, bags):
        top = _top(_readings(E, bags), min(2 * bags.shape[1], len(E)))
        return (bags[:, :, None] == top[:, None, :]).any(dim=2).float().mean(dim=1)

    @mistake("You looked at the largest reading alone. A bag of k is read as the k largest.")
    def the_largest_only(E, bags):
        return (_readings(E, bags).argmax(dim=1, keepdim=True) == bags).any(dim=1).float() / bags.shape[1]

    @mistake("You read every bag off the sum of the first. Each bag has a sum of its own.")
    def first_bag_for_all(E, bags):
        top = _top(_readings(E, bags)[:1], bags.shape[1])
        return (bags[:, :, None] == top[:, None, :]).any(dim=2).float().mean(dim=1)

    @mistake("You multiplied the arrows. They are written one on top of the other: a sum.")
    def multiplied(E, bags):
        top = _top(_unit(E)[bags].prod(dim=1) @ _unit(E).T, bags.shape[1])
        return (bags[:, :, None] == top[:, None, :]).any(dim=2).float().mean(dim=1)

    @mistake("You divided by the number of all pieces. The share is over the pieces in the bag.")
    def share_of_all_pieces(E, bags):
        return with_topk(E, bags) * bags.shape[1] / len(E)

    @mistake("You ask whether a piece reads above 0. Nearly every piece of the bag does: compare with all the others.")
    def above_zero(E, bags):
        return (_readings(E, bags).gather(1, bags) > 0).float().mean(dim=1)

    @mistake("You ask whether a piece reads above the mean. It has to be among the k largest of all readings.")
    def above_the_mean(E, bags):
        readings = _readings(E, bags)
        return (readings.gather(1, bags) > readings.mean(dim=1, keepdim=True)).float().mean(dim=1)

    @mistake("Those are the readings themselves. We want the share of the bag's pieces that are among the k largest.")
    def mean_reading(E, bags):
        return _readings(E, bags).topk(bags.shape[1], dim=1).values.mean(dim=1)

    @mistake(
        "You compared place by place after sorting. One wrong piece shifts all behind it: ask for each piece alone."
    )
    def sorted_place_by_place(E, bags):
        top = _top(_readings(E, bags), bags.shape[1])
        return (bags.sort(1).values == top.sort(1).values).float().mean(dim=1)

    @mistake("You read each piece alone, before adding up. Write the whole bag into one vector first, then read that.")
    def each_alone(E, bags):
        return ((_unit(E)[bags] @ _unit(E).T).argmax(dim=-1) == bags).float().mean(dim=1)

    @mistake(
        "Your arrows have different lengths, and a long one is read everywhere. Divide each by its length before "
        "adding and before reading."
    )
    def arrows_as_they_are(E, bags):
        top = _top(E[bags].sum(dim=1) @ E.T, bags.shape[1])
        return (bags[:, :, None] == top[:, None, :]).any(dim=2).float().mean(dim=1)

    @mistake("You normalised what is written but not what reads: a piece with a long arrow seems to be in every bag.")
    def reader_not_normalised(E, bags):
        top = _top(_unit(E)[bags].sum(dim=1) @ E.T, bags.shape[1])
        return (bags[:, :, None] == top[:, None, :]).any(dim=2).float().mean(dim=1)

    @mistake("You normalised what reads but not what is written: a long arrow drowns the others of its bag.")
    def writer_not_normalised(E, bags):
        top = _top(E[bags].sum(dim=1) @ _unit(E).T, bags.shape[1])
        return (bags[:, :, None] == top[:, None, :]).any(dim=2).float().mean(dim=1)

    @mistake("You always take four pieces. As many as the bag holds: `bags.shape[1]`.")
    def always_four(E, bags):
        top = _top(_readings(E, bags), 4)
        return (bags[:, :, None] == top[:, None, :]).any(dim=2).float().mean(dim=1)

    @mistake("You counted the pieces that were read. The share is that over the number of pieces in the bag.")
    def a_count(E, bags):
        return with_topk(E, bags) * bags.shape[1]

    @mistake(
        "You took the readings without their sign. A large negative one says that the sum points away from that "
        "piece, which is no reason to believe it is there."
    )
    def sizes_of_readings(E, bags):
        top = _top(_readings(E, bags).abs(), bags.shape[1])
        return (bags[:, :, None] == top[:, None, :]).any(dim=2).float().mean(dim=1)

    @mistake(
        "You divided every column by its length. An arrow is a row of E: take the length over its dimensions (`dim=1`)."
    )
    def normalised_by_dimension(E, bags):
        unit = E / E.norm(dim=0)
        top = _top(unit[bags].sum(dim=1) @ unit.T, bags.shape[1])
        return (bags[:, :, None] == top[:, None, :]).any(dim=2).float().mean(dim=1)

    @mistake("You count a bag only when all of it was read. The exercise asks for the share of its pieces.")
    def whole_bags(E, bags):
        return (with_topk(E, bags) == 1).float()

    @mistake("You look at the largest reading only. A bag of k pieces is read as the k largest.")
    def best_only(E, bags):
        best = _readings(E, bags).argmax(dim=1, keepdim=True)
        return (bags == best).any(dim=1).float()

    @mistake(
        "You ask whether a piece's reading is large. With interference a piece that isn't there may read just as "
        "large: compare with the readings of all the others."
    )
    def above_a_half(E, bags):
        return (_readings(E, bags).gather(1, bags) > 0.5).float().mean(dim=1)

    @mistake("You averaged over the bags. Return one share for each.")
    def all_bags_together(E, bags):
        return with_topk(E, bags).mean()

    @mistake("A sum has no order: a piece counts wherever it stands among the k largest.")
    def in_order(E, bags):
        return (_top(_readings(E, bags), bags.shape[1]) == bags).float().mean(dim=1)

    rewrites = [with_topk]

    @rewrite
    def with_ranks(E, bags):
        readings = _readings(E, bags)
        own = readings.gather(1, bags)
        rank = (readings[:, None, :] > own[:, :, None]).sum(dim=2)
        return (rank < bags.shape[1]).float().mean(dim=1)

    @rewrite
    def with_sets(E, bags):
        shares = []
        for bag, row in zip(bags, _readings(E, bags), strict=True):
            best = set(row.argsort(descending=True)[: len(bag)].tolist())
            shares.append(len(best & set(bag.tolist())) / len(bag))
        return torch.tensor(shares)

    _same_order = "All readings of a bag are divided by the same k: their order is what it was."
    _last_axis = "Without `dim`, `topk` takes the last axis, and of two axes that is axis 1."
    _from_either_side = (
        "A bag's pieces are different, and so are the k best: as many of the bag are among the best as of the best in "
        "the bag, and there are k of each."
    )
    equivalent = {
        "line 2: `unit[bags].sum(dim=1)` → `unit[bags].mean(dim=1)`": _same_order,
        "line 3: `readings.topk(bags.shape[1], dim=1)` → `readings.topk(bags.shape[1])`": _last_axis,
        "line 4: `(bags[:, :, None] == top[:, None, :]).any(dim=2)` → "
        "`(bags[:, :, None] == top[:, None, :]).any(dim=1)`": _from_either_side,
        "with_topk, line 2: `(bags[:, :, None] == top[:, None, :]).any(dim=2)` → "
        "`(bags[:, :, None] == top[:, None, :]).any(dim=1)`": _from_either_side,
    }
