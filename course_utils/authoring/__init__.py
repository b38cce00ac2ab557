"""From one percent source per chapter to the notebooks, and the proof that every exercise works.

`source` reads a chapter, `lint` refuses a bad one, `learner` and `executed` make the two notebooks, `pipeline` writes
or compares them, `verify` runs the five gates of each exercise (the fifth is in `mutation`), `skeleton` starts another.
"""
