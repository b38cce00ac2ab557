"""1.10: what the linear model keeps."""

import torch

from course_utils.checking import ValueExercise

# Chosen so that every slip on the way (p/4, p³, a bracket left out, the variance of a coin) keeps another pair.
IMPORTANCE = torch.tensor([1.0, 0.7, 0.3, 0.5, 0.8])
DENSITY = torch.tensor([0.2, 0.5, 0.9, 0.8, 1.0])


class LinearKeeps(ValueExercise):
    id, title = "1.10", "What would principal components do?"
    difficulty, minutes, points, needs = "B", 8, 2, ["1.4"]
    unordered = True
    otherwise = (
        "For each feature: what would it cost to leave it out and answer its mean? That is the price of 1.4, "
        "I · (p/3 − "
        "p²/4). The two with the highest price are kept. (Features count from 0.)"
    )
    checked = "Compared with the first two principal components of √I · x on 200,000 samples."
    hints = [
        "A linear model can't trade interference for anything: each kept feature saves what leaving it out would "
        "cost. You have computed that price in 1.4.",
        "Compute I · (p/3 − p²/4) for the five features and take the two largest.",
    ]

    def oracle(self) -> list[int]:
        """By sampling and eigenvectors, not by the formula."""
        rng = torch.Generator().manual_seed(0)
        value, coin = (torch.rand(200_000, 5, generator=rng) for _ in range(2))
        x = value * (coin < DENSITY) * IMPORTANCE.sqrt()
        _, vectors = torch.linalg.eigh(x.T.cov())
        return sorted(vectors[:, -2:].abs().argmax(dim=0).tolist())

    mistakes = {
        "the most important": (
            [0, 4],
            "Those are the most important ones; but feature 0 is on so rarely that losing it costs little.",
        ),
        "the most frequent": (
            [2, 4],
            "Those are on most often. What counts is what it costs to guess a feature by its mean, and feature 2 "
            "weighs little.",
        ),
        "the largest variance": ([1, 3], "Those vary most. The loss weighs what is lost with the importance."),
        "the largest I · p": (
            [3, 4],
            "That ranks by importance times density (or times the mean square). A bias can guess the mean: what "
            "counts is the variance around it.",
        ),
        "the variance of a coin": (
            [0, 1],
            "Is that p (1 − p), the variance of a coin? A feature that is on isn't 1 but anything from 0 to 1, and "
            "that varies too. The price of 1.4 is I · (p/3 − p²/4).",
        ),
    }
    rewrites = [[4, 1], (1, 4), [torch.tensor(1), 4]]

    equivalent = {
        "line 1: `mixed_density / 3` → `mixed_density / 2`": "It ranks the same two first. What is handed in is which "
        "two, and no choice of five features with clear gaps tells this slip apart as well as the likelier ones.",
        "line 1: `mixed_density ** 2 / 4` → `mixed_density ** 2 / 5`": "The same: the two features are right.",
    }
