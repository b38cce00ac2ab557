"""Single neurons: what fires them, what they say, and how much hangs on them.

direct_effects(W_out, W_U)                   what each neuron adds to each logit
meanings_needed(acts, meaning, 0.9)          how many meanings carry a neuron's activation
best_f1(acts, labels)                        how well each neuron tells its best feature
in_short(acts, families, meaning, dice)      a layer in a few numbers
kurtosis(acts), top_cosine(acts, vectors)    what can be said of a neuron without labels
among_copies(vectors, times)                 how alike the copies of each neuron are
"""

from course_utils.neurons.content import best_f1, best_of_features, in_short, meanings_needed, top_entropy
from course_utils.neurons.effects import direct_effects, parts_of
from course_utils.neurons.unlabelled import among_copies, kurtosis, top_cosine

__all__ = [
    "among_copies",
    "best_f1",
    "best_of_features",
    "direct_effects",
    "in_short",
    "kurtosis",
    "meanings_needed",
    "parts_of",
    "top_cosine",
    "top_entropy",
]
