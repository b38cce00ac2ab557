"""What may be an answer, as live checks say it. In a worker this file is `checking/tame.py` itself (see `tree`)."""

from course_utils.checking.tame import Foreign, attributes, tame

__all__ = ["Foreign", "attributes", "tame"]
