"""The other libraries' trainers, for bench/sae_training.py. Runs in an environment of their own, not in the course's.

Reads one JSON job per line and answers each with one line: ``{"seconds": …, "processor": …}``, or ``{"error": …}``.
The trained decoder, the latents and the reconstruction of the evaluation rows go to the file that the job names. Each
trainer is the library's own, driven in memory; what is set here and why is said beside it. BatchTopK encodes the
evaluation rows as one batch, as in training: the threshold that stands in for it lags behind in short runs.
"""

import contextlib
import json
import sys
import time
import types
import warnings
from functools import partial

import numpy as np
import torch
from batches import Batches

WHERE = {"layer": 0, "lm_name": "synthetic", "device": "cpu"}


class Clock:
    """Seconds since it was made, by the wall and of all this process's threads."""

    def __init__(self):
        self.wall, self.processor = time.perf_counter(), time.process_time()

    def __call__(self):
        return {"seconds": time.perf_counter() - self.wall, "processor": time.process_time() - self.processor}


def sae_lens(job, x):
    """SAELens 6: ``SAETrainer`` as its own ``train_toy_sae`` sets it up.

    Its guide's schedule: coefficients warmed up over a twentieth of the steps, learning rate decayed over the last
    fifth. JumpReLU's L0 loss and bandwidth are its defaults.
    """
    from sae_lens import saes
    from sae_lens.config import LoggingConfig, SAETrainerConfig
    from sae_lens.training.sae_trainer import SAETrainer

    steps, sparsity, warm_up = job["steps"], job["sparsity"], job["steps"] // 20
    sizes = {"d_in": x.shape[1], "d_sae": job["d_sae"]}
    l1 = {"l1_coefficient": sparsity, "l1_warm_up_steps": warm_up}
    model, config, special = {
        "relu": (saes.StandardTrainingSAE, saes.StandardTrainingSAEConfig, l1),
        "gated": (saes.GatedTrainingSAE, saes.GatedTrainingSAEConfig, l1),
        "topk": (saes.TopKTrainingSAE, saes.TopKTrainingSAEConfig, {"k": sparsity}),
        "batchtopk": (saes.BatchTopKTrainingSAE, saes.BatchTopKTrainingSAEConfig, {"k": float(sparsity)}),
        "jumprelu": (
            saes.JumpReLUTrainingSAE,
            saes.JumpReLUTrainingSAEConfig,
            {"l0_coefficient": sparsity, "l0_warm_up_steps": warm_up},
        ),
        "matryoshka": (
            saes.MatryoshkaBatchTopKTrainingSAE,
            saes.MatryoshkaBatchTopKTrainingSAEConfig,
            {"k": float(sparsity), "matryoshka_widths": np.cumsum(job["groups"]).tolist()},
        ),
    }[job["architecture"]]
    sae = model(config(**sizes, **special))
    trainer = SAETrainer(
        cfg=SAETrainerConfig(
            total_training_samples=steps * job["batch_size"],
            train_batch_size_samples=job["batch_size"],
            lr=job["lr"],
            lr_end=0.0,
            lr_decay_steps=steps // 5,
            logger=LoggingConfig(log_to_wandb=False),
        ),
        sae=sae,
        data_provider=Batches(x, job["batch_size"]),
    )
    clock = Clock()
    trainer.fit()
    times = clock()
    sae.eval()
    return times, sae.W_dec, sae.encode, sae.decode


def dictionary_learning(job, x):
    """dictionary_learning 0.1: a trainer and its ``update``, step by step, as its ``trainSAE`` calls it.

    Its demo's schedule: learning rate warmed up for 1000 steps and decayed over the last fifth, penalties warmed up for
    5000 steps; in shorter runs a twentieth and a fifth of the steps.
    """
    sys.modules.setdefault("nnsight", types.SimpleNamespace(LanguageModel=None))  # only its activation buffer wants it
    from dictionary_learning import trainers
    from dictionary_learning.trainers.matryoshka_batch_top_k import MatryoshkaBatchTopKTrainer

    steps, sparsity = job["steps"], job["sparsity"]
    options = {
        **WHERE,
        "steps": steps,
        "activation_dim": x.shape[1],
        "dict_size": job["d_sae"],
        "lr": job["lr"],
        "seed": job["seed"],
        "warmup_steps": min(1000, steps // 20),
        "decay_start": steps - steps // 5,
    }
    threshold = {"threshold_start_step": min(1000, steps // 2)}
    penalty = {"sparsity_warmup_steps": min(5000, steps // 5)}
    make, special = {
        "relu": (trainers.StandardTrainer, {"l1_penalty": sparsity, **penalty}),
        "gated": (trainers.GatedSAETrainer, {"l1_penalty": sparsity, **penalty}),
        "topk": (trainers.TopKTrainer, {"k": sparsity, **threshold}),
        "batchtopk": (trainers.BatchTopKTrainer, {"k": sparsity, **threshold}),
        "jumprelu": (trainers.JumpReluTrainer, {"target_l0": sparsity, **penalty}),
        "matryoshka": (
            MatryoshkaBatchTopKTrainer,
            {"k": sparsity, "group_fractions": [g / job["d_sae"] for g in job["groups"]], **threshold},
        ),
    }[job["architecture"]]
    if job["lr"] is None:
        del options["lr"]
    trainer = make(**options, **special)
    batches = Batches(x, job["batch_size"])
    clock = Clock()
    for step in range(steps):
        trainer.update(step, next(batches))
    times = clock()
    ae = trainer.ae
    W_dec = ae.W_dec if hasattr(ae, "W_dec") else ae.decoder.weight.T
    batchwise = job["architecture"] in ("batchtopk", "matryoshka")
    return times, W_dec, partial(ae.encode, use_threshold=False) if batchwise else ae.encode, ae.decode


LIBRARIES = {"sae_lens": sae_lens, "dictionary_learning": dictionary_learning}


def run(job):
    torch.set_num_threads(job["threads"])
    torch.manual_seed(job["seed"])
    x = torch.from_numpy(np.load(job["data"], mmap_mode="c"))
    rows = torch.from_numpy(np.load(job["rows"]))
    times, W_dec, encode, decode = LIBRARIES[job["library"]](job, x)
    with torch.no_grad():
        f = encode(rows)
        np.savez(job["out"], W_dec=W_dec.detach().numpy(), f=f.numpy(), x_hat=decode(f).numpy())
    return times


def main():
    warnings.simplefilter("ignore")
    answers = sys.stdout
    for line in sys.stdin:
        try:
            with contextlib.redirect_stdout(sys.stderr):
                answer = run(json.loads(line))
        except Exception as problem:
            answer = {"error": f"{type(problem).__name__}: {problem}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
