"""Train and measure the dictionaries of chapter 10: `make dictionaries`.

The **frontier** is six architectures at three sparsities, trained on the neurons of the three trainings of mini-gelu-1l
from two seeds each. Of these the package keeps what was measured, a line each in ``sae/weights/frontier.json``. The
weights of some others, trained on other rows, are kept too (``KEPT``). What is in the table or in the folder is not
made again; after a kill it goes on with the next one. Delete a file and it is made anew, the same on one machine.
"""

import json
import time
from dataclasses import asdict, astuple, dataclass
from itertools import groupby

import torch
from jaxtyping import Float
from torch import Tensor
from tqdm.auto import tqdm

from course_utils import minilang
from course_utils.lm import activations, load_model
from course_utils.lm_training.dictionary_card import card
from course_utils.lm_training.dictionary_measure import NEURONS, truth
from course_utils.lm_training.weights_file import write_weights
from course_utils.minilang.spelled import spelled
from course_utils.sae import SAE, SAEConfig, train_sae
from course_utils.sae.shipped import CARD, FRONTIER, WEIGHTS, shipped, weights_of
from course_utils.writing import replacing

MODEL = "mini-gelu-1l"
TRAININGS, SEEDS = (0, 1, 2), (0, 1)
DOCUMENTS, DATA_SEED = 6000, 20_000  # to train on; the seed of the documents is this plus the training's
D_SAE, STEPS, BATCH = 1024, 400, 2048
ARCHITECTURES = ("relu", "topk", "batchtopk", "gated", "jumprelu", "matryoshka")
SPARSITIES = (4, 8, 16)  # k, or the L0 for which a penalty is looked for
LR = {"jumprelu": 4e-3}  # its thresholds collapse at what the others learn best with
OTHERS_LR = 8e-3
SQUARED_NORM = 10.0  # of the rows that go in, on average: a number for which the settings above work
KEPT = ("untrained", "links", "written")


@dataclass(frozen=True)
class Recipe:
    """All that a dictionary follows from."""

    rows: str  # "neurons": of every position. The others are explained in `rows_of`
    training: int  # of the model
    architecture: str
    sparsity: int
    seed: int  # of the dictionary


def frontier() -> list[Recipe]:
    """The dictionaries that are measured and not kept; the first seed of all comes before the second of any."""
    return [
        Recipe("neurons", training, architecture, sparsity, seed)
        for seed in SEEDS
        for training in TRAININGS
        for sparsity in SPARSITIES
        for architecture in ARCHITECTURES
    ]


def kept() -> list[Recipe]:
    """The dictionaries whose weights come with the package."""
    return [Recipe(rows, training, "batchtopk", 4, 0) for training in TRAININGS for rows in KEPT]


def config(recipe: Recipe, d_in: int) -> SAEConfig:
    """Six ways to say how sparse it should be."""
    size = {"architecture": recipe.architecture, "d_in": d_in, "d_sae": D_SAE}
    if recipe.architecture == "matryoshka":
        size["groups"] = (D_SAE // 8, D_SAE // 8, D_SAE // 4, D_SAE // 2)
    found = recipe.architecture in ("relu", "gated", "jumprelu")
    return SAEConfig(**size, **{"l0_target" if found else "k": recipe.sparsity})


def rows_of(rows: str, training: int) -> Float[Tensor, "row d_in"]:
    """What a dictionary is trained on.

    Args:
        rows: "neurons": the MLP's activations at every position. "untrained": the same of the untrained twin. "links":
            of the trained one, only where a meaning of a pair is complete. "written": there, what the MLP writes.
    """
    corpus = minilang.sample(DOCUMENTS, DATA_SEED + training)
    model = load_model(MODEL, seed=training, tokens=0 if rows == "untrained" else None)
    found = activations(model, corpus.tokens[:, :-1], NEURONS)[NEURONS]
    if rows in ("links", "written"):
        found = found[torch.from_numpy(spelled(corpus)[:, :-1].any(-1))]
    if rows == "written":
        found = found @ model.W_out[0].detach()
    return found.flatten(0, -2)


def train(recipe: Recipe, rows: Float[Tensor, "row d_in"]) -> SAE:
    """A dictionary that takes activations as the model has them, whatever scale it was trained at."""
    scale = (SQUARED_NORM / rows.square().sum(-1).mean()).sqrt()
    lr = LR.get(recipe.architecture, OTHERS_LR)
    settings = {"steps": STEPS, "batch_size": BATCH, "lr": lr, "seed": recipe.seed, "progress": False}
    return unscaled(train_sae(rows * scale, config(recipe, rows.shape[1]), **settings), scale)


def unscaled(sae: SAE, scale: Tensor) -> SAE:
    """The autoencoder of x that does what ``sae`` does with ``scale · x``: same latents, x̂ divided by the scale."""
    own = {name: value.clone() for name, value in sae.tensors().items()}
    own["W_enc"] *= scale
    own["W_dec"] /= scale
    own["b_dec"] /= scale
    return SAE(sae.config, **own)


def ship(sae: SAE, recipe: Recipe) -> SAE:
    """Write the weights in half precision; returns them as a reader gets them."""
    tensors = {name: value.detach().to(torch.float16).contiguous() for name, value in sae.tensors().items()}
    metadata = {"config": json.dumps(asdict(sae.config)), "recipe": json.dumps(asdict(recipe))}
    write_weights(weights_of(recipe.rows, recipe.training), tensors, metadata)
    return shipped(recipe.rows, recipe.training)


def missing(wanted: list[Recipe], there: list[dict]) -> list[Recipe]:
    """Those of which there is no line yet, or a line and no weights where these are kept."""
    done = [tuple(line[name] for name in Recipe.__dataclass_fields__) for line in there]
    return [
        recipe
        for recipe in wanted
        if astuple(recipe) not in done
        or (recipe.rows in KEPT and not weights_of(recipe.rows, recipe.training).exists())
    ]


def write_table(lines: list[dict]) -> None:
    """A line of the file for each dictionary."""
    with replacing(FRONTIER) as (beside,):
        beside.write_text("[\n" + ",\n".join(map(json.dumps, lines)) + "\n]\n", encoding="utf-8")


def main() -> None:
    """Make what is missing; write the card."""
    torch.set_num_threads(1)
    WEIGHTS.mkdir(exist_ok=True)
    lines = json.loads(FRONTIER.read_text(encoding="utf-8")) if FRONTIER.exists() else []
    left = missing([*kept(), *frontier()], lines)
    bar = tqdm(total=len(left), desc="dictionaries", mininterval=2)
    for (name, training), recipes in groupby(left, key=lambda recipe: (recipe.rows, recipe.training)):
        rows, known = rows_of(name, training), truth(MODEL, training, name)
        for recipe in recipes:
            began = time.process_time()
            sae = train(recipe, rows)
            seconds = round(time.process_time() - began, 1)
            sae = ship(sae, recipe) if name in KEPT else sae
            again = asdict(recipe)
            lines = [line for line in lines if {key: line[key] for key in again} != again]
            lines.append(again | {"seconds": seconds} | known.figures(sae))
            write_table(lines)
            bar.update()
    bar.close()
    CARD.write_text(card(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
