"""What an executed solution was executed with."""

import pytest

from course_utils.authoring.fingerprint import fingerprint, rooms_changed


@pytest.fixture
def prints(clone, chapter):
    return lambda: fingerprint(chapter, clone)


def test_a_hash_for_each_room_that_the_chapter_can_load(prints):
    assert list(prints()) == ["__init__.py", "checking", "desk", "exercises", "writing.py", "authoring/clean.py"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""', '"""Said otherwise. '),
        ("\nfrom typing", "\n# a remark\nfrom typing"),
        ("\n\n\n", "\n\n\n\n\n"),
    ],
    ids=["a docstring", "a comment", "the layout"],
)
def test_what_has_no_effect_does_not_count(prints, clone, old, new):
    before, file = prints(), clone.package / "checking" / "run.py"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    assert prints() == before


@pytest.mark.parametrize(
    "code",
    ["x = 1", "y = 0", "x: int = 0", "x = 'a text that is shown'", "x = y = 0", "x = 0.0", "x = False", "x = '0'"],
)
def test_every_change_of_code_counts(prints, clone, code):
    file = clone.package / "checking" / "run.py"
    file.write_text("x = 0")
    before = prints()
    file.write_text(code)
    assert rooms_changed(before, prints()) == ["checking"]


def test_a_branch_is_not_its_else(prints, clone):
    file = clone.package / "checking" / "run.py"
    file.write_text("if x:\n    f()\nelse:\n    g()\n")
    before = prints()
    file.write_text("if x:\n    f()\n    g()\n")
    assert rooms_changed(before, prints()) == ["checking"]


def test_data_counts_to_the_byte(prints, clone):
    before = prints()
    (clone.package / "desk" / "words.txt").write_text("new")
    assert rooms_changed(before, prints()) == ["desk"]


def test_rooms_that_come_or_go_have_changed():
    assert rooms_changed({"toy": "1", "lm": "2"}, {"lm": "2", "sae": "3"}) == ["sae", "toy"]
    assert rooms_changed({}, {"toy": "1"}) == ["toy"]
