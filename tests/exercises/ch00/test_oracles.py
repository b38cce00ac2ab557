"""What the gates cannot see: that the oracles are right, and that the cases leave no room for luck."""

import torch
from torch import Tensor

from course_utils.checking import run_check
from course_utils.exercises.ch00.basis import Rotated, random_rotation
from course_utils.exercises.ch00.directions import ReadOff
from course_utils.exercises.ch00.language_model import ForwardPass, forward
from course_utils.exercises.ch00.leak import Leak
from course_utils.exercises.ch00.logits import LogitDifference


def test_three_arrows_in_a_plane():
    angles = torch.tensor([90.0, 210.0, 330.0]).deg2rad()
    W, red = torch.stack([angles.cos(), angles.sin()]), torch.tensor([[1.0, 0.0, 0.0]])
    torch.testing.assert_close(ReadOff().oracle(red @ W.T, W), torch.tensor([[1.0, -0.5, -0.5]]))
    torch.testing.assert_close(Leak().oracle(red, W), torch.tensor([[0.0, -0.5, -0.5]]))


def test_a_reading_is_the_own_part_and_the_leak():
    x, W = torch.randn(4, 5), torch.randn(3, 5)
    own = x * W.norm(dim=0) ** 2
    torch.testing.assert_close(ReadOff().oracle(x @ W.T, W), own + Leak().oracle(x, W))


def test_random_rotations_are_rotations():
    rng = torch.Generator().manual_seed(0)
    for hidden in (2, 3, 4):
        R = random_rotation(rng, hidden)
        torch.testing.assert_close(R.T @ R, torch.eye(hidden), atol=1e-5, rtol=0)
        torch.testing.assert_close(torch.linalg.det(R), torch.tensor(1.0), atol=1e-5, rtol=0)


def test_every_case_with_a_relu_cuts_something_off():
    for case in Rotated().cases(torch.Generator().manual_seed(0)):
        x, W, R, relu = case.args
        changed = not torch.allclose(Rotated().oracle(x, W, R, True), Rotated().oracle(x, W, R, False))
        assert changed or not relu


def test_no_row_of_an_output_is_all_zero():
    for seed in range(50):
        for case in Rotated().cases(torch.Generator().manual_seed(seed)):
            output = Rotated().oracle(*case.args)
            assert (output.abs() > 1e-3).any(dim=1).all()


def test_most_pairs_of_69_directions_in_16_dimensions_can_be_at_right_angles():
    plane, angle = torch.arange(69) % 8, torch.arange(69) // 8 * torch.pi / 9
    directions = torch.zeros(69, 16)
    directions[torch.arange(69), 2 * plane], directions[torch.arange(69), 2 * plane + 1] = angle.cos(), angle.sin()
    overlap = (directions @ directions.T)[torch.ones(69, 69).triu(1).bool()].abs()
    assert overlap.max() < 0.99  # no two words share a direction
    assert (overlap < 1e-6).float().mean() > 0.87


def test_the_logit_oracle_agrees_with_the_model():
    right = forward()
    tiny_logits: Tensor = right["logits"][:, -1]
    word, other = torch.tensor([5, 6, 7, 8]), torch.tensor([60, 3, 3, 50])
    from course_utils.lm import load_model

    tiny = load_model("tiny")
    got = LogitDifference().oracle(right["final"], tiny.W_U, tiny.b_U, word, other)
    rows = torch.arange(4)
    torch.testing.assert_close(got, tiny_logits[rows, word] - tiny_logits[rows, other], atol=1e-3, rtol=1e-4)


def test_numbers_of_a_gpu_pass():
    # TF32 and fused kernels move the last digits.
    right = forward()
    noisy = [right[name] * (1 + 1e-4) for name in ForwardPass.fields]
    assert run_check(ForwardPass(), tuple(noisy)).status == "passed"


def test_half_an_answer_is_not_an_attempt():
    assert (
        run_check(ForwardPass(), {"resid": forward()["resid"], "final": ..., "logits": ...}).status == "not attempted"
    )
