"""The live polytopes: what a slider says reaches the training, and the best model is drawn."""

import pytest
import torch

from course_utils.toy import ToyResult
from course_utils.widgets import live_polytopes


class Trainer:
    """Stands in for `toy.train`: notes how it was called; model 3 alone represents everything."""

    def __init__(self):
        self.calls = []

    def __call__(self, n_features, n_hidden, *, density, data, n_instances, **options):
        self.calls.append({"n_features": n_features, "density": density, "data": data})
        W = torch.zeros(n_instances, n_hidden, n_features)
        W[3, :3, :3] = torch.eye(3)
        each = density.expand(n_instances, n_features)
        b = torch.zeros(n_instances, n_features)
        return ToyResult(W, b, torch.ones(2, n_instances), torch.arange(2), torch.ones_like(each), each)


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, in a place where widgets run."""
    displayed = []
    monkeypatch.setattr("course_utils.widgets.retrained.widgets_run", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda item, **how: displayed.append(item))
    return displayed


def test_a_plain_figure_where_no_widgets_run():
    live = live_polytopes(train=Trainer())
    assert live.figure.layout.annotations[0].text.startswith("3 × alone; 3 of 6 features kept")


def test_pairs_that_exclude_each_other_are_three_digons():
    said = live_polytopes(together=-1.0).figure.layout.annotations[0].text
    assert said.startswith("3 × digon; 6 of 6 features kept")


@pytest.mark.parametrize(
    ("setting", "value"), [("density", 0.3), ("ratio", 0.1), ("together", -1.0), ("n_features", 8)]
)
def test_a_released_slider_trains_with_its_value(shown, setting, value):
    live = live_polytopes(train=(trainer := Trainer()))
    live._ipython_display_()
    live.sliders[setting].value = value
    last = trainer.calls[-1]
    said = {"density": 0.05, "ratio": 1.0, "together": 0.0, "n_features": 6} | {setting: value}
    assert len(trainer.calls) == 2
    assert last["n_features"] == said["n_features"]
    assert last["density"][1].item() == pytest.approx(said["density"])
    assert last["density"][0].item() == pytest.approx(said["density"] * said["ratio"])
    assert last["data"] == "independent" if said["together"] == 0 else last["data"].together == said["together"]


def test_an_impossible_density_is_said_in_the_picture(shown):
    live = live_polytopes(together=-1.0)
    live._ipython_display_()
    live.sliders["density"].value = 0.7
    assert "ValueError" in live.figure.layout.annotations[0].text
    live.sliders["density"].value = 0.3
    assert "features" in live.figure.layout.annotations[0].text


@pytest.mark.parametrize("bad", [{"n_features": 5}, {"density": 0.0}, {"ratio": 2.0}, {"together": 1.5}])
def test_arguments_out_of_range_are_refused(bad):
    with pytest.raises(ValueError, match="live_polytopes takes"):
        live_polytopes(**bad)
