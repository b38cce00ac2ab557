"""What the gates cannot see: that the oracles of chapter 06 are right, and agree with the language and the models."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import minilang
from course_utils.exercises import get
from course_utils.exercises.ch06 import induction, subspaces
from course_utils.lm import load_model
from course_utils.minilang import PIECES, lexicon


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def model():
    return load_model("mini-gelu-1l")


@pytest.fixture(scope="module")
def corpus():
    return minilang.sample(40, seed=5)


def test_sense_labels_are_those_of_the_language():
    corpus = minilang.sample(300, seed=1)
    is_tale = np.array(corpus.genres()) == "tale"
    tokens = torch.from_numpy(corpus.tokens[is_tale]).long()
    topic_of = torch.zeros(len(PIECES), dtype=torch.long)
    for number, nouns in enumerate(lexicon.TOPICS.values(), start=1):
        topic_of[[PIECES.index(f" {noun}") for noun in nouns]] = number
    bat = get("6.1").oracle(tokens, topic_of, PIECES.index(" bat"), list(lexicon.TOPICS).index("garden") + 1)
    assert bat.any()
    assert np.array_equal(bat.numpy(), corpus.labels("sense/bat (garden)")[is_tale])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=12))
def test_at_every_place_the_word_has_at_most_one_sense(pieces):
    tokens, topic_of = torch.tensor([pieces]), torch.tensor([0, 0, 0, 0, 1, 2, 3])
    senses = [get("6.1").oracle(tokens, topic_of, 1, topic) for topic in (1, 2, 3)]
    assert torch.stack(senses).sum(dim=0).max() <= 1


def test_losses_are_those_of_transformer_lens(model, corpus):
    tokens = torch.from_numpy(corpus.tokens[:2, :8]).long()
    ours = get("6.2").oracle(model(tokens), tokens)
    torch.testing.assert_close(ours, model(tokens, return_type="loss", loss_per_token=True), rtol=1e-3, atol=1e-3)


def test_nothing_is_less_crowded_than_the_bound():
    """Gradient descent on 859 arrows in 64 dimensions comes near it and not below."""
    bound = get("6.3").oracle()
    assert bound == pytest.approx(math.sqrt((859 / 64 - 1) / 858), rel=1e-6)
    arrows = torch.randn(859, 64, generator=rng()).requires_grad_()
    optimiser = torch.optim.Adam([arrows], lr=0.05)
    for _ in range(60):
        unit = arrows / arrows.norm(dim=1, keepdim=True)
        squares = ((unit @ unit.T).square().sum() - 859) / (859 * 858)
        optimiser.zero_grad()
        squares.backward()
        optimiser.step()
    assert bound - 1e-5 < squares.sqrt().item() < 1.005 * bound


def test_orthogonal_pieces_are_read_back_whole():
    bags = torch.stack([torch.randperm(20, generator=rng(s))[:7] for s in range(5)])
    assert torch.equal(get("6.4").oracle(torch.eye(20), bags), torch.ones(5))


def test_induction_targets_of_a_repeated_run_lie_one_round_back():
    target = get("6.10").oracle(torch.tensor([[1, 2, 3, 1, 2, 3]]))[0]
    assert target.nonzero().tolist() == [[3, 1], [4, 2], [5, 3]]


def test_a_perfect_induction_head_scores_one():
    tokens = torch.tensor([[1, 2, 3, 1, 2, 3]])
    pattern = torch.eye(6).repeat(1, 2, 1, 1)
    pattern[0, 1, 3:] = pattern[0, 1, 3:].roll(-2, dims=1)  # looks two places back: after the copy
    score = get("6.5").oracle(pattern, induction.by_comparing(tokens))
    torch.testing.assert_close(score, torch.tensor([0.0, 1.0]))


def test_effects_add_up_to_a_real_models_logit(model):
    logits, cache = model.run_with_cache("One day Ada, a nurse, walks past the rose. The bat")
    stream = cache["blocks.0.hook_resid_post"][0, -1]
    parts = torch.stack([stream - cache["hook_embed"][0, -1], cache["hook_embed"][0, -1]])[:, None]
    word = PIECES.index(" flutter")
    effects = get("6.6").oracle(parts, cache["ln_final.hook_scale"][0, -1], model.W_U[:, word][None])
    assert (effects.sum() + model.b_U[word]).item() == pytest.approx(logits[0, -1, word].item(), abs=1e-3)


def test_the_forced_cosine_is_minus_a_seventh():
    assert get("6.11").oracle() == pytest.approx(-1 / 7, abs=1e-6)


def test_orthogonal_sets_share_nothing_and_a_plane_is_shared_whatever_its_arrows():
    oracle = get("6.12").oracle
    A, B = (
        torch.eye(8)[:3] * torch.tensor([[3.0], [2.0], [1.0]]),
        torch.eye(8)[4:7] * torch.tensor([[3.0], [2.0], [1.0]]),
    )
    assert oracle(A, B, 3).item() == pytest.approx(0, abs=1e-6)
    turned = torch.tensor([[1.0, 1.0, 0.2], [1.0, -2.0, 0.5], [0.3, 0.1, 2.0]]) @ A
    assert oracle(A, turned, 3).item() == pytest.approx(1, abs=1e-4)


def test_random_subspaces_overlap_by_k_over_the_dimension():
    draws = [[torch.randn(20, 64, generator=rng(2 * s + i)) for i in (0, 1)] for s in range(30)]
    overlaps = [subspaces.with_svd(A, B, 8).item() for A, B in draws]
    assert sum(overlaps) / 30 == pytest.approx(8 / 64, abs=0.015)
