"""4.3: importance, and features that come together or apart, in the absolute-value model."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Band, ExperimentExercise, mistake, rewrite

WORLDS = ("plain", "important", "together", "apart")
AXES = "output=6 sign=2 feature=6"
FEWEST = 12
SIX = torch.arange(6)


def computed(heard: Float[Tensor, "model output sign feature"]) -> Float[Tensor, "model feature"]:
    """How many halves of each feature are computed, from 0 to 2."""
    own = heard.diagonal(dim1=1, dim2=3)  # [model, sign, feature]
    return ((own - 1).abs() < 0.25).float().sum(1)


def favour(heard: Float[Tensor, "model output sign feature"]) -> float:
    """Computed halves of features 0 to 2, less those of 3 to 5."""
    counts = computed(heard)
    return (counts[:, :3].sum(1) - counts[:, 3:].sum(1)).mean().item()


def from_partners(heard: Float[Tensor, "model output sign feature"]) -> Float[Tensor, "model output sign"]:
    """What each output gets from its feature's partner alone: 0 with 1, 2 with 3, 4 with 5."""
    return heard[:, SIX, :, SIX ^ 1].transpose(0, 1)


def to_dropped(heard: Float[Tensor, "model output sign feature"]) -> Float[Tensor, "number"]:
    """The same for outputs that compute neither half of their feature."""
    return from_partners(heard)[computed(heard) == 0].flatten()


def guess(heard: Float[Tensor, "model output sign feature"]) -> float:
    """Its median; NaN if no feature is dropped."""
    return to_dropped(heard).median().item() if len(to_dropped(heard)) else math.nan


def partners(heard: Float[Tensor, "model output sign feature"]) -> float:
    """The median of what outputs get from their partners, computed or not."""
    return from_partners(heard).median().item()


def three_numbers(plain, important, together, apart):
    return torch.tensor([favour(important), guess(together), partners(apart)])


class Variants(ExperimentExercise):
    id, title = "4.3", "Importance and company"
    difficulty, minutes, points, needs = "C", 20, 3, []
    fields = {**{world: f"model_of_{world} {AXES}" for world in WORLDS}, "numbers": "number=3"}
    unmutated = "Each mutant would train four sets of models anew."
    hints = [
        "Four calls of `abs_train(6, 6, many, data=company(…))`, with `many = torch.full((16,), 0.15)`: 0.0, and once "
        "more with `importance=`, a tensor of six numbers; 1.0; −1.0. Then `computing.responses(*weights)` for each.",
        "`computing.halves(*weights).sum(1)` counts computed halves, [model, feature]: 0 for dropped features.",
        "Partners are 0 and 1, 2 and 3, 4 and 5. With `i = torch.arange(6)`, `heard[:, i, :, i ^ 1]` is what outputs "
        "get from their partners, [output, model, sign] (in binary, i ^ 1 turns the last digit round). A mask "
        "[output, model] picks those of dropped features.",
    ]

    def bands(self, plain, important, together, apart, numbers):
        worlds = dict(zip(WORLDS, (plain, important, together, apart)))
        total = {name: computed(heard).sum(1).mean().item() for name, heard in worlds.items()}
        yield Band(
            f"there are {FEWEST} models of each kind at least",
            min(map(len, worlds.values())) >= FEWEST,
            ", ".join(f"{len(heard)} ({name})" for name, heard in worlds.items()),
            "a single model",
        )
        clipped = any((heard >= 0).all() for heard in worlds.values())
        yield Band(
            "some outputs are inhibited, as before their ReLU they can be",
            not clipped,
            "no value below 0 in at least one set",
            "after the ReLU",
        )
        yield Band(
            "the plain models compute 8 to 10.6 of 12 halves on average",
            8 <= total["plain"] <= 10.6,
            f"{total['plain']:.1f}",
            self._density(total["plain"]),
        )
        yield Band(
            "among plain models features 0 to 2 fare as well as 3 to 5, and partners are strangers",
            abs(favour(plain)) < 2 and abs(partners(plain)) < 0.15,
            f"{favour(plain):.2f} halves more, and {partners(plain):.2f} heard from partners",
            "the plain models were changed",
        )
        ahead = favour(important)
        yield Band(
            "important features have 4 halves more than the others, or more",
            ahead >= 4,
            f"{ahead:.2f}",
            "the wrong three" if ahead <= -4 else "importance left out",
        )
        yield from self._company(together, apart)
        expected = three_numbers(plain, important, together, apart)
        off = [f"number {k}" for k in range(3) if (numbers[k] - expected[k]).abs() > 0.02]
        yield Band(
            "the three numbers are those of the models",
            not off,
            f"{', '.join(off)} (counted from 0) of {[round(n, 3) for n in numbers.tolist()]} differs",
            self._other_numbers(numbers, expected, important, together, apart),
        )

    def _density(self, total: float) -> str:
        return "too sparse" if total > 10.6 else "too dense"

    def _company(self, together, apart):
        heard, said = (partners(together), partners(apart)), guess(together)
        turned = heard[0] < -0.1 and guess(apart) > 0.6
        strangers = abs(heard[0]) < 0.15 and abs(heard[1]) < 0.15
        why = "together and apart exchanged" if turned else "independent after all" if strangers else None
        yield Band(
            "outputs of dropped features get 0.6 to 0.85 from a partner that always comes with them",
            0.6 < said < 0.85,
            "no feature is dropped" if math.isnan(said) else f"{said:.2f}",
            why,
        )
        yield Band(
            "partners that exclude each other inhibit each other",
            heard[1] < -0.1,
            f"{heard[1]:.2f}",
            "both together" if guess(apart) > 0.6 else why,
        )
        total = computed(together).sum(1).mean().item()
        yield Band(
            "where partners come together, 5.4 to 6.8 of 12 halves are computed on average",
            5.4 < total < 6.8,
            f"{total:.1f}",
            "pairs too sparse" if total > 6 else "pairs too dense",
        )

    def _other_numbers(self, numbers, expected, important, together, apart) -> str | None:
        def same(*wrong):
            return torch.allclose(numbers, torch.stack([torch.as_tensor(float(w)) for w in wrong]), atol=0.02)

        ahead, said, far = expected
        off = ~torch.eye(6).bool()
        slips = {
            "means of what partners say": (ahead, to_dropped(together).mean(), from_partners(apart).mean()),
            "one features halves": (ahead / 3, said, far),
            "halves of all models": (ahead * len(important), said, far),
            "computed features among the dropped": (ahead, partners(together), far),
            "the third number after the ReLU": (ahead, said, far.relu()),
            "dropped features alone": (ahead, said, guess(apart)),
            "all the others for partners": (ahead, said, apart.permute(0, 2, 1, 3)[..., off].median()),
            "other pairs": (ahead, said, apart[:, SIX, :, (SIX + 3) % 6].median()),
        }
        return next((name for name, wrong in slips.items() if same(*wrong)), None)

    @mistake("One model is an example. Train a dozen of each kind or more: a density for each, as in the hint.")
    def a_single_model():
        return tuple(heard[:1] if heard.ndim == 4 else heard for heard in made())

    @mistake("These are outputs after their ReLU. Inhibition is seen before it: hand in what `responses` gives.")
    def after_the_ReLU():
        return tuple(heard.relu() if heard.ndim == 4 else heard for heard in made())

    @mistake("So many halves mean data that are sparser than the text's. Density 0.15 for each feature, in all four.")
    def too_sparse():
        return made(plain=(0.0, 0.0))

    @mistake("So few halves: are the data denser than the text's, positive alone, or the steps too few? Density 0.15.")
    def too_dense():
        return made(plain=(0.55, 0.0))

    @mistake("The plain models are the control: importance 1 for all, features independent. Change nothing there.")
    def the_plain_models_were_changed():
        return made(plain=(0.2, 0.55))

    @mistake("Importance 1 is for features 0 to 2, and 0.1 for 3 to 5. You gave it to the other three.")
    def the_wrong_three():
        return made(important=-1)

    @mistake("The features that should matter more don't. `importance=` takes six numbers, one for each output.")
    def importance_left_out():
        return made(important=0)

    @mistake("`company(1.0)` couples partners, `company(-1.0)` keeps them apart. Yours are exchanged.")
    def together_and_apart_exchanged():
        return made(near=-0.5, far=0.74)

    @mistake("Both sets come together. Features that exclude each other are `company(-1.0)`.")
    def both_together():
        return made(far=0.74)

    @mistake("Partners are strangers in these models. Is it `data=company(1.0)`, and `company(-1.0)`?")
    def independent_after_all():
        return made(near=0.0, far=0.0)

    @mistake(
        "So many halves of pairs mean data that are too sparse. `together` has density 0.15 too, as all four have."
    )
    def pairs_too_sparse():
        return made(spared=0.25)

    @mistake("So few halves of pairs mean data that are too dense, or too few steps. Density 0.15 in all four.")
    def pairs_too_dense():
        return made(spared=-0.25)

    @mistake("Your numbers are means over what partners say. A few strong ones decide a mean; the text wants medians.")
    def means_of_what_partners_say():
        plain, important, together, apart, right = made()
        return (
            plain,
            important,
            together,
            apart,
            torch.tensor([right[0], to_dropped(together).mean(), from_partners(apart).mean()]),
        )

    @mistake("Number 0 is for all three features of a model together: add their halves up, then average.")
    def one_features_halves():
        return *made()[:4], made()[4] / torch.tensor([3.0, 1.0, 1.0])

    @mistake("Number 0 is an average over models, and you added all models up.")
    def halves_of_all_models():
        return *made()[:4], made()[4] * torch.tensor([float(FEWEST), 1.0, 1.0])

    @mistake("Number 1 is for dropped features alone: those of which neither half is computed.")
    def computed_features_among_the_dropped():
        *worlds, right = made()
        return *worlds, torch.tensor([right[0], partners(worlds[2]), right[2]])

    @mistake("Number 2 is cut off at 0. Take the median before the ReLU, over all outputs of `apart`, computed or not.")
    def the_third_number_after_the_ReLU():
        *worlds, right = made()
        return *worlds, torch.tensor([right[0], right[1], right[2].relu()])

    @mistake("Number 2 is for all outputs, whether their feature is computed or not.")
    def dropped_features_alone():
        *worlds, right = made()
        return *worlds, torch.tensor([right[0], right[1], guess(worlds[3])])

    @mistake("You took what an output gets from any other feature. Partners are 0 and 1, 2 and 3, 4 and 5.")
    def all_the_others_for_partners():
        *worlds, right = made()
        others = worlds[3].permute(0, 2, 1, 3)[..., ~torch.eye(6).bool()]
        return *worlds, torch.tensor([right[0], right[1], others.median()])

    @mistake("Those are not the pairs: neighbours share a group, 0 with 1, 2 with 3, 4 with 5.")
    def other_pairs():
        *worlds, right = made()
        return *worlds, torch.tensor([right[0], right[1], worlds[3][:, SIX, :, (SIX + 3) % 6].median()])

    @rewrite
    def as_a_dict():
        return dict(zip([*WORLDS, "numbers"], made()))

    @rewrite
    def in_double_precision():
        return tuple(part.double() for part in made(seed=3))

    @rewrite
    def with_more_models():
        return made(models=30, seed=1)

    @rewrite
    def as_arrays():
        return [part.numpy() for part in made(seed=2)]


def made(plain=(0.2, 0.0), important=1, near=0.74, far=-0.5, models=FEWEST, seed=0, spared=0.0):
    """What such models say, made up. plain: (share of halves that fail, what partners say); important: which half of
    the features matters (−1: the last three, 0: neither); near, far: what partners say that come together, or apart;
    spared: how much of the dropped features is computed after all, or, below 0, of the others isn't."""
    rng = torch.Generator().manual_seed(seed)

    def stack(fails: Float[Tensor, "*model feature"], from_partner: Float[Tensor, "*model feature"]) -> Tensor:
        heard = 0.03 - 1.5 * torch.rand(models, 6, 2, 6, generator=rng) ** 3
        pull = from_partner[..., None] + 0.2 * torch.rand(models, 6, 2, generator=rng) ** 3 - 0.01
        heard[:, SIX, :, SIX ^ 1] = pull.transpose(0, 1)
        failed = torch.rand(models, 6, 2, generator=rng) < fails[..., None]
        heard[:, SIX, :, SIX] = torch.where(failed, 0.1, 1.0).transpose(0, 1)
        return heard

    six = torch.ones(6)
    low = torch.tensor([0.05] * 3 + [0.95] * 3)
    unequal = {1: low, -1: low.flip(0), 0: 0.2 * six}[important]
    first = torch.rand(models, 3, 1, generator=rng) < 0.5  # which of a pair is dropped
    dropped = torch.cat([first, ~first], dim=2).flatten(1).float()
    worlds = [stack(plain[0] * six, plain[1] * six), stack(unequal, 0 * six)]
    fails = dropped - spared * (dropped if spared > 0 else 1 - dropped)
    worlds.append(stack(fails, near * dropped if near > 0 else near * six))
    worlds.append(stack(dropped, far * dropped) if far > 0 else stack(0.25 * six, far * six))
    return *worlds, three_numbers(*worlds)
