"""Chapter 01, toy models: the exercises in the order of the notebook, and the quiz."""

from course_utils.exercises.ch01.bottleneck import HiddenBias
from course_utils.exercises.ch01.crowd import LeastSuperposition, Superposition
from course_utils.exercises.ch01.dropping import CostOfDropping
from course_utils.exercises.ch01.geometry import NeighbourAngles
from course_utils.exercises.ch01.linear import LinearKeeps
from course_utils.exercises.ch01.losses import ImportanceLoss
from course_utils.exercises.ch01.models import ToyModel
from course_utils.exercises.ch01.pentagon import BeatThePentagon
from course_utils.exercises.ch01.phases import AntipodalLoss, FirstOrderBoundary
from course_utils.exercises.ch01.quiz import QUIZ
from course_utils.exercises.ch01.sampling import SparseFeatures
from course_utils.exercises.ch01.training import TrainManyAtOnce

__all__ = ["EXERCISES", "QUIZ"]

EXERCISES = [
    SparseFeatures,
    ToyModel,
    ImportanceLoss,
    CostOfDropping,
    TrainManyAtOnce,
    NeighbourAngles,
    Superposition,
    LeastSuperposition,
    BeatThePentagon,
    LinearKeeps,
    HiddenBias,
    AntipodalLoss,
    FirstOrderBoundary,
]
