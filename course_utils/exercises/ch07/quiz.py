"""Five questions at the end of chapter 07."""

from course_utils.checking import Choice, Question

QUIZ = [
    Question(
        "A linear probe of the neurons finds the meaning “fern owl” with F1 0.95 on new texts. What have you learned?",
        [
            Choice(
                "The MLP computes the meaning.",
                "So would 128 GELUs that nobody trained, given the same input. A probe fits its own weights; it can't "
                "say what training made the layer for.",
            ),
            Choice(
                "The meaning can be read there by a linear reader that is given labels.",
                "Yes, and that is all. Whether the model made it, uses it, or reads it along this direction are three "
                "more questions, with an experiment each.",
                right=True,
            ),
            Choice(
                "The model uses the meaning to predict the next piece.",
                "Readable isn't used. Take the direction out, and see whether the next pieces cost more.",
            ),
            Choice(
                "There is a neuron for the meaning.",
                "A probe adds up all neurons. The best single one tells these meanings badly: see 7.6.",
            ),
        ],
    ),
    Question(
        "Half of all positions go to the fit, the other half to the test. For which feature does the score say too "
        "much?",
        [
            Choice(
                "For one that is the same all through a text, if there are few texts.",
                "Yes: rows of the same text stand on both sides, and whoever recognises the text knows the label. A "
                "random label for each text shows it best.",
                right=True,
            ),
            Choice(
                "For a rare one.",
                "Rare features make accuracy useless, and figures uncertain. The split is another question.",
            ),
            Choice(
                "For one that the piece decides.",
                "It is the same piece in every text: a new text is as easy as a known one.",
            ),
        ],
    ),
    Question(
        "A feature holds at one position in 2,500. A probe has an accuracy of 99.9 %. Is it good?",
        [
            Choice(
                "Yes: it errs once in a thousand positions.",
                "Whoever always says no errs once in 2,500. This probe does worse than nothing.",
            ),
            Choice(
                "No: saying no everywhere has 99.96 %.",
                "Yes. Its errors outnumber the positions where the feature holds. Ask for precision and recall.",
                right=True,
            ),
            Choice(
                "It can't be said without the loss.",
                "It can: compare with the accuracy of a probe that always says no.",
            ),
        ],
    ),
    Question(
        "The best probe's direction and the difference of the means have a cosine of 0.5. Why?",
        [
            Choice(
                "The probe was not trained long enough.",
                "More steps don't bring them together: they answer different questions.",
            ),
            Choice(
                "The difference of the means is noisier.",
                "With more texts the cosine stays where it is.",
            ),
            Choice(
                "The probe turns away from what varies for other reasons.",
                "Yes. Its weights are made to tell, so they cancel noise that neurons share. Multiplied with the "
                "covariance they come close to the difference of the means (Haufe et al. 2014).",
                right=True,
            ),
        ],
    ),
    Question(
        "You patch along a direction, and the answer follows. Its unread part alone does nothing, its read part alone "
        "does nothing. What did the patch do?",
        [
            Choice(
                "It moved the model's own representation of the concept.",
                "Then the read part alone would have moved the answer: it is all that the rest of the model can see.",
            ),
            Choice(
                "It used what is not read to push something that is read and never moves on its own.",
                "Yes: the one says how far, the other does the work. Neither carries the concept from its input to the "
                "answer.",
                right=True,
            ),
            Choice(
                "Nothing: such an effect is noise.",
                "The effect is large and the same each time. What is wrong is what we say of it.",
            ),
        ],
    ),
]
