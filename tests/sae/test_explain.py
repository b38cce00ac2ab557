"""Explanations are written, read and scored: by hand what the module does by tensors."""

import inspect

import numpy as np
import pytest
import torch

from course_utils.minilang import PIECES, corpus_of
from course_utils.sae import explain, explain_scores
from course_utils.sae.explain import Example, UnreadableExplanation
from course_utils.sae.firings import firings_of

SMALL = ["<bos>", " fern", " ash", " owl", " lark", "s", ".", ";", "\n", "a or b"]
TEXT = torch.tensor([[0, 1, 3, 5, 6], [0, 2, 4, 5, 7], [0, 1, 4, 5, 3]])


def holds(text: str) -> list[list[int]]:
    """Places, as [document, position]."""
    return explain.read(text, SMALL).holds(SMALL, TEXT).nonzero().tolist()


def test_clauses_must_all_hold():
    assert holds('at "s"') == [[0, 3], [1, 3], [2, 3]]
    assert holds('at "s"; 1 before " owl" or " lark"; 2 before " fern"') == [[0, 3], [2, 3]]
    assert holds('at "s" and not 2 before " fern"') == [[1, 3]]
    assert holds('earlier " fern", at " owl"') == [[0, 2], [2, 4]]
    assert holds('earlier " owl"; at " owl"') == []  # anywhere before it, not itself
    assert holds('9 before " owl"') == [] and len(holds('not 9 before " owl"')) == 15


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("animals", "names no piece at a place"),
        ('"s"', "names no piece at a place"),
        ('at " owls"', "is no piece of the language"),
        ('often at "s"', "'often' belongs to no clause"),
        ('0 before "s"', "say at"),
    ],
)
def test_what_cannot_be_read_is_said(text, says):
    with pytest.raises(UnreadableExplanation, match=says):
        explain.read(text, SMALL)


@pytest.mark.parametrize("piece", SMALL)
def test_every_piece_can_be_quoted(piece):
    rule = explain.Rule((explain.Clause("2 before", (piece, "s")), explain.Clause("at", (";",), denied=True)))
    assert explain.read(str(rule), SMALL) == rule


def test_all_pieces_of_the_language_can_be_quoted():
    rule = explain.Rule((explain.Clause("at", tuple(PIECES)),))
    assert explain.read(str(rule), PIECES) == rule


def test_examples_are_texts_up_to_a_place():
    found = explain.examples(SMALL, TEXT, torch.tensor([3, 6]), torch.tensor([2.0, 0.0]))
    assert found == [Example(["<bos>", " fern", " owl", "s"], 2.0), Example(["<bos>", " ash"], 0.0)]


FERN_OWLS = [Example(["<bos>", first, second, "s"], float(first == " fern" and second == " owl"))
             for first in (" fern", " ash") for second in (" owl", " lark") for _ in range(5)]  # fmt: skip


def test_the_plain_labeller_says_the_piece_and_the_other_one_what_tells_it_apart():
    assert explain.by_piece(FERN_OWLS) == 'at "s"'
    clauses = set(explain.by_rules(FERN_OWLS).split("; "))
    assert clauses in ({'1 before " owl"', '2 before " fern"'}, {'1 before " owl"', 'earlier " fern"'})


def test_it_finds_what_stands_anywhere_before():
    shown = [
        Example(["<bos>", " fern" if on else " ash", *["s"] * n, "."], on) for on in (0.0, 1.0) for n in range(4, 9)
    ]
    assert explain.by_rules(shown) == 'earlier " fern"'


def test_a_labeller_needs_a_firing_example():
    with pytest.raises(ValueError, match="fires"):
        explain.by_rules([Example(["s"], 0.0)])


def test_what_it_writes_says_of_the_examples_what_it_chose_by():
    """Read by the other half of the module, an explanation is right of a true thing everywhere."""
    corpus = corpus_of(["Field notes from Winham, Norfolk, June: Dawn: fern owls gleaming. Two fern larks hover."])
    tokens = torch.from_numpy(corpus.tokens).long()
    fires = torch.from_numpy(np.array(corpus.tokens == PIECES.index(" fern"))).flatten().float()
    shown = explain.examples(PIECES, tokens, torch.arange(tokens.numel()), fires)
    said = explain.read(explain.by_rules(shown), PIECES).holds(PIECES, tokens).flatten()
    assert said.tolist() == fires.bool().tolist()


def test_detection_counts_both_kinds_alike():
    fires = torch.tensor([True, True, False, False, False, False])
    said = torch.tensor([True, False, False, False, False, True])
    found = explain_scores.detection(said, fires)
    assert (found.hits, found.false_alarms) == (0.5, 0.25) and found.score == pytest.approx(0.625)


def test_simulation_is_the_correlation():
    a, b = torch.randn(2, 40, generator=torch.Generator().manual_seed(0))
    assert explain_scores.simulation(a, b) == pytest.approx(np.corrcoef(a, b)[0, 1], abs=1e-6)
    assert explain_scores.simulation(torch.ones(40), b) == 0


def test_a_labeller_is_shown_firing_and_silent_places_and_near_misses_if_asked():
    f = torch.zeros(15, 1)
    f[[3, 8]] = torch.tensor([[2.0], [1.0]])  # two of the three places of "s"
    at = firings_of([f])
    without = explain.shown_of(at, 0, SMALL, TEXT, near_misses=False, n=4)
    assert sorted(example.activation for example in without) == [0, 0, 0, 0, 1, 2]
    more = explain.shown_of(at, 0, SMALL, TEXT, near_misses=True, n=4)
    assert more[:6] == without and more[6:] == [Example(["<bos>", " fern", " lark", "s"], 0.0)]


def test_scores_everywhere_against_counting():
    dice = torch.Generator().manual_seed(1)
    tokens = torch.randint(6, (30, 10), generator=dice)
    f = (torch.rand(300, generator=dice) * (tokens.flatten() == 2)).where(torch.rand(300, generator=dice) < 0.7, 0)
    at, said = firings_of([f[:, None]]), (tokens == 2).flatten()
    found = explain_scores.scores(at, 0, said, tokens)
    both, named, fires = int(((f > 0) & said).sum()), int(said.sum()), int((f > 0).sum())
    assert found.precision == both / named and found.f1 == 2 * both / (named + fires)
    assert found.at_random > 0.9 and found.near_misses == 0.5  # it says yes at every near miss
    assert 0.5 < found.simulation < 1
    nothing = explain_scores.scores(at, 0, torch.zeros(300, dtype=torch.bool), tokens)
    assert nothing == (0.5, 0.5, 0, 0, 0)


def test_all_latents_are_explained_from_what_is_shown_of_each():
    f = torch.zeros(15, 2)
    f[[3, 8], 0], f[[4, 9], 1] = 1.0, 2.0
    at = firings_of([f])
    said = explain.explain_all(at, [1, 0], explain.by_rules, True, SMALL, TEXT)
    assert list(said) == [1, 0]
    for latent, text in said.items():
        assert text == explain.by_rules(explain.shown_of(at, latent, SMALL, TEXT, near_misses=True))


def test_a_complaint_is_the_reason_why_a_text_cannot_be_read():
    assert explain.complaint('at "s"') is None
    assert "names no piece at a place" in explain.complaint("animals")
    assert explain.complaint('at " lark"; 1 before " fern"', SMALL) is None


def test_all_scores_with_whether_the_feature_is_the_same():
    f, labels = torch.zeros(15, 1), torch.zeros(15, 2, dtype=torch.bool)
    f[[3, 8, 13]] = 1.0  # at every "s"
    labels[[3, 8, 13], 0] = labels[[2, 7], 1] = True
    at, texts = firings_of([f]), {'at "s"': 1.0, 'at " owl" or " lark"': 0.0, 'at ";"; earlier ";"': 0.0}
    for text, same in texts.items():
        (row,) = explain_scores.score_all(at, {0: text}, SMALL, TEXT, labels)
        said = explain.read(text, SMALL).holds(SMALL, TEXT).flatten()
        assert row.tolist() == pytest.approx([*explain_scores.scores(at, 0, said, TEXT), same])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('at "key"', '"key" is no piece of the language. Nearest: "key: "'),
        ('at "owls"', 'It is two: " owl" and "s", one before the other.'),
        ("at “s”", "plain quotation marks"),
        ("at 's'", "double quotation marks"),
        ('At "s"', "Small letters"),
        ("at s", "double quotation marks, with the space that begins a word"),
        ("an owl", "Such as this can be read"),
        ('at "xqzv"', "Copy one from a card"),
    ],
)
def test_a_complaint_says_which_part_is_wrong_and_what_was_meant(text, told):
    assert told in explain.complaint(text)


def test_the_example_of_the_chapter_can_be_read():
    assert explain.complaint('at "s"; 1 before " owl" or " lark"; 2 before " fern"; not earlier "key: "') is None


def test_the_help_of_complaint_is_short():
    assert len(str(inspect.signature(explain.complaint))) < 120
