"""A progress bar that is taken away leaves no widget's name in the cell's output; one that stays does."""

import pytest
from tqdm import notebook

from course_utils.desk.bars import take_places_away


class Place:
    """What `display(…, display_id=True)` returns."""

    def __init__(self, shown):
        self.content = shown

    def update(self, content, raw):
        self.content = content


@pytest.fixture
def places(monkeypatch):
    made = []

    def display(item, display_id=None):
        made.append(Place(item))
        return made[-1] if display_id else None

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr(notebook, "display", notebook.display)  # put back after the test
    take_places_away()
    return made


@pytest.mark.parametrize("leave", [False, True])
def test_only_a_bar_that_stays_keeps_its_place(places, leave):
    assert sum(notebook.tqdm(range(3), desc="rows", leave=leave)) == 3
    (place,) = places
    assert (place.content == {"text/plain": ""}) is not leave
