"""What a learner's notebook doesn't say while a prediction waits for its result."""

import pytest

from course_utils.authoring.learner import learner_notebook
from course_utils.authoring.source import parse_source
from course_utils.authoring.waiting import without_claims
from tests.authoring.test_telling import section


def built(text: str, registry, clone) -> list[str]:
    """The last cells of the learner's notebook that are code."""
    notebook = learner_notebook(parse_source(text, "01_doubling", "c.py"), registry, clone)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_claims_between_a_prediction_and_its_result_stay_in_the_solution(text, registry, clone):
    cells = section('predict("1.3", ["a", "b"])', "assert total > 1", 'compare("1.3", total)\nassert total == 7')
    assert built(text + cells, registry, clone)[-2:] == ['predict("1.3", ["a", "b"])', 'compare("1.3", total)']


def test_claims_of_other_cells_stay(text, registry, clone):
    cells = section("assert total > 1", 'predict("1.3", ["a", "b"])', 'compare("1.3", total)', "assert total == 7")
    last = built(text + cells, registry, clone)[-4:]
    assert last[0] == "assert total > 1" and last[3] == "assert total == 7"


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("a = 1\nassert (\n    a == 1\n)  # really\nprint(a)", "a = 1\nprint(a)"),
        ("for a in b:\n    assert a", "for a in b:\n    assert a"),  # a loop may need it as its body
        ("assert a", ""),
        ("%timeit a\nassert a", "%timeit a"),
    ],
)
def test_only_whole_statements_at_the_top_level_go(source, left):
    assert without_claims(source) == left
