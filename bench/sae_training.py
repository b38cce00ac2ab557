"""``train_sae`` against SAELens 6 and dictionary_learning: how good the dictionaries are, and how fast they come.

    python bench/sae_training.py                    # hours on two cores: 6 architectures, 6 methods, 5 seeds
    python bench/sae_training.py --quick            # minutes; far too short a training for the bars
    python bench/sae_training.py --architectures topk relu --seeds 3

The libraries need an environment of their own, made at the first run (``--peers FOLDER`` or $SAE_PEERS says where). All
train on the same batches, for as many steps; each peer at its own recommended learning rate and at ours, always with
its own schedule (see sae/peers.py), we with our defaults and nothing else. The peers' L1 and L0 penalties are searched
for until their L0 is K, on seed 0; ours is told K. The comparison begins with seed 1. Runs alternate. Wall times are
trusted if the machine is idle; otherwise the bars on speed go by processor time, on which each method has one thread.
The exit code is 1 if a bar isn't met.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from math import exp, inf, log
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from sae.batches import Batches
from sae.growth import growth
from sae.settings import (
    ARCHITECTURES,
    BATCH,
    BY_COUNT,
    D_IN,
    D_SAE,
    FEATURES,
    GROUPS,
    METHODS,
    K,
    cores,
    our_config,
)

from course_utils.sae.architectures.batchtopk import batch_top_k
from course_utils.sae.architectures.shared import pre_activations
from course_utils.sae.matching import max_cosines
from course_utils.sae.metrics import dead_fraction, explained_variance, frequencies, l0
from course_utils.sae.synthetic import SyntheticFeatures, random_directions
from course_utils.sae.train import train_sae

POOL, EVALUATION = 2**18, 8192  # rows
PACKAGES = ["torch==2.13.0", "sae-lens==6.54.12"], ["--no-deps", "dictionary-learning==0.1.0"]
TOLERANCE = 0.05  # of L0
FASTER = {"topk": 3.5, "batchtopk": 3.5, "relu": 1.5, "gated": 1.5, "jumprelu": 1.5}
TIME_TO = 0.9, 3.0  # MMCS, and how many times faster


class Run(NamedTuple):
    mmcs: float
    found: float
    l0: float
    ev: float
    dead: float
    seconds: float
    processor: float


class Bars:
    """What was promised, and whether it holds."""

    def __init__(self):
        self.failed = []

    def check(self, holds, text):
        print(f"- {'met' if holds else '**NOT MET**'}: {text}", flush=True)
        if not holds:
            self.failed.append(text)


class Bench:
    """The data, the peers' process, and the settings of this run."""

    def __init__(self, folder, python, threads):
        self.folder, self.threads = Path(folder), threads
        self.truth = SyntheticFeatures(random_directions(FEATURES, D_IN), K / FEATURES)
        self.pool = torch.cat([self.truth.sample(2**14, seed)[0] for seed in range(POOL // 2**14)])
        self.rows = self.truth.sample(EVALUATION, 10**6)[0]
        np.save(self.folder / "pool.npy", self.pool.numpy())
        np.save(self.folder / "rows.npy", self.rows.numpy())
        self.peers = subprocess.Popen(
            [python, str(Path(__file__).with_name("sae") / "peers.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(self.folder / "peers.log").open("w"),
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": str(threads)},
        )

    def run(self, method, architecture, sparsity, steps, seed):
        train = self._ours if method.ours else self._theirs
        W_dec, f, x_hat, seconds, processor = train(method, architecture, sparsity, steps, seed)
        cosines = max_cosines(self.truth.directions, W_dec)
        ev, dead = explained_variance(self.rows, x_hat).item(), dead_fraction(frequencies(f)).item()
        return Run(cosines.mmcs_features, cosines.found(0.9), l0(f).item(), ev, dead, seconds, processor)

    def _ours(self, method, architecture, sparsity, steps, seed):
        config = our_config(architecture, sparsity, D_IN, D_SAE)
        engine = "torch" if "torch" in method.library else "auto"
        options = {"seed": seed, "engine": engine}
        with cores(self.threads):
            began = time.perf_counter(), time.process_time()
            sae = train_sae(Batches(self.pool, BATCH), config, steps=steps, device="cpu", progress=False, **options)
            seconds, processor = time.perf_counter() - began[0], time.process_time() - began[1]
        if architecture in ("batchtopk", "matryoshka"):
            f = batch_top_k(pre_activations(sae, self.rows)[None], K)[0][0]
        else:
            f = sae.encode(self.rows)
        return sae.W_dec, f, sae.decode(f), seconds, processor

    def _theirs(self, method, architecture, sparsity, steps, seed):
        job = {"library": method.library, "architecture": architecture, "sparsity": sparsity, "steps": steps}
        job |= {
            "lr": method.lr(architecture),
            "seed": seed,
            "threads": self.threads,
            "batch_size": BATCH,
            "d_sae": D_SAE,
            "groups": GROUPS,
        }
        files = {"data": "pool.npy", "rows": "rows.npy", "out": "out.npz"}
        job |= {name: str(self.folder / file) for name, file in files.items()}
        self.peers.stdin.write(json.dumps(job) + "\n")
        self.peers.stdin.flush()
        answer = json.loads(self.peers.stdout.readline() or '{"error": "it ended: see peers.log"}')
        if "error" in answer:
            raise RuntimeError(f"{method}, {architecture}: {answer['error']}")
        with np.load(job["out"]) as out:
            tensors = [torch.from_numpy(out[name]) for name in ("W_dec", "f", "x_hat")]
        return *tensors, answer["seconds"], answer["processor"]

    def sparsity(self, method, architecture, steps):
        """K, or the penalty that gives this L0: found in at most nine trainings."""
        if architecture in BY_COUNT or method.ours:
            return K
        if (method.library, architecture) == ("dictionary_learning", "jumprelu"):
            guess, power = float(K), 1.0  # it takes a target for L0
        else:
            guess, power = {"relu": 0.3, "gated": 0.4, "jumprelu": 0.02}[architecture], -1.0
        tried = []  # log of the penalty, by how much log L0 is above log K
        for _ in range(9):
            off = log(max(self.run(method, architecture, guess, steps, 0).l0, 1e-2) / K)
            tried.append((log(guess), off))
            if abs(off) < log(1 + TOLERANCE / 2):
                break
            guess = exp(next_guess(tried, power))
        return exp(min(tried, key=lambda t: abs(t[1]))[0])


def next_guess(tried, power):
    """Where log L0 should be log K, from ``(log penalty, how far above)`` so far; at first as if L0 were the penalty to
    this power."""
    over, under = (
        min((t for t in tried if (t[1] > 0) == side), key=lambda t: abs(t[1]), default=None) for side in (1, 0)
    )
    if over and under:  # between the two, away from their ends
        share = min(0.65, max(0.35, over[1] / (over[1] - under[1])))
        return over[0] + share * (under[0] - over[0])
    last, off = tried[-1]
    if len(tried) > 1:
        before, its_off = tried[-2]
        slope = (off - its_off) / (last - before)
        power = slope if slope * power > 0 else power / 10
    return last - max(-1.5, min(1.5, off / power))


def mean(runs, name):
    return statistics.mean(getattr(run, name) for run in runs)


def at_equal_l0(runs):
    return abs(mean(runs, "l0") / K - 1) <= TOLERANCE


def compare(bench, architecture, seeds, steps, clock, bars):
    """Sections (a) and (b) for one architecture; returns each method's K or penalty."""
    print(f"\n## {architecture}: {steps} steps, {seeds} seeds, {bench.threads} thread(s)\n")
    sparsities = {method: bench.sparsity(method, architecture, steps) for method in METHODS}
    runs = {method: [] for method in METHODS}
    bench.run(METHODS[0], architecture, sparsities[METHODS[0]], 3, 0)  # compiling
    for seed in range(1, seeds + 1):
        for method in METHODS[:: 1 if seed % 2 else -1]:
            runs[method].append(bench.run(method, architecture, sparsities[method], steps, seed))
    print("| method | penalty | MMCS | found | L0 | EV | dead | act/s, wall | act/s, processor |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for method, found in runs.items():
        measures = " | ".join(f"{mean(found, name):.3f}" for name in ("mmcs", "found", "l0", "ev", "dead"))
        wall, processor = (
            steps * BATCH / statistics.median(getattr(run, name) for run in found) / 1e3
            for name in ("seconds", "processor")
        )
        print(f"| {method} | {sparsities[method]:.4g} | {measures} | {wall:.0f}k | {processor:.0f}k |")
    print()
    quality_bars(architecture, runs, bars)
    speed_bars(architecture, runs, clock, bars)
    return sparsities


def quality_bars(architecture, runs, bars):
    """Against the best peer by each measure, of those at the same L0, less one standard error of the difference."""
    equal = {method: found for method, found in runs.items() if not method.ours and at_equal_l0(found)}
    for ours in METHODS[:2]:
        own = runs[ours]
        bars.check(at_equal_l0(own), f"{architecture}, {ours}: L0 {mean(own, 'l0'):.2f} within {TOLERANCE:.0%} of {K}")
        for name, sign in (("mmcs", 1), ("found", 1), ("ev", 1), ("dead", -1)):
            if not equal:
                bars.check(False, f"{architecture}: no peer reached L0 {K}, nothing to compare {name} with")
                break
            best = max(equal, key=lambda method: sign * mean(equal[method], name))
            gains = [sign * (getattr(a, name) - getattr(b, name)) for a, b in zip(own, equal[best])]
            noise = statistics.stdev(gains) / len(gains) ** 0.5 if len(gains) > 1 else 0.0
            text = f"{architecture}, {ours}: {name} {mean(own, name):.3f}, best peer {mean(equal[best], name):.3f}"
            bars.check(statistics.mean(gains) >= -noise, f"{text} ({best}; standard error {noise:.3f})")


def speed_bars(architecture, runs, clock, bars):
    for ours, wanted in ((METHODS[0], FASTER.get(architecture, 1.0)), (METHODS[1], 1.0)):
        ratio, peer = min(
            (statistics.median(getattr(b, clock) / getattr(a, clock) for a, b in zip(runs[ours], found)), str(method))
            for method, found in runs.items()
            if not method.ours
        )
        bars.check(ratio >= wanted, f"{architecture}, {ours}: {ratio:.2f}× the fastest peer ({peer}), wanted {wanted}×")


def time_to_quality(bench, architecture, sparsities, seeds, most_steps, clock, bars):
    """Section (c): whole trainings, each 1.6 times as long as the last, until the mean MMCS passes the mark.

    Between the last two, steps and seconds are interpolated by their logarithms. A peer that has already taken longer
    than the fastest one took in all is given up.
    """
    mark, wanted = TIME_TO
    print(f"\n## {architecture}: time to an MMCS of {mark}, {seeds} seeds\n")
    print("| method | steps | seconds |\n| --- | --- | --- |")
    times = {}
    for method in sorted(METHODS, key=lambda method: method.rate == "own"):  # the slow ones last
        before, steps = None, 60
        while steps <= most_steps:
            found = [bench.run(method, architecture, sparsities[method], steps, seed) for seed in range(1, seeds + 1)]
            now = steps, mean(found, "mmcs"), mean(found, clock)
            if now[1] >= mark:
                part = (mark - before[1]) / (now[1] - before[1]) if before else 1.0
                first = before or now
                at, seconds = (exp(log(first[i]) + part * (log(now[i]) - log(first[i]))) for i in (0, 2))
                times[method] = seconds
                print(f"| {method} | {at:.0f} | {seconds:.2f} |", flush=True)
                break
            before, steps = now, int(steps * 1.6)
            if not method.ours and now[2] > min((times[m] for m in times if not m.ours), default=inf):
                print(f"| {method} | above {now[0]} (MMCS {now[1]:.3f}) | above {now[2]:.2f} |", flush=True)
                break
        else:
            print(f"| {method} | above {most_steps} (MMCS {before[1]:.3f}) | |", flush=True)
    print()
    peers = [seconds for method, seconds in times.items() if not method.ours]
    ours = times.get(METHODS[0])
    if ours is None or not peers:
        bars.check(
            ours is not None, f"{architecture}: MMCS {mark} within {most_steps} steps (ours; no peer: {not peers})"
        )
        return
    ratio = min(peers) / ours
    bars.check(
        ratio >= wanted,
        f"{architecture}: MMCS {mark} in {ratio:.1f}× less time than the fastest peer, wanted {wanted}×",
    )


def peers_python(folder):
    """Python of the peers' environment, which is made if it isn't there."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        print(f"making the peers' environment in {folder}", flush=True)
        venv.create(folder, with_pip=True)
        for packages in PACKAGES:
            subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)
    return str(python)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--architectures", nargs="+", choices=ARCHITECTURES, default=list(ARCHITECTURES))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--peers", type=Path, default=os.environ.get("SAE_PEERS", Path(__file__).parents[1] / "build/peers")
    )
    parser.add_argument("--quick", action="store_true", help="2 seeds, 60 steps: does it run?")
    chosen = parser.parse_args()
    seeds, steps = (2, 60) if chosen.quick else (chosen.seeds, chosen.steps)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    clock = "seconds" if load < 0.5 or chosen.threads > 1 else "processor"
    by = "wall" if clock == "seconds" else "processor"
    print(f"load average before the start: {load:.1f}; the bars on speed go by {by} time")
    bars = Bars()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder, peers_python(Path(chosen.peers)), chosen.threads)
        try:
            for architecture in chosen.architectures:
                sparsities = compare(bench, architecture, seeds, steps, clock, bars)
                if architecture in ("topk", "batchtopk") and not chosen.quick:
                    time_to_quality(bench, architecture, sparsities, min(seeds, 3), 8 * steps, clock, bars)
        finally:
            bench.peers.stdin.close()
            bench.peers.wait()
    growth(chosen.threads, 0.1 if chosen.quick else 1.0)
    print(f"\n{len(bars.failed)} bar(s) not met" + "".join(f"\n- {text}" for text in bars.failed))
    sys.exit(bool(bars.failed))


if __name__ == "__main__":
    main()
