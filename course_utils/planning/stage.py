"""Where a figure stands on its slide, and how much larger than in the notebook it is drawn."""

import math
from dataclasses import dataclass, replace
from typing import Any

from course_utils.authoring.site.outputs import COLUMN, PLAYER, columns
from course_utils.planning.deck import Slide
from course_utils.planning.sentences import first, last

ROOM = (1200, 600)  # of a slide of 1280 × 720 pixels: beside the margins and the heading
TEXT = 390  # wide, where it stands beside the figure
LINE = 34  # pixels
PER_LINE = {"below": 90, "beside": 28}  # letters
FORMULA = 100  # pixels, with the space around it
LARGEST, GAP = 1.9, 24
READABLE = 1.0  # less than in the notebook, and the last row sees no numbers on the axes
FLATTER, SHORT = 0.8, 110  # what is then tried: a figure of less height; texts of so many letters
NARROWEST, IN_SPACE = 620, 760  # at which a figure is still itself; the second if it has three dimensions


@dataclass(frozen=True)
class Stage:
    """`side`: "below" (the text stands above and below the figure) or "beside". Width and height are those at which the
    figure is drawn; `scale` says how much larger it is then shown."""

    side: str
    width: int
    height: int
    scale: float


def staged(slide: Slide) -> tuple[Slide, Stage]:
    """The place that shows the figure largest; with less text and a flatter figure where it would be small."""
    place = stage(slide)
    if place.scale < READABLE:
        slide = replace(slide, lead=last(slide.lead, SHORT), seen=first(slide.seen, SHORT))
        place = stage(slide)
    if place.scale < READABLE and not _solid(slide.figure):
        figure = dict(slide.figure or {})
        layout = dict(figure["layout"])
        figure["layout"] = layout | {"height": round(FLATTER * (layout.get("height") or 400))}
        slide = replace(slide, figure=figure)
        place = stage(slide)
    return slide, place


def stage(slide: Slide) -> Stage:
    """The place for the slide as it is."""
    assert slide.figure is not None
    layout = dict(slide.figure["layout"])
    film = PLAYER if slide.figure.get("frames") else 0
    height = int(layout.get("height") or 400) - film
    least = max(IN_SPACE if _solid(slide.figure) else NARROWEST, columns(layout) * COLUMN)
    below = _fitted("below", ROOM[0], ROOM[1] - _text_height(slide, "below") - film, height, least)
    beside = _fitted("beside", ROOM[0] - TEXT - GAP, ROOM[1] - film, height, least)
    if _text_height(slide, "beside") > ROOM[1] or below.scale >= 0.9 * beside.scale:
        return below
    return beside


def _solid(figure: Any) -> bool:
    return any(name.startswith("scene") for name in figure["layout"])


def _fitted(side: str, width: int, room: int, height: int, least: int) -> Stage:
    scale = min(LARGEST, room / height, width / least)
    return Stage(side, int(width / scale), height, round(scale, 3))


def _text_height(slide: Slide, side: str) -> int:
    texts = [text for text in (slide.lead, slide.measured, slide.seen) if text]
    lines = sum(_lines(text, PER_LINE[side]) for text in texts)
    formulas = sum(text.count("$$") // 2 for text in texts)
    return lines * LINE + GAP * len(texts) + formulas * FORMULA


def _lines(text: str, letters: int) -> int:
    return sum(math.ceil(len(line) / letters) or 1 for line in text.split("\n"))
