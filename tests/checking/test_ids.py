"""Ids are read from the sources' text; these are the same that the registry has."""

from pathlib import Path

import pytest

from course_utils import exercises
from course_utils.checking.ids import ids_beside, ids_in, nearest, place


@pytest.fixture
def folder(tmp_path):
    """A folder of chapters whose modules write ids in every form there is."""
    texts = {
        "ch01/crowd.py": 'class Crowd:\n    id, title = "1.7", "How much?"\n\n\nclass Least:\n    id = "1.10"\n',
        "ch01/other.py": "class Other:\n    id: ClassVar[str] = '1.9'\n",
        "ch00/first.py": 'class First:\n    id, title, points = "0.1", "First of all", 2\n',
        "ch00/no_ids.py": 'id = "0.2"\n# id, title = "0.3", "no"\nclass A:\n    ident = "0.4"\n    x = {"id": "0.5"}\n',
        "elsewhere/not_a_chapter.py": 'class A:\n    id = "0.6"\n',
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_ids_are_read_in_every_form_and_in_the_order_of_the_course(folder):
    assert {id: path.name for id, path in ids_in(folder).items()} == {
        "0.1": "first.py",
        "1.7": "crowd.py",
        "1.9": "other.py",
        "1.10": "crowd.py",
    }
    assert list(ids_in(folder)) == ["0.1", "1.7", "1.9", "1.10"]


def test_a_new_exercise_is_seen_at_once(folder):
    before = set(ids_in(folder))
    (folder / "ch01" / "new.py").write_text('class New:\n    id = "1.11"\n')
    assert set(ids_in(folder)) - before == {"1.11"}


def test_ids_beside_a_module(folder):
    assert ids_beside(folder / "ch00" / "first.py") == ids_in(folder)
    assert ids_beside(folder / "elsewhere" / "not_a_chapter.py") is None


def test_the_order_of_ids():
    assert sorted(["1.10", "10.1", "1.9", "2.1"], key=place) == ["1.9", "1.10", "2.1", "10.1"]


@pytest.mark.parametrize(
    ("id", "said"), [("1.11", "; did you mean 1.1 or 1.10?"), ("0.1", "; did you mean 1.1 or 1.10?"), ("crowd", "")]
)
def test_the_nearest_ids(id, said):
    assert nearest(id, ["1.1", "1.10"]) == said


def test_the_registry_has_the_ids_that_its_sources_have():
    registered = {e.id: e for chapter in exercises.all_chapters() for e in chapter.exercises}
    read = ids_in(Path(exercises.__file__).parent)
    assert list(read) == list(registered) == exercises.ids()
    assert [path.stem for path in read.values()] == [type(e).__module__.rpartition(".")[2] for e in registered.values()]
