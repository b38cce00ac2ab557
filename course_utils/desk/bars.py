"""Progress bars that are taken away when they are done: their places on the page, too.

tqdm closes a bar's widgets and leaves their names in the cell's output. JupyterLab hides them, but after a reload of
the page it says "Error displaying widget: model not found" in their place, which looks like a crash.
"""

from typing import Any


def take_places_away() -> None:
    """From now on, in this kernel. Nothing happens where tqdm has no bars of widgets."""
    from tqdm import notebook

    if notebook.IProgress is not None:
        notebook.display = _display_until_closed  # the name by which tqdm shows a bar's widgets


def _display_until_closed(container: Any) -> None:
    from IPython.display import display

    place = display(container, display_id=True)

    def closed(change: dict) -> None:
        if change["new"] is None and place is not None:
            place.update({"text/plain": ""}, raw=True)

    container.observe(closed, names="comm")
