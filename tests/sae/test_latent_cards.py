"""What a dashboard shows of a latent, against loops."""

import json

import pytest
import torch

from course_utils.sae import choosing
from course_utils.sae.firings import firings_of
from course_utils.sae.latent_cards import as_data, best_features, card_lines, latent_cards

DICE = torch.Generator().manual_seed(0)
F = (torch.randn(200, 4, generator=DICE) - 0.8).relu()
F[:, 3] = 0
LABELS = torch.rand(200, 5, generator=DICE) < 0.3
LABELS[:, 2] = F[:, 1] > 0
PIECES = torch.randint(6, (200,), generator=DICE)
W_DEC, EFFECTS = torch.randn(4, 8, generator=DICE), torch.randn(4, 9, generator=DICE)


@pytest.fixture
def cards():
    return latent_cards(firings_of([F]), PIECES, W_DEC, EFFECTS, LABELS)


def test_a_latent_that_never_fires_has_no_card(cards):
    assert [card.latent for card in cards] == [0, 1, 2]


def test_the_histogram_counts_every_firing(cards):
    for card in cards:
        fires = F[:, card.latent][F[:, card.latent] > 0]
        assert sum(card.bins) == card.fires == len(fires) and card.largest == fires.max()
        assert card.bins[-1] >= 1 and card.share == len(fires) / 200


def test_rows_have_their_activation_and_near_misses_none(cards):
    for card in cards:
        for name, pairs in card.rows.items():
            assert all(F[row, card.latent].item() == value for row, value in pairs)
            assert all((value == 0) == (name == "near misses") for _, value in pairs)
        largest = [value for _, value in card.rows["largest"]]
        assert largest == sorted(F[:, card.latent].tolist(), reverse=True)[:6]


def test_logits_and_neighbours(cards):
    for card in cards:
        own = EFFECTS[card.latent].tolist()
        assert [piece for piece, _ in card.raises] == sorted(range(9), key=lambda p: -own[p])[:5]
        assert card.lowers[0] == (min(range(9), key=own.__getitem__), min(own))
        cosine = torch.cosine_similarity(W_DEC[card.latent][None], W_DEC).tolist()
        others = [latent for latent in range(4) if latent != card.latent]
        assert [latent for latent, _ in card.alike] == sorted(others, key=lambda latent: -cosine[latent])


def test_the_truth_is_the_best_feature_by_f1(cards):
    for card in cards:
        on, scores = F[:, card.latent] > 0, []
        for k in range(5):
            scores.append(2 * int((on & LABELS[:, k]).sum()) / int(on.sum() + LABELS[:, k].sum()))
        assert card.truth[0].f1 == pytest.approx(max(scores)) and scores[card.truth[0].feature] == max(scores)
    assert cards[1].truth[0] == (2, 1.0, 1.0, 1.0)
    assert best_features(firings_of([F]), 1, LABELS, LABELS.sum(0)) == cards[1].truth


def test_without_labels_there_is_no_truth():
    assert all(card.truth == [] for card in latent_cards(firings_of([F]), PIECES, W_DEC, EFFECTS))


def test_other_rows_are_refused():
    with pytest.raises(ValueError, match="pieces must have a value for each of the 200 rows, got 3"):
        latent_cards(firings_of([F]), PIECES[:3], W_DEC, EFFECTS)


def test_data_are_what_json_holds(cards):
    data = as_data(cards, list("abcdef"), PIECES.view(20, 10), ["x"] * 5)
    assert json.loads(json.dumps(data)) == data
    number, fires, largest, bins, rows, *_ = data["latents"][1]
    assert (number, fires) == (1, cards[1].fires) and largest == pytest.approx(cards[1].largest, rel=0.01)
    assert bins == cards[1].bins and len(rows) == 6 and rows[0][0] == cards[1].rows["largest"][0][0]


def test_a_card_as_text_shows_every_text_once_and_pieces_apart():
    lines = card_lines(firings_of([F]), 1, list("abcdef"), PIECES.view(20, 10), torch.Generator().manual_seed(0))
    groups = [line for line in lines if line.startswith("--")]
    assert groups == ["-- largest", "-- upper third", "-- middle third", "-- lower third", "-- near misses"]
    largest = int(F[:, 1].argmax())
    text = ["abcdef"[p] for p in PIECES.view(20, 10)[largest // 10].tolist()]
    place = largest % 10
    before = "".join(f"·{piece}" for piece in text[max(0, place - 5) : place])
    after = "".join(f"·{piece}" for piece in text[place + 1 : place + 4])
    assert lines[1] == f"  100%  {before}⟦{text[place]}⟧{after}"
    assert all(line.lstrip().startswith(("0%", "(")) for line in lines[lines.index("-- near misses") + 1 :])
    places = [line.partition("%  ")[2] for line in lines if "⟦" in line]
    assert len(places) <= 20 and len(set(places)) == len(places), "there are 20 texts"


def test_a_third_in_which_it_never_is_says_so():
    acts = torch.zeros(40, 1)
    acts[::10] = torch.tensor([[2.0], [1.9], [1.8], [1.7]])
    lines = card_lines(firings_of([acts]), 0, ["x"], torch.zeros(4, 10, dtype=torch.long), DICE)
    assert "(none: wherever it fires, it is at 85% or more)" in lines[lines.index("-- lower third") + 1]
    assert "(only in texts that stand above)" in lines[lines.index("-- upper third") + 1]


def test_the_nearest_misses_share_more_than_the_piece_itself():
    """It fires at `s` after an owl, and for once not; at every other `s` nothing that it likes stands before."""
    tokens = torch.tensor([[3, 1, 0, 3], [3, 1, 0, 2], [2, 1, 0, 3], *[[2, 2, 0, 2]] * 9])
    acts = torch.zeros(48, 1)
    acts[[2, 6]] = 1.0
    misses = choosing.nearest_misses(firings_of([acts]), 0, tokens, 1, DICE)
    assert misses.tolist() == [10]
    assert len(choosing.nearest_misses(firings_of([acts]), 0, tokens, 99, DICE)) == 10
