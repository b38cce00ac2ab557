"""Chapter 10, sparse autoencoders in a language model: the exercises in the order of the notebook, and the quiz."""

from course_utils.exercises.ch10.detection import DetectionScore
from course_utils.exercises.ch10.embedding import ByTheOthers
from course_utils.exercises.ch10.exceptions import ExceptionGaps
from course_utils.exercises.ch10.losses import LossRecovered
from course_utils.exercises.ch10.naming import TenNames
from course_utils.exercises.ch10.perturb import LikeTheData
from course_utils.exercises.ch10.pursuit import MatchingPursuit
from course_utils.exercises.ch10.quiz import QUIZ
from course_utils.exercises.ch10.steering import Clamp
from course_utils.exercises.ch10.store import ThroughABuffer
from course_utils.exercises.ch10.truth import BestLatents
from course_utils.exercises.ch10.unions import GreedyUnion

__all__ = ["EXERCISES", "QUIZ"]

EXERCISES = [
    ThroughABuffer,
    LossRecovered,
    BestLatents,
    ExceptionGaps,
    GreedyUnion,
    MatchingPursuit,
    TenNames,
    DetectionScore,
    Clamp,
    LikeTheData,
    ByTheOthers,
]
