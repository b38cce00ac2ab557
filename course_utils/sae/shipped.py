"""The dictionaries that come with the package, and the table of what was measured of many that don't.

`make dictionaries` makes them; the card beside them, ``weights/dictionaries.md``, says how.
"""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from safetensors import safe_open
from torch import Tensor

from course_utils.minilang import all_features
from course_utils.sae.config import SAEConfig
from course_utils.sae.model import SAE

WEIGHTS = Path(__file__).parent / "weights"
PAIRS = ("thing", "place", "call", "frase")  # families of the meanings of pairs
FRONTIER, CARD = WEIGHTS / "frontier.json", WEIGHTS / "dictionaries.md"


def weights_of(rows: str, training: int) -> Path:
    """The file of the dictionary that was trained on these rows of this training of mini-gelu-1l."""
    return WEIGHTS / f"{rows}.seed{training}.safetensors"


def shipped(rows: str, training: int = 0) -> SAE:
    """A dictionary that comes with the package, in float32; it takes activations as the model has them.

    >>> shipped("links", training=0).W_dec.shape
    torch.Size([1024, 128])

    Args:
        rows: what it was trained on: "untrained", the neurons of the untrained twin; "links", the neurons where a
            meaning of a pair is complete; "written", what the MLP writes there.
        training: which training of mini-gelu-1l.

    Raises:
        ValueError: there is none; the message names those that there are.
    """
    path = weights_of(rows, training)
    if not path.exists():
        names = ", ".join(sorted(file.stem for file in WEIGHTS.glob("*.safetensors")))
        raise ValueError(f"no dictionary {path.stem!r} comes with the package; there are {names}")
    with safe_open(path, framework="pt") as file:
        config = SAEConfig(**json.loads(file.metadata()["config"]))
        weights: dict[str, Tensor] = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118
    return SAE(config, **weights)


def frontier(rows: str = "neurons") -> list[dict]:
    """What was measured, a line for each dictionary trained on these rows; the card says what is in a line."""
    return [line for line in json.loads(FRONTIER.read_text(encoding="utf-8")) if line["rows"] == rows]


def two_reports(lines: Sequence[dict]) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Of these dictionaries the usual report and the truth: a list of numbers, one a dictionary, under each name.

    The truth is a mean F1: of all features, of the meanings of pairs, of these where a latent says yes wherever it is
    above 0, of their spellings, and of these where only places of pairs are looked at.
    """
    usual = {"recovered (zero)": "recovered_zero", "recovered (mean)": "recovered_mean"}
    usual |= {"explained variance": "explained_variance", "L0": "l0"}
    truth = {
        "all features": [mean_f1(line["f1"]) for line in lines],
        "meanings": [mean_f1(line["f1"], PAIRS) for line in lines],
        "no threshold": [mean_f1(line["f1_any_activation"], PAIRS) for line in lines],
        "spellings": [line["spelling"] for line in lines],
        "at links": [line["spelling_at_links"] for line in lines],
    }
    return {name: [line[key] for line in lines] for name, key in usual.items()}, truth


def mean_f1(by_family: dict[str, float], families: Collection[str] | None = None) -> float:
    """The mean over features, each counting once, from the means of their families; ``families`` None: all of them.

    >>> mean_f1(frontier()[0]["f1"], ("thing", "place", "call", "frase"))      # of the 213 meanings
    """
    sizes = Counter(feature.family for feature in all_features() if families is None or feature.family in families)
    return sum(by_family[family] * size for family, size in sizes.items()) / sizes.total()
