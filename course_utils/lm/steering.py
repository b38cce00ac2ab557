"""Steering a one-layer model to a word that isn't there: what is gained, and what it does where it has no business.

steering = Steering(after, mid, x, at=at_things, word=thing[at_things], elsewhere=elsewhere, followers=followers)
steering.tried(lambda rows: x[rows] + 4 * direction, target)     # side effect, probability of the target's words
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.lm import perturb
from course_utils.lm.parts import AfterNeurons
from course_utils.lm.splice import row_losses

Change = Callable[[Int[Tensor, " row"]], Float[Tensor, "row neuron"]]
"""The changed neurons of some rows, given by number."""


class Tried(NamedTuple):
    """Means over rows."""

    side_effect: float
    """KL divergence, in nats, where the word has no business."""
    probability: float
    """Of the target's followers, where something else stands."""


@dataclass(frozen=True)
class Steering:
    """Rows of neurons, and the places at which they are changed."""

    after: AfterNeurons
    mid: Float[Tensor, "row model"]
    x: Float[Tensor, "row neuron"]
    at: Int[Tensor, " where"]
    """Rows at which some word of the kind stands."""
    word: Int[Tensor, " where"]
    """Which one."""
    elsewhere: Int[Tensor, " row"]
    followers: Int[Tensor, "word follower"]
    """The pieces by which a word of the kind is known."""

    @cached_property
    def usual(self) -> Float[Tensor, "row vocab"]:
        """What the model says elsewhere when nothing is changed."""
        return perturb.says(self.after, self.mid[self.elsewhere], self.x[self.elsewhere])

    def named(
        self, rows: Int[Tensor, " row"], changed: Float[Tensor, "row neuron"], word: int
    ) -> Float[Tensor, " row"]:
        """The probability of the followers of a word."""
        return perturb.says(self.after, self.mid[rows], changed).exp()[:, self.followers[word]].sum(1)

    def tried(self, change: Change, target: int) -> Tried:
        """The side effect elsewhere, and the probability of the target's followers where another word stands."""
        others = self.at[self.word != target]
        changed = perturb.says(self.after, self.mid[self.elsewhere], change(self.elsewhere))
        side = perturb.divergence(self.usual, changed).mean().item()
        return Tried(side, self.named(others, change(others), target).mean().item())

    def means(self, change: Callable[[int], Change], targets: Sequence[int]) -> Tried:
        """Means over targets of what is `tried`; ``change(target)`` changes rows for it."""
        found = [self.tried(change(target), target) for target in targets]
        return Tried(*(sum(part) / len(targets) for part in zip(*found)))

    def pushed(
        self, arrows: Float[Tensor, "word neuron"], forces: Sequence[float], targets: Sequence[int]
    ) -> list[Tried]:
        """`means` when each target's arrow is added, times a force; one for each force."""
        return [self.means(lambda t, u=u: lambda rows: self.x[rows] + u * arrows[t], targets) for u in forces]

    def price(
        self, arrows: Float[Tensor, "word neuron"], force: float, targets: Sequence[int], following: Int[Tensor, " row"]
    ) -> float:
        """The nats that the targets' arrows, times a force, add to the loss elsewhere, on average; ``following``: what
        comes after every row."""
        here, goal = self.elsewhere, following[self.elsewhere]
        now = row_losses(self.after, self.mid[here], self.x[here], goal).mean()
        changed = [self.x[here] + force * arrows[target] for target in targets]
        then = torch.stack([row_losses(self.after, self.mid[here], each, goal).mean() for each in changed])
        return (then.mean() - now).item()

    def left(self, change: Callable[[int], Change], words: Int[Tensor, " row"]) -> float:
        """The probability of each word's followers where it stands itself (``words``: which one, of every row; −1 for
        none) when the change for it is made; the mean over these rows."""
        found = []
        for word in words[words >= 0].unique().tolist():
            here = (words == word).nonzero().flatten()
            found.append(self.named(here, change(word)(here), word))
        return torch.cat(found).mean().item()
