"""Models with hidden layers that compute functions of sparse features: tasks, fast training, closed forms."""

from course_utils.computing.compressed import (
    Split,
    least_split,
    mixed_relu,
    mixing_of,
    one_at_a_time,
    random_mixing,
    split_loss,
    unit_embedding,
)
from course_utils.computing.layers import Layer, draw_layers
from course_utils.computing.losses import Loss
from course_utils.computing.results import Result
from course_utils.computing.tasks import SIGNED, Task, elementwise
from course_utils.computing.training import train

__all__ = [
    "SIGNED",
    "Layer",
    "Loss",
    "Result",
    "Split",
    "Task",
    "draw_layers",
    "elementwise",
    "least_split",
    "mixed_relu",
    "mixing_of",
    "one_at_a_time",
    "random_mixing",
    "split_loss",
    "train",
    "unit_embedding",
]
