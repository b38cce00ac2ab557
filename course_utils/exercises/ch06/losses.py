"""6.2: what every piece cost the model, in nats."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("adding the same number to all logits of a place changes nothing")
def shift_of_logits(answer, logits, tokens):
    moved = logits + 3 * logits[:, :, :1]
    same = torch.allclose(answer(logits, tokens), answer(moved, tokens), rtol=1e-3, atol=1e-3)
    return None if same else "The losses changed. A softmax doesn't see a common shift: take it first."


def with_log_softmax(logits, tokens):
    return -logits.log_softmax(-1)[:, :-1].gather(-1, tokens[:, 1:, None]).squeeze(-1)


def not_shifted(logits, tokens):
    return -logits.log_softmax(-1).gather(-1, tokens[..., None]).squeeze(-1)


class NextPieceLoss(FunctionExercise):
    id, title = "6.2", "The price of every piece"
    difficulty, minutes, points, needs = "B", 7, 2, []
    checked = "made-up runs against loops, with one text and with large logits"
    hints = [
        "The logits at position i are the model's guess at the piece at position i + 1. Which logits have no answer to "
        "be compared with, and which piece was never guessed?",
        "`logits[:, :-1].log_softmax(-1)` belongs to `tokens[:, 1:]`. `gather` picks one number out of each row.",
    ]

    def cases(self, rng):
        for documents, positions, vocab, size, note in [
            (3, 5, 7, 1.0, "with three texts"),
            (1, 2, 4, 1.0, "with one text of two pieces"),
            (2, 6, 3, 40.0, "with large logits"),
        ]:
            logits = size * torch.randn(documents, positions, vocab, generator=rng)
            tokens = torch.randint(vocab, (documents, positions), generator=rng)
            if size > 1:  # a piece that was all but ruled out: e^-120 is 0 in float32
                logits[0, 0], tokens[0, 1] = torch.tensor([0.0, 60.0, -60.0]), 2
            yield Case((logits, tokens), note)

    def oracle(
        self, logits: Float[Tensor, "document position vocab"], tokens: Int[Tensor, "document position"]
    ) -> Float[Tensor, "document predicted"]:
        documents, positions, vocab = logits.shape
        out = torch.zeros(documents, positions - 1)
        for d in range(documents):
            for i in range(1, positions):
                guess = [logits[d, i - 1, v].item() for v in range(vocab)]
                top = max(guess)
                total = top + math.log(sum(math.exp(g - top) for g in guess))
                out[d, i - 1] = total - guess[int(tokens[d, i])]
        return out

    laws = [shift_of_logits]
    mistakes = {
        "not shifted": (
            not_shifted,
            "You compared the logits at each place with the piece at the same place. They are a guess at the next one.",
        )
    }

    @mistake(
        "That is one minus the probability of the right piece. The price is minus its logarithm, which has no limit."
    )
    def one_minus_the_probability(logits, tokens):
        return 1 - (-with_log_softmax(logits, tokens)).exp()

    @mistake("Those are the probabilities with a minus. The loss is minus their logarithm.")
    def minus_the_probability(logits, tokens):
        return -(-with_log_softmax(logits, tokens)).exp()

    @mistake(
        "That is how far the right piece's logit is below the best one. The softmax counts all pieces (`logsumexp`)."
    )
    def below_the_best(logits, tokens):
        before = logits[:, :-1]
        return before.amax(dim=-1) - before.gather(-1, tokens[:, 1:, None]).squeeze(-1)

    @mistake(
        "That is the entropy of the guess: what it expects to pay. We ask for the price of the piece that really came."
    )
    def entropy(logits, tokens):
        logs = logits[:, :-1].log_softmax(-1)
        return -(logs.exp() * logs).sum(-1)

    @mistake("You averaged over all pieces of the vocabulary. Only the piece that really came has a price.")
    def mean_over_the_vocabulary(logits, tokens):
        return -logits[:, :-1].log_softmax(-1).mean(-1)

    @mistake("That is a squared error of the probabilities. The loss is minus the logarithm of one of them.")
    def squared_error(logits, tokens):
        hot = F.one_hot(tokens[:, 1:], logits.shape[-1])
        return (logits[:, :-1].softmax(-1) - hot).square().sum(-1)

    @mistake("Your softmax runs over the texts. The guesses of one place compete with each other: the last axis.")
    def softmax_over_texts(logits, tokens):
        return -logits.log_softmax(0)[:, :-1].gather(-1, tokens[:, 1:, None]).squeeze(-1)

    @mistake("The logarithm of a logit is no price. A logit may be negative: softmax first, then the logarithm.")
    def log_of_the_logit(logits, tokens):
        return -logits[:, :-1].gather(-1, tokens[:, 1:, None]).squeeze(-1).log()

    @mistake(
        "The shape is right, but position i is still compared with its own piece: drop the last logits and the "
        "first piece."
    )
    def not_shifted_then_cut(logits, tokens):
        return not_shifted(logits, tokens)[:, 1:]

    @mistake(
        "You compared each guess with the piece before it. The model guesses forward: logits `[:, :-1]`, pieces "
        "`[:, 1:]`."
    )
    def shifted_the_wrong_way(logits, tokens):
        return -logits.log_softmax(-1)[:, 1:].gather(-1, tokens[:, :-1, None]).squeeze(-1)

    @mistake("Those are bits (logarithm to base 2). Nats use the natural logarithm, as PyTorch does.")
    def bits(logits, tokens):
        return with_log_softmax(logits, tokens) / math.log(2)

    @mistake("Those are the probabilities of the right pieces. The loss is minus their logarithm.")
    def probabilities(logits, tokens):
        return (-with_log_softmax(logits, tokens)).exp()

    @mistake("A logit is not a log probability yet: subtract the log of the summed exponentials (`log_softmax`).")
    def without_softmax(logits, tokens):
        return -logits[:, :-1].gather(-1, tokens[:, 1:, None]).squeeze(-1)

    @mistake(
        "The softmax of a very unlikely piece is exactly 0, and its logarithm −inf. `log_softmax` never takes that way."
    )
    def log_of_the_softmax(logits, tokens):
        return -logits.softmax(-1)[:, :-1].gather(-1, tokens[:, 1:, None]).squeeze(-1).log()

    @mistake("That is what the model's best guess costs. We ask for the piece that really came.")
    def best_guess(logits, tokens):
        return -logits.log_softmax(-1)[:, :-1].amax(dim=-1)

    @mistake("Log probabilities are negative; a loss is minus that.")
    def wrong_sign(logits, tokens):
        return -with_log_softmax(logits, tokens)

    @mistake("You averaged. Keep the price of every single piece: we want to sort them by genre.")
    def one_number(logits, tokens):
        return with_log_softmax(logits, tokens).mean()

    @mistake("Your softmax runs over positions. The guesses of one place compete with each other: the last axis.")
    def softmax_over_positions(logits, tokens):
        return -logits.log_softmax(1)[:, :-1].gather(-1, tokens[:, 1:, None]).squeeze(-1)

    rewrites = [with_log_softmax]

    @rewrite
    def with_cross_entropy(logits, tokens):
        return F.cross_entropy(logits[:, :-1].transpose(1, 2), tokens[:, 1:], reduction="none")

    @rewrite
    def with_logsumexp(logits, tokens):
        before, after = logits[:, :-1], tokens[:, 1:]
        chosen = before.gather(-1, after.unsqueeze(-1))[..., 0]
        return before.logsumexp(-1) - chosen

    _never_read = (
        "Every place has a softmax of its own, and `gather` reads as many places as it has indices, which is one "
        "fewer: the last place is computed and never read."
    )
    equivalent = {
        "line 1: `logits[:, :-1]` → `logits`": _never_read,
        "with_log_softmax, line 1: `logits.log_softmax(-1)[:, :-1]` → `logits.log_softmax(-1)`": _never_read,
    }
