"""Chapter 06, a language model whose truth is known: the exercises in the order of the notebook, and the quiz."""

from course_utils.exercises.ch06.ablation import MeanAblated
from course_utils.exercises.ch06.attention import AttentionOn
from course_utils.exercises.ch06.attribution import DirectEffects
from course_utils.exercises.ch06.bags import ReadBag
from course_utils.exercises.ch06.embedding import LeastCosine
from course_utils.exercises.ch06.geometry import ForcedCosine
from course_utils.exercises.ch06.induction import InductionTargets
from course_utils.exercises.ch06.interventions import PatchHead, WhoCarries
from course_utils.exercises.ch06.labels import SenseLabels
from course_utils.exercises.ch06.losses import NextPieceLoss
from course_utils.exercises.ch06.quiz import QUIZ
from course_utils.exercises.ch06.subspaces import SubspaceOverlap

__all__ = ["EXERCISES", "QUIZ"]

EXERCISES = [
    SenseLabels,
    NextPieceLoss,
    LeastCosine,
    ReadBag,
    AttentionOn,
    DirectEffects,
    PatchHead,
    WhoCarries,
    MeanAblated,
    InductionTargets,
    ForcedCosine,
    SubspaceOverlap,
]
