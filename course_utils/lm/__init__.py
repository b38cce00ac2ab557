"""Language models small enough to ship: ``load_model("tiny")`` gives a TransformerLens model with its tokenizer."""

from .load import UnknownModel, load_model, names

__all__ = ["UnknownModel", "load_model", "names"]
