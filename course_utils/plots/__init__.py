"""The course's figures: functions that take results and return a `plotly.graph_objects.Figure`. They compute nothing.

Arguments may be tensors (any device), arrays or nested lists. Numbers are rounded and stored compactly, so a notebook
stays small and rebuilds without a difference.

    arrows_2d(W, titles, importance)                      features as arrows, one panel per model
    projections(arrows, onto, names, reader)              what a dot product reads, and interference
    rotation(W, turned)                                   other arrows, same WᵀW
    gram(W, b, titles)                                    WᵀW heat maps with the bias
    norms_and_superposition(W, superposition, density)    bars of ‖W_i‖ coloured by superposition
    phase_diagram(trained, theory, densities, importances, labels)
    loss_curves(steps, loss, names)
    cosine_histograms(features, latents, names, chance)    nearest cosines, both ways round
    finding_features(W, history, steps, mmcs)              a dictionary's directions turning, with a slider
    frontier(l0, explained, mmcs, true_l0), strengths(true, found, names, offset), lines(x, curves)
    losses_and_floors(losses, floors, groups)             a model's losses by genre, and what nobody can go below
    cosine_densities(cosines)                             how the cosines of several sets of pairs are spread
    heat_map(values, rows=, columns=), bars(values, names)
    use_renderer()                                        called by course_utils.start()
"""

from course_utils.plots.arrows import arrows_2d, projections, rotation
from course_utils.plots.curves import loss_curves
from course_utils.plots.dictionaries import cosine_histograms, finding_features, frontier, lines, strengths
from course_utils.plots.language import cosine_densities, losses_and_floors
from course_utils.plots.matrices import bars, gram, heat_map, norms_and_superposition
from course_utils.plots.phases import phase_diagram
from course_utils.plots.render import use_renderer

__all__ = [
    "arrows_2d",
    "bars",
    "cosine_densities",
    "cosine_histograms",
    "finding_features",
    "frontier",
    "gram",
    "heat_map",
    "lines",
    "loss_curves",
    "losses_and_floors",
    "norms_and_superposition",
    "phase_diagram",
    "projections",
    "rotation",
    "strengths",
    "use_renderer",
]
