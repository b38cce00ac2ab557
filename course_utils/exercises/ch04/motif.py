"""4.2: neurons that are loud for one feature where they listen, and for another where they speak."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, describe, law, mistake, rewrite
from course_utils.exercises.ch04.motif_tables import QUARTER, by_this_neuron, coarse, edges, smooth, table


@law("numbering the neurons in another order only changes their order in the table")
def renumbered(answer, W_in, W_out):
    order = torch.arange(W_in.shape[1]).flip(0)
    same = torch.equal(answer(W_in[:, order], W_out[..., order]), answer(W_in, W_out)[:, order])
    return None if same else "Your table changed in another way when the neurons were numbered backwards."


class Motifs(FunctionExercise):
    id, title = "4.2", "The asymmetric motif"
    difficulty, minutes, points, needs = "B", 18, 3, []
    checked = (
        "stacks of networks with loops, among them ratios of exactly 2, products of exactly 1/4, and silent neurons"
    )
    hints = [
        "Work with tables [instance, neuron, a, b]. `W_in.abs()` and `W_out.mT` are both [instance, neuron, feature]; "
        "`t[..., :, None]` is the value at a, `t[..., None, :]` the value at b.",
        "The first two conditions are comparisons of such tables. For the third let feature a alone be on, with the "
        "sign s = sign(W_in[k, a]): neuron k′ then says ReLU(s · W_in[k′, a]), and output b gets Σ over *all* k′ of "
        "that times W_out[b, k′].",
        "`said = (W_in.sign()[..., None] * W_in.mT[:, None]).relu()` is [instance, neuron, a, other neuron], and "
        "`heard = said @ W_out.mT[:, None]` is [instance, neuron, a, b].",
    ]

    def cases(self, rng):
        yield Case(smooth(3, 4, 3, rng))
        W_in = torch.tensor([[2.0, 0.5], [1.0, 0.0]])[None]
        W_out = torch.tensor([[0.5, 0.0], [2.0, -4.0]])[None]
        yield Case((W_in, W_out), "with the motif on paper: a neuron of two features, and one that inhibits")
        yield Case((-W_in, W_out), "with the same for negative values")
        yield Case((W_in, torch.tensor([[[0.5, 0.0], [2.0, 0.0]]])), "with nobody who inhibits")
        yield Case((torch.cat([W_in, -W_in]), W_out.repeat(2, 1, 1)), "with two networks")
        exact = torch.tensor([[0.5, 0.0], [2.0, -3.75]])[None]
        yield Case((W_in, exact), "with exactly 1/4 arriving")
        yield Case((W_in / 2, W_out), "with products of exactly 1/2")
        yield Case((W_in / 4, W_out), "with products of exactly 1/4")
        yield Case(edges(), "with numbers on their limits, and near them")
        edge_in, edge_out = edges()
        yield Case((-edge_in.flip(2), edge_out.flip(1)), "with the same for negative values, and a and b exchanged")
        yield Case(coarse(30, 5, 3, rng), "with round weights")
        yield Case(coarse(30, 3, 4, rng), "with fewer neurons than features")
        silent = torch.cat([W_in, torch.zeros(1, 1, 2)], dim=1)
        yield Case((silent, torch.cat([W_out, torch.ones(1, 2, 1)], dim=2)), "with a neuron that reads nothing")
        W_in, W_out = torch.tensor([[8.0, 2, 1], [1, 1, 0]])[None], torch.tensor([[0.25, -9], [1, -9], [4, -99]])[None]
        yield Case((W_in, W_out), "with three motifs in one neuron")

    def oracle(
        self, W_in: Float[Tensor, "instance neuron feature"], W_out: Float[Tensor, "instance feature neuron"]
    ) -> Bool[Tensor, "instance neuron a b"]:
        n, neurons, features = W_in.shape
        found = torch.zeros(n, neurons, features, features, dtype=torch.bool)
        for z, (read, write) in enumerate(zip(W_in.double().tolist(), W_out.double().tolist())):
            for k in range(neurons):
                for a in range(features):
                    for b in range(features):
                        if a == b:
                            continue
                        if abs(read[k][a]) * write[a][k] <= QUARTER or abs(read[k][b]) * write[b][k] <= QUARTER:
                            continue
                        if abs(read[k][a]) < 2 * abs(read[k][b]) or write[b][k] < 2 * write[a][k]:
                            continue
                        sign = 1 if read[k][a] > 0 else -1
                        arrives = sum(max(0.0, sign * read[j][a]) * write[b][j] for j in range(neurons))
                        found[z, k, a, b] = arrives < QUARTER
        return found

    laws = [renumbered]

    def remark(self, trials):
        bad = next((t for t in trials if not t.right and t.difference and t.difference.stage == "value"), None)
        if bad is None:
            return None
        wrong = (bad.outcome.value.bool() != bad.expected).nonzero()[0].tolist()
        z, k, a, b = wrong
        W_in, W_out = (W[z] for W in bad.case.args)
        sign = 1 if W_in[k, a] > 0 else -1
        heard = ((sign * W_in[:, a]).relu() @ W_out[b]).item()
        parts = [f"{abs(W_in[k, i].item()):.3g} in, {W_out[i, k].item():.3g} out" for i in (a, b)]
        return (
            f"Network {z}, neuron {k}, a = {a}: {parts[0]}; b = {b}: {parts[1]}; with a alone at {sign:+d} output b "
            f"gets {heard:.3g}. That is {'a' if bad.expected[z, k, a, b] else 'no'} motif, and you say "
            f"{describe.contents(bool(bad.outcome.value[z, k, a, b]))}."
        )

    @mistake("Without the third condition those are neurons that share asymmetrically. Is output b quiet, though?")
    def nobody_inhibits(W_in, W_out):
        return table(W_in, W_out, quiet=lambda heard: torch.ones_like(heard).bool())

    @mistake(
        "You let feature a be at +1 always. A neuron with a negative input weight is silent then: take the sign that "
        "it reads, sign(W_in[k, a])."
    )
    def positive_values_alone(W_in, W_out):
        return table(W_in, W_out, at=torch.ones_like)

    @mistake("The sign is the wrong way round: s = sign(W_in[k, a]) turns neuron k on, and yours turns it off.")
    def sign_turned_round(W_in, W_out):
        return table(W_in, W_out, at=lambda W: -W.sign())

    @mistake(
        "No motif anywhere: so it is if you count what neuron k alone sends to b, or take |W_out|. Output b gets "
        "something from *all* neurons that feature a turns on, and what is negative takes away."
    )
    def this_neuron_alone(W_in, W_out):
        return table(W_in, W_out, heard=by_this_neuron)

    @mistake("You left out what neuron k itself sends to b. Is b quiet with *all* of them together, k included?")
    def the_others_alone(W_in, W_out):
        return table(W_in, W_out, heard=lambda said, W: said @ W.mT[:, None] - by_this_neuron(said, W))

    @mistake("The hidden neurons lost their ReLU: those that feature a turns off can't inhibit anybody.")
    def without_relu(W_in, W_out):
        return table(W_in, W_out, hidden=lambda h: h)

    @mistake("a and b have changed places: a is the feature that the neuron reads more strongly, and axis 2.")
    def exchanged(W_in, W_out):
        return table(W_in, W_out).mT

    @mistake("You asked what b does to a: b reads softly, so that way round little is heard. Let a be on.")
    def the_other_way_heard(W_in, W_out):
        return table(W_in, W_out, quiet=lambda heard: heard.mT < QUARTER)

    @mistake("You compared the input weights alone. The output weights must be unequal too, the other way round.")
    def inputs_alone(W_in, W_out):
        return table(W_in, W_out, writes=lambda a, b: torch.ones_like(a * b).bool())

    @mistake("You compared the output weights alone. The input weights must be unequal too, the other way round.")
    def outputs_alone(W_in, W_out):
        return table(W_in, W_out, reads=lambda a, b: torch.ones_like(a * b).bool())

    @mistake("The two conditions of asymmetry are missing: it reads a at least twice as strongly, and writes b so.")
    def equal_ones_as_well(W_in, W_out):
        anything = lambda a, b: torch.ones_like(a * b).bool()  # noqa: E731
        return table(W_in, W_out, reads=anything, writes=anything)

    @mistake("More strongly isn't enough: it reads a at least *twice* as strongly as b, and writes b so.")
    def stronger_by_any_factor(W_in, W_out):
        return table(W_in, W_out, reads=lambda a, b: a > b, writes=lambda a, b: b > a)

    @mistake("Both comparisons point the same way: the neuron reads a more strongly, and writes *b* more strongly.")
    def the_same_way(W_in, W_out):
        return table(W_in, W_out, writes=lambda a, b: a >= 2 * b)

    @mistake("A neuron that inhibits its own feature doesn't serve it: the product keeps the sign of W_out.")
    def inhibition_counts(W_in, W_out):
        return table(W_in, W_out, serves=lambda read, write: read * write.abs() > QUARTER)

    @mistake("The product has the sign of W_in in it, and neurons for negative values went missing. Take |W_in|.")
    def signed_inputs(W_in, W_out):
        signed = W_in * W_out.mT
        return table(W_in, W_out, serves=lambda read, write: signed > QUARTER)

    @mistake("You left out the first condition: a neuron that hardly says anything for a or for b doesn't serve it.")
    def serves_nobody(W_in, W_out):
        return table(W_in, W_out, serves=lambda read, write: torch.ones_like(read).bool())

    @mistake("A neuron that serves one of the two is enough for you. It must serve both, a and b.")
    def one_is_enough(W_in, W_out):
        one = W_in.abs() * W_out.mT > QUARTER
        anybody = table(W_in, W_out, serves=lambda read, write: torch.ones_like(read).bool())
        return anybody & (one[..., :, None] | one[..., None, :])

    @mistake("You want b quiet with a at +1 and at −1. Only the sign that neuron k reads counts: sign(W_in[k, a]).")
    def quiet_at_both_signs(W_in, W_out):
        return table(W_in, W_out, at=torch.ones_like) & table(W_in, W_out, at=lambda W: -torch.ones_like(W))

    @mistake("For you b is quiet if it is at +1 or at −1. Only the sign that neuron k reads counts: sign(W_in[k, a]).")
    def quiet_at_one_sign(W_in, W_out):
        return table(W_in, W_out, at=torch.ones_like) | table(W_in, W_out, at=lambda W: -torch.ones_like(W))

    @mistake("You compared input weights with their signs, where −2 is less than −1. How strongly it reads is |W_in|.")
    def signed_comparison(W_in, W_out):
        signed = W_in[..., :, None] >= 2 * W_in[..., None, :]
        return table(W_in, W_out, reads=lambda a, b: signed)

    @mistake("Twice as strong counts: `>=`, not `>`.")
    def more_than_twice(W_in, W_out):
        return table(W_in, W_out, reads=lambda a, b: a > 2 * b, writes=lambda a, b: b > 2 * a)

    @mistake("A product of exactly 1/4 doesn't serve: more than 1/4.")
    def a_quarter_serves(W_in, W_out):
        return table(W_in, W_out, serves=lambda read, write: read * write >= QUARTER)

    @mistake("Exactly 1/4 isn't quiet: less than 1/4.")
    def a_quarter_is_quiet(W_in, W_out):
        return table(W_in, W_out, quiet=lambda heard: heard <= QUARTER)

    @mistake("Quiet is what is less than 1/4, however far below 0. You took the size of what arrives.")
    def strong_inhibition_is_loud(W_in, W_out):
        return table(W_in, W_out, quiet=lambda heard: heard.abs() < QUARTER)

    @mistake("You asked for inhibition below 0. Less than 1/4 is quiet enough.")
    def below_zero(W_in, W_out):
        return table(W_in, W_out, quiet=lambda heard: heard < 0)

    @mistake("You asked for 0 or less at output b. Less than 1/4 is quiet enough.")
    def zero_at_most(W_in, W_out):
        return table(W_in, W_out, quiet=lambda heard: heard <= 0)

    @mistake("You kept one motif for each neuron. A neuron that serves three features may have several: keep all.")
    def first_motif_of_a_neuron(W_in, W_out):
        found = table(W_in, W_out).flatten(2)
        return (found & (found.cumsum(2) == 1)).reshape(*W_in.shape, -1)

    @rewrite
    def with_loops(W_in, W_out):
        n, neurons, features = W_in.shape
        found = torch.zeros(n, neurons, features, features).bool()
        for k in range(neurons):
            for a in range(features):
                sign = W_in[:, k, a].sign()
                heard = torch.einsum("zk,zbk->zb", (sign[:, None] * W_in[:, :, a]).relu(), W_out)
                for b in range(features):
                    in_a, in_b, out_a, out_b = W_in[:, k, a].abs(), W_in[:, k, b].abs(), W_out[:, a, k], W_out[:, b, k]
                    serves = (in_a * out_a > 0.25) & (in_b * out_b > 0.25)
                    found[:, k, a, b] = serves & (in_a >= 2 * in_b) & (out_b >= 2 * out_a) & (heard[:, b] < 0.25)
        return found

    @rewrite
    def from_both_signs(W_in, W_out):
        heard = torch.stack([W_out @ W_in.relu(), W_out @ (-W_in).relu()])  # [sign, instance, b, a]
        arrives = torch.where((W_in > 0)[..., None], heard[0].mT[:, None], heard[1].mT[:, None])
        read, write = W_in.abs(), W_out.mT
        serves = read * write > 0.25
        both = serves.unsqueeze(3) & serves.unsqueeze(2)
        unequal = (read.unsqueeze(3) >= 2 * read.unsqueeze(2)) & (write.unsqueeze(2) >= 2 * write.unsqueeze(3))
        return both & unequal & (arrives < 0.25)

    @rewrite
    def after_the_outputs_relu(W_in, W_out):
        return table(W_in, W_out, quiet=lambda heard: heard.relu() < 0.25)

    _same = "`[..., :, None]`, `[..., None]` and `[:, ..., None]` all put a new axis last."
    equivalent = {
        "line 3: `read[..., :, None]` → `read[..., None]`": _same,
        "line 3: `read[..., :, None]` → `read[:, ..., None]`": _same,
        "line 4: `write[..., :, None]` → `write[..., None]`": _same,
        "line 4: `write[..., :, None]` → `write[:, ..., None]`": _same,
        "line 7: `serves[..., :, None]` → `serves[..., None]`": _same,
        "line 7: `serves[..., :, None]` → `serves[:, ..., None]`": _same,
        "with_loops, line 2: `torch.zeros(n, neurons, features, features)` → "
        "`torch.ones(n, neurons, features, features)`": "Every entry of the table is written.",
    }
