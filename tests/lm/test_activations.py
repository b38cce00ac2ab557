"""Activations equal what run_with_cache gives, in bounded memory, and a store is whole or not there."""

import io
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from tqdm.auto import tqdm
from transformer_lens import TransformerBridge
from transformers import GPT2Config, GPT2LMHeadModel

from course_utils.lm import UnknownHook, activations, load_model, open_activations
from course_utils.lm.tiny_language import sample

module = sys.modules["course_utils.lm.activations"]  # the function hides the module of its name
HOOKS = ["blocks.0.mlp.hook_post", "blocks.1.hook_resid_pre", "blocks.0.attn.hook_pattern"]


@pytest.fixture(scope="module")
def tiny():
    return load_model("tiny")


@pytest.fixture(scope="module")
def gpt2():
    """GPT-2's architecture as transformers has it, small and random."""
    config = GPT2Config(vocab_size=50, n_embd=12, n_layer=3, n_head=3, n_positions=24, bos_token_id=0, eos_token_id=0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        hf_model = GPT2LMHeadModel(config).eval()
    tokenizer = load_model("tiny").tokenizer  # any: tokens go in
    return TransformerBridge.boot_transformers("gpt2", hf_model=hf_model, tokenizer=tokenizer, device="cpu")


@pytest.fixture(scope="module")
def tokens():
    return sample(10, seed=1).tokens.clamp_max(49)


@pytest.mark.parametrize("which", ["tiny", "gpt2"])
@pytest.mark.parametrize("stored", [False, True], ids=["in memory", "in a store"])
def test_every_hook_gives_what_run_with_cache_gives(request, tokens, tmp_path, which, stored):
    model = request.getfixturevalue(which)
    _, cache = model.run_with_cache(tokens)
    names = [name for name, value in cache.items() if value.shape[0] == len(tokens) and value.is_floating_point()]
    assert len(names) > 80
    got = activations(model, tokens, names, batch_size=4, path=tmp_path / "store" if stored else None)
    assert list(got) == names
    for name in names:
        assert got[name].dtype == torch.float32
        torch.testing.assert_close(got[name], cache[name], atol=1e-5, rtol=1e-5, msg=name)


@pytest.mark.parametrize("which", ["tiny", "gpt2"])
def test_each_hook_alone_gives_the_same(request, tokens, which):
    # Alone, so that the pass ends right after it.
    model = request.getfixturevalue(which)
    _, cache = model.run_with_cache(tokens)
    for name in ["hook_embed", *HOOKS, "blocks.1.hook_resid_post", "blocks.1.attn.hook_z", "ln_final.hook_scale"]:
        (value,) = activations(model, tokens, [name], batch_size=3).values()
        torch.testing.assert_close(value, cache[name], atol=1e-5, rtol=1e-5, msg=name)


def test_a_pass_ends_after_the_last_hook_asked_for_and_leaves_no_hook_behind(tiny, tokens):
    met = []
    with tiny.hooks(
        fwd_hooks=[(n, lambda value, hook: met.append(hook.name)) for n in ("blocks.0.hook_out", "ln_final.hook_in")]
    ):
        activations(tiny, tokens, ["blocks.0.mlp.hook_post", "blocks.0.hook_resid_pre"])
    assert met == []
    activations(tiny, tokens, HOOKS)
    assert not any(point.fwd_hooks for point in tiny.hook_dict.values())
    assert tiny(tokens).shape == (10, 24, 69)  # and the model still goes to its end


def test_no_gradient_is_kept_even_of_a_model_in_training(tokens):
    model = load_model("tiny").requires_grad_(True)
    assert not any(value.requires_grad for value in activations(model, tokens, HOOKS).values())


def test_numpy_tokens_and_half_precision(tiny, tokens):
    full = activations(tiny, tokens, HOOKS)
    half = activations(tiny, tokens.numpy().astype(np.int16), HOOKS, dtype=torch.float16)
    for name in HOOKS:
        assert half[name].dtype == torch.float16
        assert torch.equal(half[name], full[name].half())


# Refusals


def test_a_hook_that_is_not_there_is_answered_with_the_nearest(tiny, tokens):
    with pytest.raises(UnknownHook, match=re.escape("no hook 'blocks.0.mlp.hook_pots'. Did you mean")) as error:
        activations(tiny, tokens, ["blocks.0.mlp.hook_pots"])
    assert "'blocks.0.mlp.hook_post'" in str(error.value)


@pytest.mark.parametrize(
    "names, arguments, said",
    [
        ([], {}, "nothing to keep"),
        (HOOKS, {"tokens": torch.zeros(0, 24)}, "nothing to keep"),
        (HOOKS, {"dtype": torch.bfloat16}, "not torch.bfloat16"),
        (["blocks.0.attn.hook_result"], {}, "use_attn_result is False"),
        ([*HOOKS, "blocks.0.attn.hook_hidden_states"], {}, "never meets blocks.0.attn.hook_hidden_states"),
    ],
)
def test_what_can_not_be_kept_is_refused(tiny, tokens, names, arguments, said):
    with pytest.raises(ValueError, match=said):
        activations(tiny, **({"tokens": tokens, "hook_names": names} | arguments))


def test_a_number_too_large_for_half_precision_is_no_silent_infinity(tokens):
    model = load_model("tiny")
    model.state_dict()["embed.weight"].mul_(1e6)
    with pytest.raises(OverflowError, match="hook_embed has values beyond"):
        activations(model, tokens, ["hook_embed"], dtype=torch.float16)
    model.state_dict()["embed.weight"].fill_(-torch.inf)  # as scores that are masked: infinite before, infinite after
    assert activations(model, tokens, ["hook_embed"], dtype=torch.float16)["hook_embed"].isneginf().all()


# Stores


def test_a_store_comes_back_from_disk_and_is_safe_from_changes(tiny, tokens, tmp_path):
    made = activations(tiny, tokens, HOOKS, dtype=torch.float16, path=tmp_path / "a" / "store")
    again = open_activations(tmp_path / "a" / "store")
    assert again.keys() == made.keys()
    for name in HOOKS:
        assert torch.equal(again[name], made[name])
        assert again[name].untyped_storage().data_ptr() != made[name].untyped_storage().data_ptr()
        assert np.array_equal(np.load(tmp_path / "a" / "store" / f"{name}.npy"), made[name].numpy())
    rows = again[HOOKS[0]].flatten(0, 1)
    assert rows.data_ptr() == again[HOOKS[0]].data_ptr()  # a view: nothing was read
    rows.zero_()
    assert open_activations(tmp_path / "a" / "store")[HOOKS[0]].abs().sum() > 0


def test_what_is_there_is_not_overwritten(tiny, tokens, tmp_path):
    (tmp_path / "store").write_text("mine")
    with pytest.raises(FileExistsError, match="exists"):
        activations(tiny, tokens, HOOKS, path=tmp_path / "store")
    assert (tmp_path / "store").read_text() == "mine"


def test_an_interruption_leaves_nothing_that_looks_finished(tiny, tokens, tmp_path, monkeypatch):
    run = module._run

    def interrupted(model, batch, names):
        if len(batch) < 4:
            raise KeyboardInterrupt
        return run(model, batch, names)

    with monkeypatch.context() as patch:
        patch.setattr(module, "_run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            activations(tiny, tokens, HOOKS, batch_size=4, path=tmp_path / "store")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError, match="no store of activations"):
        open_activations(tmp_path / "store")
    assert len(activations(tiny, tokens, HOOKS, path=tmp_path / "store")) == len(HOOKS)


KILLED = """
import os, sys
from course_utils.lm import activations, load_model
from course_utils.lm.tiny_language import sample
module, batches = sys.modules["course_utils.lm.activations"], []
run = module._run
def killed(*args):
    batches.append(args)
    return run(*args) if len(batches) < 3 else os._exit(9)
module._run = killed
activations(load_model("tiny"), sample(10, seed=1).tokens, ["hook_embed"], batch_size=2, path=sys.argv[1])
"""


def test_a_store_whose_process_was_killed_is_known_as_unfinished_and_can_be_made_again(tiny, tokens, tmp_path):
    store = tmp_path / "store"
    assert subprocess.run([sys.executable, "-c", KILLED, str(store)], cwd=Path(__file__).parents[2]).returncode == 9
    assert [path.name for path in tmp_path.iterdir()] == ["store.part"]
    with pytest.raises(FileNotFoundError, match="begun there and not finished"):
        open_activations(store)
    made = activations(tiny, tokens, HOOKS, path=store)
    assert [path.name for path in tmp_path.iterdir()] == ["store"] and list(made) == HOOKS


def test_a_file_that_was_cut_short_is_not_read(tiny, tokens, tmp_path):
    activations(tiny, tokens, ["hook_embed"], path=tmp_path / "store")
    file = tmp_path / "store" / "hook_embed.npy"
    file.write_bytes(file.read_bytes()[:-4])
    with pytest.raises(ValueError, match="mmap length"):
        open_activations(tmp_path / "store")


# Memory and progress

# VmHWM, the peak of this very program: ru_maxrss would begin at that of the process which started it.
PEAK = """
import sys, torch
from course_utils.lm import activations, load_model
torch.set_num_threads(1)
def peak(): return 1024 * int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
model, tokens = load_model("tiny"), torch.randint(69, (8_000, 24))
hooks = [f"blocks.{i}.mlp.hook_{x}" for i in (0, 1) for x in ("pre", "post")]
activations(model, tokens[:256], hooks, batch_size=256, path=sys.argv[1] + "/small")
open("/proc/self/clear_refs", "w").write("5")  # the peak so far is forgotten
before = peak()
large = activations(model, tokens, hooks, batch_size=256, path=PATH)
first = large[hooks[0]].flatten(0, 1)[::10_000].sum()  # reads some rows
print(peak() - before, sum(value.nbytes for value in large.values()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("path, most", [('sys.argv[1] + "/large"', 0.15), ("None", 1.15)], ids=["store", "memory"])
def test_memory_is_that_of_the_result_and_of_one_batch(tmp_path, path, most):
    code = PEAK.replace("PATH", path)
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert ran.returncode == 0, ran.stderr
    grown, result = map(int, ran.stdout.split())
    assert result == 4 * 8_000 * 24 * 64 * 4  # 197 MB
    assert grown < most * result
    assert path != "None" or grown > 0.9 * result  # what is measured does grow


def test_long_work_shows_how_far_it_is(tiny, tokens, monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr(
        module, "tqdm", lambda **options: tqdm(**(options | {"delay": 0, "mininterval": 0, "file": shown}))
    )
    activations(tiny, tokens, HOOKS, batch_size=4)
    assert all(count in shown.getvalue() for count in ("activations:", "0/10", "4/10", "8/10"))


def test_short_work_shows_nothing(tiny, tokens, capfd):
    activations(tiny, tokens, HOOKS)
    assert capfd.readouterr() == ("", "")
