import pytest
import torch
from torch.nn import functional as F

from course_utils import minilang
from course_utils.lm import activations, load_model
from course_utils.lm.parts import after_neurons
from course_utils.lm.perturb import kl_of, over_distance, random_row_costs, says

MID, NEURONS = "blocks.0.hook_resid_mid", "blocks.0.mlp.hook_post"


@pytest.fixture(scope="module")
def model():
    return load_model("mini-gelu-1l")


@pytest.fixture(scope="module")
def tokens():
    return torch.from_numpy(minilang.sample(12, seed=5).tokens).long()


def test_what_it_says_is_what_the_model_says(model, tokens):
    acts = activations(model, tokens, [MID, NEURONS])
    said = says(after_neurons(model), acts[MID].flatten(0, 1), acts[NEURONS].flatten(0, 1))
    expected = model(tokens).log_softmax(-1).flatten(0, 1)
    torch.testing.assert_close(said, expected, rtol=1e-3, atol=1e-3)


def test_divergence_against_hooks_and_a_loop(model, tokens):
    acts = activations(model, tokens[:2], [MID, NEURONS])
    mid, neurons = acts[MID].flatten(0, 1), acts[NEURONS].flatten(0, 1)
    changed = neurons.clone()
    changed[:, 7] += 1.5

    def raise_one(own, hook):
        own = own.clone()
        own[..., 7] += 1.5
        return own

    q = model.run_with_hooks(tokens[:2], fwd_hooks=[(NEURONS, raise_one)]).softmax(-1).flatten(0, 1).double()
    p = model(tokens[:2]).softmax(-1).flatten(0, 1).double()
    expected = [sum(a * (a / b).log() for a, b in zip(p[r], q[r])) for r in (0, 5, 60)]
    found = kl_of(after_neurons(model), mid, neurons, changed)
    torch.testing.assert_close(found[[0, 5, 60]].double(), torch.stack(expected), rtol=1e-2, atol=1e-5)


def test_no_change_is_no_divergence_and_any_other_some(model, tokens):
    acts = activations(model, tokens[:1], [MID, NEURONS])
    mid, neurons = acts[MID].flatten(0, 1), acts[NEURONS].flatten(0, 1)
    rest = after_neurons(model)
    assert (kl_of(rest, mid, neurons, neurons) == 0).all()
    assert (kl_of(rest, mid, neurons, neurons + torch.randn(128, generator=torch.Generator().manual_seed(0))) > 0).all()


def test_a_random_row_costs_what_the_whole_of_the_texts_costs_more(model, tokens):
    piece = int(tokens[0, 5])
    found = random_row_costs(model, tokens, [piece], seed=1)
    other = load_model("mini-gelu-1l")
    weights = next(other.embed.parameters())
    direction = F.normalize(torch.randn(64, generator=torch.Generator().manual_seed(1)), dim=0)
    mean = weights.mean(0)
    weights[piece] = mean + (weights[piece] - mean).norm() * direction

    def nats(which):
        logits = which(tokens[:, :-1]).flatten(0, 1)
        return F.cross_entropy(logits, tokens[:, 1:].flatten(), reduction="sum").item()

    assert found.rise[0].item() == pytest.approx(nats(other) - nats(model), rel=1e-2, abs=0.1)
    assert found.places.tolist() == [int((tokens[:, :-1] == piece).sum())]


def test_the_model_is_left_as_it_was(model, tokens):
    before = next(model.embed.parameters()).clone()
    random_row_costs(model, tokens, tokens[0, 1:4].tolist())
    assert torch.equal(before, next(model.embed.parameters()))


def test_a_piece_that_is_not_there_is_refused(model, tokens):
    absent = next(p for p in range(859) if not (tokens == p).any())
    with pytest.raises(ValueError, match="none of the texts"):
        random_row_costs(model, tokens, [absent])


def test_over_distance_every_row_goes_its_own_way(model, tokens):
    acts = activations(model, tokens[:2], [MID, NEURONS])
    mid, neurons = acts[MID].flatten(0, 1), acts[NEURONS].flatten(0, 1)
    after, steps = after_neurons(model), torch.randn(neurons.shape, generator=torch.Generator().manual_seed(0))
    found = over_distance(after, mid, neurons, steps, [0, 0.5, 2])
    assert found.shape == (3, len(mid)) and found[0].abs().max() < 1e-5
    for far, divergences in zip((0.5, 2), found[1:]):
        torch.testing.assert_close(divergences, kl_of(after, mid, neurons, neurons + far * steps))
