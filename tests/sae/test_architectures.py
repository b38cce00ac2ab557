"""Every architecture against the papers' equations, written out in loops, and laws that hold for all of them."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.sae import SAE, SAEConfig
from course_utils.sae.architectures import ARCHITECTURES

D_IN, D_SAE, ROWS, STRENGTH = 4, 9, 7, 0.6
CONFIGS = {
    "relu, free norms": {"architecture": "relu", "l1": 0.3},
    "relu, unit norms": {"architecture": "relu", "l1": 0.3, "decoder_norm": "unit"},
    "relu, no pre-bias": {"architecture": "relu", "l1": 0.3, "pre_bias": False},
    "relu, tied": {"architecture": "relu", "l1": 0.3, "tied": True},
    "topk": {"architecture": "topk", "k": 3, "k_aux": 2},
    "batchtopk": {"architecture": "batchtopk", "k": 2.5, "k_aux": 2},
    "gated, free norms": {"architecture": "gated", "l1": 0.3, "decoder_norm": "free"},
    "gated, unit norms": {"architecture": "gated", "l1": 0.3, "decoder_norm": "unit"},
    "jumprelu": {"architecture": "jumprelu", "l0": 0.2, "bandwidth": 0.8},
    "matryoshka": {"architecture": "matryoshka", "k": 2.5, "groups": (2, 3, 4), "k_aux": 2},
}


def random_sae(options, seed=0, d_in=D_IN, d_sae=D_SAE):
    g = torch.Generator().manual_seed(seed)
    config = SAEConfig(d_in=d_in, d_sae=d_sae, **options)

    def draw(*shape):
        return torch.randn(shape, generator=g, dtype=torch.float64)

    W_dec = draw(d_sae, d_in)
    W_dec = W_dec / W_dec.norm(dim=1, keepdim=True) if config.decoder_norm == "unit" else W_dec
    weights = {"W_dec": W_dec, "W_enc": W_dec.T if config.tied else draw(d_in, d_sae), "b_dec": draw(d_in)}
    if config.architecture == "gated":
        weights |= {"b_gate": draw(d_sae), "b_mag": draw(d_sae), "r_mag": draw(d_sae)}
    else:
        weights["b_enc"] = draw(d_sae)
    if config.architecture in ("jumprelu", "batchtopk", "matryoshka"):
        weights["threshold"] = draw(d_sae).abs()
    return SAE(config, **weights)


def rows(seed=1, n=ROWS):
    return torch.randn(n, D_IN, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def dot(a, b):
    return sum(p * q for p, q in zip(a, b))


def naive_u(sae, x):
    """(x − b_dec) W_enc of one row."""
    centred = [v - (b if sae.config.pre_bias else 0) for v, b in zip(x.tolist(), sae.b_dec.tolist())]
    return [dot(centred, column) for column in sae.W_enc.T.tolist()]


def naive_decode(sae, f, latents=None):
    W, x_hat = sae.W_dec.tolist(), sae.b_dec.tolist()
    for i in range(len(f)) if latents is None else latents:
        x_hat = [v + f[i] * w for v, w in zip(x_hat, W[i])]
    return x_hat


def error(x, x_hat):
    return sum((a - b) ** 2 for a, b in zip(x.tolist(), x_hat))


def naive_encode(sae, x):
    """Of a trained autoencoder, row by row."""
    architecture, u = sae.config.architecture, naive_u(sae, x)
    if architecture == "gated":
        b_gate, b_mag, r_mag = sae.b_gate.tolist(), sae.b_mag.tolist(), sae.r_mag.tolist()
        return [max(0.0, u[i] * math.exp(r_mag[i]) + b_mag[i]) if u[i] + b_gate[i] > 0 else 0.0 for i in range(len(u))]
    pi = [a + b for a, b in zip(u, sae.b_enc.tolist())]
    if architecture == "relu":
        return [max(0.0, p) for p in pi]
    if architecture == "topk":
        best = sorted(range(len(pi)), key=lambda i: -pi[i])[: int(sae.config.k)]
        return [max(0.0, p) if i in best else 0.0 for i, p in enumerate(pi)]
    return [p if p > t else 0.0 for p, t in zip(pi, sae.threshold.tolist())]


def naive_codes(sae, x):
    """In training, where batchtopk and matryoshka share out the activations of a batch."""
    if sae.config.architecture not in ("batchtopk", "matryoshka"):
        return [naive_encode(sae, row) for row in x]
    pi = [[a + b for a, b in zip(naive_u(sae, row), sae.b_enc.tolist())] for row in x]
    everything = sorted((p for row in pi for p in row if p > 0), reverse=True)[: int(sae.config.k * len(x))]
    return [[p if p > 0 and p in everything else 0.0 for p in row] for row in pi]


def naive_loss(sae, x, dead):
    config, total = sae.config, 0.0
    norms = [math.sqrt(dot(w, w)) for w in sae.W_dec.tolist()]
    price = norms if config.decoder_norm == "free" else [1.0] * D_SAE
    for row, f in zip(x, naive_codes(sae, x)):
        u = naive_u(sae, row)
        if config.architecture == "matryoshka":
            ends = [sum(config.groups[: m + 1]) for m in range(len(config.groups))]
            total += sum(error(row, naive_decode(sae, f, range(end))) for end in ends)
        else:
            total += error(row, naive_decode(sae, f))
        if config.architecture == "relu":
            total += STRENGTH * config.l1 * dot(f, price)
        if config.architecture == "gated":
            gate = [max(0.0, a + b) for a, b in zip(u, sae.b_gate.tolist())]
            total += STRENGTH * config.l1 * dot(gate, price) + error(row, naive_decode(sae, gate))
        if config.architecture == "jumprelu":
            total += STRENGTH * config.l0 * sum(v > 0 for v in f)
        if config.k:
            pi = [a + b for a, b in zip(u, sae.b_enc.tolist())]
            chosen = sorted(dead, key=lambda i: -pi[i])[: config.k_aux]
            x_hat = naive_decode(sae, f)
            for i in chosen:
                x_hat = [v + pi[i] * w for v, w in zip(x_hat, sae.W_dec[i].tolist())]
            total += config.aux * min(1.0, len(dead) / config.k_aux) * error(row, x_hat) if chosen else 0.0
    return total / len(x)


def batched(sae):
    """The same autoencoder with an instance dimension, as the losses take it."""
    return SAE(sae.config, **{name: value[None] for name, value in sae.tensors().items()})


@pytest.mark.parametrize("options", CONFIGS.values(), ids=CONFIGS.keys())
@pytest.mark.parametrize("seed", range(3))
def test_encode_and_decode_are_the_papers_loops(options, seed):
    sae, x = random_sae(options, seed), rows(seed + 10)
    expected = torch.tensor([naive_encode(sae, row) for row in x], dtype=torch.float64)
    assert torch.allclose(sae.encode(x), expected, atol=1e-12)
    x_hat = torch.tensor([naive_decode(sae, f) for f in expected.tolist()], dtype=torch.float64)
    assert torch.allclose(sae(x), x_hat, atol=1e-12)
    assert torch.allclose(sae.encode(x[0]), sae.encode(x)[0], atol=1e-12)
    assert torch.allclose(batched(sae).encode(x[None])[0], sae.encode(x), atol=1e-12)


@pytest.mark.parametrize("options", CONFIGS.values(), ids=CONFIGS.keys())
@pytest.mark.parametrize("dead", [[], [4], [1, 2, 5, 8]])
def test_loss_is_the_papers_loops(options, dead):
    sae, x = random_sae(options), rows()
    mask = torch.zeros(1, D_SAE, dtype=torch.bool)
    mask[0, dead] = True
    terms = ARCHITECTURES[sae.config.architecture].loss(batched(sae), x[None], STRENGTH, mask)
    codes = naive_codes(sae, x)
    assert terms.loss.item() == pytest.approx(naive_loss(sae, x, dead), rel=1e-9)
    assert terms.mse.item() == pytest.approx(
        sum(error(row, naive_decode(sae, f)) for row, f in zip(x, codes)) / ROWS, rel=1e-9
    )
    assert torch.allclose(terms.f[0], torch.tensor(codes, dtype=torch.float64), atol=1e-12)


def test_the_gradient_of_a_threshold_is_the_one_of_the_smoothed_loss():
    """The pseudo-derivative estimates d/dθ of the expected loss: windows over many rows against finite differences."""
    sae = batched(random_sae({"architecture": "jumprelu", "l0": 0.4, "bandwidth": 0.1, "decoder_norm": "unit"}))
    x = rows(n=200_000)[None]
    none = torch.zeros(1, D_SAE, dtype=torch.bool)

    def loss(threshold):
        changed = SAE(sae.config, **(sae.tensors() | {"threshold": threshold}))
        return ARCHITECTURES["jumprelu"].loss(changed, x, 1.0, none).loss.sum()

    theta = (sae.threshold + 0.3).requires_grad_()
    (found,) = torch.autograd.grad(loss(theta), theta)
    for i in range(D_SAE):
        shift = torch.zeros_like(theta)
        shift[0, i] = 0.05
        expected = (loss(theta.detach() + shift) - loss(theta.detach() - shift)) / 0.1
        assert found[0, i].item() == pytest.approx(expected.item(), rel=0.03, abs=0.02)


@pytest.mark.parametrize("options", CONFIGS.values(), ids=CONFIGS.keys())
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_latents_means_nothing(options, seed):
    sae, x = random_sae(options, seed), rows(seed)
    order = torch.randperm(D_SAE, generator=torch.Generator().manual_seed(seed))
    moved = {
        name: value if name == "b_dec" else value[:, order] if name == "W_enc" else value[order]
        for name, value in sae.tensors().items()
    }
    shuffled = SAE(sae.config, **moved)
    assert torch.allclose(shuffled.encode(x), sae.encode(x)[:, order], atol=1e-12)
    assert torch.allclose(shuffled(x), sae(x), atol=1e-12)


@pytest.mark.parametrize("options", CONFIGS.values(), ids=CONFIGS.keys())
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.01, 100))
def test_scaled_inputs_and_biases_give_scaled_outputs(options, seed, scale):
    sae, x = random_sae(options, seed), rows(seed)
    bigger = {
        name: value * scale if name.startswith("b_") or name == "threshold" else value
        for name, value in sae.tensors().items()
    }
    scaled = SAE(sae.config, **bigger)
    assert torch.allclose(scaled.encode(scale * x), scale * sae.encode(x), atol=1e-9 * scale)
    assert torch.allclose(scaled(scale * x), scale * sae(x), atol=1e-9 * scale)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.floats(0.1, 10))
def test_a_norm_weighted_penalty_cannot_be_dodged(seed, factor):
    """Small activations with a large decoder cost as much as large ones with a small decoder; without weights, less."""
    none = torch.zeros(1, D_SAE, dtype=torch.bool)

    def loss(sae):
        return ARCHITECTURES["relu"].loss(batched(sae), rows()[None], 1.0, none).loss.item()

    for options, same in (({"decoder_norm": "free"}, True), ({"decoder_norm": "unit"}, False)):
        sae = random_sae({"architecture": "relu", "l1": 0.3} | options, seed)
        moved = {"W_dec": sae.W_dec * factor, "W_enc": sae.W_enc / factor, "b_enc": sae.b_enc / factor}
        changed = loss(SAE(sae.config, **(sae.tensors() | moved)))
        assert (changed == pytest.approx(loss(sae), rel=1e-9)) == (same or factor == 1)


def test_shapes_that_do_not_fit_are_refused():
    sae = random_sae(CONFIGS["topk"])
    with pytest.raises(ValueError, match=r"x must be \[..., 4\], got \[7, 5\]"):
        sae.encode(torch.zeros(7, 5))
    with pytest.raises(ValueError, match=r"f must be \[..., 9\], got \[7, 4\]"):
        sae.decode(torch.zeros(7, 4))
    with pytest.raises(ValueError, match="1 instances"):
        batched(sae).encode(rows())
    with pytest.raises(ValueError, match="no instances"):
        sae.instance(0)
