"""What the trusted side may be made to take: the memory of an answer's copy, of a file, and of the judge as a whole."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from notebooks import submission

from course_utils.grading import memory

SMALL = Path(__file__).parent / "small"
MEASURE = """
import resource, sys
sys.path.insert(0, {small!r})
import torch
from small_registry import Angle, Interference, Scale, Trained
from course_utils.checking import run_check
from course_utils.grading.inside.decode import decode
from course_utils.grading.inside.wire import MAX_ELEMENTS, MAX_HEADER, WireError, _parsed
from course_utils.grading.notebook import Unreadable, parse

run_check(Scale(), lambda x, k: x + k)  # what is imported at first use
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
refused = False
try:
    {source}
except (WireError, Unreadable):
    refused = True
print(refused, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""

BOOLEANS = "decode(['T', 'bool', [{0}]], bytes({0}))"
ANSWER = "answer = decode(['T', '{}', [MAX_ELEMENTS]], bytes(MAX_ELEMENTS * {}))\n    "
COSTS = {  # a statement → whether it is refused, and the MiB that it may take
    "65 MB of booleans": (BOOLEANS.format(65_000_000), True, 150),
    "a header of small objects": ("_parsed(b'{\"value\": [' + b'{},' * (MAX_HEADER // 3 - 10) + b'0]}')", False, 150),
    "nodes of small lists": ("decode(['l', [[]] * 1_000_000], b'')", True, 50),
    "48 MiB of small JSON objects": ("parse(b'{\"cells\": [' + b'{},' * (16 << 20) + b'0]}')", True, 250),
    "48 MiB of small JSON lists": ("parse(b'[' * (48 << 20))", True, 250),
    "48 MiB of numbers": ("parse(b'{\"cells\": [' + b'1000,' * (10 << 20) + b'0]}')", True, 250),
    "as many parts as a file may have": ("parse(b'{\"cells\": [' + b'{\"a\":[]},' * 990_000 + b'0]}')", True, 700),
    "a wrong function's largest result": (
        ANSWER.format("bool", 1) + "assert run_check(Scale(), lambda x, k: answer).status == 'failed'", False, 700,
    ),
    "a value of the largest size": (
        ANSWER.format("complex128", 16) + "assert run_check(Angle(), answer).status == 'failed'", False, 700,
    ),
    "an experiment of the largest size": (
        ANSWER.format("bool", 1)
        + "run_check(Trained(), {'W': torch.zeros(2, 3), 'loss': answer, 'more': answer})", False, 700,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COSTS)
def test_a_copy_costs_what_it_may(name):
    """65 MB of booleans cost 2.9 GiB, and 48 MiB of small JSON objects 2 GiB."""
    source, refused, most = COSTS[name]
    program = MEASURE.format(small=str(SMALL), source=source)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said, mib = done.stdout.split()
    assert said == str(refused) and int(mib) < most


def test_what_an_output_says_is_no_part_of_the_file():
    """A page of a plotting library is a program of a hundred thousand brackets, in one text; some keep twenty."""
    from course_utils.grading.notebook import MAX_BRACKETS, parse

    page = '"' + "{[,,,, " * (MAX_BRACKETS // 2) + '\\\\ \\" [[["'
    cell = f'{{"cell_type": "code", "source": "x = 1", "outputs": [{{"data": {{"text/html": {page}}}}}]}}'
    assert parse(f'{{"cells": [{cell}]}}'.encode()).cells[0].source == "x = 1"


def test_a_judge_has_a_limit_whatever_it_is_given(grader):
    """Looked up while it judges: what the kernel holds it to is all it begins with, and two GiB."""
    slow = submission(e73="import time\ntime.sleep(2)\nangle = 72")
    marking = threading.Thread(target=grader.mark, args=(slow, "x.ipynb", []))
    server, found = grader._judges._server.pid, []
    marking.start()
    while marking.is_alive() and not found:
        for pid in list(memory.family(server))[1:]:
            limits = (Path("/proc") / str(pid) / "limits").read_text()
            line = next(line for line in limits.splitlines() if line.startswith("Max address space"))
            found += [int(line.split()[3])] if line.split()[3].isdigit() else []
    marking.join()
    assert found and found[0] < 64 << 30
