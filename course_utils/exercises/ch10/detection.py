"""10.8: what a score by detection says, and what it would be worth where firing is rare."""

import torch
from jaxtyping import Bool
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("showing every silent example twice changes nothing")
def silent_ones_twice(answer, said, fires, rate):
    more = answer(torch.cat([said, said[~fires]]), torch.cat([fires, fires[~fires]]), rate)
    same = all(abs(float(a) - float(b)) < 1e-5 for a, b in zip(more, answer(said, fires, rate), strict=True))
    return None if same else "How many silent examples somebody chose to show says nothing about the explanation."


def shares(said, fires):
    """Hits and false alarms."""
    return said[fires].float().mean().item(), said[~fires].float().mean().item()


def at_rate(hits, alarms, rate):
    says = rate * hits + (1 - rate) * alarms
    return rate * hits / says if says > 0 else 0.0


class DetectionScore(FunctionExercise):
    id, title = "10.8", "What the score is worth"
    difficulty, minutes, points, needs = "B", 10, 2, []
    rtol, atol = 1e-4, 1e-5
    checked = (
        "examples against counting by hand: unequal numbers of the two kinds, rare and common latents, an explanation "
        "that is always right, one that always says yes, one that never does, one that is always wrong"
    )
    hints = [
        "Two shares tell all: of the firing examples those with a yes (hits), of the silent ones those with a yes "
        "(false alarms). Of a million places, how many fire, and how many of these get a yes? And of the others?",
        "`score = (hits + 1 - alarms) / 2`. Right yeses are `rate * hits`, wrong ones `(1 - rate) * alarms`; the "
        "precision is the first divided by their sum, and 0 where there is no yes.",
    ]

    def cases(self, rng):
        for n, of_firing, yes, no, rate, note in [
            (20, 8, 0.8, 0.3, 0.01, "with more silent examples than firing ones"),
            (15, 10, 0.6, 0.5, 0.4, "with fewer silent examples than firing ones"),
            (12, 6, 0.7, 0.4, 0.001, "with as many of either"),
            (16, 9, 0.2, 0.2, 0.1, "with one that misses most firing examples"),
        ]:
            fires = torch.arange(n) < of_firing
            said = torch.rand(n, generator=rng) < torch.where(fires, yes, no)
            said[0], said[of_firing - 1], said[of_firing], said[-1] = True, False, True, False
            order = torch.randperm(n, generator=rng)
            yield Case((said[order], fires[order], rate), note)
        fires = torch.tensor([True, False, True, False, False])
        yield Case((fires.clone(), fires, 0.02), "with an explanation that is always right")
        yield Case((torch.ones(5, dtype=torch.bool), fires, 0.02), "with one that always says yes")
        yield Case((torch.zeros(5, dtype=torch.bool), fires, 0.02), "with one that never says yes")
        yield Case((~fires, fires, 0.3), "with one that is always wrong")

    def oracle(
        self, said: Bool[Tensor, " example"], fires: Bool[Tensor, " example"], rate: float
    ) -> tuple[float, float]:
        pairs = list(zip(said.tolist(), fires.tolist(), strict=True))
        firing = [yes for yes, on in pairs if on]
        quiet = [yes for yes, on in pairs if not on]
        right = sum(firing) / len(firing) + sum(not yes for yes in quiet) / len(quiet)
        places = 1_000_000.0
        good = places * rate * sum(firing) / len(firing)
        bad = places * (1 - rate) * sum(quiet) / len(quiet)
        return right / 2, (good / (good + bad) if good + bad else 0.0)

    laws = [silent_ones_twice]

    @mistake(
        "Your score is the share of right answers among all examples. With more of one kind than of the other it says "
        "which was shown more: give both kinds the same weight."
    )
    def plain_accuracy(said, fires, rate):
        return (said == fires).float().mean().item(), at_rate(*shares(said, fires), rate)

    @mistake(
        "Your precision is that among the examples shown, where somebody chose how many fire. Among all places a share "
        "of `rate` does."
    )
    def precision_of_the_sample(said, fires, rate):
        hits, alarms = shares(said, fires)
        yes = int(said.sum())
        return (hits + 1 - alarms) / 2, (said & fires).sum().item() / yes if yes else 0.0

    @mistake("The silent places are a share of 1 − rate of all places, and you counted them as if they were all.")
    def silent_not_weighted(said, fires, rate):
        hits, alarms = shares(said, fires)
        says = rate * hits + alarms
        return (hits + 1 - alarms) / 2, rate * hits / says if says else 0.0

    @mistake("You divide hits by hits and false alarms as if both kinds were equally common. Weigh them with the rate.")
    def half_and_half(said, fires, rate):
        hits, alarms = shares(said, fires)
        return (hits + 1 - alarms) / 2, at_rate(hits, alarms, 0.5)

    @mistake("You exchanged the two: a share of `rate` of all places fires, and the silent ones are the rest.")
    def rate_of_the_silent(said, fires, rate):
        hits, alarms = shares(said, fires)
        return (hits + 1 - alarms) / 2, at_rate(hits, alarms, 1 - rate)

    @mistake("Your score counts hits only. Saying yes to everything would be perfect: the silent examples count, too.")
    def hits_only(said, fires, rate):
        hits, alarms = shares(said, fires)
        return hits, at_rate(hits, alarms, rate)

    @mistake(
        "Your score is hits less false alarms, which is 0 by chance. Wanted is the mean of the two shares that are "
        "answered rightly, which is 0.5 by chance."
    )
    def youden(said, fires, rate):
        hits, alarms = shares(said, fires)
        return hits - alarms, at_rate(hits, alarms, rate)

    @mistake(
        "Your score *adds* the false alarms. They are faults: of the silent examples those without a yes are right."
    )
    def alarms_added(said, fires, rate):
        hits, alarms = shares(said, fires)
        return (hits + alarms) / 2, at_rate(hits, alarms, rate)

    @mistake("Your two numbers are in the other order: first the score, then the precision.")
    def other_order(said, fires, rate):
        hits, alarms = shares(said, fires)
        return at_rate(hits, alarms, rate), (hits + 1 - alarms) / 2

    @mistake(
        "Your second number is the share of all places that get a yes. Wanted is how many of these yeses are right."
    )
    def share_of_yes(said, fires, rate):
        hits, alarms = shares(said, fires)
        return (hits + 1 - alarms) / 2, rate * hits + (1 - rate) * alarms

    @mistake("Your precision has the rate above and not below, or the other way round: right yeses are `rate * hits`.")
    def rate_below_turned_round(said, fires, rate):
        hits, alarms = shares(said, fires)
        says = (1 - rate) * hits + rate * alarms
        return (hits + 1 - alarms) / 2, rate * hits / says if says else 0.0

    @mistake(
        "Below stand the silent examples that are answered *rightly*. The yeses are hits and false alarms: of the "
        "silent places those with a yes."
    )
    def rightly_silent_for_alarms(said, fires, rate):
        hits, alarms = shares(said, fires)
        return (hits + 1 - alarms) / 2, at_rate(hits, 1 - alarms, rate)

    @mistake(
        "That is the recall: of the firing places, the share with a yes. Precision is of the yeses those that fire."
    )
    def recall(said, fires, rate):
        hits, alarms = shares(said, fires)
        return (hits + 1 - alarms) / 2, hits

    @mistake(
        "That is the share of all places where it says yes and is right. Divide by the share where it says yes at all."
    )
    def share_of_right_yes(said, fires, rate):
        hits, alarms = shares(said, fires)
        return (hits + 1 - alarms) / 2, rate * hits

    @mistake(
        "You multiplied the precision of the examples with the rate. The rate says how often each kind occurs: weigh "
        "hits with it and false alarms with 1 − rate, and divide then."
    )
    def precision_times_rate(said, fires, rate):
        hits, alarms = shares(said, fires)
        return (hits + 1 - alarms) / 2, rate * (said & fires).sum().item() / max(1, int(said.sum()))

    @mistake(
        "You weighed *numbers* of examples with the rate. How many of each kind were shown was chosen by somebody: "
        "weigh shares, of the firing ones and of the silent ones."
    )
    def numbers_weighed(said, fires, rate):
        hits, alarms = shares(said, fires)
        return (hits + 1 - alarms) / 2, at_rate((said & fires).sum().item(), (said & ~fires).sum().item(), rate)

    @mistake("Where the reader never says yes you call it precise: 1. The text wants 0 there.")
    def precise_without_a_yes(said, fires, rate):
        hits, alarms = shares(said, fires)
        return (hits + 1 - alarms) / 2, at_rate(hits, alarms, rate) if hits + alarms else 1.0

    @mistake(
        "Your score weighs the two kinds with the rate: of a rare latent it says how often the reader is rightly "
        "silent. The rate is for the precision; the score is the plain mean of the two shares."
    )
    def score_weighed(said, fires, rate):
        hits, alarms = shares(said, fires)
        return rate * hits + (1 - rate) * (1 - alarms), at_rate(hits, alarms, rate)

    @mistake("Your score is the root of the product of the two shares. Their mean is wanted.")
    def geometric_mean(said, fires, rate):
        hits, alarms = shares(said, fires)
        return (hits * (1 - alarms)) ** 0.5, at_rate(hits, alarms, rate)

    @mistake("Your score is the product of the two shares. Their mean is wanted.")
    def product(said, fires, rate):
        hits, alarms = shares(said, fires)
        return hits * (1 - alarms), at_rate(hits, alarms, rate)

    @mistake(
        "Your score is the F1 among the examples shown, which changes with how many silent ones somebody chose. Wanted "
        "is the mean of two shares: of the firing ones and of the silent ones that are answered rightly."
    )
    def f1_for_score(said, fires, rate):
        hits, alarms = shares(said, fires)
        return 2 * (said & fires).sum().item() / int(said.sum() + fires.sum()), at_rate(hits, alarms, rate)

    @mistake(
        "Your shares are of the yeses and of the noes. Turn it round: of the *firing* examples, and of the *silent* "
        "ones, the share that is answered rightly."
    )
    def of_the_answers(said, fires, rate):
        yes, no = (said & fires).sum().item(), (~said & ~fires).sum().item()
        hits, silent = yes / max(1, int(said.sum())), no / max(1, int((~said).sum()))
        return (hits + silent) / 2, at_rate(hits, 1 - silent, rate)

    @rewrite
    def by_odds(said, fires, rate):
        hits, alarms = shares(said, fires)
        if hits == 0:
            return (1 - alarms) / 2, 0.0
        return (hits + 1 - alarms) / 2, 1 / (1 + (1 - rate) * alarms / (rate * hits))

    @rewrite
    def by_counting(said, fires, rate):
        hit = sum(1 for s, on in zip(said.tolist(), fires.tolist()) if on and s)
        alarm = sum(1 for s, on in zip(said.tolist(), fires.tolist()) if s and not on)
        n, silent = int(fires.sum()), int((~fires).sum())
        good, bad = rate * hit / n, (1 - rate) * alarm / silent
        return ((hit / n) + (silent - alarm) / silent) / 2, good / max(good + bad, 1e-30)

    @rewrite
    def by_weights(said, fires, rate):
        right = torch.stack([(said == fires)[kind].float().mean() for kind in (fires, ~fires)])
        weight = torch.where(fires, rate / fires.sum(), (1 - rate) / (~fires).sum())
        yes = weight[said].sum()
        return right.mean(), (weight[said & fires].sum() / yes).nan_to_num(0.0)

    _shares = "Shares are never below 0."
    equivalent = {
        "line 3: `says > 0` → `says != 0`": _shares,
        "line 3: `says > 0` → `hits > 0`": "Without hits the precision is 0, whatever the false alarms are.",
        "by_odds, line 2: `hits == 0` → `hits <= 0`": _shares,
    }
