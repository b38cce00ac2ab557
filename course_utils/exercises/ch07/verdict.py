"""7.13: a card with five verdicts on each of three features."""

QUESTIONS = ("present", "linear", "sparse", "used", "own")
TRUTH = {
    "word/preposition": (True, True, True, True, True),
    "sense/bat (garden)": (True, True, True, True, True),
    "thing/fern owl": (True, False, False, True, False),
}
TELLS = {
    "present": "a probe of all neurons, scored on other documents",
    "linear": "a linear probe of what the MLP *reads*, before any non-linearity",
    "sparse": "a probe of the few neurons that tell most (7.6)",
    "used": "taking the mean difference out, and the price of the piece that follows",
    "own": "taking the *probe's* direction out, and the mean difference, and comparing the two costs",
}


def card(**changed: dict[str, bool]) -> dict[str, list[bool]]:
    """The true card with some cells set: card(sparse={"word/preposition": False})."""
    result = {name: dict(zip(QUESTIONS, row)) for name, row in TRUTH.items()}
    for question, cells in changed.items():
        for name, says in cells.items():
            result[name][question] = says
    return {name: list(row.values()) for name, row in result.items()}
