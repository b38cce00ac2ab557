"""Probes: how well single neurons, few neurons, and all of them together tell whether a feature holds.

Fit and choose on some documents, score on others:

    probe = fit_dense(train_acts, train_labels)
    cut = best_thresholds(probe.scores(train_acts), train_labels)
    f1(probe.scores(test_acts) >= cut.threshold, test_labels)      # [feature]

Or name which of many classes each row is of: read_out(acts, label), the share of the second half named rightly.
"""

from course_utils.probing.choice import in_top_two, right_of_rivals
from course_utils.probing.closed_form import fit_lda, fit_mean_difference
from course_utils.probing.directions import class_directions, explained, feature_directions, rms_cosine
from course_utils.probing.documents import Counts, Interval, count_by_document, f1_interval, split_by_document
from course_utils.probing.f1 import Cut, NeuronCut, best_neurons, best_thresholds, f1
from course_utils.probing.linear import Probe, fit_dense
from course_utils.probing.read_out import read_out
from course_utils.probing.scores import Calibration, Errors, average_precision, calibration, errors
from course_utils.probing.selection import fit_on, fit_sparse

__all__ = [
    "Calibration",
    "Counts",
    "Cut",
    "Errors",
    "Interval",
    "NeuronCut",
    "Probe",
    "average_precision",
    "best_neurons",
    "best_thresholds",
    "calibration",
    "class_directions",
    "count_by_document",
    "errors",
    "explained",
    "f1",
    "f1_interval",
    "feature_directions",
    "fit_dense",
    "fit_lda",
    "fit_mean_difference",
    "fit_on",
    "fit_sparse",
    "in_top_two",
    "read_out",
    "right_of_rivals",
    "rms_cosine",
    "split_by_document",
]
