"""A learner with chapter 04 in a real JupyterLab: a wrong answer, the right one."""

EXERCISE = "4.4"
INTERPOLATES = """\
def square_fit(x, knees):
    h = 2 / (knees + 1)
    left = -1 + ((x + 1) // h).clamp_max(knees) * h
    return left**2 + (2 * left + h) * (x - left)
"""
RIGHT = """\
def square_fit(x, knees):
    h = 2 / (knees + 1)
    left = -1 + ((x + 1) // h).clamp_max(knees) * h
    return left**2 + (2 * left + h) * (x - left) - h**2 / 6
"""


def test_wrong_answer_feedback_right_answer(open_notebook):
    notebook = open_notebook("04_computing.ipynb")
    notebook.run(notebook.cell("from course_utils import"))
    answer, check = notebook.cell("def square_fit"), notebook.cell(f'check("{EXERCISE}"')
    assert "ot attempted" in notebook.run_with(answer, check)

    notebook.replace(answer, INTERPOLATES)
    wrong = notebook.run_with(answer, check)
    assert f"{EXERCISE} ✗" in wrong
    assert "chords: they meet x² at the knees and lie above it everywhere else" in wrong
    notebook.picture("wrong")

    notebook.replace(answer, RIGHT)
    assert f"{EXERCISE} ✓ 3 points" in notebook.run_with(answer, check)
    notebook.picture("right")
