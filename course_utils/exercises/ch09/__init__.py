"""Chapter 09, sparse autoencoders where the answer is known: the exercises in order, and the quiz."""

from course_utils.exercises.ch09.cheat import CheatThePenalty
from course_utils.exercises.ch09.dictionaries import NearestCosine, WhatTheMeanHides
from course_utils.exercises.ch09.forward import Autoencode
from course_utils.exercises.ch09.gates import Gated
from course_utils.exercises.ch09.hierarchy import PriceOfAbsorption
from course_utils.exercises.ch09.losses import SparseLoss
from course_utils.exercises.ch09.pentagon import TrainOnThePentagon
from course_utils.exercises.ch09.quiz import QUIZ
from course_utils.exercises.ch09.repair import Resample
from course_utils.exercises.ch09.shrinkage import Shrunk
from course_utils.exercises.ch09.topk import KeepLargest
from course_utils.exercises.ch09.variance import ExplainedVariance

__all__ = ["EXERCISES", "QUIZ"]

EXERCISES = [
    Autoencode,
    CheatThePenalty,
    SparseLoss,
    TrainOnThePentagon,
    NearestCosine,
    WhatTheMeanHides,
    ExplainedVariance,
    Resample,
    Shrunk,
    Gated,
    KeepLargest,
    PriceOfAbsorption,
]
