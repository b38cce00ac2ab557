"""Five questions at the end of chapter 06."""

from course_utils.checking import Choice, Question

QUIZ = [
    Question(
        "A model's loss in a genre is 1.30 nats per piece, and the floor of that genre is 1.27. What follows?",
        [
            Choice(
                "It uses the same rules inside as the generator.",
                "It predicts nearly as well. How it does so is what the rest of the chapter had to find out.",
            ),
            Choice(
                "With more training it would reach zero.",
                "Never: 1.27 nats are real choices of the process, which nobody can foresee.",
            ),
            Choice(
                "It lacks nothing that is both common and costly.",
                "Yes, and no more than that. Each of the 105 things stands at about one piece in 900 of the notes. Not "
                "to know one costs 2 nats there, 0.002 nats a piece: 0.03 nats have room for ten such gaps.",
                right=True,
            ),
            Choice(
                "It has memorised the texts.",
                "The texts were new to it. A floor is an average over the process, not over what was read.",
            ),
        ],
    ),
    Question(
        "The cosines between trained embeddings are larger than between random arrows. Why?",
        [
            Choice(
                "Training failed to spread them out.",
                "Spreading out isn't what it is paid for. The loss falls when pieces that are used alike lie together.",
            ),
            Choice(
                "Pieces that are used alike share directions.",
                "Yes: counties lie near counties. What is confused among them often need not be told apart.",
                right=True,
            ),
            Choice(
                "There are more pieces than dimensions.",
                "That forces a root mean square of 0.120, and random arrows have 0.125. It doesn't explain more.",
            ),
        ],
    ),
    Question(
        "With an untrained MLP in the trained one's place, the piece after a homonym costs some nats more. Has "
        "the rest "
        "of the model no use for the sense?",
        [
            Choice(
                "None: it pays nats more than it did with its own MLP.",
                "Nats also ask how sure it is. A model that is confidently wrong about all else may still know "
                "the sense.",
            ),
            Choice(
                "It has: of the two senses it mostly chooses the right one.",
                "Yes. Restrict the choice to what the question is about, and hold it against who knows only the word: "
                "half. The heads have written the sense where the unembedding reads.",
                right=True,
            ),
            Choice(
                "It has: a linear read-out names the sense after either MLP.",
                "That shows that the sense is there for a reader who is fitted with labels. The unembedding wasn't.",
            ),
        ],
    ),
    Question(
        "You patch one head at one position, and the answer changes completely. What have you shown?",
        [
            Choice(
                "No other place carries the information.",
                "Others may: patching one is enough to change the answer, even if a second holds the same.",
            ),
            Choice(
                "What differs there between the two runs suffices to change this answer.",
                "Yes: sufficient, here, for this difference between two texts.",
                right=True,
            ),
            Choice(
                "The head does nothing else.",
                "It says nothing about other texts: only what differs between these two was moved.",
            ),
        ],
    ),
    Question(
        "Directions of features of two genres overlap twice as much as random arrows. Which control takes that apart?",
        [
            Choice(
                "More random arrows.",
                "They give the same 0.125 with more digits. They are isotropic, and activations aren't.",
            ),
            Choice(
                "The same with a larger k.",
                "Then chance is larger too, and the question stays.",
            ),
            Choice(
                "Directions computed in the same way from shuffled labels.",
                "Yes: they differ in one thing only, the labels. Their overlap is as large or larger, so the shape of "
                "the activations made it.",
                right=True,
            ),
            Choice(
                "Another kind of model.",
                "Worth doing, but it wouldn't tell where the overlap in this one comes from.",
            ),
        ],
    ),
]
