"""Control groups, on a made-up file system of each version: what is written where."""

from pathlib import Path

import pytest

from course_utils.grading import cgroup


@pytest.fixture
def own(monkeypatch):
    monkeypatch.setattr(cgroup, "_own_path", lambda controller: "/user/session")
    return "user/session"


def test_version_2_takes_one_folder(tmp_path, own):
    home = tmp_path / own
    home.mkdir(parents=True)
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids")
    (home / "cgroup.subtree_control").write_text("memory pids\n")
    group = cgroup.make_group(1000, 10, root=tmp_path)
    (folder,) = group.folders
    assert {f.name: f.read_text() for f in folder.iterdir()} == {
        "memory.max": "1000", "memory.swap.max": "0", "pids.max": "10",
    }  # fmt: skip
    group.add(42)
    assert (folder / "cgroup.procs").read_text() == "42"


def test_version_2_that_is_not_ours_to_use_gives_none(tmp_path, own):
    (tmp_path / own).mkdir(parents=True)
    (tmp_path / "cgroup.controllers").write_text("memory")
    (tmp_path / own / "cgroup.subtree_control").write_text("")
    assert cgroup.make_group(1000, 10, root=tmp_path) is None


def test_version_1_takes_a_folder_of_each_controller(tmp_path, own):
    for controller in ("memory", "pids"):
        (tmp_path / controller / own).mkdir(parents=True)
    group = cgroup.make_group(1000, 10, root=tmp_path)
    assert [(f / name).read_text() for f, name in zip(group.folders, ["memory.limit_in_bytes", "pids.max"])] == [
        "1000",
        "10",
    ]


def test_version_1_counts_swap_where_it_can(tmp_path, own):
    (tmp_path / "memory" / own).mkdir(parents=True)
    (tmp_path / "memory" / own / "memory.memsw.limit_in_bytes").write_text("")
    (folder,) = cgroup.make_group(1000, 10, root=tmp_path).folders
    written = {f.name: f.read_text() for f in folder.iterdir()}
    assert list(written.values()) == ["1000", "1000"] and "memory.memsw.limit_in_bytes" in written


def test_where_there_is_nothing_there_is_none(tmp_path):
    assert cgroup.make_group(1000, 10, root=tmp_path) is None


def test_empty_groups_of_a_killed_run_are_swept_away(tmp_path, own):
    left = [tmp_path / "memory" / own / name for name in ("course-1", "course-2", "other")]
    for folder in left:
        folder.mkdir(parents=True)
    (left[1] / "cgroup.procs").write_text("42")
    cgroup.sweep(root=tmp_path)
    assert [folder.exists() for folder in left] == [False, True, True]


def test_the_real_one_is_made_and_taken_away_or_is_not_to_be_had():
    group = cgroup.make_group(64 << 20, 10)
    folders: list[Path] = [] if group is None else group.folders
    assert all(folder.is_dir() for folder in folders)
    if group is not None:
        group.remove()
    assert not any(folder.exists() for folder in folders)
