"""Five questions at the end of chapter 04."""

from course_utils.checking import Choice, Question

QUIZ = [
    Question(
        "A neuron reads feature a strongly and b weakly, and writes b strongly and a weakly. So when a is on, output b "
        "hears it loudly. How does a trained network of section 4.1 live with that?",
        [
            Choice(
                "It can't: such neurons are the ones whose features it gets wrong.", "They get both features right."
            ),
            Choice(
                "Other neurons that a turns on take more away from b, and the output's ReLU cuts off what is below 0.",
                "Yes (section 4.1): interference isn't avoided, it is turned to the side where it does no harm.",
                right=True,
            ),
            Choice(
                "Features a and b are never on together, so it doesn't matter what b says.",
                "It does matter: with a alone on, b's output should be 0.",
            ),
        ],
    ),
    Question(
        "Somebody shows a network that computes the maximum of every pair of eight sparse inputs between 0 and 1: 28 "
        "functions, and only a few neurons. What do you ask for first?",
        [
            Choice(
                "The error of the best affine map of the inputs.",
                "Yes (section 4.2): inputs are rarely on together. The maximum is nearly their sum; nothing bends.",
                right=True,
            ),
            Choice("More trainings.", "They may all do the same. The question is what there was to compute."),
            Choice("A plot of the weights, to see which neurons are shared.", "A sum shares its neurons, too."),
            Choice(
                "The rank of the output weights.",
                "It bounds how many functions a linear output can hold, not whether they needed a neuron.",
            ),
        ],
    ),
    Question(
        "All ANDs are read off one random layer (section 4.5). You get four times as many neurons, and four times as "
        "many features, of which as many are on as before. The error of a reader is …",
        [
            Choice("the same: neurons for features.", "The number of features doesn't matter. The neurons do."),
            Choice("half.", "Yes: it falls as one over the root of the neurons, however many features.", right=True),
            Choice("a quarter.", "Noise averages out as the root of the number, not as the number."),
            Choice(
                "twice: there are 16 times as many ANDs.", "Each has its own reader. They don't disturb each other."
            ),
        ],
    ),
    Question(
        "The best of all lines reads a bit from two neurons hardly better than the weakest of four random halves of "
        "the points. What follows?",
        [
            Choice(
                "The network has forgotten the bit.",
                "In section 4.7 everything that comes out has passed these neurons.",
            ),
            Choice(
                "The bit is there, but the model can't use it.",
                "The next layer does, without an error: it cuts out regions.",
            ),
            Choice(
                "No more than that it isn't linear there.",
                "Yes (section 4.7): a small network may read it, and the model may use it.",
                right=True,
            ),
        ],
    ),
    Question(
        "In section 4.8 fifty neurons got below the naive bound for a hundred ReLUs. Which of these would have shown "
        "at once that no ReLU was gained?",
        [
            Choice("More seeds: the gain would have gone.", "All trainings gain about as much."),
            Choice(
                "A linear map of the same rank, on the same labels.",
                "Yes: it computes no ReLU, and the mixing lowers its loss by as much or more.",
                right=True,
            ),
            Choice("A longer training, until the loss no longer falls.", "It would have fallen a little more."),
            Choice("The same with 200 features and 100 neurons.", "Then there is a mixing as well, and a gain."),
        ],
    ),
]
