"""0.5 and 0.6: one forward pass of a small language model, and its logits as dot products."""

from collections.abc import Iterable
from functools import cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_utils.checking import Band, Case, ExperimentExercise, FunctionExercise, law, mistake, rewrite
from course_utils.lm import load_model

PROMPTS = [
    "the dog near the poet",
    "the dogs near the poet",
    "the dog near the poets",
    "the dogs near the poets",
]


@cache
def forward(prepend_bos: bool = True) -> dict[str, Tensor]:
    """The right tensors, and those that are easily taken for them."""
    tiny = load_model("tiny", device="cpu")
    logits, cached = tiny.run_with_cache(tiny.to_tokens(PROMPTS, prepend_bos=prepend_bos))
    return {
        "resid": cached["blocks.1.hook_resid_post"],
        "final": cached["ln_final.hook_normalized"],
        "logits": logits,
        "first block": cached["blocks.0.hook_resid_post"],
        "embedding": cached["hook_embed"],
        "before the MLP": cached["blocks.1.hook_resid_mid"],
    }


def close(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and torch.allclose(a.float(), b, atol=1e-3, rtol=1e-3)


def handed_in(prepend_bos: bool = True, **swapped: str) -> dict[str, Tensor]:
    """The right answer with some tensors taken from the wrong place."""
    right = forward(prepend_bos)
    return {name: right[swapped.get(name, name)] for name in ("resid", "final", "logits")}


class ForwardPass(ExperimentExercise):
    id, title = "0.5", "One forward pass, everything kept"
    difficulty, minutes, points, needs = "B", 6, 1, []
    hints = [
        "`tiny.run_with_cache(PROMPTS)` returns two things: the logits, and a cache that you index with a hook's name.",
        'The second block is number 1: `cache["blocks.1.hook_resid_post"]`. After the last LayerNorm: '
        '`cache["ln_final.hook_normalized"]`.',
    ]
    fields = {
        "resid": "prompt=4 position model=16",
        "final": "prompt position model",
        "logits": "prompt position vocab=69",
    }

    @mistake(
        "You left out `<s>`, which begins every text the model was trained on. Give it the prompts as text, or "
        "keep `prepend_bos=True`."
    )
    def no_beginning():
        return handed_in(prepend_bos=False)

    @mistake("That is the stream after the first block. Blocks count from 0, so the second one is `blocks.1`.")
    def first_block():
        return handed_in(resid="first block")

    @mistake("That is the embedding: what each word brings along, before any block has read its neighbours.")
    def embedding():
        return handed_in(resid="embedding")

    @mistake(
        "That is the stream between attention and MLP of the last block (`resid_mid`). The MLP has still to add "
        "its part."
    )
    def before_the_MLP():
        return handed_in(resid="before the MLP")

    @mistake("You swapped `resid` and `final`: the LayerNorm comes after the last block.")
    def swapped():
        return handed_in(resid="final", final="resid")

    @mistake(
        "Your `final` is the stream before the last LayerNorm. The unembedding reads it only after each vector "
        "has been centred and scaled."
    )
    def before_the_LayerNorm():
        return handed_in(final="resid")

    @mistake("Those are probabilities. Logits are what the softmax is applied to: any real numbers.")
    def probabilities():
        return handed_in() | {"logits": forward()["logits"].softmax(-1)}

    @mistake(
        "Those are log-probabilities: the model's logits, less one number per position. Hand in what the model returns."
    )
    def log_probabilities():
        return handed_in() | {"logits": forward()["logits"].log_softmax(-1)}

    @mistake("That is the last position only. Here all six are wanted; 0.6 picks the last one.")
    def the_last_position_only():
        return {name: tensor[:, -1:] for name, tensor in handed_in().items()}

    @mistake("These are the four prompts in another order. Hand them in as in `PROMPTS`.")
    def another_order():
        return {name: tensor.flip(0) for name, tensor in handed_in().items()}

    rewrites = [handed_in]

    @rewrite
    def by_hand() -> dict[str, Tensor]:
        """From the residual stream on: subtract the mean, divide by the deviation, one dot product per word."""
        tiny, resid = load_model("tiny", device="cpu"), forward()["resid"]
        centred = resid - resid.mean(-1, keepdim=True)
        final = centred / (centred.square().mean(-1, keepdim=True) + tiny.cfg.eps).sqrt()
        return {"resid": resid, "final": final, "logits": final @ tiny.W_U + tiny.b_U}

    @rewrite
    def one_prompt_at_a_time() -> tuple[Tensor, ...]:
        tiny = load_model("tiny", device="cpu")
        runs = [tiny.run_with_cache(prompt) for prompt in PROMPTS]
        resid = torch.cat([cached["blocks.1.hook_out"] for _, cached in runs])
        final = torch.cat([cached["unembed.hook_in"] for _, cached in runs])
        return resid, final, torch.cat([logits for logits, _ in runs])

    def bands(self, resid: Tensor, final: Tensor, logits: Tensor) -> Iterable[Band]:
        right = forward()
        positions = right["resid"].shape[1]
        yield Band(
            f"there are {positions} positions, `<s>` and five words",
            resid.shape[1] == positions,
            f"{resid.shape[1]} position" + "s" * (resid.shape[1] != 1),
            {positions - 1: "no beginning", 1: "the last position only"}.get(resid.shape[1]),
        )
        taken_for_them = {
            "another order": right["logits"].flip(0),
            "probabilities": right["logits"].softmax(-1),
            "log probabilities": right["logits"].log_softmax(-1),
        }
        yield Band(
            "`logits` are the model's for the four prompts",
            close(logits, right["logits"]),
            "other numbers",
            next((mistake for mistake, others in taken_for_them.items() if close(logits, others)), None),
        )
        places = {name: name for name in ("first block", "embedding", "before the MLP")} | {"swapped": "final"}
        yield Band(
            "`resid` is the residual stream after the second block",
            close(resid, right["resid"]),
            "another tensor of that shape",
            next((mistake for mistake, place in places.items() if close(resid, right[place])), None),
        )
        yield Band(
            "`final` is that stream after the last LayerNorm",
            close(final, right["final"]),
            f"vectors of length {final.norm(dim=-1).min():.2f} to {final.norm(dim=-1).max():.2f}",
            "before the LayerNorm" if close(final, right["resid"]) else None,
        )

    equivalent = {
        (
            "handed_in, line 3: `return {name: right[swapped.get(name, name)] for name in ('resid', 'final', "
            "'logits')}` → `return right`"
        ): ("With nothing exchanged the dict holds `right`'s own entries, and a dict may hold more than is asked for."),
    }


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
