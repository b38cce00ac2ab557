"""0.6: a difference of two logits is one reading."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("swapping the two words flips the sign")
def antisymmetric(answer, final, W_U, b_U, word, other):
    there, back = answer(final, W_U, b_U, word, other), answer(final, W_U, b_U, other, word)
    return None if torch.allclose(there, -back, rtol=1e-3, atol=1e-4) else "Your two differences don't cancel."


@law("only the difference of two directions matters")
def same_shift(answer, final, W_U, b_U, word, other):
    shifted = answer(final, W_U + W_U[:, :1], b_U + 2.0, word, other)
    same = torch.allclose(shifted, answer(final, W_U, b_U, word, other), rtol=1e-3, atol=1e-3)
    return None if same else "Your result changed when the same vector was added to every unembedding direction."


def difference(final, W_U, b_U, word, other):
    direction = W_U[:, word] - W_U[:, other]
    return (final[:, -1] * direction.T).sum(-1) + b_U[word] - b_U[other]


class LogitDifference(FunctionExercise):
    id, title = "0.6", "A logit is a dot product"
    difficulty, minutes, points, needs = "B", 8, 2, ["0.2", "0.5"]
    hints = [
        "Two logits are two readings of the same vector `final[:, -1]`. Their difference is one reading, along which "
        "direction?",
        "`W_U[:, word] - W_U[:, other]` has shape [model, prompt]: its column p goes with row p of `final[:, -1]`. "
        "Multiply, sum over model, and add the difference of the two biases.",
    ]
    checked = "made-up models against loops, with one prompt, biases, and different words for each prompt"
    laws = [antisymmetric, same_shift]

    @mistake("You added `other`'s bias. Its whole logit is taken away, with its bias: b_U[word] − b_U[other].")
    def biases_added(final, W_U, b_U, word, other):
        return difference(final, W_U, torch.zeros_like(b_U), word, other) + b_U[word] + b_U[other]

    @mistake("You added up the positions. The next word is predicted from the last one alone.")
    def sum_over_positions(final, W_U, b_U, word, other):
        return difference(final.sum(1, keepdim=True), W_U, b_U, word, other)

    @mistake("`final` has been through the last LayerNorm already. You gave it another one: read it as it is.")
    def normalised_once_more(final, W_U, b_U, word, other):
        return difference(torch.nn.functional.layer_norm(final, final.shape[-1:]), W_U, b_U, word, other)

    @mistake("The two logits are subtracted. You added them.")
    def added_up(final, W_U, b_U, word, other):
        return difference(final, W_U, b_U, word, other) + 2 * ((final[:, -1] * W_U[:, other].T).sum(-1) + b_U[other])

    @mistake(
        "The bias is added to the finished logit. You added it to every entry of W_U, where h is multiplied with it."
    )
    def bias_inside_the_product(final, W_U, b_U, word, other):
        logits = final[:, -1] @ (W_U + b_U)
        rows = torch.arange(len(logits))
        return logits[rows, word] - logits[rows, other]

    @mistake("You read along the right direction and left out the bias: a word's logit also has its own b_U.")
    def no_bias(final, W_U, b_U, word, other):
        return difference(final, W_U, torch.zeros_like(b_U), word, other)

    @mistake(
        "You added only `word`'s bias. Each of the two logits has its own: take `other`'s away with the rest of it."
    )
    def one_bias(final, W_U, b_U, word, other):
        return difference(final, W_U, torch.zeros_like(b_U), word, other) + b_U[word]

    @mistake("That is the logit of `word` alone. The logit of `other` is still to be taken away.")
    def only_the_word(final, W_U, b_U, word, other):
        return (final[:, -1] * W_U[:, word].T).sum(-1) + b_U[word]

    @mistake("You dropped the sign. A logit difference below 0 says that the model prefers `other`.")
    def without_the_sign(final, W_U, b_U, word, other):
        return difference(final, W_U, b_U, word, other).abs()

    @mistake(
        "You made the difference of the two directions length 1. A logit is a plain dot product: how long the "
        "difference is says how strongly the two words are told apart."
    )
    def normalised_the_difference(final, W_U, b_U, word, other):
        direction = W_U[:, word] - W_U[:, other]
        return (final[:, -1] * (direction / direction.norm(dim=0)).T).sum(-1) + b_U[word] - b_U[other]

    @mistake("You made every word's direction length 1. Its length belongs to the logit: the model uses W_U as it is.")
    def normalised_each_one(final, W_U, b_U, word, other):
        return difference(final, W_U / W_U.norm(dim=0), b_U, word, other)

    @mistake("You read at the first position. The next word is predicted from the last one.")
    def first_position(final, W_U, b_U, word, other):
        return difference(final[:, :1], W_U, b_U, word, other)

    @mistake(
        "You averaged over positions. Only the last one predicts the next word; the others predicted words "
        "already there."
    )
    def mean_over_positions(final, W_U, b_U, word, other):
        return difference(final.mean(1, keepdim=True), W_U, b_U, word, other)

    @mistake("Your sign is the wrong way round: it is the logit of `word` minus that of `other`.")
    def other_minus_word(final, W_U, b_U, word, other):
        return difference(final, W_U, b_U, other, word)

    @mistake(
        "You took the softmax first. Probabilities mix all the words; a difference of logits needs only these two."
    )
    def probabilities(final, W_U, b_U, word, other):
        chance = (final[:, -1] @ W_U + b_U).softmax(-1)
        rows = torch.arange(len(chance))
        return chance[rows, word] - chance[rows, other]

    @mistake("`[:, word]` picks all the words for every prompt. Prompt p wants only its own, `word[p]` and `other[p]`.")
    def every_pair(final, W_U, b_U, word, other):
        logits = final[:, -1] @ W_U + b_U
        return logits[:, word] - logits[:, other]

    @mistake("You looked the words up along the rows of W_U. A word's direction is a column, `W_U[:, word]`.")
    def rows_of_the_unembedding(final, W_U, b_U, word, other):
        return (final[:, -1] * (W_U[word] - W_U[other])).sum(-1) + b_U[word] - b_U[other]

    @mistake("You used the first prompt's two words for every prompt. Prompt p has its own, `word[p]` and `other[p]`.")
    def same_words_everywhere(final, W_U, b_U, word, other):
        logits = final[:, -1] @ W_U + b_U
        return logits[:, word[0]] - logits[:, other[0]]

    rewrites = [difference]

    @rewrite
    def from_all_logits(final, W_U, b_U, word, other):
        logits = final[:, -1] @ W_U + b_U
        rows = torch.arange(len(logits))
        return logits[rows, word] - logits[rows, other]

    @rewrite
    def by_loops(final, W_U, b_U, word, other):
        values = []
        for h, i, j in zip(final[:, -1], word.tolist(), other.tolist(), strict=True):
            values.append(h @ W_U[:, i] + b_U[i] - h @ W_U[:, j] - b_U[j])
        return torch.stack(values)

    def cases(self, rng):
        for batch, position, width, vocab, note in [
            (3, 4, 5, 7, "with three prompts"),
            (1, 3, 2, 9, "with one prompt"),
            (6, 5, 6, 6, "with as many words as dimensions"),
        ]:

            def normal(*size):
                return torch.randn(*size, generator=rng)

            word = torch.randint(vocab, (batch,), generator=rng)
            other = (word + torch.randint(1, vocab, (batch,), generator=rng)) % vocab
            yield Case((normal(batch, position, width), normal(width, vocab), normal(vocab), word, other), note)

    def oracle(
        self,
        final: Float[Tensor, "prompt position model"],
        W_U: Float[Tensor, "model vocab"],
        b_U: Float[Tensor, " vocab"],
        word: Int[Tensor, " prompt"],
        other: Int[Tensor, " prompt"],
    ) -> Float[Tensor, " prompt"]:
        result = torch.zeros(len(final))
        for p in range(len(final)):
            for i, sign in ((int(word[p]), 1.0), (int(other[p]), -1.0)):
                result[p] += sign * (b_U[i] + sum(final[p, -1, k] * W_U[k, i] for k in range(len(W_U))))
        return result
