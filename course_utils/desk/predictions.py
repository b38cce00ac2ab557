"""Predictions: committed before an experiment, shown beside its result, never marked.

A result waits for its prediction, so that running all cells at once gives nothing away. Where nobody watches (strict
runs, the solutions that we publish) it doesn't wait.
"""

from collections.abc import Sequence
from typing import Any

from course_utils.checking.report import Report, note
from course_utils.desk import history
from course_utils.desk.display import Shown, show, show_later, strict, widgets_run

SKIP = "skip"
"""Given as `mine`, or clicked: no prediction, and the result is shown all the same."""

_waiting: dict[str, tuple[list[Shown], list[Any]]] = {}
"""Results on the page that wait for a prediction: their places, and what will stand there."""
_shown: dict[str, list[Any]] = {}
"""Results that were put into the places where they waited. A page that was loaded anew has lost these places."""


def predict(id: str, choices: Sequence[str], question: str = "", mine: str | int | None = None) -> None:
    """Commit a prediction for experiment `id`: click, or give `mine`, one of the choices or its number from 1.

    `mine="skip"` commits none, and lets the result be shown.
    """
    choices = [str(choice) for choice in choices]
    if mine is not None:
        _commit(id, mine, choices)
    elif widgets_run():
        _buttons(id, choices, question)
    else:
        show(_asked(id, choices, question))


def compare(id: str, measured: object, *more: object) -> None:
    """Show what was measured beside what you predicted: once you have predicted, not before.

    more: what else gives the result away, figures or text to print; it waits with it.
    """
    if prediction(id) is None and not _skipped(id) and not strict():
        _wait(id, measured, more)
        return
    for each in _result(id, measured, more):
        show(each)


def prediction(id: str) -> str | None:
    """The last prediction made for `id` before its result was first shown; None if there was none."""
    rows = [e for e in history.events() if e.exercise == id and e.kind in ("predict", "compare")]
    shown = next((i for i, e in enumerate(rows) if e.kind == "compare"), len(rows))
    before = [e.detail for e in rows[:shown] if e.kind == "predict" and e.detail != SKIP]
    return before[-1] if before else None


def _skipped(id: str) -> bool:
    """Whether the result of `id` need not wait any more although nothing was predicted in time."""
    return any(e.exercise == id and (e.kind == "compare" or e.detail == SKIP) for e in history.events())


def _result(id: str, measured: object, more: Sequence[object]) -> list[Any]:
    """What is shown, and from here on the result is known."""
    made = prediction(id)
    history.record(id, "compare", detail=str(measured))
    lines = [f"You predicted: {made}"] if made else []
    if not made and not strict():
        lines = ["You made no prediction here. (The next one: before you look!)"]
    return [note("Prediction and result", *lines, f"Measured: {measured}", label=id), *more]


def _wait(id: str, measured: object, more: Sequence[object]) -> None:
    places = [show_later(_promise(id)), *(show_later(None) for _ in more)]
    _waiting[id] = places, [measured, *more]


def _promise(id: str) -> Report:
    if widgets_run():
        how = f'Click one at `predict("{id}", …)` above, or "{SKIP}": it appears here.'
    else:
        how = f'Add `mine=1` (or 2 …) to `predict("{id}", …)` above, or `mine="{SKIP}"`; then run this cell again.'
    return note("The result waits for your prediction.", how, label=id)


def _commit(id: str, mine: str | int, choices: list[str]) -> None:
    if isinstance(mine, int) and not isinstance(mine, bool) and 1 <= mine <= len(choices):
        mine = choices[mine - 1]
    if mine not in (*choices, SKIP):
        listed = [f"{n}. {choice}" for n, choice in enumerate(choices, start=1)]
        show(note(f"mine={mine!r} is none of the choices. Give its number:", *listed, label=id))
        return
    trouble = _record(id, mine)
    says = "No prediction this time." if mine == SKIP else f"You predict: {mine}"
    show(note(says, *([trouble] if trouble else []), label=id))


def _record(id: str, mine: str) -> str | None:
    """Keep the prediction, and fill the places on the page that waited for it."""
    trouble = history.record(id, "predict", detail=mine)
    if id in _waiting:
        places, (measured, *more) = _waiting.pop(id)
        _shown[id] = _result(id, measured, more)
        for place, each in zip(places, _shown[id], strict=True):
            place.fill(each)
    return trouble


def _standing(id: str) -> str | None:
    made = prediction(id)
    return f"You predicted: {made}" if made else None


def _asked(id: str, choices: list[str], question: str) -> Report:
    """The question for somebody who can't click."""
    listed = [f"{n}. {choice}" for n, choice in enumerate(choices, start=1)]
    how = (
        f"Commit one before you go on: where nothing can be clicked, add `mine=1` … `mine={len(choices)}` here "
        f'(or `mine="{SKIP}"` for none).'
    )
    return note(question or "What do you expect?", *listed, _standing(id) or how, label=f"{id} predict")


def _buttons(id: str, choices: list[str], question: str) -> None:
    import ipywidgets as widgets

    from course_utils.widgets.canvas import show_controls

    said = widgets.HTML(_standing(id) or "Click what you expect. The result waits for it.")
    buttons = [widgets.Button(description=text, layout=widgets.Layout(width="auto")) for text in (*choices, SKIP)]
    buttons[-1].style.button_color = "transparent"

    here = widgets.Button(description="Not shown below? Show it here", layout=widgets.Layout(width="auto"))
    here.layout.display, place = "none", widgets.Output()

    def show_here(_: "widgets.Button") -> None:
        place.clear_output()
        with place:
            for each in _shown[id]:
                show(each)

    def commit(button: "widgets.Button") -> None:
        trouble = _record(id, button.description)
        says = "No prediction." if button.description == SKIP else f"You predict: <b>{button.description}</b>."
        said.value = f"{says} {trouble or ''}"
        here.layout.display = "" if id in _shown else "none"

    here.on_click(show_here)
    for button in buttons:
        button.on_click(commit)
    title = widgets.HTML(f"<b>{id} predict</b> {question}")
    row = widgets.HBox(buttons, layout=widgets.Layout(flex_flow="row wrap"))
    show_controls(widgets.VBox([title, row, said, here, place]), _asked(id, choices, question).text())
