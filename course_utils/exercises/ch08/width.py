"""8.12: what fifty times the neurons change."""

from course_utils.checking import ValueExercise


class WhatWidthDid(ValueExercise):
    id, title = "8.12", "Does width dissolve it?"
    difficulty, minutes, points, needs = "A", 5, 1, []
    choices = ["a", "b", "c", "d", "e", "f"]
    checked = (
        "There is room for a neuron a meaning, and better neurons do appear; but most neurons stay mixed, and "
        "the layer as a whole is used. Nothing in the loss asks for more."
    )
    hints = [
        "Rows of the table: how good the best neuron of a meaning is, how many meanings an average neuron needs, "
        "how many neurons never speak. For e compare the column before training, for f the best of 128 at random.",
        "Best neurons improve; does the *average* neuron need one meaning only? And is any neuron dead?",
    ]

    def oracle(self) -> str:
        return "c"

    mistakes = {
        "room is enough": (
            "a",
            "Look at the best neuron of each thing: far from 1, in a layer with fifty neurons for each of the 128. "
            "Room alone doesn't bring it about.",
        ),
        "the rest is dead": (
            "b",
            "Look at how many never speak. The layer doesn't use a few neurons and leave the others: all do a little.",
        ),
        "nothing changed": (
            "d",
            "The best neurons of things and of senses are better than those of the narrow model: more than nothing.",
        ),
        "training alone": (
            "e",
            "Compare `wide, before` (training) with the trained narrow layer, for senses: among 6,400 directions some "
            "are good by chance.",
        ),
        "each neuron is purer": (
            "f",
            "Look at the best of 128 drawn at random, the narrow model's number: better than there? A best of 6,400 is "
            "a better best because there are more to choose from.",
        ),
    }
    rewrites = ["C", " c ", "c "]
