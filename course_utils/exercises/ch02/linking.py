"""What 2.4 is made of: cases, its answer with places for slips, a law, and what is off in a wrong one."""

import torch

from course_utils.checking import law

KEPT = 0.5


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


def arrangements(rng):
    """((W, t), note): arrows on which slips show, chains and bridges and values on the borders among them."""
    e = torch.eye(4)
    pairs = torch.stack([e[0], e[1], -1.1 * e[0], 0.9 * e[2], -e[1], 0.2 * e[0], e[3]], dim=1)
    yield ((pairs, 0.3), "with two opposite pairs, two features alone and a dropped one")
    angle = torch.tensor([80.0, 0.0, 160.0, 40.0, 120.0]).deg2rad()
    chain = torch.cat([torch.stack([angle.cos(), angle.sin()]), torch.zeros(1, 5)])
    chain = torch.cat([chain, torch.tensor([[0.0], [0.0], [1.3]])], dim=1)
    yield ((chain, 0.75), "with a chain stored in mixed order")
    bridge = torch.tensor([[1.0, 0.1, 0.28, 0.0], [0.0, 0.995, 0.28, 0.0], [0.0, 0.0, 0.0, 0.8]])
    yield ((bridge, 0.5), "with two features linked only over one that was dropped")
    yield ((torch.randn(5, 9, generator=rng), 0.55), "with nine arrows anywhere")
    lengths = 0.1 + torch.rand(12, generator=rng)
    many = torch.nn.functional.normalize(torch.randn(6, 12, generator=rng), dim=0) * lengths
    yield ((many, 0.45), "with short arrows and long ones")
    edge = torch.stack([e[0], torch.ones(4), 2 * e[1], 0.5 * e[2], 0.5 * e[3]], dim=1)  # (1, 1, 1, 1) is 2 long
    yield ((edge, 0.5), "with a cosine of exactly t and a length of exactly 0.5")
    between = torch.tensor([[0.6, 0.45], [0.0, 0.45], [0.0, -0.45]])  # 0.36 and 0.61 squared
    yield ((between, 0.7), "with lengths of 0.6 and 0.78")
    yield ((torch.zeros(2, 3), 0.3), "with nothing kept")
    turn = torch.tensor([0.0, 140, 120, 100, 80, 60, 40, 20]).deg2rad()  # 0–7–6–…–1
    yield ((torch.stack([turn.cos(), turn.sin()]), 0.9), "with a long chain")


def groups(W, t, *, cosine=torch.abs, kept=None, over=torch.gt, cover=0):
    """The right answer, with places for slips."""
    n = W.shape[1]
    kept = W.norm(dim=0) > KEPT if kept is None else kept
    unit = W / W.norm(dim=0).clamp_min(1e-12)
    return labels(over(cosine(unit.T @ unit), t) | torch.eye(n, dtype=torch.bool), kept, cover or n)


def labels(linked, kept, rounds):
    """Each feature's label after so many rounds, in each of which it takes the smallest of those it is linked to."""
    n, label = len(kept), torch.arange(len(kept))
    linked = linked & kept & kept[:, None] | torch.diag(linked.diagonal())
    for _ in range(rounds):
        label = torch.where(linked, label, n).amin(dim=1)
    return torch.where(kept, label, -1)


def off_in(W, t, right, given):
    """In a sentence: the first pair that is together and shouldn't be, or the other way round; or a wrong label."""
    length, unit = W.norm(dim=0), W / W.norm(dim=0).clamp_min(1e-12)
    cosine, n = (unit.T @ unit).tolist(), len(right)
    for i in range(n):
        if (right[i] < 0) != (given[i] < 0):
            than = "longer" if right[i] >= 0 else "not longer"
            does = "so it has a group, if only of itself" if right[i] >= 0 else "so it belongs to no group and gets −1"
            return f"Feature {i} has length {length[i]:.3g}, which is {than} than 0.5, {does}."
    pairs = [(i, j) for i in range(n) for j in range(i) if right[i] >= 0 and right[j] >= 0]
    for i, j in pairs:
        if given[i] == given[j] and right[i] != right[j]:
            says = f"Features {j} and {i} have one label with you. Their cosine is {cosine[i][j]:.3g}"
            return f"{says}, not above t = {t:g} in size, and no chain of kept features leads from one to the other."
    for i, j in pairs:
        if given[i] != given[j] and right[i] == right[j] and abs(cosine[i][j]) > t:
            size = abs(cosine[i][j])
            return f"Features {j} and {i} are linked, |cos| = {size:.3g} > t = {t:g}, and have different labels."
    i = next(i for i in range(n) if right[i] != given[i])
    begins = f"feature {i}'s group begins with feature {int(right[i])}"
    return f"Your groups are the right ones; what is off is the label: {begins}."
