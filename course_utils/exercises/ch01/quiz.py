"""Five questions at the end of chapter 01."""

from course_utils.checking import Choice, Question

QUIZ = [
    Question(
        "The data get sparser, everything else stays. Why can the ReLU output model now keep more features than it "
        "has dimensions?",
        [
            Choice(
                "Sparse features are smaller, so their interference is smaller.",
                "A feature that is on is as strong as before: uniform on [0, 1]. It is on less often.",
            ),
            Choice(
                "Two features that share a direction are rarely on together, so their interference is rarely paid for.",
                "Yes (1.4, 1.12). Keeping a feature saves in proportion to p, and clashes with another one cost in "
                "proportion to p².",
                right=True,
            ),
            Choice(
                "Sparse data lets training find arrows that are exactly orthogonal.",
                "There is no room: in m dimensions at most m directions are orthogonal. The arrows of the pentagon "
                "are 72° apart.",
            ),
            Choice(
                "With fewer inputs on, the loss is smaller, so the model can afford errors.",
                "Everything gets cheaper by p, dropping a feature too. What decides is that clashes get cheaper "
                "faster.",
            ),
        ],
    ),
    Question(
        "The linear model gets sparser and sparser data, all features equally sparse. What does it do?",
        [
            Choice(
                "It puts more and more features in superposition.",
                "Never: without a non-linearity interference can't be cut off, and keeping m features exactly is "
                "optimal at every density.",
            ),
            Choice(
                "It keeps the m most important features, at every density.",
                "Yes (1.10): principal components. A common factor in all the variances changes no order.",
                right=True,
            ),
            Choice(
                "It keeps the features that happen to be on most often.",
                "They are equally sparse; and what counts is importance times variance, not frequency.",
            ),
        ],
    ),
    Question(
        "In the sparse pentagon the biases are about −0.26 and the arrows about 1.15 long. Why?",
        [
            Choice(
                "Adam overshoots; with a smaller learning rate the lengths would be 1.",
                "The best length and bias can be computed: 1.17 and −0.28 if features never meet. Training comes "
                "close.",
            ),
            Choice(
                "A negative bias is the mean of the feature.",
                "The mean is positive. It is the bias of a feature that was dropped (1.4).",
            ),
            Choice(
                "The bias pushes the neighbours' interference below zero, where the ReLU cuts it off; length makes "
                "up for what the bias takes.",
                "Yes (1.9), and both are a compromise: complete silence costs more than it saves.",
                right=True,
            ),
            Choice(
                "Longer arrows are further apart, so they interfere less.",
                "Interference grows with length: w_i · w_j scales with both lengths.",
            ),
        ],
    ),
    Question(
        "A unit arrow's superposition Σ_{j≠i} (ŵ_i·w_j)² is 0. Which of these can't be?",
        [
            Choice("It has a direction to itself.", "It can: that is the usual case, all others are orthogonal to it."),
            Choice("All other features were dropped.", "It can: arrows of length 0 add nothing."),
            Choice(
                "Another kept feature points exactly the other way.",
                "Right, that can't be (1.7): an antipodal partner adds (−1)² = 1. The square counts it, although "
                "the ReLU often saves the pair.",
                right=True,
            ),
            Choice(
                "The others share the remaining dimensions among themselves.",
                "It can: tightly packed or not, they only have to be orthogonal to this one.",
            ),
        ],
    ),
    Question(
        "Two features in one dimension: you move slowly across a boundary of the phase diagram. What happens to the "
        "best W, if its weights are free?",
        [
            Choice(
                "It jumps at every boundary, since one solution takes over from another.",
                "Of candidates with fixed weights that would be true. At density 0.71 the second arrow grows from no "
                "length at all, without a jump (1.13).",
            ),
            Choice(
                "It never jumps: between any two candidates everything is best somewhere.",
                "At density 0.6 the second arrow grows to about a third of the other, and then the best length is "
                "twice that (1.13): nothing between is best anywhere.",
            ),
            Choice(
                "It jumps at some boundaries; at others the second arrow grows continuously.",
                "Yes (1.13): a first-order jump into the antipodal pair, and a continuous entry where data are dense.",
                right=True,
            ),
            Choice(
                "It jumps, and the best loss jumps with it.",
                "The best loss is the lowest of continuous curves, so it is continuous everywhere. Where W jumps, it "
                "has a kink (1.13).",
            ),
        ],
    ),
]
