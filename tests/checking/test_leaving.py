"""An answer that leaves (SystemExit and its like) while a property is tried is wrong; the check does not break."""

import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "grading" / "small"))
from small_registry import Scale, Trained

from course_utils.checking import run_check


@pytest.mark.parametrize("error", [SystemExit, GeneratorExit, MemoryError, OSError, StopIteration])
def test_leaving_in_the_middle_of_a_property_is_a_wrong_answer(error):
    calls = []

    def scale(x, k):
        calls.append(1)
        if len(calls) > 2:
            raise error("out")
        return x * k

    report = run_check(Scale(), scale)
    assert report.status == "failed" and "check itself broke" not in report.text() and error.__name__ in report.text()


def test_a_stop_is_nobodys_answer():
    calls = []

    class Lost(BaseException):
        pass

    def scale(x, k):
        calls.append(1)
        if len(calls) > 2:
            raise Lost
        return x * k

    with pytest.raises(Lost):
        run_check(Scale(), scale)


@pytest.mark.parametrize("dtype", [torch.float64, torch.int64, torch.complex64, torch.bool, torch.float16])
def test_tensors_of_any_dtype_break_no_experiment(dtype):
    trained = {"W": torch.zeros(2, 3).to(dtype), "loss": torch.tensor([4.0, 1.0]).to(dtype)}
    report = run_check(Trained(), trained)
    assert "check itself broke" not in report.text()
    assert report.status == ("failed" if dtype in (torch.complex64, torch.bool) else "passed"), report.text()
