"""2.9: a rule that finds where a loss falls."""

from itertools import groupby

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, mistake, rewrite
from course_utils.checking.trials import worst
from course_utils.exercises.ch02.falling import falls_of, off_in, runs_of, scaled, steepest_of


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
        yield Case((torch.tensor([1.27, 1.0, 1.0]), 1, 0.25), "with a fall of 21 %")
        yield Case((torch.tensor([1.0, 0.2, 0.195, 0.08, 0.08]), 1, 0.02), "with a small `least`")
        yield Case((torch.tensor([1.0, 0.97, 0.97, 0.6, 0.6]), 1, 0.2), "with a fall of 3 %")
        dip = torch.tensor([1.0, 1.0, 0.7, 1.0, 0.7, 0.7, 0.7, 0.7])
        yield Case((dip, 3, 0.2), "with two drops less than a span apart, and a loss that dips and comes back")
        yield Case((torch.tensor([1.0, 1.0, 0.4, 1.0, 0.5]), 2, 0.3), "with a last log lower than the one before it")
        yield Case((torch.tensor([1.0, 0.7, 0.4886, 0.4886]), 1, 0.2), "with two falls that are nearly equal")
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

    def remark(self, trials):
        shown = worst(trials)
        given = shown.outcome.value
        if shown.difference is not None and type(given) is list and all(type(t) is int for t in given):
            return off_in(*shown.case.args, given)
        return None

    @mistake("You compared the difference of the losses with `least`. It is a share: of the loss at log t.")
    def difference_for_share(loss, span, least):
        gone = [float(loss[t] - loss[t + span]) for t in range(len(loss) - span)]
        return steepest_of(gone, runs_of([g > least for g in gone]))

    @mistake("Each log above `least` is a drop of yours. Neighbouring ones belong to one drop, and only one log of it.")
    def every_log_counts(loss, span, least):
        return [t for t, fall in enumerate(falls_of(loss, span, least)) if fall > least]

    @mistake("You gave the first log of each run. Give the one from which the largest share is lost.")
    def first_of_the_run(loss, span, least):
        return [run[0] for run in runs_of([f > least for f in falls_of(loss, span, least)])]

    @mistake("You gave the log at which each fall is over. Give the log t from which it is counted.")
    def where_it_ends(loss, span, least):
        falls = falls_of(loss, span, least)
        return [t + span for t in steepest_of(falls, runs_of([f > least for f in falls]))]

    @mistake("You compare neighbouring logs. A slow drop takes several: compare log t with log t + span.")
    def neighbours(loss, span, least):
        falls = falls_of(loss, 1, least)
        return steepest_of(falls, runs_of([f > least for f in falls]))

    @mistake("A run that lasts to the end of the log is a drop too. Yours is lost there.")
    def the_last_run_is_lost(loss, span, least):
        falls = falls_of(loss, span, least)
        return steepest_of(falls, [run for run in runs_of([f > least for f in falls]) if run[-1] < len(falls) - 1])

    @mistake("Of two logs with the same fall, take the earlier one.")
    def the_later_of_ties(loss, span, least):
        falls = falls_of(loss, span, least)
        return [max(run, key=lambda t: (round(falls[t], 6), t)) for run in runs_of([f > least for f in falls])]

    @mistake("A rising loss is no drop. Only falls count: no absolute values.")
    def rises_too(loss, span, least):
        falls = [abs(f) for f in falls_of(loss, span, least)]
        return steepest_of(falls, runs_of([f > least for f in falls]))

    @mistake("You took the share of the later loss. It is the share of the loss at log t that is gone.")
    def share_of_the_later_loss(loss, span, least):
        falls = [float(loss[t] / loss[t + span]) - 1 for t in range(len(loss) - span)]
        return steepest_of(falls, runs_of([f > least for f in falls]))

    @mistake("A fall of exactly `least` is no drop: more than that, `>`.")
    def at_least(loss, span, least):
        falls = falls_of(loss, span, least)
        return steepest_of(falls, runs_of([f > least - 1e-6 for f in falls]))

    @mistake("Within a run you looked for the largest difference. Take the largest share, as for `least`.")
    def largest_difference(loss, span, least):
        gone = [float(loss[t] - loss[t + span]) for t in range(len(loss) - span)]
        return steepest_of(gone, runs_of([f > least for f in falls_of(loss, span, least)]))

    @mistake("You gave the last log of each run. Give the one from which the largest share is lost.")
    def last_of_the_run(loss, span, least):
        return [run[-1] for run in runs_of([f > least for f in falls_of(loss, span, least)])]

    @mistake("You gave the middle of each run. Give the log from which the largest share is lost.")
    def middle_of_the_run(loss, span, least):
        return [run[len(run) // 2] for run in runs_of([f > least for f in falls_of(loss, span, least)])]

    @mistake("You gave the middle between t and t + span. Give t, the log from which the fall is counted.")
    def between(loss, span, least):
        falls = falls_of(loss, span, least)
        return [t + span // 2 for t in steepest_of(falls, runs_of([f > least for f in falls]))]

    @mistake("You took the logarithm of the ratio. The share that is gone is 1 − loss[t + span] / loss[t].")
    def logarithms(loss, span, least):
        falls = (loss[: len(loss) - span] / loss[span:]).log().tolist()
        return steepest_of(falls, runs_of([f > least for f in falls]))

    @mistake("That is the share that is left. Gone is 1 minus it.")
    def share_that_is_left(loss, span, least):
        left = [1 - f for f in falls_of(loss, span, least)]
        return steepest_of(left, runs_of([f > least for f in left]))

    @mistake("You found rises: the difference has the wrong sign. A fall is loss[t] minus loss[t + span].")
    def rises_forfalls_of(loss, span, least):
        rises = [-f for f in falls_of(loss, span, least)]
        return steepest_of(rises, runs_of([f > least for f in rises]))

    @mistake("You divided by the first loss, or the largest. The share is of the loss at log t, which gets smaller.")
    def share_of_the_first_loss(loss, span, least):
        falls = [float(loss[t] - loss[t + span]) / float(loss[0]) for t in range(len(loss) - span)]
        return steepest_of(falls, runs_of([f > least for f in falls]))

    @mistake("You joined runs that lie near each other. A single log that isn't above `least` ends a run.")
    def neighbouring_runs_joined(loss, span, least):
        falls, joined = falls_of(loss, span, least), []
        for run in runs_of([f > least for f in falls]):
            joined[-1:] = [joined[-1] + run] if joined and run[0] - joined[-1][-1] <= span else [*joined[-1:], run]
        return steepest_of(falls, joined)

    @mistake("You gave the steepest log of all. Every run is a drop: one log for each.")
    def the_largest_drop(loss, span, least):
        falls = falls_of(loss, span, least)
        return [falls.index(max(falls))] if max(falls) > least else []

    @mistake("You name every local maximum. A run may have several: only its largest counts.")
    def local_maxima(loss, span, least):
        f = [0.0, *falls_of(loss, span, least), 0.0]
        return [t - 1 for t in range(1, len(f) - 1) if f[t] > least and f[t] > f[t - 1] and f[t] >= f[t + 1]]

    @mistake("After a drop you jump ahead by `span`. A run lasts as long as logs are above `least`, however long.")
    def on_by_span(loss, span, least):
        falls, found, t = falls_of(loss, span, least), [], 0
        while t < len(falls):
            found, t = ([*found, t], t + span) if falls[t] > least else (found, t + 1)
        return found

    @mistake("The last log that has one `span` later is left out: t runs to len(loss) − span − 1.")
    def one_log_too_few(loss, span, least):
        falls = falls_of(loss, span, least)[:-1]
        return steepest_of(falls, runs_of([f > least for f in falls]))

    @mistake("The last `span` logs have none `span` later: let t run over range(len(loss) − span).")
    def beyond_the_end(loss, span, least):
        falls = [1 - loss[t + span].item() / loss[t].item() for t in range(len(loss))]
        return steepest_of(falls, runs_of([f > least for f in falls]))

    @mistake("You compare percent with `least`, which is a share.")
    def percent(loss, span, least):
        falls = [100 * f for f in falls_of(loss, span, least)]
        return steepest_of(falls, runs_of([f > least for f in falls]))

    @mistake("You compare with a number of your own, 0.05 or 0.1. Use the argument `least`.")
    def always_a_twentieth(loss, span, least):
        falls = falls_of(loss, span, least)
        return steepest_of(falls, runs_of([f > 0.05 for f in falls]))

    @mistake("Your span is always eight logs, as in the notebook. Use the argument `span`.")
    def always_eight_logs(loss, span, least):
        falls = falls_of(loss, 8, least)
        return steepest_of(falls, runs_of([f > least for f in falls]))

    @mistake("You compare log t with log t + span − 1: one too early. It is `loss[t + span]`.")
    def a_span_one_too_short(loss, span, least):
        falls = [1 - float(loss[t + span - 1] / loss[t]) for t in range(len(loss) - span)]
        return steepest_of(falls, runs_of([f > least for f in falls]))

    @mistake("You compare log t with log t + span + 1: one too late. It is `loss[t + span]`.")
    def a_span_one_too_long(loss, span, least):
        falls = falls_of(loss, span + 1, least)
        return steepest_of(falls, runs_of([f > least for f in falls]))

    @mistake("You compare log t with the lowest of the next `span` logs. Only one counts: `loss[t + span]`.")
    def lowest_within_the_span(loss, span, least):
        falls = [1 - float(loss[t + 1 : t + span + 1].min() / loss[t]) for t in range(len(loss) - span)]
        return steepest_of(falls, runs_of([f > least for f in falls]))

    @mistake("The last `span` logs have none `span` later. You compared them with the last one of all: leave them out.")
    def the_end_compared_with_the_last(loss, span, least):
        falls = falls_of(torch.cat([loss, loss[-1:].expand(span)]), span, least)
        return steepest_of(falls, runs_of([f > least for f in falls]))

    @mistake("You left a drop out that is less than `span` logs after another. Every unbroken run is a drop.")
    def none_within_a_span(loss, span, least):
        falls, found = falls_of(loss, span, least), []
        for t in steepest_of(falls, runs_of([f > least for f in falls])):
            found += [t] if not found or t >= found[-1] + span else []
        return found

    @mistake("A run may begin with the very first log. Yours is lost there.")
    def the_first_run_is_lost(loss, span, least):
        falls = falls_of(loss, span, least)
        return steepest_of(falls, [run for run in runs_of([f > least for f in falls]) if run[0] > 0])

    @mistake("You joined two runs over a single log between them. It isn't above `least`, and ends a run.")
    def joined_over_one_log(loss, span, least):
        falls, joined = falls_of(loss, span, least), []
        for run in runs_of([f > least for f in falls]):
            joined[-1:] = [joined[-1] + run] if joined and run[0] - joined[-1][-1] == 2 else [*joined[-1:], run]
        return steepest_of(falls, joined)

    @mistake("Your drops are sorted by size. Give them in the order of time.")
    def largest_first(loss, span, least):
        falls = falls_of(loss, span, least)
        return sorted(steepest_of(falls, runs_of([f > least for f in falls])), key=lambda t: -falls[t])

    @mistake("Those are the shares that are lost. Return the logs from which they are lost.")
    def shares_for_logs(loss, span, least):
        falls = falls_of(loss, span, least)
        return [falls[t] for t in steepest_of(falls, runs_of([f > least for f in falls]))]

    @mistake("Those are beginning and end of each run. Return one log for each: the one with the largest fall.")
    def ends_of_theruns_of(loss, span, least):
        return [(run[0], run[-1]) for run in runs_of([f > least for f in falls_of(loss, span, least)])]

    @mistake("That says for each log whether the loss falls. Go on: runs, and from each run one log.")
    def above_or_not(loss, span, least):
        return [f > least for f in falls_of(loss, span, least)]

    @mistake("That is the number of drops. Return their logs in a list.")
    def how_many(loss, span, least):
        return len(runs_of([f > least for f in falls_of(loss, span, least)]))

    @rewrite
    def with_groupby(loss, span, least):
        falls = falls_of(loss, span, least)
        runs = groupby(range(len(falls)), key=lambda t: falls[t] > least)
        return [max(run, key=lambda t: (falls[t], -t)) for above, run in runs if above]

    @rewrite
    def withruns_of(loss, span, least):
        falls = falls_of(loss, span, least)
        return steepest_of(falls, runs_of([f > least for f in falls]))

    @rewrite
    def backwards(loss, span, least):
        falls = falls_of(loss, span, least)
        found, best = [], None
        for t in reversed(range(len(falls))):
            if falls[t] > least:
                best = t if best is None or falls[t] >= falls[best] else best
            elif best is not None:
                found, best = [best, *found], None
        return [best, *found] if best is not None else found
