"""What the gates cannot see: that the oracles of chapter 04 are right, and that its laws leave no room for luck."""

import pytest
import torch

from course_utils import computing
from course_utils.checking import run_check
from course_utils.computing import universal
from course_utils.exercises import get
from course_utils.exercises.ch04 import motif, variants


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# 4.1 to 4.3
def test_motifs_agree_with_the_courses_own():
    for case in get("4.2").cases(rng()):
        assert torch.equal(get("4.2").oracle(*case.args), computing.motifs(*case.args)), case.note


def test_the_edges_lie_on_both_sides_of_every_limit():
    found = get("4.2").oracle(*motif.edges())[:, 0, 0, 1]
    assert 15 < found.sum() < len(found) - 15


@pytest.mark.parametrize("seed", range(3))
def test_made_up_variants_have_the_numbers_that_a_loop_finds(seed):
    _, important, together, apart, numbers = variants.made(seed=seed)
    first, second, guesses, said = [], [], [], []
    for heard in important:
        own = [[abs(heard[i, s, i].item() - 1) < 0.25 for s in (0, 1)] for i in range(6)]
        first.append(sum(map(sum, own[:3]))), second.append(sum(map(sum, own[3:])))
    for heard in together:
        for i in range(6):
            if not any(abs(heard[i, s, i].item() - 1) < 0.25 for s in (0, 1)):
                guesses += heard[i, :, i + 1 - 2 * (i % 2)].tolist()
    said = [heard[i, s, i + 1 - 2 * (i % 2)].item() for heard in apart for i in range(6) for s in (0, 1)]
    ahead = (sum(first) - sum(second)) / len(first)
    lower = [sorted(values)[(len(values) - 1) // 2] for values in (guesses, said)]  # torch's median
    assert numbers.tolist() == pytest.approx([ahead, *lower], abs=1e-5)


def test_three_quarters_is_the_best_guess_from_a_partner():
    a, b = 2 * torch.rand(2, 200_000, generator=rng()) - 1
    assert ((a.abs() * b.abs()).mean() / b.square().mean()).item() == pytest.approx(0.75, abs=0.01)


# 4.8 to 4.10


def test_sign_readers_are_the_courses_own():
    W = torch.randn(30, 5, generator=rng())
    W[3, 1] = 0
    own = universal.sign_readers(W, torch.tensor([[1, 4]]), on=2)[0]
    torch.testing.assert_close(get("4.8").oracle(W, 1, 4), own, rtol=1e-4, atol=0)


def test_what_an_affine_reader_leaves_is_the_interaction():
    """Of y11 − y10 − y01 + y00 = d it leaves d² · p(1 − p) · q(1 − q), as a share of the variance."""
    y, p = torch.randn(2, 2, generator=rng(1)), torch.tensor([0.3, 0.6])
    weight = torch.outer(torch.tensor([0.7, 0.3]), torch.tensor([0.4, 0.6]))
    d = (y[1, 1] - y[1, 0] - y[0, 1] + y[0, 0]).item()
    variance = ((weight * y**2).sum() - (weight * y).sum() ** 2).item()
    left = d**2 * 0.3 * 0.7 * 0.6 * 0.4 / variance
    assert get("4.9").oracle(y, p)[1] == pytest.approx(left, rel=1e-3)


def test_in_the_affine_exercises_cases_probabilities_fill_a_list_of_ten_thousand_exactly():
    """The oracle rounds to whole inputs: probabilities with more digits would make it a rough one."""
    for case in get("4.9").cases(rng()):
        p = case.args[1].double()
        counts = 10_000 * torch.outer(torch.stack([1 - p[0], p[0]]), torch.stack([1 - p[1], p[1]]))
        assert (counts - counts.round()).abs().max() < 1e-2


def test_break_even_widths_by_drawing_noise():
    for (n_in, on), power, weight in [((20, 2), 2, 1.0), ((20, 2), 4, 1.0), ((20, 2), 2, None)]:
        place = 2 if weight is None else power // 2 - 1
        n = get("4.10").oracle(n_in, on)[place].item()
        noise = torch.randn(400_000, generator=rng()) * (torch.pi * on**2 / n) ** 0.5
        q = on * (on - 1) / (n_in * (n_in - 1))
        silent = 0.5 if weight is None else q
        assert (noise.abs() ** power).mean().item() == pytest.approx(silent, rel=0.03)


# 4.11 and 4.12


def test_a_repaired_layer_is_the_courses_own():
    E = torch.nn.functional.normalize(torch.randn(9, 6, generator=rng(2)), dim=1)
    h, pairs = torch.randn(4, 6, generator=rng(3)), torch.tensor([[0, 3], [8, 2]])
    own = computing.circuit_layer(h, E, pairs, slope=3.0)
    torch.testing.assert_close(get("4.11").oracle(h, E, pairs, 3.0), own, rtol=1e-4, atol=1e-5)


def test_in_the_cases_of_the_best_line_no_two_places_nearly_coincide():
    """The oracle calls places alike that are 10⁻⁶ apart; an answer may compare them exactly."""
    for case in get("4.12").cases(rng()):
        h, _, directions = case.args
        gaps = (h @ directions.T).sort(dim=0).values.diff(dim=0)
        assert ((gaps == 0) | (gaps > 2e-6)).all()


@pytest.mark.parametrize("number", ["4.11", "4.12"])
@pytest.mark.parametrize("seed", range(1, 4))
def test_a_right_answer_passes_whatever_the_draw(number, seed):
    for rewrite in get(number).rewrites:
        report = run_check(get(number), rewrite, seed=seed)
        assert report.status == "passed", report.text()


# 4.13 and 4.14


def test_both_parts_and_their_bounds_are_the_courses_own():
    for id, own in (("4.13", computing.split_loss), ("4.14", computing.least_split)):
        for case in get(id).cases(rng()):
            for ours, theirs in zip(get(id).oracle(*case.args), own(*case.args), strict=True):
                torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6, msg=f"{id} {case.note}")


@pytest.mark.parametrize("seed", range(3))
def test_no_network_splits_below_its_bound(seed):
    """With any read-out: the best ones, by least squares, come near to the sum of the bounds and not below."""
    W_in, mixing = torch.randn(4, 3, 6, generator=rng(seed)), 0.5 * torch.randn(4, 6, 6, generator=rng(seed + 9))
    labels = torch.cat([torch.eye(6) + mixing, -mixing], dim=2)
    W_out = labels @ torch.linalg.pinv(torch.cat([W_in.relu(), (-W_in).relu()], dim=2))
    for part, bound in zip(get("4.13").oracle(W_in, W_out, mixing), get("4.14").oracle(mixing, 3), strict=True):
        assert (part > bound - 1e-6).all()


def test_one_neuron_for_one_feature_reaches_both_bounds_without_a_mixing():
    eye = torch.eye(6)[None]
    naive = get("4.13").oracle(eye[:, :4], eye[:, :, :4], torch.zeros(1, 6, 6))
    assert [float(part) for part in naive] == pytest.approx([2 / 6 / 12] * 2)
    assert [float(part) for part in get("4.14").oracle(torch.zeros(1, 6, 6), 4)] == pytest.approx([2 / 6 / 12] * 2)


# 4.4 to 4.7: other functions, classification, GELU


@pytest.mark.parametrize("knees", [0, 1, 2, 5])
def test_the_best_broken_line_leaves_one_over_the_fourth_power_of_its_pieces(knees):
    x = torch.linspace(-1, 1, 2001)
    left = (get("4.4").oracle(x, knees) - x**2).square().mean() / (4 / 45)
    assert left.item() == pytest.approx((knees + 1) ** -4, rel=0.01)


def test_no_other_broken_line_with_two_knees_is_nearer():
    x = torch.linspace(-1, 1, 2001).double()
    best = (get("4.4").oracle(x, 2) - x**2).square().mean()
    for first in (-0.6, -0.4, -1 / 3, -0.2):
        for second in (0.1, 1 / 3, 0.5):
            hinges = torch.stack([torch.ones_like(x), x, (x - first).relu(), (x - second).relu()], dim=1)
            fit = hinges @ torch.linalg.lstsq(hinges, x[:, None] ** 2).solution
            assert (fit[:, 0] - x**2).square().mean() > 0.998 * best


def test_logits_of_neighbours_are_equal_at_their_edge_and_nowhere_else():
    edges = torch.tensor([-0.5, 0.1, 0.9])
    w, b = get("4.6").oracle(edges, 4.0)
    for k, edge in enumerate(edges):
        assert (w[k] * edge + b[k]).item() == pytest.approx((w[k + 1] * edge + b[k + 1]).item(), abs=1e-5)
        assert w[k] * (edge + 0.1) + b[k] < w[k + 1] * (edge + 0.1) + b[k + 1]


def test_four_gelus_come_nearer_to_a_product_as_their_scale_falls():
    x, y = torch.rand(2, 200, generator=torch.Generator().manual_seed(0)) * 2 - 1
    error = [(get("4.7").oracle(x, y, s) - x * y).abs().max() for s in (1.0, 0.5, 0.25)]
    assert error[0] > 2.5 * error[1] > 7 * error[2] and error[2] < 0.05


def test_one_neuron_cannot_compute_xor():
    """relu(z) of an affine z that has equal values on two opposite corners and other ones on the other two: none."""
    W = torch.randn(20_000, 3, generator=torch.Generator().manual_seed(0))
    corners = torch.tensor([[0.0, 0, 1], [1, 1, 1], [0, 1, 1], [1, 0, 1]])
    hidden = (W @ corners.T).relu()
    alike = (hidden[:, 0] - hidden[:, 1]).abs() + (hidden[:, 2] - hidden[:, 3]).abs()
    apart = (hidden[:, 0] - hidden[:, 2]).abs()
    assert (alike >= 0.999 * apart).all()


# What is said of answers that are wrong in other ways than the known ones


def said(number: str, answer) -> str:
    report = run_check(get(number), answer)
    assert report.status == "failed"
    return report.text()


def test_a_fit_on_a_grid_is_called_nearly_right():
    def on_a_grid(x, knees):
        h, t = 2 / (knees + 1), torch.linspace(-1, 1, 50)
        middle = -1 + (((x + 1) / h).floor().clamp(0, knees) + 0.5) * h
        return middle**2 + 2 * middle * (x - middle) + (h / 2) ** 2 * t.square().mean()

    assert "fit on a grid" in said("4.4", on_a_grid)


def test_pieces_without_their_right_end_are_named():
    def half_open(x, knees):
        edges = torch.linspace(-1, 1, knees + 2)
        inside = (x[:, None] >= edges[:-1]) & (x[:, None] < edges[1:])
        middle, h = (edges[1:] + edges[:-1]) / 2, 2 / (knees + 1)
        return (inside * (middle**2 + 2 * middle * (x[:, None] - middle) + h**2 / 12)).sum(dim=1)

    assert "the last piece must have its right end" in said("4.4", half_open)


def test_a_wrong_border_is_not_blamed_on_the_slope():
    def layer(h, E, pairs, slope):
        z = h @ E.T - 0.5
        both, either = pairs.T
        total = z[:, both] + z[:, either]
        z[:, both], z[:, either] = total - 0.2, total + 0.5
        return (0.5 + slope * z).clamp(0, 1) @ E

    assert "`slope` 0" not in said("4.11", layer)


def test_a_fitted_probe_and_lines_that_never_lie_outside_are_named():
    def probe(h, y, directions):
        X = torch.cat([h, torch.ones(len(h), 1)], dim=1)
        w = torch.linalg.lstsq(X, y.float()[:, None], driver="gelsd").solution[:, 0]
        return ((X @ w > 0.5) == y).float().mean().item()

    def between(h, y, directions):
        best = 0.0
        for place in (h @ directions.T).T:
            places = place.sort().values
            for cut in (places[1:] + places[:-1]) / 2:
                right = ((place > cut) == y).float().mean().item()
                best = max(best, right, 1 - right)
        return best

    def a_few(h, y, directions):
        place = h @ directions.T
        right = torch.stack([((place > cut) == y[:, None]).float().mean(dim=0) for cut in torch.linspace(-1, 1, 3)])
        return torch.maximum(right, 1 - right).max().item()

    assert "least squares" in said("4.12", probe)
    assert "outside all" in said("4.12", between)
    assert "there are better ones" in said("4.12", a_few)


def test_pairs_trained_in_sparse_data_do_not_pass():
    *worlds, numbers = variants.made(spared=0.25)
    assert "where partners come together" in said("4.3", (*worlds, numbers)).lower()
