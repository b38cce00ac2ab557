"""A file is replaced whole or not at all, and two that belong together both or neither."""

import pytest

from course_utils.writing import check_writable, replacing


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_was_written_takes_the_files_place(tmp_path):
    file = tmp_path / "a"
    for text in ("first", "second"):
        with replacing(file) as (beside,):
            assert beside != file
            beside.write_text(text)
        assert file.read_text() == text
        assert names(tmp_path) == ["a"]


def test_what_fails_while_it_is_written_changes_nothing(tmp_path):
    (tmp_path / "a").write_text("good")
    with pytest.raises(RuntimeError), replacing(tmp_path / "a") as (beside,):
        beside.write_text("half of")
        raise RuntimeError
    assert (tmp_path / "a").read_text() == "good"
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("before", [{}, {"a": "good a"}, {"a": "good a", "b": "good b"}])
def test_two_are_replaced_both_or_neither(tmp_path, monkeypatch, before):
    import os

    for name, text in before.items():
        (tmp_path / name).write_text(text)
    replace = os.replace

    def fails_for_b(source, target):
        if target.name == "b":
            raise OSError("the disk is gone")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fails_for_b)
    with pytest.raises(OSError, match="disk is gone"), replacing(tmp_path / "a", tmp_path / "b") as parts:
        for part in parts:
            part.write_text("new")
    assert {name: (tmp_path / name).read_text() for name in names(tmp_path)} == before


@pytest.mark.parametrize("attempt", [check_writable, lambda file: replacing(file).__enter__()])
def test_a_place_that_cannot_be_written_is_named_at_once(tmp_path, attempt):
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*missing"):
        attempt(tmp_path / "missing" / "a")
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError, match="it is a folder"):
        attempt(tmp_path / "folder")
    assert names(tmp_path) == ["folder"]
