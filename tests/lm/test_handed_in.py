"""Slips in calling the models' functions are answered in words, or do what they plainly mean."""

import warnings

import pytest
import torch

from course_utils import minilang
from course_utils.lm import UnknownHook, activations, load_model
from course_utils.lm.mini import build_mini
from course_utils.lm.reading import read_texts
from course_utils.lm.tokenizer import MiniTokenizer

HOOK = "blocks.0.hook_resid_pre"


@pytest.fixture(scope="module")
def tiny():
    return load_model("tiny")


@pytest.fixture(scope="module")
def mini():
    return build_mini("mini-gelu-1l", seed=0)


@pytest.mark.parametrize("batch_size", [-1, 0, 2.5, True, None, "4"])
def test_a_batch_has_at_least_one_document(tiny, tmp_path, batch_size):
    tokens = torch.ones(3, 4, dtype=torch.int64)
    for path in (None, tmp_path / "store"):
        with pytest.raises(ValueError, match="batch_size is how many documents at a time"):
            activations(tiny, tokens, [HOOK], batch_size=batch_size, path=path)
    assert list(tmp_path.iterdir()) == []


def test_one_hook_may_stand_by_itself(tiny):
    tokens = torch.ones(3, 4, dtype=torch.int64)
    assert torch.equal(activations(tiny, tokens, HOOK)[HOOK], activations(tiny, tokens, [HOOK])[HOOK])
    alone, listed = read_texts(tiny, ["the cat sleeps"], HOOK), read_texts(tiny, ["the cat sleeps"], [HOOK])
    assert torch.equal(alone.acts[HOOK], listed.acts[HOOK])


def test_one_text_may_stand_by_itself(tiny):
    alone, listed = read_texts(tiny, "the cat sleeps", [HOOK]), read_texts(tiny, ["the cat sleeps"], [HOOK])
    assert alone.pieces == listed.pieces == ["<s>", "the", "cat", "sleeps"]
    assert torch.equal(alone.acts[HOOK], listed.acts[HOOK])


def test_an_unknown_hook_is_named_as_a_whole(tiny):
    for ask in (
        lambda: activations(tiny, torch.ones(1, 2), "blocks.0.hook_mpl_out"),
        lambda: read_texts(tiny, "the", "b"),
    ):
        with pytest.raises(UnknownHook, match=r"no hook '(blocks\.0\.hook_mpl_out|b)'"):
            ask()


CALLS = [
    (lambda: load_model("mini-gelu-1l", 1), "device must be a name, such as 'cpu', not 1. If a seed is meant: seed=1"),
    (lambda: load_model(None), "the name of a model is a text, such as 'mini-.*', not None"),
    (lambda: load_model(["tiny"]), "the name of a model is a text"),
    (
        lambda: load_model("mini-gelu-1l", tokens="end"),
        "tokens must be a whole number, or None for the end .*not 'end'",
    ),
    (lambda: load_model("mini-gelu-1l", tokens=1.5), "tokens must be a whole number"),
    (lambda: load_model("mini-gelu-1l", seed="1"), "seed must be a whole number, not '1'"),
    (lambda: load_model("gpt2", tokens="end"), "tokens must be a whole number"),
    (lambda: minilang.decode([-1]), "there is no piece -1: they are numbered from 0 to"),
    (lambda: minilang.decode([len(minilang.PIECES)]), "there is no piece"),
    (lambda: MiniTokenizer().decode([3, -1]), "there is no piece -1"),
    (lambda: MiniTokenizer().decode(torch.tensor([10**6])), "there is no piece 1000000"),
    (lambda: MiniTokenizer().convert_ids_to_tokens([-1]), "there is no piece -1"),
]


@pytest.mark.parametrize("call, message", CALLS)
def test_slips_are_one_line(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_a_text_that_is_cut_says_so(mini):
    document = minilang.sample(1, seed=3)
    text = document.text(0) + document.text(0)
    length = len(minilang.encode(text))
    assert length > mini.cfg.n_ctx
    with pytest.warns(UserWarning, match=f"reads {mini.cfg.n_ctx} pieces: of a text with {length} the last"):
        assert mini.to_tokens(text).shape == (1, mini.cfg.n_ctx)


def test_texts_that_are_filled_up_say_so(mini, tiny):
    with pytest.warns(UserWarning, match="have 6 to 7 pieces: the shorter ones are filled up with <bos>"):
        mini.to_tokens([" The fern owl hovers", " The fern owl hovers."])
    with pytest.warns(UserWarning, match="have 3 to 4 pieces"):
        tiny.to_tokens(["the cat", "the cat sleeps"])


def test_what_fits_says_nothing(mini):
    documents = minilang.sample(3, seed=3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mini.to_tokens([documents.text(i) for i in range(3)])
        mini.to_tokens(" The fern owl hovers.")
