"""Figures that answer: retrain a model by dragging a slider, walk through a training, look into a model's circuits.

live_training()             sliders for sparsity, importance, number of features; a plain figure where no widgets run
training_steps(result)      a Plotly figure with a slider and a play button; needs no kernel
circuits                    a module: tokens, attention and activations as CircuitsVis shows them, offline
"""

from course_utils.widgets.live import LiveTraining, live_training
from course_utils.widgets.steps import training_steps

__all__ = ["LiveTraining", "live_training", "training_steps"]
