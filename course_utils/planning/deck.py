"""A chapter's slides, from its source and its executed notebook: each figure with the sentences around it, each
prediction before its result, each exercise in its place."""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from course_utils.authoring.clean import PLAIN, PLOTLY
from course_utils.authoring.site.outputs import PREDICTION, RESULT
from course_utils.authoring.source import Cell, ChapterSource
from course_utils.cells.syntax import calls, parse
from course_utils.planning.sentences import blocks, first, last, without_last

_EXERCISE = re.compile(r"^\*\*Exercise (\d+\.\d+)\*\*")
_NO_TEXT = re.compile(r"^(\$\$|\||---|```|\*\*Predict\.\*\*|\*[^*]*good place to stop)")
_ANSWERS = re.compile(r"\bwidgets\.live_")
"""A figure that trains while one drags, for which a kernel is needed."""
_WILL = re.compile(r"^\*\*You will\*\*[:\s]*(.*)", re.DOTALL)


@dataclass(frozen=True)
class Slide:
    """One slide. `kind`: "title", "prediction", "result", "figure", "exercise" or "end".

    `lead` is what stands before the figure and `seen` what stands after it, both in Markdown. `choices`: of a
    prediction. `measured`: what came out of one. `figure`: Plotly's JSON. `part`: (2, 3) for the second of three.
    """

    kind: str
    heading: str
    lead: str = ""
    seen: str = ""
    choices: tuple[str, ...] = ()
    measured: str = ""
    figure: Mapping[str, Any] | None = None
    part: tuple[int, int] = (1, 1)
    exercise: str = ""


def deck(source: ChapterSource, outputs: Mapping[int, Sequence[Any]], label: str, idea: str) -> list[Slide]:
    """All slides of a chapter.

    outputs: what each code cell showed, by its line in the source (`authoring.site.chapter.outputs_by_line`).
    idea: what the last slide says: the sheet's three sentences.
    """
    building = _Building(outputs)
    for cell in source.cells[1:]:
        if "solution-only" not in cell.tags and not cell.is_setup:
            building.add(cell)
    return [_title(source, label), *building.slides, Slide("end", "What to take home", seen=idea)]


def _title(source: ChapterSource, label: str) -> Slide:
    """Its first paragraph, and what one will do, from the chapter's first cell."""
    found = list(blocks(source.cells[0].source))
    text = [block for block in found if not block.startswith(("#", "**"))]
    will = next((match[1] for block in found if (match := _WILL.match(block))), "")
    return Slide("title", label, lead=first(text[0], 300) if text else "", seen=will.strip())


@dataclass
class _Building:
    """`heading`, `lead`: the latest ones. `open`: the number of a slide that waits for what is seen on it."""

    outputs: Mapping[int, Sequence[Any]]
    slides: list[Slide] = field(default_factory=list)
    heading: str = ""
    lead: str = ""
    open: int | None = None
    questions: dict[str, str] = field(default_factory=dict)

    def add(self, cell: Cell) -> None:
        if cell.kind == "markdown":
            self._read(cell.source)
        else:
            self._look_at(cell)

    def _read(self, text: str) -> None:
        for block in blocks(text):
            if block.startswith("#"):
                self.heading, self.lead, self.open = block.lstrip("# "), "", None
            elif match := _EXERCISE.match(block):
                self._append(Slide("exercise", self.heading, exercise=match[1]))
                self.lead = ""
                return  # the rest is the task, which everybody has before them
            elif not _NO_TEXT.match(block):
                self._meet(block)

    def _meet(self, block: str) -> None:
        """A paragraph: it says what is seen on the slide before, or leads to the next one, or does both."""
        said = ""
        if self.open is not None and (seen := _says_what_is_seen(block)):
            said = first(seen)
            self.slides[self.open] = replace(self.slides[self.open], seen=said)
        self.open = None
        rest = last(block)
        self.lead = "" if rest and rest in said else rest

    def _look_at(self, cell: Cell) -> None:
        shown = self.outputs.get(cell.line, ())
        texts = [output.get("data", {}).get(PLAIN, "") for output in shown]
        for text in texts:
            if match := PREDICTION.match(text):
                self._ask(*match.groups())
        figures = [output["data"][PLOTLY] for output in shown if PLOTLY in output.get("data", {})]
        results = [_said(text[match.end() :].strip()) for text in texts if (match := RESULT.match(text))]
        compared = [id for name, id, _ in calls(parse(cell.source), {"compare"}) if name == "compare"]
        questions = [self.questions.get(id, "") for id in compared]
        if figures:
            if _ANSWERS.search(cell.source):
                self.lead = f"{self.lead} *(In the notebook: here it stands still.)*".strip()
            self._show(figures, " ".join(questions).strip() or self.lead, "\n\n".join(results))
        elif results:
            self._tell(questions, results)

    def _tell(self, questions: Sequence[str], results: Sequence[str]) -> None:
        """What came out of predictions, without a figure: one slide each."""
        asked = [*questions, *[""] * len(results)]
        for question, result in zip(asked, results):
            self._append(Slide("result", self.heading, question, measured=result))
        self.open = len(self.slides) - 1

    def _ask(self, id: str, question: str, choices: str) -> None:
        self.questions[id] = question.strip()
        listed = tuple(choice.partition(". ")[2] for choice in choices.strip().split("\n"))
        self._append(Slide("prediction", self.heading, question.strip(), choices=listed))

    def _show(self, figures: Sequence[Mapping[str, Any]], lead: str, measured: str) -> None:
        for number, figure in enumerate(figures, start=1):
            part = (number, len(figures))
            self._append(Slide("figure", self.heading, lead, measured=measured, figure=figure, part=part))
        self.lead, self.open = "", len(self.slides) - 1

    def _append(self, slide: Slide) -> None:
        self.slides.append(slide)
        self.open = None


def _said(result: str) -> str:
    """What was measured, for people: a dict without its signs.

    >>> _said("Measured: {'a probe': 0.52, 'a latent': 0.17}")
    'a probe 0.52, a latent 0.17'
    """
    text = result.removeprefix("Measured: ").strip()
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return ", ".join(f"{name} {value}" for name, value in found.items()) if isinstance(found, dict) else text


def _says_what_is_seen(block: str) -> str:
    """The paragraph without a sentence that leads on: `And here is the next one:` says nothing of the one before."""
    leads_on = block.endswith(":") or (block.endswith("?") and not without_last(block))
    return without_last(block) if leads_on else block
