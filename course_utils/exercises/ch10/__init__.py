"""Chapter 10, sparse autoencoders in a language model: the exercises in the order of the notebook, and the quiz."""

from course_utils.exercises.ch10.quiz import QUIZ

__all__ = ["EXERCISES", "QUIZ"]

EXERCISES = [
    # A: 10.1, 10.2
    # B: 10.3, 10.4, 10.5
    # C: 10.6
    # D: 10.7, 10.8
    # C: 10.9, 10.10, 10.11
]
