"""Where copies are, and what heads bring, against loops."""

import numpy as np
import torch

from course_utils.lm.mini import build_mini
from course_utils.lm_training.mini_induction import _brought, ablate, attention, copies
from course_utils.minilang import sample


def test_where_items_are_copied():
    corpus = sample(60, 0)
    for genre in ("list", "keys"):
        found = copies(corpus, genre)
        documents = [i for i, name in enumerate(corpus.genres()) if name == genre]
        assert len(found.tokens) == len(documents) > 0
        for row, document in enumerate(documents[:4]):
            tokens, copied = corpus.tokens[document], corpus.labels("copy/copied")[document]
            for query in range(63):
                assert found.query[row, query] == copied[query + 1]
                for key in range(63):
                    earlier = 0 < key <= query and tokens[key - 1] == tokens[query] and tokens[key] == tokens[query + 1]
                    assert bool(found.earlier[row, query, key]) == bool(earlier and copied[query + 1])
        assert found.earlier.any(-1)[found.query].all()  # a copy has something that it copies


def test_from_all_distances_together_a_head_brings_all_it_writes():
    model = build_mini("mini-gelu-2l", 0)
    tokens = torch.from_numpy(sample(3, 0).tokens).long()
    _, cache = model.run_with_cache(tokens)
    attn = "blocks.0.attn.hook_"
    brought = _brought(cache[f"{attn}pattern"], cache[f"{attn}v"], model.W_O[0], tuple(range(64)))
    torch.testing.assert_close(brought.sum(0) + model.b_O[0], cache["blocks.0.hook_attn_out"], atol=1e-5, rtol=1e-4)
    one_back = _brought(cache[f"{attn}pattern"], cache[f"{attn}v"], model.W_O[0], (1,))
    weight = cache[f"{attn}pattern"][1, 2, 7, 6]
    expected = weight * cache[f"{attn}v"][1, 6, 2] @ model.W_O[0][2]
    torch.testing.assert_close(one_back[2, 1, 7], expected, atol=1e-6, rtol=1e-4)


def test_with_nothing_kept_from_it_attention_is_what_it_was():
    model = build_mini("mini-gelu-2l", 0).eval().requires_grad_(False)
    found = copies(sample(100, 0), "list")
    measured = attention(model, found)
    assert ablate(model, found, 3).whole == float(measured.induction[3])
    _, cache = model.run_with_cache(found.tokens)
    pattern, total = cache["blocks.1.attn.hook_pattern"], []
    for document, query in found.query.nonzero().tolist():
        total.append(float(pattern[document, 1, query][found.earlier[document, query]].sum()))
    np.testing.assert_allclose(float(measured.induction[1]), np.mean(total), rtol=1e-4)
    keys = found.earlier.any(1).nonzero().tolist()
    one_back = np.mean([float(cache["blocks.0.attn.hook_pattern"][d, 0, key, key - 1]) for d, key in keys])
    np.testing.assert_allclose(float(measured.previous[0]), one_back, rtol=1e-4)
