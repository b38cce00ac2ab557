"""Figures that answer: retrain a model by dragging a slider, walk through a training, look into a model's circuits.

live_training()             sliders for sparsity, importance, number of features; a plain figure where no widgets run
live_polytopes()            the same in three dimensions: sliders for density, that of one feature, and correlation
training_steps(result)      a Plotly figure with a slider and a play button; needs no kernel
circuits                    a module: tokens, attention and activations as CircuitsVis shows them, offline
"""

from course_utils.widgets.live import live_training
from course_utils.widgets.polytopes import live_polytopes
from course_utils.widgets.retrained import RetrainedFigure
from course_utils.widgets.steps import training_steps

__all__ = ["RetrainedFigure", "live_polytopes", "live_training", "training_steps"]
