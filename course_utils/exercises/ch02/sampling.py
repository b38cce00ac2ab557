"""What the samplers of 2.6 and 2.7 share: cases, the laws that decide about them, and parts to draw with."""

import math

import torch

from course_utils.checking import law
from course_utils.checking.trials import Law

SIGMAS = 5.0  # a right sampler breaks a law less than once in 10,000 seeds
ENOUGH = 1000  # rows from which frequencies can be counted


def members_of(groups):
    """[(label, features)] in order of the labels."""
    return [(int(g), (groups == g).nonzero()[:, 0].tolist()) for g in groups.unique()]


def _unusual(share, p, n):
    """Is any share further from its probability p (one for all, or one each) than n draws explain?"""
    p = torch.as_tensor(p, dtype=torch.float64).clamp(0, 1)
    band = SIGMAS * (p * (1 - p) / n).sqrt() + 1e-6 + ((p > 0) & (p < 1)) / n
    return bool(((share - p).abs() > band).any())


@law("every value lies between 0 and 1")
def in_range(sample, batch, density, groups):
    x = sample(batch, density, groups)
    if ((x >= 0) & (x <= 1)).all():
        return None
    span = f"from {x.min().item():.3g} to {x.max().item():.3g}"
    return f"Your values run {span}. Strengths are uniform on [0, 1], as `torch.rand` draws them; what is off is 0."


@law("the rows differ")
def rows_differ(sample, batch, density, groups):
    if batch < ENOUGH or density == 0 or density >= 0.5:
        return None
    for _ in range(8):  # one row for all may be empty by accident
        x = sample(batch, density, groups)
        on = x > 0
        if torch.equal(on[1:], on[:-1]) and on.any():
            return "one row for all" if torch.equal(x[1:], x[:-1]) else "one coin for all rows"
        if on.any():
            return None
    return None


@law("every call draws anew")
def anew(sample, batch, density, groups):
    if batch < ENOUGH or density in (0, 1):
        return None
    x, again = sample(batch, density, groups), sample(batch, density, groups)
    both = (x > 0) & (again > 0)  # the coins may be fresh, and the strengths seeded
    same = both.any() and torch.equal(x[both], again[both]) and bool((x[both] != x[both][0]).any())
    return "seeds itself" if same or (torch.equal(x, again) and x.any()) else None


@law("any row may be one in which a feature is on")
def anywhere(sample, batch, density, groups):
    if batch < ENOUGH or not 0.1 < density < 0.9:
        return None
    ons = [sample(batch, density, groups) > 0 for _ in range(3)]
    early, late = (half.double().mean(0) for half in (ons[0][: batch // 2], ons[0][batch // 2 :]))
    if _unusual(early, (early + late) / 2, batch):  # half of their difference, from half of the rows
        return "the first rows"
    counts = torch.stack([on.sum(0) for on in ons])
    varied = ((counts > 0) & (counts < batch)).all(0)  # always and never say nothing of how it was drawn
    if not varied.any():
        return None
    if torch.equal(ons[0][:, varied], ons[1][:, varied]):
        return "seeds itself"
    return "a fixed number of rows" if (counts == counts[0])[:, varied].all() else None


def _chances(density, groups):
    """{mistake: how often it has each feature on}, from its density, its group's size and its place in the group."""
    size = torch.tensor([(groups == g).sum().item() for g in groups])
    place = torch.tensor([(groups[:i] == g).sum().item() for i, g in enumerate(groups)])
    number, d = torch.arange(len(groups)), density
    return {
        "density shared out": d / size,
        "sparsity for density": torch.full((len(groups),), 1 - d),
        "more often in larger groups": 1 - (1 - d) ** size,
        "a coin each": torch.tensor(d) ** size,
        "always one": 1 / size,
        "the first wins": d * (1 - d) ** place,
        "both dropped in a clash": d * (1 - d) ** (size - 1),
        "a coin each and one is kept": (1 - (1 - d) ** size) / size,
        "only the first member": d * (place == 0),
        "numbers for places": ((number + 1) * d).clamp_max(1) - (number * d).clamp_max(1),
        "pairs assumed": 2 * d / size,
        "off for on": (1 - size * d).clamp_min(0) / size,
    }


def as_often(*names: str) -> Law:
    """The law about frequencies; `names` are the mistakes that it may recognise."""

    def shares(sample, *args):
        return (sample(*args) > 0).float().mean(0)

    @law("each feature is on in a share of the rows that is its density")
    def frequencies(sample, batch, density, groups):
        if batch < ENOUGH:
            return None
        share = shares(sample, batch, density, groups)
        if not _unusual(share, density, batch):
            return None
        tried = [((batch, density, groups), share), *((args, shares(sample, *args)) for args, _ in CASES[:2])]
        for name in names:
            if name in _chances(density, groups) and not any(
                _unusual(got, _chances(*args[1:])[name], args[0]) for args, got in tried
            ):
                return name
        if not _unusual(shares(sample, batch, density / 2, groups), share, batch // 2) and density > 0:
            return "density unused"
        on = [got[members] > 0 for args, got in tried for _, members in members_of(args[2]) if len(members) > 1]
        if "one member for all rows" in names and all(members.sum() == 1 for members in on):
            return "only the first member" if all(members[0] for members in on) else "one member for all rows"
        return _worst(share, density, groups)

    return frequencies


def _worst(share, density, groups):
    i = int((share - density).abs().argmax())
    size, place = int((groups == groups[i]).sum()), int((groups[:i] == groups[i]).sum())
    which = f"Feature {i}, number {place + 1} of {size} in its group,"
    return f"{which} should be on in {density:.1%} of the rows (its density), and is on in {share[i]:.1%}."


@law("groups know nothing of each other")
def groups_independent(sample, batch, density, groups):
    named = members_of(groups)
    if batch < ENOUGH or not 0.02 < density < 0.98 or len(named) < 2:
        return None
    on = sample(batch, density, groups) > 0
    active = torch.stack([on[:, members].any(dim=1) for _, members in named], dim=1).double()
    share = active.mean(0)
    z = (active - share) / active.std(0, correction=0).clamp_min(1e-9)
    correlation = (z.T @ z / batch).fill_diagonal_(0)
    if correlation.abs().max() < SIGMAS / math.sqrt(batch):
        return _members_dependent(on, groups)
    together = active.T @ active / batch
    nested = torch.minimum(share[:, None], share) - together < 1e-9
    if nested.all():
        return "one coin for all groups"
    if (together.clone().fill_diagonal_(0) == 0).all():
        return "one group at a time"
    i, j = divmod(int(correlation.abs().argmax()), len(named))
    return (
        f"Groups {named[i][0]} and {named[j][0]} are on together in {together[i, j]:.1%} of the rows. If each decided "
        f"by itself it would be {share[i] * share[j]:.1%}: a draw of its own for each group."
    )


def _members_dependent(on, groups):
    """In a sentence: two features of different groups that are on together too often or too seldom."""
    columns = on.double()
    share, spread = columns.mean(0), columns.std(0, correction=0)
    z = (columns - share) / spread.clamp_min(1e-9)
    correlation = (z.T @ z / len(on)).masked_fill(groups[:, None] == groups, 0)
    if correlation.abs().max() < SIGMAS / math.sqrt(len(on)):
        return None
    i, j = divmod(int(correlation.abs().argmax()), len(groups))
    return (
        f"Features {i} and {j}, of different groups, are on together in {(on[:, i] & on[:, j]).double().mean():.1%} of "
        f"the rows. If each group decided by itself it would be {share[i] * share[j]:.1%}: which member is on is drawn "
        "for each group anew."
    )


@law("what is on is uniform on [0, 1], each feature with a draw of its own")
def own_strengths(sample, batch, density, groups):
    if batch < ENOUGH or density == 0:
        return None
    x = sample(batch, density, groups)
    strength = x[x > 0].double()
    if len(strength) < 100:
        return None
    if (strength == strength[0]).all():
        return "no strengths"
    columns = [column[column > 0].double() for column in x.T]
    if all((column == column[:1]).all() for column in columns):
        return "one strength for each feature"
    narrow = all(0.8 * density < c.max() - c.min() <= 1.001 * density for c in columns if len(c) > 50) and density < 0.9
    equal = _equal_pairs(x, groups)
    if narrow and (equal or any(c.min() > 0.5 * density for c in columns if len(c) > 50)):
        return "the coin is the strength"
    if equal:
        return equal
    if narrow:
        return "strengths times density"
    off = [_is_uniform(values) for values in (strength, *columns)]
    if all(off):
        return _related_strengths(x) or _copied_rows(x)
    values = strength if not off[0] else columns[off[1:].index(False)]
    whose = "What is on" if not off[0] else f"Feature {off[1:].index(False)}, when it is on,"
    return (
        f"{whose} runs from {values.min():.2f} to {values.max():.2f}, with mean {values.mean():.3f} and mean square "
        f"{(values**2).mean():.3f}. Uniform on [0, 1] means 0.5 and 1/3: a `torch.rand` for each feature in each row."
    )


def _equal_pairs(x, groups):
    """Are features that are on together equally strong: those of one group, or all that are on in a row?"""
    found = {True: set(), False: set()}  # {are they of one group: is a pair equal}
    for i in range(x.shape[1]):
        for j in range(i):
            both = (x[:, i] > 0) & (x[:, j] > 0)
            if both.sum() > 50:
                found[bool(groups[i] == groups[j])].add(torch.equal(x[both, i], x[both, j]))
    if found[False] == {True}:
        return "one strength for the row"
    return "one strength for the group" if found[True] == {True} else None


def _related_strengths(x):
    """In a sentence: two features whose strengths go together in the rows in which both are on."""
    for i in range(x.shape[1]):
        for j in range(i):
            both = x[(x[:, i] > 0) & (x[:, j] > 0)][:, [j, i]].double()
            if len(both) > 100 and abs(r := both.T.corrcoef()[0, 1].item()) > SIGMAS / math.sqrt(len(both)):
                return (
                    f"Where features {j} and {i} are both on, their strengths go together (correlation {r:.2f}, and 0 "
                    "is right). Draw a strength for each feature by itself: `torch.rand(batch, len(groups))`."
                )
    return None


def _copied_rows(x):
    """In a sentence: rows that are there twice. Floats meet by accident, but seldom."""
    rows = x[(x > 0).any(dim=1)]
    copies = len(rows) - len(rows.unique(dim=0))
    if copies <= len(rows) // 100:
        return None
    return f"Of {len(rows)} rows with something on, {copies} are copies of others. Draw for every row anew."


def _is_uniform(values):
    """Kolmogorov and Smirnov: the largest distance of the cumulative share from a straight line. One in 10⁶ is off."""
    n = len(values)
    if n < 100:
        return True
    steps = torch.arange(1, n + 1).double() / n
    return bool((steps - values.sort().values).abs().max() < 2.7 / math.sqrt(n))


CASES = [
    ((4000, 0.35, torch.tensor([0, 0, 1, 1])), "with two pairs"),  # 1/0.35 is no whole number: no choice of so many
    (
        # as a place −1 is the last one, 11's; without its sign it is 1, and so is 11 % 10; in 6 places it is 11's again
        (4000, 0.2, torch.tensor([11, -1, 11, 1, -1, 11])),
        "with a group of three, a pair (named −1) and a feature alone, in mixed order",
    ),
    ((3000, 0.02, torch.tensor([0, 1, 1, 0])), "with rare features"),
    ((1, 0.25, torch.tensor([3, 3, 3, 3])), "with a batch of one"),
    ((2000, 0.0, torch.tensor([0, 0])), "with features that are never on"),
]


def places(groups):
    _, place = groups.unique(return_inverse=True)
    return place


def strengths(batch, groups):
    return torch.rand(batch, len(groups))


def coins(batch, density, groups):
    place = places(groups)
    return (torch.rand(batch, int(place.max()) + 1) < density)[:, place]
