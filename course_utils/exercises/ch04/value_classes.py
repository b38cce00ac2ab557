"""4.6: classes of one number, without a neuron."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("the largest logit is that of x's class, wherever x lies")
def largest_at_its_class(answer, edges, rise):
    w, b = answer(edges, rise)
    ends = torch.cat([edges[:1] - 1, edges, edges[-1:] + 1])
    x = (ends[1:] + ends[:-1]) / 2  # one number in each class
    found = (x[:, None] * w + b).argmax(dim=1)
    wrong = (found != torch.arange(len(x))).nonzero().flatten()
    if not len(wrong):
        return None
    k = int(wrong[0])
    return f"x = {x[k]:.3g} belongs to class {k}, and the largest logit there is that of class {int(found[k])}."


class ValueClasses(FunctionExercise):
    id, title = "4.6", "Which class does a value belong to?"
    difficulty, minutes, points, needs = "B", 10, 2, []
    checked = "lists of edges by solving one equation for each edge"
    hints = [
        "Only differences between neighbours matter. Above the edge between classes k − 1 and k the logit of k must be "
        "the larger one, below it the smaller one, and at the edge both are equal.",
        "w rises by `rise` from class to class: so logit k minus logit k − 1 is rise · x + (b_k − b_{k−1}), and 0 at "
        "x = edge. That gives b_k from b_{k−1}.",
        "b_k = −rise · (the sum of the first k edges): `torch.cumsum`.",
    ]

    def cases(self, rng):
        yield Case((torch.tensor([-0.6, -0.2, 0.2, 0.6]), 20.0), "with five even classes")
        yield Case((torch.rand(6, generator=rng).cumsum(0) - 1.5, 3.0), "with uneven classes")
        yield Case((torch.tensor([0.25]), 8.0), "with a single edge")
        yield Case((1 + torch.rand(3, generator=rng).cumsum(0), 0.5), "with edges that are all positive")

    def oracle(
        self, edges: Float[Tensor, "edge"], rise: float
    ) -> tuple[Float[Tensor, "class"], Float[Tensor, "class"]]:
        n = len(edges) + 1
        w = [k * rise for k in range(n)]
        equations, right = torch.zeros(n, n, dtype=torch.float64), torch.zeros(n, dtype=torch.float64)
        equations[0, 0] = 1.0  # b_0 = 0
        for k, edge in enumerate(edges.tolist(), 1):  # both logits are equal at the edge
            equations[k, k], equations[k, k - 1] = 1.0, -1.0
            right[k] = (w[k - 1] - w[k]) * edge
        return torch.tensor(w), torch.linalg.solve(equations, right).float()

    laws = [largest_at_its_class]

    @mistake("b_k − b_{k−1} is −rise · edge: so b itself is a running sum over the edges up to class k.")
    def no_running_sum(edges, rise):
        return rise * torch.arange(len(edges) + 1), torch.cat([torch.zeros(1), -rise * edges])

    @mistake("Your classes meet at minus their edges: the sign of b is wrong.")
    def plus_the_edges(edges, rise):
        return rise * torch.arange(len(edges) + 1), torch.cat([torch.zeros(1), rise * edges.cumsum(0)])

    @mistake("The steps of b must be in proportion to those of w: −rise · edge, and you left `rise` out.")
    def rise_forgotten_in_b(edges, rise):
        return rise * torch.arange(len(edges) + 1), torch.cat([torch.zeros(1), -edges.cumsum(0)])

    @mistake("w rises by `rise` from class to class. You let it rise by 1.")
    def rise_forgotten_in_w(edges, rise):
        return torch.arange(len(edges) + 1).float(), torch.cat([torch.zeros(1), -rise * edges.cumsum(0)])

    @mistake("You let w rise by 1 from class to class, and b with it. The text wants a rise of `rise`.")
    def rise_left_out(edges, rise):
        return torch.arange(len(edges) + 1).float(), torch.cat([torch.zeros(1), -edges.cumsum(0)])

    @mistake("The first class has w = 0. Yours begins with `rise`.")
    def w_begins_at_one(edges, rise):
        return rise * torch.arange(1, len(edges) + 2), torch.cat([torch.zeros(1), -rise * edges.cumsum(0)])

    @mistake(
        "Each of your classes meets class 0 at its edge. It is its *neighbour* that it must meet there: only then does "
        "class k end where k + 1 begins."
    )
    def each_meets_the_first(edges, rise):
        n = torch.arange(1, len(edges) + 1)
        return rise * torch.arange(len(edges) + 1), torch.cat([torch.zeros(1), -rise * n * edges])

    @mistake("There is one class more than there are edges: below the first one lies class 0.")
    def a_class_missing(edges, rise):
        return rise * torch.arange(1, len(edges) + 1), -rise * edges.cumsum(0)

    @mistake("You handed in (b, w). The slopes come first.")
    def exchanged(edges, rise):
        return torch.cat([torch.zeros(1), -rise * edges.cumsum(0)]), rise * torch.arange(len(edges) + 1)

    @mistake("Your sum is one edge behind: the step to class k is at edge k − 1, counted from 0. b_1 isn't 0.")
    def one_edge_behind(edges, rise):
        zeros = torch.zeros(2)
        return rise * torch.arange(len(edges) + 1), torch.cat([zeros, -rise * edges.cumsum(0)])[: len(edges) + 1]

    @mistake("You added up the edges from the right. Class 0 has b = 0, so the sums begin at the left.")
    def from_the_right(edges, rise):
        sums = edges.flip(0).cumsum(0).flip(0)
        return rise * torch.arange(len(edges) + 1), torch.cat([-rise * sums, torch.zeros(1)])

    @mistake("Your first class is the last one: slopes that fall put class 0 above all edges.")
    def falling(edges, rise):
        return -rise * torch.arange(len(edges) + 1), torch.cat([torch.zeros(1), rise * edges.cumsum(0)])

    @rewrite
    def class_by_class(edges, rise):
        w, b = [0.0], [0.0]
        for edge in edges.tolist():
            w.append(w[-1] + rise)
            b.append(b[-1] - rise * edge)
        return torch.tensor(w), torch.tensor(b)

    @rewrite
    def by_a_triangle(edges, rise):
        below = torch.ones(len(edges) + 1, len(edges)).tril(-1)
        return rise * below.sum(dim=1), -rise * below @ edges

    @rewrite
    def with_padding(edges, rise):
        edges = torch.nn.functional.pad(edges, (1, 0))
        return torch.arange(len(edges)) * float(rise), -torch.cumsum(rise * edges, dim=0)
