"""Five questions at the end of chapter 09."""

from course_utils.checking import Choice, Question

QUIZ = [
    Question(
        "A dictionary for 64 features in 16 dimensions has an MMCS of 0.55, features looking for latents. Is that "
        "good?",
        [
            Choice(
                "Yes: more than half of each feature has been found.",
                "A cosine is no share. Ask what 64 random directions would score.",
            ),
            Choice(
                "It is about what 64 random directions get.",
                "Yes: with few dimensions and many directions something is always near. Without its chance level an "
                "MMCS says little.",
                right=True,
            ),
            Choice(
                "No: a working dictionary has an MMCS of exactly 1.",
                "Good ones come to 0.99 here. The question is where nothing starts, and that is not 0.",
            ),
        ],
    ),
    Question(
        "Why must an L1 penalty on f come with unit rows of W_dec, or with f weighted by the norms of the rows?",
        [
            Choice(
                "Otherwise f shrinks and W_dec grows: the penalty goes to nothing and the sparsity never comes.",
                "Yes: ReLU(z)/s · sW is the same reconstruction at a smaller price.",
                right=True,
            ),
            Choice(
                "Otherwise the gradients of W_dec explode.",
                "They may, in the end. The reason comes before: there is a cheaper solution that isn't sparser.",
            ),
            Choice(
                "Cosines are only defined between unit vectors.",
                "A cosine divides by the lengths itself. It is the loss that needs the norms.",
            ),
            Choice(
                "It isn't needed if b_dec is trained.",
                "b_dec shifts x̂ by a constant. It can't stop f and W_dec from sharing a factor as they please.",
            ),
        ],
    ),
    Question(
        "All directions of a ReLU + L1 autoencoder are right, and its activations are too small. What would not help?",
        [
            Choice(
                "A JumpReLU with an L0 penalty.",
                "It helps: a count of active latents charges the same however strong they are.",
            ),
            Choice(
                "A gate that takes the penalty, beside a magnitude that doesn't.",
                "It helps: the magnitude only answers for the error.",
            ),
            Choice(
                "Training longer.",
                "Right, it doesn't: the shrunk activation is the minimum of the loss, value − l1/2.",
                right=True,
            ),
            Choice(
                "Rescaling each latent afterwards.",
                "It helps in part (Wright and Sharkey 2024 do this by fine-tuning).",
            ),
        ],
    ),
    Question(
        "A feature's latent has a precision of 1 and misses a quarter of its rows: always those where a certain rarer "
        "feature, which implies it, is on. What is this?",
        [
            Choice(
                "A dead latent.",
                "It fires in three rows of four.",
            ),
            Choice(
                "Shrinkage: it is on there, too weakly to be seen.",
                "Shrinkage takes a little from every activation, whatever else is on. Here whole rows are missing.",
            ),
            Choice(
                "Absorption: the rarer feature's latent has taken the parent's direction into its own row.",
                "Yes: one active latent less and nothing lost in x̂. That is why sparsity asks for it.",
                right=True,
            ),
            Choice(
                "Splitting: the feature has been divided among several latents.",
                "In a split every piece stands for a part of the feature that makes sense. Here the latent looks "
                "like the whole feature, with a hole.",
            ),
        ],
    ),
    Question(
        "In a real model nobody knows the features. Which finding of this chapter carries over least?",
        [
            Choice(
                "That L1 shrinks activations.",
                "It carries over: it comes from the loss, not from our features.",
            ),
            Choice(
                "That reconstruction and recovery are two different things.",
                "It carries over: they came apart even here, where the data were made for the method.",
            ),
            Choice(
                "The fraction of features recovered.",
                "Yes: it was measured on independent, sparse, linear, non-negative features. Whether real ones are "
                "like this is the open question.",
                right=True,
            ),
        ],
    ),
]
