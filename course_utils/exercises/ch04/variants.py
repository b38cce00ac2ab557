"""4.3: importance, and features that come together or apart, in the absolute-value model."""

import math

import torch

from course_utils.checking import Band, ExperimentExercise, mistake, rewrite
from course_utils.exercises.ch04.made_up import (
    FEWEST,
    SIX,
    computed,
    favour,
    from_partners,
    guess,
    made,
    partners,
    three_numbers,
    to_dropped,
)

WORLDS = ("plain", "important", "together", "apart")
SLACK = 0.006
"""How far a number may be off: by rounding to two digits. (Which of two middle values a median takes is left open.)"""
AXES = "output=6 sign=2 feature=6"


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
            "important features have 5 halves more than the others, or more",
            ahead >= 5,
            f"{ahead:.2f}",
            "the wrong three" if ahead <= -4 else "importance left out" if ahead < 2.5 else "importance too even",
        )
        told = important[:, 3, :, 2].median().item()
        yield Band(
            "features of `important` are independent, so that number 3 is told little of number 2",
            abs(told) < 0.4,
            f"{told:.2f}",
            "pairs in important",
        )
        yield from self._company(together, apart)
        expected = three_numbers(plain, important, together, apart)
        upper = torch.tensor(
            [expected[0], *(-(-each).median() for each in (to_dropped(together), from_partners(apart)))]
        )
        near = (numbers > expected - SLACK) & (numbers < upper + SLACK)
        off = [f"number {k}" for k in range(3) if not near[k]]
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
        def off_by(wrong):
            return (numbers - torch.tensor([float(w) for w in wrong])).abs().nan_to_num(nan=math.inf).max().item()

        ahead, said, far = expected
        off = ~torch.eye(6).bool()
        means = to_dropped(together).mean(), from_partners(apart).mean()
        slips = {
            "means of what partners say": (ahead, *means),
            "a mean for number 1": (ahead, means[0], far),
            "a mean for number 2": (ahead, said, means[1]),
            "one features halves": (ahead / 3, said, far),
            "the other three first": (-ahead, said, far),
            "halves of all models": (ahead * len(important), said, far),
            "computed features among the dropped": (ahead, partners(together), far),
            "dropped features alone": (ahead, said, guess(apart)),
            "all the others for partners": (ahead, said, apart.permute(0, 2, 1, 3)[..., off].median()),
            "other pairs": (ahead, said, apart[:, SIX, :, (SIX + 3) % 6].median()),
        }
        if numbers[2] == 0:
            slips["the third number after the ReLU"] = (ahead, said, 0)
        if torch.allclose(numbers.sort().values, expected.sort().values, rtol=0, atol=SLACK):
            return "numbers in another order"
        name, off = min(((name, off_by(wrong)) for name, wrong in slips.items()), key=lambda slip: slip[1])
        return name if off < SLACK else None

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

    @mistake("Ahead, but not far enough: is the importance 0.1 for all of features 3 to 5, and 1 for 0 to 2?")
    def importance_too_even():
        return made(important=2)

    @mistake("In `important`, features come in pairs. It is as `plain` but for the importance: `data=company(0.0)`.")
    def pairs_in_important():
        return made(coupled=0.74)

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

    @mistake("Number 1 is a mean over what partners say. A few strong ones decide a mean; the text wants the median.")
    def a_mean_for_number_1():
        *worlds, right = made()
        return *worlds, torch.tensor([right[0], to_dropped(worlds[2]).mean(), right[2]])

    @mistake("Number 2 is a mean over what partners say. A few strong ones decide a mean; the text wants the median.")
    def a_mean_for_number_2():
        *worlds, right = made()
        return *worlds, torch.tensor([right[0], right[1], from_partners(worlds[3]).mean()])

    @mistake("Number 0 is for all three features of a model together: add their halves up, then average.")
    def one_features_halves():
        return *made()[:4], made()[4] / torch.tensor([3.0, 1.0, 1.0])

    @mistake("Number 0 is the halves of features 0 to 2 *less* those of 3 to 5. Yours has the other sign.")
    def the_other_three_first():
        return *made()[:4], made()[4] * torch.tensor([-1.0, 1.0, 1.0])

    @mistake("The three numbers are right, in another order: halves in `important`, `together`, `apart`.")
    def numbers_in_another_order():
        return *made()[:4], made()[4].flip(0)

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
