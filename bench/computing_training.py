"""How fast ``computing.train`` is on absolute values, against the plain autograd loop.

    python bench/computing_training.py            # about a minute and a half on two cores
    python bench/computing_training.py --quick    # half a minute; ratios come out too low, for so few steps
                                                  # hardly pay for the start of a run

Plain and fast runs alternate, and ratios are medians. Processor time, which other work on the machine hardly moves,
comes first; by the clock `train` has all cores. The plain loop is what one writes first, in two forms: all networks at
once by einsum, as the course does, and one network after the other. A third table has both losses after a full
training: a quick loop that learns less would be worth nothing.
"""

import argparse
import math
import os
import time

import torch

from course_utils import toy
from course_utils.computing import Layer, Result, Task, draw_layers, elementwise, train

BATCH = 256
LENGTH = 2000  # steps of a training in the chapter: its start is paid for once
SWEEPS = {  # (networks, features, neurons, highest and lowest density): (steps of the plain loop, the least ratio)
    (16, 6, 6, 1.0, 0.01): (150, 10),
    (9, 100, 40, 1.0, 0.01): (40, 5),
    (9, 100, 40, 0.01, 0.01): (40, 7),
}


def start_of(n_networks: int, n: int, neurons: int, seed: int) -> tuple[Layer, ...]:
    return draw_layers((n, neurons, n), n_networks, seed, positive_output=0.3)


def plain_loop(start: tuple[Layer, ...], density: torch.Tensor, steps: int, seed: int) -> tuple[Layer, ...]:
    """Einsum, two uniform draws for every input, autograd, ``torch.optim.Adam``; ``density [network, 1]``."""
    generator = torch.Generator().manual_seed(seed)
    (W, b), (U, c) = ((layer.W.clone().requires_grad_(), layer.b.clone().requires_grad_()) for layer in start)
    adam = torch.optim.Adam([W, b, U, c], lr=1e-2)
    shape = (BATCH, len(W), W.shape[2])
    for _ in range(steps):
        on = torch.rand(shape, generator=generator) < density
        x = torch.where(on, 2 * torch.rand(shape, generator=generator) - 1, 0.0)
        h = torch.relu(torch.einsum("ihf,nif->nih", W, x) + b)
        y = torch.relu(torch.einsum("ifh,nih->nif", U, h) + c)
        loss = ((y - x.abs()) ** 2).mean(dim=(0, 2)).sum()
        adam.zero_grad()
        loss.backward()
        adam.step()
    return Layer(W.detach(), b.detach()), Layer(U.detach(), c.detach())


def one_by_one(start: tuple[Layer, ...], density: torch.Tensor, steps: int, seed: int) -> None:
    for i in range(len(density)):
        plain_loop(tuple(Layer(W[i : i + 1], b[i : i + 1]) for W, b in start), density[i : i + 1], steps, seed)


def fast(start: tuple[Layer, ...], density: torch.Tensor, steps: int, seed: int, task: Task | None = None) -> Result:
    task = task or absolute(start)
    how = {"density": density, "start": start, "output": "relu", "batch_size": BATCH, "lr": 1e-2}
    return train(task, start[0].W.shape[1], **how, steps=steps, seed=seed, device="cpu", progress=False)


def absolute(start: tuple[Layer, ...]) -> Task:
    return elementwise(start[0].W.shape[2], "abs")


def of_your_own(start: tuple[Layer, ...]) -> Task:
    """The same task as a function that the fused engine doesn't know."""
    return elementwise(start[0].W.shape[2], lambda x: x.abs())


def timed(function, steps: int, *arguments) -> torch.Tensor:
    """Processor time and the clock's, milliseconds a step."""
    began = time.process_time(), time.perf_counter()
    function(*arguments)
    return torch.tensor([time.process_time() - began[0], time.perf_counter() - began[1]]) / steps * 1e3


def compare(sweep: tuple, repeats: int, length: int) -> list[str]:
    """Rows of the table for one sweep; returns what is slower than it should be."""
    steps, least = SWEEPS[sweep]
    n_networks, n, neurons, high, low = sweep
    density = torch.logspace(math.log10(high), math.log10(low), n_networks)[:, None]
    start = start_of(n_networks, n, neurons, seed=0)
    fast(start, density, 2, 0)  # compiled
    rows = {"all at once": [], "one by one": [], "`train`, the target a function of your own": []}
    for seed in range(repeats):
        batched = timed(plain_loop, steps, start, density, steps, seed)
        single = timed(one_by_one, steps, start, density, steps, seed)
        own = timed(fast, steps, start, density, steps, seed, of_your_own(start))
        quick = timed(fast, length, start, density, length, seed)
        for name, slow in zip(rows, (batched, single, own), strict=True):
            rows[name].append((slow, quick))
    slower = []
    for name, pairs in rows.items():
        slow, quick = (torch.stack(each).median(0).values for each in zip(*pairs, strict=True))
        processor, clock = torch.stack([a / b for a, b in pairs]).median(0).values.tolist()
        at = f"{n_networks} of {n}→{neurons}→{n}, density {high:g}" + (f" to {low:g}" if low < high else "")
        print(f"| {at} | {name} | {slow[0]:.3f} | {quick[0]:.3f} | **{processor:.1f}×** | {clock:.1f}× |", flush=True)
        if name == "all at once" and processor < least:
            slower.append(f"{at}: {processor:.1f}×, wanted {least}×")
    return slower


def quality(seeds: int, steps: int) -> None:
    """Final losses from the same starts, on fresh examples: medians over the starts of both and of their ratio."""
    print("\n| density | plain loop | `train` | ratio (lowest to highest of the starts) |")
    print("| --- | --- | --- | --- |")
    for p in (1.0, 0.3, 0.1, 0.03):
        density, start = torch.full((seeds, 1), p), start_of(seeds, 6, 6, seed=1)
        quick, slow = fast(start, density, steps, 0), plain_loop(start, density, steps, 0)
        x, y = absolute(start).examples(50_000, p, seed=5)
        losses = []
        for layers in (slow, quick.layers):
            output = Result(layers, quick.loss, quick.steps, output=toy.activations.RELU)(x)
            losses.append(((output - y) ** 2).mean((0, 2)))
        ratio = losses[1] / losses[0]
        low, high = ratio.min().item(), ratio.max().item()
        a, b = (each.median().item() for each in losses)
        print(f"| {p:g} | {a:.5f} | {b:.5f} | {ratio.median().item():.3f} ({low:.2f} to {high:.2f}) |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer steps and repeats")
    quick = parser.parse_args().quick
    torch.set_num_threads(1)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{os.cpu_count()} cores, load {load:.1f}, torch {torch.__version__}\n")
    print("| networks | plain loop | plain, ms/step | `train`, ms/step | ratio | by the clock |")
    print("| --- | --- | --- | --- | --- | --- |")
    slower = []
    for sweep in SWEEPS:
        slower += compare(sweep, 3 if quick else 5, LENGTH // 4 if quick else LENGTH)
    quality(8, 300 if quick else 1500)
    print("\n" + ("\n".join(["SLOWER THAN WANTED", *slower]) if slower else "All as fast as wanted."))


if __name__ == "__main__":
    main()
