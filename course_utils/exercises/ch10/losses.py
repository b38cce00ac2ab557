"""10.2: what the model loses when a reconstruction stands in the place of its neurons, and how much is recovered."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite
from course_utils.exercises.ch10.loss_slips import SLIPS
from course_utils.exercises.ch10.splicing import report, said, versions

VERSIONS = ("the neurons as they are", "x̂", "zero", "the mean")
WAYS = ("against zero", "against the mean")


@law("a perfect reconstruction recovers everything")
def perfect(answer, mid, neurons, x_hat, target, rest):
    _, recovered = answer(mid, neurons, neurons.clone(), target, rest)
    if torch.allclose(recovered, torch.ones(2).to(recovered), atol=1e-3):
        return None
    return f"For x̂ = x you return {[round(r, 3) for r in recovered.tolist()]} as recovered; both should be 1."


@law("the mean row in the place of each recovers nothing against the mean")
def mean_recovers_nothing(answer, mid, neurons, x_hat, target, rest):
    _, recovered = answer(mid, neurons, neurons.mean(0).expand_as(neurons), target, rest)
    return None if abs(recovered[1]) < 1e-3 else f"For x̂ = mean row you return {recovered[1]:.3g} against the mean."


class LossRecovered(FunctionExercise):
    id, title = "10.2", "What does the model lose?"
    difficulty, minutes, points, needs = "B", 13, 3, []
    rtol, atol = 1e-3, 1e-4
    checked = (
        "small models against loops: one whose neurons have a large mean, a poor reconstruction, one that helps, and a "
        "LayerNorm with a large eps"
    )
    hints = [
        "The end of the model is a function of `mid` and of whatever stands for the neurons. Write it once and call it "
        "four times; `mid` stays as it is.",
        "`stream = mid + neurons @ W_out + b_out`; take its own mean off each row; divide by the root of its mean "
        "square plus eps; then `@ W_U + b_U`. `F.cross_entropy(logits, target)` averages over the rows.",
        "The mean row is `neurons.mean(0)`. Recovered: `(ablated - spliced) / (ablated - clean)`, once with the loss "
        "of zero, once with that of the mean.",
    ]

    def cases(self, rng):
        def model(n, d, m, v, shift, noise):
            def normal(*shape):
                return torch.randn(*shape, generator=rng)

            neurons, mid = normal(n, m) + shift, normal(n, d) * 0.5
            rest = (normal(m, d), normal(d), normal(d, v), normal(v), 1e-5)
            # what comes next is what the model says, mostly: then ablation costs something
            target = said(mid, neurons, rest).argmax(-1)
            target[0] = 0
            return mid, neurons, neurons + noise * normal(n, m), target, rest

        yield Case(model(12, 4, 6, 5, 0.0, 0.4))
        yield Case(model(9, 5, 3, 7, 2.0, 0.3), "with a large mean")
        for _ in range(50):  # until it is worse than either ablation
            mid, neurons, x_hat, target, rest = model(10, 6, 8, 4, 0.5, 1.0)
            x_hat = x_hat - 3 * neurons
            if report(mid, neurons, x_hat, target, rest)[1].max() < -0.05:
                break
        yield Case((mid, neurons, x_hat, target, rest), "with a poor reconstruction")
        for _ in range(50):  # until it is better than the neurons, and these better than either ablation
            mid, neurons, x_hat, target, rest = model(8, 4, 5, 6, 0.5, 0.5)
            target = said(mid, x_hat, rest).argmax(-1)
            losses, shares = report(mid, neurons, x_hat, target, rest)
            if shares.min() > 1.05 and losses[1] < losses[0] - 0.05:
                break
        yield Case((mid, neurons, x_hat, target, rest), "with a reconstruction that helps")
        mid, neurons, x_hat, target, (W_out, b_out, W_U, b_U, _) = model(7, 3, 4, 6, 0.3, 0.2)
        neurons, x_hat = neurons * 0.3, x_hat * 0.3
        target = said(mid, neurons, rest := (W_out, b_out, W_U, b_U, 0.5)).argmax(-1)
        yield Case((mid, neurons, x_hat, target, rest), "with a large eps")

    def oracle(
        self,
        mid: Float[Tensor, "row model"],
        neurons: Float[Tensor, "row neuron"],
        x_hat: Float[Tensor, "row neuron"],
        target: Int[Tensor, " row"],
        rest: tuple,
    ) -> tuple[Float[Tensor, "4"], Float[Tensor, "2"]]:
        # numbers of Python: what is said of a wrong answer asks the oracle again and again
        W_out, b_out, W_U, b_U = (part.double().tolist() for part in rest[:4])
        streams, own, spliced = (part.double().tolist() for part in (mid, neurons, x_hat))
        n, m, d, v = len(mid), len(W_out), len(b_out), len(b_U)
        mean = [sum(row[j] for row in own) / n for j in range(m)]
        losses = []
        for version in (own, spliced, [[0.0] * m] * n, [mean] * n):
            total = 0.0
            for stream, put, piece in zip(streams, version, target.tolist()):
                stream = [stream[i] + b_out[i] + sum(put[j] * W_out[j][i] for j in range(m)) for i in range(d)]
                centre = sum(stream) / d
                size = math.sqrt(sum((s - centre) ** 2 for s in stream) / d + float(rest[4]))
                logits = [b_U[k] + sum((stream[i] - centre) / size * W_U[i][k] for i in range(d)) for k in range(v)]
                total += math.log(sum(math.exp(z) for z in logits)) - logits[piece]
            losses.append(total / n)
        recovered = [1 - (losses[1] - losses[0]) / (ablated - losses[0]) for ablated in losses[2:]]
        return torch.tensor(losses), torch.tensor(recovered)

    laws = [perfect, mean_recovers_nothing]
    mistakes = SLIPS

    def remark(self, trials):
        """Which of the six numbers are off."""
        off = set()
        for trial in trials:
            got = trial.outcome.value
            if not isinstance(got, tuple | list) or len(got) != 2:
                return None
            for part in range(2):
                if not isinstance(got[part], Tensor) or got[part].shape != trial.expected[part].shape:
                    return None
                wrong = (got[part].double() - trial.expected[part].double()).abs() > 2e-3
                off |= {(part, i) for i in wrong.nonzero().flatten().tolist()}
        if not off or len(off) == 6:
            return None
        called = [f"the loss with {VERSIONS[i]}" for part, i in sorted(off) if not part]
        called += [f"what is recovered {WAYS[i]}" for part, i in sorted(off) if part]
        return f"Not right: {', '.join(called)}. The rest is right."

    @mistake(
        "You put zero (and the mean) in the place of the whole stream. What came before the MLP stays: only the "
        "neurons are replaced."
    )
    def all_of_the_stream(mid, neurons, x_hat, target, rest):
        both = [(mid, neurons), (mid, x_hat), (0 * mid, 0 * neurons), (mid.mean(0), neurons.mean(0).expand_as(neurons))]
        losses = torch.stack([F.cross_entropy(said(m, n, rest), target) for m, n in both])
        return losses, torch.stack([(a - losses[1]) / (a - losses[0]) for a in losses[2:]])

    @mistake("The mean is one number in your answer. Each neuron has its own: a mean row, `neurons.mean(0)`.")
    def one_mean_for_all_neurons(mid, neurons, x_hat, target, rest):
        def swap(x, x_hat):
            return x, x_hat, torch.zeros_like(x), x.mean().expand_as(x)

        return report(mid, neurons, x_hat, target, rest, swap)

    @mistake("Your mean is over the neurons of a row. The mean row is an average over the rows.")
    def mean_over_the_neurons(mid, neurons, x_hat, target, rest):
        def swap(x, x_hat):
            return x, x_hat, torch.zeros_like(x), x.mean(1, keepdim=True).expand_as(x)

        return report(mid, neurons, x_hat, target, rest, swap)

    @mistake("You took the mean of x̂. Ablation knows nothing of the dictionary: take the neurons' own mean.")
    def mean_of_the_reconstruction(mid, neurons, x_hat, target, rest):
        def swap(x, x_hat):
            return x, x_hat, torch.zeros_like(x), x_hat.mean(0).expand_as(x)

        return report(mid, neurons, x_hat, target, rest, swap)

    @mistake("The losses are added up over the rows; a loss is per piece, a mean over the rows.")
    def summed(mid, neurons, x_hat, target, rest):
        return report(
            mid, neurons, x_hat, target, rest, loss=lambda logits, t: F.cross_entropy(logits, t, reduction="sum")
        )

    @mistake("That is the share that is lost. Recovered is 1 for a perfect x̂, and 0 for ablation.")
    def lost(mid, neurons, x_hat, target, rest):
        losses, recovered = report(mid, neurons, x_hat, target, rest)
        return losses, 1 - recovered

    @mistake(
        "You divided by the ablated loss itself. Compare with what ablation *costs*: its loss less that of the "
        "untouched model."
    )
    def over_the_whole_loss(mid, neurons, x_hat, target, rest):
        losses, _ = report(mid, neurons, x_hat, target, rest)
        return losses, (losses[2:] - losses[1]) / losses[2:]

    @mistake("Zero and mean have changed places: zero comes first, in the losses and in what is recovered.")
    def the_other_order(mid, neurons, x_hat, target, rest):
        losses, recovered = report(mid, neurons, x_hat, target, rest)
        return losses[[0, 1, 3, 2]], recovered.flip(0)

    @mistake(
        "You kept the size by which the untouched model divides. The LayerNorm divides by the size of the stream that "
        "is there: compute it anew for each version."
    )
    def frozen_norm(mid, neurons, x_hat, target, rest):
        W_out, b_out, W_U, b_U, eps = rest

        def stream(n):
            s = mid + n @ W_out + b_out
            return s - s.mean(-1, keepdim=True)

        size = (stream(neurons).square().mean(-1, keepdim=True) + eps).sqrt()
        losses = [F.cross_entropy(stream(n) / size @ W_U + b_U, target) for n in versions(neurons, x_hat)]
        losses = torch.stack(losses)
        return losses, torch.stack([(a - losses[1]) / (a - losses[0]) for a in losses[2:]])

    @mistake("x̂ was added to the neurons. It stands in their place.")
    def added(mid, neurons, x_hat, target, rest):
        def swap(x, x_hat):
            return x, x + x_hat, torch.zeros_like(x), x.mean(0).expand_as(x)

        return report(mid, neurons, x_hat, target, rest, swap)

    @mistake("b_out is missing: the MLP adds its bias even when all its neurons are silent.")
    def without_b_out(mid, neurons, x_hat, target, rest):
        W_out, b_out, W_U, b_U, eps = rest
        return report(mid, neurons, x_hat, target, (W_out, 0 * b_out, W_U, b_U, eps))

    @rewrite
    def with_layer_norm(mid, neurons, x_hat, target, rest):
        W_out, b_out, W_U, b_U, eps = rest
        losses = []
        for own in (neurons, x_hat, torch.zeros(len(W_out)), neurons.mean(0)):
            stream = F.layer_norm(mid + own @ W_out + b_out, b_out.shape, eps=eps)
            losses.append(F.cross_entropy(stream @ W_U + b_U, target))
        losses = torch.stack(losses)
        return losses, 1 - (losses[1] - losses[0]) / (losses[2:] - losses[0])

    @rewrite
    def all_four_at_once(mid, neurons, x_hat, target, rest):
        W_out, b_out, W_U, b_U, eps = rest
        own = torch.stack([neurons, x_hat, torch.zeros_like(x_hat), neurons.mean(0).expand_as(x_hat)])
        stream = mid + own @ W_out + b_out
        size = (stream.var(-1, keepdim=True, correction=0) + eps).sqrt()
        logits = (stream - stream.mean(-1, keepdim=True)) / size @ W_U + b_U
        found = logits.log_softmax(-1).gather(-1, target.expand(4, -1)[..., None])
        losses = -found[..., 0].mean(1)
        return losses, (losses[2:] - losses[1]) / (losses[2:] - losses[0])

    @rewrite
    def in_double(mid, neurons, x_hat, target, rest):
        W_out, b_out, W_U, b_U = (w.double() for w in rest[:4])
        losses = []
        for own in (neurons, x_hat, torch.zeros_like(neurons), neurons.mean(0)):
            stream = mid.double() + own.double() @ W_out + b_out
            stream = stream - stream.mean(1)[:, None]
            logits = stream / (stream.pow(2).mean(1)[:, None] + rest[4]).sqrt() @ W_U + b_U
            losses.append((logits.logsumexp(1) - logits[torch.arange(len(mid)), target]).mean())
        clean, spliced, zero, mean = losses
        recovered = [(zero - spliced) / (zero - clean), (mean - spliced) / (mean - clean)]
        return torch.stack(losses), torch.stack(recovered)

    equivalent = {
        "line 9: `neurons.mean(dim=0)` → `neurons.mean(dim=0, keepdim=True)`": (
            "A mean row with an axis of one row is broadcast to the same rows."
        ),
        "with_layer_norm, line 3: `neurons.mean(0)` → `neurons.mean(0, keepdim=True)`": "The same.",
    }
