"""The measurements against slow ones, on small things whose answer is known."""

import numpy as np
import torch

from course_utils.lm.mini import build_mini
from course_utils.lm_training import mini_measure
from course_utils.lm_training.mini_measure import N_PAIRS, Halves, by_genre, losses, mean_z, purity, shuffled
from course_utils.minilang import sample


def test_losses_are_those_of_the_next_token():
    model, corpus = build_mini("mini-gelu-1l", 0), sample(3, 0)
    got = losses(model, corpus.tokens)
    logits = model(torch.from_numpy(corpus.tokens).long())
    expected = -logits.log_softmax(-1)[2, 9, int(corpus.tokens[2, 10])]
    assert got.shape == (3, 63)
    torch.testing.assert_close(got[2, 9], expected.detach(), atol=1e-5, rtol=1e-5)


def test_by_genre_is_the_mean_over_its_documents():
    corpus = sample(50, 0)
    nats = np.arange(50.0)[:, None] + np.zeros(63)
    found = by_genre(nats, corpus)
    tales = [i for i, genre in enumerate(corpus.genres()) if genre == "tale"]
    assert found["tale"] == np.mean(tales) and found["all"] == 24.5
    assert set(found) == {"all", *corpus.genres()}


def test_mean_z():
    acts = torch.tensor([[0.0, 1.0], [0.0, 3.0], [6.0, 5.0], [2.0, 7.0]])
    labels = torch.tensor([[False, True], [False, True], [True, False], [True, False]])
    z = (acts - acts.mean(0)) / acts.std(0)
    expected = torch.stack([(z[2] + z[3]) / 2, (z[0] + z[1]) / 2], 1)
    torch.testing.assert_close(mean_z(acts, labels), expected)


def test_shuffling_keeps_how_often_each_holds():
    labels = Halves(*(torch.rand(500, 4, generator=torch.Generator().manual_seed(i)) < 0.1 for i in (0, 1)))
    other = shuffled(labels)
    for before, after in zip(labels, other):
        assert torch.equal(before.sum(0), after.sum(0)) and not torch.equal(before, after)


def test_a_neuron_that_fires_for_one_meaning_is_pure(monkeypatch):
    """Neuron 0 fires for one meaning, neuron 1 for one sense, neuron 2 for all meanings, neuron 3 for anything."""
    monkeypatch.setattr(mini_measure, "TOP", 20)
    corpora = iter([sample(2_000, mini_measure.SEED + 10 + part) for part in range(2)])

    def planted(model, tokens, hooks):
        tracks = next(corpora).tracks
        noise = np.random.default_rng(0).random((4, *tracks["meaning"].shape)) / 2
        code, sense = tracks["meaning"], tracks["sense"]
        neurons = np.stack([code == N_PAIRS, sense == 5, code > 0, code >= 0]) + noise
        return {hooks[0]: torch.from_numpy(neurons).permute(1, 2, 0)[:, :-1]}

    monkeypatch.setattr(mini_measure, "activations", planted)
    one, sense, many, anything = purity(None, "hook", 4_000).tolist()
    assert one == sense == 1 and max(many, anything) < 0.5
