"""1.11: a hidden bias with which a ReLU on the bottleneck cuts nothing off."""

from dataclasses import replace
from itertools import product

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite
from course_utils.checking.trials import Trial


@law("with your biases a ReLU on h changes no output, for inputs from 0 to 1")
def same_outputs(answer, W, b):
    c, b_new = answer(W, b)
    x = torch.rand(500, W.shape[1], generator=torch.Generator().manual_seed(2)).round(decimals=1)
    same = torch.allclose((x @ W.T + c).relu() @ W + b_new, x @ W.T @ W + b, rtol=1e-3, atol=1e-3)
    return None if same else "Some outputs changed."


def lowest(W: Float[Tensor, "hidden feature"]) -> Float[Tensor, "hidden"]:
    """How far below zero each hidden unit can get, as a positive number."""
    return W.clamp_max(0).sum(dim=1).neg()


def _two(trial: Trial) -> tuple[Tensor, Tensor] | None:
    """c and b', where two tensors of the right shapes came back."""
    value, W = trial.outcome.value, trial.case.args[0]
    if not isinstance(value, (list, tuple)) or len(value) != 2 or not all(isinstance(v, Tensor) for v in value):
        return None
    c, b_new = (v.float() for v in value)
    return (c, b_new) if [c.shape, b_new.shape] == [W.shape[:1], W.shape[1:]] else None


def _fitting(trial: Trial, c: Float[Tensor, "hidden"]) -> Float[Tensor, "feature"]:
    """The b' that takes off what c adds."""
    W, b = trial.case.args
    return b - c @ W


class HiddenBias(FunctionExercise):
    id, title = "1.11", "A ReLU that cuts nothing off"
    difficulty, minutes, points, needs = "B", 10, 2, ["1.2"]
    rtol, atol = 1e-3, 1e-4
    checked = "models against every corner of the cube of inputs, with positive, negative and dropped rows"
    hints = [
        "Take one hidden unit. Which features would you switch on, each between 0 and 1, to bring it as far below zero "
        "as possible? How far is that? Then: adding c to h adds something to every output, whatever x is. What?",
        "The lowest value of unit k is the sum of its negative weights, `W.clamp_max(0).sum(dim=1)`; c is minus that. "
        "Reading adds Wᵀc to the outputs, `c @ W`: take it off the output bias.",
    ]
    laws = [same_outputs]

    def remark(self, trials):
        """b' is judged with the learner's own c."""
        if not all(_two(t) for t in trials) or all(t.parts[0].difference is None for t in trials):
            return None
        fits = all(
            torch.allclose(b_new, _fitting(t, c), rtol=1e-3, atol=1e-4) for t in trials for c, b_new in [_two(t)]
        )
        if fits:
            return "c is not right; your b' fits it: it takes off the outputs just what your c adds to them."
        return "c is not right, and b' doesn't fit it: it should take off each output what your c adds to it."

    def _matching_mistake(self, trials):
        """What is wrong with c is said whatever b' is."""
        if (name := super()._matching_mistake(trials)) or not all(_two(t) for t in trials):
            return name
        own = [(_two(t)[0], _fitting(t, _two(t)[0])) for t in trials]
        if all(torch.allclose(c, lowest(t.case.args[0]), rtol=1e-3, atol=1e-4) for t, (c, _) in zip(trials, own)):
            return None
        return super()._matching_mistake([t._replace(outcome=replace(t.outcome, value=v)) for t, v in zip(trials, own)])

    def cases(self, rng):
        for hidden, feature, note in [(3, 3, "with as many units as features"), (2, 5, ""), (4, 2, ""), (1, 4, "")]:
            yield Case(
                (torch.randn(hidden, feature, generator=rng), torch.randn(feature, generator=rng)),
                note or f"with {hidden} hidden unit{'s' * (hidden > 1)} and {feature} features",
            )
        W = torch.randn(3, 4, generator=rng)
        W[0], W[1] = W[0].abs(), -W[1].abs()
        W[2] = 0
        yield Case(
            (W, torch.rand(4, generator=rng)), "with a unit without negative weights, one with no others, a dead one"
        )

    def oracle(
        self, W: Float[Tensor, "hidden feature"], b: Float[Tensor, "feature"]
    ) -> tuple[Float[Tensor, "hidden"], Float[Tensor, "feature"]]:
        """Over all corners of the cube: a linear function is lowest at one of them."""
        hidden, feature = W.shape
        corners = list(product((0.0, 1.0), repeat=feature))
        c, b_new = torch.zeros(hidden), torch.zeros(feature)
        for k in range(hidden):
            c[k] = -min(sum(float(W[k, f]) * x[f] for f in range(feature)) for x in corners)
        for f in range(feature):
            b_new[f] = b[f] - sum(float(W[k, f]) * float(c[k]) for k in range(hidden))
        return c, b_new

    @mistake(
        "Your c lifts a unit by its most negative weight alone. Several features may be on at once: all that pull it "
        "down add up."
    )
    def one_feature_at_a_time(W, b):
        c = W.amin(dim=1).clamp_max(0).neg()
        return c, b - c @ W

    @mistake(
        "Your c is the size of each unit's lowest weight. All negative weights of a unit pull it down "
        "together: add them "
        "up. (And a unit without any needs no c at all.)"
    )
    def size_of_the_lowest(W, b):
        c = W.amin(dim=1).abs()
        return c, b - c @ W

    @mistake(
        "Your c is each unit's largest weight in size. What counts is how far all its negative weights pull it down."
    )
    def size_of_the_largest(W, b):
        c = W.abs().amax(dim=1)
        return c, b - c @ W

    @mistake("You counted the negative weights. How far they pull a unit down is their sum.")
    def counts_them(W, b):
        c = (W < 0).sum(dim=1).float()
        return c, b - c @ W

    @mistake(
        "That is the length of a unit's negative weights. Each input may be 1 at the same time: add the weights up."
    )
    def length_of_the_negative(W, b):
        c = W.clamp_max(0).norm(dim=1)
        return c, b - c @ W

    @mistake(
        "You put the old output bias into c. It is added after reading: h and its lowest value know nothing of it."
    )
    def output_bias_in_c(W, b):
        c = lowest(W) - b.min()
        return c, b - c @ W

    @mistake("c is right. You took the sum of c off every output. Output i hears each unit through W: it hears Wᵀc.")
    def sum_of_c(W, b):
        c = lowest(W)
        return c, b - c.sum()

    @mistake("c is right. What it adds to the outputs may be negative too, and is taken off just the same.")
    def only_what_raises(W, b):
        c = lowest(W)
        return c, b - (c @ W).clamp_min(0)

    @mistake("c is right. It reaches the outputs through W as it is, with its signs: Wᵀc.")
    def sizes_of_weights(W, b):
        c = lowest(W)
        return c, b - c @ W.abs()

    @mistake("c is right. You took off the sum of each feature's arrow. Every unit adds c times its weight: Wᵀc.")
    def arrows_without_c(W, b):
        return lowest(W), b - W.sum(dim=0)

    @mistake(
        "Your c is minus the sum of all weights. Those that lift the unit may be off while the others pull it down: "
        "leave the positive ones out."
    )
    def everything_on(W, b):
        c = W.sum(dim=1).neg()
        return c, b - c @ W

    @mistake(
        "Your c is what a unit needs when every feature is on at 1. That isn't its worst input: features that lift it "
        "may be off."
    )
    def everything_on_and_cut(W, b):
        c = W.sum(dim=1).neg().clamp_min(0)
        return c, b - c @ W

    @mistake("Your c is how far each unit can rise. It must make up for how far it can fall: the negative weights.")
    def how_far_it_rises(W, b):
        c = W.clamp_min(0).sum(dim=1)
        return c, b - c @ W

    @mistake(
        "That c is large enough, and not the smallest: a positive weight can't pull its unit below zero. Sum the "
        "negative weights only."
    )
    def both_signs(W, b):
        c = W.abs().sum(dim=1)
        return c, b - c @ W

    @mistake("That is the length of each row of W. Inputs are numbers from 0 to 1, not a vector of length 1.")
    def the_length(W, b):
        c = W.norm(dim=1)
        return c, b - c @ W

    @mistake("Your c has the wrong sign: it pushes every unit further down.")
    def pushes_down(W, b):
        c = -lowest(W)
        return c, b - c @ W

    @mistake(
        "You gave every unit the c of the one that needs most. Each hidden unit has its own: the smallest that is "
        "enough for it."
    )
    def one_for_all(W, b):
        c = lowest(W).max().expand(len(W)).clone()
        return c, b - c @ W

    @mistake("You averaged over the features. What pulls a unit down adds up: take the sum of its negative weights.")
    def mean_over_the_features(W, b):
        c = W.clamp_max(0).mean(dim=1).neg()
        return c, b - c @ W

    @mistake("You summed over the hidden units. c has one number for each unit: sum over its features, `dim=1`.")
    def the_other_axis(W, b):
        c = W.clamp_max(0).sum(dim=0).neg()
        return c, b - c @ W

    @mistake("c is right. It also raises the outputs, by Wᵀc whatever x is: take that off the output bias.")
    def the_old_output_bias(W, b):
        return lowest(W), b.clone()

    @mistake("c is right. The output bias has to take Wᵀc away again, and yours adds it a second time.")
    def adds_it_twice(W, b):
        c = lowest(W)
        return c, b + c @ W

    @mistake(
        "c is right. What it adds to output i is read with feature i's arrow, the column of W: Wᵀc, which is `c @ W` "
        "or `W.T @ c`. You multiplied with the rows."
    )
    def rows_instead_of_columns(W, b):
        c = lowest(W)
        return c, b - W @ c

    @mistake("c is right. It reaches the outputs through Wᵀ: take Wᵀc off the output bias, not c itself.")
    def not_read(W, b):
        c = lowest(W)
        return c, b - c

    @mistake("c is right. Your output bias is −Wᵀc alone: the old bias b is still needed.")
    def without_the_old_bias(W, b):
        c = lowest(W)
        return c, -(c @ W)

    @mistake("c is right. You cut the new output bias off at zero: it may be negative, and mostly is.")
    def bias_cut_off(W, b):
        c = lowest(W)
        return c, (b - c @ W).clamp_min(0)

    @mistake("Both are right, the wrong way round: first c, for the hidden units, then the output bias.")
    def the_wrong_way_round(W, b):
        c = lowest(W)
        return b - c @ W, c

    @mistake("You returned c alone. The function returns two things, c and the new output bias.")
    def only_c(W, b):
        return lowest(W)

    @rewrite
    def by_corners(W, b):
        corners = torch.tensor(list(product((0.0, 1.0), repeat=W.shape[1])), dtype=W.dtype)
        c = -(corners @ W.T).amin(dim=0)
        return c, b - W.T @ c

    @rewrite
    def by_relu_of_minus_W(W, b):
        c = torch.relu(-W).sum(1)
        return (c, b - torch.einsum("hf,h->f", W, c))

    @rewrite
    def by_halves(W, b):
        c = (W.abs() - W).sum(dim=1) / 2
        return [c, b - (W * c[:, None]).sum(dim=0)]

    @rewrite
    def with_hidden_loops(W, b):
        c = torch.stack([-sum((w for w in row if w < 0), torch.tensor(0.0)) for row in W])
        return c, b - c @ W

    equivalent = {
        "by_corners, line 1: `product((0.0, 1.0), repeat=W.shape[1])` → `product((1.0, 0.0), repeat=W.shape[1])`": (
            "The same corners in another order."
        ),
    }
