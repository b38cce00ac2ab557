"""Temporary folders that know whether their owner still lives: a killed run's are taken away by the next one."""

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path

PREFIXES = ("course-grade-", "course-judge-", "course-scratch-", "course-chapters-")
_YOUNG_S = 60
_locks: dict[str, int] = {}


def make_folder(prefix: str) -> Path:
    """A new folder, locked for as long as this process lives or until `remove_folder`."""
    assert prefix in PREFIXES
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    _locks[str(folder)] = fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    with contextlib.suppress(OSError):  # a file system without locks: then nobody takes it for an orphan either
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return folder


def remove_folder(folder: str | Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    fd = _locks.pop(str(folder), None)
    if fd is not None:
        os.close(fd)


def sweep(root: Path | None = None, young_s: float = _YOUNG_S) -> None:
    """Take away our folders that nobody holds: those whose owner was killed. Very new ones may not be locked yet."""
    for folder in Path(root or tempfile.gettempdir()).iterdir():
        if not folder.name.startswith(PREFIXES):
            continue
        with contextlib.suppress(OSError):
            about = folder.lstat()
            ours = about.st_uid == os.geteuid() and stat.S_ISDIR(about.st_mode)
            if ours and time.time() - about.st_mtime >= young_s and not _is_held(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_held(folder: Path) -> bool:
    """Raises OSError where it cannot be found out."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False
