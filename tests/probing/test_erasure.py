"""What is erased is gone, by the defining properties; and LEACE changes least."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from course_utils.probing import best_thresholds, fit_dense
from course_utils.probing.erasure import (
    Eraser,
    as_far,
    erase_direction,
    erase_iteratively,
    erase_leace,
    erase_mean_difference,
)


def world(seed: int, rows: int = 400, neurons: int = 6, concepts: int = 1) -> tuple[Tensor, Tensor]:
    """Correlated activations in double precision, and concepts that move them."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.rand(rows, concepts, generator=generator) < 0.3
    labels[0], labels[1] = True, False
    mix = torch.randn(neurons, neurons, generator=generator, dtype=torch.double)
    moved = torch.randn(concepts, neurons, generator=generator, dtype=torch.double)
    acts = torch.randn(rows, neurons, generator=generator, dtype=torch.double) @ mix
    return acts + labels.double() @ moved + 3, labels


def covariance(acts: Tensor, labels: Tensor) -> Tensor:
    return (acts - acts.mean(0)).T @ (labels.double() - labels.double().mean(0)) / len(acts)


def change(eraser: Eraser, acts: Tensor) -> float:
    return (eraser(acts) - acts).square().sum(1).mean().item()


@given(st.integers(0, 10_000), st.integers(2, 8), st.integers(1, 2))
@settings(max_examples=40, deadline=None)
@pytest.mark.parametrize("erase", [erase_leace, erase_mean_difference])
def test_no_covariance_is_left(erase, seed, neurons, concepts):
    acts, labels = world(seed, neurons=neurons, concepts=concepts)
    erased = erase(acts, labels)(acts)
    assert covariance(erased, labels).abs().max() < 1e-8 * acts.std() and covariance(acts, labels).abs().max() > 1e-4
    torch.testing.assert_close(erased.mean(0), acts.mean(0))


@given(st.integers(0, 10_000), st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_of_all_maps_that_leave_no_covariance_leace_changes_least(seed, other):
    """Any other is x ↦ mean + A (x − mean) with A Σ_xz = 0; here that of LEACE and a random one that keeps this."""
    acts, labels = world(seed)
    leace = erase_leace(acts, labels)
    gone = torch.linalg.qr(covariance(acts, labels)).Q
    away = torch.randn(6, 6, generator=torch.Generator().manual_seed(other), dtype=torch.double)
    away = away - away @ gone @ gone.T
    assert (away @ covariance(acts, labels)).abs().max() < 1e-9
    for size in (1e-3, 0.1, 1.0):
        rival = Eraser(leace.mean, leace.remove + size * away)
        assert covariance(rival(acts), labels).abs().max() < 1e-8
        assert change(rival, acts) > change(leace, acts)
    assert change(erase_mean_difference(acts, labels), acts) >= change(leace, acts) - 1e-12


def test_erasing_twice_is_erasing_once():
    acts, labels = world(0)
    for erase in (erase_leace, erase_mean_difference):
        eraser = erase(acts, labels)
        torch.testing.assert_close(eraser(eraser(acts)), eraser(acts))


def test_directions_that_never_vary_do_no_harm():
    acts, labels = world(1)
    flat = torch.cat([acts, torch.full((len(acts), 1), 7.0), acts[:, :1] + acts[:, 1:2]], 1)
    erased = erase_leace(flat, labels)(flat)
    assert erased.isfinite().all() and covariance(erased, labels).abs().max() < 1e-6
    torch.testing.assert_close(erased[:, 6], flat[:, 6])


def test_a_probe_finds_nothing_after_leace_and_less_with_every_round_of_null_space_projection():
    acts, labels = world(2, rows=6000, neurons=12)
    acts = acts.float()

    def found(rows: Tensor) -> float:
        return best_thresholds(fit_dense(rows, labels).scores(rows), labels).f1.item()

    always = (2 * labels.float().mean() / (1 + labels.float().mean())).item()
    assert found(acts) > always + 0.1
    assert found(erase_leace(acts, labels)(acts)) < always + 0.02
    assert found(erase_iteratively(acts, labels, rounds=6)(acts)) < always + 0.02
    assert torch.linalg.matrix_rank(erase_iteratively(acts, labels, rounds=3).remove, atol=1e-3) == 3


def test_a_direction_is_put_where_it_is_on_average_and_the_rest_stays():
    acts, _ = world(0)
    direction = torch.tensor([0.0, 3.0, 0.0, 0.0, 0.0, 0.0], dtype=torch.double)  # its length doesn't count
    erased = erase_direction(acts.mean(0), direction)(acts)
    torch.testing.assert_close(erased[:, 1], acts[:, 1].mean().expand(len(acts)))
    torch.testing.assert_close(erased[:, [0, 2, 3, 4, 5]], acts[:, [0, 2, 3, 4, 5]])


def test_the_control_moves_each_row_as_far_and_elsewhere():
    acts, labels = world(1)
    eraser = erase_leace(acts, labels)
    moved, elsewhere = eraser(acts) - acts, as_far(eraser, seed=0)(acts) - acts
    torch.testing.assert_close(elsewhere.norm(dim=1), moved.norm(dim=1))
    assert torch.nn.functional.cosine_similarity(moved, elsewhere, dim=1).abs().mean() < 0.5
