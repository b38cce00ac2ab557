"""Five questions at the end of chapter 02."""

from course_utils.checking import Choice, Question

QUIZ = [
    Question(
        "A model of 64 features in 8 dimensions keeps 16 of them, each with D = 1/2, and the other columns are 0. What "
        "is ‖W‖²_F, about, if the kept arrows have length 1?",
        [
            Choice("8", "That is m: it would be m/‖W‖² = 1, one dimension for each feature."),
            Choice("16", "Yes (2.1): it counts the arrows. m/‖W‖² is then 8/16 = 1/2, the plateau.", right=True),
            Choice("32", "The shares add up to 16 · 1/2 = 8 dimensions. ‖W‖² counts arrows, not shares."),
            Choice("64", "The dropped ones have length 0 and add nothing."),
        ],
    ),
    Question(
        "A feature has D = 3/8. Which polytope is it a corner of?",
        [
            Choice("A square antiprism: 8 corners in 3 dimensions.", "Possible. So is a cube, or something irregular."),
            Choice(
                "That can't be said from D alone.",
                "Right (2.3, 2.4): D is the share of a dimension. Which arrows share, and in how many dimensions, has "
                "to be looked at.",
                right=True,
            ),
            Choice("A cube: eight corners in 3 dimensions.", "A cube has 3/8 as well, and so has the antiprism."),
        ],
    ),
    Question(
        "At the crossing of 2.5 the best loss has a kink, and yet a single training shows no jump there. Why?",
        [
            Choice(
                "Both solutions stay stable beyond the crossing, and training stays in the one it is in.",
                "Yes (2.5): continued by warm starts each lives on well past the place where the other is cheaper.",
                right=True,
            ),
            Choice("The kink comes from the noise of the sample.", "The losses there are exact, not sampled."),
            Choice("The two solutions turn into each other continuously.", "Then the best loss would have no kink."),
        ],
    ),
    Question(
        "Two rare features always come together, each with a strength of its own. What is the best use of one "
        "dimension?",
        [
            Choice("Opposite arrows for the two.", "They are always on together, so each would cut the other off."),
            Choice(
                "One arrow for their sum.",
                "Yes (2.8): the first principal component. It costs p/24 for each of them, the least one number can "
                "leave.",
                right=True,
            ),
            Choice("An arrow for one of them, and a bias for the other.", "That costs the full variance of the other."),
        ],
    ),
    Question(
        "In 2.9 nearly all drops of a loss go with a jump of the same run's geometry, half of them also with one of "
        "another run, one in ten with jumps shifted in time. How much of the match is about the run itself?",
        [
            Choice(
                "All but one in ten.", "The shift also undoes what every run has in common: which feature comes when."
            ),
            Choice(
                "What goes beyond the other runs: a little under half.",
                "Yes: a control should keep everything except the thing in question. And it says when, not why.",
                right=True,
            ),
            Choice("All of it: the jumps cause the drops.", "Both are read off the same weights. Nothing was changed."),
        ],
    ),
]
