"""Five questions that close chapter 0."""

from course_utils.checking import Choice, Question

QUIZ = [
    Question(
        "A model writes three features as arrows of length 1 in a plane, 120° apart. Only feature 0 is on, at 1. What "
        "do you read for feature 1?",
        [
            Choice("0", "Only arrows at a right angle read nothing of each other, and 120° is more than 90°."),
            Choice(
                "−0.5",
                "Yes (0.3): the cosine of 120°. Nobody switched feature 1 on, and its reading is not 0.",
                right=True,
            ),
            Choice("0.5", "The size is right. The arrows are more than 90° apart, so the leak is negative."),
            Choice("1", "You would read 1 only along an arrow that points the same way as feature 0."),
        ],
    ),
    Question(
        "You rotate the hidden space of a linear bottleneck, writing and reading with R W in place of W. What changes?",
        [
            Choice("The outputs", "(RW)ᵀ(RW) = WᵀRᵀRW = WᵀW: the rotation cancels between writing and reading."),
            Choice(
                "The cosines between features",
                "A rotation turns all arrows together and keeps every angle between them.",
            ),
            Choice(
                "The value of each hidden unit",
                "Yes (0.4), and only that. So no unit means anything by itself here.",
                right=True,
            ),
            Choice(
                "Nothing at all",
                "Look inside: every hidden value is another number. It is outside that nothing changes.",
            ),
        ],
    ),
    Question(
        "What makes the basis of a hidden layer privileged?",
        [
            Choice(
                "That its features are at right angles",
                "They may be, in any direction. The question is what singles out the axes.",
            ),
            Choice(
                "That something acts on each axis by itself, such as a ReLU",
                "Yes (0.4). The ReLU asks each coordinate for its sign, so a rotation changes what comes out.",
                right=True,
            ),
            Choice("That the layer is wide", "A wide linear layer can be rotated as freely as a narrow one."),
            Choice("That it has a bias", "A bias is one more vector, and it can be rotated along with the rest."),
        ],
    ),
    Question(
        "How is a logit of our language model computed from the last residual vector, after LayerNorm?",
        [
            Choice(
                "One dot product with the word's unembedding direction, plus a bias",
                "Yes (0.6): a reading like those of 0.2.",
                right=True,
            ),
            Choice(
                "As the hidden unit that belongs to the word",
                "There are 69 words and 16 units. No word has a unit of its own.",
            ),
            Choice(
                "By a softmax over the vocabulary",
                "The softmax comes after the logits and turns them into probabilities.",
            ),
            Choice(
                "By the attention of the last word to the first",
                "Attention moved information here earlier; the logit only reads it.",
            ),
        ],
    ),
    Question(
        "Our model has a direction for each of its 69 words in 16 dimensions. What must follow?",
        [
            Choice(
                "It confuses some words",
                "Its predictions are close to the best possible (0.7), although its directions overlap.",
            ),
            Choice(
                "Most words share one direction exactly",
                "Some that mean the same come close. Nothing forces it, and most don't.",
            ),
            Choice(
                "Most pairs can't be at right angles",
                "They could: put about 9 words into each of 8 planes that are at right angles to one another, and "
                "nearly nine pairs in ten are at right angles. Some pairs can't be; most can.",
            ),
            Choice(
                "They can't all be at right angles to one another, so some readings leak",
                "Yes (0.7). In 16 dimensions at most 16 directions are all at right angles to one another. Words that "
                "are likely together overlap most, and there that is no loss.",
                right=True,
            ),
            Choice(
                "It uses only 16 of the words",
                "It predicts all 69: directions need not be at right angles to be told apart.",
            ),
        ],
    ),
]
