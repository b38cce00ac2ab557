"""The card of the dictionaries: what is in the table, what comes with weights, and figures from the table."""

from course_utils.minilang.associations import TABLES
from course_utils.sae.shipped import mean_f1

COLUMNS = {
    "rows, training, architecture, sparsity, seed": "what it follows from: what it was trained on, the training of the "
    "model, the architecture, k or the L0 for which a penalty was looked for, and the dictionary's own seed",
    "seconds": "of processor time, its training",
    "l0, dead, explained_variance": "latents active in a row, the share of those that never are, explained variance",
    "loss, loss_zero, loss_mean, loss_patched": "the model's loss in nats per piece: as it is, with its neurons at "
    "zero, at their means, and at x̂",
    "recovered_zero, recovered_mean": "loss recovered against zero ablation and against mean ablation",
    "f1": "by family of features the mean F1 of each feature's best latent and threshold, chosen on every other "
    "document and scored on those between",
    "f1_any_activation": "the same without a threshold: a latent fires wherever it is above 0",
    "spelling": "the same, with a threshold, for the 639 single spellings of the 213 meanings of pairs",
    "meaning_at_links, spelling_at_links, spellings_above_0.8": "F1 where only places count at which a pair is "
    "complete; and the share of spellings with more than 0.8 there",
}
HEAD = """# Card: dictionaries of `mini-gelu-1l`

Sparse autoencoders of the 128 neurons of `mini-gelu-1l` (`blocks.0.mlp.hook_post`), 1,024 latents each, 400 steps of
2,048 rows from 6,000 documents (data seed 20,000 + training). Measured on 1,000 others (data seed 30,000 + training).
Made by `make dictionaries`; `lm_training/dictionaries.py` says how. {minutes:.0f} minutes of processor time in all.

## Measured: `frontier.json`

{measured} dictionaries: six architectures at three sparsities, for {pairs} pairs of a training of the model and a seed
of the dictionary. Their weights are not kept. A line has

{columns}

Of each architecture and sparsity the smallest and the largest figure; meanings are the 213 meanings of pairs:

{table}

## Kept

`shipped(rows, training)` loads them: BatchTopK, 4 latents a row on average, in half precision. `untrained`: of the
untrained twin. `links`: trained only where a meaning of a pair is complete. `written`: there, on what the MLP writes
into the stream. They take activations as the model has them.

{kept}
"""


def card(lines: list[dict]) -> str:
    """In Markdown."""
    measured = [line for line in lines if line["rows"] == "neurons"]
    return HEAD.format(
        minutes=sum(line["seconds"] for line in lines) / 60,
        measured=len(measured),
        pairs=len({(line["training"], line["seed"]) for line in measured}),
        columns="\n".join(f"- `{name}`: {what}" for name, what in COLUMNS.items()),
        table=_table(measured),
        kept=_kept([line for line in lines if line["rows"] != "neurons"]),
    )


def _table(lines: list[dict]) -> str:
    head = [
        "architecture",
        "sparsity",
        "L0",
        "explained variance",
        "loss recovered (zero)",
        "F1 meanings",
        "F1 spellings",
    ]
    groups: dict[tuple, list[dict]] = {}
    for line in lines:
        groups.setdefault((line["architecture"], line["sparsity"]), []).append(line)
    return _markdown(
        head,
        [
            [
                architecture,
                str(sparsity),
                _band([line["l0"] for line in group], 1),
                _band([line["explained_variance"] for line in group]),
                _band([line["recovered_zero"] for line in group]),
                _band([mean_f1(line["f1"], TABLES) for line in group]),
                _band([line["spelling"] for line in group]),
            ]
            for (architecture, sparsity), group in sorted(groups.items())
        ],
    )


def _kept(lines: list[dict]) -> str:
    head = ["rows", "training", "F1 meanings", "F1 meanings at links", "F1 spellings at links"]
    return _markdown(
        head,
        [
            [
                line["rows"],
                str(line["training"]),
                *(
                    f"{value:.2f}"
                    for value in (mean_f1(line["f1"], TABLES), line["meaning_at_links"], line["spelling_at_links"])
                ),
            ]
            for line in lines
        ],
    )


def _band(values: list[float], digits: int = 2) -> str:
    low, high = f"{min(values):.{digits}f}", f"{max(values):.{digits}f}"
    return low if low == high else f"{low} to {high}"


def _markdown(head: list[str], lines: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *lines))
