import pytest
import torch
from torch.nn import functional as F

from course_utils.sae import SAE, SAEConfig
from course_utils.sae.steps import nearest_cosine, off_the_dictionary, steps_from


@pytest.fixture
def dictionary():
    dice = torch.Generator().manual_seed(0)
    D = F.normalize(torch.randn(9, 5, generator=dice), dim=1)
    sae = SAE(SAEConfig(architecture="topk", d_in=5, d_sae=9, k=3), D.T.clone(), D, torch.zeros(5), torch.zeros(9))
    x = torch.randn(40, 5, generator=dice)
    return sae, x, sae.encode(x)


def test_every_step_is_as_long_as_the_error(dictionary):
    sae, x, f = dictionary
    length = (sae(x) - x).norm(dim=1)
    for step in steps_from(sae, x, f, torch.Generator().manual_seed(1)).values():
        torch.testing.assert_close(step.norm(dim=1), length)


def test_steps_along_latents_are_along_those_that_are_on_or_off(dictionary):
    sae, x, f = dictionary
    steps = steps_from(sae, x, f, torch.Generator().manual_seed(1))
    for name, sign, on in [("on, up", 1, True), ("on, down", -1, True), ("off, up", 1, False)]:
        cosines = sign * F.normalize(steps[f"latent that is {name}"], dim=1) @ sae.W_dec.T
        for row, latent in enumerate(cosines.argmax(1).tolist()):
            assert cosines[row, latent] > 0.999 and bool(f[row, latent] > 0) == on
    torch.testing.assert_close(steps["error, sign changed"], -steps["error"])
    torch.testing.assert_close(steps["error"], sae(x) - x)


def test_an_exchanged_latent_leaves_as_many_on(dictionary):
    sae, x, f = dictionary
    step = F.normalize(steps_from(sae, x, f, torch.Generator().manual_seed(1))["latent exchanged"], dim=1)
    for row in range(len(x)):
        fitting = [
            (step[row] @ F.normalize(sae.W_dec[off] - sae.W_dec[on], dim=0)).item()
            for on in (f[row] > 0).nonzero().flatten()
            for off in (f[row] == 0).nonzero().flatten()
        ]
        assert max(fitting) > 0.999


def test_off_the_dictionary_is_as_far_from_it_as_can_be_found(dictionary):
    sae, *_ = dictionary
    away = nearest_cosine(sae, off_the_dictionary(sae, torch.Generator().manual_seed(2)))
    usual = nearest_cosine(sae, torch.randn(400, 5, generator=torch.Generator().manual_seed(3)))
    assert away.max() < usual.quantile(0.2) and away.tolist() == sorted(away.tolist())


def test_rows_without_a_latent_are_refused(dictionary):
    sae, x, f = dictionary
    with pytest.raises(ValueError, match="in every row some latent must be on"):
        steps_from(sae, x, torch.zeros_like(f), torch.Generator())
