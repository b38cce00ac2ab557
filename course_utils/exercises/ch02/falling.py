"""What 2.9 is made of: falls, runs, the steepest log of each; a law, and which part of the rule a list breaks."""

from course_utils.checking import describe, law


@law("a loss that is ten times as large falls in the same places")
def scaled(answer, loss, span, least):
    return None if list(answer(10 * loss, span, least)) == list(answer(loss, span, least)) else "It doesn't."


def falls_of(loss, span, least):
    return [1 - float(loss[t + span] / loss[t]) for t in range(len(loss) - span)]


def runs_of(above):
    """Unbroken runs of True as lists of places."""
    runs, open_run = [], []
    for t, yes in enumerate([*above, False]):
        if yes:
            open_run.append(t)
        elif open_run:
            runs.append(open_run)
            open_run = []
    return runs


def steepest_of(falls, runs):
    return [max(run, key=lambda t: (falls[t], -t)) for run in runs]


def off_in(loss, span, least, given):
    """What the rule says where a list of logs breaks it first."""
    falls = falls_of(loss, span, least)
    runs = runs_of([gone > least * (1 + 1e-6) for gone in falls])
    for t in given:
        if not 0 <= t < len(falls):
            return f"You name log {t}: from 0 to {len(falls) - 1} there is a log {span} later to compare with."
        if not any(t in run for run in runs):
            return f"You name log {t}: there 1 − loss[t + {span}] / loss[t] is {falls[t]:.3g}, not more than {least:g}."
    for run, best in zip(runs, steepest_of(falls, runs)):
        named = [t for t in given if t in run]
        falling = f"at log {run[0]}" if len(run) == 1 else f"at every log from {run[0]} to {run[-1]}"
        if not named:
            return f"The loss falls {falling}, and you name none of these: that is a drop."
        if len(named) > 1:
            return f"The loss falls {falling}, so {describe.words([str(t) for t in named])} belong to one drop."
        if named != [best]:
            end = "" if falls[best] > falls[named[0]] + 1e-6 else " too, and earlier"
            return (
                f"The loss falls {falling}. From {named[0]}, which you name, {falls[named[0]]:.3g} of it is lost; "
                f"from {best} it is {falls[best]:.3g}{end}."
            )
    return "Your logs are right, and not in the order of time."
