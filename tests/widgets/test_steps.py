"""Walking through a training: frames, slider, the place on the loss curve."""

import json

import numpy as np
import pytest
import torch

from course_utils.toy import ToyResult
from course_utils.widgets import training_steps


def result(logs: int = 101, features: int = 5, hidden: int = 2, keep_history: bool = True) -> ToyResult:
    """A training in which every weight grows from 0 to its place, and the loss falls as it does."""
    done = torch.linspace(0, 1, logs)
    W = torch.randn(3, hidden, features, generator=torch.Generator().manual_seed(0))
    ones = torch.ones(3, features)
    return ToyResult(
        W=W,
        b=0 * ones,
        loss=(1.1 - done)[:, None].expand(logs, 3),
        steps=torch.arange(logs) * 100,
        importance=ones * 0.9 ** torch.arange(features),
        density=ones * 0.03,
        history=done[:, None, None, None] * W if keep_history else None,
    )


def moving(figure, frame) -> list[dict]:
    return [trace.to_plotly_json() for trace in frame.data]


def test_the_first_frame_is_the_start_and_the_last_the_result():
    run = result()
    figure = training_steps(run, instance=1)
    first, last = figure.frames[0], figure.frames[-1]
    assert (first.name, last.name) == ("0", "10000")
    tips = [[arrow["x"][1], arrow["y"][1]] for arrow in moving(figure, last)[:-1]]
    np.testing.assert_allclose(tips, run.W[1].T, atol=1e-3)
    assert all(arrow["x"] == (0, 0) or list(arrow["x"]) == [0, 0] for arrow in moving(figure, first)[:-1])


def test_every_frame_moves_the_arrows_and_the_place_on_the_loss_curve():
    run = result()
    figure = training_steps(run)
    for frame in figure.frames:
        kinds = [figure.data[k].mode for k in frame.traces]
        assert kinds == ["lines+markers"] * 5 + ["markers"]
        place = moving(figure, frame)[-1]
        log = int(frame.name) // 100
        assert place["y"][0] == pytest.approx(float(run.loss[log, 0]), rel=1e-3)
        assert place["x"][0] == max(int(frame.name), 1)


def test_the_slider_reaches_every_frame_and_stands_at_the_end():
    figure = training_steps(result())
    (slider,) = figure.layout.sliders
    assert [step.args[0][0] for step in slider.steps] == [frame.name for frame in figure.frames]
    assert slider.active == len(figure.frames) - 1
    assert len(figure.layout.updatemenus[0].buttons) == 2


def test_the_panel_has_room_for_the_longest_arrow_of_the_whole_training():
    run = result()
    figure = training_steps(run._replace(history=5 * run.history))
    assert figure.layout.xaxis.range[1] > 5 * run.W[0].abs().max()


def test_a_long_training_stays_small():
    figure = training_steps(result(logs=1001, features=12))
    assert len(figure.frames) <= 40
    assert len(json.dumps(json.loads(figure.to_json()), indent=1)) < 200_000


def test_a_training_of_one_log_point_is_one_frame():
    assert len(training_steps(result(logs=1)).frames) == 1


def test_without_history_it_says_how_to_keep_one():
    with pytest.raises(ValueError, match="keep_history=True"):
        training_steps(result(keep_history=False))


def test_three_hidden_dimensions_are_refused():
    with pytest.raises(ValueError, match=r"\[2, feature\]"):
        training_steps(result(hidden=3))
