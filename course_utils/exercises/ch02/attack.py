"""2.10: an adversarial attack, judged by how near it comes to the best of many."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, mistake, rewrite
from course_utils.exercises.ch02.climbing import (
    best_of,
    change,
    many_starts,
    nearly_the_strongest,
    of_length_eps,
    on_sphere,
    outputs,
)
from course_utils.exercises.ch02.dimensions import first_wrong_value


class Attack(FunctionExercise):
    id, title = "2.10", "An attack as an optimisation"
    difficulty, minutes, points, needs = "C", 18, 3, []
    random = True
    checked = "models and inputs"
    hints = [
        "At δ = 0 nothing has changed yet and the gradient of ‖f(x + δ) − f(x)‖² is 0. Start elsewhere on the "
        "sphere of radius ε. Good starts are the rows of WᵀW, in both directions: each is the best attack on one "
        "output, if there were no ReLU.",
        "Keep a tensor [start, input, feature]. Twenty times: gradient of the summed squared change, then δ = ε · "
        "gradient / length (where the length isn't 0). In the end take, for each input, the start with the largest "
        "change.",
    ]

    def cases(self, rng):
        turn = torch.arange(5) * 2 * torch.pi / 5
        pentagon = 1.15 * torch.stack([turn.cos(), turn.sin()])
        x = torch.rand(4, 5, generator=rng) * (torch.rand(4, 5, generator=rng) < 0.5)
        yield Case((pentagon, torch.full((5,), -0.25), x, 0.6), "with a pentagon and a negative bias")
        yield Case(_hard(3, 6, 0.1, seed=1), "with 6 features in 3 dimensions")
        yield Case(_hard(3, 6, 0.1, seed=2), "with 6 in 3 once more")
        yield Case(_hard(3, 8, 0.2, seed=3), "with 8 in 3")
        pairs = torch.tensor([[1.0, -1.0, 0, 0, 0], [0, 0, 1.2, -0.8, 0]])
        x = torch.tensor([[0.5, 0, 0, 0.3, 0], [0, 0, 0, 0, 0.9]])
        yield Case((pairs, torch.zeros(5), x, 0.3), "with two pairs and a dropped feature")
        yield Case(_biased(3, 6, -0.8, 0.4, on=0.5, seed=4), "with biases of both signs")
        yield Case(_biased(2, 6, 0.1, 0.5, on=0.2, seed=5), "with positive biases")
        yield Case((pentagon, torch.full((5,), -0.25), torch.rand(1, 5, generator=rng), 0.8), "with a single input")

    def oracle(
        self,
        W: Float[Tensor, "hidden feature"],
        b: Float[Tensor, "feature"],
        x: Float[Tensor, "input feature"],
        eps: float,
    ) -> Float[Tensor, "input feature"]:
        return torch.zeros_like(x)  # the shape; the laws know the rest

    def remark(self, trials):
        if first_wrong_value(trials) is None:
            return None
        return (
            "At δ = 0 nothing has changed, so the gradient of the change is 0, and its direction 0/0: start on the "
            "sphere of radius ε. Where a gradient is 0 all the same, leave δ as it is."
        )

    unmutated = "It is judged by what it finds: a slip in an optimisation that ends as high is no mistake."
    laws = [of_length_eps, nearly_the_strongest]

    @mistake("You handed in x + δ, the attacked inputs. Return δ alone.")
    def the_attacked_input(W, b, x, eps):
        return x + best_of(W, b, x, eps, many_starts(W, x))[0]

    @mistake("All your δ together have the length ε. Each input gets a δ of that length: norm over the features only.")
    def length_of_the_whole_batch(W, b, x, eps):
        delta = best_of(W, b, x, eps, many_starts(W, x))[0]
        return delta / len(x) ** 0.5

    @mistake("Every entry of your δ is ±ε. It is the length of δ that is ε: divide by the norm, don't take signs.")
    def every_entry_by_epsilon(W, b, x, eps):
        return eps * torch.where(torch.arange(x.shape[1]) % 2 == 0, 1.0, -1.0).expand_as(x)

    @mistake("Your δ have length 1. Their length is ε: times `eps`.")
    def of_length_one(W, b, x, eps):
        return best_of(W, b, x, eps, many_starts(W, x))[0] / eps

    @mistake("Your δ are ε² long: you multiplied by `eps` once too often.")
    def epsilon_twice(W, b, x, eps):
        return best_of(W, b, x, eps, many_starts(W, x))[0] * eps

    @mistake("The largest entry of each δ is ε. It is the length that is ε: the root of the sum of squares.")
    def the_largest_entry_by_epsilon(W, b, x, eps):
        delta = best_of(W, b, x, eps, many_starts(W, x))[0]
        return eps * delta / delta.abs().amax(dim=1, keepdim=True)

    @mistake("The entries of each δ add up to ε in size. It is the length that is ε: the root of the sum of squares.")
    def sum_of_the_sizes(W, b, x, eps):
        delta = best_of(W, b, x, eps, many_starts(W, x))[0]
        return eps * delta / delta.abs().sum(dim=1, keepdim=True)

    @mistake(
        "Your δ are 0. At δ = 0 nothing has changed, so the gradient of the change is 0, too: start on the sphere of "
        "radius ε."
    )
    def nowhere_to_go(W, b, x, eps):
        return torch.zeros_like(x)

    @mistake(
        "Some of your δ are 0: a start (the row of a dropped feature) or a mean had no length. Keep only starts of "
        "length ε, and the strongest for each input."
    )
    def some_stay_at_zero(W, b, x, eps):
        delta = best_of(W, b, x, eps, many_starts(W, x))[0]
        return delta * (torch.arange(len(x)) > 0)[:, None] if len(x) > 1 else delta

    @mistake("You kept the attacked inputs within [0, 1]. They may leave it: the length of δ is ε, exactly.")
    def clamped(W, b, x, eps):
        return (x + best_of(W, b, x, eps, many_starts(W, x))[0]).clamp(0, 1) - x

    @mistake("Your δ are longer than ε. Bring them back after each step: δ = ε · δ / ‖δ‖.")
    def not_brought_back(W, b, x, eps):
        return 3 * best_of(W, b, x, eps, many_starts(W, x))[0]

    @mistake("All entries of your δ are positive. Keep their signs: an attack takes from some features.")
    def without_its_signs(W, b, x, eps):
        return best_of(W, b, x, eps, many_starts(W, x))[0].abs()

    @mistake("That is one and the same δ for every input. What moves the output most depends on which outputs are on.")
    def one_attack_for_all_inputs(W, b, x, eps):
        return best_of(W, b, x, eps, many_starts(W, x))[0][-1:].expand_as(x)

    @mistake(
        "That is the first eigenvector of WᵀW: the strongest attack on the linear model. Behind a ReLU some outputs "
        "can't move down, so use f itself."
    )
    def the_ReLU_forgotten(W, b, x, eps):
        return eps * torch.linalg.eigh(W.T @ W).eigenvectors[:, -1].expand_as(x)

    @mistake("Your δ hardly move the output. Is there a minus in front of the change, or a step downhill?")
    def downhill(W, b, x, eps):
        tried = on_sphere(many_starts(W, x), eps)[:, None].expand(-1, *x.shape)
        least = change(W, b, x, tried).argmin(dim=0)
        null = torch.linalg.svd(W).Vh[-1].expand_as(x) * eps  # the hidden layer doesn't see it
        chosen = tried[least, torch.arange(len(x))]
        return torch.where((change(W, b, x, null) < change(W, b, x, chosen))[:, None], null, chosen)

    @mistake(
        "That is the best attack on a single output, for a model without its ReLU. A good start: go on from there, "
        "along the gradient of the whole change, and back to length ε after each step."
    )
    def no_steps_taken(W, b, x, eps):
        begin = on_sphere(torch.cat([W.T @ W, -(W.T @ W)]), eps)[:, None].expand(-1, *x.shape)
        return begin[change(W, b, x, begin).argmax(dim=0), torch.arange(len(x))]

    @mistake("You changed one input feature alone. Features that share its direction help: follow the gradient.")
    def its_own_feature_only(W, b, x, eps):
        return eps * torch.eye(x.shape[1])[(W**2).sum(0).argsort(descending=True)[torch.arange(len(x)) % 2]]

    @rewrite
    def from_many_starts(W, b, x, eps):
        return best_of(W, b, x, eps, many_starts(W, x))[0]

    @rewrite
    def by_random_starts(W, b, x, eps):
        return best_of(W, b, x, eps, torch.randn(200, x.shape[1]))[0]

    @rewrite
    def input_by_input(W, b, x, eps):
        out = []
        for row in x:
            starts = torch.randn(120, len(row))
            delta = on_sphere(starts, eps).requires_grad_()
            for _ in range(40):
                moved = (outputs(W, b, row + delta) - outputs(W, b, row)).pow(2).sum()
                (gradient,) = torch.autograd.grad(moved, delta)
                new = torch.where(gradient.norm(dim=1, keepdim=True) > 0, gradient, delta.detach())
                delta = on_sphere(new, eps).requires_grad_()
            out.append(delta[change(W, b, row, delta).argmax()].detach())
        return torch.stack(out)

    equivalent = {
        f"from_many_starts, line 1: `many_starts(W, x)` → `many_starts({a}, {b})`": "The random starts are the same, "
        "and enough: only those along rows of WᵀW are lost."
        for a, b in (("x", "W"), ("x", "x"), ("W", "W"), ("W", "b"))
    }


def _biased(m: int, n: int, low: float, high: float, on: float, seed: int) -> tuple[Tensor, Tensor, Tensor, float]:
    """Found among random ones: steps along the gradient of a model without its bias end 7 and 9 % short."""
    rng = torch.Generator().manual_seed(seed)
    W = torch.randn(m, n, generator=rng) / m**0.5 * 1.1
    b = low + (high - low) * torch.rand(n, generator=rng)
    x = torch.rand(5, n, generator=rng) * (torch.rand(5, n, generator=rng) < on)
    return W, b, x, 0.4


def _hard(m: int, n: int, bias: float, seed: int) -> tuple[Tensor, Tensor, Tensor, float]:
    """Found among random ones: the linear attack falls 5 % short, a single start by half, one without biases by 9 %."""
    rng = torch.Generator().manual_seed(seed)
    for m_now, n_now, bias_now in ((3, 8, 0.2), (4, 12, 0.3), (2, 9, 0.3), (3, 6, 0.1)):  # drawn one after another
        W = torch.randn(m_now, n_now, generator=rng) / m_now**0.5 * 1.1
        b = -bias_now * torch.rand(n_now, generator=rng) * 2
        x = torch.rand(6, n_now, generator=rng) * (torch.rand(6, n_now, generator=rng) < 0.3)
        if (m_now, n_now, bias_now) == (m, n, bias):
            return W, b, x, 1.0
    raise AssertionError
