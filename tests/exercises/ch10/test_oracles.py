"""What the gates cannot see: that the oracles of chapter 10 are right, and agree with what was written elsewhere."""

import itertools

import pytest
import torch

from course_utils import minilang
from course_utils.exercises import get
from course_utils.lm import activations, load_model
from course_utils.lm.parts import after_neurons
from course_utils.lm.splice import piece_losses
from course_utils.probing import f1
from course_utils.sae import metrics as sae_metrics
from course_utils.sae.explain import read
from course_utils.sae.explain_scores import detection
from course_utils.sae.truth import best_latents


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_buffer_of_all_rows_is_a_shuffle_that_takes_every_order():
    chunks, seen = [torch.tensor([[0.0], [1.0]]), torch.tensor([[2.0]])], set()
    for a, b in itertools.product((0.1, 0.5, 0.9), (0.2, 0.8)):
        seen.add(tuple(get("10.1").oracle(chunks, 3, torch.tensor([a, b, 0.0])).flatten().tolist()))
    assert seen == set(itertools.permutations((0.0, 1.0, 2.0)))


def test_a_buffer_of_one_row_leaves_the_order():
    chunks = [torch.randn(4, 2, generator=rng()), torch.randn(3, 2, generator=rng(1))]
    assert torch.equal(get("10.1").oracle(chunks, 1, torch.rand(7, generator=rng(2))), torch.cat(chunks))


def test_losses_are_those_of_the_model_itself():
    model = load_model("mini-gelu-1l", seed=2)
    tokens = torch.from_numpy(minilang.sample(1, seed=9).tokens[:, :12]).long()
    hook, mid = "blocks.0.mlp.hook_post", "blocks.0.hook_resid_mid"
    acts = activations(model, tokens[:, :-1], [hook, mid])
    neurons = acts[hook][0]
    x_hat = neurons * 0.9
    losses, recovered = get("10.2").oracle(acts[mid][0], neurons, x_hat, tokens[0, 1:], tuple(after_neurons(model)))
    swaps = [neurons, x_hat, 0 * neurons, neurons.mean(0).expand_as(neurons)]
    wanted = [piece_losses(model, tokens, hook, lambda own, hook, put=put: put[None]).mean().item() for put in swaps]
    assert losses.tolist() == pytest.approx(wanted, abs=2e-3)
    both = [sae_metrics.loss_recovered(wanted[0], ablated, wanted[1]) for ablated in wanted[2:]]
    assert recovered.tolist() == pytest.approx(both, abs=2e-3)


def test_ten_names_pass_whatever_they_say_as_long_as_a_program_can_read_them():
    exercise = get("10.7")
    assert all(read(name, minilang.PIECES).clauses for name in exercise.oracle())
    others = [f'at "{first}{second}"' for first in "ad" for second in "sn"] + [f'{k} before "s"' for k in range(1, 7)]
    readable = [name for name in others if name.split('"')[1] in minilang.PIECES]
    assert exercise.examine([*readable, *exercise.oracle()][:10], 0).status == "passed"


def test_the_precision_is_that_of_a_simulated_population():
    said, fires = torch.rand(40, generator=rng()) < 0.6, torch.rand(40, generator=rng(1)) < 0.5
    rate, n = 0.05, 400_000
    dice = rng(2)
    on = torch.rand(n, generator=dice) < rate
    example = torch.where(
        on,
        fires.nonzero()[torch.randint(int(fires.sum()), (n,), generator=dice), 0],
        (~fires).nonzero()[torch.randint(int((~fires).sum()), (n,), generator=dice), 0],
    )
    score, precision = get("10.8").oracle(said, fires, rate)
    assert score == pytest.approx(detection(said, fires).score)
    assert precision == pytest.approx(on[said[example]].float().mean().item(), abs=0.005)


def test_the_pursuit_is_the_courses_own_and_explains_orthogonal_directions_exactly():
    from course_utils.sae.pursuit import matching_pursuit

    D = torch.nn.functional.normalize(torch.randn(9, 5, generator=rng()), dim=1)
    x = 2 * torch.randn(12, 5, generator=rng(1))
    for k in (1, 3, 6):
        torch.testing.assert_close(get("10.6").oracle(x, D, k), matching_pursuit(x, D, k), rtol=1e-3, atol=1e-4)
    f = torch.tensor([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0]])
    torch.testing.assert_close(get("10.6").oracle(f @ torch.eye(3), torch.eye(3), 3), f)


def test_what_is_left_never_grows():
    D = torch.nn.functional.normalize(torch.randn(9, 5, generator=rng()), dim=1)
    x = torch.randn(12, 5, generator=rng(1))
    left = torch.stack([(x - get("10.6").oracle(x, D, k) @ D).norm(dim=1) for k in range(1, 5)])
    assert (left.diff(dim=0) <= 1e-5).all()


def test_a_clamped_activation_decodes_to_the_clamped_code_and_keeps_its_error():
    f, W_dec = torch.randn(4, 6, generator=rng()).relu(), torch.randn(6, 3, generator=rng(1))
    error = torch.randn(4, 3, generator=rng(2))
    there = f.clone()
    there[:, [1, 4]] = 2.0
    changed = get("10.9").oracle(f @ W_dec + error, f, W_dec, torch.tensor([1, 4]), 2.0)
    torch.testing.assert_close(changed, there @ W_dec + error, rtol=1e-4, atol=1e-5)


def test_random_mixtures_have_the_norm_and_the_covariance_of_the_data():
    data = torch.randn(30, 2, generator=rng()) * torch.tensor([3.0, 0.5]) + 5
    norms = torch.full((400,), 2.0)
    drawn = get("10.10").oracle(torch.randn(400, 30, generator=rng(1)), data, norms)
    torch.testing.assert_close(drawn.norm(dim=1), norms)
    assert drawn[:, 0].square().mean() > 3 * drawn[:, 1].square().mean()
    assert drawn.mean(0).abs().max() < 0.3


def test_with_one_other_row_what_is_left_is_the_sine_squared():
    E = torch.tensor([[2.0, 0.0], [-3.0, 3.0]])
    torch.testing.assert_close(get("10.11").oracle(E, 1), torch.tensor([0.5, 0.5]))
    E = torch.randn(7, 4, generator=rng())
    cosine = torch.nn.functional.cosine_similarity(E[:, None], E[None], dim=2).fill_diagonal_(0)
    torch.testing.assert_close(get("10.11").oracle(E, 1), 1 - cosine.abs().amax(1).square(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_the_best_latents_are_those_of_the_quick_search_at_one_threshold(seed):
    fires, labels = torch.rand(80, 9, generator=rng(seed)) < 0.2, torch.rand(80, 7, generator=rng(seed + 9)) < 0.3
    latent, precision, recall, f1 = get("10.3").oracle(fires, labels)
    quick = best_latents(fires.float(), labels)
    assert latent.tolist() == quick.latent.tolist()
    torch.testing.assert_close(f1, quick.f1)
    told = sae_metrics.detection(fires.float(), labels)
    torch.testing.assert_close(precision, told.precision[latent, torch.arange(7)])
    torch.testing.assert_close(recall, told.recall[latent, torch.arange(7)])


def test_a_latent_that_is_x_without_y_has_the_whole_gap():
    labels = torch.rand(50, 3, generator=rng()) < 0.5
    fires = torch.stack([labels[:, 0] & ~labels[:, 2], labels[:, 0] & labels[:, 2], labels[:, 0]], dim=1)
    gaps = get("10.4").oracle(fires, torch.tensor([0, 0, 0]), labels)
    assert gaps[:, 2].tolist() == [1, -1, 0] and gaps[:, 0].tolist() == [0, 0, 0]


@pytest.mark.parametrize("seed", range(4))
def test_a_union_of_one_is_the_best_latent_and_no_other_next_one_is_better(seed):
    holds = torch.rand(60, generator=rng(seed)) < 0.4
    fires = torch.rand(60, 8, generator=rng(seed + 20)) < torch.where(holds, 0.4, 0.1)[:, None]
    chosen = get("10.5").oracle(fires, holds, 3)
    assert chosen[:1] == get("10.3").oracle(fires, holds[:, None])[0].tolist()
    for n in range(1, len(chosen)):
        unions = torch.stack([fires[:, [*chosen[:n], other]].any(1) for other in range(8)], dim=1)
        scores = f1(unions, holds[:, None].expand(-1, 8))
        assert scores[chosen[n]] == scores.max() > f1(fires[:, chosen[:n]].any(1)[:, None], holds[:, None])
