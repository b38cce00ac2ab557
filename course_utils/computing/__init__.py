"""Models with hidden layers that compute functions of sparse features: tasks, fast training, closed forms."""

from course_utils.computing.layers import Layer, draw_layers
from course_utils.computing.losses import Loss
from course_utils.computing.results import Result
from course_utils.computing.tasks import SIGNED, Task, elementwise
from course_utils.computing.training import train

__all__ = ["SIGNED", "Layer", "Loss", "Result", "Task", "draw_layers", "elementwise", "train"]
