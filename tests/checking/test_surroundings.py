"""What an answer does besides answering: settings of the notebook are put back and told, prints are cut short."""

import sys
import warnings

import numpy as np
import pytest
import torch

from course_utils.checking import run_check
from course_utils.checking.state import SETTINGS
from tests.checking.superposition_exercise import Angle, Superposition, right


def current() -> list:
    return [setting.read() for setting in SETTINGS]


CHANGES = {
    "the default dtype": lambda: torch.set_default_dtype(torch.float64),
    "gradients on or off": lambda: torch.set_grad_enabled(False),
    "the default device": lambda: torch.set_default_device("meta"),
    "the number of threads": lambda: torch.set_num_threads(torch.get_num_threads() + 1),
    "deterministic mode": lambda: torch.use_deterministic_algorithms(True, warn_only=True),
    "anomaly detection": lambda: torch.autograd.set_detect_anomaly(True),
    "np.seterr": lambda: np.seterr(all="ignore"),
    "the filters of warnings": lambda: warnings.simplefilter("error"),
    "sys.stdout": lambda: setattr(sys, "stdout", sys.__stderr__),
    "sys.stderr": lambda: setattr(sys, "stderr", sys.__stdout__),
    "the recursion limit": lambda: sys.setrecursionlimit(12_345),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_setting_that_an_answer_changes_is_put_back_and_told(name):
    def meddles(W):
        CHANGES[name]()
        return right(W)

    before = current()
    report = run_check(Superposition(), meddles)
    assert current() == before
    assert report.lines[-1].kind == "small" and name in report.lines[-1].text
    assert run_check(Superposition(), right).status == "passed"


def test_filters_that_a_library_brings_at_its_first_import_are_no_doing_of_the_answer(tmp_path, monkeypatch):
    (tmp_path / "library_with_filters.py").write_text("import warnings\nwarnings.filterwarnings('ignore', 'a thing')\n")
    monkeypatch.syspath_prepend(tmp_path)

    def imports(W):
        import library_with_filters  # noqa: F401

        return right(W)

    before = current()
    report = run_check(Superposition(), imports)
    assert current() == before
    assert report.status == "passed" and "setting of the whole notebook" not in report.text()


def test_also_when_the_answer_raises():
    def meddles(W):
        torch.set_default_dtype(torch.float64)
        raise ValueError

    before = current()
    assert "the default dtype" in run_check(Superposition(), meddles).text()
    assert current() == before


def test_several_are_told_in_one_line():
    def meddles(W):
        torch.set_grad_enabled(False)
        np.seterr(all="ignore")
        return right(W)

    told = run_check(Superposition(), meddles).lines[-1].text
    assert "gradients on or off and NumPy's handling of errors" in told


def test_an_answer_that_changes_nothing_is_told_nothing():
    assert [line.kind for line in run_check(Superposition(), right).lines] == ["plain"]


def test_a_notebook_without_gradients_is_told_and_checked_with_them():
    seen = []

    def looks(W):
        seen.append(torch.is_grad_enabled())
        return right(W)

    torch.set_grad_enabled(False)
    try:
        report = run_check(Superposition(), looks)
        assert not torch.is_grad_enabled()
    finally:
        torch.set_grad_enabled(True)
    assert report.status == "passed" and all(seen)
    assert "gradients are switched off, so nothing can be trained" in report.text()
    assert "`torch.set_grad_enabled(True)` puts it back" in report.text()


def test_a_notebook_with_another_dtype_is_told():
    torch.set_default_dtype(torch.float64)
    try:
        text = run_check(Angle(), 72).text()
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    assert "the default dtype is `torch.float64`; checks run with `torch.float32`" in text


def test_the_first_lines_of_what_is_printed_come_through_once(capsys):
    def chatty(W):
        for n in range(3_000):
            print("line", n)
        return right(W)

    assert run_check(Superposition(), chatty).status == "passed"
    printed = capsys.readouterr().out.splitlines()
    assert printed[:2] == ["line 0", "line 1"] and len(printed) == 9
    assert printed[-1] == "… 26,992 more lines printed by your function"


def test_a_few_lines_are_shown_as_they_are(capsys):
    def asks(W):
        if len(W) == 2:
            print("shape", list(W.shape))
        return right(W)

    run_check(Superposition(), asks)
    assert capsys.readouterr().out == "shape [2, 3, 5]\n" * 3  # once for the case, twice for the law


def test_one_endless_line_is_cut(capsys):
    def endless(W):
        print("x" * 1_000_000, end="")
        print("oops", file=sys.stderr)
        return right(W)

    run_check(Superposition(), endless)
    shown = capsys.readouterr()
    assert len(shown.out) < 1_100 and shown.out.endswith(" …\n")
    assert shown.err.count("oops") == 8 and shown.err.endswith("… 1 more line printed by your function\n")


def test_a_stream_is_still_a_stream(capsys):
    def writes(W):
        sys.stdout.write("a")
        sys.stdout.flush()
        print("b", sys.stdout.isatty(), sys.stdout.encoding)
        sys.stdout.writelines(["c\n", "d\n"])
        return right(W)

    assert run_check(Superposition(), writes).status == "passed"
    assert capsys.readouterr().out.startswith("ab False")
