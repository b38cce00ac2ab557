"""A public dictionary comes from a hub (ours, on loopback) once, and from the cache ever after."""

import re
import socket

import pytest
import torch

from course_utils.authoring.source import read_source
from course_utils.lm import UnknownModel
from course_utils.sae import SAEConfig, train_sae
from course_utils.sae.files import write_saelens
from course_utils.sae.public import RELEASES, load_sae
from tests.lm.hub import Hub
from tests.lm.test_public import SOLUTIONS, D, elsewhere, write_gpt2

NAME, HOOK = "gpt2-small-res-jb", "blocks.8.hook_resid_pre"


@pytest.fixture(scope="module")
def repositories(tmp_path_factory):
    """A small GPT-2, and a dictionary of centred rows in the folder of a release, with the model's name added."""
    folder = tmp_path_factory.mktemp("hub")
    write_gpt2(folder / "gpt2")
    release = folder / RELEASES[NAME].repository
    rows = torch.randn(4000, D, generator=torch.Generator().manual_seed(0))
    rows = rows - rows.mean(1, keepdim=True)
    config = SAEConfig(architecture="topk", d_in=D, d_sae=24, k=4)
    write_saelens(train_sae(rows, config, steps=100, batch_size=256, progress=False), release / HOOK)
    file = release / HOOK / "cfg.json"
    old_names = f'"model_name": "gpt2-small", "hook_point": "{FIRST}", '
    file.write_text(file.read_text().replace("{", "{" + old_names, 1))
    (release / "hub_config.json").write_text("{}")
    return folder


FIRST = "blocks.1.hook_resid_pre"  # the small model has two layers
SHOW = f"""
from course_utils.sae.public import load_sae
found = load_sae({NAME!r}, {HOOK!r})
print(found.model, found.hook, found.centred, found.sae.config.architecture, *found.sae.W_dec.shape)
"""


@pytest.fixture(scope="module")
def visited(repositories, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    with Hub(repositories) as hub:
        return cache, elsewhere(SHOW + "load_model(found.model)\n" + MISSING, cache, hub.address), hub


MISSING = f"""
for release, sae_id in [({NAME!r}, "blocks.99"), ("nobody/nothing", "x")]:
    try: load_sae(release, sae_id)
    except UnknownModel as error: print(error)
"""


def test_it_is_what_was_published_and_what_is_missing_is_said(visited):
    lines = visited[1].splitlines()
    assert lines[0] == f"gpt2-small {FIRST} True topk 24 {D}"
    assert "has no dictionary 'blocks.99'" in lines[1] and "has no model 'nobody/nothing'" in lines[2]


def test_the_second_time_needs_no_hub(visited):
    assert elsewhere(SHOW, visited[0], visited[2].address).splitlines() == visited[1].splitlines()[:1]


def test_a_new_machine_without_a_network_is_told_so(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
    code = SHOW.replace("found = ", "try: found = ").replace(
        "print(", "except NoNetwork as error: print(error)\nelse: print("
    )
    printed = elsewhere(code, tmp_path, nobody)
    assert f"'{HOOK}' of '{NAME}' has to come from {nobody}, which this computer can't reach" in printed


def test_a_release_that_nobody_knows_is_answered_with_those_that_are_known():
    with pytest.raises(UnknownModel, match=r"Did you mean 'gpt2-small-res-jb'"):
        load_sae("gpt2-small-res-j", HOOK)


BEFORE_IT = """
import torch
from course_utils import minilang
from course_utils.sae import metrics, public
from course_utils.lm import NoNetwork, load_model, reading
texts, SEED = minilang.sample(120, seed=3), 0
"""


def test_the_cell_of_chapter_10_measures_what_it_opens(visited):
    cells = read_source(SOLUTIONS / "10_saes_language_model.py").cells
    (cell,) = (cell.source for cell in cells if cell.kind == "code" and f'load_sae("{NAME}"' in cell.source)
    printed = elsewhere(BEFORE_IT + cell, visited[0], visited[2].address)
    explained = re.findall(r"explained variance +(-?\d\.\d+), active latents 4\.0", printed)
    assert len(explained) == 2 and float(explained[1]) > float(explained[0])
