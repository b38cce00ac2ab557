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
                "Yes. Keeping a feature saves in proportion to p, and clashes with another one cost in proportion "
                "to p².",
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
                "Yes: principal components. A common factor in all the variances changes no order.",
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
                "The mean is positive. It is the bias of a feature that was dropped.",
            ),
            Choice(
                "The bias pushes the neighbours' interference below zero, where the ReLU cuts it off; length makes "
                "up for what the bias takes.",
                "Yes, and both are a compromise: complete silence costs more than it saves.",
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
                "Right, that can't be: an antipodal partner adds (−1)² = 1. The square counts it, although the ReLU "
                "often saves the pair.",
                right=True,
            ),
            Choice(
                "The others share the remaining dimensions among themselves.",
                "It can: tightly packed or not, they only have to be orthogonal to this one.",
            ),
        ],
    ),
    Question(
        "In the phase diagram of two features in one dimension, what happens to the best loss and to the best W "
        "when you cross a boundary?",
        [
            Choice(
                "Both change smoothly.",
                "The candidates are as different as [1, 0] and [1, −1]; nothing between them is best anywhere near "
                "the boundary.",
            ),
            Choice(
                "The loss is continuous with a kink in its slope; W jumps.",
                "Yes: the best loss is the lower of two curves that cross. In physics that is a first-order phase "
                "change.",
                right=True,
            ),
            Choice(
                "The loss jumps, W changes smoothly.",
                "The lower of two continuous curves is continuous. It is the solution behind it that changes at once.",
            ),
        ],
    ),
]
