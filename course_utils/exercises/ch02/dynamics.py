"""2.9: a rule that finds where a loss falls."""

from itertools import groupby

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("a loss that is ten times as large falls in the same places")
def scaled(answer, loss, span, least):
    return None if list(answer(10 * loss, span, least)) == list(answer(loss, span, least)) else "It doesn't."


def _falls(loss, span, least):
    return [1 - float(loss[t + span] / loss[t]) for t in range(len(loss) - span)]


def _runs(above):
    """Unbroken runs of True as lists of places."""
    runs, open_run = [], []
    for t, yes in enumerate([*above, False]):
        if yes:
            open_run.append(t)
        elif open_run:
            runs.append(open_run)
            open_run = []
    return runs


def _steepest(falls, runs):
    return [max(run, key=lambda t: (falls[t], -t)) for run in runs]


class Drops(FunctionExercise):
    id, title = "2.9", "A rule for drops"
    difficulty, minutes, points, needs = "C", 10, 3, []
    checked = "loss curves by walking along them, with plateaus, ties, drops at both ends and one log between two drops"
    hints = [
        "For each log t that has one `span` later: which share of the loss is gone, 1 − loss[t + span] / loss[t]? "
        "Those above `least` form unbroken runs of logs, and each run is one drop.",
        "Walk along: keep the log with the largest fall of the present run; when a log is not above `least`, the run "
        "is over: note its log. Don't forget a run that lasts to the end.",
    ]

    def cases(self, rng):
        steps = torch.tensor([1.0] * 6 + [0.9, 0.7, 0.65] + [0.65] * 6 + [0.6, 0.4] + [0.4] * 5)
        yield Case((steps, 2, 0.05), "with two drops")
        yield Case((torch.linspace(1, 0.2, 9), 3, 0.1), "with one long fall")
        yield Case((torch.tensor([1.0, 0.5, 0.5, 0.5, 0.25, 0.25]), 1, 0.3), "with two equal drops, the first at once")
        yield Case(
            (torch.tensor([1.0, 0.5, 0.25, 0.125, 0.125, 0.125, 0.0625]), 1, 0.3), "with ties, and one at the end"
        )
        yield Case((torch.tensor([1.0, 1.0, 2.0, 3.0, 1.0, 1.0]), 1, 0.02), "with a loss that rises, too")
        yield Case((torch.tensor([1.0, 0.9, 0.9, 0.8, 0.8, 0.8]), 1, 0.05), "with one quiet log between two drops")
        yield Case((torch.ones(7), 2, 0.02), "with a loss at rest")
        yield Case((torch.tensor([4.0, 3.0, 3.0, 1.5]), 1, 0.25), "with a fall of exactly the least share")
        yield Case((torch.tensor([1.0, 0.8, 0.8, 0.4, 0.4]), 1, 0.22), "with a fall that is just too small")
        noise = torch.exp(-0.4 * torch.rand(30, generator=rng).cumsum(0))
        yield Case((noise, 3, 0.25), "with an uneven fall")

    def oracle(self, loss: Float[Tensor, "log"], span: int, least: float) -> list[int]:
        values, found, best = [float(v) for v in loss], [], None
        for t in range(len(values) - span):
            gone = values[t] - values[t + span]
            if gone > least * values[t] * (1 + 1e-9) + 1e-12:
                share = gone / values[t]
                if best is None or share > best[1] + 1e-7:
                    best = (t, share)
            elif best is not None:
                found.append(best[0])
                best = None
        return found + ([best[0]] if best is not None else [])

    laws = [scaled]

    @mistake("You compared the difference of the losses with `least`. It is a share: of the loss at log t.")
    def difference_for_share(loss, span, least):
        gone = [float(loss[t] - loss[t + span]) for t in range(len(loss) - span)]
        return _steepest(gone, _runs([g > least for g in gone]))

    @mistake("Each log above `least` is a drop of yours. Neighbouring ones belong to one drop, and only one log of it.")
    def every_log_counts(loss, span, least):
        return [t for t, fall in enumerate(_falls(loss, span, least)) if fall > least]

    @mistake("You gave the first log of each run. Give the one from which the largest share is lost.")
    def first_of_the_run(loss, span, least):
        return [run[0] for run in _runs([f > least for f in _falls(loss, span, least)])]

    @mistake("You gave the log at which each fall is over. Give the log t from which it is counted.")
    def where_it_ends(loss, span, least):
        falls = _falls(loss, span, least)
        return [t + span for t in _steepest(falls, _runs([f > least for f in falls]))]

    @mistake("You compare neighbouring logs. A slow drop takes several: compare log t with log t + span.")
    def neighbours(loss, span, least):
        falls = _falls(loss, 1, least)
        return _steepest(falls, _runs([f > least for f in falls]))

    @mistake("A run that lasts to the end of the log is a drop too. Yours is lost there.")
    def the_last_run_is_lost(loss, span, least):
        falls = _falls(loss, span, least)
        return _steepest(falls, [run for run in _runs([f > least for f in falls]) if run[-1] < len(falls) - 1])

    @mistake("Of two logs with the same fall, take the earlier one.")
    def the_later_of_ties(loss, span, least):
        falls = _falls(loss, span, least)
        return [max(run, key=lambda t: (round(falls[t], 6), t)) for run in _runs([f > least for f in falls])]

    @mistake("A rising loss is no drop. Only falls count: no absolute values.")
    def rises_too(loss, span, least):
        falls = [abs(f) for f in _falls(loss, span, least)]
        return _steepest(falls, _runs([f > least for f in falls]))

    @mistake("You took the share of the later loss. It is the share of the loss at log t that is gone.")
    def share_of_the_later_loss(loss, span, least):
        falls = [float(loss[t] / loss[t + span]) - 1 for t in range(len(loss) - span)]
        return _steepest(falls, _runs([f > least for f in falls]))

    @mistake("A fall of exactly `least` is no drop: more than that, `>`.")
    def at_least(loss, span, least):
        falls = _falls(loss, span, least)
        return _steepest(falls, _runs([f > least - 1e-6 for f in falls]))

    @rewrite
    def with_groupby(loss, span, least):
        falls = _falls(loss, span, least)
        runs = groupby(range(len(falls)), key=lambda t: falls[t] > least)
        return [max(run, key=lambda t: (falls[t], -t)) for above, run in runs if above]

    @rewrite
    def with_runs(loss, span, least):
        falls = _falls(loss, span, least)
        return _steepest(falls, _runs([f > least for f in falls]))

    @rewrite
    def backwards(loss, span, least):
        falls = _falls(loss, span, least)
        found, best = [], None
        for t in reversed(range(len(falls))):
            if falls[t] > least:
                best = t if best is None or falls[t] >= falls[best] else best
            elif best is not None:
                found, best = [best, *found], None
        return [best, *found] if best is not None else found
