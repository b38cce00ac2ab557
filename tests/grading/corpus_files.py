"""Files that come back broken, and files that come back unusual but right. For each: its bytes and the exact marks."""

import json

from notebooks import (
    ALL,
    NONE,
    RIGHT,
    SETUP,
    STUBS,
    alone,
    answer,
    cells,
    checking,
    code,
    marks,
    notebook,
    submission,
    text,
)  # fmt: skip

COMPLETE = notebook(cells(RIGHT))

# Bytes in which there is nothing to mark; the reason is looked for in what the teacher reads.
BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty"),
    "blank": (b"  \n\n", "empty"),
    "cut off": (COMPLETE[: len(COMPLETE) // 2], "cut off"),
    "a PDF": (b"%PDF-1.7 ...", "PDF"),
    "a ZIP archive": (b"PK\x03\x04rest", "ZIP"),
    "a web page": (b"<!doctype html><p>Sign in", "web page"),
    "random bytes": (bytes(range(256)) * 20, "JSON"),
    "UTF-16": (COMPLETE.decode().encode("utf-16"), "JSON"),
    "a list": (b"[1, 2]", "no notebook"),
    "a number": (b"7", "no notebook"),
    "without cells": (b'{"nbformat": 4}', "no cells"),
    "cells that are a text": (b'{"cells": "all of them"}', "no cells"),
    "only text cells": (notebook([text("hello")]), "no code"),
    "cells of wrong types": (notebook([7, None, "x", [1]]), "no code"),
    "deeper than any parser": (b"[" * 200_000, "JSON"),
    "deep inside a cell": (b'{"cells": ' + b'[{"x": ' * 50_000, "JSON"),
    "another course": (notebook([code("import pandas as pd"), code("df = pd.DataFrame()")]), "no exercise"),
}


def retyped(cell: dict, kind: str) -> dict:
    return cell | {"cell_type": kind}


def without_metadata(content: list[dict]) -> list[dict]:
    return [cell | {"metadata": {}} for cell in content]


def _by_id(answers: dict[str, str]) -> list[dict]:
    return [answer(id, source) for id, source in answers.items()]


def _old_format(content: list[dict]) -> bytes:
    """nbformat 3: worksheets, `input`, heading cells, no cell ids."""
    old = [{"cell_type": "heading", "level": 1, "source": ["Small"], "metadata": {}}]
    for cell in content:
        name = "input" if cell["cell_type"] == "code" else "source"
        lines = cell["source"].splitlines(keepends=True)
        old.append({"cell_type": cell["cell_type"], name: lines, "language": "python", "metadata": {}, "outputs": []})
    return json.dumps({"worksheets": [{"cells": old}], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}).encode()


SPLIT = [
    code(SETUP),
    answer("7.2", "def squares(W):\n    return (W.T @ W) ** 2"),
    code("def interference(W):\n    overlap = squares(W)\n    return overlap.sum(1) - overlap.diagonal()"),
    checking("7.2"),
]
HELPED = [
    code(SETUP + "\nimport math"),
    code("def my_overlap(W):\n    return torch.einsum('hi,hj->ij', W, W).pow(EXPONENT)"),
    code("EXPONENT = math.floor(2.5)"),
    *without_metadata(
        cells({"7.2": "def interference(W):\n    o = my_overlap(W)\n    return o.sum(1) - o.diagonal()"})
    )[2:],
]
TASK = """import asyncio
async def think():
    return 72.0
task = asyncio.ensure_future(think())
await asyncio.sleep(0)"""
CONTEXT = "STEPS = 20\nfirst = torch.ones(2, 3)"
RENAMED = cells({"7.2": RIGHT["7.2"].replace("interference", "my_version")})
RENAMED = [c if c["metadata"].get("check") != "7.2" else code('check("7.2", my_version)', check="7.2") for c in RENAMED]

UNUSUAL: dict[str, tuple[bytes, dict[str, int]]] = {
    "complete": (COMPLETE, ALL),
    "untouched": (notebook(cells()), NONE),
    "untouched but for comments and layout": (notebook(cells({i: s + "\n\n# to do" for i, s in STUBS.items()})), NONE),
    "with a byte order mark": (b"\xef\xbb\xbf" + COMPLETE, ALL),
    "in Latin-1": (notebook([*cells(RIGHT), text("caf@")]).replace(b"caf@", b"caf\xe9"), ALL),
    "format 3": (_old_format(cells(RIGHT)), ALL),
    "without any metadata": (json.dumps({"cells": without_metadata(cells(RIGHT)), "nbformat": 4}).encode(), ALL),
    "nothing but the answers": (notebook([code(RIGHT[id]) for id in RIGHT]), ALL),
    "nothing but answers with metadata": (notebook(_by_id(RIGHT)), ALL),
    "in reverse order": (notebook(cells(RIGHT)[::-1]), ALL),
    "all in one cell": (notebook([code("\n".join([SETUP, CONTEXT, *RIGHT.values()]))]), ALL),
    "sources as lists of lines": (
        notebook([c | {"source": c["source"].splitlines(keepends=True)} for c in cells(RIGHT)]),
        ALL,
    ),
    "Windows line ends": (notebook([c | {"source": c["source"].replace("\n", "\r\n")} for c in cells(RIGHT)]), ALL),
    "nbgrader's metadata only": (
        notebook([c | {"metadata": {k: v for k, v in c["metadata"].items() if k == "nbgrader"}} for c in cells(RIGHT)]),
        ALL,
    ),
    "answer cells copied, the last is right": (
        notebook([*cells({"7.2": "def interference(W): return W"}), *_by_id(RIGHT)]), ALL,
    ),
    "answer cells copied, the last is wrong": (
        notebook([*cells(RIGHT), answer("7.2", "def interference(W): return W.sum(0)")]), marks(e72=0),
    ),
    "stub left, answer in a new cell": (
        notebook([*cells(RIGHT | {"7.2": STUBS["7.2"]})[:6], code(RIGHT["7.2"]), *cells(RIGHT)[6:]]), ALL,
    ),
    "a wrong try, then a right one in a new cell above the check": (
        notebook([*cells(RIGHT | {"7.2": "def interference(W): return 0"})[:6], code(RIGHT["7.2"]), *cells(RIGHT)[6:]]),
        ALL,
    ),
    "an experiment after the check": (
        notebook([*cells(RIGHT), code("def interference(W): return W  # what if")]), ALL,
    ),
    "an answer cell split in two": (notebook(SPLIT), NONE | {"7.2": 2}),
    "helpers and imports in cells of their own": (notebook(HELPED), NONE | {"7.2": 2}),
    "renamed, with the check changed to match": (notebook(RENAMED), NONE | {"7.2": 2}),
    "the value in the check call": (
        notebook([*cells(), code('check("7.3", 72.0)')]), NONE | {"7.3": 1},
    ),
    "a lambda in the check call": (notebook([*cells(), code('check("7.1", lambda x, k: k * x)')]), NONE | {"7.1": 2}),
    "answer and check in one cell": (
        notebook([code(SETUP), code(RIGHT["7.3"] + '\ncheck("7.3", angle)'), code(RIGHT["7.1"])]),
        NONE | {"7.3": 1, "7.1": 2},
    ),
    "magics and shell": (
        submission(e71="%%time\n" + RIGHT["7.1"], e72="!pip install numpy\n%matplotlib inline\n" + RIGHT["7.2"],
                   e73="files = !ls\n%time angle = 360 / 5\nangle?"),
        ALL,
    ),
    "cell magics that capture": (submission(e73="%%capture out\nprint('x')\nangle = 72"), ALL),
    "top-level await": (submission(e73="import asyncio\nawait asyncio.sleep(0.01)\nangle = 72"), ALL),
    "await of its own coroutine": (submission(e73="async def think():\n    return 72.0\nangle = await think()"), ALL),
    "a tensor for a number": (submission(e73="angle = torch.tensor(72.0)"), ALL),
    "NumPy for a number": (submission(e73="import numpy as np\nangle = np.float32(71.9)"), ALL),
    "a text for a number": (submission(e73='angle = "72"'), marks(e73=0)),
    "a lambda": (submission(e71="scale = lambda x, k: x * k"), ALL),
    "a partial": (submission(e71="from functools import partial\nscale = partial(lambda a, x, k: x * k, 0)"), ALL),
    "a callable object": (submission(e71="class S:\n    def __call__(self, x, k): return k * x\nscale = S()"), ALL),
    "a module of torch": (
        submission(e71="class S(torch.nn.Module):\n    def forward(self, x, k): return k * x\nscale = S()"), ALL,
    ),
    "defaults and annotations": (submission(e71="def scale(x: 'Tensor', k: float = 1.0, *rest): return x * k"), ALL),
    "compiled by a decorator": (submission(e71="@torch.no_grad()\ndef scale(x, k):\n    return x * k"), ALL),
    "with gradients": (submission(e71="p = torch.nn.Parameter(torch.ones(1))\ndef scale(x, k): return x * k * p"), ALL),
    "not contiguous": (submission(e71="def scale(x, k): return (x.T * k).T"), ALL),
    "a named tuple for an experiment": (
        submission(e74="from typing import NamedTuple\nclass R(NamedTuple):\n    loss: Tensor\n    W: Tensor\n"
                       "trained = R(loss=torch.tensor([1.0, 0.1]), W=torch.zeros(2, 3))"), ALL,
    ),
    "a dataclass for an experiment": (
        submission(e74="from dataclasses import dataclass\n@dataclass\nclass R:\n    loss: Tensor\n    W: Tensor\n"
                       "trained = R(loss=torch.tensor([1.0, 0.1]), W=torch.zeros(2, 3))"), ALL,
    ),
    "a tuple in order": (submission(e74="trained = torch.zeros(2, 3), torch.tensor([1.0, 0.1])"), ALL),
    "prints a lot": (submission(e73="for i in range(100_000): print(i)\nangle = 72"), ALL),
    "writes a file and reads it": (submission(e73="open('x', 'w').write('72')\nangle = float(open('x').read())"), ALL),
    "an error after the answer": (submission(e73="angle = 72\nraise RuntimeError('later')"), ALL),
    "a cell with a syntax error elsewhere": (notebook([*cells(RIGHT)[:6], code("def ("), *cells(RIGHT)[6:]]), ALL),
    "an answer with a syntax error": (submission(e72="def interference(W:\n    return W"), marks(e72=0)),
    "a mistake with a name": (submission(e72="def interference(W): return ((W.T @ W) ** 2).sum(1)"), marks(e72=0)),
    "one exercise wrong that another needs": (submission(e71="def scale(x, k): return x + k"), marks(e71=0, e74=0)),
    "one exercise missing that another needs": (submission(e71=STUBS["7.1"]), marks(e71=0, e74=0)),
    "changes the chapter's own cells": (
        notebook([c | {"source": c["source"].replace("STEPS = 20", "STEPS = 0")} for c in cells(RIGHT)]), ALL,
    ),
    "names of the chapter used for other things": (submission(e73="first = STEPS = 0\nangle = 72"), marks(e74=0)),
    "five thousand extra cells": (notebook([*cells(RIGHT), *(code(f"x{n} = {n}") for n in range(5000))]), ALL),
    "an extra cell of megabytes": (notebook([*cells(RIGHT), code("x = '" + "y" * 5_000_000 + "'")]), ALL),
    "an extra cell of open brackets": (notebook([*cells(RIGHT), code("(" * 100_000), code("-" * 90_000 + "1")]), ALL),
    "an answer that became a text cell": (
        notebook([retyped(c, "markdown") if c["metadata"].get("exercise") == "7.2" else c for c in cells(RIGHT)]), ALL,
    ),
    "answers and checks that became raw cells": (
        notebook([retyped(c, "raw") if {"exercise", "check"} & set(c["metadata"]) else c for c in cells(RIGHT)]), ALL,
    ),
    "a hundred thousand cells above": (notebook([*(code("x = 1") for _ in range(100_000)), *cells(RIGHT)]), ALL),
    "a cell of 40 megabytes": (notebook([*cells(RIGHT), code("#" * 40_000_000)]), ALL),
    "outputs nested deeply": (
        notebook([*cells(RIGHT), code("x") | {"outputs": [json.loads('{"a":' * 400 + "1" + "}" * 400)]}]), ALL,
    ),
    "letters of another width": (alone("7.3", "\uff41\uff4e\uff47\uff4c\uff45 = 72"), NONE | {"7.3": 1}),
    "an id in other digits": (notebook([*cells(), answer("\uff17.3", "angle = 72")]), NONE | {"7.3": 1}),
    "keys that are the same in JSON": (
        submission(e74="trained = {'W': first * 0, 'loss': torch.tensor([1, .1]), 1: 0, '1': 0, None: 6, 'null': 7}"),
        ALL,
    ),
    "keys that equal everything": (
        submission(e74="class K(str):\n    __eq__ = lambda s, o: True\n    __hash__ = str.__hash__\n"
                       "trained = {K('W'): torch.zeros(2, 3), K('loss'): torch.tensor([1.0, 0.1])}"), ALL,
    ),
    "a task that outlives its cell": (
        notebook([*cells(RIGHT | {"7.3": TASK})[:9], code("angle = await task"), *cells(RIGHT)[9:]]), ALL,
    ),
    "null bytes and lone surrogates": (
        notebook([*cells(RIGHT), code("x = '\x00'"), code("y = '\ud800'"), text("\udfff")]), ALL,
    ),
    "strange cell types": (
        notebook([*cells(RIGHT), {"cell_type": 7}, {}, {"cell_type": "code"}, code("x") | {"source": {"a": 1}},
                  code("y") | {"metadata": [1]}, code("z") | {"metadata": {"exercise": 7.1, "nbgrader": "x"}}]), ALL,
    ),
    "the same cell ids everywhere": (notebook([c | {"id": "same"} for c in cells(RIGHT)]), ALL),
    "claims an exercise that does not exist": (notebook([*cells(RIGHT), answer("9.9", "x = 1")]), ALL),
    "claims 7.2 with a cell that is something else": (
        notebook([*cells(RIGHT | {"7.2": STUBS["7.2"]}), answer("7.2", "print('later')")]), marks(e72=0),
    ),
    "alone with the value": (alone("7.3", "angle = 72"), NONE | {"7.3": 1}),
    "checks deleted": (notebook([c for c in cells(RIGHT) if not c["metadata"].get("check")]), ALL),
    "loops over exercises in the check": (
        notebook([*without_metadata(cells(RIGHT)), code("for f in (scale, interference): check('7.1', f)")]), ALL,
    ),
}  # fmt: skip
