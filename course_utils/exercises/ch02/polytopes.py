"""2.3 and 2.4: the share of a dimension in regular arrangements, and which features share one subspace."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, ValueExercise, law, mistake, rewrite

KEPT = 0.5


def _antiprism() -> Float[Tensor, "3 8"]:
    """Two squares, one above the other and turned by 45°, as far apart as makes all three axes hold the same."""
    turn = torch.arange(8, dtype=torch.float64) * math.pi / 4
    up = torch.tensor([1.0, -1.0] * 4, dtype=torch.float64) / math.sqrt(3)
    return torch.stack([turn.cos() * math.sqrt(2 / 3), turn.sin() * math.sqrt(2 / 3), up])


def _polygon(n: int) -> Float[Tensor, "2 corner"]:
    turn = torch.arange(n, dtype=torch.float64) * 2 * math.pi / n
    return torch.stack([turn.cos(), turn.sin()])


def coordinates() -> list[Float[Tensor, "hidden corner"]]:
    """Digon, triangle, tetrahedron, pentagon and square antiprism, every arrow of length 1."""
    digon = torch.tensor([[1.0, -1.0]], dtype=torch.float64)
    signs = torch.tensor([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=torch.float64)
    return [digon, _polygon(3), signs.T / math.sqrt(3), _polygon(5), _antiprism()]


class Polytopes(ValueExercise):
    id, title = "2.3", "Five arrangements on paper"
    difficulty, minutes, points, needs = "B", 8, 2, ["2.2"]
    rtol = 0.005
    checked = (
        "Computed from coordinates: 1/2, 2/3, 3/4, 2/5 and 3/8. Each is dimensions over arrows, because in every one "
        "of them all arrows are alike and no direction is preferred: the squared dot products with ŵ add up to n/m."
    )
    hints = [
        "With arrows of length 1, D_i = 1 / Σ_j cos² of the angle between i and j. For the digon: 1/(1 + 1).",
        "You needn't add cosines. In each of the five, Σ_j w_j w_jᵀ is a multiple of the identity. Its trace is the "
        "number of arrows n, so it is n/m times the identity, and Σ_j (ŵ_i·w_j)² = n/m.",
    ]

    def oracle(self) -> list[float]:
        """Cosine by cosine."""
        shares = []
        for W in coordinates():
            first = W[:, 0]
            shares.append(1 / sum(float(first @ other) ** 2 for other in W.T))
        return shares

    mistakes = {
        "without the arrow itself": (
            [1.0, 2.0, 3.0, 2 / 3, 0.6],
            "The sum over j leaves out j = i. With it, a feature alone has D = 1, and nobody has more.",
        ),
        "upside down": (
            [2.0, 1.5, 4 / 3, 2.5, 8 / 3],
            "Those are arrows per dimension. The share of a dimension is one over that.",
        ),
        "one over the arrows": (
            [1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 8],
            "You shared one dimension among all the arrows. How many dimensions does each arrangement have?",
        ),
        "all in three dimensions": (
            [3 / 2, 1.0, 3 / 4, 3 / 5, 3 / 8],
            "You gave all of them three dimensions. A digon lies on a line, polygons lie in a plane.",
        ),
        "overlaps not squared": (
            [1 / 2, 1 / 2, 1 / 2, 0.3090, 0.2440],
            "You added the sizes of the cosines. They are squared first.",
        ),
        "a uniform antiprism": (
            [1 / 2, 2 / 3, 3 / 4, 2 / 5, 0.3664],
            "The antiprism with edges all alike has 0.366: it is a little flatter. Ours has the height at which all "
            "three axes hold the same.",
        ),
    }
    rewrites = [
        [0.5, 0.667, 0.75, 0.4, 0.375],
        (1 / 2, 2 / 3, 3 / 4, 2 / 5, 3 / 8),
        torch.tensor([1 / 2, 2 / 3, 3 / 4, 2 / 5, 3 / 8]),
    ]


@law("turning the hidden space changes nothing")
def turned(answer, W, t):
    if _near(W, t):  # rounding could move such a cosine, or such a length, to the other side
        return None
    q = torch.linalg.qr(torch.randn(len(W), len(W), generator=torch.Generator().manual_seed(1))).Q
    return None if torch.equal(answer(W, t), answer(q @ W, t)) else "Your groups changed when all arrows were turned."


def _near(W, t):
    unit = W / W.norm(dim=0).clamp_min(1e-12)
    cosines = (unit.T @ unit).abs()
    return bool(((cosines - t).abs() < 1e-4).any() or ((W.norm(dim=0) - KEPT).abs() < 1e-4).any())


def groups(W, t, *, cosine=torch.abs, kept=None, over=torch.gt, cover=0):
    """The right answer, with places for slips."""
    n = W.shape[1]
    kept = W.norm(dim=0) > KEPT if kept is None else kept
    unit = W / W.norm(dim=0).clamp_min(1e-12)
    linked = over(cosine(unit.T @ unit), t) & kept & kept[:, None] | torch.eye(n, dtype=torch.bool)
    label = torch.arange(n)
    for _ in range(cover or n):
        label = torch.where(linked, label, n).amin(dim=1)
    return torch.where(kept, label, -1)


class Groups(FunctionExercise):
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
        e = torch.eye(4)
        pairs = torch.stack([e[0], e[1], -1.1 * e[0], 0.9 * e[2], -e[1], 0.2 * e[0], e[3]], dim=1)
        yield Case((pairs, 0.3), "with two opposite pairs, two features alone and a dropped one")
        angle = torch.tensor([80.0, 0.0, 160.0, 40.0, 120.0]).deg2rad()
        chain = torch.cat([torch.stack([angle.cos(), angle.sin()]), torch.zeros(1, 5)])
        chain = torch.cat([chain, torch.tensor([[0.0], [0.0], [1.3]])], dim=1)
        yield Case((chain, 0.75), "with a chain stored in mixed order")
        bridge = torch.tensor([[1.0, 0.1, 0.28, 0.0], [0.0, 0.995, 0.28, 0.0], [0.0, 0.0, 0.0, 0.8]])
        yield Case((bridge, 0.5), "with two features linked only over one that was dropped")
        yield Case((torch.randn(5, 9, generator=rng), 0.55), "with nine arrows anywhere")
        lengths = 0.1 + torch.rand(12, generator=rng)
        many = torch.nn.functional.normalize(torch.randn(6, 12, generator=rng), dim=0) * lengths
        yield Case((many, 0.45), "with short arrows and long ones")
        edge = torch.stack([e[0], torch.ones(4), 2 * e[1], 0.5 * e[2], 0.5 * e[3]], dim=1)  # (1, 1, 1, 1) is 2 long
        yield Case((edge, 0.5), "with a cosine of exactly t and a length of exactly 0.5")
        yield Case((torch.zeros(2, 3), 0.3), "with nothing kept")

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
        linked = ((W.T @ W).abs() > t) & kept & kept[:, None] | torch.eye(n, dtype=torch.bool)
        label = torch.arange(n)
        for _ in range(n):
            label = torch.where(linked, label, n).amin(dim=1)
        return torch.where(kept, label, -1)

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
