"""What chapter 09 draws: how a dictionary compares with the features, and a film that moves without a kernel."""

import json

import numpy as np
import pytest
import torch

from course_utils import plots
from tests.plots.shapes import pentagon, per_kind, turning


def film():
    return plots.finding_features(pentagon(), turning(), 10 * torch.arange(101), torch.linspace(0.7, 1, 101))


def frontier():
    return plots.frontier(per_kind(3.0, 1.0), per_kind(0.9, 0.5), per_kind(0.8, 0.7), true_l0=2.0)


def test_features_above_latents_below_with_the_mean_and_chance():
    above, below = torch.tensor([1.0, 1.0, 0.5]), torch.tensor([0.2])
    figure = plots.cosine_histograms([above], [below], ["only"], chance=0.4)
    assert [int(sum(bar.y)) for bar in figure.data] == [3, 1]
    dashes = [(shape.line.dash, shape.x0) for shape in figure.layout.shapes]
    assert dashes == [("dash", pytest.approx(0.833)), ("dot", 0.4), ("dash", pytest.approx(0.2)), ("dot", 0.4)]


def test_a_cosine_just_above_one_is_counted():
    figure = plots.cosine_histograms([torch.tensor([1.0000001])], [torch.tensor([-0.1])], ["only"])
    assert [int(sum(bar.y)) for bar in figure.data] == [1, 1]


def test_the_frontier_is_drawn_in_order_of_l0_with_one_colour_per_architecture():
    figure = frontier()
    assert all(list(trace.x) == sorted(trace.x) for trace in figure.data)
    assert [(trace.name, trace.showlegend) for trace in figure.data] == [
        ("relu", True), ("relu", False), ("topk", True), ("topk", False),
    ]  # fmt: skip
    assert figure.data[0].line.color == figure.data[1].line.color != figure.data[2].line.color
    np.testing.assert_allclose(figure.data[0].y, [0.5, 0.9], atol=1e-3)


def test_the_true_number_of_features_stands_in_both_panels_of_the_frontier():
    upright = [(shape.x0, shape.xref, shape.line.dash) for shape in frontier().layout.shapes if shape.x0 == shape.x1]
    assert upright == [(2.0, "x", "dot"), (2.0, "x2", "dot")]


def test_all_of_none_found_fits_into_the_frontier():
    low, high = frontier().layout.yaxis2.range
    assert low < 0 and high > 1


def test_the_dashed_line_is_the_truth_less_the_offset():
    figure = plots.strengths([torch.tensor([1.0])], [torch.tensor([0.8])], ["relu"], offset=0.2)
    truth, below, points = figure.data
    np.testing.assert_allclose(truth.x, truth.y)
    np.testing.assert_allclose(np.subtract(truth.y, below.y), 0.2, atol=1e-3)
    assert (points.x[0], points.y[0]) == pytest.approx((1.0, 0.8))


def test_the_film_ends_on_the_features_and_every_frame_differs():
    figure = film()
    assert (figure.frames[0].name, figure.frames[-1].name) == ("0", "1000")
    tips = [[arrow.x[1], arrow.y[1]] for arrow in figure.frames[-1].data[:-1]]
    np.testing.assert_allclose(tips, pentagon().T, atol=1e-3)
    shapes = {json.dumps(frame.to_plotly_json()["data"]) for frame in figure.frames}
    assert len(shapes) == len(figure.frames) == plots.animation.N_FRAMES


def test_the_film_draws_directions_however_long_the_rows_are():
    for frame in film().frames:
        lengths = [np.hypot(arrow.x[1], arrow.y[1]) for arrow in frame.data[:-1]]
        np.testing.assert_allclose(lengths, 1, atol=2e-3)


def test_the_slider_and_the_button_name_frames_that_exist():
    figure = film()
    names = {frame.name for frame in figure.frames}
    assert {step.args[0][0] for step in figure.layout.sliders[0].steps} == names
    assert figure.layout.updatemenus[0].buttons[0].method == "animate"


def test_what_does_not_fit_is_refused():
    W, rows = pentagon(), turning(3)
    with pytest.raises(ValueError, match="2, feature"):
        plots.finding_features(torch.zeros(3, 5), rows, torch.arange(3), torch.ones(3))
    with pytest.raises(ValueError, match="don't fit"):
        plots.finding_features(W, rows, torch.arange(4), torch.ones(3))
    with pytest.raises(ValueError, match="names"):
        plots.cosine_histograms([torch.ones(3)], [], ["a"])
    with pytest.raises(ValueError, match="names"):
        plots.strengths([torch.ones(3)], [torch.ones(3)], [], offset=0.0)
