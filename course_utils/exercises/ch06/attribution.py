"""6.6: a logit as a sum over everything that wrote to the residual stream."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("the parts add up to the reading of their sum")
def adds_up(answer, parts, scale, direction):
    together = answer(parts.sum(dim=0, keepdim=True), scale, direction)[0]
    same = torch.allclose(answer(parts, scale, direction).sum(dim=0), together, rtol=1e-3, atol=1e-3)
    return None if same else "The effects of the parts don't add up to the effect of their sum: something isn't linear."


@law("a part that is the same in every dimension has no effect")
def mean_is_invisible(answer, parts, scale, direction):
    moved = parts + 5.0
    same = torch.allclose(answer(parts, scale, direction), answer(moved, scale, direction), rtol=1e-3, atol=1e-3)
    return (
        None if same else "LayerNorm takes the mean over the dimensions off, so a constant added to a part is not seen."
    )


def centred(parts):
    return parts - parts.mean(dim=-1, keepdim=True)


def with_sum(parts, scale, direction):
    return (centred(parts) * direction).sum(dim=-1) / scale


class DirectEffects(FunctionExercise):
    id, title = "6.6", "A logit, part by part"
    difficulty, minutes, points, needs = "B", 12, 3, []
    checked = "made-up streams against loops, with as many parts as texts, with parts and directions of a mean not 0"
    hints = [
        "The last LayerNorm does two things to the whole stream: take off the mean over the dimensions, divide by the "
        "scale. The first can be done to each part. The scale belongs to the whole stream and is the same for all.",
        "Centre each part over the last axis, take the dot product with its text's direction, divide by its text's "
        "scale: `((parts - parts.mean(-1, keepdim=True)) * direction).sum(-1) / scale`.",
    ]

    def cases(self, rng):
        for n_parts, texts, width, note in [
            (3, 3, 4, "with as many parts as texts"),
            (4, 3, 5, "with three texts"),
            (1, 2, 7, "with a single part"),
            (6, 1, 3, "with a single text"),
        ]:
            parts = torch.randn(n_parts, texts, width, generator=rng) + torch.randn(n_parts, 1, 1, generator=rng)
            scale = 0.5 + 2 * torch.rand(texts, generator=rng)
            yield Case((parts, scale, 0.7 + torch.randn(texts, width, generator=rng)), note)

    def oracle(
        self,
        parts: Float[Tensor, "part text model"],
        scale: Float[Tensor, " text"],
        direction: Float[Tensor, "text model"],
    ) -> Float[Tensor, "part text"]:
        n_parts, texts, width = parts.shape
        effects = torch.zeros(n_parts, texts)
        for p in range(n_parts):
            for t in range(texts):
                mean = sum(parts[p, t, d].item() for d in range(width)) / width
                for d in range(width):
                    effects[p, t] += (parts[p, t, d] - mean) / scale[t] * direction[t, d]
        return effects

    laws = [adds_up, mean_is_invisible]

    @mistake(
        "You gave every part a LayerNorm of its own, so a whisper counts as much as a shout and nothing adds up. "
        "The scale is that of the whole stream: use the one you are given for all parts."
    )
    def each_its_own_scale(parts, scale, direction):
        whitened = centred(parts) / (centred(parts).square().mean(dim=-1, keepdim=True) + 1e-5).sqrt()
        return (whitened * direction).sum(dim=-1)

    @mistake("You left out the first half of LayerNorm: take each part's mean over the dimensions off.")
    def not_centred(parts, scale, direction):
        return (parts * direction).sum(dim=-1) / scale

    @mistake("You left out the scale: the stream is divided by it before it is read.")
    def not_scaled(parts, scale, direction):
        return (centred(parts) * direction).sum(dim=-1)

    @mistake("You read the parts as they are. Between them and the logits stands the last LayerNorm.")
    def no_LayerNorm(parts, scale, direction):
        return (parts * direction).sum(dim=-1)

    @mistake("You worked the scale out of the parts. The one you are given belongs to the whole stream: use it.")
    def scale_of_the_sum(parts, scale, direction):
        whole = centred(parts.sum(dim=0))
        return (centred(parts) * direction).sum(dim=-1) / (whole.square().mean(dim=-1) + 1e-5).sqrt()

    @mistake("You divided every text by the scale of the first. Each has its own.")
    def first_scale_for_all(parts, scale, direction):
        return with_sum(parts, scale[:1], direction)

    @mistake("You read every text along the direction of the first. Each has its own: it asks for another word.")
    def first_direction_for_all(parts, scale, direction):
        return with_sum(parts, scale, direction[:1])

    @mistake(
        "Part i was divided by the scale of text i: `scale[:, None]` lies along the parts. The texts are the last axis "
        "of your effects, where a plain `/ scale` finds them."
    )
    def scale_along_the_parts(parts, scale, direction):
        return (centred(parts) * direction).sum(dim=-1) / scale[:, None]

    @mistake("LayerNorm divides by the scale; you multiplied.")
    def multiplied_by_the_scale(parts, scale, direction):
        return (centred(parts) * direction).sum(dim=-1) * scale

    @mistake(
        "You made the direction length 1. A logit is a plain dot product, and the length of the direction belongs "
        "to it."
    )
    def unit_direction(parts, scale, direction):
        return with_sum(parts, scale, direction / direction.norm(dim=-1, keepdim=True))

    @mistake(
        "You read every text along the directions of all texts and added that up: in your einsum the texts have "
        "two different letters. Text t is read along its own direction."
    )
    def all_directions(parts, scale, direction):
        return torch.einsum("ptm,sm->pt", centred(parts), direction) / scale

    @mistake("You divided by the total. Effects stay in units of logits, so that they add up to the logit.")
    def shares(parts, scale, direction):
        effects = with_sum(parts, scale, direction)
        return effects / effects.sum(dim=0)

    @mistake("You took off the mean over the parts. LayerNorm's mean is over the dimensions of one vector.")
    def mean_over_the_parts(parts, scale, direction):
        return ((parts - parts.mean(dim=0)) * direction).sum(dim=-1) / scale

    rewrites = [with_sum]

    @rewrite
    def with_einsum(parts, scale, direction):
        return torch.einsum("ptm,tm->pt", centred(parts) / scale[:, None], direction)

    @rewrite
    def centred_direction(parts, scale, direction):
        """Subtracting the mean is a projection: it may be done to the direction instead."""
        return (parts * centred(direction)).sum(dim=-1) / scale
