"""4.11: a layer of a circuit that reads bits from superposition and hands on clean ones."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, mistake, rewrite


def unit_rows(rng, n, dim):
    return torch.nn.functional.normalize(torch.randn(n, dim, generator=rng), dim=1)


def bits(rng, rows, n):
    return (torch.rand(rows, n, generator=rng) < 0.4).float()


def ramp(z, slope):
    return (0.5 + slope * z).clamp(0, 1)


def _layer(h, E, pairs, both, either, stays, write=None):
    """A layer of the right form: what it makes of the sum of a pair, and of a bit that has no partner."""
    read = h @ E.T
    total = read[:, pairs[:, 0]] + read[:, pairs[:, 1]]
    after = stays(read)
    after[:, pairs[:, 0]], after[:, pairs[:, 1]] = both(total), either(total)
    return after @ (E if write is None else write)


class RepairedLayer(FunctionExercise):
    id, title = "4.11", "A layer that repairs"
    difficulty, minutes, points, needs = "B", 12, 2, []
    checked = "layers: bits in superposition and bits on the axes, with and without noise, pairs in any order"
    fixed = ("E", "pairs")
    hints = [
        "What does a pair add up to? 0, 1 or 2, and noise. Where should the border for AND lie, and where for OR? A "
        "ramp that is centred there forgives the same in both directions.",
        "`read = h @ E.T`. AND: ramp(a + b, centre 1.5); OR: ramp(a + b, centre 0.5); a bit without a partner: "
        "ramp(its reading, centre 0.5). Put the results into a copy of `read`, and write it with `@ E`.",
    ]

    def cases(self, rng):
        E = unit_rows(rng, 9, 6)
        h = bits(rng, 5, 9) @ E + 0.1 * torch.randn(5, 6, generator=rng)
        yield Case((h, E, torch.tensor([[0, 1], [4, 7], [2, 3]]), 2.0))
        yield Case((1.5 * torch.randn(4, 6, generator=rng), E, torch.tensor([[8, 0], [3, 1]]), 0.7), "far from bits")
        noisy = bits(rng, 6, 4) + 0.2 * torch.rand(6, 4, generator=rng) - 0.1
        yield Case((noisy, torch.eye(4), torch.tensor([[2, 0]]), 3.0), "on the axes, with little noise")
        yield Case(
            (torch.tensor([[0.5, 0.25, 0.75, 0.5]]), torch.eye(4), torch.tensor([[2, 1]]), 4.0), "on the borders"
        )
        far = 0.7 + 1.5 * torch.randn(4, 5, generator=rng)
        yield Case((far, torch.eye(5), torch.tensor([[3, 0], [1, 4]]), 0.7), "on the axes, far from bits")
        corners = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
        yield Case((corners, torch.eye(2), torch.tensor([[1, 0]]), 5.0), "one pair, the second bit first")
        yield Case((bits(rng, 3, 9) @ E, E, torch.zeros(0, 2, dtype=torch.long), 2.0), "no pairs at all")
        yield Case((bits(rng, 1, 9) @ E, E, torch.tensor([[5, 6]]), 50.0), "one row and a steep ramp")

    def oracle(
        self, h: Float[Tensor, "row dim"], E: Float[Tensor, "bit dim"], pairs: Int[Tensor, "pair 2"], slope: float
    ) -> Float[Tensor, "row dim"]:
        """Row by row and bit by bit: which border does the bit's sum have, and where between 0 and 1 does it fall?"""
        if slope == 0:
            raise ValueError("every ramp is ½ then, and every answer looks right")
        out = torch.zeros_like(h)
        role = {}
        for first, second in pairs.tolist():
            role[first], role[second] = (first, second, 1.5), (first, second, 0.5)
        for r in range(len(h)):
            readings = [float(sum(h[r, d] * E[i, d] for d in range(h.shape[1]))) for i in range(len(E))]
            for i in range(len(E)):
                a, b, centre = role.get(i, (i, None, 0.5))
                z = readings[a] + (readings[b] if b is not None else 0.0)
                out[r] += min(1.0, max(0.0, 0.5 + slope * (z - centre))) * E[i]
        return out

    def remark(self, trials):
        """On the axes each number of the new state is one bit's: which kinds of bits are right there?"""
        if any(t.outcome.error or (t.difference and t.difference.stage != "value") for t in trials):
            return None
        kinds, elsewhere = {"the AND": True, "the OR": True, "bits without a partner": True}, False
        for t in trials:
            _, E, pairs, _ = t.case.args
            if not torch.equal(E, torch.eye(len(E))):
                elsewhere |= not t.right and len(pairs) > 0
            else:
                right = torch.isclose(t.outcome.value.double(), t.expected.double(), atol=1e-4).all(dim=0)
                alone = [i for i in range(len(E)) if i not in pairs]
                for kind, places in zip(kinds, (pairs[:, 0], pairs[:, 1], alone)):
                    kinds[kind] &= bool(right[places].all())
        wrong = [kind for kind, right in kinds.items() if not right]
        if not wrong:
            return "On the axes all is right: how do you read with `E`, and write with it?" if elsewhere else None
        fine = ", ".join(kind for kind, right in kinds.items() if right)
        return f"With bits on the axes, not right: {', '.join(wrong)}{fine and f'; right: {fine}'}."

    @mistake("AND and OR have changed places: the first of a pair becomes their AND, the second their OR.")
    def exchanged(h, E, pairs, slope):
        return RepairedLayer.rewrites[0](h, E, pairs.flip(1), slope)

    @mistake(
        "Your AND has its border at 1, where exactly one of the two is on. Put it midway between 1 and 2, and that of "
        "OR midway between 0 and 1."
    )
    def border_on_a_value(h, E, pairs, slope):
        return _layer(
            h, E, pairs, lambda s: ramp(s - 1, slope), lambda s: ramp(s - 0.5, slope), lambda r: ramp(r - 0.5, slope)
        )

    @mistake("Your AND and OR have the same border, ½. The AND wants both: its border is midway between 1 and 2.")
    def one_border(h, E, pairs, slope):
        return _layer(h, E, pairs, *[lambda s: ramp(s - 0.5, slope)] * 3)

    @mistake(
        "Bits without a partner are handed on with all their noise. They need a ramp as well, with its centre at ½."
    )
    def stays_unrepaired(h, E, pairs, slope):
        return _layer(h, E, pairs, lambda s: ramp(s - 1.5, slope), lambda s: ramp(s - 0.5, slope), torch.clone)

    @mistake("Your ramps begin at their centre. At the centre they should be at ½: add it before you clamp.")
    def begins_at_the_centre(h, E, pairs, slope):
        def late(z):
            return (slope * z).clamp(0, 1)

        return _layer(h, E, pairs, lambda s: late(s - 1.5), lambda s: late(s - 0.5), lambda r: late(r - 0.5))

    @mistake("Nothing stops your ramps above 1, so a bit that is on keeps its noise. Clamp at both ends.")
    def open_above(h, E, pairs, slope):
        def up(z):
            return (0.5 + slope * z).clamp_min(0)

        return _layer(h, E, pairs, lambda s: up(s - 1.5), lambda s: up(s - 0.5), lambda r: up(r - 0.5))

    @mistake("Nothing stops your ramps below 0, so a bit that is off keeps its noise. Clamp at both ends.")
    def open_below(h, E, pairs, slope):
        def down(z):
            return (0.5 + slope * z).clamp_max(1)

        return _layer(h, E, pairs, lambda s: down(s - 1.5), lambda s: down(s - 0.5), lambda r: down(r - 0.5))

    @mistake(
        "Those are AND and OR without repair, relu(a + b − 1) and a + b − relu(a + b − 1): right for clean bits, and "
        "noise passes through. Here each result goes through a ramp."
    )
    def without_repair(h, E, pairs, slope):
        return _layer(
            h, E, pairs, lambda s: torch.relu(s - 1), lambda s: s - torch.relu(s - 1), torch.clone
        )  # fmt: skip

    @mistake(
        "You cleaned a and b and then combined them. Put the ramps where the results are: on a + b, with the border "
        "for AND and the one for OR."
    )
    def bits_repaired_before(h, E, pairs, slope):
        clean = ramp(h @ E.T - 0.5, slope)
        total = clean[:, pairs[:, 0]] + clean[:, pairs[:, 1]]
        after = clean.clone()
        after[:, pairs[:, 0]], after[:, pairs[:, 1]] = torch.relu(total - 1), total - torch.relu(total - 1)
        return after @ E

    @mistake("Your borders are steps, whatever the slope. The ramp rises by `slope` for each 1 of its input.")
    def steps_not_ramps(h, E, pairs, slope):
        return _layer(
            h, E, pairs, lambda s: (s > 1.5).float(), lambda s: (s > 0.5).float(), lambda r: (r > 0.5).float()
        )

    @mistake("You divided by the slope. It multiplies the distance from the centre: a larger slope is a steeper ramp.")
    def divided_by_the_slope(h, E, pairs, slope):
        return RepairedLayer.rewrites[0](h, E, pairs, 1 / slope)

    @mistake("Only the pairs are written. What has no partner should stay in the new state, repaired.")
    def forgets_the_others(h, E, pairs, slope):
        return _layer(h, E, pairs, lambda s: ramp(s - 1.5, slope), lambda s: ramp(s - 0.5, slope), torch.zeros_like)

    @mistake("You added the results to the old state. The layer's result takes its place.")
    def added_to_the_old(h, E, pairs, slope):
        return h + RepairedLayer.rewrites[0](h, E, pairs, slope)

    @mistake("The bit's two borders are right and its input is not: AND and OR need the sum a + b, not the product.")
    def of_the_product(h, E, pairs, slope):
        read = h @ E.T
        a, b = read[:, pairs[:, 0]], read[:, pairs[:, 1]]
        after = ramp(read - 0.5, slope)
        after[:, pairs[:, 0]], after[:, pairs[:, 1]] = ramp(a * b - 0.5, slope), ramp(a + b - a * b - 0.5, slope)
        return after @ E

    @mistake(
        "You took the smaller and the larger of the two readings. Right for clean bits; the text wants their *sum*, in "
        "a ramp at 1.5 and in one at 0.5."
    )
    def smaller_and_larger(h, E, pairs, slope):
        read = h @ E.T
        a, b = read[:, pairs[:, 0]], read[:, pairs[:, 1]]
        after = ramp(read - 0.5, slope)
        after[:, pairs[:, 0]] = ramp(torch.minimum(a, b) - 0.5, slope)
        after[:, pairs[:, 1]] = ramp(torch.maximum(a, b) - 0.5, slope)
        return after @ E

    @mistake(
        "Your borders are 2 and 1, where the sum *is* with both on, and with one. A border lies midway to the next "
        "value below: 1.5 and 0.5."
    )
    def borders_too_high(h, E, pairs, slope):
        return _layer(
            h, E, pairs, lambda s: ramp(s - 2, slope), lambda s: ramp(s - 1, slope), lambda r: ramp(r - 0.5, slope)
        )

    @mistake(
        "Your borders are 2, 1 and 1, where the values *are* that should give 1. A border lies midway to the next "
        "value below: 1.5, 0.5 and 0.5."
    )
    def all_borders_too_high(h, E, pairs, slope):
        return _layer(
            h, E, pairs, lambda s: ramp(s - 2, slope), lambda s: ramp(s - 1, slope), lambda r: ramp(r - 1, slope)
        )

    @mistake(
        "Your borders are 1 and 0, where the sum *is* with one on, and with none. A border lies midway to the next "
        "value above: 1.5 and 0.5."
    )
    def borders_too_low(h, E, pairs, slope):
        return _layer(
            h, E, pairs, lambda s: ramp(s - 1, slope), lambda s: ramp(s, slope), lambda r: ramp(r - 0.5, slope)
        )

    @mistake("You read by least squares, with a pseudoinverse. A bit's reading is h · e, its own vector: `h @ E.T`.")
    def read_by_least_squares(h, E, pairs, slope):
        inverse = torch.linalg.pinv(E)  # [dim, bit]
        return _layer(
            h, inverse.T, pairs, lambda s: ramp(s - 1.5, slope), lambda s: ramp(s - 0.5, slope),
            lambda r: ramp(r - 0.5, slope), write=E
        )  # fmt: skip

    @mistake("Your OR is a + b minus the AND, with all the noise of a + b. It needs a ramp of its own, at 0.5.")
    def or_without_a_ramp(h, E, pairs, slope):
        return _layer(
            h,
            E,
            pairs,
            lambda s: ramp(s - 1.5, slope),
            lambda s: s - ramp(s - 1.5, slope),
            lambda r: ramp(r - 0.5, slope),
        )

    @mistake(
        "Your OR is the two bits, each through its ramp, minus the AND. Put it into one ramp: of the sum, centred at "
        "0.5."
    )
    def or_of_clean_bits(h, E, pairs, slope):
        read = h @ E.T
        after = ramp(read - 0.5, slope)
        clean = after[:, pairs[:, 0]] + after[:, pairs[:, 1]]
        both = ramp(read[:, pairs[:, 0]] + read[:, pairs[:, 1]] - 1.5, slope)
        after[:, pairs[:, 0]], after[:, pairs[:, 1]] = both, clean - both
        return after @ E

    @mistake("You give back the bits. Write them into the stored state: `@ E`.")
    def gives_back_the_bits(h, E, pairs, slope):
        read = h @ E.T
        total = read[:, pairs[:, 0]] + read[:, pairs[:, 1]]
        after = ramp(read - 0.5, slope)
        after[:, pairs[:, 0]], after[:, pairs[:, 1]] = ramp(total - 1.5, slope), ramp(total - 0.5, slope)
        return after

    @rewrite
    def three_kinds(h, E, pairs, slope):
        read = h @ E.T
        total = read[:, pairs].sum(dim=2)
        after = (slope * (read - 0.5) + 0.5).clamp(0, 1)
        after[:, pairs[:, 0]] = (slope * (total - 1.5) + 0.5).clamp(0, 1)
        after[:, pairs[:, 1]] = (slope * (total - 0.5) + 0.5).clamp(0, 1)
        return after @ E

    @rewrite
    def two_relus_each(h, E, pairs, slope):
        into, centre = torch.eye(len(E)), torch.full((len(E),), 0.5)
        for first, second in pairs.tolist():
            into[first, second] = into[second, first] = 1.0
            centre[first] = 1.5
        z = slope * (h @ E.T @ into.T - centre)
        return (torch.relu(z + 0.5) - torch.relu(z - 0.5)) @ E

    @rewrite
    def pair_by_pair(h, E, pairs, slope):
        read = torch.einsum("rd,id->ri", h, E)
        z = read - 0.5
        for first, second in pairs:
            z[:, first] = read[:, first] + read[:, second] - 1.5
            z[:, second] = read[:, first] + read[:, second] - 0.5
        return torch.clamp(slope * z + 0.5, min=0, max=1) @ E

    @rewrite
    def in_double_precision(h, E, pairs, slope):
        return RepairedLayer.rewrites[0](h.double(), E.double(), pairs, slope)
