"""The fifth gate: small wrong changes to right answers, which the checks must notice.

The operators are written here, on Python's own syntax tree. The well-kept libraries were looked at. mutmut works on
libcst nodes (and brings textual, pytest and coverage), cosmic-ray on parso nodes (and brings aiohttp, sqlalchemy and
git); both run a test suite once per changed file, and mutatest is no longer kept. None of them gives its operators to
a process that holds a syntax tree, and none knows an axis. What they do to plain Python is here: other operators and
constants, `not` and `~` dropped, an argument dropped, `x += y` as `x = y`, loops that never run, `break` for
`continue`. What only they do is left out, since no learner does it: None for an argument, letters added to a text, a
decorator removed, another exception.
"""
