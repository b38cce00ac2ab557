"""Sparse autoencoders: architectures, training, and how good a dictionary is."""

from course_utils.sae.config import SAEConfig
from course_utils.sae.log import TrainingLog
from course_utils.sae.model import SAE
from course_utils.sae.train import train_sae

__all__ = ["SAE", "SAEConfig", "TrainingLog", "train_sae"]
