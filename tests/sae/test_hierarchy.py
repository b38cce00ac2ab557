import math

import pytest
import torch

from course_utils.sae.hierarchy import L1, absorption, l1_probe, recall_given, sparse_probe, split_latents

N = 600


def generator(seed):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def words():
    """A parent feature on in half the rows, and two children of it, each on in a sixth of all rows."""
    u = torch.rand(N, generator=generator(0))
    parent = u < 0.5
    children = torch.stack([u < 1 / 6, (u >= 1 / 6) & (u < 1 / 3)], 1)
    noise = (torch.rand(N, 4, generator=generator(1)) - 0.6).relu()
    return parent, children, noise


def with_latents(*columns, noise):
    return torch.cat([torch.stack([column.float() for column in columns], 1), noise], 1)


def test_the_probe_is_at_the_minimum_of_its_loss():
    """Against autograd on the loss as the paper's code has it: balanced classes, ½‖w‖² on the weights."""
    f = torch.randn(200, 6, generator=generator(2)).relu()
    label = f[:, 3] + 0.5 * f[:, 1] + 0.3 * torch.randn(200, generator=generator(3)) > 0.6
    probe = sparse_probe(f, label, 2)
    assert sorted(probe.latents.tolist()) == [1, 3]
    w = probe.weights.double().requires_grad_()
    b = torch.tensor(probe.bias, dtype=torch.float64, requires_grad=True)
    z = f[:, probe.latents].double() @ w + b
    weight = torch.where(label, 200 / (2 * label.sum()), 200 / (2 * (~label).sum()))
    losses = torch.nn.functional.binary_cross_entropy_with_logits(z, label.double(), reduction="none")
    ((weight * losses).sum() + w.square().sum() / 2).backward()
    assert max(w.grad.abs().max(), b.grad.abs()) < 1e-3
    assert torch.equal(probe.predict(f), z > 0)


def test_the_l1_probe_meets_the_conditions_of_a_minimum():
    """The loss's slope is −L1 at a weight above 0, L1 at one below 0, and no steeper than that at one that is 0."""
    f = torch.randn(300, 8, generator=generator(11)).relu() * torch.linspace(0.3, 3, 8)
    label = f[:, 2] + 0.3 * f[:, 6] + torch.randn(300, generator=generator(12)) > 1
    w = l1_probe(f, label).double()
    assert 0 < (w == 0).sum() < 6
    b = torch.zeros((), dtype=torch.float64)
    for _ in range(100):  # the best bias for these weights, by Newton's method
        p = torch.sigmoid(f.double() @ w + b)
        b = b - (p - label.double()).mean() / (p * (1 - p)).mean()
    slope = f.double().T @ (torch.sigmoid(f.double() @ w + b) - label.double()) / 300
    assert torch.allclose(slope[w != 0], -L1 * w.sign()[w != 0], atol=1e-5)
    assert (slope[w == 0].abs() <= L1 + 1e-5).all()


def test_ranking_prefers_latents_that_speak_for_the_label(words):
    parent, _, noise = words
    f = with_latents(~parent, parent, noise=noise)
    assert sparse_probe(f, parent, 1).latents.tolist() == [1]
    assert sparse_probe(f, ~parent, 1).latents.tolist() == [0]


def test_a_probe_needs_both_classes(words):
    parent, _, noise = words
    with pytest.raises(ValueError, match="rows without"):
        sparse_probe(noise, torch.ones(N, dtype=torch.bool), 1)
    with pytest.raises(ValueError, match="between 1 and"):
        sparse_probe(noise, parent, 5)


def test_no_split_where_one_latent_is_the_feature(words):
    parent, children, noise = words
    f = with_latents(parent, *children.T, noise=noise)
    split = split_latents(f[:400], parent[:400], f[400:], parent[400:])
    assert split.latents.tolist() == [0]
    assert split.f1[0] == 1


def test_a_split_in_three(words):
    """No latent for the parent: its children's, and one for the rest of it."""
    parent, children, noise = words
    rest = parent & ~children.any(1)
    f = with_latents(*children.T, rest, noise=noise)
    split = split_latents(f[:400], parent[:400], f[400:], parent[400:])
    assert sorted(split.latents.tolist()) == [0, 1, 2]
    assert (split.f1[:3].diff() > 0.03).all() and split.f1[2] == 1


def absorbed_case(words):
    """Latent 0 is the parent, but silent where child 0 is on; that child's latent points along both directions."""
    parent, children, noise = words
    f = with_latents(parent & ~children[:, 0], *children.T, noise=noise)
    W_dec = torch.eye(7)
    W_dec[1, 0] = 1.0  # latent 1, of the first child, has taken the parent's direction in
    return f, W_dec, parent, children, torch.eye(7)[0]


def naive_absorption(f, W_dec, on, main, read_out, margin, cosine):
    absorbers = []
    for n in range(len(f)):
        effects = [(f[n, i] * (W_dec[i] @ read_out)).item() for i in range(f.shape[1])]
        order = sorted(range(len(effects)), key=lambda i: -abs(effects[i]))
        first, second = order[:2]
        aligned = torch.cosine_similarity(W_dec[first], read_out, dim=0).item() >= cosine
        ahead = abs(effects[first]) - abs(effects[second]) >= margin
        silent = all(f[n, i] == 0 for i in main)
        absorbers.append(first if on[n] and silent and aligned and ahead and effects[first] > 0 else -1)
    return absorbers


def test_absorption_is_found_where_it_was_made(words):
    f, W_dec, parent, children, read_out = absorbed_case(words)
    found = absorption(f, W_dec, parent, torch.tensor([0]), read_out, margin=0.5)
    assert torch.equal(found.absorbed, children[:, 0])
    assert (found.absorber[children[:, 0]] == 1).all() and (found.absorber[~children[:, 0]] == -1).all()
    assert found.rate == pytest.approx((children[:, 0].sum() / parent.sum()).item())


@pytest.mark.parametrize("margin, cosine", [(0.0, 0.025), (0.3, 0.025), (0.1, 0.5)])
def test_absorption_against_loops(margin, cosine):
    f = (torch.randn(80, 6, generator=generator(4)) - 0.3).relu()
    read_out = torch.randn(4, generator=generator(6))
    W_dec = torch.randn(6, 4, generator=generator(5)) + 0.5 * read_out
    on, main = torch.rand(80, generator=generator(7)) < 0.6, torch.tensor([1, 4])
    found = absorption(f, W_dec, on, main, read_out, margin=margin, cosine=cosine)
    expected = naive_absorption(f, W_dec, on, main.tolist(), read_out, margin, cosine)
    assert found.absorber.tolist() == expected
    assert 0 < sum(i >= 0 for i in expected) < on.sum()
    assert found.rate == pytest.approx(sum(i >= 0 for i in expected) / on.sum().item())


def test_a_latent_that_is_merely_missing_is_no_absorption(words):
    f, W_dec, parent, _, read_out = absorbed_case(words)
    W_dec[1, 0] = 0.0  # nothing carries the parent's direction now
    assert absorption(f, W_dec, parent, torch.tensor([0]), read_out, margin=0.1).rate == 0


def test_absorption_refuses(words):
    f, W_dec, parent, _, read_out = absorbed_case(words)
    with pytest.raises(ValueError, match="on in no row"):
        absorption(f, W_dec, torch.zeros_like(parent), torch.tensor([0]), read_out, margin=0.5)
    with pytest.raises(ValueError, match="at least two"):
        absorption(f[:, :1], W_dec[:1], parent, torch.tensor([0]), read_out, margin=0.5)


def test_recall_shows_the_hole(words):
    f, _, parent, children, _ = absorbed_case(words)
    given = recall_given(f[:, 0] > 0, parent, children)
    assert given.on.tolist() == [0, 1]
    rest = parent & ~children.any(1)
    assert given.off.tolist() == pytest.approx([1, (rest.sum() / (parent & ~children[:, 1]).sum()).item()])


def test_recall_against_loops():
    active, label = (torch.rand(100, generator=generator(s)) < 0.5 for s in (8, 9))
    others = torch.rand(100, 3, generator=generator(10)) < 0.3
    others[:, 2] = False
    given = recall_given(active, label, others)
    for j in range(3):
        for recall, state in ((given.on, True), (given.off, False)):
            rows = [n for n in range(100) if label[n] and others[n, j] == state]
            expected = sum(active[n].item() for n in rows) / len(rows) if rows else math.nan
            assert recall[j].item() == pytest.approx(expected, nan_ok=True)
