"""Five questions at the end of chapter 08."""

from course_utils.checking import Choice, Question

QUIZ = [
    Question(
        "The ten texts that excite a neuron most all speak of the same thing. What have you learned?",
        [
            Choice(
                "The neuron stands for that thing.",
                "The top ten are a sliver of what it does. Look at the rest of its range: nearly all of its activation "
                "comes from rows that never make the top ten.",
            ),
            Choice(
                "What its largest activations have in common.",
                "Yes, and no more. Whether its activation as a whole has a meaning, a sample over the range tells.",
                right=True,
            ),
            Choice(
                "The model has a feature for that thing.",
                "It may well have: as a direction of many neurons. One neuron's top ten don't show it either way.",
            ),
        ],
    ),
    Question(
        "Why are the neurons shown without the name of the model that they come from?",
        [
            Choice(
                "Because whoever knows which model is meant to be readable finds it readable.",
                "Yes. The names are printed when all ratings are given, and then chance gets its turn: how many deals "
                "of the names would do as well?",
                right=True,
            ),
            Choice(
                "Because the names would take up too much room.",
                "They would cost one line. The point is what the rater expects.",
            ),
            Choice(
                "Because ratings by people are random anyway.",
                "If they were, one could leave them. They aren't random, but they bend towards what one hopes to see.",
            ),
        ],
    ),
    Question(
        "After a SoLU's LayerNorm the half of the neurons that was quiet before it has a twentieth of the direct "
        "effect. Is information smuggled through it?",
        [
            Choice(
                "Yes: a direct effect is an effect.",
                "Nearly all of it is what zero becomes in the LayerNorm: minus the mean over the scale. That says "
                "nothing of these neurons' activations.",
            ),
            Choice(
                "That can't be said yet. Set the quiet ones to zero before the norm and see what the model loses.",
                "Yes. If it loses nothing then what they themselves say isn't used, and the effect is the norm's own.",
                right=True,
            ),
            Choice(
                "No, since their activations are small.",
                "Small before the norm needn't be small after it: the norm divides by the scale of the row. One has to "
                "look.",
            ),
        ],
    ),
    Question(
        "A neuron fires at “fern owls” and at “cart.add(”, and the model never confuses the two. How?",
        [
            Choice(
                "Another neuron fires only at one of them and corrects it.",
                "One wouldn't do: take a single neuron out and the answer nearly always stays. Many parts add up.",
            ),
            Choice(
                "The two never occur in the same text.",
                "That helps the model to share a neuron. But how does it know which of the two is there?",
            ),
            Choice(
                "The logits add up the parts of all neurons, and what is wrong in one cancels against the others.",
                "Yes. What this neuron says for the wrong answer is outvoted: what speaks against the right one adds "
                "up to about half of what speaks for it.",
                right=True,
            ),
        ],
    ),
    Question(
        "A layer with fifty times the neurons, at about the same loss: what became of polysemantic neurons?",
        [
            Choice(
                "They are gone: there is a neuron for every feature.",
                "There would be room. Training doesn't look for it: the loss asks for right answers, not for neurons "
                "that one can name.",
            ),
            Choice(
                "There are some better neurons, and most are still mixed.",
                "Yes. Room is not a reason. Something has to pay for it, such as a penalty on how many are active.",
                right=True,
            ),
            Choice(
                "Most neurons are dead: the layer uses as many as it needs.",
                "None was. All of them do a little.",
            ),
        ],
    ),
]
