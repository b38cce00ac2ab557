"""6.1: a label that depends on what came before."""

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("what comes later changes no label")
def causal(answer, tokens, topic_of, word, topic):
    half = tokens.shape[1] // 2
    same = torch.equal(answer(tokens, topic_of, word, topic)[:, :half], answer(tokens[:, :half], topic_of, word, topic))
    return None if same else "looks ahead"


def latest_topic(tokens, topic_of):
    """[document position]: topic of the latest topic noun so far, 0 before the first."""
    noun = topic_of[tokens]
    place = torch.arange(tokens.shape[1]) * (noun > 0)
    return noun.gather(1, place.cummax(dim=1).values)


class SenseLabels(FunctionExercise):
    id, title = "6.1", "One word, two features"
    difficulty, minutes, points, needs = "B", 8, 2, []
    checked = "sets of texts against a walk back from every place, with no topic noun at all, and several in one text"
    hints = [
        "Read a text from left to right and remember one thing: the topic of the last topic noun you saw. At the word, "
        "compare.",
        "`topic_of[tokens]` has the topic at every place, 0 where there is none. Either a loop over positions that "
        "keeps `now = torch.where(here > 0, here, now)`, or `cummax` over the positions of topic nouns.",
    ]

    def cases(self, rng):
        topic_of = torch.zeros(20, dtype=torch.long)
        topic_of[3:12] = torch.arange(9) % 3 + 1
        yield Case((torch.randint(1, 20, (6, 14), generator=rng), topic_of, 15, 2), "with many topic nouns")
        sparse = torch.randint(12, 20, (4, 16), generator=rng)
        sparse[:, 9] = torch.tensor([3, 4, 3, 4])
        sparse[:, [2, 7, 12]] = 15
        yield Case((sparse, topic_of, 15, 1), "with one topic noun, in the middle of the text")
        yield Case((torch.full((1, 5), 15), topic_of, 15, 1), "with no topic noun")

    def oracle(
        self, tokens: Int[Tensor, "document position"], topic_of: Int[Tensor, " vocab"], word: int, topic: int
    ) -> Bool[Tensor, "document position"]:
        holds = torch.zeros(tokens.shape, dtype=torch.bool)
        for d in range(len(tokens)):
            for i in range(tokens.shape[1]):
                if int(tokens[d, i]) != word:
                    continue
                for j in range(i, -1, -1):  # back to the nearest topic noun
                    if (found := int(topic_of[tokens[d, j]])) != 0:
                        holds[d, i] = found == topic
                        break
        return holds

    laws = [causal]

    @mistake(
        "A topic noun anywhere in the text counts for you, even after the word. A label is a function of what has "
        "been read so far: the model can't look ahead either."
    )
    def looks_ahead(tokens, topic_of, word, topic):
        return (tokens == word) & (topic_of[tokens] == topic).any(dim=1, keepdim=True)

    @mistake(
        "One noun of the topic somewhere before is not enough: a later noun of another topic takes over. Keep the "
        "latest."
    )
    def any_noun_before(tokens, topic_of, word, topic):
        return (tokens == word) & ((topic_of[tokens] == topic).cumsum(dim=1) > 0)

    @mistake("You compare with the last topic noun of the whole text. What counts is the latest one before the word.")
    def last_noun_of_the_text(tokens, topic_of, word, topic):
        return (tokens == word) & (latest_topic(tokens, topic_of)[:, -1:] == topic)

    @mistake("You kept the first topic noun. When another follows, it takes over.")
    def first_noun(tokens, topic_of, word, topic):
        noun = topic_of[tokens]
        first = noun.gather(1, (noun > 0).int().argmax(dim=1, keepdim=True))
        seen = (noun > 0).cumsum(dim=1) > 0
        return (tokens == word) & seen & (first == topic)

    @mistake("That is the topic at every place. The sense holds only where the piece is `word`.")
    def every_word(tokens, topic_of, word, topic):
        return latest_topic(tokens, topic_of) == topic

    @mistake("You label the word wherever it stands. That feature is token-determined; the sense depends on the topic.")
    def whatever_topic(tokens, topic_of, word, topic):
        return tokens == word

    @mistake("You look only at the piece right before the word. The topic noun may be many pieces back.")
    def piece_before(tokens, topic_of, word, topic):
        before = torch.zeros_like(tokens)
        before[:, 1:] = topic_of[tokens][:, :-1]
        return (tokens == word) & (before == topic)

    @rewrite
    def with_cummax(tokens, topic_of, word, topic):
        return (tokens == word) & (latest_topic(tokens, topic_of) == topic)

    @rewrite
    def going_along(tokens, topic_of, word, topic):
        now, holds = torch.zeros(len(tokens), dtype=topic_of.dtype), torch.zeros(tokens.shape, dtype=torch.bool)
        for i, column in enumerate(tokens.T):
            now = torch.where(topic_of[column] > 0, topic_of[column], now)
            holds[:, i] = (column == word) & (now == topic)
        return holds

    @rewrite
    def going_back(tokens, topic_of, word, topic):
        holds = torch.zeros(tokens.shape, dtype=torch.bool)
        for d, i in (tokens == word).nonzero().tolist():
            nouns = [t for t in topic_of[tokens[d, :i]].tolist() if t > 0]
            holds[d, i] = bool(nouns) and nouns[-1] == topic
        return holds
