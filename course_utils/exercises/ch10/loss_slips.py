"""Slips in the end of the model, in the losses and in what is recovered, each with its sentence: for exercise 10.2."""

import torch
from torch.nn import functional as F

from course_utils.exercises.ch10.splicing import centred, ending, report, root_mean_square, said, versions


def recovering(share):
    """An answer with another share: of the untouched loss, the spliced one, and the ablated one."""

    def answer(mid, neurons, x_hat, target, rest):
        losses, _ = report(mid, neurons, x_hat, target, rest)
        clean, spliced, *ablated = losses
        return losses, torch.stack([share(clean, spliced, each) for each in ablated])

    return answer


def losing(loss):
    """An answer with another loss: of logits and what comes next."""
    return lambda *args: report(*args, loss=loss)


def with_rest(change):
    """An answer that reads another rest of the model."""
    return lambda mid, neurons, x_hat, target, rest: report(mid, neurons, x_hat, target, change(*rest))


def activated(function):
    """An answer that puts all that stands for the neurons through a function once more."""
    return lambda *args: report(*args, swap=lambda x, x_hat: [function(put) for put in versions(x, x_hat)])


def recovered(clean, spliced, ablated):
    return (ablated - spliced) / (ablated - clean)


def of_all_probability(logits, target):
    return -logits.softmax(-1)[torch.arange(len(target)), target].mean().log()


def no_mlp_at_all(mid, neurons, x_hat, target, rest):
    losses, _ = report(mid, neurons, x_hat, target, rest)
    losses[2] = F.cross_entropy(said(mid, 0 * neurons, (rest[0], 0 * rest[1], *rest[2:])), target)
    return losses, torch.stack([recovered(*losses[:2], ablated) for ablated in losses[2:]])


def one_denominator(mid, neurons, x_hat, target, rest):
    losses, _ = report(mid, neurons, x_hat, target, rest)
    clean, spliced, zero, _ = losses
    return losses, (losses[2:] - spliced) / (zero - clean)


SLIPS = {
    "without b_U": (
        with_rest(lambda W_out, b_out, W_U, b_U, eps: (W_out, b_out, W_U, 0 * b_U, eps)),
        "b_U is missing: it is added to the logits, after `@ W_U`.",
    ),
    "no MLP at all": (
        no_mlp_at_all,
        "For zero you left out the whole MLP, with `b_out`. The *neurons* are zero there; the bias is added all the "
        "same.",
    ),
    "GELU once more": (
        activated(F.gelu),
        "You put the neurons through a GELU. They come after it, and go straight into `@ W_out`.",
    ),
    "ReLU once more": (
        activated(F.relu),
        "You cut the neurons off at 0. They are what came out of the GELU, and go straight into `@ W_out`.",
    ),
    "without the norm": (
        ending(lambda s, eps: s),
        "The LayerNorm is missing: the stream is centred and divided by its own size before it is read. (A "
        "reconstruction changes that size, too.)",
    ),
    "variance of a sample": (
        ending(lambda s, eps: centred(s) / (s.var(-1, keepdim=True) + eps).sqrt()),
        "Your variance is that of a sample: `var` and `std` divide by n − 1 unless told otherwise. A LayerNorm divides "
        "by n: `correction=0`, or the mean of the squares.",
    ),
    "deviation of a sample": (
        ending(lambda s, eps: centred(s) / (s.std(-1, keepdim=True) + eps)),
        "Two slips in the size: `std` divides by n − 1 unless told otherwise (`correction=0`), and eps is added to the "
        "variance, *under* the root.",
    ),
    "eps beside the root": (
        ending(lambda s, eps: centred(s) / (s.std(-1, keepdim=True, correction=0) + eps)),
        "eps stands beside the root in your answer. It is added to the mean square, *under* the root.",
    ),
    "without eps": (
        ending(lambda s, eps: centred(s) / root_mean_square(centred(s), 0.0)),
        "eps is missing, or not the one in `rest`. It is small in a real model; one of the cases has a large one.",
    ),
    "sum of squares": (
        ending(lambda s, eps: centred(s) / (centred(s).square().sum(-1, keepdim=True) + eps).sqrt()),
        "You divide by the length of the row. A LayerNorm takes the *mean* of the squares, not their sum.",
    ),
    "without the root": (
        ending(lambda s, eps: centred(s) / (centred(s).square().mean(-1, keepdim=True) + eps)),
        "You divide by the mean square itself. Its root is missing.",
    ),
    "not centred": (
        ending(lambda s, eps: s / root_mean_square(s, eps)),
        "Each row's own mean is taken off before its size is measured. You divide by the size alone.",
    ),
    "centred afterwards": (
        ending(lambda s, eps: centred(s / root_mean_square(s, eps))),
        "Your size was measured with the mean in it. Centre the row first, and take the mean square of what you have "
        "then.",
    ),
    "centred over rows": (
        ending(lambda s, eps: centred(s, 0) / root_mean_square(centred(s, 0), eps)),
        "You centred over the rows. A LayerNorm looks at one row at a time: the mean over its dimensions goes.",
    ),
    "norm over rows": (
        ending(lambda s, eps: centred(s, 0) / (centred(s, 0).square().mean(0) + eps).sqrt()),
        "Your mean and your mean square run over the rows, as in a BatchNorm. A LayerNorm looks at one row at a time: "
        "both run over its dimensions, `dim=-1`.",
    ),
    "log of the mean": (
        losing(of_all_probability),
        "You averaged the probabilities and took the logarithm then. A cross-entropy is the mean of the logarithms.",
    ),
    "next of the next": (
        losing(lambda logits, target: F.cross_entropy(logits[:-1], target[1:])),
        "You shifted `target` by one. It is what comes next already: row by row it belongs to the logits.",
    ),
    "cut off at both ends": (
        recovering(lambda *losses: recovered(*losses).clamp(0, 1)),
        "You cut off what is recovered at 0 and 1. A bad x̂ can be worse than ablation, or ablation do good: leave it "
        "as it comes.",
    ),
    "cut off at one": (
        recovering(lambda *losses: recovered(*losses).clamp_max(1)),
        "You cut off what is recovered at 1. Where ablation helps the model it can be more: leave it as it comes.",
    ),
    "cut off at zero": (
        recovering(lambda *losses: recovered(*losses).clamp_min(0)),
        "You cut off what is recovered at 0. Where x̂ is worse than ablation it is below 0, and should say so.",
    ),
    "size of the share": (
        recovering(lambda *losses: recovered(*losses).abs()),
        "You took the absolute value of what is recovered. Where x̂ is worse than ablation it is below 0.",
    ),
    "quotient of losses": (
        recovering(lambda clean, spliced, ablated: clean / spliced),
        "You divided the loss untouched by that with x̂, and ablation doesn't occur. How much of what ablation costs "
        "does x̂ save?",
    ),
    "over what it costs": (
        recovering(lambda clean, spliced, ablated: (ablated - spliced) / (spliced - clean)),
        "You divided by what x̂ costs. Divide by what *ablation* costs: its loss less that of the untouched model.",
    ),
    "one denominator": (
        one_denominator,
        "Against the mean you divide by what *zero* costs. Divide by what the mean costs: its loss less the untouched "
        "one.",
    ),
}
"""Mistakes of an exercise: {name: (wrong answer, what it is told)}."""
