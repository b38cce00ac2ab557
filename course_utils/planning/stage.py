"""Where a figure stands on its slide, and how much larger than in the notebook it is drawn."""

import math
from dataclasses import dataclass

from course_utils.authoring.site.outputs import COLUMN, PLAYER, columns
from course_utils.planning.deck import Slide

WIDTH, HEIGHT = 1280, 720  # of a slide, in its own pixels
ROOM = (1200, 610)  # beside the margins and the heading
TEXT = 390  # wide, where it stands beside the figure
LINE = 34  # pixels
PER_LINE = {"below": 100, "beside": 33}  # letters
LARGEST, GAP, PANELS = 1.9, 24, 560


@dataclass(frozen=True)
class Stage:
    """`side`: "below" (the text stands above and below the figure) or "beside". Width and height are those at which the
    figure is drawn; `scale` says how much larger it is then shown."""

    side: str
    width: int
    height: int
    scale: float


def stage(slide: Slide) -> Stage:
    """The place that shows the slide's figure largest."""
    assert slide.figure is not None
    figure = slide.figure
    film = PLAYER if figure.get("frames") else 0
    height = int(figure["layout"].get("height") or 400) - film
    least = max(PANELS, columns(dict(figure["layout"])) * COLUMN)
    below = _fitted("below", ROOM[0], ROOM[1] - _text_height(slide, "below") - film, height, least)
    beside = _fitted("beside", ROOM[0] - TEXT - GAP, ROOM[1] - film, height, least)
    return below if below.scale >= 0.9 * beside.scale else beside


def _fitted(side: str, width: int, room: int, height: int, least: int) -> Stage:
    scale = min(LARGEST, room / height, width / least)
    return Stage(side, int(width / scale), height, round(scale, 3))


def _text_height(slide: Slide, side: str) -> int:
    texts = [text for text in (slide.lead, slide.measured, slide.seen) if text]
    lines = sum(_lines(text, PER_LINE[side]) for text in texts)
    return lines * LINE + GAP * len(texts)


def _lines(text: str, letters: int) -> int:
    return sum(math.ceil(len(line) / letters) or 1 for line in text.split("\n"))
