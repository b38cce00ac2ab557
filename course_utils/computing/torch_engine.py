"""Training many networks with batched PyTorch: any task and any part, on a processor or a GPU.

The gradients are written out by hand: autograd would keep more, and copy more. With e_l = ∂loss/∂z_l,

    z_l = W_l a_{l−1} + b_l,   a_l = f(z_l),   ∂b_l = Σ e_l,   ∂W_l = Σ e_l a_{l−1}ᵀ,   e_{l−1} = f′(z_{l−1}) W_lᵀ e_l
"""

import torch
from torch import Tensor

from course_utils.computing.job import Job
from course_utils.computing.layers import Layer, forward
from course_utils.computing.tasks import Drawn
from course_utils.toy.activations import LINEAR, RELU, Activation
from course_utils.toy.data import maker_of
from course_utils.toy.descent import Descent
from course_utils.toy.torch_engine import one_thread


class TorchEngine:
    """State of a sweep on any device. ``run(steps)`` advances it; ``layers`` reads it."""

    ready = True  # nothing to compile

    def __init__(self, job: Job, *, device: str | torch.device = "cpu"):
        self.parts = parts = job.parts
        trained_W = [job.layers[l].W.flatten(1) for l in parts.weights]
        trained_b = [job.layers[l].b for l in parts.biases]
        n_instances = len(job.importance)
        nothing = [torch.zeros(n_instances, 0)]
        W, b = torch.cat([*nothing, *trained_W], 1), torch.cat([*nothing, *trained_b], 1)
        self.descent = Descent(W, b, parts.optimiser, job.rates, device)
        layers = [Layer(W.to(device), b.to(device)) for W, b in job.layers]
        self.state = _seen(layers, self.descent.P, parts)
        self.slopes = _seen([Layer(None, None)] * len(layers), self.descent.gradient, parts, layers)
        self.lowest = min([*parts.weights, *parts.biases])
        self.feed = _feed(job, device)
        self.generator = torch.Generator(device).manual_seed(job.seed)
        self.job, self.weight = job, None

    @property
    def layers(self) -> tuple[Layer, ...]:
        return tuple(Layer(W.cpu().clone(), b.cpu().clone()) for W, b in self.state)

    @torch.no_grad()
    def run(self, steps: int) -> Tensor:
        """Take ``steps`` steps; returns the mean loss over them, ``[instance]``."""
        loss = torch.zeros(len(self.job.importance), device=self.descent.P.device, dtype=torch.float64)
        with one_thread():
            for _ in range(steps):
                loss += self._gradient()
                self.descent.step()
        return (loss / steps).cpu()

    def _gradient(self) -> Tensor:
        """Fill ``self.descent.gradient``; returns the loss of the batch, ``[instance]``."""
        parts, x = self.parts, self.feed(self.generator)
        y = self._target(x)
        if self.weight is None:
            self.weight = self.job.weight(x.shape[1]).to(x.device)[:, None]
        before, after = forward(self.state, x, parts.activation, parts.output)
        loss, e = parts.loss.and_slope(after[-1], y, self.weight)
        e = _back_through(parts.output, before[-1], e)
        for l in range(len(self.state) - 1, self.lowest - 1, -1):
            below = after[l - 1] if l else x
            dW, db = self.slopes[l]
            if dW is not None:
                torch.bmm(e.mT, below, out=dW)
            if db is not None:
                torch.sum(e, dim=1, out=db)
            if l > self.lowest:
                e = _back_through(parts.activation, before[l - 1], e @ self.state[l].W)
        return loss

    def _target(self, x: Tensor) -> Tensor:
        """What is wanted for ``x [instance, batch, n_in]``, ``[instance, batch, n_out]``."""
        task = self.parts.task
        y = task.target(x.transpose(0, 1))
        expected = [x.shape[1], x.shape[0], task.n_out]
        if list(y.shape) != expected:
            raise ValueError(f"the task's target gave {list(y.shape)}; [batch, instance, n_out] is {expected}")
        return y.transpose(0, 1)


def _back_through(activation: Activation, z: Tensor, e: Tensor) -> Tensor:
    """``f′(z) · e``. A mask of booleans would first become numbers; PyTorch has this product in one pass."""
    if activation is RELU:
        return torch.ops.aten.threshold_backward(e, z, 0)
    return e if activation is LINEAR else e * activation.slope(z)


def _seen(layers, flat, parts, like=None) -> list[Layer]:
    """Layers whose trained parts are windows into ``flat [instance, parameter]``: first all W, then all b."""
    found, end = [list(layer) for layer in layers], 0
    for place, numbers in enumerate((parts.weights, parts.biases)):
        for l in numbers:
            shape = (like or layers)[l][place].shape
            size = shape[1:].numel()
            found[l][place] = flat[:, end : end + size].view(shape)
            end += size
    return [Layer(*each) for each in found]


def _feed(job: Job, device):
    """A function from a generator to the next inputs, ``[instance, batch, n_in]``."""
    task, density = job.parts.task, job.density.to(device)
    if isinstance(task.sample, Drawn):
        return maker_of(task.sample.data).feed(density, job.batch_size).draw
    expected = [job.batch_size, *density.shape]

    def draw(generator):
        x = task.sample(job.batch_size, density, generator)
        if list(x.shape) != expected:
            raise ValueError(f"the task's sampler gave {list(x.shape)}; [batch, instance, n_in] is {expected}")
        return x.transpose(0, 1)

    return draw
