"""Models with hidden layers that compute functions of sparse features: tasks, fast training, closed forms."""

from course_utils.computing.absolute import foreign, halves, motifs, polygon, responses, served, shuffle_outputs
from course_utils.computing.circuits import apply_pairs, circuit_layer, one_block, sort_blocks, sorting_pairs
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
from course_utils.computing.grouped import OfGroup, affine_error, grouped, groups_on, share_left
from course_utils.computing.layers import Layer, draw_layers
from course_utils.computing.linearity import best_line, best_lines, directions, least_shared, left_over, most_in_a_band
from course_utils.computing.losses import Loss
from course_utils.computing.results import Result
from course_utils.computing.ring import around, ring_task, sensors
from course_utils.computing.surgery import above, without_neuron
from course_utils.computing.tasks import SIGNED, Task, elementwise, pairwise
from course_utils.computing.tents import tent_errors, tent_lesions, tent_task, tents, tents_by_hand
from course_utils.computing.training import train

__all__ = [
    "SIGNED",
    "Layer",
    "Loss",
    "OfGroup",
    "Result",
    "Split",
    "Task",
    "above",
    "affine_error",
    "apply_pairs",
    "around",
    "best_line",
    "best_lines",
    "circuit_layer",
    "directions",
    "draw_layers",
    "elementwise",
    "foreign",
    "grouped",
    "groups_on",
    "halves",
    "least_shared",
    "least_split",
    "left_over",
    "mixed_relu",
    "mixing_of",
    "most_in_a_band",
    "motifs",
    "one_at_a_time",
    "one_block",
    "pairwise",
    "polygon",
    "random_mixing",
    "responses",
    "ring_task",
    "sensors",
    "served",
    "share_left",
    "shuffle_outputs",
    "sort_blocks",
    "sorting_pairs",
    "split_loss",
    "tent_errors",
    "tent_lesions",
    "tent_task",
    "tents",
    "tents_by_hand",
    "train",
    "unit_embedding",
    "without_neuron",
]
