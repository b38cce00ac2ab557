"""Probes: how well single neurons, few neurons, and all of them together tell whether a feature holds.

Fit and choose on some documents, score on others:

    probe = fit_dense(train_acts, train_labels)
    cut = best_thresholds(probe.scores(train_acts), train_labels)
    f1(probe.scores(test_acts) >= cut.threshold, test_labels)      # [feature]

Or name which of many classes each row is of: read_out(acts, label), the share of the second half named rightly.
"""

from course_utils.probing.choice import in_top_two, right_of_rivals
from course_utils.probing.directions import class_directions, explained, feature_directions, rms_cosine
from course_utils.probing.f1 import Cut, NeuronCut, best_neurons, best_thresholds, f1
from course_utils.probing.linear import Probe, fit_dense, fit_sparse
from course_utils.probing.read_out import read_out

__all__ = [
    "Cut",
    "NeuronCut",
    "Probe",
    "best_neurons",
    "best_thresholds",
    "class_directions",
    "explained",
    "f1",
    "feature_directions",
    "fit_dense",
    "fit_sparse",
    "in_top_two",
    "read_out",
    "right_of_rivals",
    "rms_cosine",
]
