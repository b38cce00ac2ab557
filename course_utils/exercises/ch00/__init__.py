"""Chapter 0: how the course works, directions, readings, and a first look into a language model."""

from course_utils.exercises.ch00.basis import Rotated
from course_utils.exercises.ch00.directions import Leak, Length, ReadOff
from course_utils.exercises.ch00.language_model import ForwardPass, LogitDifference
from course_utils.exercises.ch00.quiz import QUIZ

EXERCISES = [Length, ReadOff, Leak, Rotated, ForwardPass, LogitDifference]

__all__ = ["EXERCISES", "QUIZ"]
