"""Five questions at the end of chapter 10."""

from course_utils.checking import Choice, Question

QUIZ = [
    Question(
        "A dictionary recovers 97 % of the loss, against zero-ablation. What do you know?",
        [
            Choice(
                "It has found nearly all that the model computes there.",
                "The missing hundredths can sit at few rows, and at just those where something was computed. Ours "
                "lost about a nat at the links of pairs, and little elsewhere.",
            ),
            Choice(
                "Its reconstruction costs the model a thirtieth of what zeros cost it.",
                "Yes, and no more. How much that is in nats, at which rows, and what the mean in the place of zero "
                "would say, has to be asked besides.",
                right=True,
            ),
            Choice(
                "Of a hundred features it has 97.",
                "Loss recovered knows nothing of features: it compares three losses.",
            ),
        ],
    ),
    Question(
        "Two dictionaries of one layer: A recovers more loss than B. Which one has more of the true features?",
        [
            Choice(
                "A: what the model needs are its features.",
                "Tempting. In this chapter the two orders were held against each other, over architectures, "
                "sparsities and trainings: one doesn't follow from the other.",
            ),
            Choice(
                "B: whatever recovers less has found more.",
                "The opposite rule is none either. Nothing but the truth, or something that stands for it, says.",
            ),
            Choice(
                "That can't be said from the loss.",
                "Yes. They are two questions. Where there are no labels one needs another test of the second than "
                "the first.",
                right=True,
            ),
        ],
    ),
    Question(
        "A latent fires at “fern owls” and at nothing else. The meaning that it belongs to has three spellings, "
        "each as frequent as the others. What is the best F1 that a single latent like this can have for the meaning?",
        [
            Choice(
                "1, for it is never wrong.",
                "Its precision is 1. Of the meaning's places it finds those of one spelling in three.",
            ),
            Choice(
                "One half.",
                "Yes: precision 1, recall a third, and 2 · 1 · ⅓ / (1 + ⅓) = ½. A low F1 may be a perfect latent for "
                "a part: a union of three says so.",
                right=True,
            ),
            Choice(
                "One third, like its recall.",
                "F1 is the harmonic mean of recall and precision, and precision is 1.",
            ),
        ],
    ),
    Question(
        "An explanation of a latent predicts well where it fires. Is it right?",
        [
            Choice(
                "Yes: that is what a detection score measures.",
                "It measures agreement on the rows that were drawn. A wider or narrower account that agrees on most of "
                "them scores about as well.",
            ),
            Choice(
                "No: such scores are noise.",
                "They beat shuffled explanations by far. What they don't do is tell a right account from a near one.",
            ),
            Choice(
                "It agrees with the latent on the rows that were looked at; a wrong one may do so too.",
                "Yes. Where the truth is known one can count how often. Where it isn't, choose rows on which the "
                "likeliest wrong accounts would differ.",
                right=True,
            ),
        ],
    ),
    Question(
        "The error of a reconstruction disturbs the model more than a random vector of the same length. What is the "
        "first thing to ask?",
        [
            Choice(
                "Whether the random vectors have the data's covariance.",
                "Yes: what a layer uses lies in few directions, and a vector that avoids them disturbs little. The "
                "control has to be alike in all but the thing that is blamed. (And a mean over rows with a few "
                "very large ones wants its median beside it.)",
                right=True,
            ),
            Choice(
                "Whether the dictionary is large enough.",
                "A larger one has smaller errors; but the comparison is at equal length, and it is the control that "
                "is in doubt.",
            ),
            Choice(
                "Whether the model has been trained for long enough.",
                "That would matter for what it computes. Here two disturbances of one model are compared, and one of "
                "them isn't a fair control.",
            ),
        ],
    ),
]
