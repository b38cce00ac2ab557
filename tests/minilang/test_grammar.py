"""A person reads these texts: they must be correct English, Spanish and code."""

import re

import numpy as np
import pytest

import course_utils.minilang as ml
from course_utils.minilang import lexicon as lx

NOUNS = "|".join([noun for nouns in lx.TOPICS.values() for noun in nouns] + lx.OCCUPATIONS)


@pytest.fixture(scope="module")
def texts() -> dict[str, list[str]]:
    """Genre -> texts, their unfinished last sentence or line cut off."""
    corpus = ml.sample(3000, 21)
    genres = np.array(corpus.genres())
    return {genre.name: [corpus.text(i) for i in np.flatnonzero(genres == genre.name)] for genre in ml.GENRES}


def prose(texts) -> str:
    return "\n".join(text.rsplit(".", 1)[0] + "." for genre in ("tale", "notes") for text in texts[genre])


def test_a_stands_before_consonants_and_an_before_vowels(texts):
    articles = re.findall(r"\b([Aa]n?) (\w)", prose(texts))
    assert len(articles) > 1000
    assert all((article.lower() == "an") == (letter in "aeiou") for article, letter in articles)


def test_be_agrees_with_its_noun(texts):
    found = re.findall(rf"\b({NOUNS})(s?) (is|are|was|were)\b", prose(texts))
    assert len(found) > 200
    assert all((be in ("are", "were")) == bool(plural) for _, plural, be in found)


def test_a_tale_keeps_its_tense_outside_quotations(texts):
    stems = "|".join(lx.MOTION_VERBS + lx.TRANSITIVE_VERBS + lx.STAY_VERBS)
    for text in texts["tale"]:
        told = re.sub(r'"[^"]*"?', "", text)
        endings = set(re.findall(rf" (?:{stems})(s|ed)\b", told))
        endings |= {
            "ed" if be in ("was", "were", "said") else "s" for be in re.findall(r" (was|were|said|is|are|says)\b", told)
        }
        assert len(endings) == 1, text


def test_a_tale_is_about_one_person_with_her_or_his_pronouns_and_occupation(texts):
    for text in texts["tale"]:
        name, occupation = re.match(r"(?:One|Late one|Early one) \w+ (\w+), an? (\w+),", text).groups()
        assert {word for word in re.findall(r"\w+", text) if word in lx.WOMEN + lx.MEN} == {name}
        pronouns = {word.lower() for word in re.findall(r"\b([Ss]he|[Hh]e|her|his)\b", text)}
        assert pronouns <= ({"she", "her"} if name in lx.WOMEN else {"he", "his"})
        again = re.findall(r"The (\w+) (?:\w+(?:s|ed))\b (?:to|past|toward|through|the|an?|her|his|in|near)\b", text)
        assert {word for word in again if word in lx.OCCUPATIONS} <= {occupation}


def test_a_tale_keeps_to_its_topic(texts):
    for text in texts["tale"]:
        words = set(re.findall(r"\w+", text))
        topics = {topic for topic, nouns in lx.TOPICS.items() if words & {*nouns, *[noun + "s" for noun in nouns]}}
        assert len(topics) == 1, text
        for word, verb in re.findall(r"[Tt]he (\w+) (\w+?)(?:s|ed)\b", text):
            if word in lx.HOMONYMS:
                assert verb in lx.HOMONYMS[word][next(iter(topics))].split(), text


def test_quotations_open_before_they_close_and_one_at_a_time(texts):
    for text in texts["tale"]:
        marks = re.findall(r',"| "', text)
        assert marks == ([' "', ',"'] * len(marks))[: len(marks)]


def test_brackets_of_every_finished_line_balance(texts):
    for text in texts["code"]:
        for line in text.split("\n")[:-1]:
            stack = []
            for mark in re.findall(r"[()\[\]]", line):
                if mark in "([":
                    stack.append(mark)
                else:
                    assert stack and stack.pop() + mark in ("()", "[]"), line
            assert not stack, line


def test_whole_functions_compile(texts):
    compiled = 0
    for text in texts["code"]:
        for function in text.split("\n\n")[:-1]:
            compile(function, "function", "exec")
            compiled += 1
    assert compiled > 200


def test_spanish_articles_and_adjectives_agree(texts):
    masculine, feminine = {*lx.SPANISH_HE, *lx.SPANISH_PLACES_HE}, {*lx.SPANISH_SHE, *lx.SPANISH_PLACES_SHE}
    text = "\n".join(text.rsplit(".", 1)[0] for text in texts["spanish"])
    for article, noun, adjective in re.findall(r"\b([Ee]l|[Ll]a) (\w+)(?: (\w+))?", text):
        assert noun in (masculine if article.lower() == "el" else feminine)
        if adjective[:-1] in lx.SPANISH_STEMS:
            assert adjective[-1] == ("o" if noun in masculine else "a")


def test_the_days_of_a_table_follow_each_other(texts):
    for text in texts["table"]:
        rows = re.findall(r"^(\w{3}) (\d+) (\w+) \|.*\| \d+ (\w+)$", text, flags=re.M)
        assert len(rows) >= 3
        assert len({(month, unit) for _, _, month, unit in rows}) == 1
        for (day, number, *_), (next_day, next_number, *_) in zip(rows, rows[1:]):
            assert lx.WEEKDAYS[(lx.WEEKDAYS.index(day) + 1) % 7] == next_day
            assert int(number) + 1 == int(next_number) <= 31


def test_keys_are_copied_letter_by_letter(texts):
    for text in texts["keys"]:
        pairs = re.findall(r"key: (\w+)==\ncopy: (\w+)==", text)
        assert pairs
        assert all(key == copy for key, copy in pairs)


def test_lists_are_repeated_word_by_word_and_hold_no_item_twice(texts):
    for text in texts["list"]:
        first, *again = [part.split(":")[1].split() for part in text.split(".") if ":" in part]
        assert 6 <= len(first) <= 18 and len(set(first)) == len(first)
        assert again
        assert all(items == first[: len(items)] for items in again)
