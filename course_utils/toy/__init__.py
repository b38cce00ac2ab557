"""Toy models of superposition: data, models, losses, geometry, closed forms and fast training."""

from course_utils.toy.bottlenecks import Bottlenecks, train_bottlenecks
from course_utils.toy.candidates import Candidates, candidates, classify, expected_loss
from course_utils.toy.geometry import dimensions_per_feature, feature_dimensionality, neighbour_angles, superposition
from course_utils.toy.losses import weighted_mse
from course_utils.toy.models import linear_model, relu_output_model
from course_utils.toy.sampling import sparse_features
from course_utils.toy.training import ToyResult, train

__all__ = [
    "Bottlenecks",
    "Candidates",
    "ToyResult",
    "candidates",
    "classify",
    "dimensions_per_feature",
    "expected_loss",
    "feature_dimensionality",
    "linear_model",
    "neighbour_angles",
    "relu_output_model",
    "sparse_features",
    "superposition",
    "train",
    "train_bottlenecks",
    "weighted_mse",
]
