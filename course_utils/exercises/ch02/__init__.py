"""Chapter 02, the geometry of superposition: the exercises in the order of the notebook, and the quiz."""

from course_utils.exercises.ch02.attack import Attack
from course_utils.exercises.ch02.collapse import CollapseOfAPair
from course_utils.exercises.ch02.correlation import ComeTogether, ExcludeEachOther
from course_utils.exercises.ch02.dimensions import DimensionsPerFeature, FeatureDimensionality
from course_utils.exercises.ch02.dynamics import Drops
from course_utils.exercises.ch02.lab import StandsOut, YourOwn
from course_utils.exercises.ch02.memory import SeenAndUnseen
from course_utils.exercises.ch02.polytopes import Groups, Polytopes
from course_utils.exercises.ch02.quiz import QUIZ
from course_utils.exercises.ch02.transition import Crossing

__all__ = ["EXERCISES", "QUIZ"]

EXERCISES = [
    DimensionsPerFeature,
    FeatureDimensionality,
    Polytopes,
    Groups,
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
