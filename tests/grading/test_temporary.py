"""Folders of a run that was killed are gone after the next one; those of a run that lives stay."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from course_utils.grading import temporary

MAKES = """
import tempfile, time
from course_utils.grading.temporary import PREFIXES, make_folder
for prefix in PREFIXES:
    (make_folder(prefix) / "inside").mkdir()
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_folders_of_a_killed_run_are_swept_and_those_of_a_living_one_stay(root):
    (root / "course-grade-of-somebody.txt").write_text("a file")
    (root / "other").mkdir()
    process = subprocess.Popen([sys.executable, "-c", MAKES], stdout=subprocess.PIPE)
    try:
        process.stdout.readline()
        temporary.sweep(young_s=0)
        assert len(list(root.glob("course-*/inside"))) == len(temporary.PREFIXES)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    temporary.sweep()  # just made: it might not have been locked yet
    assert len(list(root.glob("course-*/inside"))) == len(temporary.PREFIXES)
    temporary.sweep(young_s=0)
    assert sorted(path.name for path in root.iterdir()) == ["course-grade-of-somebody.txt", "other"]


def test_a_folder_that_is_removed_is_gone(root):
    folder = temporary.make_folder("course-judge-")
    temporary.sweep(young_s=0)
    assert folder.is_dir()
    temporary.remove_folder(folder)
    assert not folder.exists() and not temporary._locks.get(str(folder))


def test_links_are_left_alone(root, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (root / "course-judge-link").symlink_to(elsewhere)
    temporary.sweep(young_s=0)
    assert elsewhere.is_dir() and os.path.islink(root / "course-judge-link")
