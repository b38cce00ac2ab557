"""9.10: a gated encoder."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("a closed gate gives exactly 0, whatever the magnitude")
def closed_is_zero(answer, u, b_gate, r_mag, b_mag):
    closed = answer(u, torch.full_like(b_gate, -1e3), r_mag, b_mag + 5)
    return None if (closed == 0).all() else "With b_gate very negative some latents are active."


def gated(u, b_gate, r_mag, b_mag):
    return (u + b_gate > 0) * (u * r_mag.exp() + b_mag).relu()


class Gated(FunctionExercise):
    id, title = "9.10", "Whether, and how much"
    difficulty, minutes, points, needs = "B", 9, 2, ["9.1"]
    checked = "batches number by number, with gates and magnitudes that disagree, and readings exactly at the threshold"
    hints = [
        "Two readings of the same u: one that is only asked for its sign, one that gives the strength.",
        "`(u + b_gate > 0)` is a mask of ones and zeros; multiply it with `(u * r_mag.exp() + b_mag).relu()`.",
    ]

    def cases(self, rng):
        yield Case((torch.randn(6, 4, generator=rng), *torch.randn(3, 4, generator=rng)), "with three random vectors")
        u = torch.tensor([[-1.0, -0.2, 0.2, 1.0]]).T.repeat(1, 2)
        yield Case(
            (u, torch.tensor([0.5, -0.5]), torch.tensor([0.7, -0.7]), torch.tensor([-0.3, 0.9])),
            "with a gate that opens too early and one that opens late",
        )
        yield Case((torch.randn(1, 3, generator=rng), *torch.zeros(3, 3)), "with all of them zero: a plain ReLU")
        at = torch.tensor([[-0.5, 0.25], [0.5, -0.25], [-0.5 + 2**-12, 0.5 + 2**-12]])  # binary fractions: no rounding
        edge = (at, torch.tensor([0.5, -0.5]), torch.zeros(2), torch.tensor([2.0, 1.0]))
        yield Case(edge, "with readings exactly at the threshold, where u + b_gate is 0, and just above")

    def oracle(
        self,
        u: Float[Tensor, "n latent"],
        b_gate: Float[Tensor, "latent"],
        r_mag: Float[Tensor, "latent"],
        b_mag: Float[Tensor, "latent"],
    ) -> Float[Tensor, "n latent"]:
        f = torch.zeros_like(u)
        for r in range(len(u)):
            for k in range(u.shape[1]):
                if float(u[r, k]) + float(b_gate[k]) > 0:
                    f[r, k] = max(0.0, float(u[r, k]) * 2.718281828459045 ** float(r_mag[k]) + float(b_mag[k]))
        return f

    laws = [closed_is_zero]

    @mistake("b_gate has crept into the magnitude. It belongs to the gate alone: how strong is e^r_mag · u + b_mag.")
    def gate_bias_in_the_magnitude(u, b_gate, r_mag, b_mag):
        return (u + b_gate > 0) * ((u + b_gate) * r_mag.exp() + b_mag).relu()

    @mistake("You multiplied with 1 + r_mag. r_mag is a logarithm: multiply with exp(r_mag).")
    def one_plus(u, b_gate, r_mag, b_mag):
        return (u + b_gate > 0) * (u * (1 + r_mag) + b_mag).relu()

    @mistake("You took 10 to the power r_mag. It is a natural logarithm: `r_mag.exp()`.")
    def power_of_ten(u, b_gate, r_mag, b_mag):
        return (u + b_gate > 0) * (u * 10**r_mag + b_mag).relu()

    @mistake("You added gate and magnitude. They are multiplied: a closed gate makes it 0.")
    def gate_added(u, b_gate, r_mag, b_mag):
        return (u + b_gate > 0).float() + (u * r_mag.exp() + b_mag).relu()

    @mistake("You added exp(r_mag) to u. It multiplies u.")
    def scale_added(u, b_gate, r_mag, b_mag):
        return (u + b_gate > 0) * (r_mag.exp() + u + b_mag).relu()

    @mistake("b_mag is outside of gate and ReLU with you: a closed gate has to make all of it 0.")
    def bias_outside(u, b_gate, r_mag, b_mag):
        return (u + b_gate > 0) * (u * r_mag.exp()).relu() + b_mag

    @mistake("Your gate stands inside, at u alone: b_mag comes through a closed gate. Multiply the finished magnitude.")
    def gate_inside(u, b_gate, r_mag, b_mag):
        return ((u + b_gate > 0) * r_mag.exp() * u + b_mag).relu()

    @mistake("Gate and magnitude are exchanged: you pass on u + b_gate where the magnitude is above 0.")
    def roles_exchanged(u, b_gate, r_mag, b_mag):
        return (u + b_gate).relu() * (r_mag.exp() * u + b_mag > 0)

    @mistake(
        "You passed ReLU(u + b_gate) on to the magnitude. The gate says only yes or no; the magnitude reads u itself."
    )
    def magnitude_of_the_gate(u, b_gate, r_mag, b_mag):
        return (r_mag.exp() * (u + b_gate).relu() + b_mag).relu()

    @mistake("You took the exponential of r_mag · u. Only r_mag is in the exponent: exp(r_mag) · u + b_mag.")
    def exponential_of_both(u, b_gate, r_mag, b_mag):
        return (u + b_gate > 0) * ((r_mag * u).exp() + b_mag).relu()

    @mistake("You took sizes where the second ReLU belongs: what is below zero becomes 0.")
    def sizes_for_a_ReLU(u, b_gate, r_mag, b_mag):
        return (u + b_gate > 0) * (r_mag.exp() * u + b_mag).abs()

    @mistake(
        "Your gate is the same for all rows (`all`). Each number has its own: yes or no for this row and this latent."
    )
    def one_gate_for_all_rows(u, b_gate, r_mag, b_mag):
        return (u + b_gate > 0).all(0) * (r_mag.exp() * u + b_mag).relu()

    @mistake(
        "You multiplied with ReLU(u + b_gate). The gate only says yes or no: how strong is the other one's business."
    )
    def value_of_the_gate_used(u, b_gate, r_mag, b_mag):
        return (u + b_gate).relu() * (u * r_mag.exp() + b_mag).relu()

    @mistake("A sigmoid is never 0: every latent would be a little active. The gate is a step.")
    def a_soft_gate(u, b_gate, r_mag, b_mag):
        return torch.sigmoid(u + b_gate) * (u * r_mag.exp() + b_mag).relu()

    @mistake("r_mag is a logarithm: multiply u by exp(r_mag), which can't be negative and turn the latent round.")
    def no_exp(u, b_gate, r_mag, b_mag):
        return (u + b_gate > 0) * (u * r_mag + b_mag).relu()

    @mistake("Some of your latents are negative: an open gate with a negative magnitude gives 0. The ReLU is missing.")
    def no_second_ReLU(u, b_gate, r_mag, b_mag):
        return (u + b_gate > 0) * (u * r_mag.exp() + b_mag)

    @mistake("Your gate opens at u + b_gate = 0 already. The condition is > 0: exactly at the threshold it is shut.")
    def open_at_zero(u, b_gate, r_mag, b_mag):
        return (u + b_gate >= 0) * (u * r_mag.exp() + b_mag).relu()

    @mistake("Your gate looks at e^r_mag · u. It has a reading of its own: u + b_gate.")
    def gate_of_the_scaled_reading(u, b_gate, r_mag, b_mag):
        return (u * r_mag.exp() + b_gate > 0) * (u * r_mag.exp() + b_mag).relu()

    @mistake("b_gate was taken off u. It is added: a gate with a large b_gate opens early.")
    def gate_bias_taken_off(u, b_gate, r_mag, b_mag):
        return gated(u, -b_gate, r_mag, b_mag)

    @mistake("Your gate is the wrong way round: it lets through where u + b_gate is not above 0.")
    def the_closed_opened(u, b_gate, r_mag, b_mag):
        return (u + b_gate <= 0) * (u * r_mag.exp() + b_mag).relu()

    @mistake("You divided u by exp(r_mag). It multiplies: a larger r_mag makes a stronger answer.")
    def divided_by_the_scale(u, b_gate, r_mag, b_mag):
        return (u + b_gate > 0) * (u / r_mag.exp() + b_mag).relu()

    @mistake("b_gate and b_mag are exchanged.")
    def biases_exchanged(u, b_gate, r_mag, b_mag):
        return gated(u, b_mag, r_mag, b_gate)

    @mistake("The gate never closes: every latent with a positive magnitude is active.")
    def gate_ignored(u, b_gate, r_mag, b_mag):
        return (u * r_mag.exp() + b_mag).relu()

    @mistake("exp(r_mag) multiplied b_mag as well. It scales the encoder's reading u; the bias is added after it.")
    def bias_scaled_too(u, b_gate, r_mag, b_mag):
        return (u + b_gate > 0) * ((u + b_mag) * r_mag.exp()).relu()

    @mistake("You returned the gate itself, ones and zeros: the magnitude is missing.")
    def only_the_gate(u, b_gate, r_mag, b_mag):
        return (u + b_gate > 0).float()

    @rewrite
    def gated_with_where(u, b_gate, r_mag, b_mag):
        magnitude = torch.nn.functional.relu(torch.exp(r_mag) * u + b_mag)
        return torch.where(u > -b_gate, magnitude, torch.zeros(()))

    @rewrite
    def gated_as_one_jump(u, b_gate, r_mag, b_mag):
        z = u * r_mag.exp() + b_mag
        threshold = (b_mag - b_gate * r_mag.exp()).clamp_min(0)
        return z * (z > threshold)

    @rewrite
    def gated_with_heaviside(u, b_gate, r_mag, b_mag):
        return torch.heaviside(u + b_gate, torch.zeros(())) * torch.clamp(b_mag + u * r_mag.exp(), min=0)
