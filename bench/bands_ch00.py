"""The limits that chapter 00 asserts, measured: ``python bench/bands_ch00.py``.

Random quantities over many seeds; figures of the shipped language model, which is one fixed set of weights, once.
"""

import torch

from course_utils.exercises.ch00.language_model import PROMPTS
from course_utils.lm import load_model
from course_utils.lm.tiny_language import VERBS, VOCABULARY, sample
from course_utils.lm_training.tiny_card import cosines, measure

ROTATIONS, DRAWS = 200, 200


def main() -> None:
    linear, relu = zip(*(rotation_change(seed) for seed in range(ROTATIONS)), strict=True)
    line("change of a linear model's outputs under R", linear, "< 1e-4")
    line("change of the ReLU model's outputs under R", relu, "> 0.1")
    draws = [torch.randn(15, 69, generator=torch.Generator().manual_seed(seed)) for seed in range(DRAWS)]
    line(
        "pairs of 69 random directions in 15 dimensions at nearly right angles", map(near_right, draws), "0.25 to 0.33"
    )

    tiny = load_model("tiny")
    line("the same for tiny's unembedding", [near_right(tiny.W_U)], "0.25 to 0.35")
    W_U = tiny.W_U
    line("its mean over the 16 dimensions, largest, and over the words, length", centred(W_U), "< 1e-5")
    line("its rank", [torch.linalg.matrix_rank(W_U).item()], "15")
    singular, plural = ([VOCABULARY.index(form) for form in forms] for forms in (VERBS, VERBS.values()))
    differences = tiny.W_U[:, plural] - tiny.W_U[:, singular]
    number = cosines(differences)[~torch.eye(len(VERBS), dtype=torch.bool)]
    line("cosines between the number directions of verbs", number.tolist(), "> 0.3, mean > 0.55")
    print(f"{'their mean':75}{number.mean():9.3f}")
    mean = torch.nn.functional.normalize(differences.mean(1), dim=0)
    by_subject, by_last_noun = number_at_last_word(mean)
    line("reading of number at the last word: moved by the subject", by_subject, "> 4")
    line("reading of number at the last word: moved by the last noun", by_last_noun, "< 0.5")
    line("largest share of one coordinate in the number direction", [mean.square().max().item()], "< 0.5")
    gap = [entropy_gap(seed) for seed in range(7_000_000, 7_000_020)]
    line("loss of tiny minus entropy of the process, 1000 rows each", gap, "0 to 0.02")
    for name, value in measure()._asdict().items():
        print(f"tiny: {name:69}{value:9.3f}")


def rotation_change(seed: int) -> tuple[float, float]:
    """How far a random orthogonal R moves the outputs of 0.4's model, without and with a ReLU: the notebook's cell."""
    rng = torch.Generator().manual_seed(seed)
    x, W = torch.rand(500, 8, generator=rng), torch.randn(5, 8, generator=rng)
    R = torch.linalg.qr(torch.randn(5, 5, generator=rng)).Q
    changes = []
    for activation in (torch.nn.Identity(), torch.nn.ReLU()):
        before, after = (activation(x @ V.T) @ V for V in (W, R @ W))
        changes.append(((after - before).norm() / before.norm()).item())
    return changes[0], changes[1]


def centred(W_U: torch.Tensor) -> list[float]:
    """How far the columns are from mean zero, and how long the part is that all of them share."""
    return [W_U.mean(0).abs().max().item(), W_U.mean(1).norm().item()]


def number_at_last_word(direction: torch.Tensor) -> tuple[list[float], list[float]]:
    """By how much the subject, and the last noun, move the reading along ``direction`` after the last word."""
    _, cache = load_model("tiny").run_with_cache(PROMPTS)
    reading = (cache["unembed.hook_in"][:, -1] @ direction).view(2, 2)  # [last noun, subject]
    return reading.diff(dim=1).abs().flatten().tolist(), reading.diff(dim=0).abs().flatten().tolist()


def entropy_gap(seed: int) -> float:
    """Loss of tiny minus entropy of the process on 1000 rows, in nats per word."""
    text = sample(1000, seed=seed)
    log_p = load_model("tiny")(text.tokens)[:, :-1].log_softmax(-1)
    return (text.log_prob[:, 1:].mean() - log_p.gather(-1, text.tokens[:, 1:, None]).mean()).item()


def near_right(directions: torch.Tensor) -> float:
    """Share of pairs of columns with |cosine| < 0.1."""
    overlap = cosines(directions)
    return (overlap[torch.ones_like(overlap).triu(1).bool()].abs() < 0.1).float().mean().item()


def line(what: str, values, limit: str) -> None:
    values = list(values)
    spread = f"{min(values):9.3g} to {max(values):9.3g}" if len(values) > 1 else f"{values[0]:9.3g}"
    print(f"{what:75}{spread}   ({len(values)} values; the notebook asserts {limit})")


if __name__ == "__main__":
    main()
