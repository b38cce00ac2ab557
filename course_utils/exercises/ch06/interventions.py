"""6.7 to 6.9: put an activation of another run into this one, and take one out."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, ValueExercise, law, mistake, rewrite


@law("patching a run with itself changes nothing")
def with_itself(answer, own, other, position, head):
    same = torch.equal(answer(own, own.clone(), position, head), own)
    return None if same else "A run patched with its own activation should stay as it is."


def patched(own, other, position, head):
    result = own.clone()
    result[:, position, head] = other[:, position, head]
    return result


class PatchHead(FunctionExercise):
    id, title = "6.7", "Change one thing"
    difficulty, minutes, points, needs = "A", 5, 1, []
    checked = "pairs of runs, with a single text, and at the first and last position"
    hints = [
        "The run goes on with what you return. Which of its numbers come from the other run, and which stay?",
        "`result = own.clone()`, then set `result[:, position, head]`.",
    ]

    def cases(self, rng):
        for texts, positions, heads, width, position, head, note in [
            (3, 6, 4, 5, 2, 1, "with three texts"),
            (1, 5, 5, 2, 4, 0, "at the last position"),
            (2, 4, 4, 3, 0, 3, "at the first position"),
        ]:
            own, other = torch.randn(2, texts, positions, heads, width, generator=rng).unbind(0)
            yield Case((own, other, position, head), note)

    def oracle(
        self,
        own: Float[Tensor, "text position head d_head"],
        other: Float[Tensor, "text position head d_head"],
        position: int,
        head: int,
    ) -> Float[Tensor, "text position head d_head"]:
        texts, positions, heads, width = own.shape
        result = torch.zeros(texts, positions, heads, width)
        for t in range(texts):
            for i in range(positions):
                for h in range(heads):
                    source = other if i == position and h == head else own
                    for d in range(width):
                        result[t, i, h, d] = source[t, i, h, d]
        return result

    laws = [with_itself]

    @mistake("You counted position and head from 1. They count from 0, as indices do.")
    def counted_from_one(own, other, position, head):
        return patched(own, other, position - 1, head - 1)

    @mistake("You replaced all heads at that position. If the answer changes you won't know which of them did it.")
    def every_head(own, other, position, head):
        result = own.clone()
        result[:, position] = other[:, position]
        return result

    @mistake("You replaced the head at all positions. Only one of them should change.")
    def every_position(own, other, position, head):
        result = own.clone()
        result[:, :, head] = other[:, :, head]
        return result

    @mistake("You put this run's activation into the other one. What you return goes on in this run: start from `own`.")
    def other_way_round(own, other, position, head):
        return patched(other, own, position, head)

    @mistake("You added the other activation. Patching replaces: the head's own output should be gone.")
    def adds(own, other, position, head):
        result = own.clone()
        result[:, position, head] += other[:, position, head]
        return result

    @mistake("You mixed the two. Patching replaces the whole vector.")
    def half_and_half(own, other, position, head):
        result = own.clone()
        result[:, position, head] = (own + other)[:, position, head] / 2
        return result

    @mistake("You returned the other run whole. Change one head at one position.")
    def all_of_it(own, other, position, head):
        return other.clone()

    @mistake("You swapped the two indices: the axes are [text, position, head, d_head].")
    def axes_swapped(own, other, position, head):
        result = own.clone()
        result[:, head, position] = other[:, head, position]
        return result

    @mistake("Your values are right, and `own` has changed too. Clone it first: other hooks still need it as it was.")
    def in_place(own, other, position, head):
        own[:, position, head] = other[:, position, head]
        return own

    @mistake("Each text gets the head's output of the first text of `other`. Text t is patched from text t.")
    def all_from_the_first_text(own, other, position, head):
        result = own.clone()
        result[:, position, head] = other[0, position, head]
        return result

    @mistake("You patched only the first text. Do it for all of them.")
    def only_the_first_text(own, other, position, head):
        result = own.clone()
        result[0, position, head] = other[0, position, head]
        return result

    rewrites = [patched]

    @rewrite
    def by_mask(own, other, position, head):
        mask = torch.zeros_like(own, dtype=torch.bool)
        mask[:, position, head] = True
        return torch.where(mask, other, own)

    @rewrite
    def by_parts(own, other, position, head):
        rows = []
        for i in range(own.shape[1]):
            heads = [(other if (i, h) == (position, head) else own)[:, i, h] for h in range(own.shape[2])]
            rows.append(torch.stack(heads, dim=1))
        return torch.stack(rows, dim=1)


class WhoCarries(ValueExercise):
    id, title = "6.8", "Who carries the topic?"
    difficulty, minutes, points, needs = "A", 4, 1, ["6.7"]
    choices = ["a", "b", "c", "d"]
    checked = (
        "The topic noun's own vector holds it up to the attention; heads move it to the homonym; from there on it is "
        "in the stream of the homonym, and nowhere else."
    )
    hints = [
        "Before the attention, patching which position changes the answer? After it, which?",
        "Something must carry it from the one position to the other. An MLP sees only its own position.",
    ]

    def oracle(self) -> str:
        return "b"

    mistakes = {
        "the MLP moves it": (
            "a",
            "An MLP reads and writes one position at a time: nothing can get from the noun to the homonym through it.",
        ),
        "it is everywhere": (
            "c",
            "Look at the map once more: before the attention one position matters, after it another. No place between "
            "them carries anything.",
        ),
        "the word knows": (
            "d",
            "The two prompts have the same homonym, with the same embedding. Patching that changes nothing.",
        ),
    }
    rewrites = ["B", " b "]


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
