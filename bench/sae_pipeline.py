"""From a language model to a trained dictionary, end to end: ours against SAELens 6's own runner, in one run.

    python bench/sae_pipeline.py                    # some ten minutes on one core
    python bench/sae_pipeline.py --quick            # does it run? Most of its time goes into filling the buffers

The same model (mini-gelu-1l, as a HookedTransformer for SAELens), the same documents, hook, architecture (TopK), sizes,
batches, number of steps, learning rate and its schedule, a buffer of as many rows; both in float32; nobody writes
activations to disk. Two settings, each for both: latents count as dead after as many batches as our default says, and
are then trained by the auxiliary loss; or after a thousand batches, which is SAELens's default: never, in so short a
training. Each training has a process of its own, on one core, and they alternate. Timed is what happens between a
loaded model and a trained dictionary; not timed are imports, and compiling. Memory is the largest that the process had,
and how much that is above what it had before. SAELens needs an environment of its own (see sae_training.py: ``--peers``
or $SAE_PEERS). The exit code is 1 if ours isn't FASTER times as fast in both settings, by processor time.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from sae.settings import cores
from sae_training import Bars, peers_python

from course_utils import minilang
from course_utils.lm import activations, load_model
from course_utils.sae import SAEConfig, defaults, metrics, train_sae
from course_utils.sae.store import mixed, model_rows

HOOK, FASTER = "blocks.0.mlp.hook_post", 3.0
JOB = {
    "hook": HOOK, "d_in": 128, "d_sae": 1024, "k": 8, "batch_size": 2048, "documents": 64, "capacity": 63 * 2048,
    "aux": 1 / 4, "threads": 1,
}  # fmt: skip
SETTINGS = {"dead latents are trained": 4, "no latent counts as dead": 1000}  # batches without firing


def weights(model) -> dict[str, torch.Tensor]:
    """By the names that a HookedTransformer gives them."""
    attention = {name: getattr(model, name)[0] for name in ("W_Q", "W_K", "W_V", "W_O", "b_Q", "b_K", "b_V", "b_O")}
    mlp = {name: getattr(model, name)[0] for name in ("W_in", "b_in", "W_out", "b_out")}
    found = {"embed.W_E": model.W_E, "pos_embed.W_pos": model.W_pos, "unembed.W_U": model.W_U, "unembed.b_U": model.b_U}
    found |= {f"blocks.0.attn.{name}": value for name, value in attention.items()}
    return found | {f"blocks.0.mlp.{name}": value for name, value in mlp.items()}


def prepare(folder: Path, documents: int) -> dict:
    """Files that both read; the paths, by what they are."""
    model = load_model("mini-gelu-1l")
    tokens = minilang.sample(documents, seed=10_000).tokens[:, :-1].astype(np.int64)
    held = minilang.sample(100, seed=10_500).tokens[:, :-1].astype(np.int64)
    rows = activations(model, held, HOOK)[HOOK].flatten(0, 1)
    named = {"weights": "weights.npz", "tokens": "tokens.npy", "held": "held.npy", "rows": "rows.npy"}
    np.savez(folder / named["weights"], **{name: value.numpy() for name, value in weights(model).items()})
    for name, value in (("tokens", tokens), ("held", held), ("rows", rows.numpy())):
        np.save(folder / named[name], value)
    shape = ("n_layers", "d_model", "n_heads", "d_head", "d_mlp", "n_ctx", "d_vocab", "act_fn", "normalization_type")
    config = {name: getattr(model.cfg, name) for name in shape} | {"eps": model.cfg.eps}
    return JOB | {"model": config} | {name: str(folder / file) for name, file in named.items()}


def ours(job: dict) -> dict:
    """One training in this process."""
    torch.set_num_threads(job["threads"])
    model, tokens = load_model("mini-gelu-1l"), torch.from_numpy(np.load(job["tokens"]))
    rows = torch.from_numpy(np.load(job["rows"]))
    config = SAEConfig(
        architecture="topk", d_in=job["d_in"], d_sae=job["d_sae"], k=job["k"], aux=job["aux"],
        dead_after=job["dead_after"] * job["batch_size"],
    )  # fmt: skip
    options = {"lr": job["lr"], "seed": job["seed"], "device": "cpu", "progress": False}
    brief = replace(config, dead_after=1)  # so that what dead latents do is compiled too
    train_sae(rows, brief, steps=3, batch_size=job["batch_size"], **options)
    before = peak()
    began = time.perf_counter(), time.process_time()
    chunks = model_rows(model, tokens, job["hook"], documents=job["documents"])
    batches = mixed(chunks, job["capacity"], job["batch_size"], job["seed"])
    sae = train_sae(batches, config, steps=job["steps"], **options)
    seconds, processor = time.perf_counter() - began[0], time.process_time() - began[1]
    explained = metrics.explained_variance(rows, sae(rows)).item()
    quality = {"explained": explained, "l0": metrics.l0(sae.encode(rows)).item()}
    return {"seconds": seconds, "processor": processor, "before": before, "peak": peak(), **quality}


def peak() -> float:
    """MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_a_process(command: list[str], job: dict) -> dict:
    environment = os.environ | {"OMP_NUM_THREADS": str(job["threads"])}
    done = subprocess.run(command, input=json.dumps(job) + "\n", capture_output=True, text=True, env=environment)
    lines = done.stdout.splitlines()
    answer = json.loads(lines[-1]) if lines else {"error": done.stderr[-2000:]}
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one seed, 40 steps, no bar")
    parser.add_argument("--ours", action="store_true", help=argparse.SUPPRESS)  # one job, from standard input
    parser.add_argument(
        "--peers", type=Path, default=os.environ.get("SAE_PEERS", Path(__file__).parents[1] / "build/peers")
    )
    chosen = parser.parse_args()
    if chosen.ours:
        print(json.dumps(ours(json.loads(sys.stdin.readline()))))
        return
    seeds, steps = (1, 40) if chosen.quick else (chosen.seeds, chosen.steps)
    commands = {
        "ours": [sys.executable, __file__, "--ours"],
        "SAELens": [peers_python(Path(chosen.peers)), str(Path(__file__).with_name("sae") / "runner.py")],
    }
    bars = Bars()
    with tempfile.TemporaryDirectory() as folder, cores(JOB["threads"]):  # which the processes inherit
        rows = steps * JOB["batch_size"] + JOB["capacity"]
        job = prepare(Path(folder), documents=rows // 63 + 64)
        job |= {"steps": steps, "lr": defaults.lr("topk", JOB["d_in"], steps)}
        for setting, dead_after in SETTINGS.items():
            found = {name: [] for name in commands}
            for seed in range(seeds):
                for name in list(commands)[:: 1 if seed % 2 else -1]:
                    found[name].append(in_a_process(commands[name], job | {"seed": seed, "dead_after": dead_after}))
            report(setting, found, steps * JOB["batch_size"], bars)
    sys.exit(bool(bars.failed) and not chosen.quick)


def report(setting: str, found: dict[str, list[dict]], rows: int, bars: Bars) -> None:
    """Prints the table, and whether the bar is met."""
    print(f"\n## {setting[0].upper()}{setting[1:]}\n")
    print("| | act/s, wall | act/s, processor | explained variance | L0 | largest MiB | above the start |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, runs in found.items():
        middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        print(
            f"| {name} | {rows / middle['seconds'] / 1e3:.1f}k | {rows / middle['processor'] / 1e3:.1f}k | "
            f"{middle['explained']:.3f} | {middle['l0']:.2f} | {middle['peak']:.0f} | "
            f"{middle['peak'] - middle['before']:.0f} |"
        )
    ratios = {
        clock: [b[clock] / a[clock] for a, b in zip(found["ours"], found["SAELens"])]
        for clock in ("seconds", "processor")
    }
    wall, processor = (statistics.median(ratios[clock]) for clock in ("seconds", "processor"))
    said = (
        f"{processor:.1f}× as fast as SAELens's runner by processor time ({wall:.1f}× by wall; seed by seed "
        f"{', '.join(f'{ratio:.1f}' for ratio in ratios['processor'])}), wanted {FASTER}×: {setting}"
    )
    print()
    bars.check(processor >= FASTER, said)


if __name__ == "__main__":
    main()
