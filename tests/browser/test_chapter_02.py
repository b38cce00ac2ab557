"""A learner with chapter 02 in a real JupyterLab: a wrong answer, the right one; sliders that change a polytope."""

import re

from playwright.sync_api import expect

from tests.browser.figures import drag

EXERCISE = "2.2"
LEAVES_ITSELF_OUT = """\
def dimensionality(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    heard = ((unit.mT @ W) ** 2).sum(-1) - (W**2).sum(1)
    return torch.where(heard > 1e-12, (W**2).sum(1) / heard.clamp_min(1e-12), 0.0)
"""
RIGHT = """\
def dimensionality(W):
    unit = W / W.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return (W**2).sum(1) / ((unit.mT @ W) ** 2).sum(-1).clamp_min(1e-12)
"""


def test_wrong_answer_feedback_right_answer(open_notebook):
    notebook = open_notebook("02_geometry.ipynb")
    notebook.run(notebook.cell("from course_utils import"))
    answer, check = notebook.cell("def dimensionality"), notebook.cell(f'check("{EXERCISE}"')
    assert "ot attempted" in notebook.run_with(answer, check)

    notebook.replace(answer, LEAVES_ITSELF_OUT)
    wrong = notebook.run_with(answer, check)
    assert f"{EXERCISE} ✗" in wrong
    assert "j = i belongs to it" in wrong
    notebook.picture("wrong")

    notebook.replace(answer, RIGHT)
    assert f"{EXERCISE} ✓ 2 points" in notebook.run_with(answer, check)
    notebook.picture("right")


def test_the_polytope_changes_when_a_slider_is_let_go(open_notebook):
    notebook = open_notebook("02_geometry.ipynb")
    notebook.run(notebook.cell("from course_utils import"))
    output = notebook.run(notebook.cell("live_polytopes("))
    figure = output.locator(".js-plotly-plot")
    expect(figure.locator(".gl-container canvas").first).to_be_attached()
    title = figure.locator(".annotation-text").first
    before = title.text_content()
    assert "of 6 features" in before
    notebook.picture("before")

    drag(output.locator(".widget-hslider", has_text="features").last.locator(".noUi-handle"), pixels=150)

    expect(title).to_have_text(re.compile(r"of 8 features"), timeout=20_000)
    notebook.picture("after")
