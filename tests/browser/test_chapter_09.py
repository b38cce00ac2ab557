"""A learner with chapter 09 in a real JupyterLab: one exercise wrong, then right; and a film that waits for a
prediction, and then needs no kernel."""

from playwright.sync_api import expect

from tests.browser.figures import expect_film

EXERCISE = "9.3"
PLAIN_L1 = """\
def sparse_loss(x, x_hat, f, W_dec, l1):
    return (x - x_hat).square().sum(-1).mean(-1) + l1 * f.sum(-1).mean(-1)
"""
RIGHT = """\
def sparse_loss(x, x_hat, f, W_dec, l1):
    strength = f * W_dec.norm(dim=-1)[:, None]
    return (x - x_hat).square().sum(-1).mean(-1) + l1 * strength.sum(-1).mean(-1)
"""


def test_the_plain_penalty_is_recognised_and_the_weighted_one_passes(open_notebook):
    notebook = open_notebook("09_saes_toy.ipynb")
    notebook.run(notebook.cell("from course_utils import"))
    answer, check = notebook.cell("def sparse_loss"), notebook.cell(f'check("{EXERCISE}"')
    assert "ot attempted" in notebook.run_with(answer, check)

    notebook.replace(answer, PLAIN_L1)
    wrong = notebook.run_with(answer, check)
    assert f"{EXERCISE} ✗" in wrong
    assert "the penalty that 9.2 cheats" in wrong
    notebook.picture("wrong")

    notebook.replace(answer, RIGHT)
    right = notebook.run_with(answer, check)
    assert f"{EXERCISE} ✓ 2 points" in right
    notebook.picture("right")


def test_the_film_of_the_pentagon_waits_for_the_prediction_and_moves_without_the_kernel(open_notebook):
    notebook = open_notebook("09_saes_toy.ipynb")
    film, prediction = notebook.cell("plots.finding_features("), notebook.cell("Will it find the five arrows?")
    notebook.run_all_above(film)  # exercises that are not attempted stop nobody
    output = notebook.run(film)
    expect(output).to_contain_text("waits for your prediction")
    expect(output.locator(".js-plotly-plot")).to_have_count(0)
    notebook.picture("waits")

    prediction.get_by_role("button", name="up to a rotation").click()
    expect(output).to_contain_text("You predicted: up to a rotation")
    expect_film(output.locator(".js-plotly-plot"))
    notebook.picture("film")
