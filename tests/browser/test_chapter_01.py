"""A learner's first half hour with chapter 01, in a real JupyterLab."""

import re

from playwright.sync_api import expect

from course_utils import exercises
from tests.browser.figures import drag, drawn, expect_film

EXERCISE = "1.7"
POINTS = sum(exercise.points for exercise in exercises.chapter("1").exercises)
COUNTS_ITSELF = """\
def superposition(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return ((unit.mT @ W) ** 2).sum(-1)
"""
RIGHT = """\
def superposition(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    squares = (unit.mT @ W) ** 2
    return squares.sum(-1) - squares.diagonal(dim1=-2, dim2=-1)
"""


def test_wrong_answer_feedback_right_answer_progress(open_notebook):
    notebook = open_notebook("01_toy_models.ipynb")
    notebook.run(notebook.cell("from course_utils import"))
    answer, check = notebook.cell("def superposition"), notebook.cell(f'check("{EXERCISE}"')
    progress = notebook.cell("progress()")

    assert "ot attempted" in notebook.run_with(answer, check)
    assert f"0 of {POINTS}" in notebook.run(progress).inner_text()

    notebook.replace(answer, COUNTS_ITSELF)
    wrong = notebook.run_with(answer, check)
    assert f"{EXERCISE} ✗" in wrong
    assert "j = i" in wrong  # the misconception is named, with an idea of what to do
    assert f'hint("{EXERCISE}")' in wrong
    notebook.picture("wrong")

    notebook.replace(answer, RIGHT)
    right = notebook.run_with(answer, check)
    assert f"{EXERCISE} ✓ 2 points" in right
    notebook.picture("right")
    assert f"2 of {POINTS}" in notebook.run(progress).inner_text()


def test_the_live_figure_retrains_when_a_slider_is_let_go(open_notebook):
    notebook = open_notebook("01_toy_models.ipynb")
    notebook.run(notebook.cell("from course_utils import"))
    output = notebook.run(notebook.cell("live_training("))
    figure = output.locator(".js-plotly-plot")
    expect(figure.locator(".scatterlayer").first).to_be_attached()
    features = output.locator(".widget-hslider", has_text="features")
    before, title = drawn(figure), figure.locator(".gtitle").text_content()
    assert "of 5 features" in title
    notebook.picture("before")

    drag(features.locator(".noUi-handle"), pixels=60)

    expect(figure.locator(".gtitle")).to_have_text(re.compile(r"of ([6-9]|1[0-2]) features"), timeout=20_000)
    assert drawn(figure) != before
    notebook.picture("after")


def test_the_training_film_moves_without_the_kernel(open_notebook):
    notebook = open_notebook("01_toy_models.ipynb")
    film = notebook.cell("widgets.training_steps(")
    notebook.run_all_above(film)  # exercises that are not attempted stop nobody
    figure = notebook.run(film).locator(".js-plotly-plot")
    expect_film(figure)
    notebook.picture("film")
