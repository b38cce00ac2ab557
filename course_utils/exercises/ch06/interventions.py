"""6.7 and 6.8: patching one head, and what the map of patches says."""

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
