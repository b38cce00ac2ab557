"""4.13: the loss of one feature at a time, split into what changes its sign with the input and what doesn't."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite
from course_utils.checking.guesses import which

SQUARED = "The error is squared: its sign doesn't matter."


@law("a neuron that reads twice as much and says half of it changes nothing")
def rescaled(answer, W_in, W_out, mixing):
    same = _alike(answer(W_in, W_out, mixing), answer(2 * W_in, W_out / 2, mixing))
    return None if same else "Your losses changed when all W_in were doubled and all W_out halved."


@law("what the neurons are called changes nothing")
def in_another_order(answer, W_in, W_out, mixing):
    same = _alike(answer(W_in, W_out, mixing), answer(W_in.flip(1), W_out.flip(2), mixing))
    return None if same else "Your losses changed when the neurons were listed in another order."


def _alike(one, other):
    return all(torch.allclose(a, b, rtol=1e-3, atol=1e-5) for a, b in zip(one, other, strict=True))


def answers(W_in, W_out):
    """The columns are what the network says at +1 and at −1 of each feature."""
    return W_out @ W_in.relu(), W_out @ (-W_in).relu()


def cost(error):
    return (error**2).sum(dim=(1, 2)) / (3 * error.shape[-1])


def split(W_in, W_out, mixing, straight=0.5, bent=0.5):
    """Both parts; `straight` and `bent` are the shares of x and of |x| in the labels."""
    eye, (on, off) = torch.eye(mixing.shape[-1]), answers(W_in, W_out)
    return cost((on - off) / 2 - mixing - straight * eye), cost((on + off) / 2 - bent * eye)


def networks(instances, neurons, features, rng):
    shapes = (instances, neurons, features), (instances, features, neurons), (instances, features, features)
    return tuple(torch.randn(*shape, generator=rng) for shape in shapes)


class SplitLoss(FunctionExercise):
    id, title = "4.13", "A loss in two parts"
    difficulty, minutes, points, needs = "C", 18, 3, []
    checked = "stacks of networks with an integral over the strength, feature by feature"
    hints = [
        "Without biases, the answer to feature k at strength v > 0 is v times column k of `W_out @ W_in.relu()`. What "
        "is it at −v? And what is the mean of v² over [−1, 1]?",
        "With `on = W_out @ W_in.relu()` and `off = W_out @ (-W_in).relu()`, the errors at strength 1 are "
        "`(on - off) / 2 - eye / 2 - mixing` and `(on + off) / 2 - eye / 2`. Square them, sum over outputs and "
        "features, divide by n for the mean over outputs, and by 3 for the mean of v².",
    ]

    def cases(self, rng):
        yield Case(networks(2, 3, 5, rng), "with two networks of 3 neurons for 5 features")
        W_in, W_out, mixing = networks(1, 6, 4, rng)
        yield Case((W_in, W_out, 0 * mixing), "with one network, more neurons than features, and no mixing")
        W_in, W_out, mixing = networks(3, 4, 3, rng)
        W_in[:, 1] = 0
        W_in[:, 2] = -W_in[:, 2].abs()
        yield Case((W_in, W_out, mixing), "with a dead neuron and one that fires at negative values only")
        eye = torch.eye(6)[None]
        yield Case((eye[:, :4], eye[:, :, :4], torch.zeros(1, 6, 6)), "with a neuron for each of 4 features of 6")
        yield Case((torch.zeros(2, 2, 3), torch.zeros(2, 3, 2), mixing[:2]), "with networks that say nothing")
        yield Case(networks(2, 2, 1, rng), "with a single feature")

    def oracle(
        self,
        W_in: Float[Tensor, "instance neuron feature"],
        W_out: Float[Tensor, "instance feature neuron"],
        mixing: Float[Tensor, "instance feature feature"],
    ) -> tuple[Float[Tensor, "instance"], Float[Tensor, "instance"]]:
        nodes, weights = np.polynomial.legendre.leggauss(6)
        straight, bent = [], []
        for first, second, mix in zip(W_in.double().numpy(), W_out.double().numpy(), mixing.double().numpy()):
            n, costs = len(mix), [0.0, 0.0]

            def wrong(x, first=first, second=second, mix=mix):
                return second @ np.maximum(first @ x, 0) - np.maximum(x, 0) - mix @ x

            for k in range(n):
                for v, weight in zip((nodes + 1) / 2, weights / 2):  # opposite strengths have the same squares
                    x = np.zeros(n)
                    x[k] = v
                    costs[0] += weight * np.mean(((wrong(x) - wrong(-x)) / 2) ** 2)
                    costs[1] += weight * np.mean(((wrong(x) + wrong(-x)) / 2) ** 2)
            straight.append(costs[0])
            bent.append(costs[1])
        return torch.tensor(straight).float(), torch.tensor(bent).float()

    laws = [rescaled, in_another_order]

    def remark(self, trials):
        bad = next((t for t in trials if t.difference and t.difference.stage == "value"), None)
        if bad is None or len(bad.parts) != 2:
            return None
        W_in, W_out, mixing = bad.case.args
        on, off = answers(W_in[:1], W_out[:1])
        return (
            f"{which(bad.parts)} For output 0 and feature 0 of the first network: f(+e) = {on[0, 0, 0]:.4g}, f(−e) = "
            f"{off[0, 0, 0]:.4g}, M = {mixing[0, 0, 0]:.4g}."
        )

    @mistake("You exchanged the two: first the straight part, which changes its sign with x, then the bent one.")
    def exchanged(W_in, W_out, mixing):
        return split(W_in, W_out, mixing)[::-1]

    @mistake("The mixing is missing. Mx changes its sign with x, so it belongs into the straight part.")
    def without_the_mixing(W_in, W_out, mixing):
        return split(W_in, W_out, 0 * mixing)

    @mistake("You put the mixing into the bent part. Mx changes its sign with x.")
    def mixing_in_the_bent_part(W_in, W_out, mixing):
        eye, (on, off) = torch.eye(mixing.shape[-1]), answers(W_in, W_out)
        return cost((on - off) / 2 - eye / 2), cost((on + off) / 2 - eye / 2 - mixing)

    @mistake("You put the mixing into both parts. Mx changes its sign with x: it has no bent part.")
    def mixing_in_both(W_in, W_out, mixing):
        eye, (on, off) = torch.eye(mixing.shape[-1]), answers(W_in, W_out)
        return cost((on - off) / 2 - eye / 2 - mixing), cost((on + off) / 2 - eye / 2 - mixing)

    @mistake("Your mixing is transposed. Column k of M is what feature k adds to the labels.")
    def mixing_transposed(W_in, W_out, mixing):
        return split(W_in, W_out, mixing.mT)

    @mistake("You subtracted the mixing from the labels. They are ReLU(x) + Mx.")
    def mixing_with_the_other_sign(W_in, W_out, mixing):
        return split(W_in, W_out, -mixing)

    @mistake("The labels' parts are x/2 and |x|/2. You compared the straight part with x.")
    def all_of_x(W_in, W_out, mixing):
        return split(W_in, W_out, mixing, straight=1.0)

    @mistake("The labels' parts are x/2 and |x|/2. You compared with x and |x|.")
    def all_of_both(W_in, W_out, mixing):
        return split(W_in, W_out, mixing, straight=1.0, bent=1.0)

    @mistake("The bent part of the labels isn't 0: ReLU(x) = x/2 + |x|/2.")
    def nothing_bent_wanted(W_in, W_out, mixing):
        return split(W_in, W_out, mixing, bent=0.0)

    @mistake("The straight part of the labels is x/2 + Mx. You compared with Mx alone: ReLU(x) = x/2 + |x|/2.")
    def nothing_straight_but_the_mixing(W_in, W_out, mixing):
        return split(W_in, W_out, mixing, straight=0.0)

    @mistake("The labels' bent part is |x|/2. You compared with |x|.")
    def all_of_the_size(W_in, W_out, mixing):
        return split(W_in, W_out, mixing, bent=1.0)

    @mistake("Those are the losses of positive and of negative inputs. Both parts have to do with both signs.")
    def by_sign_of_the_input(W_in, W_out, mixing):
        eye, (on, off) = torch.eye(mixing.shape[-1]), answers(W_in, W_out)
        return cost(on - mixing - eye) / 2, cost(off + mixing) / 2

    @mistake("That is the loss at strength 1. Strengths are uniform on [−1, 1]: the mean of v² is 1/3.")
    def at_full_strength(W_in, W_out, mixing):
        return tuple(3 * part for part in split(W_in, W_out, mixing))

    @mistake("The mean of v² over [−1, 1] is 1/3. You took 1/12, the variance on an interval of length 1.")
    def a_twelfth(W_in, W_out, mixing):
        return tuple(part / 4 for part in split(W_in, W_out, mixing))

    @mistake(
        "Twice too much. ∫v² over [−1, 1] is 2/3, and the mean of v² is half of it, 1/3; and the two signs don't count "
        "twice: each part has both in it."
    )
    def integral_for_the_mean(W_in, W_out, mixing):
        return tuple(2 * part for part in split(W_in, W_out, mixing))

    @mistake("Four times too much: you left both halves out, f(x) ∓ f(−x) against x + 2Mx and |x|. Halve the errors.")
    def errors_not_halved(W_in, W_out, mixing):
        return tuple(4 * part for part in split(W_in, W_out, mixing))

    @mistake(
        "You halved the losses, perhaps for the two signs. Both parts already hold what the network says at both: the "
        "mean of v² is 1/3."
    )
    def half_for_each_sign(W_in, W_out, mixing):
        return tuple(part / 2 for part in split(W_in, W_out, mixing))

    @mistake("You summed over the outputs. The loss is their mean: divide by n.")
    def summed_over_outputs(W_in, W_out, mixing):
        return tuple(part * mixing.shape[-1] for part in split(W_in, W_out, mixing))

    @mistake(
        "You took the mean over the features, too. Each is on with probability p, so over p their losses add up: a "
        "mean over outputs, a sum over features."
    )
    def mean_over_features(W_in, W_out, mixing):
        return tuple(part / mixing.shape[-1] for part in split(W_in, W_out, mixing))

    @mistake("(f(x) − f(−x))/2 and (f(x) + f(−x))/2: the ½ is missing from what the network says.")
    def network_not_halved(W_in, W_out, mixing):
        eye, (on, off) = torch.eye(mixing.shape[-1]), answers(W_in, W_out)
        return cost(on - off - mixing - eye / 2), cost(on + off - eye / 2)

    @mistake("The network's ReLU is missing from f(−x): it is not −f(x), but `W_out @ (-W_in).relu()`.")
    def an_odd_network(W_in, W_out, mixing):
        eye, (on, _) = torch.eye(mixing.shape[-1]), answers(W_in, W_out)
        return cost(on - mixing - eye / 2), cost(0 * on - eye / 2)

    @mistake("f(−x) is what the network says at −x, not f(x) once more. Its neurons see −W_in there.")
    def an_even_network(W_in, W_out, mixing):
        eye, (on, _) = torch.eye(mixing.shape[-1]), answers(W_in, W_out)
        return cost(0 * on - mixing - eye / 2), cost(on - eye / 2)

    @mistake("The output has no ReLU: f(x) = W_out ReLU(W_in x), and its answers may be negative.")
    def output_cut_off(W_in, W_out, mixing):
        eye, (on, off) = torch.eye(mixing.shape[-1]), (each.relu() for each in answers(W_in, W_out))
        return cost((on - off) / 2 - mixing - eye / 2), cost((on + off) / 2 - eye / 2)

    @mistake("The mixing stands outside the ReLU of the labels: ReLU(x) + Mx, not ReLU(x + Mx).")
    def mixed_before_the_relu(W_in, W_out, mixing):
        eye, (on, off) = torch.eye(mixing.shape[-1]), answers(W_in, W_out)
        up, down = (eye + mixing).relu(), (-eye - mixing).relu()
        return cost((on - off - up + down) / 2), cost((on + off - up - down) / 2)

    @mistake("Those are absolute errors. The loss is the mean of their squares.")
    def not_squared(W_in, W_out, mixing):
        eye, (on, off) = torch.eye(mixing.shape[-1]), answers(W_in, W_out)
        errors = (on - off) / 2 - mixing - eye / 2, (on + off) / 2 - eye / 2
        return tuple(error.abs().sum(dim=(1, 2)) / (3 * len(eye)) for error in errors)

    @mistake("You added all networks up. Each has a loss of its own: sum over the last two axes only.")
    def all_networks_together(W_in, W_out, mixing):
        return tuple(part.sum().expand(len(part)) for part in split(W_in, W_out, mixing))

    @rewrite
    def with_both_absolute_values(W_in, W_out, mixing):
        n = mixing.shape[-1]
        straight = W_out @ W_in - 2 * mixing - torch.eye(n)  # ReLU(z) = (z + |z|)/2
        bent = W_out @ W_in.abs() - torch.eye(n)
        return straight.square().sum((1, 2)) / (12 * n), bent.square().sum((1, 2)) / (12 * n)

    @rewrite
    def by_signs_and_sum(W_in, W_out, mixing):
        eye = torch.eye(mixing.shape[-1])
        wrong_on = torch.einsum("ion,ink->iok", W_out, W_in.relu()) - eye - mixing
        wrong_off = torch.einsum("ion,ink->iok", W_out, (-W_in).relu()) + mixing
        total = (wrong_on.pow(2) + wrong_off.pow(2)).mean(1).sum(1) / 6
        bent = (wrong_on + wrong_off).pow(2).mean(1).sum(1) / 12
        return total - bent, bent

    @rewrite
    def feature_by_feature(W_in, W_out, mixing):
        v = (torch.arange(1000) + 0.5) / 1000
        costs = []
        for first, second, mix in zip(W_in, W_out, mixing):
            parts = torch.zeros(2)
            for k in range(len(mix)):
                x = torch.zeros(1000, len(mix))
                x[:, k] = v
                ahead, back = (
                    torch.relu(s * x @ first.T) @ second.T - torch.relu(s * x) - s * x @ mix.T for s in (1, -1)
                )
                parts[0] += ((ahead - back) / 2).square().mean()
                parts[1] += ((ahead + back) / 2).square().mean()
            costs.append(parts)
        return torch.stack(costs)[:, 0], torch.stack(costs)[:, 1]

    equivalent = {
        "line 3: `(on - off) / 2 - half - mixing` → `mixing - ((on - off) / 2 - half)`": SQUARED,
        "line 3: `(on + off) / 2 - half` → `half - (on + off) / 2`": SQUARED,
        "with_both_absolute_values, line 2: `W_out @ W_in - 2 * mixing - torch.eye(n)` → "
        "`torch.eye(n) - (W_out @ W_in - 2 * mixing)`": SQUARED,
        "with_both_absolute_values, line 3: `W_out @ W_in.abs() - torch.eye(n)` → "
        "`torch.eye(n) - W_out @ W_in.abs()`": SQUARED,
        **{
            f"{where}: `mixing.shape[-1]` → `mixing.shape[{axis}]`": "A mixing is square."
            for where in ("line 2", "with_both_absolute_values, line 1")
            for axis in (-2, 1)
        },
    }
