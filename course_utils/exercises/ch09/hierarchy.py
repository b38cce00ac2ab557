"""9.12: why a sparse dictionary would rather swallow a parent than show it."""

from typing import Any

import torch

from course_utils.checking import ValueExercise

PARENT, CHILD = 0.4, 0.25  # how often the parent is on, and the child where the parent is


class PriceOfAbsorption(ValueExercise):
    id, title = "9.12", "The price of honesty"
    difficulty, minutes, points, needs = "C", 10, 3, ["9.3"]
    rtol = 0.01
    otherwise = (
        "Write down the three kinds of rows: nothing on in 0.6, the parent alone in 0.3, both in 0.1. In each, which "
        "latents are on, and how strongly? Weigh with these shares and add up."
    )
    checked = (
        "Added up over 200,000 rows. Honest: 0.5 active latents and 0.5 of L1. Absorbing: 0.4 and 0.3 + 0.1·√2 = "
        "0.441. Both reconstruct perfectly, so a sparsity penalty of either kind prefers the second."
    )
    hints = [
        "Three kinds of rows: nothing on (0.6), the parent alone (0.3), parent and child (0.1). For each, write down "
        "which latents are on, and how strongly.",
        "Honest: 1 latent on with the parent alone, 2 with both, each at 1. Absorbing: 1 latent on in either case; "
        "with both it has to add (parent + child) along a unit row, so its strength is ‖parent + child‖ = √2.",
    ]

    def oracle(self) -> list[float]:
        """Sample rows, run both dictionaries on them, and count."""
        rng = torch.Generator().manual_seed(0)
        n = 200_000
        u = (torch.arange(n, dtype=torch.float64) + torch.rand(n, generator=rng, dtype=torch.float64)) / n
        parent, child = u < PARENT, u < PARENT * CHILD
        directions = torch.eye(2, dtype=torch.float64)
        x = parent[:, None] * directions[0] + child[:, None] * directions[1]
        honest = x @ directions.T
        both = (directions[0] + directions[1]) / directions.sum(0).norm()
        absorbing = torch.stack([(parent & ~child).double(), (x @ both) * child], dim=1)
        rows = torch.stack([directions[0], both])
        assert torch.allclose(absorbing @ rows, x)
        means = [f.sum(1).mean().item() for f in ((honest > 0).double(), honest, (absorbing > 0).double(), absorbing)]
        return means

    mistakes = {
        "strength of 1": (
            [0.5, 0.5, 0.4, 0.4],
            "Nearly. The absorbing latent's row has length 1, and what it has to add, parent + child, has length √2: "
            "its activation is √2.",
        ),
        "strength of 2": (
            [0.5, 0.5, 0.4, 0.5],
            "Nearly. Two orthogonal unit vectors add up to a vector of length √2, not 2.",
        ),
        "child on its own": (
            [PARENT + CHILD, PARENT + CHILD, 0.4, 0.4],
            "0.25 is how often the child is on where the parent is. In all rows together it is on in 0.4 · 0.25 = 0.1.",
        ),
        "parent alone in 0.4": (
            [0.6, 0.6, 0.5, 0.4 + 0.1 * 2**0.5],
            "The parent is on in 0.4 of the rows, and a quarter of these have the child too: alone it is in 0.3.",
        ),
        "a row with both": (
            [2.0, 2.0, 1.0, 2**0.5],
            "That is what a row with both costs. The mean is over all rows, and in most of them nothing or "
            "the parent alone "
            "is on.",
        ),
        "parent alone forgotten in L1": (
            [0.5, 0.5, 0.4, 0.4 * 2**0.5],
            "Nearly. √2 is the strength only where both are on, in 0.1 of the rows; the parent alone has 1.",
        ),
        "parent in all of its rows": (
            [0.5, 0.5, 0.4, 0.4 + 0.1 * 2**0.5],
            "Nearly. Where both are on, the parent's own latent is silent: 1 counts in 0.3 of the rows only.",
        ),
        "one latent for the honest": (
            [0.4, 0.4, 0.4, 0.3 + 0.1 * 2**0.5],
            "The honest dictionary has a latent for each feature: with both on, two are active.",
        ),
        "child forgotten": (
            [0.4, 0.4, 0.4, 0.4],
            "The honest dictionary has two active latents where both are on, and the absorbing one a latent "
            "of strength √2.",
        ),
        "parent alone only": (
            [0.3, 0.3, 0.4, 0.3 + 0.1 * 2**0.5],
            "In the honest dictionary rows with both count as well, and twice: both latents are on.",
        ),
        "always two": (
            [0.5, 0.5, 0.5, 0.5],
            "In the absorbing dictionary one latent stands for both where both are on: one is active, with "
            "strength √2.",
        ),
        "root of a half": (
            [0.5, 0.5, 0.4, 0.3 + 0.1 / 2**0.5],
            "Nearly. The sum of two orthogonal unit vectors is longer than each of them: √2, not 1/√2.",
        ),
        "honest with a root": (
            [0.5, 0.3 + 0.1 * 2**0.5, 0.4, 0.3 + 0.1 * 2**0.5],
            "Where both are on, the honest dictionary has two activations of 1, and L1 adds them up to 2. √2 is the "
            "length of their sum.",
        ),
        "parent fires twice": (
            [0.5, 0.5, 0.5, 0.3 + 0.1 * (1 + 2**0.5)],
            "In the absorbing dictionary the parent's latent is silent where the child is on: its direction is in the "
            "other latent's row already.",
        ),
        "turned round": (
            [0.4, 0.3 + 0.1 * 2**0.5, 0.5, 0.5],
            "The honest dictionary comes first: one latent for each feature.",
        ),
        "only rows with a parent": (
            [1.25, 1.25, 1.0, 0.75 + 0.25 * 2**0.5],
            "That is the mean over rows with the parent on. Over all rows it is 0.4 of it.",
        ),
        "L1 and L0 only": (
            [0.5, 0.4],
            "Four numbers are wanted: L0 and L1 of the honest dictionary, then L0 and L1 of the absorbing one.",
        ),
    }
    rewrites = [
        (0.5, 0.5, 0.4, 0.4414),
        [0.4 + 0.1, 0.4 + 0.1, 0.3 + 0.1, 0.3 + 0.1 * 2**0.5],
        torch.tensor([0.5, 0.5, 0.4, 0.4414]),
    ]

    def _matching_mistake(self, got: Any) -> str | None:
        """A child's density misread shows in the first number, whatever the others are."""
        if isinstance(got, (list, tuple)) and len(got) == 4 and self._difference(PARENT + CHILD, got[0]) is None:
            return "child on its own"
        return super()._matching_mistake(got)
