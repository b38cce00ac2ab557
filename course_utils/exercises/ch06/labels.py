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
    checked = (
        "sets of texts against a walk back from every place, with no topic noun at all, with nouns of several topics "
        "in one text, right at its start and right beside the word"
    )
    hints = [
        "Read a text from left to right and remember one thing: the topic of the last topic noun you saw. At the word, "
        "compare.",
        "`topic_of[tokens]` has the topic at every place, 0 where there is none. Either a loop over positions that "
        "keeps `now = torch.where(here > 0, here, now)`, or `cummax` over the positions of topic nouns.",
    ]

    def cases(self, rng):
        topic_of = torch.zeros(20, dtype=torch.long)
        topic_of[3:12] = torch.tensor([1, 2, 3, 1, 2, 3, 1, 2, 12])
        yield Case((_tales(), topic_of, 15, 2), "with nouns of several topics in each text")
        yield Case((torch.randint(1, 20, (6, 14), generator=rng), topic_of, 17, 2), "with many topic nouns")
        sparse = torch.randint(12, 20, (4, 16), generator=rng)
        sparse[:, 9] = torch.tensor([3, 4, 3, 4])
        sparse[:, [2, 7, 12]] = 15
        yield Case((sparse, topic_of, 15, 1), "with one topic noun, in the middle of the text")
        yield Case((torch.full((1, 5), 15), topic_of, 15, 1), "with no topic noun")
        whole = torch.full((2, 64), 16)  # as long as a text of the language: its first piece still counts at the last
        whole[:, 0], whole[:, 63] = torch.tensor([3, 4]), 15
        yield Case((whole, topic_of, 15, 1), "with a topic noun 63 pieces before the word")

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
        "You ask for the topic of the word itself, and it has none: it is no topic noun. Look at the nouns before it."
    )
    def topic_of_the_word(tokens, topic_of, word, topic):
        return (tokens == word) & (topic_of[tokens] == topic)

    @mistake("That is the other sense: the word where the latest topic is another one.")
    def other_sense(tokens, topic_of, word, topic):
        latest = latest_topic(tokens, topic_of)
        return (tokens == word) & (latest > 0) & (latest != topic)

    @mistake("Before the first topic noun of a text no sense holds. You count those places as if the topic were there.")
    def none_yet_counts(tokens, topic_of, word, topic):
        latest = latest_topic(tokens, topic_of)
        return (tokens == word) & ((latest == topic) | (latest == 0))

    @mistake("You label the first such word of a text only. Each place where the word stands gets its own label.")
    def first_word_only(tokens, topic_of, word, topic):
        here = tokens == word
        return here & (here.cumsum(dim=1) == 1) & (latest_topic(tokens, topic_of) == topic)

    @mistake("You add up the numbers of the topics so far. They are names, not amounts: keep the latest.")
    def topics_added_up(tokens, topic_of, word, topic):
        return (tokens == word) & (topic_of[tokens].cumsum(dim=1) == topic)

    @mistake("You take the nearest topic noun after the word. Only what stands before it has been read.")
    def noun_after(tokens, topic_of, word, topic):
        following = latest_topic(tokens.flip(1), topic_of).flip(1)
        return (tokens == word) & (following == topic)

    @mistake(
        "Those are the topic nouns themselves. The feature holds at `word`, where the latest of them is of the topic."
    )
    def the_nouns(tokens, topic_of, word, topic):
        return topic_of[tokens] == topic

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

    @mistake(
        "You take the first topic noun of the text for every place, even before it comes. What counts is the latest "
        "one before the word."
    )
    def first_noun_of_the_text(tokens, topic_of, word, topic):
        noun = topic_of[tokens]
        return (tokens == word) & (noun.gather(1, (noun > 0).int().argmax(dim=1, keepdim=True)) == topic)

    @mistake("You keep the largest topic so far. Topics are only numbered, not ordered: the latest one counts.")
    def largest_topic(tokens, topic_of, word, topic):
        return (tokens == word) & (topic_of[tokens].cummax(dim=1).values == topic)

    @mistake("You take the topic that most of the nouns before the word are of. One later noun is enough to change it.")
    def commonest_topic(tokens, topic_of, word, topic):
        so_far = torch.nn.functional.one_hot(topic_of[tokens])[:, :, 1:].cumsum(dim=1)
        return (tokens == word) & (so_far.sum(dim=-1) > 0) & (so_far.argmax(dim=-1) + 1 == topic)

    @mistake(
        "A topic noun that is a text's first piece is lost: you take its position, 0, for “none yet”. Ask whether "
        "there was a noun, not whether its position is above 0."
    )
    def first_piece_overlooked(tokens, topic_of, word, topic):
        place = (torch.arange(tokens.shape[1]) * (topic_of[tokens] > 0)).cummax(dim=1).values
        return (tokens == word) & (place > 0) & (topic_of[tokens].gather(1, place) == topic)

    @mistake(
        "What you remember of one text goes on into the next. Each text begins with no topic: before its first topic "
        "noun no sense holds."
    )
    def remembers_the_text_before(tokens, topic_of, word, topic):
        all_one = latest_topic(tokens.reshape(1, -1), topic_of).reshape(tokens.shape)
        return (tokens == word) & (all_one == topic)

    @mistake("The topic noun may come right after the word for you. Only what stands before it has been read.")
    def next_piece_counts(tokens, topic_of, word, topic):
        following = torch.nn.functional.pad(topic_of[tokens][:, 1:], (0, 1))
        return (tokens == word) & (torch.where(following > 0, following, latest_topic(tokens, topic_of)) == topic)

    @mistake("Each topic noun serves you for one word only. It stays the latest until another one comes.")
    def used_up(tokens, topic_of, word, topic):
        right = (tokens == word) & (latest_topic(tokens, topic_of) == topic)
        since = torch.zeros(tokens.shape, dtype=torch.long)
        for i in range(tokens.shape[1]):
            before = since[:, i - 1] if i else torch.zeros(len(tokens), dtype=torch.long)
            since[:, i] = torch.where(topic_of[tokens[:, i]] > 0, 0, before + (tokens[:, i] == word))
        return right & (since == 1)

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

    @mistake("You look back a few pieces only. However far back the latest topic noun is, it counts.")
    def a_few_pieces_back(tokens, topic_of, word, topic):
        holds = torch.zeros(tokens.shape, dtype=torch.bool)
        for d, i in (tokens == word).nonzero().tolist():
            nouns = [t for t in topic_of[tokens[d, max(0, i - 20) : i]].tolist() if t > 0]
            holds[d, i] = bool(nouns) and nouns[-1] == topic
        return holds

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

    equivalent = {
        "line 2: `noun > 0` → `noun != 0`": "A topic is 0 (none) or a number from 1: what isn't 0 is above 0.",
    }


def _tales() -> Tensor:
    """Texts of 30 pieces about a word, 15; topic nouns are 3, 6, 9 (of topic 1), 4, 7, 10 (2), 5, 8 (3) and 11 (12)."""
    texts = [
        {0: 4, 26: 15, 29: 15},  # the noun is the first piece, the word far behind it, and the last piece
        {2: 5, 9: 4, 12: 15, 13: 15},  # the latest topic isn't the largest; the word twice in a row
        {2: 4, 5: 15, 9: 3, 12: 15, 20: 7, 22: 15},  # there and back; no sense where the smaller topic is the latest
        {1: 5, 2: 8, 3: 5, 10: 10, 11: 15, 12: 3, 28: 7},  # outnumbered; between two nouns; a last noun that holds
        {0: 15, 3: 15, 4: 15, 5: 11, 8: 15, 10: 15},  # begins without a topic, then has one of two digits
        {1: 7, 28: 15},  # far behind it, again
        {3: 4, 4: 7, 5: 10, 8: 5, 9: 15, 10: 4, 11: 15, 20: 3},  # a majority of the topic, and another the latest
    ]
    return torch.tensor([[text.get(i, 16 + i % 4) for i in range(30)] for text in texts])
