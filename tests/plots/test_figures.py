"""Every figure: what is drawn where, that it says what its axes are, that it stays small and the same."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import plots

DENSITIES = [1.0, 0.1, 0.03]
TITLES = [f"1−S = {d:g}" for d in DENSITIES]
IMPORTANCE = 0.9 ** torch.arange(5)


def pentagon() -> torch.Tensor:
    """[2, feature]: five unit arrows, 72° apart."""
    angle = 2 * torch.pi * torch.arange(5) / 5
    return torch.stack([angle.cos(), angle.sin()])


def models(hidden: int = 2, features: int = 5) -> torch.Tensor:
    """[instance hidden feature]"""
    return torch.randn(3, hidden, features, generator=torch.Generator().manual_seed(0))


GRID = torch.tensor([[0, 1, 2], [1, 1, -1]])
FIGURES = {
    "arrows": lambda: plots.arrows_2d(models(), TITLES, IMPORTANCE),
    "projections": lambda: plots.projections(pentagon(), pentagon()[:, 0], list("abcde")),
    "rotation": lambda: plots.rotation(pentagon(), -pentagon()),
    "gram": lambda: plots.gram(models(5, 20), torch.zeros(3, 20), TITLES),
    "norms": lambda: plots.norms_and_superposition(models(20, 80), torch.ones(3, 80), DENSITIES),
    "phases": lambda: plots.phase_diagram(GRID, GRID.abs(), [1, 0.1, 0.01], [0.5, 2], ["first", "second", "both"]),
    "loss": lambda: plots.loss_curves(torch.arange(0, 50, 5), torch.ones(10, 3), TITLES),
    "heat_map": lambda: plots.heat_map(torch.eye(2), rows=["a", "b"], columns=["c", "d"], x_title="x", y_title="y"),
    "bars": lambda: plots.bars(torch.tensor([1.0, -1.0]), ["a", "b"], x_title="token", y_title="logit"),
}


def data(values) -> np.ndarray:
    return np.asarray(values, dtype=float)


@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES.keys())
class TestEveryFigure:
    def test_the_same_arguments_give_the_same_json(self, draw):
        assert draw().to_json() == draw().to_json()

    def test_it_is_small_in_a_notebook_with_its_one_number_per_line(self, draw):
        assert len(json.dumps(json.loads(draw().to_json()), indent=1)) < 60_000

    def test_it_is_transparent_and_every_letter_has_12_pixels(self, draw):
        figure = draw()
        page = figure.layout.template.layout
        assert page.paper_bgcolor == page.plot_bgcolor == "rgba(0,0,0,0)"
        sizes = [page.font.size, *(note.font.size for note in figure.layout.annotations)]
        assert min(size for size in sizes if size) >= 12

    def test_its_axes_are_named(self, draw):
        layout = draw().to_plotly_json()["layout"]
        for letter in "xy":
            axes = [axis for key, axis in layout.items() if key.startswith(f"{letter}axis")]
            assert any(axis.get("title", {}).get("text") for axis in axes)


class TestHeatMap:
    @pytest.mark.parametrize(
        ("values", "scale"),
        [([[0.2, 0.3]], (0, 0.3)), ([[-0.2, -0.3]], (-0.3, 0)), ([[-0.1, 0.3]], (-0.3, 0.3))],
    )
    def test_its_scale_has_zero_at_an_end_or_in_the_middle(self, values, scale):
        axis = plots.heat_map(torch.tensor(values), rows=["a"], columns=["b", "c"]).layout.coloraxis
        assert (axis.cmin, axis.cmax) == pytest.approx(scale)

    def test_few_rows_leave_the_colour_bar_its_height(self):
        height = [plots.heat_map(torch.ones(n, 2), rows=["r"] * n, columns=["a", "b"]).layout.height for n in (1, 2, 8)]
        assert height[0] == height[1] >= 230 and height[2] > height[1]


class TestArrows:
    def test_each_feature_is_a_line_from_the_origin_to_its_column(self):
        W = pentagon()[None]
        figure = plots.arrows_2d(W, ["pentagon"])
        assert [(trace.x[0], trace.y[0]) for trace in figure.data] == [(0, 0)] * 5
        tips = data([[trace.x[1], trace.y[1]] for trace in figure.data])
        np.testing.assert_allclose(tips, W[0].T.numpy(), atol=1e-3)

    def test_one_panel_per_model_with_equal_units(self):
        figure = plots.arrows_2d(models(), TITLES)
        assert [note.text for note in figure.layout.annotations] == TITLES
        for x, y in [("x", "yaxis"), ("x2", "yaxis2"), ("x3", "yaxis3")]:
            assert figure.layout[y].scaleanchor == x
            assert figure.layout[y].range == figure.layout[y.replace("y", "x", 1)].range
            assert figure.layout[y].range[0] == -figure.layout[y].range[1]

    def test_colour_is_importance_and_the_mouse_reads_number_and_norm(self):
        figure = plots.arrows_2d(pentagon()[None], ["pentagon"], IMPORTANCE)
        arrows = [trace for trace in figure.data if "lines" in trace.mode]
        assert len({arrow.line.color for arrow in arrows}) == 5
        assert "feature 3" in arrows[3].hovertemplate
        assert "0.729" in arrows[3].hovertemplate
        assert "= 1.00" in arrows[3].hovertemplate
        assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == pytest.approx((0.6561, 1), abs=1e-3)

    def test_equal_importance_needs_no_colour_scale(self):
        assert plots.arrows_2d(pentagon()[None], ["pentagon"]).layout.coloraxis.colorbar.title.text is None

    def test_a_dropped_feature_has_no_head(self):
        W = pentagon()[None].clone()
        W[0, :, 2] = 0
        assert plots.arrows_2d(W, ["one dropped"]).data[2].marker.size == (0, 0)

    @pytest.mark.parametrize(
        ("W", "titles", "says"),
        [
            (torch.zeros(1, 3, 5), ["a"], r"\[instance, 2, feature\]"),
            (torch.zeros(2, 2, 5), ["a"], "2 titles, got 1"),
        ],
    )
    def test_it_refuses_what_it_cannot_draw(self, W, titles, says):
        with pytest.raises(ValueError, match=says):
            plots.arrows_2d(W, titles)

    @settings(deadline=None, max_examples=20)
    @given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=1, max_size=8))
    def test_no_arrow_leaves_its_panel(self, tips):
        W = np.array(tips).T[None]
        figure = plots.arrows_2d(W, ["any"])
        assert np.abs(W).max() < figure.layout.xaxis.range[1]


class TestProjections:
    def test_the_foot_is_where_the_dot_product_with_the_unit_reader_says(self):
        figure = plots.projections([[0.4], [0.9]], onto=[2.0, 0.0], names=["x"], reader="w")
        dotted = next(trace for trace in figure.data if trace.line.dash == "dot")
        assert (dotted.x, dotted.y) == ((pytest.approx(0.4), pytest.approx(0.4)), (pytest.approx(0.9), 0))
        assert "x · w = +0.40" in [trace.name for trace in figure.data]

    def test_a_reader_without_direction_is_refused(self):
        with pytest.raises(ValueError, match="length 0"):
            plots.projections([[1.0], [0.0]], onto=[0.0, 0.0], names=["x"])


def test_a_rotation_moves_the_arrows_and_leaves_the_heat_map():
    turn = torch.tensor([[0.6, -0.8], [0.8, 0.6]])
    figure = plots.rotation(pentagon(), turn @ pentagon())
    before, after = (trace.z for trace in figure.data if trace.type == "heatmap")
    np.testing.assert_allclose(before, after, atol=2e-3)
    assert figure.data[0].x != figure.data[5].x


class TestGram:
    def test_it_shows_the_products_of_all_pairs_and_the_bias_beside_them(self):
        W, b = models(), torch.randn(3, 5, generator=torch.Generator().manual_seed(1))
        figure = plots.gram(W, b, TITLES)
        matrices, biases = figure.data[0::2], figure.data[1::2]
        np.testing.assert_allclose(data([m.z for m in matrices]), (W.mT @ W).numpy(), atol=1e-3)
        np.testing.assert_allclose(data([c.z for c in biases])[..., 0], b.numpy(), atol=1e-3)
        assert min(biases[0].x) > 4.5
        assert figure.layout.xaxis.ticktext[-1] == "b"

    def test_all_panels_share_one_scale_that_is_symmetric(self):
        figure = plots.gram(models(), -7 * torch.ones(3, 5), TITLES)
        assert {trace.coloraxis for trace in figure.data} == {"coloraxis"}
        assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (-7, 7)

    def test_a_bias_of_another_shape_is_refused(self):
        with pytest.raises(ValueError, match=r"needs b \[3, 5\]"):
            plots.gram(models(), torch.zeros(3, 4), TITLES)

    def test_seven_models_of_80_features_fit_a_notebook(self):
        figure = plots.gram(torch.randn(7, 20, 80), torch.randn(7, 80), list("abcdefg"))
        if "bdata" not in figure.to_json():
            pytest.skip("Plotly before version 6 writes numbers one by one; notebooks are built with a later one")
        assert len(json.dumps(json.loads(figure.to_json()), indent=1)) < 350_000


class TestNorms:
    def test_bars_are_norms_and_colours_the_superposition_that_was_passed(self):
        W, superposition = models(5, 20), torch.rand(3, 20)
        figure = plots.norms_and_superposition(W, superposition, torch.tensor(DENSITIES)[:, None])
        np.testing.assert_allclose(data([bar.y for bar in figure.data]), W.norm(dim=1).numpy(), atol=1e-3)
        np.testing.assert_allclose(data([bar.marker.color for bar in figure.data]), superposition.numpy(), atol=1e-3)
        assert [note.text for note in figure.layout.annotations] == TITLES
        assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (0, 1)

    def test_other_shapes_are_refused(self):
        with pytest.raises(ValueError, match="3 densities"):
            plots.norms_and_superposition(models(), torch.zeros(3, 5), torch.ones(2))


class TestPhases:
    trained = torch.tensor([[0, 1, 2], [1, 1, -1]])
    theory = torch.tensor([[0, 1, 1], [1, 1, 2]])
    labels = ("first", "second", "both")

    def figure(self, **changes):
        arguments = {"densities": [1, 0.1, 0.01], "importances": [0.5, 2], "labels": self.labels} | changes
        return plots.phase_diagram(self.trained, self.theory, **arguments)

    def test_trained_stands_left_of_theory_and_no_solution_is_a_hole(self):
        left, right = (trace for trace in self.figure().data if trace.type == "heatmap")
        np.testing.assert_array_equal(data(left.z), [[0, 1, 2], [1, 1, np.nan]])
        np.testing.assert_array_equal(data(right.z), self.theory)

    def test_a_cross_marks_every_cell_that_differs(self):
        cross = next(trace for trace in self.figure().data if trace.name == "differs from theory")
        assert sorted(zip(cross.x, cross.y, strict=True)) == [(0.01, 0.5), (0.01, 2)]

    def test_the_legend_names_every_solution_in_its_colour(self):
        figure = self.figure()
        named = {trace.name: trace.marker.color for trace in figure.data if trace.name in self.labels}
        assert list(named) == list(self.labels)
        scale = dict.fromkeys(colour for _, colour in figure.data[0].colorscale)
        assert list(scale) == list(named.values())

    def test_both_axes_are_logarithmic_and_sparser_is_right(self):
        layout = self.figure().layout
        assert layout.xaxis.type == layout.yaxis.type == "log"
        assert layout.xaxis.autorange == "reversed"

    @pytest.mark.parametrize(
        ("changes", "says"), [({"importances": [1]}, r"\[1, 3\]"), ({"labels": ("first", "second")}, "last label, 1")]
    )
    def test_what_does_not_belong_together_is_refused(self, changes, says):
        with pytest.raises(ValueError, match=says):
            self.figure(**changes)


class TestLossCurves:
    def test_step_0_is_left_out_of_the_logarithmic_axis(self):
        figure = plots.loss_curves([0, 1, 10], [[3.0], [2.0], [1.0]], ["one"])
        assert list(figure.data[0].x) == [1, 10]
        assert list(figure.data[0].y) == [2, 1]
        assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"

    def test_a_name_too_few_is_refused(self):
        with pytest.raises(ValueError, match="2 steps and 1 names"):
            plots.loss_curves([1, 2], [[1.0, 1.0], [1.0, 1.0]], ["one"])


def test_repeated_tokens_keep_their_own_bars():
    figure = plots.bars([1.0, 2.0], [" the", " the"])
    assert list(figure.data[0].y) == [1, 2]
    assert figure.layout.xaxis.ticktext == (" the", " the")
