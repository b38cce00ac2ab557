"""Language models: `load_model("mini-gelu-1l")` gives a TransformerLens model with its tokenizer, and
`activations(model, tokens, hook_names)` what it computes inside."""

from course_utils.lm.activations import UnknownHook, activations, open_activations
from course_utils.lm.errors import NoNetwork, UnknownModel
from course_utils.lm.load import load_model
from course_utils.lm.shipped import names

__all__ = [
    "NoNetwork",
    "UnknownHook",
    "UnknownModel",
    "activations",
    "load_model",
    "names",
    "open_activations",
]
