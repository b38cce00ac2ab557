"""10.9: latents set to a value, and nothing else changed."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("latents that have the value already change nothing")
def already_there(answer, x, f, W_dec, latents, value):
    there = f.clone()
    there[:, latents] = value
    same = torch.allclose(answer(x, there, W_dec, latents, value), x, rtol=1e-3, atol=1e-4)
    return None if same else "The latents were at the value, and yet x was changed."


def clamped(x, f, W_dec, latents, value):
    return x + (value - f[:, latents]) @ W_dec[latents]


class Clamp(FunctionExercise):
    id, title = "10.9", "Clamp a latent"
    difficulty, minutes, points, needs = "B", 8, 2, []
    checked = (
        "activations against loops: one latent and several, values above, at and below 0, latents that are on and off, "
        "and decoder rows of every length; the reconstruction is never exact"
    )
    hints = [
        "x = x̂ + error, and the error is to stay. What does x̂ change by if a latent goes from what it is to `value`?",
        "By (value − its activation) times its row of W_dec, added up over the latents: "
        "`x + (value - f[:, latents]) @ W_dec[latents]`.",
    ]

    def cases(self, rng):
        for rows, latents, width, chosen, value, note in [
            (4, 6, 3, [2], 2.0, "with one latent"),
            (5, 4, 4, [3, 0], 1.5, "with two latents, not in order"),
            (3, 5, 2, [1, 2, 4], 0.0, "with three latents switched off"),
            (1, 3, 5, [0], 3.0, "with a single row"),
            (4, 5, 3, [4, 1], -1.5, "with a value below 0"),
        ]:
            f = (torch.randn(rows, latents, generator=rng) + 0.4).relu() * 2
            f[0, chosen[0]] = 2.5
            W_dec = torch.randn(latents, width, generator=rng) * (0.5 + 2 * torch.rand(latents, 1, generator=rng))
            x = f @ W_dec + torch.randn(rows, width, generator=rng) + 1
            yield Case((x, f, W_dec, torch.tensor(chosen), value), note)
        f = torch.randn(3, 4, generator=rng).relu() + 0.1
        f[:, 2] = 0.0
        W_dec, x = torch.randn(4, 3, generator=rng), torch.randn(3, 3, generator=rng)
        yield Case((x, f, W_dec, torch.tensor([2, 0]), 1.2), "with a latent that is off in every row")

    def oracle(
        self,
        x: Float[Tensor, "row d_in"],
        f: Float[Tensor, "row latent"],
        W_dec: Float[Tensor, "latent d_in"],
        latents: Int[Tensor, " chosen"],
        value: float,
    ) -> Float[Tensor, "row d_in"]:
        result = x.double().clone()
        for r in range(len(x)):
            for latent in latents.tolist():
                for d in range(x.shape[1]):
                    result[r, d] += (value - float(f[r, latent])) * float(W_dec[latent, d])
        return result.float()

    laws = [already_there]

    @mistake("You add the value to what the latent has already. Clamped, it *has* the value: take its own off.")
    def added(x, f, W_dec, latents, value):
        return x + value * W_dec[latents].sum(0)

    @mistake(
        "You return a reconstruction: the error of the dictionary is lost, which has nothing to do with the latent."
    )
    def reconstruction(x, f, W_dec, latents, value):
        there = f.clone()
        there[:, latents] = value
        return there @ W_dec

    @mistake("The sign is turned: what the latent lacks is to be added.")
    def other_sign(x, f, W_dec, latents, value):
        return x + (f[:, latents] - value) @ W_dec[latents]

    @mistake("You change only rows in which the latent is on. Clamped, it has the value in every row.")
    def only_where_on(x, f, W_dec, latents, value):
        return x + ((value - f[:, latents]) * (f[:, latents] > 0)) @ W_dec[latents]

    @mistake("You only raise. A latent that is above the value has to come down to it.")
    def only_raised(x, f, W_dec, latents, value):
        return x + (value - f[:, latents]).relu() @ W_dec[latents]

    @mistake(
        "You only lower (as `torch.clamp` with a maximum does). A latent that is below the value has to come up to it."
    )
    def only_lowered(x, f, W_dec, latents, value):
        return x - (f[:, latents] - value).relu() @ W_dec[latents]

    @mistake("A value below 0 counts as 0 in your answer. Set the latents to what is asked for, whatever it is.")
    def not_below_zero(x, f, W_dec, latents, value):
        return clamped(x, f, W_dec, latents, max(value, 0.0))

    @mistake("You multiply what the latent has by the value. Clamped, it *has* the value.")
    def multiplied(x, f, W_dec, latents, value):
        return x + (value - 1) * f[:, latents] @ W_dec[latents]

    @mistake("All other latents are off in your answer. They stay as they were.")
    def others_off(x, f, W_dec, latents, value):
        there = torch.zeros_like(f)
        there[:, latents] = value
        return x + (there - f) @ W_dec

    @mistake(
        "x holds its reconstruction already, and you add a whole one. Add what the code *changes* by: new less old."
    )
    def whole_reconstruction_added(x, f, W_dec, latents, value):
        there = f.clone()
        there[:, latents] = value
        return x + there @ W_dec

    @mistake("You set the last of the latents only. Do you begin with `f` again for each of them? All are to be set.")
    def last_only(x, f, W_dec, latents, value):
        return clamped(x, f, W_dec, latents[-1:], value)

    @mistake(
        "You took the first latents, as many as there are in `latents`. It holds their *numbers*: `f[:, latents]`."
    )
    def as_many_from_the_start(x, f, W_dec, latents, value):
        return clamped(x, f, W_dec, torch.arange(len(latents)), value)

    @mistake("You set the latents in the first row only. They have the value in every row: `[:, latents]`.")
    def first_row_only(x, f, W_dec, latents, value):
        return torch.cat([clamped(x, f, W_dec, latents, value)[:1], x[1:]])

    @mistake("You divide by the number of latents. Each of them has the whole value: add up what they change.")
    def mean_of_the_changes(x, f, W_dec, latents, value):
        return x + (clamped(x, f, W_dec, latents, value) - x) / len(latents)

    @mistake(
        "You made the decoder's rows unit length. The value is an activation of the latent, and its row is as it is."
    )
    def unit_rows(x, f, W_dec, latents, value):
        return x + (value - f[:, latents]) @ torch.nn.functional.normalize(W_dec[latents], dim=1)

    @mistake("You switch the latent off, whatever the value: its own part goes, and the value's has to come.")
    def switched_off(x, f, W_dec, latents, value):
        return x - f[:, latents] @ W_dec[latents]

    @mistake("You change the first latent only. `latents` may hold several.")
    def first_only(x, f, W_dec, latents, value):
        return clamped(x, f, W_dec, latents[:1], value)

    @mistake("Every latent got the value. Only those in `latents` are to be changed.")
    def every_latent(x, f, W_dec, latents, value):
        return x + (value - f) @ W_dec

    @mistake("You return the change. It is to be added to x.")
    def only_the_change(x, f, W_dec, latents, value):
        return (value - f[:, latents]) @ W_dec[latents]

    @mistake("You return the code with the latents set. The activation that belongs to it is wanted.")
    def the_code(x, f, W_dec, latents, value):
        there = f.clone()
        there[:, latents] = value
        return there

    @rewrite
    def by_two_codes(x, f, W_dec, latents, value):
        there = f.clone()
        there[:, latents] = value
        return x + there @ W_dec - f @ W_dec

    @rewrite
    def keeping_the_error(x, f, W_dec, latents, value):
        error = x - f @ W_dec
        mask = torch.zeros(f.shape[1], dtype=torch.bool)
        mask[latents] = True
        return torch.where(mask, value, f) @ W_dec + error

    @rewrite
    def latent_by_latent(x, f, W_dec, latents, value):
        result = x.clone()
        for latent in latents:
            result += torch.outer(value - f[:, latent], W_dec[latent])
        return result
