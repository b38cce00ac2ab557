"""Honest notebooks that do unusual things: they get the marks that they would have got from a live check."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from notebooks import ALL, RIGHT, SETUP, cells, code, marks, notebook, points, submission

SETUP_ONCE = [SETUP, "STEPS = 20\nfirst = torch.ones(2, 3)"]
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
    "a file that lies elsewhere": (
        submission(e73="angle = float(open('angle.txt').read())"), marks(e73=0), "angle.txt",
    ),
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


FUTURE = "def scale(x: Tensr, k: float) -> Tensr:\n    return x * k"
HELPED = "def scale(x, k): return helped(x, k)"
UNUSUAL: dict[str, tuple[bytes, dict[str, int]]] = {
    "a future after a magic": (
        submission(e71=f"%matplotlib inline\nfrom __future__ import annotations\n{FUTURE}"), ALL,
    ),
    "a future in an earlier cell": (
        notebook([code("import math\nfrom __future__ import annotations"), *cells(RIGHT | {"7.1": FUTURE})]), ALL,
    ),
    "shell over two lines": (submission(e71="!pip install a \\\n   b \\\n   c\n" + RIGHT["7.1"]), ALL),
    "asks which shell it is": (
        submission(e73="ip = get_ipython()\nip.run_line_magic('matplotlib', 'inline')\nip.system('ls')\n"
                       "if 'colab' in str(ip): raise ImportError\nip.run_cell_magic('time', '', 'angle = 72')"), ALL,
    ),
    "imports the shell": (
        submission(e73="from IPython import get_ipython\nget_ipython().run_line_magic('time', 'angle = 72')"), ALL,
    ),
    "keeps what it times": (
        submission(e73="t = %timeit -o sum([1])\nu = t.average + t.best + t.timings[0]\nangle = 72 + u\n"
                       "v = %time len([1])\nangle *= v"),
        ALL,
    ),
    "tasks, one statement after another": (
        submission(e73="import asyncio\nasync def think():\n    return 72\ntask = asyncio.create_task(think())\n"
                       "loop = asyncio.get_running_loop()\nangle = await task\n"
                       "angle += await asyncio.gather(asyncio.sleep(0, 0)) == [1]"), ALL,
    ),
    "a loop of its own": (
        submission(e73="import nest_asyncio_of_another_machine as n\nn.apply()\nimport asyncio\n"
                       "async def think():\n    return 72\nangle = asyncio.run(think())"), ALL,
    ),
    "leaves a loop": (
        submission(e73="import asyncio\nawait asyncio.sleep(0)\nraise StopIteration\nexit()\nangle = 72"), ALL,
    ),
    "compiled and cached": (
        submission(e71="from numba import njit\n@njit(cache=True)\ndef product(a, b):\n    return a * b\n"
                       "def scale(x, k): return product.py_func(x, k)"), ALL,  # a cache is asked for at `@njit`
    ),
    "a function of its own with a name of the chapter's": (
        notebook([*cells(RIGHT)[:5], code("def unused(a, b): return a * b"), code("# a cell between", exercise="9.9"),
                  *cells(RIGHT | {"7.2": RIGHT["7.2"] + "\nassert unused(2, 3) == 6\nsix = unused(2, 3)",
                                  "7.3": "angle = 12 * six"})[5:]]), ALL,
    ),
    "an import of its own with a name of the chapter's": (
        notebook([*cells(RIGHT)[:2], code("from operator import mul as Tensor"), code("check('7.1', 0)"),
                  *cells(RIGHT | {"7.1": "def scale(x, k): return Tensor(x, k)"})[2:]]), ALL,
    ),
    "a file is written above the answer": (submission(e71="%%writefile scale.py\n" + RIGHT["7.1"]), ALL),
    "a number of many digits": (notebook([*cells(RIGHT), code("x = " + "9" * 5000), code("y = 0x" + "f" * 9000)]), ALL),
    "many digits in an answer": (submission(e73="huge = 0x" + "f" * 9000 + "\nangle = 72"), ALL),
    "many digits in a check": (notebook([*cells(RIGHT), code("check('9.9', 0x" + "f" * 9000 + ")")]), ALL),
    "many digits in an output": (
        notebook(cells(RIGHT)).replace(b'"execution_count": null', b'"execution_count": ' + b"9" * 5000, 1), ALL,
    ),
    "text of NumPy's for a number": (submission(e73="import numpy as np\nangle = np.str_('72')"), marks(e73=0)),
    "a fraction for a number": (submission(e73="from fractions import Fraction\nangle = Fraction(144, 2)"), ALL),
    "unsigned for a number": (submission(e73="angle = torch.tensor(72, dtype=torch.uint16)"), ALL),
    "a module for an experiment": (
        submission(e74="class M(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n"
                       "        self.W = torch.nn.Parameter(torch.zeros(2, 3))\n"
                       "        self.loss = torch.tensor([1.0, 0.1])\ntrained = M()"), ALL,
    ),
    "a dict of parameters for an experiment": (
        submission(e74="trained = torch.nn.ParameterDict({'W': torch.zeros(2, 3), 'loss': torch.tensor([1.0, 0.1])})"),
        ALL,
    ),
    "everything in one cell that takes its time": (
        notebook([code("\n".join([*SETUP_ONCE, "import time\ntime.sleep(4)", *RIGHT.values()]))]), ALL,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNUSUAL)
def test_it_gets_what_it_has_earned(results, name):
    told = [(mark["exercise"], mark["headline"], mark["lines"]) for mark in results[name]["marks"]]
    assert results[name]["problem"] is None and points(results[name]) == UNUSUAL[name][1], told


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python reads it")
@pytest.mark.parametrize("written", ["def interference[T](W: T) -> T:\n    return W", "type X = Tensor", 'f"{[""]}"'])
def test_syntax_of_a_newer_python_is_named(grader, written):
    result = grader.mark(submission(e72=written), "x.ipynb", [])
    mark = next(mark for mark in result["marks"] if mark["exercise"] == "7.2")
    assert points(result) == marks(e72=0) and "Python 3.12" in mark["flag"] and "3.12" in str(mark["lines"])
    assert any("Python 3.12" in note for note in result["notes"])
