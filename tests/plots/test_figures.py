"""Every figure: that it says what its axes are, that it stays small and the same, and whose words stand in it."""

import ast
import json
import re
from pathlib import Path

import pytest
import torch

from course_utils import plots
from tests.plots.shapes import DENSITIES, IMPORTANCE, TITLES, models, pentagon, per_kind, turning

SOLUTIONS = Path(__file__).parents[2] / "solutions"
TWO = torch.tensor([[0.2, 0.9], [0.4, 0.1]])
GRID = torch.tensor([[0, 1, 2], [1, 1, -1]])
HALF = {"1/2": 0.5}
AXES = {"x_title": "across", "y_title": "upwards"}
TOLD = {"across", "upwards", "left", "right", "first", "last", "low", "high", "floor", "share", "relu", "topk"}

KINDS_OF_PICTURE = {
    "arrows_2d": lambda: plots.arrows_2d(
        models(), ["left", "last", "right"], IMPORTANCE, importance_title="share", axes=("across", "upwards")
    ),
    "bar_panels": lambda: plots.bar_panels(
        *(TWO.numpy(), TWO.numpy(), ["left", "right"]),
        **AXES,
        hover="%{y}",
        coloraxis=plots.style.colour_axis("share", 0, 1),
    ),
    "bars": lambda: plots.bars(torch.tensor([1.0, -1.0]), ["left", "right"], **AXES),
    "densities": lambda: plots.densities({"left": TWO[0], "right": TWO[1]}, **AXES, value="share"),
    "grouped_bars": lambda: plots.grouped_bars({"left": TWO[0]}, {"floor": TWO[1]}, ["low", "high"], **AXES),
    "heat_map": lambda: plots.heat_map(
        TWO, rows=["low", "high"], columns=["left", "right"], **AXES, value_title="share"
    ),
    "histogram_rows": lambda: plots.histogram_rows(
        {"first": TWO, "last": TWO}, ["left", "right"], x_title="across", value="share", reference=0.5
    ),
    "line_panels": lambda: plots.line_panels(
        per_kind(3.0, 1.0),
        {"left": per_kind(0.9, 0.5), "right": per_kind(0.8, 0.7)},
        x_title="across",
        y_titles=["low", "high"],
    ),
    "lines": lambda: plots.lines([1, 10], {"left": [0, 0.5], "right": [1, 1]}, **AXES),
    "log_curves": lambda: plots.log_curves([0, 1, 10], torch.ones(3, 2), ["left", "right"], **AXES),
    "matrices": lambda: plots.matrices(
        *(models(5, 5).numpy(), models(1, 5)[:, 0].numpy(), ["left", "right", "last"]),
        **AXES,
        value_title="share",
        beside_tick="floor",
        hover="%{z}",
        beside_hover="%{z}",
    ),
    "phase_maps": lambda: plots.phase_maps(
        *({"left": GRID, "right": GRID.abs()}, [1, 0.1, 0.01], [0.5, 2], ["low", "high", "last"]),
        **AXES,
        differs="first",
        unknown="floor",
    ),
    "region_panels": lambda: plots.region_panels(
        torch.rand(2, 2, 3), [0, 1, 2], [0, 1], ["left", "right"], **AXES, value_title="share"
    ),
    "scatter_panels": lambda: plots.scatter_panels(
        {"across": per_kind(1.0, 2.0)}, per_kind(3.0, 4.0), y_title="upwards"
    ),
}
CHAPTERS_OWN = {
    "projections": lambda: plots.projections(pentagon(), pentagon()[:, 0], list("abcde")),
    "rotation": lambda: plots.rotation(pentagon(), -pentagon()),
    "gram": lambda: plots.gram(models(5, 20), torch.zeros(3, 20), TITLES),
    "norms_and_superposition": lambda: plots.norms_and_superposition(models(20, 80), torch.ones(3, 80), DENSITIES),
    "weights": lambda: plots.weights(models(5, 10), TITLES),
    "loss_curves": lambda: plots.loss_curves(torch.arange(0, 50, 5), torch.ones(10, 3), TITLES),
    "phase_diagram": lambda: plots.phase_diagram(
        GRID, GRID.abs(), [1, 0.1, 0.01], [0.5, 2], ["first", "second", "both"]
    ),
    "losses_and_floors": lambda: plots.losses_and_floors({"model": TWO[0]}, {"floor": TWO[1]}, ["tale", "list"]),
    "cosine_densities": lambda: plots.cosine_densities({"all": torch.linspace(-1, 1, 500)}),
    "cosine_histograms": lambda: plots.cosine_histograms(
        [torch.rand(64), torch.ones(64)], [torch.rand(90), torch.ones(9)], ["A", "B"], 0.5
    ),
    "frontier": lambda: plots.frontier(per_kind(3.0, 1.0), per_kind(0.9, 0.5), per_kind(0.8, 0.7), true_l0=2.0),
    "shares_over": lambda: plots.shares_over(
        DENSITIES[:3], TWO.repeat(2, 1)[:3], torch.ones(3, 2), HALF, x_title="across"
    ),
    "share_histograms": lambda: plots.share_histograms({"low": (TWO[0], torch.rand(50))}, HALF),
    "polytopes": lambda: plots.polytopes({"left": torch.eye(3)}, turning=True),
    "drops_and_levels": lambda: plots.drops_and_levels([0, 10, 20], [1.0, 0.5, 0.1], torch.rand(3, 2), [1]),
    "two_solutions": lambda: plots.two_solutions(
        [0, 1], {"first": [1, 2], "last": [2, 1]}, {"share": ([0, 1], [2, 2])}, **AXES, place=0.5
    ),
    "strengths": lambda: plots.strengths([torch.rand(300)] * 3, [torch.rand(300)] * 3, ["a", "b", "c"], offset=0.2),
    "finding_features": lambda: plots.finding_features(
        pentagon(), turning(), 10 * torch.arange(101), torch.linspace(0.7, 1, 101)
    ),
}
FIGURES = KINDS_OF_PICTURE | CHAPTERS_OWN


def test_every_figure_is_looked_at_here():
    assert sorted([*FIGURES, "use_renderer"]) == sorted(plots.__all__)


@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES.keys())
class TestEveryFigure:
    def test_the_same_arguments_give_the_same_json(self, draw):
        first, second = (_seeded(draw).to_json() for _ in range(2))
        assert first == second

    def test_it_is_small_in_a_notebook_with_its_one_number_per_line(self, draw):
        figure = draw()
        most = 80_000 if figure.frames else 60_000
        assert len(json.dumps(json.loads(figure.to_json()), indent=1)) < most

    def test_it_is_transparent_and_every_letter_has_12_pixels(self, draw):
        figure = draw()
        page = figure.layout.template.layout
        assert page.paper_bgcolor == page.plot_bgcolor == "rgba(0,0,0,0)"
        sizes = [page.font.size, *(note.font.size for note in figure.layout.annotations)]
        assert min(size for size in sizes if size) >= 12

    def test_its_axes_are_named(self, draw):
        layout = draw().to_plotly_json()["layout"]
        for letter in "xy":
            axes = [axis for key, axis in layout.items() if key.startswith(f"{letter}axis")]
            if not axes and "scene" in layout:  # a space that is turned freely: no direction of it has a name
                continue
            assert any(axis.get("title", {}).get("text") for axis in axes)


class TestWhoseWords:
    ABOUT_FEATURES = {"feature", "importance"}  # what an arrow is, in every chapter

    @pytest.mark.parametrize("name", KINDS_OF_PICTURE)
    def test_a_kind_of_picture_says_what_it_is_told_and_nothing_of_a_chapter(self, name):
        said = words(KINDS_OF_PICTURE[name]())
        assert said & TOLD
        assert said - TOLD == (self.ABOUT_FEATURES if name == "arrows_2d" else set())

    @pytest.mark.parametrize("name", CHAPTERS_OWN)
    def test_a_chapters_figure_is_called_in_its_chapter_and_in_no_other(self, name):
        home = getattr(plots, name).__module__.rpartition(".")[2]
        assert {f"ch{source.name[:2]}" for source in SOLUTIONS.glob("*.py") if name in called(source)} == {home}

    @pytest.mark.parametrize("name", KINDS_OF_PICTURE)
    def test_a_kind_of_picture_stands_in_no_chapters_module(self, name):
        assert not re.search(r"\.ch\d\d$", getattr(plots, name).__module__)


def words(figure) -> set[str]:
    """Every word of two letters or more that a reader of the figure can see, under the mouse too."""
    texts = []

    def look(key: str, value: object) -> None:
        if isinstance(value, dict):
            for inner, each in value.items():
                look(inner, each)
        elif isinstance(value, list):
            for each in value:
                look(key, each)
        elif isinstance(value, str) and key in ("text", "name", "hovertemplate", "ticktext", "prefix", "label"):
            texts.append(re.sub(r"%\{[^}]*\}|<[^>]*>", " ", value))

    shown = json.loads(figure.to_json())
    shown["layout"].pop("template")
    look("", shown)
    return {word for text in texts for word in re.findall(r"[^\W\d_]{2,}", text)}


def called(source: Path) -> set[str]:
    """The names of `plots.name(…)` in a chapter's source."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    found = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {f.attr for f in found if isinstance(f, ast.Attribute) and getattr(f.value, "id", None) == "plots"}


def _seeded(draw):
    torch.manual_seed(0)
    return draw()
