"""Chapter 04, computing in superposition: the exercises in the order of the notebook, and the quiz."""

from course_utils.exercises.ch04.affine import BestAffine
from course_utils.exercises.ch04.best_line import BestLine
from course_utils.exercises.ch04.break_even import BreakEven
from course_utils.exercises.ch04.by_hand import AbsoluteByHand
from course_utils.exercises.ch04.by_hand_pairs import FewestNeurons
from course_utils.exercises.ch04.least import LeastLoss
from course_utils.exercises.ch04.motif import Motifs
from course_utils.exercises.ch04.product import Product
from course_utils.exercises.ch04.quiz import QUIZ
from course_utils.exercises.ch04.repaired_layer import RepairedLayer
from course_utils.exercises.ch04.sign_cases import SignReader
from course_utils.exercises.ch04.squares import SquareFit
from course_utils.exercises.ch04.two_parts import SplitLoss
from course_utils.exercises.ch04.value_classes import ValueClasses
from course_utils.exercises.ch04.variants import Variants

__all__ = ["EXERCISES", "QUIZ"]

EXERCISES = [
    AbsoluteByHand,
    Motifs,
    Variants,
    SquareFit,
    FewestNeurons,
    ValueClasses,
    Product,
    SignReader,
    BestAffine,
    BreakEven,
    RepairedLayer,
    BestLine,
    SplitLoss,
    LeastLoss,
]
