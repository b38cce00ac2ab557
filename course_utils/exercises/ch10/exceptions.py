"""10.4: X except Y: where a latent that stands for a feature doesn't fire."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("what a latent does where its feature doesn't hold changes nothing")
def elsewhere(answer, fires, feature_of, labels):
    other = torch.where(labels[:, feature_of], fires, ~fires)
    same = torch.allclose(answer(other, feature_of, labels), answer(fires, feature_of, labels), atol=1e-4)
    return None if same else "Only rows where X holds count: the gap is between two kinds of those."


def counts(fires, feature_of, labels):
    """[latent, feature], rows with X and Y, and those where it fires; [latent, 1], the same of all rows with X."""
    x, y = labels[:, feature_of].float(), labels.float()
    hit = x * fires
    return x.T @ y, hit.T @ y, x.sum(0)[:, None], hit.sum(0)[:, None]


def gap(fires, feature_of, labels):
    both, hits, of_x, hits_of_x = counts(fires, feature_of, labels)
    only = of_x - both
    found = (hits_of_x - hits) / only.clamp_min(1) - hits / both.clamp_min(1)
    return torch.where((both > 0) & (only > 0), found, 0.0)


class ExceptionGaps(FunctionExercise):
    id, title = "10.4", "X except Y"
    difficulty, minutes, points, needs = "B", 12, 2, []
    rtol, atol = 1e-4, 1e-5
    checked = (
        "dictionaries against loops over rows: latents with an exception, without one, that fire beside their feature, "
        "features that never meet, one that holds wherever the other does, a single row of a kind, and many rows"
    )
    hints = [
        "For one latent and one Y there are two kinds of rows where X holds: without Y and with it. Count both, and "
        "count in how many of them the latent fires. `labels[:, feature_of]` says for every latent where its X holds.",
        "`x = labels[:, feature_of].float()`, `hit = x * fires`: then `x.T @ y` and `hit.T @ y` count the rows with Y, "
        "[latent, feature]. Those without are all rows of X less these. `torch.where` for kinds that don't occur.",
    ]

    def cases(self, rng):
        for rows, latents, features in [(60, 5, 7), (45, 8, 4)]:
            labels = torch.rand(rows, features, generator=rng) < 0.5
            feature_of = torch.randint(features, (latents,), generator=rng)
            fires = labels[:, feature_of] & (torch.rand(rows, latents, generator=rng) < 0.8)
            fires |= torch.rand(rows, latents, generator=rng) < 0.1
            yield Case((fires, feature_of, labels))
        labels = torch.zeros(12, 4, dtype=torch.bool)
        labels[:8, 0] = labels[5:8, 1] = labels[8:, 2] = labels[:10, 3] = True
        fires = torch.zeros(12, 3, dtype=torch.bool)
        fires[:5, 0] = fires[:8, 1] = fires[9:, 2] = fires[10:, 0] = True
        yield Case(
            (fires, torch.tensor([0, 0, 2]), labels), "with an exception, without one, and features that never meet"
        )
        inside = torch.tensor([[1, 1], [1, 1], [1, 0], [0, 0], [1, 0]], dtype=torch.bool)
        yield Case((inside[:, [1, 0]], torch.tensor([0, 1]), inside), "with a feature inside another one")
        labels = torch.tensor([[1, 1, 0], [1, 0, 1], [1, 0, 1], [0, 1, 1]], dtype=torch.bool)
        yield Case((~labels[:, :2], torch.tensor([0, 0]), labels), "with a single row of a kind")
        labels = torch.arange(700)[:, None] % torch.tensor([[700, 7]]) < torch.tensor([[650, 3]])
        yield Case((torch.arange(700)[:, None] % 5 > 0, torch.tensor([0]), labels), "with more than 255 rows of a kind")

    def oracle(
        self,
        fires: Bool[Tensor, "row latent"],
        feature_of: Int[Tensor, " latent"],
        labels: Bool[Tensor, "row feature"],
    ) -> Float[Tensor, "latent feature"]:
        result = torch.zeros(fires.shape[1], labels.shape[1])
        truth = labels.tolist()
        for latent, x in enumerate(feature_of.tolist()):
            said = fires[:, latent].tolist()
            for y in range(labels.shape[1]):
                without = [s for s, row in zip(said, truth) if row[x] and not row[y]]
                with_it = [s for s, row in zip(said, truth) if row[x] and row[y]]
                if without and with_it:
                    result[latent, y] = sum(without) / len(without) - sum(with_it) / len(with_it)
        return result

    laws = [elsewhere]

    @mistake("The sign is the other way round: a latent that spares Y has a large gap above zero.")
    def other_sign(fires, feature_of, labels):
        return -gap(fires, feature_of, labels)

    @mistake("You compared with *all* rows of X. Those with Y are among them: take the ones without.")
    def against_all(fires, feature_of, labels):
        both, hits, of_x, hits_of_x = counts(fires, feature_of, labels)
        found = hits_of_x / of_x.clamp_min(1) - hits / both.clamp_min(1)
        return torch.where((both > 0) & (of_x > both), found, 0.0)

    @mistake("You counted rows without Y everywhere. Only those where X holds tell whether the latent misses its X.")
    def without_x(fires, feature_of, labels):
        both, hits, *_ = counts(fires, feature_of, labels)
        not_y = ~labels
        beside = fires.float().T @ not_y.float() / not_y.sum(0).clamp_min(1)
        meets = (both > 0) & (counts(fires, feature_of, not_y | labels)[2] > both)
        return torch.where(meets, beside - hits / both.clamp_min(1), 0.0)

    @mistake("These are numbers of rows. A kind of row that is common must not win for that: take shares.")
    def numbers_of_rows(fires, feature_of, labels):
        both, hits, of_x, hits_of_x = counts(fires, feature_of, labels)
        return torch.where((both > 0) & (of_x > both), hits_of_x - 2 * hits, 0.0)

    @mistake(
        "You asked how often Y holds where the latent fires. Asked is how often the latent fires where Y holds, and X."
    )
    def turned_round(fires, feature_of, labels):
        both, hits, of_x, hits_of_x = counts(fires, feature_of, labels)
        found = (hits_of_x - 2 * hits) / hits_of_x.clamp_min(1)
        return torch.where((both > 0) & (of_x > both), found, 0.0)

    @mistake(
        "You divided by the number of all rows. Each share is one of the rows of its own kind: X without Y, X with Y."
    )
    def shares_of_all_rows(fires, feature_of, labels):
        both, hits, of_x, hits_of_x = counts(fires, feature_of, labels)
        return torch.where((both > 0) & (of_x > both), (hits_of_x - 2 * hits) / len(fires), 0.0)

    @mistake(
        "Where one of the two kinds of rows doesn't occur you have another number than 0: nothing can be compared."
    )
    def one_kind_counts_as_zero(fires, feature_of, labels):
        both, hits, of_x, hits_of_x = counts(fires, feature_of, labels)
        return (hits_of_x - hits) / (of_x - both).clamp_min(1) - hits / both.clamp_min(1)

    @mistake(
        "You give 0 where Y never holds at X. Rows with X and *without* Y may be missing as well: then the gap is 0, "
        "too."
    )
    def only_y_may_be_missing(fires, feature_of, labels):
        both, hits, of_x, hits_of_x = counts(fires, feature_of, labels)
        found = (hits_of_x - hits) / (of_x - both).clamp_min(1) - hits / both.clamp_min(1)
        return torch.where(both > 0, found, 0.0)

    @mistake(
        "You give 0 where Y always holds at X. Rows with X *and* Y may be missing as well: then the gap is 0, too."
    )
    def only_the_rest_may_be_missing(fires, feature_of, labels):
        both, hits, of_x, hits_of_x = counts(fires, feature_of, labels)
        found = (hits_of_x - hits) / (of_x - both).clamp_min(1) - hits / both.clamp_min(1)
        return torch.where(of_x > both, found, 0.0)

    @mistake("Your second share is one of all rows with Y. Only those with X *and* Y count.")
    def y_without_x(fires, feature_of, labels):
        both, hits, of_x, hits_of_x = counts(fires, feature_of, labels)
        at_y = fires.float().T @ labels.float() / labels.sum(0).clamp_min(1)
        found = (hits_of_x - hits) / (of_x - both).clamp_min(1) - at_y
        return torch.where((both > 0) & (of_x > both), found, 0.0)

    @mistake(
        "You count where the latent fires at all, also where X doesn't hold. Count its firings in the rows that you "
        "divide by: with X."
    )
    def firings_anywhere(fires, feature_of, labels):
        both, _, of_x, _ = counts(fires, feature_of, labels)
        said = fires.float().T
        found = said @ (~labels).float() / (of_x - both).clamp_min(1) - said @ labels.float() / both.clamp_min(1)
        return torch.where((both > 0) & (of_x > both), found, 0.0)

    @mistake("You divided both numbers by all rows with X. Each share is one of its own kind: X without Y, X with Y.")
    def shares_of_x(fires, feature_of, labels):
        both, hits, of_x, hits_of_x = counts(fires, feature_of, labels)
        return torch.where((both > 0) & (of_x > both), (hits_of_x - 2 * hits) / of_x.clamp_min(1), 0.0)

    @mistake("You took off the share among *all* rows with X. Take off that of the rows with X and Y.")
    def less_all(fires, feature_of, labels):
        both, hits, of_x, hits_of_x = counts(fires, feature_of, labels)
        found = (hits_of_x - hits) / (of_x - both).clamp_min(1) - hits_of_x / of_x.clamp_min(1)
        return torch.where((both > 0) & (of_x > both), found, 0.0)

    @mistake(
        "You added 1 below, so that nothing is divided by 0. That changes every share: only a missing kind gives 0."
    )
    def one_more_below(fires, feature_of, labels):
        both, hits, of_x, hits_of_x = counts(fires, feature_of, labels)
        found = (hits_of_x - hits) / (of_x - both + 1) - hits / (both + 1)
        return torch.where((both > 0) & (of_x > both), found, 0.0)

    @mistake("0 / 0 is not a number. Where one of the two kinds of rows doesn't occur, the gap is 0.")
    def not_a_number(fires, feature_of, labels):
        both, hits, of_x, hits_of_x = counts(fires, feature_of, labels)
        return (hits_of_x - hits) / (of_x - both) - hits / both

    @mistake("You gave the size of the gap. The sign says which kind of rows the latent spares.")
    def size(fires, feature_of, labels):
        return gap(fires, feature_of, labels).abs()

    @mistake("This is the share of the rows with X and Y in which it fires. The gap is to those with X and without Y.")
    def one_share(fires, feature_of, labels):
        both, hits, of_x, _ = counts(fires, feature_of, labels)
        return torch.where((both > 0) & (of_x > both), hits / both.clamp_min(1), 0.0)

    @rewrite
    def from_counts(fires, feature_of, labels):
        return gap(fires, feature_of, labels)

    @rewrite
    def from_the_others(fires, feature_of, labels):
        x, y, not_y = labels[:, feature_of].double(), labels.double(), (~labels).double()
        hit = x * fires
        found = hit.T @ not_y / (x.T @ not_y) - hit.T @ y / (x.T @ y)
        return found.nan_to_num(0.0)

    @rewrite
    def latent_by_latent(fires, feature_of, labels):
        result = torch.zeros(fires.shape[1], labels.shape[1])
        for latent, x in enumerate(feature_of.tolist()):
            at_x = labels[:, x]
            said, y = fires[at_x, latent], labels[at_x]
            for feature in range(y.shape[1]):
                here = y[:, feature]
                if here.any() and not here.all():
                    result[latent, feature] = said[~here].float().mean() - said[here].float().mean()
        return result

    @rewrite
    def with_einsum(fires, feature_of, labels):
        x = labels[:, feature_of].float()
        both = torch.einsum("rl,rf->lf", x, labels.float())
        only = torch.einsum("rl,rf->lf", x, 1 - labels.float())
        share = torch.einsum("rl,rf->lf", x * fires, labels.float()) / both
        rest = torch.einsum("rl,rf->lf", x * fires, 1 - labels.float()) / only
        return torch.where((both > 0) & (only > 0), rest - share, 0.0)
