"""Figures that answer: retrain a model by dragging a slider, walk through a training, look into a model's circuits.

live_training()             sliders for sparsity, importance, number of features; a plain figure where no widgets run
live_polytopes()            the same in three dimensions: sliders for density, that of one feature, and correlation
rate_blind(cards, answers)  cards to be rated one by one, without knowing what they are
name_blind(cards, given)    cards to be named one by one, without knowing what they are
neuron_dashboard(name, …)   a neuron on one card: histogram, rows over its range, what it says, the truth on demand
write_latents_page(data, …) all latents of a dictionary on one page: searched, sorted, opened without a network
training_steps(result)      a Plotly figure with a slider and a play button; needs no kernel
circuits                    a module: tokens, attention and activations as CircuitsVis shows them, offline
"""

from course_utils.widgets.blind import BlindRating, rate_blind
from course_utils.widgets.dashboard import neuron_dashboard
from course_utils.widgets.latents_page import write_latents_page
from course_utils.widgets.live import live_training
from course_utils.widgets.naming import BlindNaming, name_blind
from course_utils.widgets.polytopes import live_polytopes
from course_utils.widgets.retrained import RetrainedFigure
from course_utils.widgets.steps import training_steps

__all__ = [
    "BlindNaming",
    "BlindRating",
    "RetrainedFigure",
    "live_polytopes",
    "live_training",
    "name_blind",
    "neuron_dashboard",
    "rate_blind",
    "training_steps",
    "write_latents_page",
]
