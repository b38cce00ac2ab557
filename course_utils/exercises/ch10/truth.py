"""10.3: for every feature the latent that tells it best."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("rows in which nothing fires and nothing holds change nothing")
def silent_rows(answer, fires, labels):
    more = [torch.cat([part, torch.zeros(5, part.shape[1], dtype=torch.bool)]) for part in (fires, labels)]
    same = all(
        torch.allclose(torch.as_tensor(a).float(), torch.as_tensor(b).float(), atol=1e-4)
        for a, b in zip(answer(*more), answer(fires, labels))
    )
    return None if same else "Five more rows without a latent and without a feature gave other numbers."


def counts(fires, labels):
    """Rows where both, where the latent, and where the feature: [latent, feature], [latent, 1], [1, feature]."""
    return fires.float().T @ labels.float(), fires.float().sum(0)[:, None], labels.float().sum(0)[None]


def shares(fires, labels):
    """Precision, recall and F1 of every latent for every feature; 0 without a hit."""
    hits, fired, holds = counts(fires, labels)
    return hits / fired.clamp_min(1), hits / holds.clamp_min(1), 2 * hits / (fired + holds).clamp_min(1)


def at(best, *scores):
    every = torch.arange(len(best))
    return best, *(score[best, every] for score in scores)


class BestLatents(FunctionExercise):
    id, title = "10.3", "The best latent of every feature"
    difficulty, minutes, points, needs = "B", 10, 2, []
    rtol, atol = 1e-4, 1e-5
    checked = (
        "dictionaries against loops over rows: with latents that never fire, features that never hold, two latents "
        "that are equally good, one that always fires, a feature that no latent hits, and more rows than a byte counts"
    )
    hints = [
        "Everything follows from three counts: rows where the latent fires *and* the feature holds, rows where the "
        "latent fires, rows where the feature holds. The first is a product of two matrices.",
        "`hits = fires.float().T @ labels.float()` is [latent, feature]. F1 is `2 * hits / (fired + holds)`; "
        "`.clamp_min(1)` below a fraction makes 0 / 0 a 0. Then `best = f1.argmax(0)`, and `[best, arange]` picks.",
    ]

    def cases(self, rng):
        for rows, latents, features, note in [(40, 6, 9, "with more features than latents"), (25, 11, 4, "")]:
            yield Case(
                (torch.rand(rows, latents, generator=rng) < 0.2, torch.rand(rows, features, generator=rng) < 0.3), note
            )
        fires, labels = torch.rand(30, 6, generator=rng) < 0.3, torch.rand(30, 5, generator=rng) < 0.2
        fires[:, 0] = False
        labels[:, 3] = False
        yield Case((fires, labels), "with a latent that never fires and a feature that never holds")
        fires = fires.clone()
        fires[:, 1] = True
        fires[:, 4] = fires[:, 2] = labels[:, 1]
        yield Case((fires, labels), "with one that always fires, and two that are equally good")
        fires, labels = torch.zeros(8, 3, dtype=torch.bool), torch.zeros(8, 2, dtype=torch.bool)
        fires[:4, 1] = fires[2:6, 2] = labels[6:, 0] = labels[1:4, 1] = True
        yield Case((fires, labels), "with a feature that no latent hits")
        yield Case((torch.tensor([[True, False]]), torch.tensor([[True, False, True]])), "with one row")
        often = torch.arange(600)[:, None] % torch.tensor([[2, 3, 600]]) < torch.tensor([[1, 2, 300]])
        yield Case((often[:, [1, 2]], often[:, [0, 1, 2]]), "with more than 255 hits")

    def oracle(
        self, fires: Bool[Tensor, "row latent"], labels: Bool[Tensor, "row feature"]
    ) -> tuple[
        Int[Tensor, " feature"], Float[Tensor, " feature"], Float[Tensor, " feature"], Float[Tensor, " feature"]
    ]:
        found = []
        for holds in labels.T.tolist():
            best = (0, 0.0, 0.0, 0.0)
            for latent, said in enumerate(fires.T.tolist()):
                right = sum(s and h for s, h in zip(said, holds))
                if not right:
                    continue
                precision, recall = right / sum(said), right / sum(holds)
                f1 = 2 / (1 / precision + 1 / recall)
                if f1 > best[3] + 1e-9:
                    best = (latent, precision, recall, f1)
            found.append(best)
        latent, *scores = zip(*found)
        return torch.tensor(latent), *(torch.tensor(score) for score in scores)

    laws = [silent_rows]

    @mistake("You chose by precision: a latent that fires once, and is right, wins. Choose by F1.")
    def by_precision(fires, labels):
        precision, recall, f1 = shares(fires, labels)
        return at(precision.argmax(0), precision, recall, f1)

    @mistake("You chose by recall, or by hits: a latent that always fires wins. Choose by F1.")
    def by_recall(fires, labels):
        precision, recall, f1 = shares(fires, labels)
        return at(recall.argmax(0), precision, recall, f1)

    @mistake("Precision and recall have changed places: precision is the share of the rows where the *latent* fires.")
    def changed_places(fires, labels):
        precision, recall, f1 = shares(fires, labels)
        return at(f1.argmax(0), recall, precision, f1)

    @mistake("You took the ordinary mean of precision and recall. F1 is the harmonic one, which a low one pulls down.")
    def ordinary_mean(fires, labels):
        precision, recall, _ = shares(fires, labels)
        mean = (precision + recall) / 2
        return at(mean.argmax(0), precision, recall, mean)

    @mistake("F1 is 2 · hits / (fired + holds): the 2 is missing.")
    def without_the_two(fires, labels):
        precision, recall, f1 = shares(fires, labels)
        return at(f1.argmax(0), precision, recall, f1 / 2)

    @mistake(
        "You divided the hits by the rows where either is there (Jaccard's index). F1 is 2 · hits / (fired + holds)."
    )
    def jaccard(fires, labels):
        precision, recall, f1 = shares(fires, labels)
        return at(f1.argmax(0), precision, recall, f1 / (2 - f1))

    @mistake("This is the best feature of every latent. Wanted is the best latent of every feature.")
    def other_way_round(fires, labels):
        precision, recall, f1 = (score.T for score in shares(fires, labels))
        return at(f1.argmax(0), precision, recall, f1)

    @mistake("0 / 0 is not a number, and wins every argmax. Where nothing is hit, all three are 0.")
    def not_a_number(fires, labels):
        hits, fired, holds = counts(fires, labels)
        precision, recall = hits / fired, hits / holds
        f1 = 2 * precision * recall / (precision + recall)
        return at(f1.argmax(0), precision, recall, f1)

    @mistake("Of latents that are equally good you took the last. The text wants the first.")
    def last_of_equals(fires, labels):
        precision, recall, f1 = shares(fires, labels)
        return at(len(f1) - 1 - f1.flip(0).argmax(0), precision, recall, f1)

    @mistake("Right numbers, in another order: latent, precision, recall, F1.")
    def f1_first(fires, labels):
        precision, recall, f1 = shares(fires, labels)
        return at(f1.argmax(0), f1, precision, recall)

    @mistake(
        "Your precision and recall are the largest that *any* latent has. Give those of the latent with the best F1: "
        "pick them at its place."
    )
    def largest_of_each(fires, labels):
        precision, recall, f1 = shares(fires, labels)
        return f1.argmax(0), precision.amax(0), recall.amax(0), f1.amax(0)

    @mistake("You took the root of precision · recall. F1 is the harmonic mean, 2 · hits / (fired + holds).")
    def geometric_mean(fires, labels):
        precision, recall, _ = shares(fires, labels)
        mean = (precision * recall).sqrt()
        return at(mean.argmax(0), precision, recall, mean)

    @mistake(
        "Where no latent hits the feature you give no number. All latents are equally good there (F1 is 0), and of "
        "these the first is wanted: 0."
    )
    def no_number_without_a_hit(fires, labels):
        precision, recall, f1 = shares(fires, labels)
        best, *scores = at(f1.argmax(0), precision, recall, f1)
        return torch.where(scores[-1] > 0, best, -1), *scores

    @mistake("Where the latent never fires you call its precision 1. Where nothing is hit it is 0.")
    def right_where_it_never_fires(fires, labels):
        precision, recall, f1 = shares(fires, labels)
        return at(f1.argmax(0), torch.where(fires.any(0)[:, None], precision, 1.0), recall, f1)

    @mistake("Where the feature never holds you call the recall 1. Where nothing is hit it is 0.")
    def all_found_where_it_never_holds(fires, labels):
        precision, recall, f1 = shares(fires, labels)
        return at(f1.argmax(0), precision, torch.where(labels.any(0), recall, 1.0), f1)

    @mistake(
        "Your counts begin at 1, so that nothing is divided by 0. That changes every share: only 0 / 0 is to be 0."
    )
    def one_more_below(fires, labels):
        hits, fired, holds = counts(fires, labels)
        return at(shares(fires, labels)[2].argmax(0), hits / (fired + 1), hits / (holds + 1), shares(fires, labels)[2])

    @mistake(
        "You give each latent to one feature only. A latent may be the best of several: every feature chooses for "
        "itself."
    )
    def each_once(fires, labels):
        scores, best = shares(fires, labels), []
        for f1 in scores[2].T.clone():
            f1[best] = -1.0
            best.append(int(f1.argmax()) if len(best) < len(f1) else 0)
        return at(torch.tensor(best), *scores)

    @mistake(
        "Your counts overflow: a byte holds no number above 255. Make the Booleans `float()`, not bytes, before you "
        "multiply."
    )
    def counted_in_bytes(fires, labels):
        _, fired, holds = counts(fires, labels)
        hits = fires.byte().T @ labels.byte()
        f1 = 2 * hits / (fired + holds).clamp_min(1)
        return at(f1.argmax(0), hits / fired.clamp_min(1), hits / holds.clamp_min(1), f1)

    @mistake("You called it right wherever both say the same: a latent that never fires is right nearly always, too.")
    def accuracy(fires, labels):
        same = (fires.T[:, None] == labels.T[None]).float().mean(-1)
        return at(same.argmax(0), *shares(fires, labels))

    @rewrite
    def from_shares(fires, labels):
        precision, recall, f1 = shares(fires, labels)
        return at(f1.argmax(0), precision, recall, f1)

    @rewrite
    def harmonic(fires, labels):
        precision, recall, _ = shares(fires.double(), labels.double())
        f1 = torch.where(precision > 0, 2 / (1 / precision + 1 / recall), 0).float()
        return at(f1.argmax(0), precision, recall, f1)

    @rewrite
    def feature_by_feature(fires, labels):
        found = []
        for holds in labels.T:
            right = (fires & holds[:, None]).sum(0)
            f1 = 2 * right / (fires.sum(0) + holds.sum()).clamp_min(1)
            best = int(f1.argmax())
            precision, recall = right[best] / max(int(fires[:, best].sum()), 1), right[best] / max(int(holds.sum()), 1)
            found.append((best, float(precision), float(recall), float(f1[best])))
        return [torch.tensor(part) for part in zip(*found)]

    @rewrite
    def all_at_once(fires, labels):
        both = (fires[:, :, None] & labels[:, None]).sum(0)
        f1 = 2 * both / (fires.sum(0)[:, None] + labels.sum(0)).clamp_min(1)
        best = f1.max(0).values.eq(f1).int().argmax(0)
        take = best[None]
        hits = both.gather(0, take)[0]
        return best, hits / fires.sum(0)[best].clamp_min(1), hits / labels.sum(0).clamp_min(1), f1.gather(0, take)[0]

    equivalent = {
        "line 2: `labels.sum(0)` → `labels.sum(0, keepdim=True)`": "A row of numbers is spread out anyway.",
        "line 6: `len(best)` → `len(holds)`": "There is one best latent for each feature.",
    }
