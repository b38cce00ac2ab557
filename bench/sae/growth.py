"""Section (d) of bench/sae_training.py: how a step grows with the sizes, and how far it is from the machine's limit."""

import time

import torch

from course_utils.sae.train import train_sae

from .settings import cores, our_config


def growth(threads, share):
    """One step of ours, and the least that its matrix products cost at the machine's own pace."""
    with cores(threads):
        a = torch.randn(2048, 2048)
        gflops = max(2 * 2048**3 / timed(torch.mm, a, a)[1] / 1e9 for _ in range(10))
        print(f"\n## Growth, {threads} thread(s); matrix products run at {gflops:.0f} GFLOP/s\n")
        print(
            "| architecture | d_in | d_sae | k | batch | ms a step | 10³ act/s | least for its products, ms | share |"
        )
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        shapes = [(d, 512, 6, 2048) for d in (64, 128, 256, 512)] + [(128, n, 6, 2048) for n in (256, 1024, 2048)]
        shapes += [(128, 512, 6, batch) for batch in (256, 1024, 8192)] + [(512, 2048, 16, 2048)]
        for architecture in ("topk", "relu"):
            for d_in, d_sae, k, batch in shapes:
                x = torch.randn(2 * batch, d_in, generator=torch.Generator().manual_seed(0))
                config = our_config(architecture, k, d_in, d_sae)
                steps = max(3, int(share * 2e11 / (batch * d_in * d_sae * 2)))
                options = {"batch_size": batch, "device": "cpu", "progress": False}
                short, long = (timed(train_sae, x, config, steps=n, **options)[1] for n in (2, 2 + steps))
                ms = (long - short) / steps * 1e3
                product = 2 * batch * d_in * d_sae
                # The encoder's product is dense. TopK's other four touch k of the latents, ReLU's all.
                least = product * (1 + 4 * (k / d_sae if architecture == "topk" else 1)) / gflops / 1e6
                sizes = f"{architecture} | {d_in} | {d_sae} | {k if architecture == 'topk' else ''} | {batch}"
                print(f"| {sizes} | {ms:.2f} | {batch / ms:.0f} | {least:.2f} | {least / ms:.0%} |", flush=True)


def timed(function, *arguments, **options):
    began = time.perf_counter()
    result = function(*arguments, **options)
    return result, time.perf_counter() - began
