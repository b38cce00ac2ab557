"""Language models: ``load_model("mini-gelu-1l")`` gives a TransformerLens model with its tokenizer, and
``activations(model, tokens, hook_names)`` what it computes inside."""

from .activations import UnknownHook, activations, open_activations
from .load import NoNetwork, UnknownModel, load_model, names

__all__ = [
    "NoNetwork",
    "UnknownHook",
    "UnknownModel",
    "activations",
    "load_model",
    "names",
    "open_activations",
]
