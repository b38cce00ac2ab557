"""Training is deterministic, and the shipped weights are as their card says."""

import pytest
import torch

from course_utils.lm import load_model
from course_utils.lm.shipped import WEIGHTS
from course_utils.lm_training.tiny_card import measure
from course_utils.lm_training.train_tiny import train


@pytest.fixture(scope="module")
def begun():
    return train(seed=5, steps=4)


def test_the_same_seed_gives_the_same_weights(begun):
    torch.manual_seed(123)  # the global state must not matter
    again = train(seed=5, steps=4)
    assert again.loss == begun.loss
    assert all(torch.equal(again.weights[key], begun.weights[key]) for key in begun.weights)


def test_the_shipped_weights_are_as_their_card_says():
    card = (WEIGHTS / "tiny.md").read_text(encoding="utf-8")
    figures = measure()
    assert f"{figures.parameters:,} parameters" in card
    assert f"| {figures.loss:.3f} | {figures.floor:.3f} | {figures.bigram:.3f} | {figures.unigram:.3f} |" in card
    assert figures.loss < figures.floor + 0.02 < figures.bigram
    assert min(figures.agreement, figures.agreement_attractor) > 0.99


def test_more_words_than_dimensions():
    assert load_model("tiny").W_U.shape == (16, 69)
