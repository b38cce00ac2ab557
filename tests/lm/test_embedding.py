import torch

from course_utils.lm import load_model
from course_utils.lm.embedding import centred_rows, dealt_out_anew


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
