"""Texts that differ in one noun and thereby in the sense of a homonym, and the verbs that each sense allows."""

import numpy as np
from jaxtyping import Bool, Int

from course_utils.minilang import lexicon as lx
from course_utils.minilang.vocabulary import PIECE_ID

OPENING = "One day Ada, a nurse, walks past the"


def topic_of_piece() -> Int[np.ndarray, " piece"]:
    """For every piece of the vocabulary the topic it is a noun of (1, 2, … in the order of `TOPICS`), or 0."""
    topics = np.zeros(len(PIECE_ID), np.int64)
    for number, nouns in enumerate(lx.TOPICS.values(), start=1):
        topics[[PIECE_ID[f" {noun}"] for noun in nouns]] = number
    return topics


def sense_prompts(side: int) -> list[str]:
    """A text for each homonym, up to it, with a noun of its first topic (0) or of its second (1)."""
    return [f"{OPENING} {lx.TOPICS[list(senses)[side]][0]}. The {word}" for word, senses in lx.HOMONYMS.items()]


def sense_verbs(side: int) -> Int[np.ndarray, "homonym 2"]:
    """The two pieces that may follow each homonym in its first sense (0) or in its second (1)."""
    verbs = [list(senses.values())[side].split() for senses in lx.HOMONYMS.values()]
    return np.array([[PIECE_ID[f" {verb}"] for verb in two] for two in verbs])


def topics_that_share_a_homonym() -> Bool[np.ndarray, "topic topic"]:
    """True for two topics, in the order of `TOPICS`, of which one word has a sense in each."""
    topics = list(lx.TOPICS)
    shared = np.zeros((len(topics), len(topics)), bool)
    for senses in lx.HOMONYMS.values():
        first, second = (topics.index(topic) for topic in senses)
        shared[first, second] = shared[second, first] = True
    return shared
