"""SAELens's own runner, for bench/sae_pipeline.py. Runs in an environment of its own, not in the course's.

Reads one JSON job from standard input, and answers with one line: seconds from the model to the trained dictionary (by
the wall and of the processor), the process's largest memory, and how good the dictionary is on held-out rows. The model
is the course's, given by its weights: a HookedTransformer, as SAELens takes them.
"""

import json
import resource
import sys
import time
import warnings

import numpy as np
import torch


def model_of(job):
    """The HookedTransformer with these weights; it must compute what the course's model computes."""
    from transformer_lens import HookedTransformer, HookedTransformerConfig

    model = HookedTransformer(HookedTransformerConfig(**job["model"], device="cpu"))
    weights = {name: torch.from_numpy(value) for name, value in np.load(job["weights"]).items()}
    missing = model.load_state_dict(weights, strict=False)
    if missing.unexpected_keys or any(".mask" not in key and "IGNORE" not in key for key in missing.missing_keys):
        raise ValueError(f"the weights don't fit: {missing}")
    return model.eval().requires_grad_(False)


def train(job):
    from datasets import Dataset
    from sae_lens import LanguageModelSAERunnerConfig, LanguageModelSAETrainingRunner
    from sae_lens.config import LoggingConfig
    from sae_lens.saes import TopKTrainingSAEConfig

    model, tokens = model_of(job), np.load(job["tokens"])
    rows = torch.from_numpy(np.load(job["rows"]))
    held = torch.from_numpy(np.load(job["held"])).long()
    _, run = model.run_with_cache(held, names_filter=job["hook"])
    off = (run[job["hook"]].flatten(0, 1) - rows).abs().max().item()
    if off > 1e-2:
        raise ValueError(f"the two models disagree: an activation differs by {off}")
    config = LanguageModelSAERunnerConfig(
        sae=TopKTrainingSAEConfig(d_in=job["d_in"], d_sae=job["d_sae"], k=job["k"], aux_loss_coefficient=job["aux"]),
        dead_feature_window=job["dead_after"] - 1,  # it counts as dead what is silent for longer
        model_name="mini",
        hook_name=job["hook"],
        dataset_path="",
        streaming=False,
        context_size=tokens.shape[1],
        store_batch_size_prompts=job["documents"],
        n_batches_in_buffer=job["capacity"] // tokens.shape[1],  # its buffer has as many rows times the context
        training_tokens=job["steps"] * job["batch_size"],
        train_batch_size_tokens=job["batch_size"],
        lr=job["lr"],
        lr_warm_up_steps=job["steps"] // 20,
        lr_decay_steps=job["steps"] // 5,
        lr_end=0.0,
        device="cpu",
        seed=job["seed"],
        n_checkpoints=0,
        checkpoint_path=None,
        output_path=None,
        verbose=False,
        logger=LoggingConfig(log_to_wandb=False),
    )
    data = Dataset.from_dict({"tokens": tokens.tolist()})
    before = peak()
    began = time.perf_counter(), time.process_time()
    sae = LanguageModelSAETrainingRunner(config, override_dataset=data, override_model=model).run()
    seconds, processor = time.perf_counter() - began[0], time.process_time() - began[1]
    with torch.no_grad():
        f = sae.eval().encode(rows)
        x_hat = sae.decode(f)
    explained = 1 - (rows - x_hat).square().sum() / (rows - rows.mean(0)).square().sum()
    quality = {"explained": explained.item(), "l0": (f > 0).sum(1).float().mean().item()}
    return {"seconds": seconds, "processor": processor, "before": before, "peak": peak(), **quality}


def peak():
    """MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    warnings.simplefilter("ignore")
    answers, sys.stdout = sys.stdout, sys.stderr  # what libraries print is no answer
    job = json.loads(sys.stdin.readline())
    torch.set_num_threads(job["threads"])
    torch.manual_seed(job["seed"])
    try:
        answer = train(job)
    except Exception as problem:
        answer = {"error": f"{type(problem).__name__}: {problem}"}
    print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
