"""Chapter 02, the geometry of superposition: the exercises in the order of the notebook, and the quiz."""

from course_utils.exercises.ch02.attack import Attack
from course_utils.exercises.ch02.basis import StandsOut
from course_utils.exercises.ch02.collapse import CollapseOfAPair
from course_utils.exercises.ch02.coming_together import ComeTogether
from course_utils.exercises.ch02.dimensionality import FeatureDimensionality
from course_utils.exercises.ch02.dimensions import DimensionsPerFeature
from course_utils.exercises.ch02.dynamics import Drops
from course_utils.exercises.ch02.excluding import ExcludeEachOther
from course_utils.exercises.ch02.groups import SharingGroups
from course_utils.exercises.ch02.memory import SeenAndUnseen
from course_utils.exercises.ch02.own_experiment import YourOwn
from course_utils.exercises.ch02.polytopes import PolytopeShares
from course_utils.exercises.ch02.quiz import QUIZ
from course_utils.exercises.ch02.transition import Crossing

__all__ = ["EXERCISES", "QUIZ"]

EXERCISES = [
    DimensionsPerFeature,
    FeatureDimensionality,
    PolytopeShares,
    SharingGroups,
    Crossing,
    ComeTogether,
    ExcludeEachOther,
    CollapseOfAPair,
    Drops,
    Attack,
    SeenAndUnseen,
    StandsOut,
    YourOwn,
]
