"""Chapter 07 in a real JupyterLab: a split by row is named as what it is, and the right split passes."""

EXERCISE = "7.2"
BY_ROW = """\
def half_of_the_documents(document):
    chosen = torch.zeros(len(document), dtype=torch.bool)
    chosen[torch.randperm(len(document))[: len(document) // 2]] = True
    return chosen
"""
BY_TEXT = """\
def half_of_the_documents(document):
    numbers = document.unique()
    return torch.isin(document, numbers[torch.randperm(len(numbers))[: len(numbers) // 2]])
"""


def test_wrong_answer_feedback_right_answer(open_notebook):
    notebook = open_notebook("07_probing.ipynb")
    notebook.run(notebook.cell("from course_utils import"))
    answer, check = notebook.cell("def half_of_the_documents"), notebook.cell(f'check("{EXERCISE}"')
    assert "ot attempted" in notebook.run_with(answer, check)

    notebook.replace(answer, BY_ROW)
    wrong = notebook.run_with(answer, check)
    assert f"{EXERCISE} ✗" in wrong
    assert "You drew rows." in wrong  # the misconception is named
    notebook.picture("wrong")

    notebook.replace(answer, BY_TEXT)
    assert f"{EXERCISE} ✓ 2 points" in notebook.run_with(answer, check)
    notebook.picture("right")
