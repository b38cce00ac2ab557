"""A store gives every row once, holds few of them, and mixes what it holds."""

from itertools import count, islice

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import minilang
from course_utils.lm import activations, load_model
from course_utils.sae import SAEConfig, train_sae
from course_utils.sae.store import mixed, model_rows

HOOK = "blocks.0.mlp.hook_post"


def numbered(sizes: list[int]) -> list[torch.Tensor]:
    """Chunks of one column, in which every row has its own number, counted through."""
    return [part[:, None] for part in torch.arange(float(sum(sizes))).split(sizes)]


def order(sizes, capacity, batch_size, seed=0) -> list[list[int]]:
    return [batch[:, 0].int().tolist() for batch in mixed(numbered(sizes), capacity, batch_size, seed)]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=8), st.integers(1, 12), st.integers(1, 5), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_every_row_comes_once_and_none_before_it_was_read(sizes, extra, batch_size, seed):
    capacity, total = batch_size + extra - 1, sum(sizes)
    batches = order(sizes, capacity, batch_size, seed)
    assert sorted(row for batch in batches for row in batch) == list(range(total))
    assert [len(batch) for batch in batches[:-1]] == [batch_size] * max(0, len(batches) - 1)
    for b, batch in enumerate(batches):
        assert max(batch) < capacity + b * batch_size


def test_chunks_are_read_when_they_are_needed_and_no_sooner():
    read = []

    def chunks():
        for n in count():
            read.append(n)
            yield torch.full((10, 2), float(n))

    stream = mixed(chunks(), capacity=25, batch_size=5, seed=0)
    assert read == []
    for b in range(6):
        next(stream)
        assert len(read) == -(-(25 + 5 * b) // 10)  # as many as hold the rows that have gone in


def test_each_row_of_the_buffer_is_as_likely_as_any_other():
    drawn = torch.zeros(20)
    for seed in range(400):
        drawn[order([30], 20, 4, seed)[0]] += 1
    assert ((drawn - 80).abs() < 5 * 80**0.5).all()  # 400 draws of 4 out of 20


def test_a_buffer_of_a_batch_keeps_the_batches_and_one_of_all_rows_mixes_them():
    assert [sorted(batch) for batch in order([7, 5], 4, 4)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    places = torch.tensor([row for seed in range(50) for row in order([60], 60, 6, seed)[0]]).float()
    assert abs(places.mean() - 29.5) < 5 * 17.3 / 300**0.5


def test_the_seed_decides_and_the_global_state_stays():
    state = torch.random.get_rng_state()
    assert order([40], 20, 4, 1) == order([40], 20, 4, 1) != order([40], 20, 4, 2)
    assert torch.equal(state, torch.random.get_rng_state())


def test_what_is_handed_out_is_not_written_over():
    stream = mixed(numbered([50]), 10, 5, 0)
    first = next(stream)
    before = first.clone()
    list(stream)
    assert torch.equal(first, before)


def test_a_memory_mapped_store_is_read_in_slices(tmp_path):
    np.save(tmp_path / "rows.npy", np.arange(24, dtype=np.float32).reshape(12, 2))
    stored = np.load(tmp_path / "rows.npy", mmap_mode="r")
    out = torch.cat([*mixed(np.array_split(stored, 5), 6, 4, 0)])
    assert sorted(out[:, 0].tolist()) == [2.0 * n for n in range(12)]


@pytest.mark.parametrize(
    ("chunks", "capacity", "said"),
    [
        ([torch.zeros(4, 2)], 2, "capacity is too small"),
        ([torch.zeros(4)], 8, "a chunk must be"),
        ([torch.zeros(4, 2), torch.zeros(4, 3)], 8, r"a chunk must be \[row, 2\], got \[4, 3\]"),
        ([torch.zeros(2, 2, 2)], 8, "a chunk must be"),
    ],
)
def test_what_is_no_stream_of_rows_is_refused(chunks, capacity, said):
    with pytest.raises(ValueError, match=said):
        list(mixed(chunks, capacity, 3, 0))


def test_the_models_rows_are_its_activations_over_and_over():
    model, tokens = load_model("mini-gelu-1l"), minilang.sample(5, seed=1).tokens
    wanted = activations(model, tokens, HOOK)[HOOK].flatten(0, 1)
    chunks = [*islice(model_rows(model, tokens, HOOK, documents=2, scale=0.5), 6)]
    assert [len(chunk) for chunk in chunks] == [128, 128, 64] * 2
    torch.testing.assert_close(torch.cat(chunks), torch.cat([wanted, wanted]) * 0.5, rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match="no documents"):
        model_rows(model, tokens[:0], HOOK)


def test_a_dictionary_is_trained_from_the_model_without_a_tensor_of_all_rows():
    model, tokens = load_model("mini-gelu-1l"), minilang.sample(20, seed=1).tokens
    stream = mixed(model_rows(model, tokens, HOOK, documents=4), capacity=600, batch_size=128, seed=0)
    config = SAEConfig(architecture="topk", d_in=128, d_sae=64, k=4)
    sae = train_sae(stream, config, steps=60, progress=False)
    assert sae.log.explained_variance[-1] > sae.log.explained_variance[0] + 0.3
