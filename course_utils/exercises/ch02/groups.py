"""2.4: which features share one subspace."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, mistake, rewrite
from course_utils.exercises.ch02.dimensions import first_wrong_value
from course_utils.exercises.ch02.linking import KEPT, arrangements, groups, labels, off_in, turned


class SharingGroups(FunctionExercise):
    id, title = "2.4", "Who shares a subspace?"
    difficulty, minutes, points, needs = "B", 12, 3, []
    checked = "models by walking from neighbour to neighbour, with chains, opposite arrows and dropped features"
    hints = [
        "Two features are linked when |cos| > t. A group is what can be reached over links, in any number of steps: "
        "a chain is one group, even if its ends don't overlap.",
        "Begin with every kept feature labelled by its own number. Then replace each label by the smallest among the "
        "feature itself and those linked to it, and repeat n times: `torch.where(linked, label, n).amin(dim=1)`.",
    ]

    def cases(self, rng):
        for args, note in arrangements(rng):
            yield Case(args, note)

    def oracle(self, W: Float[Tensor, "hidden feature"], t: float) -> Int[Tensor, "feature"]:
        columns = [[float(x) for x in W[:, i]] for i in range(W.shape[1])]
        length = [math.sqrt(sum(x * x for x in column)) for column in columns]
        label = [-1] * len(columns)
        for start in range(len(columns)):
            if length[start] <= KEPT or label[start] >= 0:
                continue
            waiting = [start]
            while waiting:  # everyone within reach gets the number of the first
                i = waiting.pop()
                label[i] = start
                for j in range(len(columns)):
                    if length[j] <= KEPT or label[j] >= 0:
                        continue
                    cosine = sum(a * b for a, b in zip(columns[i], columns[j])) / length[i] / length[j]
                    if abs(cosine) > t + 1e-7:
                        waiting.append(j)
        return torch.tensor(label)

    laws = [turned]

    def remark(self, trials):
        bad = first_wrong_value(trials)
        return off_in(*bad.case.args, bad.expected, bad.outcome.value) if bad else None

    @mistake(
        "You linked only arrows that point alike. Opposite arrows share a line as well: take the absolute value of the "
        "cosine."
    )
    def opposite_ones_apart(W, t):
        return groups(W, t, cosine=lambda c: c)

    @mistake("One step is not enough: whoever is linked to a member belongs to the group too, and so on along a chain.")
    def only_direct_links(W, t):
        return groups(W, t, cover=1)

    @mistake("Two steps are not enough either: a chain may be as long as there are features.")
    def two_steps(W, t):
        return groups(W, t, cover=2)

    @mistake("Three steps are not enough: a chain may be as long as there are features. Repeat until no label changes.")
    def three_steps(W, t):
        return groups(W, t, cover=3)

    @mistake("Four steps are not enough: a chain may be as long as there are features. Repeat until no label changes.")
    def four_steps(W, t):
        return groups(W, t, cover=4)

    @mistake(
        "Once over all features is not enough: what a later one learns must reach the earlier ones. Repeat until no "
        "label changes (n times is enough)."
    )
    def once_over_all(W, t):
        label, kept, unit = list(range(W.shape[1])), W.norm(dim=0) > KEPT, torch.nn.functional.normalize(W, dim=0)
        linked = (unit.T @ unit).abs() > t
        for i in range(len(label)):
            for j in range(len(label)):
                if kept[i] and kept[j] and linked[i, j]:
                    label[j] = min(label[i], label[j])
        return torch.where(kept, torch.tensor(label), -1)

    @mistake(
        "You give a label to those linked to a feature, and don't go on from them, or not backwards. Follow every "
        "chain to its end."
    )
    def only_forwards(W, t):
        n, kept, unit = W.shape[1], W.norm(dim=0) > KEPT, torch.nn.functional.normalize(W, dim=0)
        linked, label = (unit.T @ unit).abs() > t, [-1] * W.shape[1]
        for i in range(n):
            if kept[i]:
                label[i] = i if label[i] < 0 else label[i]
                for j in range(i + 1, n):
                    if kept[j] and linked[i, j] and label[j] < 0:
                        label[j] = label[i]
        return torch.tensor(label)

    @mistake("A feature without links lost its label. It is a group by itself: it gets its own number.")
    def nothing_for_those_alone(W, t):
        label = groups(W, t)
        return torch.tensor([-1 if (label == k).sum() == 1 else int(k) for k in label])

    @mistake("A feature's own label is left out of the minimum. Let each be linked to itself.")
    def not_linked_to_itself(W, t):
        n, kept, unit = W.shape[1], W.norm(dim=0) > KEPT, torch.nn.functional.normalize(W, dim=0)
        return labels(((unit.T @ unit).abs() > t) & ~torch.eye(n, dtype=torch.bool), kept, n)

    @mistake("Linked are those whose cosine is *larger* than t in size; you linked the others.")
    def the_far_ones_linked(W, t):
        return groups(W, t, over=torch.lt)

    @mistake("You linked opposite arrows only. A cosine above t links as well as one below −t: take its size.")
    def only_opposite_ones(W, t):
        return groups(W, t, cosine=torch.neg)

    @mistake("You compared the angle with t. It is the size of the cosine that is compared.")
    def angles(W, t):
        return groups(W, t, cosine=lambda c: c.abs().clamp_max(1).arccos())

    @mistake("You made one arrow of each pair a unit vector. A cosine needs both divided by their lengths.")
    def one_length_left(W, t):
        unit, kept, n = torch.nn.functional.normalize(W, dim=0), W.norm(dim=0) > KEPT, W.shape[1]
        return labels(((W.T @ unit).abs() > t) | torch.eye(n, dtype=torch.bool), kept, n)

    @mistake("Kept are arrows longer than 0.5, not than 1.")
    def longer_than_one(W, t):
        return groups(W, t, kept=W.norm(dim=0) > 1)

    @mistake("You compared the squared length with 0.5. The length itself: take the root, or compare with 0.25.")
    def squared_length(W, t):
        return groups(W, t, kept=W.square().sum(dim=0) > KEPT)

    @mistake("You asked for a single weight above 0.5. It is the length of the column that must be larger.")
    def one_large_weight(W, t):
        return groups(W, t, kept=(W.abs() > KEPT).any(dim=0))

    @mistake("Those are the sizes of the groups. Return the smallest feature of each group instead.")
    def sizes(W, t):
        label = groups(W, t)
        return torch.tensor([-1 if k < 0 else int((label == k).sum()) for k in label])

    @mistake("Your groups are right, and numbered 1, 2, 3, … The label of a group is its smallest feature.")
    def numbered_from_one(W, t):
        label = groups(W, t)
        _, place = label.unique(return_inverse=True)
        return torch.where(label < 0, -1, place + int((label >= 0).all()))

    @mistake("A dropped feature gets −1, not 0: 0 would put it into the group of feature 0.")
    def zero_for_dropped_ones(W, t):
        return groups(W, t).clamp_min(0)

    @mistake("A dropped feature gets −1, not its own number.")
    def own_number_for_dropped_ones(W, t):
        label = groups(W, t)
        return torch.where(label < 0, torch.arange(len(label)), label)

    @mistake("You use 0.2 for t, as the notebook does. Use the argument.")
    def the_notebooks_t(W, t):
        return groups(W, 0.2)

    @mistake("A cosine of exactly t is no link: `>`, not `>=`.")
    def links_at_t(W, t):
        return groups(W, t - 1e-6)

    @mistake("A length of exactly 0.5 isn't kept: `>`, not `>=`.")
    def kept_at_a_half(W, t):
        return groups(W, t, kept=W.norm(dim=0) >= KEPT)

    @mistake("That says who is linked with whom. Go on: follow the links, and return one label for each feature.")
    def the_links(W, t):
        unit = torch.nn.functional.normalize(W, dim=0)
        return (unit.T @ unit).abs() > t

    @mistake("A dropped feature belongs to no group. Columns of length 0.5 or less get −1.")
    def dropped_ones_grouped(W, t):
        return groups(W, t, kept=torch.ones(W.shape[1], dtype=torch.bool))

    @mistake("You let dropped features link others. They count for nothing: neither in a group nor as a bridge.")
    def dropped_ones_as_bridges(W, t):
        label = groups(W, t, kept=torch.ones(W.shape[1], dtype=torch.bool))
        kept = W.norm(dim=0) > KEPT
        first = [min(i for i in range(len(label)) if kept[i] and label[i] == k) if kept[j] else -1
                 for j, k in enumerate(label)]  # fmt: skip
        return torch.tensor(first)

    @mistake("You compared dot products with t. Longer arrows would be linked more easily: divide by both lengths.")
    def dot_products(W, t):
        n, kept = W.shape[1], W.norm(dim=0) > KEPT
        return labels(((W.T @ W).abs() > t) | torch.eye(n, dtype=torch.bool), kept, n)

    @mistake("You squared the cosine, so your links begin at |cos| > √t. Compare |cos| itself.")
    def squared_cosine(W, t):
        return groups(W, t, cosine=torch.square)

    @mistake("A cosine of exactly t is no link, and a length of exactly 0.5 isn't kept: `>`, not `>=`.")
    def at_least(W, t):
        return groups(W, t - 1e-6, kept=W.norm(dim=0) >= KEPT)

    @mistake("Your groups are right, and numbered 0, 1, 2, … The label of a group is its smallest feature.")
    def numbered_one_after_another(W, t):
        label = groups(W, t)
        _, place = label.unique(return_inverse=True)
        return place - int((label < 0).any())

    @mistake("Your groups are right, and labelled by their largest feature. Take the smallest.")
    def largest_feature(W, t):
        label = groups(W, t)
        last = {int(k): i for i, k in enumerate(label)}
        return torch.tensor([-1 if k < 0 else last[int(k)] for k in label])

    @mistake(
        "Each feature takes the smallest label of those before it, once. What it learns must reach those, too: repeat."
    )
    def from_those_before(W, t):
        n, kept, unit = W.shape[1], W.norm(dim=0) > KEPT, torch.nn.functional.normalize(W, dim=0)
        linked, label = (unit.T @ unit).abs() > t, list(range(n))
        for i in range(n):
            label[i] = min([i] + [label[j] for j in range(i) if kept[j] and linked[i, j]])
        return torch.where(kept, torch.tensor(label), -1)

    @mistake("In your groups everyone is linked with everyone. A chain is enough: over links, in any number of steps.")
    def only_cliques(W, t):
        kept, unit, found = W.norm(dim=0) > KEPT, torch.nn.functional.normalize(W, dim=0), []
        linked, label = (unit.T @ unit).abs() > t, torch.full((W.shape[1],), -1)
        for i in kept.nonzero()[:, 0].tolist():
            home = next((group for group in found if linked[i, group].all()), [])
            found += [] if home else [home]
            home.append(i)
            label[i] = home[0]
        return label

    @mistake("Your labels number the kept features alone. A feature keeps its own number: its column in W.")
    def numbers_among_the_kept(W, t):
        kept = W.norm(dim=0) > KEPT
        return torch.full((W.shape[1],), -1).masked_scatter(kept, groups(W[:, kept], t))

    @mistake("The rows of W are hidden dimensions, its columns are features. You compared rows.")
    def rows_for_columns(W, t):
        return groups(W.T, t)

    @rewrite
    def walking(W, t):
        n, kept = W.shape[1], W.norm(dim=0) > KEPT
        unit = torch.nn.functional.normalize(W, dim=0)
        linked = (unit.T @ unit).abs() > t
        label = torch.full((n,), -1)
        for start in range(n):
            if kept[start] and label[start] < 0:
                label[start], front = start, [start]
                while front:
                    i = front.pop()
                    for j in range(n):
                        if kept[j] and label[j] < 0 and linked[i, j]:
                            label[j] = start
                            front.append(j)
        return label

    @rewrite
    def by_matrix_powers(W, t):
        kept = W.norm(dim=0) > KEPT
        unit = W / W.norm(dim=0).clamp_min(1e-9)
        reach = ((((unit.T @ unit).abs() > t) & kept & kept[:, None]) | torch.eye(len(kept)).bool()).float()
        for _ in range(len(kept)):
            reach = ((reach @ reach) > 0).float()
        return torch.where(kept, reach.argmax(dim=1), -1)

    @rewrite
    def by_merging(W, t):
        n, parent = W.shape[1], list(range(W.shape[1]))

        def root(i):
            while parent[i] != i:
                i = parent[i]
            return i

        length = W.norm(dim=0)
        for i in range(n):
            for j in range(i):
                if length[i] > KEPT and length[j] > KEPT and (W[:, i] @ W[:, j]).abs() > t * length[i] * length[j]:
                    a, b = sorted((root(i), root(j)))
                    parent[b] = a
        return torch.tensor([root(i) if length[i] > KEPT else -1 for i in range(n)])

    _enough = "A chain of n features has n − 1 links, so n − 1 rounds are enough, and more do no harm."
    equivalent = {
        "line 5: `range(n)` → `range(1, n)`": _enough,
        "line 5: `range(n)` → `range(n + 1)`": _enough,
        "line 5: `range(n)` → `range(n - 1)`": _enough,
        "walking, line 10: `range(n)` → `range(1, n)`": "Feature 0 begins its own group, and no other one reaches it.",
        "walking, line 11: `linked[i, j]` → `linked[j, i]`": "Links go both ways.",
    }
