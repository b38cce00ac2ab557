"""What chapter 01 draws: WᵀW, norms, losses and the phase diagram."""

import json

import numpy as np
import pytest
import torch

from course_utils import plots
from tests.plots.shapes import DENSITIES, TITLES, data, models


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

    def test_the_scale_reaches_the_largest_superposition_of_a_kept_feature(self):
        W = torch.ones(3, 2, 4)
        W[:, :, 3] = 0.1  # dropped: its superposition may be anything
        superposition = torch.tensor([[0.1, 0.2, 0.3, 9.0], [0.9, 1.4, 1.2, 9.0], [2.2, 2.1, 2.0, 9.0]])
        figure = plots.norms_and_superposition(W, superposition, torch.tensor(DENSITIES))
        assert figure.layout.coloraxis.cmax == pytest.approx(2.2)

    def test_other_shapes_are_refused(self):
        with pytest.raises(ValueError, match="3 densities"):
            plots.norms_and_superposition(models(), torch.zeros(3, 5), torch.ones(2))


class TestWeights:
    def test_neurons_go_down_and_features_across(self):
        W = torch.randn(3, 4, 6, generator=torch.Generator().manual_seed(2))
        figure = plots.weights(W, TITLES)
        np.testing.assert_allclose(data([m.z for m in figure.data]), W.numpy(), atol=1e-3)
        assert figure.layout.yaxis.title.text == "neuron" and figure.layout.xaxis.title.text == "feature"
        assert figure.layout.coloraxis.cmin == -figure.layout.coloraxis.cmax

    def test_every_panel_has_a_title(self):
        with pytest.raises(ValueError, match="3 instances need 3 titles"):
            plots.weights(torch.zeros(3, 2, 2), TITLES[:2])


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
        with pytest.raises(ValueError, match="2 points and 1 names"):
            plots.loss_curves([1, 2], [[1.0, 1.0], [1.0, 1.0]], ["one"])
