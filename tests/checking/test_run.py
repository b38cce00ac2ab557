"""What a check promises whatever the answer: not attempted, no traces, the same words every time."""

import random

import numpy as np
import pytest
import torch

from course_utils.checking import run_check
from tests.checking.superposition_exercise import Angle, Superposition, Training, right


def stub(W):
    raise NotImplementedError("Exercise 7.1: write your code here")


@pytest.mark.parametrize("answer", [stub, ..., None, NotImplemented])
def test_an_untouched_stub_is_not_attempted(answer):
    assert run_check(Superposition(), answer).status == "not attempted"


def test_an_empty_field_is_not_attempted():
    assert run_check(Training(), (..., torch.ones(2, 3))).status == "not attempted"


def test_calling_another_empty_answer_says_which():
    def other():
        raise NotImplementedError("Exercise 7.3: write your code here")

    report = run_check(Superposition(), lambda W: other())
    assert report.status == "not attempted" and "exercise 7.3, which is still empty" in report.text()


def test_torchs_own_NotImplementedError_is_a_failure():
    def unsupported(W):
        return torch.zeros(3, device="meta").item()

    report = run_check(Superposition(), unsupported)
    assert report.status == "failed"


def test_an_interrupted_check_says_on_what_and_counts_nothing():
    def endless(W):
        raise KeyboardInterrupt

    report = run_check(Superposition(), endless)
    assert report.status == "interrupted"
    assert "[3 instance, 4 hidden, 7 feature]" in report.text()


def test_the_learners_random_state_is_kept():
    def noisy(W):
        return torch.rand(3) * random.random() * np.random.rand()

    torch.manual_seed(5), random.seed(5), np.random.seed(5)
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
    run_check(Superposition(), noisy)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1] and np.random.get_state()[1].tolist() == before[2]


def test_the_same_answer_gets_the_same_words():
    noisy = lambda W: torch.rand(W.shape[0], W.shape[2])  # noqa: E731
    texts = {run_check(Superposition(), noisy).text() for _ in range(3)}
    assert len(texts) == 1


def test_another_seed_draws_other_inputs():
    shown = {
        run_check(Superposition(), lambda W: W.sum() * torch.ones(W.shape[0], W.shape[2]), seed).text()
        for seed in (0, 1)
    }
    assert len(shown) == 2


def test_default_dtype_and_device_of_the_learner_do_not_matter():
    torch.set_default_dtype(torch.float64)
    try:
        assert run_check(Superposition(), right).status == "passed"
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_answers_on_a_gpu_are_accepted():
    assert run_check(Superposition(), lambda W: right(W.cuda())).status == "passed"
    weight = torch.eye(1, device="cuda")
    assert run_check(Superposition(), lambda W: right(W * weight[0, 0])).status == "passed"
    assert run_check(Superposition(), lambda W: right(W * torch.ones(1, 1, 1, device="cuda"))).status == "passed"
    assert run_check(Angle(), torch.tensor(72.0, device="cuda")).status == "passed"


@pytest.mark.parametrize("answer", [72, 72.4, torch.tensor(71.9), np.float64(72), torch.tensor(72)])
def test_a_value_in_any_form_of_number(answer):
    assert run_check(Angle(), answer).status == "passed"


def test_a_wrong_value_gets_its_reason_and_not_the_answer():
    text = run_check(Angle(), 108).text()
    assert "inside the pentagon" in text and "72" not in text


@pytest.mark.parametrize(
    "answer, word", [("72 degrees", "text"), (lambda: 72, "Call it first"), (float("nan"), "✗"), (True, "True")]
)
def test_a_value_of_the_wrong_kind(answer, word):
    report = run_check(Angle(), answer)
    assert report.status == "failed" and word in report.text()


def trained():
    return torch.ones(3, 2, 5), torch.linspace(1, 0.1, 4)[:, None].repeat(1, 3)


def test_an_experiment_in_every_form():
    W, loss = trained()
    assert run_check(Training(), (W, loss)).status == "passed"
    assert run_check(Training(), {"W": W, "loss": loss}).status == "passed"
    assert run_check(Training(), type("Result", (), {"W": W, "loss": loss})()).status == "passed"


def test_an_experiment_outside_its_band_names_the_mistake():
    report = run_check(Training(), Training.mistakes["untrained"][0]())
    assert report.mistake == "untrained" and "is step() called?" in report.text()


@pytest.mark.parametrize(
    "answer, word",
    [
        ((torch.ones(3, 2, 6), torch.ones(4, 3)), "feature"),
        ((torch.ones(3, 2, 5), torch.ones(4, 2)), "instance"),
        ((torch.ones(3, 2, 5), torch.ones(4)), "axes"),
        ((torch.ones(3, 2, 5) * float("nan"), torch.ones(4, 3)), "nan"),
        ((torch.ones(3, 2, 5),), "2 tensors"),
        ({"W": torch.ones(3, 2, 5)}, "loss"),
        ((torch.ones(3, 2, 5), [1, 2]), "tensor"),
        (3.0, "tuple or a dict"),
    ],
)
def test_an_experiment_of_the_wrong_form(answer, word):
    report = run_check(Training(), answer)
    assert report.status == "failed" and word in report.text()


def test_text_and_card_have_the_same_words():
    import html
    import re

    report = run_check(Superposition(), lambda W: W)
    plain = re.sub(r"<[^>]+>", " ", report.html().replace("<br>", "\n"))
    words = lambda s: re.sub(r"[`\s]+", " ", s).split()  # noqa: E731
    assert words(html.unescape(plain)) == words(report.text())


def test_a_learners_text_is_escaped():
    def evil(W):
        raise ValueError("<script>alert(1)</script>")

    assert "<script>" not in run_check(Superposition(), evil).html()


class KeptFeatures(Angle):
    id, unordered, atol = "7.6", True, 0.0
    mistakes = {
        "counted from one": ([2, 3], "The first feature is number 0."),
        "the dropped ones": ([0, 3], "Those are the features that are not kept."),
        "all": ([0, 1, 2, 3], "Only two of them are kept."),
    }
    rewrites = [{2, 1}]

    def oracle(self):
        return [1, 2]


@pytest.mark.parametrize("answer", [[2, 1], (1, 2), {1, 2}, torch.tensor([2, 1]), np.array([1, 2])])
def test_a_list_in_any_form_and_order(answer):
    assert run_check(KeptFeatures(), answer).status == "passed"


def test_a_near_miss_is_told_so():
    assert "more digits" in run_check(Angle(), 73.2).text()
    assert "more digits" not in run_check(Angle(), 80).text()
