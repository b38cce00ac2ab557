"""Chapter 06 in a real JupyterLab: a logit part by part, wrong then right, and pictures of tokens without a network."""

from urllib.parse import urlsplit

from playwright.sync_api import expect

EXERCISE = "6.6"
NOT_SCALED = """\
def direct_effects(parts, scale, direction):
    return ((parts - parts.mean(-1, keepdim=True)) * direction).sum(-1)
"""
RIGHT = """\
def direct_effects(parts, scale, direction):
    return ((parts - parts.mean(-1, keepdim=True)) * direction).sum(-1) / scale
"""


def test_wrong_answer_feedback_right_answer(open_notebook):
    notebook = open_notebook("06_language_model.ipynb")
    notebook.run(notebook.cell("from course_utils import"))
    answer, check = notebook.cell("def direct_effects"), notebook.cell(f'check("{EXERCISE}"')
    assert "ot attempted" in notebook.run_with(answer, check)

    notebook.replace(answer, NOT_SCALED)
    wrong = notebook.run_with(answer, check)
    assert f"{EXERCISE} ✗" in wrong
    assert "You left out the scale" in wrong  # the misconception is named
    notebook.picture("wrong")

    notebook.replace(answer, RIGHT)
    assert f"{EXERCISE} ✓ 3 points" in notebook.run_with(answer, check)
    notebook.picture("right")


def test_circuitsvis_draws_a_tale_without_a_network(open_notebook):
    notebook = open_notebook("06_language_model.ipynb")
    own, foreign = urlsplit(notebook.page.url).netloc, []

    def route(route) -> None:
        if urlsplit(route.request.url).netloc == own:
            route.continue_()
        else:
            foreign.append(route.request.url)
            route.abort()

    notebook.page.route("**/*", route)
    for part in ("from course_utils import", "SEED = 0", "corpus = minilang.sample(1000", 'genre == "tale"'):
        output = notebook.run(notebook.cell(part))
    expect(output.locator("[id^=circuits-]")).to_be_visible()
    assert "evening" in output.inner_text() or "day" in output.inner_text()
    # The badge above the first cell is a picture that Colab serves; no output may ask for anything.
    assert [address for address in foreign if not address.endswith("colab-badge.svg")] == []
    notebook.picture("tale")
