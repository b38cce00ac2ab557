"""The figures about dictionaries: what is drawn where, that they stay small, that the film moves without a kernel."""

import json

import numpy as np
import pytest
import torch

from course_utils import plots

KINDS = ("relu", "topk")


def directions(logs: int = 101) -> tuple[torch.Tensor, torch.Tensor]:
    """W [2, 5], a pentagon, and rows [log, 5, 2] that turn from 40° off to it, growing meanwhile."""
    angle = 2 * torch.pi * torch.arange(5) / 5
    turned = angle + torch.linspace(0.7, 0, logs)[:, None]
    rows = torch.stack([turned.cos(), turned.sin()], dim=-1) * torch.linspace(1, 3, logs)[:, None, None]
    return torch.stack([angle.cos(), angle.sin()]), rows


def film(logs: int = 101):
    W, rows = directions(logs)
    return plots.finding_features(W, rows, 10 * torch.arange(logs), torch.linspace(0.7, 1, logs))


def per_kind(*values: float) -> dict[str, list[float]]:
    return {kind: [v + 0.01 * k for v in values] for k, kind in enumerate(KINDS)}


FIGURES = {
    "histograms": lambda: plots.cosine_histograms(
        [torch.rand(64), torch.ones(64)], [torch.rand(90), torch.ones(9)], ["A", "B"], 0.5
    ),
    "lines": lambda: plots.lines([1, 10, 100], {"a": [0, 0.5, 1], "b": [1, 1, 1]}, x_title="steps", y_title="share"),
    "names": lambda: plots.lines(["few", "many"], {"a": [0.5, 1], "b": [1, 1]}, x_title="features", y_title="share"),
    "frontier": lambda: plots.frontier(per_kind(3.0, 1.0), per_kind(0.9, 0.5), per_kind(0.8, 0.7), true_l0=2.0),
    "strengths": lambda: plots.strengths([torch.rand(300)] * 3, [torch.rand(300)] * 3, ["a", "b", "c"], offset=0.2),
    "film": film,
}


@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES.keys())
class TestEveryFigure:
    def test_it_is_small_in_a_notebook(self, draw):
        assert len(json.dumps(json.loads(draw().to_json()), indent=1)) < 80_000

    def test_its_axes_are_named_and_its_letters_large_enough(self, draw):
        figure = draw()
        layout = figure.to_plotly_json()["layout"]
        for letter in "xy":
            axes = [axis for key, axis in layout.items() if key.startswith(f"{letter}axis")]
            assert any(axis.get("title", {}).get("text") for axis in axes)
        sizes = [note.font.size for note in figure.layout.annotations if note.font.size]
        assert min(sizes, default=12) >= 12


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
    figure = FIGURES["frontier"]()
    assert all(list(trace.x) == sorted(trace.x) for trace in figure.data)
    assert [(trace.name, trace.showlegend) for trace in figure.data] == [
        ("relu", True), ("relu", False), ("topk", True), ("topk", False),
    ]  # fmt: skip
    assert figure.data[0].line.color == figure.data[1].line.color != figure.data[2].line.color
    np.testing.assert_allclose(figure.data[0].y, [0.5, 0.9], atol=1e-3)


def test_chance_lies_in_the_panel_of_the_truth_only():
    figure = plots.frontier(per_kind(3.0, 1.0), per_kind(0.9, 0.5), per_kind(0.8, 0.7), true_l0=2.0, chance=0.5)
    level = [(shape.y0, shape.xref, shape.line.dash) for shape in figure.layout.shapes if shape.y0 == shape.y1]
    assert level == [(0.5, "x2 domain", "dot")]
    assert not any(shape.y0 == shape.y1 for shape in FIGURES["frontier"]().layout.shapes)


def test_numbers_are_joined_and_names_are_not():
    names, joined = FIGURES["names"](), FIGURES["lines"]()
    assert [trace.mode for trace in (*names.data, *joined.data)] == ["markers"] * 2 + ["lines+markers"] * 2
    assert list(names.layout.xaxis.ticktext) == ["few", "many"] and list(names.layout.xaxis.tickvals) == [0, 1]


def test_the_dashed_line_is_the_truth_less_the_offset():
    figure = plots.strengths([torch.tensor([1.0])], [torch.tensor([0.8])], ["relu"], offset=0.2)
    truth, below, points = figure.data
    np.testing.assert_allclose(truth.x, truth.y)
    np.testing.assert_allclose(np.subtract(truth.y, below.y), 0.2, atol=1e-3)
    assert (points.x[0], points.y[0]) == pytest.approx((1.0, 0.8))


def test_the_film_ends_on_the_features_and_every_frame_differs():
    figure, (W, _) = film(), directions()
    assert (figure.frames[0].name, figure.frames[-1].name) == ("0", "1000")
    tips = [[arrow.x[1], arrow.y[1]] for arrow in figure.frames[-1].data[:-1]]
    np.testing.assert_allclose(tips, W.T, atol=1e-3)
    shapes = {json.dumps(frame.to_plotly_json()["data"]) for frame in figure.frames}
    assert len(shapes) == len(figure.frames) == plots.dictionaries.N_FRAMES


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
    W, rows = directions(3)
    with pytest.raises(ValueError, match="2, feature"):
        plots.finding_features(torch.zeros(3, 5), rows, torch.arange(3), torch.ones(3))
    with pytest.raises(ValueError, match="don't fit"):
        plots.finding_features(W, rows, torch.arange(4), torch.ones(3))
    with pytest.raises(ValueError, match="names"):
        plots.cosine_histograms([torch.ones(3)], [], ["a"])
    with pytest.raises(ValueError, match="points"):
        plots.lines([1, 2], {"a": [1]}, x_title="x", y_title="y")
    with pytest.raises(ValueError, match="names"):
        plots.strengths([torch.ones(3)], [torch.ones(3)], [], offset=0.0)
