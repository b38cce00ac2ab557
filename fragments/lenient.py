"""Until all exercises are there: ids need not count up without a gap. Used by verify.py, and by pytest -p fragments.lenient."""
import course_utils.checking.definition as definition
import course_utils.exercises as exercises

definition.check_chapter = exercises.check_chapter = lambda *a: None
