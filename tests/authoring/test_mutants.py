"""The fifth gate: mutants are made, tried in children that may fall, and reported with what to do about them."""

import ast
import os
import signal
import time

import pytest
import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.authoring.mutation.children import STOPPED, run_in_children
from course_utils.authoring.mutation.gate import mutant_faults
from course_utils.authoring.mutation.mutants import mutants
from course_utils.authoring.mutation.subjects import trained_names
from course_utils.authoring.source import parse_source
from course_utils.checking import Band, ExperimentExercise, FunctionExercise

FUNCTION = '''\
@decorated(1)
def f(x: Float[Tensor, "a b"], n: int = 3):
    """Adds 1 and 2."""
    print(f"{n + 1} of {n}")
    y = x.abs()  # 1 + 1
    return y + y
'''


def keys(source: str, lines=range(1, 99)) -> list[str]:
    return [mutant.key for mutant in mutants(source, frozenset(lines))]


def test_no_mutant_twice_and_none_is_the_original():
    found = [mutant.source for mutant in mutants(FUNCTION, frozenset(range(1, 7)))]
    assert len(set(found)) == len(found) > 5
    assert ast.unparse(ast.parse(FUNCTION)) not in found


def test_annotations_decorators_docstrings_and_texts_are_left_alone():
    head = ast.unparse(ast.parse(FUNCTION)).split("\n")[:3]
    assert all(mutant.source.split("\n")[:3] == head for mutant in mutants(FUNCTION, frozenset(range(3, 7))))
    assert keys(FUNCTION, [4]) == []
    assert keys('a = f"{b + 1}"') == ["line 1: `a = f'{b + 1}'` dropped"]


def test_only_the_given_lines_are_changed_and_the_key_counts_from_the_first():
    assert all(key.startswith("line 1: `y = x.abs()`") or "`x.abs()`" in key for key in keys(FUNCTION, [5]))
    assert keys(FUNCTION, [6])[0].startswith("line 1: ")


def test_a_mutant_says_where_it_is_and_what_it_changes():
    mutant = next(m for m in mutants(FUNCTION, frozenset([5, 6])) if m.key == "line 1: `x.abs()` → `x`")
    assert (mutant.line, mutant.before, mutant.after) == (5, "y = x.abs()", "y = x")
    assert "    y = x\n" in mutant.source


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("y = f(x)\n", "line 1: `y = f(x)` dropped"),
        ("y = x[1:]\n", "line 1: `x[1:]` → `x[2:]`"),  # a constant alone says little
        ("y = f(a) + f(a)\n", "line 1: `f(a) + f(a)` → `a + f(a)`"),  # f(a) stands there twice
        ("if a:\n    b = 1\nelse:\n    b = 2\n", "line 1: `if a:` never"),
        ("if a:\n    b = 1\n", "line 1: `if a:` → `if not a:`"),
        ("for i in range(n):\n    f(i)\n", "line 1: `for i in range(n):` runs once"),
        ("for i in range(n):\n    f(i)\n", "line 1: `range(n)` → `range(n - 1)`"),
    ],
)
def test_a_key_says_enough_to_tell_one_from_another(source, key):
    found = keys(source)
    assert key in found
    assert len(set(found)) == len(found)


def test_results_come_in_the_order_of_the_tasks():
    assert run_in_children([lambda n=n: n * n for n in range(20)], cpu_s=5) == [n * n for n in range(20)]


def test_a_loop_that_never_ends_is_stopped_and_the_others_are_done():
    def forever():
        while True:
            pass

    started = time.process_time()
    assert run_in_children([lambda: 1, forever, lambda: 3], cpu_s=0.3) == [1, STOPPED, 3]
    assert time.process_time() - started < 5  # of this process: it waits


def test_a_child_that_dies_takes_no_other_task_with_it():
    def killed():
        os.kill(os.getpid(), signal.SIGKILL)

    def raises():
        raise SystemExit(3)

    assert run_in_children([killed, lambda: 2, raises, lambda: 4, killed, lambda: 6], cpu_s=5) == [
        None,
        2,
        None,
        4,
        None,
        6,
    ]


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is limited on Linux only")
def test_memory_is_limited():
    assert run_in_children([lambda: len(bytes(3 << 30)), lambda: len(bytes(1 << 20))], cpu_s=5) == [None, 1 << 20]


@pytest.mark.parametrize(("alone", "expected"), [(True, [1, 1, 1, 1]), (False, [1, 1, 2, 2])])
def test_a_task_alone_finds_everything_as_it_was(monkeypatch, alone, expected):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    count = [0]

    def counted():
        count[0] += 1
        return count[0]

    assert run_in_children([counted] * 4, cpu_s=5, alone=alone) == expected
    assert count == [0]


class Lengths(FunctionExercise):
    """Its check never sees a negative number."""

    id, title, difficulty, minutes, points = "1.1", "How long?", "A", 3, 2
    hints = ["What is longer than it looks?", "Take the absolute value."]
    checked = "vectors"
    mistakes = {
        "twice": (lambda x: 2 * x, "Twice."),
        "one more": (lambda x: x + 1, "One more."),
        "minus": (lambda x: -x, "Minus."),
    }
    rewrites = [torch.abs]

    def cases(self, rng):
        yield torch.rand(3, generator=rng)
        yield torch.rand(5, generator=rng)

    def oracle(self, x: Float[Tensor, "n"]) -> Float[Tensor, "n"]:
        return torch.stack([abs(v) for v in x])


LENGTHS = """\
# %% exercise="1.1"
def lengths(x: Float[Tensor, "n"]) -> Float[Tensor, "n"]:
    ### BEGIN SOLUTION
    return x.abs()
    ### END SOLUTION
"""


def chapter_with(cell: str, checked: str = 'check("1.1", lengths)'):
    """The little chapter with another cell for exercise 1.1."""
    head = "# ---\n# jupyter:\n#   course: {chapter: '01', title: Lengths}\n# ---\n\n"
    setup = '# %% tags=["setup"]\nimport torch\nfrom jaxtyping import Float\nfrom torch import Tensor\n\n'
    return parse_source(f"{head}{setup}{cell}\n# %%\n{checked}\n", "01_lengths", "solutions/01_lengths.py")


ALIVE = [
    "line 1: `return x.abs()` → `return x`",
    "line 1: `x.abs()` → `x.relu()`",
    "line 1: `x.abs()` → `x.abs_()`",
]


def test_a_survivor_is_reported_with_its_place_and_its_change():
    found = mutant_faults(chapter_with(LENGTHS), Lengths())
    assert list(found.survivors) == ALIVE
    assert found.faults[0].split("\n") == [
        "line 1: `return x.abs()` → `return x` passes the check (solutions/01_lengths.py:14)",
        "              - return x.abs()",
        "              + return x",
    ]
    assert found.made - found.killed == 3
    assert found.tried == f"{found.made} mutants"


def test_a_case_that_sees_the_difference_kills_it(monkeypatch):
    monkeypatch.setattr(Lengths, "cases", lambda self, rng: [torch.tensor([-1.0, 2.0]), torch.zeros(1)])
    found = mutant_faults(chapter_with(LENGTHS), Lengths())
    assert found.faults == []
    assert found.killed == found.made > 3


def test_a_survivor_that_is_listed_is_accepted(monkeypatch):
    monkeypatch.setattr(Lengths, "equivalent", dict.fromkeys(ALIVE, "No length is negative."))
    found = mutant_faults(chapter_with(LENGTHS), Lengths())
    assert found.faults == []
    assert found.tried == f"{found.made} mutants (3 listed)"


@pytest.mark.parametrize("stale", ["line 1: `x.abs()` → `-x.abs()`", "line 9: `x` → `y`"])
def test_what_is_listed_and_does_not_survive_is_a_fault(monkeypatch, stale):
    monkeypatch.setattr(Lengths, "equivalent", {**dict.fromkeys(ALIVE, "No length is negative."), stale: "Who knows."})
    found = mutant_faults(chapter_with(LENGTHS), Lengths())
    assert found.faults == [f"`equivalent` lists “{stale}”, and no such mutant survives"]


def with_a_loop(x):
    out = torch.zeros(len(x))
    i = 0
    while i < len(x):
        out[i] = x[i].abs()
        i += 1
    return out


def test_a_rewrite_is_mutated_too_and_loops_that_never_end_are_stopped(monkeypatch):
    monkeypatch.setattr(Lengths, "rewrites", [torch.abs, with_a_loop])
    started = time.monotonic()
    found = mutant_faults(chapter_with(LENGTHS), Lengths())
    of_rewrite = [key for key in found.survivors if key.startswith("with_a_loop, ")]
    assert "with_a_loop, line 4: `x[i].abs()` → `x[i]`" in of_rewrite
    assert not any("`i += 1`" in key for key in found.survivors)  # `i += 1` dropped: never ends
    assert any(f"test_mutants.py:{with_a_loop.__code__.co_firstlineno + 4})" in fault for fault in found.faults)
    assert time.monotonic() - started < 100


def test_a_reference_that_does_not_pass_makes_the_gate_fail():
    found = mutant_faults(chapter_with(LENGTHS.replace("abs()", "exp()")), Lengths())
    assert found.faults == ["the reference does not pass in a process of its own, where mutants are tried"]


class Descent(ExperimentExercise):
    """Walk from 1 towards 0."""

    id, title, difficulty, minutes, points = "1.1", "Downhill", "A", 3, 2
    hints = ["Downhill.", "Against the gradient."]
    fields = {"x": "n=1"}
    mistakes = {
        "uphill": (lambda: torch.ones(1) * 2, "Up."),
        "nowhere": (lambda: torch.ones(1), "Nowhere."),
        "too far": (lambda: -torch.ones(1), "Too far."),
    }
    rewrites = [lambda: torch.zeros(1)]

    def bands(self, x):
        yield Band("x is near 0", bool(x.abs() < 0.2), f"{x}")


DESCENT = """\
# %%
x = torch.ones(1)

# %% exercise="1.1"
### BEGIN SOLUTION
for _ in range(10):
    x -= 0.3 * x
### END SOLUTION
"""


def test_what_trains_finds_what_it_trains_untrained_each_time():
    """Otherwise the second mutant would begin where the first ended, and "does nothing" would pass."""
    found = mutant_faults(chapter_with(DESCENT, 'check("1.1", x)'), Descent())
    assert not any("dropped" in key or "runs once" in key for key in found.survivors)
    assert found.killed > 3


def test_a_training_that_takes_long_must_say_so(monkeypatch):
    monkeypatch.setattr("course_utils.authoring.mutation.gate.LONGEST_RUN", 0.2)
    slow = DESCENT.replace("    x -=", "    sum(range(100_000_000))\n    x -=")
    chapter = chapter_with(slow, 'check("1.1", x)')
    assert mutant_faults(chapter, Descent()).faults[0].endswith("too long to be mutated: say so in `unmutated`")
    monkeypatch.setattr(Descent, "unmutated", "It takes a while.")
    found = mutant_faults(chapter, Descent())
    assert (found.faults, found.tried) == ([], "0 mutants (not of the reference)")


def test_functions_that_the_chapter_trains_through():
    cells = [
        "def inner(x): return x",
        "def outer(x): return inner(x)",
        "def other(x): return x",
        "w = torch.ones(1)",
        "outer(w).backward()",
        "other(w)",
    ]
    names = trained_names(chapter_with("".join(f"# %%\n{cell}\n\n" for cell in cells)))
    assert {"inner", "outer"} <= names
    assert "other" not in names


GRADIENT = LENGTHS + "\n# %%\nlengths(torch.ones(2)).sum().backward()\n"


@pytest.mark.parametrize(
    ("cell", "alive"),
    [(GRADIENT, True), (LENGTHS, False), (GRADIENT.replace("x.abs()", "x.data.abs()"), False)],
)
def test_a_gradient_is_cut_only_where_one_flows_and_is_needed(cell, alive):
    found = mutant_faults(chapter_with(cell), Lengths())
    assert any(key.endswith(".detach()`") for key in found.survivors) is alive
