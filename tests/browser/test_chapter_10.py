"""A learner with chapter 10 in a real JupyterLab: a wrong answer, the right one."""

EXERCISE = "10.1"
CLOSES_THE_GAP = """\
def through_a_buffer(chunks, capacity, draws):
    stream = iter(torch.cat(chunks))
    buffer = [next(stream) for _ in range(min(capacity, len(draws)))]
    out = []
    for u in draws.tolist():
        out.append(buffer.pop(int(u * len(buffer))))
        buffer += [row for _, row in zip(range(1), stream)]
    return torch.stack(out)
"""
RIGHT = """\
def through_a_buffer(chunks, capacity, draws):
    rows = torch.cat(chunks)
    buffer, waiting, out = list(rows[:capacity]), list(rows[capacity:]), []
    for u in draws.tolist():
        place = int(u * len(buffer))
        out.append(buffer[place])
        buffer[place] = waiting.pop(0) if waiting else buffer[-1]
        if not waiting and len(buffer) > len(rows) - len(out):
            buffer.pop()
    return torch.stack(out)
"""


def test_wrong_answer_feedback_right_answer(open_notebook):
    notebook = open_notebook("10_saes_language_model.ipynb")
    notebook.run(notebook.cell("from course_utils import"))
    answer, check = notebook.cell("def through_a_buffer"), notebook.cell(f'check("{EXERCISE}"')
    assert "ot attempted" in notebook.run_with(answer, check)

    notebook.replace(answer, CLOSES_THE_GAP)
    wrong = notebook.run_with(answer, check)
    assert f"{EXERCISE} ✗" in wrong
    assert "The next row belongs into the place that became free" in wrong
    notebook.picture("wrong")

    notebook.replace(answer, RIGHT)
    assert f"{EXERCISE} ✓ 2 points" in notebook.run_with(answer, check)
    notebook.picture("right")
