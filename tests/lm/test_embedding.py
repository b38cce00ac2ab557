import pytest
import torch

from course_utils import minilang
from course_utils.lm import load_model
from course_utils.lm.embedding import centred_rows, dealt_out_anew, left_by_others, loss_with_rows


def test_centred_rows_add_up_to_nothing_and_differ_as_they_did():
    model = load_model("mini-gelu-1l")
    rows = centred_rows(model)
    torch.testing.assert_close(rows.sum(0), torch.zeros(rows.shape[1]), atol=1e-4, rtol=0)
    torch.testing.assert_close(rows[3] - rows[8], model.W_E[3] - model.W_E[8])


def test_dealt_out_anew_every_dimension_keeps_its_numbers_in_another_order():
    E = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
    dealt = dealt_out_anew(E, torch.Generator().manual_seed(1))
    assert [sorted(column) for column in dealt.T.tolist()] == [sorted(column) for column in E.T.tolist()]
    assert not torch.isclose(dealt.norm(dim=1).sort().values, E.norm(dim=1).sort().values).all()  # rows are torn apart


def test_what_others_leave_by_loops():
    E = torch.randn(9, 4, generator=torch.Generator().manual_seed(0)) * torch.arange(1, 10)[:, None]
    for own, left in zip(range(9), left_by_others(E, 3)):
        expected = E[own].clone()
        for _ in range(3):
            others = [E[i] / E[i].norm() for i in range(9) if i != own]
            most = max(others, key=lambda other: abs(float(expected @ other)))
            expected -= (expected @ most) * most
        torch.testing.assert_close(left, expected)


def test_the_loss_with_other_rows_leaves_the_model_as_it_was():
    model, tokens = load_model("mini-gelu-1l"), torch.from_numpy(minilang.sample(6, seed=3).tokens).long()
    before, usual = model.W_E.clone(), float(model(tokens, return_type="loss"))
    assert loss_with_rows(model, tokens, centred_rows(model)) == pytest.approx(usual, abs=1e-4)
    assert loss_with_rows(model, tokens, centred_rows(model).roll(1, 0)) > usual + 1
    assert torch.equal(model.W_E, before)
