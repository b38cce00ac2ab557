"""6.5: what a head looks at."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("a target for every key collects all the attention there is")
def everything(answer, pattern, target):
    total = answer(pattern, torch.ones_like(target))
    ok = torch.allclose(total, pattern.sum(dim=-1).mean(dim=(0, 2)), atol=1e-4)
    return None if ok else f"With every key a target, your scores are {[round(v, 2) for v in total.tolist()]}."


def with_einsum(pattern, target):
    total = torch.einsum("dhqk,dqk->h", pattern, target.float())
    return total / target.any(dim=-1).sum()


class AttentionOn(FunctionExercise):
    id, title = "6.5", "What does a head look at?"
    difficulty, minutes, points, needs = "B", 8, 2, []
    fixed = ("pattern",)
    checked = (
        "made-up patterns against loops, with queries and a text that have no target, queries that have several, and "
        "targets that get no attention"
    )
    hints = [
        "For one query: add up the attention that falls on its targets. Which queries have something to say about the "
        "head, and which don't?",
        "`(pattern * target[:, None]).sum(-1)` is [document, head, query]. Average over the pairs of document and "
        "query where `target.any(-1)`.",
    ]

    def cases(self, rng):
        for documents, heads, positions, share, note in [
            (3, 2, 5, 0.2, "with few targets"),
            (1, 3, 4, 0.5, "with one text and many targets"),
            (4, 1, 6, 0.1, "with one head"),
        ]:
            scores = 2 * torch.randn(documents, heads, positions, positions, generator=rng)
            allowed = torch.ones(positions, positions, dtype=torch.bool).tril()
            pattern = scores.masked_fill(~allowed, float("-inf")).softmax(-1)
            target = (torch.rand(documents, positions, positions, generator=rng) < share) & allowed
            target[0, -1] = False
            target[0, -2, :2] = True
            target[1:2] = False  # a text that has nothing to say
            yield Case((pattern, target), note)
        # Blind to the piece before, as in 6.10: there a target gets nothing, and what is left adds up to less than 1.
        back = torch.arange(5)[:, None] - torch.arange(5)
        pattern = torch.rand(2, 2, 5, 5, generator=rng).masked_fill(back < 0, -1e9).softmax(-1) * (back != 1)
        target = (back == 1).expand(2, 5, 5).clone()
        target[:, 4, 1] = target[1, 3, 0] = True
        target[0, 0, 3] = True  # after its query, and its only one
        yield Case((pattern, target), "with targets that get no attention")

    def oracle(
        self, pattern: Float[Tensor, "document head query key"], target: Bool[Tensor, "document query key"]
    ) -> Float[Tensor, " head"]:
        documents, heads, positions, _ = pattern.shape
        scores = torch.zeros(heads)
        for h in range(heads):
            seen = []
            for d in range(documents):
                for q in range(positions):
                    keys = [k for k in range(positions) if bool(target[d, q, k])]
                    if keys:
                        seen.append(sum(pattern[d, h, q, k].item() for k in keys))
            scores[h] = sum(seen) / len(seen)
        return scores

    laws = [everything]

    @mistake("You added up over all queries and didn't divide. Average over the queries that have a target.")
    def not_divided(pattern, target):
        return torch.einsum("dhqk,dqk->h", pattern, target.float())

    @mistake("You took the query that looks most. Average over all that have a target.")
    def best_query(pattern, target):
        collected = (pattern * target[:, None]).sum(dim=-1)
        return torch.stack([collected[:, h][target.any(dim=-1)].max() for h in range(pattern.shape[1])])

    @mistake("You took a median. The score is a mean over the queries that have a target.")
    def median_query(pattern, target):
        collected = (pattern * target[:, None]).sum(dim=-1)
        return torch.stack([collected[:, h][target.any(dim=-1)].median() for h in range(pattern.shape[1])])

    @mistake("You added up over the queries, for each key. Attention is shared out over keys: sum over the last axis.")
    def summed_over_queries(pattern, target):
        collected = (pattern * target[:, None]).sum(dim=-2)
        return torch.stack([collected[:, h][target.any(dim=-2)].mean() for h in range(pattern.shape[1])])

    @mistake("That is the attention on what is not a target.")
    def on_the_others(pattern, target):
        collected = (pattern * ~target[:, None]).sum(dim=-1)
        return torch.stack([collected[:, h][target.any(dim=-1)].mean() for h in range(pattern.shape[1])])

    @mistake("You asked whether the largest attention is on a target. Add up how much of it is.")
    def strongest_key(pattern, target):
        best = pattern.argmax(dim=-1)
        hit = target[:, None].expand_as(pattern).gather(-1, best[..., None]).squeeze(-1).float()
        return torch.stack([hit[:, h][target.any(dim=-1)].mean() for h in range(pattern.shape[1])])

    @mistake("You asked whether more than half of the attention is on targets. Average how much it is.")
    def more_than_half(pattern, target):
        hit = ((pattern * target[:, None]).sum(dim=-1) > 0.5).float()
        return torch.stack([hit[:, h][target.any(dim=-1)].mean() for h in range(pattern.shape[1])])

    @mistake("You looked at the last query only. Average over all queries that have a target.")
    def last_query(pattern, target):
        return (pattern * target[:, None])[:, :, -1].sum(dim=-1).mean(dim=0)

    @mistake("You averaged pattern and targets before multiplying. A query's attention goes with its own targets.")
    def averaged_first(pattern, target):
        return (pattern.mean(dim=(0, 2)) * target.float().mean(dim=(0, 1))).sum(dim=-1)

    @mistake("You divided by the number of targets as well. Divide by the queries that have any, once.")
    def divided_by_the_targets_too(pattern, target):
        return with_einsum(pattern, target) / target.sum()

    @mistake("You averaged over all queries. Those that have no target drag every head towards 0: leave them out.")
    def all_queries(pattern, target):
        return (pattern * target[:, None]).sum(dim=-1).mean(dim=(0, 2))

    @mistake("You averaged over targets. A query with three targets shares its attention among them: add it up first.")
    def mean_over_keys(pattern, target):
        return torch.einsum("dhqk,dqk->h", pattern, target.float()) / target.sum()

    @mistake("You swapped the axes. The query, which looks, comes before the key, which is looked at.")
    def transposed(pattern, target):
        return with_einsum(pattern.transpose(2, 3), target)

    @mistake("You averaged within each text first. A text with one such query then weighs as much as one with fifty.")
    def mean_of_means(pattern, target):
        per = torch.einsum("dhqk,dqk->dh", pattern, target.float()) / target.any(dim=-1).sum(dim=1)[:, None].clamp_min(
            1
        )
        return per[target.flatten(1).any(dim=1)].mean(dim=0)

    @mistake("You give every head the same number, an average over the heads as well. Each has a score of its own.")
    def heads_together(pattern, target):
        return with_einsum(pattern, target).mean().expand(pattern.shape[1]).clone()

    @mistake(
        "You averaged within each text first, and a text without any target gives 0/0. Count over all texts "
        "together: add up what falls on targets, then divide by the number of queries that have any."
    )
    def mean_of_means_zero_by_zero(pattern, target):
        per = torch.einsum("dhqk,dqk->dh", pattern, target.float()) / target.any(dim=-1).sum(dim=1)[:, None]
        return per.mean(dim=0)

    @mistake("You kept only the strongest target of each query. Add up all of them.")
    def strongest(pattern, target):
        largest = torch.where(target[:, None], pattern, 0).amax(dim=-1)
        return torch.stack([largest[:, head][target.any(dim=-1)].mean() for head in range(pattern.shape[1])])

    @mistake(
        "You left out queries whose targets get no attention. A head that should look there and doesn't has earned a "
        "0: average over all queries that have any target."
    )
    def only_where_it_looks(pattern, target):
        collected = (pattern * target[:, None]).sum(dim=-1)
        return collected.sum(dim=(0, 2)) / (collected > 0).sum(dim=(0, 2))

    @mistake(
        "You left out targets that come after their query, and so a query that has no other. A head can't look there, "
        "but `target` has them in mind: the query counts."
    )
    def earlier_targets_only(pattern, target):
        return with_einsum(pattern, target.tril())

    @mistake(
        "You divided by what a query looks at in all. Where that is less than 1 (a head can be blinded), add up what "
        "is there and no more."
    )
    def shares_of_what_is_left(pattern, target):
        return with_einsum(pattern / pattern.sum(dim=-1, keepdim=True).clamp_min(1e-9), target)

    @mistake("You kept one row for each text. The score of a head is over all of them.")
    def kept_documents(pattern, target):
        collected = (pattern * target[:, None]).sum(dim=-1).sum(dim=-1)
        return collected / target.any(dim=-1).sum(dim=1)[:, None].clamp_min(1)

    rewrites = [with_einsum]

    @rewrite
    def with_where(pattern, target):
        collected = (pattern * target[:, None]).sum(dim=-1)
        return torch.stack([collected[:, head][target.any(dim=-1)].mean() for head in range(pattern.shape[1])])

    @rewrite
    def by_queries(pattern, target):
        rows = pattern.transpose(1, 2)[target.any(dim=-1)]
        return (rows * target[target.any(dim=-1)][:, None]).sum(dim=-1).mean(dim=0)
