"""Which of many: one linear read-out that names the class of every row."""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F


def read_out(x: Float[Tensor, "row neuron"], label: Int[Tensor, " row"], *, steps: int = 60) -> float:
    """How well a linear read-out names the class of rows that it hasn't seen: the share named rightly.

    Multinomial logistic regression on standardised activations, with a small penalty, by L-BFGS. The first half of the
    rows is fitted and the second half is named, so rows should be in an order in which the halves are alike and share
    nothing, text after text, say.
    """
    half, classes = len(x) // 2, int(label.max()) + 1
    x = (x - x[:half].mean(0)) / x[:half].std(0)
    W, b = torch.zeros(x.shape[1], classes, requires_grad=True), torch.zeros(classes, requires_grad=True)
    optimiser = torch.optim.LBFGS([W, b], max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = F.cross_entropy(x[:half] @ W + b, label[:half]) + 1e-4 * W.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    return ((x[half:] @ W + b).argmax(1) == label[half:]).float().mean().item()
