"""How long things may take: generous for honest work, bounded for the rest. Seconds."""

from typing import Any, NamedTuple


class Budgets(NamedTuple):
    cell: float = 60.0
    """One cell, if it does not belong to an exercise that trains something."""
    call: float = 20.0
    """One call of a learner's function by a check."""
    check: float = 60.0
    """All that one check does."""
    total: float = 1800.0
    """A whole submission."""
    restarts: int = 20
    """How often a submission may lose its worker."""
    reading: float = 30.0
    """Of the processor: finding the answers in a notebook, before anything runs."""

    def for_cell(self, exercise: Any | None) -> float:
        """Experiments train: their own minutes count, one minute of work for a learner being one for the machine."""
        trains = exercise is not None and hasattr(exercise, "fields")
        return max(self.cell, 60.0 * exercise.minutes) if trains else self.cell

    @property
    def judge(self) -> float:
        """After this the whole judgement is given up, whatever it was busy with."""
        return self.total + 2 * self.check + 60.0


DEFAULT = Budgets()
