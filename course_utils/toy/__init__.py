"""Toy models of superposition: data, models, losses, geometry, closed forms and fast training."""

from course_utils.toy.activations import Activation
from course_utils.toy.bottlenecks import Bottlenecks, train_bottlenecks
from course_utils.toy.candidates import Candidates, candidates, classify
from course_utils.toy.data import AtLeastOne, Fixed, Groups, Independent, examples, unit_rows
from course_utils.toy.expected import expected_loss
from course_utils.toy.geometry import (
    alignment,
    dimensions_per_feature,
    feature_dimensionality,
    kept,
    neighbour_angles,
    superposition,
)
from course_utils.toy.losses import weighted_mse
from course_utils.toy.models import linear_model, relu_output_model
from course_utils.toy.optimisers import Optimiser, adamw, sgd
from course_utils.toy.polytopes import POLYTOPES, Shape, feature_groups, in_own_space, shapes
from course_utils.toy.regularisers import L2, Dropout
from course_utils.toy.results import ToyResult, loss_along, loss_on, output
from course_utils.toy.sampling import sparse_features
from course_utils.toy.training import train
from course_utils.toy.values import Between, Levels

__all__ = [
    "L2",
    "POLYTOPES",
    "Activation",
    "AtLeastOne",
    "Between",
    "Bottlenecks",
    "Candidates",
    "Dropout",
    "Fixed",
    "Groups",
    "Independent",
    "Levels",
    "Optimiser",
    "Shape",
    "ToyResult",
    "adamw",
    "alignment",
    "candidates",
    "classify",
    "dimensions_per_feature",
    "examples",
    "expected_loss",
    "feature_dimensionality",
    "feature_groups",
    "in_own_space",
    "kept",
    "linear_model",
    "loss_along",
    "loss_on",
    "neighbour_angles",
    "output",
    "relu_output_model",
    "sgd",
    "shapes",
    "sparse_features",
    "superposition",
    "train",
    "train_bottlenecks",
    "unit_rows",
    "weighted_mse",
]
