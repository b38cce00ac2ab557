"""Chapter 07, what a probe shows and what it doesn't: the exercises in the order of the notebook, and the quiz."""

from course_utils.exercises.ch07.controls import ControlLabels
from course_utils.exercises.ch07.directions import Pattern, WhichDirection
from course_utils.exercises.ch07.documents import F1OfDraws, HalfOfTheDocuments
from course_utils.exercises.ch07.erasure import Erase
from course_utils.exercises.ch07.illusion import IsIllusory, SplitDirection
from course_utils.exercises.ch07.probes import MeanDifferenceScores, TopNeurons
from course_utils.exercises.ch07.quiz import QUIZ
from course_utils.exercises.ch07.scores import PrecisionRecallF1
from course_utils.exercises.ch07.verdict import VerdictCard
from course_utils.exercises.ch07.xor import XorShare

__all__ = ["EXERCISES", "QUIZ"]

EXERCISES = [
    MeanDifferenceScores,
    HalfOfTheDocuments,
    PrecisionRecallF1,
    F1OfDraws,
    ControlLabels,
    TopNeurons,
    Pattern,
    WhichDirection,
    Erase,
    XorShare,
    SplitDirection,
    IsIllusory,
    VerdictCard,
]
