"""Chapter 08, polysemantic neurons: the exercises in the order of the notebook, and the quiz."""

from course_utils.exercises.ch08.blind import AsLargeByChance
from course_utils.exercises.ch08.deciding import NeuronsToFlip
from course_utils.exercises.ch08.looking import OverTheRange
from course_utils.exercises.ch08.meanings import MeaningsNeeded
from course_utils.exercises.ch08.outputs import Push
from course_utils.exercises.ch08.quiz import QUIZ
from course_utils.exercises.ch08.ranks import RankCorrelation
from course_utils.exercises.ch08.sets import AttributionOrder
from course_utils.exercises.ch08.solu import QuietShare, SoLU
from course_utils.exercises.ch08.swaps import BestSwap
from course_utils.exercises.ch08.weights import BeyondASum
from course_utils.exercises.ch08.width import WhatWidthDid

__all__ = ["EXERCISES", "QUIZ"]

EXERCISES = [
    OverTheRange,
    MeaningsNeeded,
    AsLargeByChance,
    RankCorrelation,
    SoLU,
    QuietShare,
    Push,
    NeuronsToFlip,
    AttributionOrder,
    BeyondASum,
    BestSwap,
    WhatWidthDid,
]
