"""Probes: how well single neurons, few neurons, and all of them together tell whether a feature holds.

Fit and choose on some documents, score on others:

    probe = fit_dense(train_acts, train_labels)
    cut = best_thresholds(probe.scores(train_acts), train_labels)
    f1(probe.scores(test_acts) >= cut.threshold, test_labels)      # [feature]
"""

from course_utils.probing.f1 import Cut, NeuronCut, best_neurons, best_thresholds, f1
from course_utils.probing.linear import Probe, fit_dense, fit_sparse

__all__ = ["Cut", "NeuronCut", "Probe", "best_neurons", "best_thresholds", "f1", "fit_dense", "fit_sparse"]
