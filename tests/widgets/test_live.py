"""The live figure: a slider's value reaches the training, its result the picture; what stands where no slider runs."""

import sys
from types import SimpleNamespace

import pytest
import torch

from course_utils.widgets import canvas, live_training

MIME = "application/vnd.plotly.v1+json"


class Trainer:
    """Stands in for `toy.train`: notes how it was called and returns features of length `density`."""

    def __init__(self):
        self.calls = []

    def __call__(self, n_features, n_hidden, *, importance, density, n_instances, **options):
        self.calls.append({"n_features": n_features, "importance": importance, "density": density})
        W = torch.zeros(n_instances, n_hidden, n_features)
        W[:, 0] = density
        loss = torch.full((10, n_instances), 0.5)
        loss[:, 3] = 0.25  # the best of the models …
        W[3, 0] = 1.0  # … represents everything
        return SimpleNamespace(W=W, loss=loss, steps=torch.arange(10))


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, in a place where widgets run."""
    displayed = []
    monkeypatch.setattr("course_utils.widgets.retrained.widgets_run", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda item, **how: displayed.append(item))
    return displayed


def title(live) -> str:
    return live.figure.layout.title.text


class TestSliders:
    @pytest.mark.parametrize(
        ("setting", "value"), [("density", 0.3), ("density", 1.0), ("n_features", 7), ("decay", 0.7)]
    )
    def test_a_released_slider_trains_with_its_value(self, shown, setting, value):
        live = live_training(train=(trainer := Trainer()))
        live._ipython_display_()
        live.sliders[setting].value = value
        last = trainer.calls[-1]
        settings = {"density": 0.03, "decay": 0.9, "n_features": 5} | {setting: value}
        assert len(trainer.calls) == 2
        assert last["density"] == settings["density"]
        assert last["n_features"] == settings["n_features"]
        torch.testing.assert_close(last["importance"], settings["decay"] ** torch.arange(settings["n_features"]))

    def test_they_wait_for_the_release(self, shown):
        live = live_training(train=Trainer())
        live._ipython_display_()
        assert not any(slider.continuous_update for slider in live.sliders.values())

    def test_the_new_picture_is_drawn_and_says_what_it_shows(self, shown):
        live = live_training(train=Trainer())
        live._ipython_display_()
        drawn = len(shown)
        live.sliders["n_features"].value = 8
        assert len(shown) == drawn + 1
        assert title(live) == "1−S = 0.03: 8 of 8 features represented, loss 0.25"
        assert [trace.mode for trace in live.figure.data].count("lines+markers") == 8

    def test_a_density_of_ones_own_is_on_the_slider(self, shown):
        live = live_training(density=0.04, train=Trainer())
        live._ipython_display_()
        assert live.sliders["density"].value == 0.04
        assert live.sliders["density"].label == "0.04"

    def test_the_status_says_busy_while_training_and_done_after(self, shown):
        live = live_training(train=Trainer())
        live._ipython_display_()
        heard = []
        live.status.observe(lambda change: heard.append(change["new"]), names="value")
        live.sliders["decay"].value = 0.5
        assert [said.split(" in ")[0] for said in heard] == ["⏳ Training 8 models …", "Trained 8 models"]


class TestErrors:
    def test_an_error_is_shown_in_the_picture_and_the_next_release_tries_again(self, shown):
        trainer, broken = Trainer(), [False]

        def train(*args, **options):
            if broken[0]:
                raise RuntimeError("no <memory>")
            return trainer(*args, **options)

        live = live_training(train=train)
        live._ipython_display_()
        broken[0] = True
        live.sliders["decay"].value = 0.5
        assert live.figure.layout.annotations[0].text == "<b>RuntimeError</b><br>no &lt;memory&gt;"
        assert "error" in live.status.value
        broken[0] = False
        live.sliders["decay"].value = 0.6
        assert "features represented" in title(live)

    def test_an_interrupt_keeps_the_picture(self, shown):
        def interrupted(*args, **options):
            raise KeyboardInterrupt

        live = live_training(train=Trainer())
        live._ipython_display_()
        before = live.figure
        live._picture = interrupted
        live.sliders["decay"].value = 0.5
        assert live.figure is before
        assert "Interrupted" in live.status.value

    @pytest.mark.parametrize("wrong", [{"n_features": 1}, {"density": 0.0}, {"decay": 1.5}])
    def test_arguments_out_of_range_are_refused(self, wrong):
        with pytest.raises(ValueError, match="2 to 12 features"):
            live_training(**wrong, train=Trainer())


class TestWithoutWidgets:
    def test_plain_python_shows_the_figure_alone(self, monkeypatch):
        displayed = []
        monkeypatch.setattr("IPython.display.display", lambda item, **how: displayed.append(item))
        monkeypatch.setattr("plotly.io.renderers.default", "plotly_mimetype")
        live = live_training(train=Trainer())
        live._ipython_display_()
        assert [list(bundle) for bundle in displayed] == [[MIME]]
        assert live.sliders == {}

    def test_no_ipywidgets_no_widgets(self, monkeypatch):
        monkeypatch.delenv("COURSE_STRICT", raising=False)
        monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
        monkeypatch.setattr(canvas, "in_kernel", lambda: True)
        assert canvas.widgets_run()
        monkeypatch.setattr(canvas, "find_spec", lambda name: None)
        assert not canvas.widgets_run()

    def test_where_input_cannot_ask_nobody_is_there_but_in_colab(self, monkeypatch):
        for variable in ("COURSE_STRICT", "NBGRADER_EXECUTION"):
            monkeypatch.delenv(variable, raising=False)
        monkeypatch.setattr(canvas, "in_kernel", lambda: True)
        kernel = SimpleNamespace(_allow_stdin=False)  # as nbconvert and papermill start a cell
        monkeypatch.setattr("IPython.get_ipython", lambda: SimpleNamespace(kernel=kernel))
        assert not canvas.widgets_run()
        kernel._allow_stdin = True
        assert canvas.widgets_run()
        kernel._allow_stdin = False
        monkeypatch.setitem(sys.modules, "google.colab", SimpleNamespace())
        assert canvas.widgets_run()

    def test_ipywidgets_is_not_imported_for_a_plain_figure(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "ipywidgets", None)  # importing it now raises
        assert "5 of 5" in title(live_training(train=Trainer()))

    @pytest.mark.parametrize("variable", ["COURSE_STRICT", "NBGRADER_EXECUTION"])
    def test_a_build_is_nobody_at_the_sliders(self, monkeypatch, variable):
        monkeypatch.setattr(canvas, "in_kernel", lambda: True)
        monkeypatch.setenv(variable, "1")
        assert not canvas.widgets_run()


def test_the_real_training_draws_a_pentagon():
    live = live_training()
    assert "5 of 5 features represented" in title(live)
