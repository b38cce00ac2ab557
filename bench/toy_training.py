"""How fast ``toy.train`` is, against the plain loop and against what the machine can do.

    python bench/toy_training.py            # about five minutes on two cores
    python bench/toy_training.py --quick    # half a minute; ratios come out too low, for so few steps
                                            # hardly pay for the start of a run

Plain and fast runs alternate. On a busy machine that isn't enough: torch's threads wait for one another, the plain loop
suffers most, and the ratio comes out too good. The load is printed, and a second table counts processor time with one
thread for the plain loop, which other work hardly moves.
"""

import argparse
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from course_utils.toy import (
    L2,
    Dropout,
    Fixed,
    Independent,
    examples,
    loss_on,
    relu_output_model,
    sparse_features,
    train,
    unit_rows,
    weighted_mse,
)
from course_utils.toy.numba_engine import usable_cores
from course_utils.toy.numba_random import LANES, draw, random_state
from course_utils.toy.optimisers import warm_up_and_cosine

BATCH = 1024
SHAPES = {  # (instances, features, hidden): (steps, the least ratio wanted)
    (8, 5, 2): (2000, 30),
    (100, 2, 1): (600, 30),
    (20, 100, 20): (200, 5),
}


def sweep(n_instances, n_features):
    """Densities from 1 to 0.01, ``[instance, 1]``, and importances 0.9^i, ``[feature]``."""
    return torch.logspace(0, -2, n_instances)[:, None], 0.9 ** torch.arange(n_features)


def plain_loop(n_instances, n_features, n_hidden, steps, seed):
    """What one writes first: einsum, two uniform draws per element, autograd, ``torch.optim.Adam``."""
    density, importance = sweep(n_instances, n_features)
    generator = torch.Generator().manual_seed(seed)
    W = torch.randn(n_instances, n_hidden, n_features, generator=generator) * (2 / (n_hidden + n_features)) ** 0.5
    W.requires_grad_()
    b = torch.zeros(n_instances, n_features, requires_grad=True)
    optimiser = torch.optim.Adam([W, b], lr=1e-3)
    shape = (BATCH, n_instances, n_features)
    for _ in range(steps):
        on = torch.rand(shape, generator=generator) < density
        x = torch.where(on, torch.rand(shape, generator=generator), 0.0)
        h = torch.einsum("ihf,nif->nih", W, x)
        x_hat = torch.relu(torch.einsum("ihf,nih->nif", W, h) + b)
        loss = (importance * (x - x_hat) ** 2).mean(dim=(0, 2)).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return W.detach(), b.detach()


def fast(n_instances, n_features, n_hidden, steps, seed):
    density, importance = sweep(n_instances, n_features)
    options = {"density": density, "importance": importance, "steps": steps, "seed": seed, "batch_size": BATCH}
    result = train(n_features, n_hidden, **options, device="cpu", progress=False)
    return result.W, result.b


def groups_of_two(n, p, n_features, g):
    return (torch.rand(n, n_features // 2, generator=g) < p).repeat_interleave(2, 1) * torch.rand(
        n, n_features, generator=g
    )


def independent(n, p, n_features, g):
    return (torch.rand(n, n_features, generator=g) < p) * torch.rand(n, n_features, generator=g)


def levels(n, p, n_features, g):
    return (torch.rand(n, n_features, generator=g) < p) * torch.randint(1, 4, (n, n_features), generator=g).float()


ADAM = lambda parameters: torch.optim.Adam(parameters, lr=1e-2)  # noqa: E731
SGD = lambda parameters: torch.optim.SGD(parameters, lr=0.2)  # noqa: E731
LENGTH = 1500  # steps of a sweep in the chapter: the start of a run is paid for once
# Sweeps of chapter 02: (models, features, hidden, batch, densities), options of `train`, and what the plain loop does.
SWEEPS = {
    "dimensions per feature": ((25, 64, 8, 256, (0.1, 1.0)), {}, {}),
    "five features": ((90, 5, 2, 256, (0.02, 0.2)), {}, {}),
    "pairs together": ((90, 4, 2, 256, (0.05, 0.3)), {"data": "pairs together"}, {"sample": groups_of_two}),
    "values 1, 2, 3": ((12, 20, 5, 1024, (0.03, 0.3)), {"data": Independent("{1,2,3}")}, {"sample": levels}),
    "SGD": ((20, 8, 4, 256, (0.3, 0.3)), {"optimiser": "sgd", "lr": 0.2}, {"optimiser": SGD}),
    "L2": ((12, 20, 5, 1024, (0.03, 0.3)), {"penalty": L2(1e-3)}, {"penalty": lambda W: 1e-3 * (W**2).sum()}),
    "GELU": ((12, 20, 5, 1024, (0.03, 0.3)), {"activation": "gelu"}, {"f": torch.nn.functional.gelu}),
    "dropout": ((12, 20, 5, 1024, (0.03, 0.3)), {"dropout": Dropout(0.3)}, {"drop": torch.nn.Dropout(0.3)}),
}


def one_model(W, p, batch, steps, sample=independent, optimiser=ADAM, penalty=None, f=torch.relu, drop=None, seed=0):
    """What a learner writes, one model after the other: autograd and ``torch.optim``."""
    W, b = W.clone().requires_grad_(), torch.zeros(W.shape[1], requires_grad=True)
    descent, g = optimiser([W, b]), torch.Generator().manual_seed(seed)
    for _ in range(steps):
        x = sample(batch, p, W.shape[1], g)
        h = x @ W.T
        h = drop(h) if drop else h
        loss = ((x - f(h @ W + b)) ** 2).mean()
        loss = loss + penalty(W) if penalty else loss
        descent.zero_grad()
        loss.backward()
        descent.step()
    return W.detach(), b.detach()


def both_clocks():
    """Processor time and the clock's, in seconds."""
    return np.array([time.process_time(), time.perf_counter()])


def print_row(name, engine, slow, quick, agreement):
    """``slow`` and ``quick``: milliseconds a step by both clocks, run by run."""
    (plain, _), (train_, _) = np.median(slow, axis=0), np.median(quick, axis=0)
    processor, clock = np.median(np.array(slow) / np.array(quick), axis=0)
    print(
        f"| {name} | {engine} | {plain:.2f} | {train_:.3f} | **{processor:.1f}×** | {clock:.1f}× | {agreement:.4f} |",
        flush=True,
    )


def chapter_two(steps, repeats):
    """Alternated, on one torch thread (for models so small two are slower); the plain loop's models are timed a few at
    a time, the loss is compared over the same starts (the median of the ratios: a start may stand between two minima).
    """
    print(f"\n## Sweeps of chapter 02: one plain model after another (medians of {repeats})\n")
    print("Ratios of processor time, and by the clock, where `train` has all cores and a busy machine disturbs.\n")
    print("| sweep | engine | plain, ms/step | train, ms/step | ratio | by the clock | loss, train/plain |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for name, ((models, n_features, n_hidden, batch, ends), options, plain) in SWEEPS.items():
        density = torch.linspace(*ends, models)[:, None]
        starts = torch.randn(models, n_hidden, n_features, generator=torch.Generator().manual_seed(0))
        starts *= (2 / (n_hidden + n_features)) ** 0.5
        how = {"density": density, "start": starts, "batch_size": batch, "lr": 1e-2, "device": "cpu", "progress": False}
        train(n_features, n_hidden, **how | options, steps=2)  # compiled
        some = torch.linspace(0, models - 1, 10).long()
        slow, quick, ratios = [], [], []
        for seed in range(repeats):
            began = both_clocks()
            found = [one_model(starts[i], density[i], batch, steps, seed=seed, **plain) for i in some]
            slow.append((both_clocks() - began) / len(some) * models / steps * 1e3)
            result = train(n_features, n_hidden, **how | options, steps=steps, seed=seed)
            length = LENGTH if result.engine == "numba" else steps
            began = both_clocks()
            train(n_features, n_hidden, **how | options, steps=length, seed=seed)
            quick.append((both_clocks() - began) / length * 1e3)
            other = result.pick(some)._replace(
                W=torch.stack([W for W, _ in found]), b=torch.stack([b for _, b in found])
            )
            x = examples(options.get("data", "independent"), 20_000, other.density, seed=1)
            ratios.append(loss_on(result.pick(some), x) / loss_on(other, x))
        agreement = torch.cat(ratios).median()
        print_row(f"{name}: {models} of {n_features}→{n_hidden}", result.engine, slow, quick, agreement)
    torch.set_num_threads(threads)


SET_SIZES = (3, 5, 8, 16, 32, 64, 128, 300, 1000, 3000)


def memorise(W, rows, steps):
    """Full batch on one training set, with AdamW's decay on W alone, warm-up and cosine."""
    W, b = W.clone().requires_grad_(), torch.zeros(W.shape[1], requires_grad=True)
    parts = [{"params": [W], "weight_decay": 0.01}, {"params": [b], "weight_decay": 0.0}]
    descent = torch.optim.AdamW(parts, lr=1e-2)
    schedule = torch.optim.lr_scheduler.LambdaLR(descent, lambda t: warm_up_and_cosine((t + 1) / steps))
    for _ in range(steps):
        loss = ((rows - torch.relu(rows @ W.T @ W + b)) ** 2).mean()
        descent.zero_grad()
        loss.backward()
        descent.step()
        schedule.step()
    return W.detach(), b.detach()


def training_sets(steps, repeats):
    """Section 2.11: one model for each of ten training sets, all of it at every step."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    sets = [unit_rows(sparse_features(size, 100, density=0.3, seed=size)) for size in SET_SIZES]
    starts = torch.randn(len(sets), 2, 100, generator=torch.Generator().manual_seed(0)) * (2 / 102) ** 0.5
    how = {"data": Fixed(sets), "start": starts, "optimiser": "adamw", "lr": 1e-2, "device": "cpu", "progress": False}
    slow, quick = [], []
    for _ in range(repeats):
        began = both_clocks()
        plain = [memorise(W, rows, steps) for W, rows in zip(starts, sets)]
        slow.append((both_clocks() - began) / steps * 1e3)
        began = both_clocks()
        result = train(100, 2, **how, steps=steps)
        quick.append((both_clocks() - began) / steps * 1e3)
    losses = [
        [((rows - torch.relu(rows @ W.T @ W + b)) ** 2).mean() for (W, b), rows in zip(models, sets)]
        for models in (zip(result.W, result.b), plain)
    ]
    agreement = statistics.median(float(a / b) for a, b in zip(*losses))
    print_row(f"training sets: {len(sets)} of 100→2", result.engine, slow, quick, agreement)
    torch.set_num_threads(threads)


def timed(function, *arguments):
    began = time.perf_counter()
    result = function(*arguments)
    return result, time.perf_counter() - began


def final_loss(W, b):
    density, importance = sweep(len(W), W.shape[2])
    x = sparse_features(20_000, W.shape[2], density=density, n_instances=len(W), seed=12345)
    return weighted_mse(x, relu_output_model(W, b, x), importance)


def against_the_plain_loop(seeds, share):
    """Alternated runs from the same start, seed by seed: the ratio of their times, and of their mean final losses."""
    print(f"\n## Against the plain loop ({seeds} seeds, medians of alternated runs, batch {BATCH})\n")
    print("| models | steps | plain, ms/step | fast, ms/step | ratio | wanted | loss, fast/plain |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for shape, (full_steps, wanted) in SHAPES.items():
        steps = max(20, int(full_steps * share))
        times, losses = {plain_loop: [], fast: []}, {plain_loop: [], fast: []}
        for seed in range(seeds):
            for way in (plain_loop, fast) if seed % 2 else (fast, plain_loop):
                found, seconds = timed(way, *shape, steps, seed)
                times[way].append(seconds / steps * 1e3)
                losses[way].append(final_loss(*found).mean())
        plain_ms, fast_ms = (statistics.median(times[way]) for way in (plain_loop, fast))
        ratio = statistics.median(p / f for p, f in zip(times[plain_loop], times[fast]))
        agreement = torch.stack(losses[fast]).mean() / torch.stack(losses[plain_loop]).mean()
        n_instances, n_features, n_hidden = shape
        print(
            f"| {n_instances} of {n_features}→{n_hidden} | {steps} | {plain_ms:.2f} | {fast_ms:.3f} "
            f"| **{ratio:.0f}×** | {wanted}× | {agreement:.4f} |",
            flush=True,
        )


def processor_time(repeats):
    """The plain loop on one torch thread, so that no thread spins while it waits; the fast one's threads added up."""
    print(f"\n## Processor time, one thread for the plain loop (medians of {repeats})\n")
    print("| models | plain, ms/step | fast, ms/step | ratio |")
    print("| --- | --- | --- | --- |")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for shape, (full_steps, _) in SHAPES.items():
        plain, quick = [], []
        for seed in range(repeats):
            for way, found, steps in ((plain_loop, plain, full_steps // 10), (fast, quick, full_steps)):
                began = time.process_time()
                way(*shape, steps, seed)
                found.append((time.process_time() - began) / steps * 1e3)
        ratio = statistics.median(p / q for p, q in zip(plain, quick))
        n_instances, n_features, n_hidden = shape
        print(
            f"| {n_instances} of {n_features}→{n_hidden} | {statistics.median(plain):.2f} "
            f"| {statistics.median(quick):.3f} | {ratio:.0f}× |",
            flush=True,
        )
    torch.set_num_threads(threads)


def ms_per_step(shape, repeats):
    """Median over ``repeats`` runs of a few hundred milliseconds each."""
    steps = max(5, int(2e8 / (BATCH * np.prod(shape) * 5)))
    return statistics.median(timed(fast, *shape, steps, seed)[1] / steps * 1e3 for seed in range(repeats))


def growth(repeats):
    print("\n## Growth: one step\n")
    print("| models | ms | ns per instance, row and weight |")
    print("| --- | --- | --- |")
    by_instances = [(n, 5, 2) for n in (1, 2, 8, 32, 128)]
    by_features = [(8, n, 5) for n in (10, 20, 40, 80, 160)]
    by_hidden = [(8, 80, n) for n in (1, 2, 3, 10, 20, 40)]
    for shape in by_instances + by_features + by_hidden:
        ms = ms_per_step(shape, repeats)
        n_instances, n_features, n_hidden = shape
        each = ms * 1e6 / (BATCH * np.prod(shape))
        print(f"| {n_instances} of {n_features}→{n_hidden} | {ms:.3f} | {each:.3f} |", flush=True)


def matmul_gflops():
    """float32, all cores: the best of ten products of square matrices."""
    a = torch.randn(2048, 2048)
    return max(2 * 2048**3 / timed(torch.mm, a, a)[1] / 1e9 for _ in range(10))


def draws_per_second():
    """Sparse inputs from the compiled generator, all cores: the best of ten."""
    cores, n_features, tiles = usable_cores(), 64, 400
    threshold, scale = np.full(n_features, 2**28, np.int32), np.full(n_features, 2.0**-28, np.float32)
    states = random_state(0, cores, 1)
    rooms = np.empty((cores, n_features, LANES), np.float32)

    def work(core):
        for _ in range(tiles):
            draw(states[core, 0], threshold, scale, rooms[core])

    with ThreadPoolExecutor(cores) as pool:
        best = min(timed(lambda: list(pool.map(work, range(cores))))[1] for _ in range(10))
    return cores * tiles * n_features * LANES / best


def against_the_machine(repeats):
    """Five matrix products and one draw per element are all that a step can't do without."""
    gflops, draws = matmul_gflops(), draws_per_second()
    print("\n## Against the machine's own limits\n")
    print(f"{gflops:.0f} GFLOP/s in float32 products (torch), {draws / 1e9:.2f}·10⁹ sparse inputs drawn per second.\n")
    print("| models | ms a step | GFLOP/s | 10⁹ inputs/s | products and draws alone, ms | share of the limit |")
    print("| --- | --- | --- | --- | --- | --- |")
    for shape in SHAPES:
        n_instances, n_features, n_hidden = shape
        inputs = BATCH * n_instances * n_features
        operations = 5 * 2 * inputs * n_hidden
        ms = ms_per_step(shape, repeats)
        least = (operations / gflops / 1e9 + inputs / draws) * 1e3
        print(
            f"| {n_instances} of {n_features}→{n_hidden} | {ms:.3f} | {operations / ms / 1e6:.0f} "
            f"| {inputs / ms / 1e6:.2f} | {least:.3f} | {least / ms:.0%} |",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer seeds and steps, rough figures")
    quick = parser.parse_args().quick
    _, first = timed(fast, 1, 2, 1, 1, 0)
    print(f"{usable_cores()} cores, torch on {torch.get_num_threads()}; the first call took {first:.1f} s (compiling)")
    if hasattr(os, "getloadavg"):
        print(f"load average before the start: {os.getloadavg()[0]:.1f} (trust the wall times when it is near 0)")
    chapter_two(steps=100 if quick else 300, repeats=1 if quick else 3)
    training_sets(steps=500 if quick else LENGTH, repeats=1 if quick else 3)
    processor_time(repeats=3 if quick else 5)
    against_the_plain_loop(seeds=3 if quick else 10, share=0.2 if quick else 1)
    growth(repeats=1 if quick else 5)
    against_the_machine(repeats=3 if quick else 9)


if __name__ == "__main__":
    main()
