"""What chapter 02 draws: shares beside fractions, polytopes that turn, drops in two panels."""

import torch

from course_utils import plots, toy
from course_utils.plots.ch02 import labels


def test_only_kept_features_are_drawn_and_every_fraction_has_its_line():
    shares = torch.tensor([[0.5, 0.5, 0.1], [1.0, 0.4, 0.4]])
    kept = torch.tensor([[True, True, False], [True, False, False]])
    figure = plots.shares_over([1.0, 2.0], shares, kept, {"1/2": 0.5, "2/5": 0.4}, x_title="1/density")
    assert list(figure.data[0].x) == [1.0, 1.0, 2.0]
    assert [round(v, 2) for v in figure.data[0].y] == [0.5, 0.5, 1.0]
    assert [line.y0 for line in figure.layout.shapes] == [0.5, 0.4]
    assert [(note.y, note.text) for note in figure.layout.annotations] == [(0.4, "2/5"), (0.5, "1/2")]


def test_fractions_too_close_to_be_written_side_by_side_share_a_label():
    assert labels({"3/8": 0.375, "1/2": 0.5, "2/5": 0.4}) == {0.3875: "3/8, 2/5", 0.5: "1/2"}


def test_histograms_are_shares_and_name_trained_and_random_once():
    rows = {"a": (torch.full((4,), 0.5), torch.rand(50)), "b": (torch.full((2,), 0.4), torch.rand(50))}
    figure = plots.share_histograms(rows, {"1/2": 0.5})
    assert [round(float(sum(trace.y)), 2) for trace in figure.data] == [1.0] * 4
    assert [trace.name for trace in figure.data if trace.showlegend] == ["trained", "random arrows"]


def test_a_tetrahedron_has_six_edges_and_an_antiprism_sixteen():
    figure = plots.polytopes({name: toy.POLYTOPES[name] for name in ("tetrahedron", "square antiprism")})
    edges = [sum(v is None for v in trace.x) for trace in figure.data[::2]]
    assert edges == [6, 16]
    assert all(scene.aspectmode == "cube" for scene in (figure.layout.scene, figure.layout.scene2))


def test_a_turning_polytope_walks_once_round_without_a_kernel():
    figure = plots.polytopes({"found": toy.POLYTOPES["tetrahedron"]}, turning=True)
    eyes = {(frame.layout.scene.camera.eye.x, frame.layout.scene.camera.eye.y) for frame in figure.frames}
    assert len(eyes) == len(figure.frames) == len(figure.layout.sliders[0].steps)


def test_a_drop_is_marked_in_both_panels():
    figure = plots.drops_and_levels([0, 10, 20], [1.0, 0.5, 0.5], torch.rand(3, 4), [0, 1])
    assert sorted(line.x0 for line in figure.layout.shapes) == [0, 0, 10, 10]
    assert len(figure.data) == 5


def test_two_solutions_are_lines_and_single_trainings_points():
    lines = {"one": [1.0, 2.0], "other": [2.0, float("nan")]}
    figure = plots.two_solutions(
        [0, 1], lines, {"runs": ([0, 0, 1], [1, 2, 3])}, x_title="r", y_title="loss", place=0.5
    )
    assert [trace.mode for trace in figure.data] == ["lines", "lines", "markers"]
    assert figure.layout.shapes[0].x0 == 0.5
