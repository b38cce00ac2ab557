"""Single neurons: what fires them, what they say, and how much hangs on them.

direct_effects(W_out, W_U)                   what each neuron adds to each logit
meanings_needed(acts, meaning, 0.9)          how many meanings carry a neuron's activation
best_f1(acts, labels)                        how well each neuron tells its best feature
kurtosis(acts), top_cosine(acts, vectors)    what can be said of a neuron without labels
"""

from course_utils.neurons.content import best_f1, best_of_features, meanings_needed, top_entropy
from course_utils.neurons.effects import direct_effects, parts_of
from course_utils.neurons.unlabelled import kurtosis, top_cosine

__all__ = [
    "best_f1",
    "best_of_features",
    "direct_effects",
    "kurtosis",
    "meanings_needed",
    "parts_of",
    "top_cosine",
    "top_entropy",
]
