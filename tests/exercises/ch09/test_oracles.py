"""What the gates cannot see: that the oracles of chapter 09 are right, and that its bands leave no room for luck."""

import pytest
import torch

from course_utils.checking import run_check
from course_utils.exercises import get
from course_utils.exercises.ch09 import cheat, hierarchy, pentagon, repair
from course_utils.sae import SAE, SAEConfig
from course_utils.sae.matching import max_cosines
from course_utils.sae.metrics import explained_variance


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def stack(architecture: str = "relu", **sparsity: float) -> SAE:
    """Two autoencoders of random weights, from 3 dimensions to 5 latents."""
    config = SAEConfig(architecture=architecture, d_in=3, d_sae=5, **sparsity)
    r = rng()
    weights = {"W_enc": (2, 3, 5), "W_dec": (2, 5, 3), "b_dec": (2, 3)}
    weights |= dict.fromkeys(["b_gate", "b_mag", "r_mag"] if architecture == "gated" else ["b_enc"], (2, 5))
    return SAE(config, **{name: torch.randn(shape, generator=r) for name, shape in weights.items()})


def test_encoding_and_decoding_agree_with_the_courses_own():
    sae, x = stack(l1=0.1), torch.randn(2, 7, 3, generator=rng(1))
    f, x_hat = get("9.1").oracle(x, sae.W_enc, sae.b_enc, sae.W_dec, sae.b_dec)
    torch.testing.assert_close(f, sae.encode(x))
    torch.testing.assert_close(x_hat, sae(x))


def test_the_loss_agrees_with_the_courses_own():
    from course_utils.sae.architectures import ARCHITECTURES

    sae, x = stack(l1=0.3), torch.randn(2, 7, 3, generator=rng(1))
    theirs = ARCHITECTURES["relu"].loss(sae, x, 1.0, None).loss
    torch.testing.assert_close(get("9.3").oracle(x, sae(x), sae.encode(x), sae.W_dec, 0.3), theirs)


def test_the_penalty_is_cheated_only_without_the_norms():
    W_enc, b_enc, W_dec = cheat._weights(4, 6, rng())
    x = torch.randn(1, 30, 4, generator=rng(1))
    none = torch.zeros(1, 4)
    price = []
    for factor in (1.0, 10.0):
        weights = get("9.2").oracle(W_enc, b_enc, W_dec, factor)
        f, x_hat = get("9.1").oracle(x, weights[0][None], weights[1][None], weights[2][None], none)
        price.append((x_hat, f.sum(), get("9.3").oracle(x, x_hat, f, weights[2][None], 0.5)))
    torch.testing.assert_close(price[0][0], price[1][0], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(price[0][1], 10 * price[1][1])
    torch.testing.assert_close(price[0][2], price[1][2])


def test_nearest_cosines_agree_with_the_courses_own_both_ways_round():
    D, W_dec = torch.randn(5, 3, generator=rng()), torch.randn(7, 3, generator=rng(1))
    theirs = max_cosines(D, W_dec)
    torch.testing.assert_close(get("9.5").oracle(D, W_dec), theirs.features)
    torch.testing.assert_close(get("9.5").oracle(W_dec, D), theirs.latents)


def test_explained_variance_agrees_with_the_courses_own():
    x, x_hat = torch.randn(2, 9, 4, generator=rng())
    torch.testing.assert_close(get("9.7").oracle(x + 3, x_hat + 3), explained_variance(x + 3, x_hat + 3))


def test_the_gate_agrees_with_the_courses_own_and_is_a_jump():
    sae, x = stack("gated", l1=0.1), torch.randn(2, 7, 3, generator=rng(1))
    u = (x - sae.b_dec[:, None]) @ sae.W_enc
    one_jump = next(right for right in get("9.10").rewrites if right.__name__ == "gated_as_one_jump")
    for k, theirs in enumerate(sae.encode(x)):
        ours = u[k], sae.b_gate[k], sae.r_mag[k], sae.b_mag[k]
        torch.testing.assert_close(get("9.10").oracle(*ours), theirs)
        torch.testing.assert_close(one_jump(*ours), theirs)


def test_a_new_latent_reads_what_it_writes_and_is_quieter_than_the_living():
    for case in get("9.8").cases(rng()):
        dead = case.args[4]
        encoder, bias, decoder = get("9.8").oracle(*case.args)
        torch.testing.assert_close(decoder[~dead], case.args[2][~dead])
        if dead.any():
            size = encoder[:, dead].norm(dim=0)
            torch.testing.assert_close(encoder[:, dead] / size, decoder[dead].T)
            torch.testing.assert_close(size, 0.2 * encoder[:, ~dead].norm(dim=0).mean().expand_as(size))
            assert (bias[dead] == 0).all()


def test_the_shrunk_activation_is_the_value_less_half_the_penalty():
    value = torch.tensor([0.1, 0.3, 1.0, 2.0])
    torch.testing.assert_close(get("9.9").oracle(value, 0.5), (value - 0.25).relu(), atol=2e-4, rtol=0)


def test_k_in_a_row_and_k_on_average():
    pi = torch.randn(8, 5, generator=rng()).abs() * torch.arange(1, 9)[:, None]
    assert ((get("9.11").oracle(pi, 2, True) > 0).sum(1) == 2).all()
    over_batch = (get("9.11").oracle(pi, 2, False) > 0).sum(1)
    assert over_batch.sum() == 16 and over_batch.unique().numel() > 1


def test_absorption_is_cheaper_by_both_counts():
    l0_honest, l1_honest, l0_absorbing, l1_absorbing = get("9.12").oracle()
    assert (l0_honest, l1_honest) == pytest.approx((0.5, 0.5), abs=1e-3)
    assert (l0_absorbing, l1_absorbing) == pytest.approx((0.4, 0.3 + 0.1 * 2**0.5), abs=1e-3)
    assert pytest.approx(0.1) == hierarchy.PARENT * hierarchy.CHILD


def test_latents_in_any_order_will_do_and_tensors_of_the_loop_not():
    W, (W_enc, W_dec) = pentagon._pentagon(), pentagon._trained_weights()
    order = torch.randperm(5, generator=rng())
    assert run_check(get("9.4"), (W, W_enc[:, :, order], W_dec[:, order])).status == "passed"
    assert run_check(get("9.4"), (W, W_enc.clone().requires_grad_(), W_dec)).mistake == "not detached"


@pytest.mark.parametrize("answer", [[0.65, 0.65, 0.4, 0.4], [0.65, 0.65, 0.65, 0.65], (0.65, 0.5, 0.4, 0.441)])
def test_a_misread_density_is_seen_in_the_first_number(answer):
    assert run_check(get("9.12"), answer).mistake == "child on its own"


def by_hand(
    steps: int,
    *,
    seed: int = 0,
    weighted: bool = True,
    zero_grad: bool = True,
    detached: str = "",
    l1: float = 0.3,
) -> tuple[torch.Tensor, ...]:
    """The loop of 9.4 on a regular pentagon, a feature at a time; W, W_enc and W_dec."""
    data, W = rng(seed), pentagon._pentagon()
    D = torch.nn.functional.normalize(torch.randn(16, 5, 2, generator=data), dim=-1)
    E, b_enc, b_dec = D.mT.clone().requires_grad_(), torch.zeros(16, 5), torch.zeros(16, 2)
    weights = [E, b_enc.requires_grad_(), D.requires_grad_(), b_dec.requires_grad_()]
    optimiser = torch.optim.Adam(weights, lr=0.03)
    for _ in range(steps):
        v = torch.zeros(64, 5).scatter(1, torch.randint(5, (64, 1), generator=data), torch.rand(64, 1, generator=data))
        x = (v @ W.T).expand(16, -1, -1)
        f = ((x - b_dec[:, None]) @ E + b_enc[:, None]).relu()
        f = f.detach() if detached == "the latents" else f
        x_hat = f @ D + b_dec[:, None]
        x_hat = x_hat.detach() if detached == "the reconstruction" else x_hat
        f = f.detach() if detached == "the latents in the penalty" else f
        error = (x - x_hat).square().sum(-1).mean(-1)
        price = (f * D.norm(dim=-1)[:, None] if weighted else f).sum(-1).mean(-1)
        price = price.detach() if detached == "the penalty" else price
        if zero_grad:
            optimiser.zero_grad()
        (error + l1 * price).sum().backward()
        optimiser.step()
    return W, E.detach(), D.detach()


@pytest.mark.parametrize("seed", range(2))
def test_any_reasonable_training_passes(seed):
    report = run_check(get("9.4"), by_hand(1000, seed=seed))
    assert report.status == "passed", report.text()


def test_an_untrained_dictionary_is_recognised():
    assert run_check(get("9.4"), by_hand(0)).mistake == "never trained"


def test_a_training_cut_short_fails():
    report = run_check(get("9.4"), by_hand(50))
    assert report.mistake in ("stopped early", "little found")


@pytest.mark.parametrize("l1", [0.05, 1.5])
def test_another_penalty_fails(l1):
    assert run_check(get("9.4"), by_hand(1000, l1=l1)).status == "failed"


def test_gradients_that_pile_up_and_a_cheated_penalty_are_told_apart():
    assert run_check(get("9.4"), by_hand(500, zero_grad=False)).mistake == "gradients pile up"
    assert run_check(get("9.4"), by_hand(500, weighted=False)).mistake == "decoder ran away"


@pytest.mark.parametrize("what", ["the latents", "the reconstruction", "the latents in the penalty", "the penalty"])
def test_gradients_that_stop_in_9_1_or_9_3_are_noticed_in_9_4(what):
    """Their own checks see values only."""
    assert run_check(get("9.4"), by_hand(500, detached=what)).status == "failed"


def test_weights_of_two_moments_are_told_from_those_of_one():
    W, W_enc, W_dec = by_hand(500)
    _, first_enc, first_dec = by_hand(0)
    assert run_check(get("9.4"), (W, first_enc, W_dec)).mistake == "encoder of the start"
    assert run_check(get("9.4"), (W, W_enc, first_dec)).mistake == "decoder of the start"
    assert run_check(get("9.4"), (W, W_enc.flip(2), W_dec)).mistake == "of two trainings"
    assert run_check(get("9.4"), (W, by_hand(150)[1], W_dec)).mistake == "of two trainings"


def test_a_dictionary_found_by_chance_is_not_enough():
    """16 sets of 5 random rows: hardly any has all five arrows within 11°."""
    complete = 0
    for seed in range(20):
        W_dec = torch.randn(16, 5, 2, generator=rng(seed))
        complete = max(complete, int((pentagon.cosine(pentagon._pentagon(), W_dec).amax(1) > 0.98).all(-1).sum()))
    assert complete < pentagon.RUNS


def test_resampling_like_the_courses_own_leaves_the_living_alone():
    case = next(iter(repair.Resample().cases(rng())))
    encoder, bias, _ = repair.Resample().oracle(*case.args)
    alive = ~case.args[4]
    torch.testing.assert_close(encoder[:, alive], case.args[0][:, alive])
    torch.testing.assert_close(bias[alive], case.args[1][alive])
