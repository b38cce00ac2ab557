"""Predictions: committed before an experiment, shown beside its result, never marked."""

from collections.abc import Sequence

from course_utils.checking.report import note
from course_utils.desk import history
from course_utils.desk.display import show, strict, widgets_run


def predict(id: str, choices: Sequence[str], question: str = "", mine: str | int | None = None) -> None:
    """Commit a prediction for experiment `id`: click, or give `mine`, one of the choices or its number from 1."""
    choices = [str(choice) for choice in choices]
    if mine is not None:
        _commit(id, mine, choices)
    elif widgets_run():
        _buttons(id, choices, question)
    else:
        listed = [f"{n}. {choice}" for n, choice in enumerate(choices, start=1)]
        how = f"Commit one before you go on: where nothing can be clicked, add `mine=1` … `mine={len(choices)}` here."
        show(note(question or "What do you expect?", *listed, _standing(id) or how, label=f"{id} predict"))


def compare(id: str, measured: object) -> None:
    """Show what was measured beside what you predicted."""
    made = prediction(id)
    history.record(id, "compare", detail=str(measured))
    lines = [f"You predicted: {made}"] if made else []
    if not made and not strict():
        lines = ["You made no prediction here. (The next one: before you look!)"]
    show(note("Prediction and result", *lines, f"Measured: {measured}", label=id))


def prediction(id: str) -> str | None:
    """The last prediction made for `id` before its result was first shown; None if there was none."""
    rows = [e for e in history.events() if e.exercise == id and e.kind in ("predict", "compare")]
    shown = next((i for i, e in enumerate(rows) if e.kind == "compare"), len(rows))
    before = [e.detail for e in rows[:shown] if e.kind == "predict"]
    return before[-1] if before else None


def _commit(id: str, mine: str | int, choices: list[str]) -> None:
    if isinstance(mine, int) and not isinstance(mine, bool) and 1 <= mine <= len(choices):
        mine = choices[mine - 1]
    if mine not in choices:
        listed = [f"{n}. {choice}" for n, choice in enumerate(choices, start=1)]
        show(note(f"mine={mine!r} is none of the choices. Give its number:", *listed, label=id))
        return
    trouble = history.record(id, "predict", detail=mine)
    show(note(f"You predict: {mine}", *([trouble] if trouble else []), label=id))


def _standing(id: str) -> str | None:
    made = prediction(id)
    return f"You predicted: {made}" if made else None


def _buttons(id: str, choices: list[str], question: str) -> None:
    import ipywidgets as widgets
    from IPython.display import display

    said = widgets.HTML(_standing(id) or "Click what you expect.")
    buttons = [widgets.Button(description=choice, layout=widgets.Layout(width="auto")) for choice in choices]

    def commit(button: "widgets.Button") -> None:
        trouble = history.record(id, "predict", detail=button.description)
        said.value = f"You predict: <b>{button.description}</b>. {trouble or ''}"

    for button in buttons:
        button.on_click(commit)
    title = widgets.HTML(f"<b>{id} predict</b> {question}")
    row = widgets.HBox(buttons, layout=widgets.Layout(flex_flow="row wrap"))
    display(widgets.VBox([title, row, said]))
