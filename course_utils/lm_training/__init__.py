"""Making the language models that the package ships: training them, measuring them, writing their cards.

No chapter imports this room: what a chapter opens is in `lm`. `make models` runs it,
and `make dictionaries` what trains the dictionaries of these models that `sae` has.
"""
