"""Texts of unequal lengths as rows, each with its piece and the number of its text."""

import torch

from course_utils.lm import load_model
from course_utils.lm.reading import read_texts

NEURONS = "blocks.0.mlp.hook_post"


def test_rows_are_those_of_each_text_by_itself():
    model = load_model("mini-gelu-1l")
    texts = ["One day Ada, a nurse, walks past the rose.", "Field notes from Winton, Dorset, June:", "The bat"]
    reading = read_texts(model, texts, ["hook_embed", NEURONS])
    assert reading.text_of.unique_consecutive().tolist() == [0, 1, 2]
    for number, text in enumerate(texts):
        rows = reading.text_of == number
        _, run = model.run_with_cache(text)
        torch.testing.assert_close(reading.acts[NEURONS][rows], run[NEURONS][0])
        assert "".join(piece for piece, row in zip(reading.pieces, rows) if row).endswith(text)


def test_a_text_beyond_the_context_is_read_as_far_as_it_reaches():
    model = load_model("mini-gelu-1l")
    reading = read_texts(model, [("The bat and the rose. " * 30).strip()], ["hook_embed"])
    assert len(reading.pieces) == len(reading.acts["hook_embed"]) == model.cfg.n_ctx
