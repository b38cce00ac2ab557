"""Chapter 0: how the course works, directions, readings, and a first look into a language model."""

from course_utils.exercises.ch00.basis import Rotated
from course_utils.exercises.ch00.directions import ReadOff
from course_utils.exercises.ch00.language_model import ForwardPass
from course_utils.exercises.ch00.leak import Leak
from course_utils.exercises.ch00.length import Length
from course_utils.exercises.ch00.logits import LogitDifference
from course_utils.exercises.ch00.quiz import QUIZ

EXERCISES = [Length, ReadOff, Leak, Rotated, ForwardPass, LogitDifference]

__all__ = ["EXERCISES", "QUIZ"]
