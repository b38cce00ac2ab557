"""Model cards of the models of the mini-language: every figure in them is measured here, on the shipped weights."""

import json
from collections.abc import Iterable
from pathlib import Path

from course_utils.lm.load import load_model
from course_utils.lm.mini import Spec
from course_utils.lm.shipped import WEIGHTS
from course_utils.lm_training.mini_measure import DOCUMENTS, PURE, SPARSE, TOP, MiniFigures, corpora, figures, ngram
from course_utils.minilang import floors
from course_utils.neurons import among_copies

ROWS = 12  # of the loss curve


def card(spec: Spec, folder: Path = WEIGHTS) -> str:
    """The card of one model, all its seeds, in Markdown."""
    logs = [json.loads((folder / f"{spec.name}.seed{seed}.log.json").read_text()) for seed in spec.seeds]
    models = [load_model(spec.name, seed=seed) for seed in spec.seeds]
    parameters = sum(p.numel() for p in models[0].parameters())
    size = (folder / f"{spec.name}.seed{spec.seeds[0]}.safetensors").stat().st_size / 1e6
    found = [figures(model) for model in models]
    shape = {key: spec.config[key] for key in ("n_layers", "d_model", "n_heads", "d_head", "d_mlp", "act_fn")}
    many = len(spec.seeds) > 1
    minutes = _band([log["seconds"] / 60 for log in logs], 0)
    parts = [
        f"# Model card: `{spec.name}`",
        f"A transformer trained on the mini-language (docs/mini_language.md): {_words(shape)}; {parameters:,} "
        f"parameters, {size:.2f} MB for each seed. Made by `make models`, loaded by "
        f'`load_model("{spec.name}", seed=0)`. '
        "LayerNorm's scale and shift are folded into the matrices that read from it.",
        _copies(spec),
        _frozen(spec),
        f"**Training.** {logs[0]['steps']:,} steps, {spec.tokens:,} tokens of documents that are each read once; "
        f"seed{'s' * many} {', '.join(map(str, spec.seeds))}: {_initial(spec)}, documents from data seed "
        f"{spec.data_seed:,} + seed; one core, {minutes} minutes of wall time on a machine that did other things as "
        "well.",
        _checkpoints(spec),
        "Loss in nats per token, the mean over a stretch of training:",
        _table(["tokens read", *[f"seed {seed}" for seed in spec.seeds]], _curve(spec, logs)),
        f"**Measured on {DOCUMENTS:,} documents that no model read**, the last position of each left out, since "
        "nothing follows it. Of several seeds the smallest and the largest figure. Loss is in nats per token; "
        "*copies as news* is what the process would cost if every copy in lists and keys came as a surprise, the bound "
        "for one layer.",
        _table(["genre", "model", "bigram", "trigram", "entropy", "copies as news"], _loss(found)),
        _neurons(found),
        _alike(spec),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _words(shape: dict) -> str:
    return ", ".join(f"{key} {value}" for key, value in shape.items())


def _initial(spec: Spec) -> str:
    return "initial weights from the seed" if spec.copies is None else "noise from the seed"


def _copies(spec: Spec) -> str:
    if (copies := spec.copies) is None:
        return ""
    noise = (
        f"with noise {copies.noise:g} times as long as its input weights (and of its bias as much)"
        if copies.noise
        else "without noise, so that it begins as the same function (the control)"
    )
    return (
        f"It began as `{copies.of}` of the same seed, each neuron copied {copies.times} times {noise}; each copy says "
        f"a {copies.times}th of what the neuron said. Nothing but its MLP was trained, and the file has nothing else, "
        "in float16; all other weights are read from the narrow model's file. "
        f'`load_model("{spec.name}", seed=0, tokens=0)` is how it began.'
    )


def _frozen(spec: Spec) -> str:
    if not spec.frozen:
        return ""
    return (
        f"Not trained, and so as it was drawn: {', '.join(f'`{name}`' for name in spec.frozen)}. All else is trained "
        "as in the others. The file is in float16."
    )


def _alike(spec: Spec) -> str:
    """Cosines of the input weights among the copies of a neuron, at first and after."""
    if spec.copies is None:
        return ""

    def alike(seed: int, tokens: int | None) -> float:
        return float(among_copies(load_model(spec.name, seed=seed, tokens=tokens).W_in[0].T, spec.copies.times).mean())

    lines = [
        [what, *[f"{alike(seed, tokens):.3f}" for seed in spec.seeds]]
        for what, tokens in (("before training", 0), ("after it", None))
    ]
    head = ["cosine of the input weights of two copies, mean", *[f"seed {seed}" for seed in spec.seeds]]
    return _table(head, lines)


def _checkpoints(spec: Spec) -> str:
    if not spec.checkpoints:
        return ""
    listed = ", ".join(f"{tokens / 1e6:.2f}" for tokens in spec.checkpoints)
    return (
        f"Checkpoints of seed {spec.seeds[0]}, in float16, after {listed} million tokens: "
        f'`load_model("{spec.name}", tokens={spec.checkpoints[0]:_})`.'
    )


def _curve(spec: Spec, logs: list[dict]) -> list[list[str]]:
    """About ``ROWS`` stretches of the loss curve."""
    points = len(logs[0]["loss"])
    every = -(-points // ROWS)
    per_point = spec.tokens / logs[0]["steps"] * logs[0]["steps_per_point"]
    return [
        [
            f"{start * per_point / 1e6:.1f} to {min((start + every) * per_point, spec.tokens) / 1e6:.1f} million",
            *[f"{sum(part) / len(part):.3f}" for log in logs if (part := log["loss"][start : start + every])],
        ]
        for start in range(0, points, every)
    ]


def _loss(found: list[MiniFigures]) -> list[list[str]]:
    floor, bigram, trigram = floors(corpora()[1]), ngram(2), ngram(3)
    return [
        [
            genre,
            _band([f.loss[genre] for f in found], 3),
            *(f"{x:.3f}" for x in (bigram[genre], trigram[genre], floor[genre].entropy, floor[genre].uncopied)),
        ]
        for genre in found[0].loss
    ]


def _neurons(found: list[MiniFigures]) -> str:
    if not found[0].sparse:
        return "Its neurons are not probed here: there are too many of them."
    lines = [
        ["F1 of the best neuron", _band([f.neuron for f in found], 2)],
        ["F1 of a dense linear probe of what the (first) MLP reads", _band([f.before for f in found], 2)],
        ["F1 of a dense linear probe of all neurons", _band([f.after for f in found], 2)],
        *[[f"F1 of a probe of {k} neurons", _band([f.sparse[k] for f in found], 2)] for k in sorted(SPARSE)],
    ]
    for hook in found[0].pure:
        what = f"neurons whose top-{TOP} examples are > {PURE:.0%} one meaning (`{hook}`)"
        lines.append([what, _band([100 * f.pure[hook] for f in found], 0) + " %"])
    return (
        "The contextual features are the 213 meanings of pairs of pieces; F1 is the mean over them, on documents other "
        "than those on which neuron, probe and threshold were chosen. In the last rows senses of homonyms count as "
        "meanings too.\n\n" + _table(["contextual features", ""], lines)
    )


def _band(values: Iterable[float], digits: int) -> str:
    low, high = f"{min(values):.{digits}f}", f"{max(values):.{digits}f}"
    return low if low == high else f"{low}–{high}"


def _table(head: list[str], lines: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *lines))
