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
                "A small f with a large W_dec would have the same x̂ for less.",
                "Yes: ReLU(z)/s · sW. The penalty goes to nothing, and the sparsity never comes.",
                right=True,
            ),
            Choice(
                "The gradients of W_dec would grow from step to step.",
                "They may, in the end. The reason comes before: there is a cheaper solution that isn't sparser.",
            ),
            Choice(
                "Cosines with the features need vectors of length 1.",
                "A cosine divides by the lengths itself. It is the loss that needs the norms.",
            ),
            Choice(
                "b_dec would grow in place of f, and x̂ be a constant.",
                "b_dec shifts x̂ by a constant, which explains nothing. What f and W_dec share is a factor.",
            ),
        ],
    ),
    Question(
        "All directions of a ReLU + L1 autoencoder are right, and its activations are too small. What would not help?",
        [
            Choice(
                "A JumpReLU with a penalty on L0.",
                "It helps: a count of active latents charges the same however strong they are.",
            ),
            Choice(
                "A gate that pays, a magnitude that doesn't.",
                "It helps: the magnitude only answers for the error.",
            ),
            Choice(
                "Ten times as many steps with this loss.",
                "Right, it doesn't: the shrunk activation is the minimum of the loss, value − l1/2.",
                right=True,
            ),
            Choice(
                "A factor for each latent, afterwards.",
                "It helps in part (Wright and Sharkey 2024 do this by fine-tuning).",
            ),
        ],
    ),
    Question(
        "A latent fires only where its feature is on, and misses a quarter of these rows: always those where a certain "
        "rarer feature, which implies it, is on. What is this?",
        [
            Choice(
                "Death: no gradient comes to it from these rows.",
                "It fires in three rows of four.",
            ),
            Choice(
                "Shrinkage: it is on there, too weakly to be seen.",
                "Shrinkage takes a little from every activation, whatever else is on. Here whole rows are missing.",
            ),
            Choice(
                "Absorption: the rarer one's latent writes both.",
                "Yes: its row has taken in the parent's direction. One active latent less, and nothing lost in x̂: "
                "that is why sparsity asks for it.",
                right=True,
            ),
            Choice(
                "Splitting: several latents have divided it up.",
                "In a split every piece stands for a part of the feature that makes sense. Here the latent looks "
                "like the whole feature, with a hole.",
            ),
        ],
    ),
    Question(
        "In a real model nobody knows the features. Which finding of this chapter carries over least?",
        [
            Choice(
                "L1 shrinks what it penalises.",
                "It carries over: it comes from the loss, not from our features.",
            ),
            Choice(
                "Reconstruction isn't recovery.",
                "It carries over: they came apart even here, where the data were made for the method.",
            ),
            Choice(
                "Nine features of ten are found.",
                "Yes: that was measured on independent, sparse, linear, non-negative features. Whether real ones are "
                "like this is the open question.",
                right=True,
            ),
        ],
    ),
]
