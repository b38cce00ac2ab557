"""Honest notebooks that do unusual things: they get the marks that they would have got from a live check."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from notebooks import ALL, RIGHT, cells, code, marks, notebook, points, submission

SEABORN = "import seaborn_of_another_machine as sns\nimport math\n"
MATHS = "def scale(x, k): return x * k * math.cos(0)"
ONE_FAILS = {
    "a package that is not here": (submission(e71=SEABORN + MATHS), ALL, "seaborn_of_another_machine"),
    "it is imported in a cell of its own": (
        notebook([code(SEABORN), *cells(RIGHT | {"7.1": MATHS})]), ALL, "seaborn_of_another_machine",
    ),
    "Colab's drive": (
        submission(e73="from google.colab import drive\ndrive.mount('/content')\nangle = 72"), ALL, "google",
    ),
    "a question": (submission(e71="k0 = float(input('k? '))\n" + RIGHT["7.1"]), ALL, "EOFError"),
    "a typo in a helper cell": (
        notebook([code("ones = torch.oness(1)\nn = lenn([1])\nimport math"), *cells(RIGHT | {"7.1": MATHS})]), ALL,
        "lenn",
    ),
    "a package inside of a function": (
        submission(e71="def scale(x, k):\n    import seaborn_of_another_machine\n    return x * k"),
        marks(e71=0, e74=0), "seaborn_of_another_machine",
    ),
    "a file that lies elsewhere": (submission(e73="angle = float(open('angle.txt').read())"), marks(e73=0), "angle.txt"),
    "an exit in the middle": (submission(e73="raise SystemExit\nangle = 72"), ALL, ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def results(grader) -> dict[str, dict]:
    with ThreadPoolExecutor(2) as executor:
        contents = {name: content for name, (content, *_) in (ONE_FAILS | UNUSUAL).items()}
        return dict(zip(contents, executor.map(lambda c: grader.mark(c, "x.ipynb", []), contents.values())))


@pytest.mark.parametrize("name", ONE_FAILS)
def test_a_statement_that_fails_costs_nothing_but_itself_and_a_person_is_told(results, name):
    _, earned, said = ONE_FAILS[name]
    assert points(results[name]) == earned
    flags = " ".join(mark["flag"] for mark in results[name]["marks"] if mark["flag"])
    assert (said in flags) if said else not flags


UNUSUAL: dict[str, tuple[bytes, dict[str, int]]] = {}


@pytest.mark.parametrize("name", UNUSUAL)
def test_it_gets_what_it_has_earned(results, name):
    told = [(mark["exercise"], mark["headline"], mark["lines"]) for mark in results[name]["marks"]]
    assert points(results[name]) == UNUSUAL[name][1], told
