"""6.9: a head replaced by its mean."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("the other heads stay as they are")
def others_stay(answer, values, head):
    rest = [h for h in range(values.shape[2]) if h != head]
    return None if torch.equal(answer(values, head)[:, :, rest], values[:, :, rest]) else "Another head has changed."


class MeanAblated(FunctionExercise):
    id, title = "6.9", "Take a head out"
    difficulty, minutes, points, needs = "B", 7, 2, ["6.7"]
    checked = "made-up runs against loops, with one text, one head, and means far from zero"
    hints = [
        "The head should go on saying something, but always the same: what it says on average, over all texts and all "
        "positions. How many numbers is that?",
        "`values[:, :, head].mean(dim=(0, 1))` has d_head numbers. Put them at every text and position of that head, "
        "in a copy.",
    ]

    def cases(self, rng):
        for texts, positions, heads, width, head, note in [
            (3, 5, 4, 2, 2, "with three texts"),
            (1, 4, 3, 5, 0, "with one text"),
            (4, 3, 1, 3, 0, "with one head"),
        ]:
            values = torch.randn(texts, positions, heads, width, generator=rng) + torch.randn(
                heads, width, generator=rng
            )
            yield Case((values + torch.randn(texts, 1, 1, 1, generator=rng), head), note)

    def oracle(
        self, values: Float[Tensor, "document position head d_head"], head: int
    ) -> Float[Tensor, "document position head d_head"]:
        documents, positions, heads, width = values.shape
        result = torch.zeros(documents, positions, heads, width)
        for h in range(heads):
            for k in range(width):
                every = [values[d, i, h, k].item() for d in range(documents) for i in range(positions)]
                for d in range(documents):
                    for i in range(positions):
                        result[d, i, h, k] = sum(every) / len(every) if h == head else values[d, i, h, k]
        return result

    laws = [others_stay]

    @mistake("You took a median. It is the mean that is asked for.")
    def a_median(values, head):
        result = values.clone()
        result[:, :, head] = values[:, :, head].median(0).values.median(0).values
        return result

    @mistake("Your mean is over the other heads. It should be what this head itself says on average.")
    def mean_of_the_other_heads(values, head):
        result = values.clone()
        rest = [h for h in range(values.shape[2]) if h != head] or [head]
        result[:, :, head] = values[:, :, rest].mean(dim=(0, 1, 2))
        return result

    @mistake("You mixed mean and value. Nothing of what the head said here may stay: the mean alone.")
    def half_of_it(values, head):
        result = values.clone()
        result[:, :, head] = (values[:, :, head] + values[:, :, head].mean(dim=(0, 1))) / 2
        return result

    @mistake("Your mean is that of the last text. It should say what is usual: average over all texts.")
    def mean_of_the_last_text(values, head):
        result = values.clone()
        result[:, :, head] = values[-1, :, head].mean(dim=0)
        return result

    @mistake("Your mean is that of the first position. It should say what is usual: average over all positions.")
    def mean_of_the_first_position(values, head):
        result = values.clone()
        result[:, :, head] = values[:, 0, head].mean(dim=0)
        return result

    @mistake("You put the length of the mean everywhere. The mean is a vector of d_head numbers: put that.")
    def length_of_the_mean(values, head):
        result = values.clone()
        result[:, :, head] = values[:, :, head].mean(dim=(0, 1)).norm()
        return result

    @mistake("The wrong way round: you took out all the other heads, and this one stayed as it was.")
    def the_others_taken_out(values, head):
        result = values.mean(dim=(0, 1), keepdim=True).expand_as(values).clone()
        result[:, :, head] = values[:, :, head]
        return result

    @mistake(
        "You set it to zero. The head never says nothing: what reads it expects its mean, and zero may be further "
        "from that than anything it ever says."
    )
    def zero(values, head):
        result = values.clone()
        result[:, :, head] = 0
        return result

    @mistake(
        "You took the mean within each text. That still tells the texts apart (their genre, say): average over the "
        "texts, too."
    )
    def the_mean_of_each_text(values, head):
        result = values.clone()
        result[:, :, head] = values[:, :, head].mean(dim=1, keepdim=True)
        return result

    @mistake(
        "You took a mean for every position. That keeps what the head says about position: average over positions, too."
    )
    def the_mean_of_each_position(values, head):
        result = values.clone()
        result[:, :, head] = values[:, :, head].mean(dim=0, keepdim=True)
        return result

    @mistake("You took all heads out. Only one should go.")
    def every_head(values, head):
        return values.mean(dim=(0, 1), keepdim=True).expand_as(values).clone()

    @mistake("You averaged over the heads. Average one head over texts and positions.")
    def the_mean_of_the_heads(values, head):
        result = values.clone()
        result[:, :, head] = values.mean(dim=2)
        return result

    @mistake(
        "Your mean runs over the heads as well. It is to be what this one head says on average: pick the head "
        "first, then average over texts and positions."
    )
    def the_mean_over_heads_too(values, head):
        result = values.clone()
        result[:, :, head] = values.mean(dim=(0, 1, 2))
        return result

    @mistake("You averaged over the head's dimensions as well. Its mean is a vector.")
    def one_number(values, head):
        result = values.clone()
        result[:, :, head] = values[:, :, head].mean()
        return result

    @mistake("You took the mean off and kept the rest. It is the rest that should go, and the mean that stays.")
    def subtracts(values, head):
        result = values.clone()
        result[:, :, head] -= values[:, :, head].mean(dim=(0, 1))
        return result

    @mistake("Your values are right, and `values` itself has changed. Work on a copy.")
    def in_place(values, head):
        values[:, :, head] = values[:, :, head].mean(dim=(0, 1))
        return values

    @mistake("You took the head out at the last position only. What is asked for is everywhere.")
    def last_position_only(values, head):
        result = values.clone()
        result[:, -1, head] = values[:, :, head].mean(dim=(0, 1))
        return result

    @mistake("You took the head out of the first text only. Everywhere means in all texts.")
    def first_text_only(values, head):
        result = values.clone()
        result[0, :, head] = values[:, :, head].mean(dim=(0, 1))
        return result

    @mistake("Your mean is that of the first text. It should say what is usual: average over all texts.")
    def mean_of_the_first_text(values, head):
        result = values.clone()
        result[:, :, head] = values[0, :, head].mean(dim=0)
        return result

    @mistake("That is the right vector. Put it in its place, and return the whole tensor.")
    def only_the_mean(values, head):
        return values[:, :, head].mean(dim=(0, 1))

    @rewrite
    def by_expanding(values, head):
        result = values.clone()
        result[:, :, head] = values[:, :, head].mean(dim=(0, 1))
        return result

    @rewrite
    def by_flattening(values, head):
        mean = values.flatten(0, 1)[:, head].mean(dim=0)
        mask = torch.arange(values.shape[2]) == head
        return torch.where(mask[:, None], mean, values)

    @rewrite
    def by_unbinding(values, head):
        heads = list(values.unbind(dim=2))
        heads[head] = heads[head].mean(dim=(0, 1), keepdim=True).expand_as(heads[head])
        return torch.stack(heads, dim=2)

    _still_a_copy = "On this line `result` is still a copy of `values`, equal to it in every place."
    equivalent = {
        "line 2: `values[:, :, head]` → `result[:, :, head]`": _still_a_copy,
        "by_expanding, line 2: `values[:, :, head]` → `result[:, :, head]`": _still_a_copy,
    }
