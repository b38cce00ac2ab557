"""What 2.4 is made of: its answer with places for slips, a law, and what is off in a wrong one, in a sentence."""

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
