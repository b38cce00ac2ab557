"""Problems that a person can put right: a message, no traceback."""


class CourseError(Exception):
    """Base of what the `course` command expects to go wrong; its text is for the person at the keyboard."""
