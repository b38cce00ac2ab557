"""Slips beside those of ``test_handed_in``: found by trying what nobody had listed."""

import os
import warnings

import numpy as np
import pytest
import torch

from course_utils import minilang
from course_utils.lm import activations, load_model, open_activations
from course_utils.lm.mini import build_mini
from course_utils.lm.reading import read_texts
from course_utils.lm.splice import piece_losses
from course_utils.lm.tokenizer import MiniTokenizer, WordTokenizer

HOOK = "blocks.0.hook_resid_pre"
TEXT = " The fern owl hovers."


@pytest.fixture(scope="module")
def mini():
    return build_mini("mini-gelu-1l", seed=0)


def test_every_text_that_is_cut_says_so_not_only_the_first(mini):
    """The tokenizer keeps the first call's limit: counted with it, a later text seemed to fit."""
    long = 20 * TEXT
    for _ in range(3):
        with pytest.warns(UserWarning, match="reads 64 pieces: of a text with 121 the last 57 are cut"):
            mini.to_tokens(long)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mini.to_tokens(TEXT)
        assert mini.to_tokens(long, truncate=False).shape == (1, 121)


@pytest.mark.parametrize("way", ["encode", "tokenize", "__call__"])
def test_no_way_of_reading_takes_an_unknown_word_for_something_else(way):
    with pytest.raises(minilang.UnknownText, match="zzz"):
        getattr(MiniTokenizer(), way)("zzz")
    with pytest.raises(ValueError, match="does not know 'zzz'"):
        getattr(WordTokenizer(["<s>", "the", "cat"]), way)("the zzz")


TOKENS = torch.tensor([[0, 1, 2], [0, 3, 4]])
READS = [
    (TEXT, "tokens are numbers of pieces, not texts"),
    ([TEXT], "tokens are numbers of pieces, not texts"),
    (None, r"tokens must be \[document, position\], got \[\]"),
    (TOKENS[0], r"tokens must be \[document, position\], got \[3\]"),
    (TOKENS[None], r"tokens must be \[document, position\], got \[1, 2, 3\]"),
    (TOKENS[:, :0], r"tokens must be \[document, position\], got \[2, 0\]"),
    (TOKENS + 0.5, "tokens are whole numbers, those of pieces, got torch.float32"),
    (TOKENS - 1, "there is no piece -1: they are numbered from 0 to 858"),
    (TOKENS + 855, "there is no piece 859: they are numbered from 0 to 858"),
]


@pytest.mark.parametrize("tokens, message", READS)
@pytest.mark.parametrize("read", [lambda m, t: activations(m, t, HOOK), piece_losses], ids=["activations", "losses"])
def test_what_are_no_tokens(mini, read, tokens, message):
    with pytest.raises(ValueError, match=message) as caught:
        read(mini, tokens)
    assert "\n" not in str(caught.value)


def test_tokens_of_any_kind_of_number(mini):
    expected, losses = activations(mini, TOKENS, HOOK)[HOOK], piece_losses(mini, TOKENS)
    for given in (TOKENS.tolist(), TOKENS.numpy().astype(">i8"), TOKENS.numpy().astype(np.uint16), TOKENS.float()):
        assert torch.equal(activations(mini, given, HOOK)[HOOK], expected)
        assert torch.equal(piece_losses(mini, given), losses)


CALLS = [
    (lambda m: activations(m, TOKENS, None), "a text or a list of texts is wanted here, not None"),
    (lambda m: activations(m, TOKENS, 5), "a text or a list of texts is wanted here, not 5"),
    (lambda m: activations(m, TOKENS, b"blocks"), "a text or a list of texts is wanted here, not b'blocks'"),
    (lambda m: read_texts(m, None, HOOK), "a text or a list of texts is wanted here, not None"),
    (lambda m: read_texts(m, [5], HOOK), "the model reads a text or a list of texts, not 5"),
    (lambda m: m.to_tokens([TEXT, None]), r"the model reads a text or a list of texts, not \["),
    (lambda m: m.to_tokens(b"owl"), "the model reads a text or a list of texts, not b'owl'"),
    (lambda m: piece_losses(m, TOKENS, batch_size=0), "batch_size is how many documents at a time"),
    (lambda m: m.tokenizer.decode([0.5]), "pieces go by whole numbers, from 0 to 858, not by 0.5"),
    (lambda m: m.tokenizer.decode("5"), "pieces go by whole numbers, from 0 to 858, not by '5'"),
    (lambda m: m.tokenizer.convert_ids_to_tokens([0.5]), "pieces go by whole numbers"),
    (lambda m: load_model("tiny", "gpu"), "device='gpu' can't be used here"),
    (lambda m: load_model("tiny", 1.0), "device='1.0' can't be used here"),
    (lambda m: load_model("tiny", "meta"), "device='meta' can't be used here"),
]


@pytest.mark.parametrize("call, message", CALLS)
def test_more_slips_are_one_line(mini, call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call(mini)
    assert "\n" not in str(caught.value)


def test_a_store_that_is_none(mini, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there are no \.npy files in this folder"):
        open_activations(tmp_path)
    activations(mini, TOKENS, HOOK, path=tmp_path / "store")
    (file,) = (tmp_path / "store").iterdir()
    for size in (200, 6, 0):
        os.truncate(file, size)
        with pytest.raises(ValueError, match=rf"{HOOK}\.npy is damaged"):
            open_activations(tmp_path / "store")
