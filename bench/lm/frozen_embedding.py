"""What does a frozen random embedding cost, and what of that is its randomness? The controls of chapter 10.9.

    python bench/lm/frozen_embedding.py                    # 11 trainings of four minutes each, on one core
    python bench/lm/frozen_embedding.py own permuted --seeds 0 1

All are the training of ``mini-frozen-1l``: the same first weights, documents and steps. Only the frozen rows differ.
What is shipped or was trained before (in ``build/models``) isn't trained again, and a run that was killed goes on.
Prints the loss on the 2,500 documents of the model cards: by genre, and what each training pays more than the unfrozen
model of the same seed.
"""

from __future__ import annotations

import argparse

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.lm import load_model
from course_utils.lm.mini import SPECS, build_mini
from course_utils.lm_training.fold import fold_layer_norm
from course_utils.lm_training.mini_measure import by_genre, corpora, losses
from course_utils.lm_training.train_mini import STATES, Progress, fingerprint, n_steps, restore, train

SPEC = SPECS["mini-frozen-1l"]
UNFROZEN = SPECS["mini-gelu-1l"]
KINDS = {
    "not frozen": "rows trained with all else",
    "drawn": "rows as they were drawn",
    "own": "rows that the unfrozen model of this seed ended with",
    "another's": "rows that the unfrozen model of the next seed ended with",
    "permuted": "its own trained rows, dealt out anew among the pieces",
}


def frozen_rows(kind: str, seed: int) -> Float[Tensor, "piece model"]:
    """The embedding that a training of this kind begins with, and keeps unless it is "not frozen"."""
    drawn, own = (load_model(UNFROZEN.name, seed=seed, tokens=read).W_E for read in (0, None))
    if kind in ("not frozen", "drawn"):
        return drawn
    if kind == "own":
        return own
    if kind == "another's":
        seeds = UNFROZEN.seeds
        return load_model(UNFROZEN.name, seed=seeds[(seeds.index(seed) + 1) % len(seeds)]).W_E
    if kind == "permuted":
        return own[torch.randperm(len(own), generator=torch.Generator().manual_seed(seed))]
    raise ValueError(f"{kind!r} is none of {', '.join(KINDS)}")


def run(kind: str, seed: int) -> Progress:
    """The whole training, read from its saved state as far as there is one."""
    rows = frozen_rows(kind, seed)
    state = STATES / f"{SPEC.name}.{kind.replace(' ', '-')}.seed{seed}.pt"
    at = restore(state, fingerprint(SPEC, seed, rows))
    return at if at.step == n_steps(SPEC) else train(SPEC, seed, state=state, rows=rows)


def trained(kind: str, seed: int):
    """The model of this kind: the shipped one, or one trained here."""
    for of_kind, spec in {"not frozen": UNFROZEN, "drawn": SPEC}.items():
        if kind == of_kind and seed in spec.seeds:
            return load_model(spec.name, seed=seed)
    model = build_mini(SPEC.name, seed)
    model.load_state_dict(fold_layer_norm(run(kind, seed).weights))
    return model.eval().requires_grad_(False)


def paid(kind: str, seed: int) -> dict[str, float]:
    """Nats for a piece of documents that no model read: of all, and by genre."""
    test = corpora()[1]
    return by_genre(losses(trained(kind, seed), test.tokens).numpy(), test)


def band(values: list[float], sign: str = "") -> str:
    """The smallest and the largest."""
    return " to ".join(dict.fromkeys(f"{value:{sign}.3f}" for value in (min(values), max(values))))


def table(found: dict[str, dict[int, dict[str, float]]]) -> str:
    """Markdown: for each kind the loss of every genre, and the difference to the unfrozen model of the same seed."""
    columns = [*next(iter(found["not frozen"].values()))]
    lines = [["nats per piece", "seeds", *columns, "all, more than not frozen"], ["---"] * (len(columns) + 3)]
    for kind, of in found.items():
        more = [loss["all"] - found["not frozen"][seed]["all"] for seed, loss in of.items()]
        losses_ = [band([loss[genre] for loss in of.values()]) for genre in columns]
        lines.append([kind, ", ".join(map(str, of)), *losses_, band(more, "+")])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"all if none is given: {', '.join(KINDS)}")
    parser.add_argument("--seeds", type=int, nargs="+", default=[*UNFROZEN.seeds], choices=UNFROZEN.seeds)
    options = parser.parse_args()
    if unknown := {*options.kinds} - {*KINDS}:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(KINDS)}")
    torch.set_num_threads(1)  # the tensors are too small for more, and another number gives other last digits
    kinds = dict.fromkeys(["not frozen", *(options.kinds or KINDS)])
    found: dict[str, dict[int, dict[str, float]]] = {kind: {} for kind in kinds}
    for seed in options.seeds:
        for kind in kinds:
            found[kind][seed] = paid(kind, seed)
            print(f"{kind}, seed {seed}: {found[kind][seed]['all']:.4f}", flush=True)
    print("\n" + "\n".join(f"{kind}: {KINDS[kind]}" for kind in kinds) + "\n\n" + table(found))


if __name__ == "__main__":
    main()
