"""The course's figures: functions that take results and return a `plotly.graph_objects.Figure`. They compute nothing.

Arguments may be tensors (any device), arrays or nested lists. Numbers are rounded and stored compactly, so a notebook
stays small and rebuilds without a difference.

Kinds of picture, for every chapter; titles are arguments:

    arrows       arrows_2d(W, titles, importance)                    features as arrows, one panel per model
    curves       lines(x, curves, x_title=, y_title=)                several quantities over one axis
                 line_panels(x, panel_curves, x_title=, y_titles=)   the same curves in panels that share their legend
                 log_curves(x, y, names, x_title=, y_title=)         both axes logarithmic
    bar_charts   bars(values, names)                                 named values
                 grouped_bars(bars, levels, groups)                  groups of bars with levels across them
                 bar_panels(heights, shades, titles, …)              many bars, coloured by a second value
    heat_maps    heat_map(values, rows=, columns=)                   a matrix with names
                 matrices(values, beside, titles, …)                 several, each with a column beside it
    histograms   histogram_rows(rows, titles, x_title=, value=)      a grid of histograms with their means
                 densities(sets, x_title=, y_title=, value=)         several sets of values over one another
    phases       phase_maps(maps, x, y, labels, …)                   which kind is found where
    regions      region_panels(values, x, y, titles, …)              values over a plane, with points on it
    scatters     scatter_panels(x, y, y_title=, says=)               the same points by several numbers
    animation    animate(fig, moving, frames)                        a slider and a play button
    style        figure(), panels(titles, …), message(text)          the look that all of them share
    render       use_renderer()                                      called by course_utils.start()
    classic      script()                                            figures in the classic Notebook, the same way
    words        describe(figure)                                    what is to be seen, for who can't see it

One chapter's own, in that chapter's words (a second chapter that wants one takes the kind of picture under it):

    ch00         projections(arrows, onto, names, reader)            what a dot product reads, and interference
                 rotation(W, turned)                                 other arrows, same WᵀW
    ch01         gram(W, b, titles)                                  WᵀW with the bias
                 norms_and_superposition(W, superposition, density)  bars of ‖W_i‖ coloured by superposition
                 weights(W, titles)                                  which neuron reads which feature
                 loss_curves(steps, loss, names)                     losses over training steps
                 phase_diagram(trained, theory, densities, …)        what training finds beside the closed form
    ch02         shares_over(x, shares, kept, fractions)             every feature's share of a dimension
                 share_histograms(rows, fractions)                   the same as histograms, beside random arrows
                 polytopes(arrows, turning=)                         arrows in three dimensions, to be turned
                 two_solutions(x, losses, singles, …)                losses of two solutions that cross
                 drops_and_levels(steps, loss, shares, drops)        a loss and its drops above the shares
    ch06         losses_and_floors(losses, floors, genres)           losses, and what nobody can go below
                 cosine_densities(cosines)                           how the cosines of several sets of pairs are spread
    ch09         cosine_histograms(features, latents, names, chance) nearest cosines, both ways round
                 frontier(l0, explained, found, true_l0)             sparsity against fidelity and recovery
                 strengths(true, found, names, offset)               what latents say beside what is true
                 finding_features(W, history, steps, mmcs)           a dictionary's directions turning, with a slider
"""

from course_utils.plots.arrows import arrows_2d
from course_utils.plots.bar_charts import bar_panels, bars, grouped_bars
from course_utils.plots.ch00 import projections, rotation
from course_utils.plots.ch01 import gram, loss_curves, norms_and_superposition, phase_diagram, weights
from course_utils.plots.ch02 import drops_and_levels, polytopes, share_histograms, shares_over, two_solutions
from course_utils.plots.ch06 import cosine_densities, losses_and_floors
from course_utils.plots.ch09 import cosine_histograms, finding_features, frontier, strengths
from course_utils.plots.curves import line_panels, lines, log_curves
from course_utils.plots.heat_maps import heat_map, matrices
from course_utils.plots.histograms import densities, histogram_rows
from course_utils.plots.phases import phase_maps
from course_utils.plots.regions import region_panels
from course_utils.plots.render import use_renderer
from course_utils.plots.scatters import scatter_panels

__all__ = [
    "arrows_2d",
    "bar_panels",
    "bars",
    "cosine_densities",
    "cosine_histograms",
    "densities",
    "drops_and_levels",
    "finding_features",
    "frontier",
    "gram",
    "grouped_bars",
    "heat_map",
    "histogram_rows",
    "line_panels",
    "lines",
    "log_curves",
    "loss_curves",
    "losses_and_floors",
    "matrices",
    "norms_and_superposition",
    "phase_diagram",
    "phase_maps",
    "polytopes",
    "projections",
    "region_panels",
    "rotation",
    "scatter_panels",
    "share_histograms",
    "shares_over",
    "strengths",
    "two_solutions",
    "use_renderer",
    "weights",
]
