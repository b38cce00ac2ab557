"""Which files of a folder are submissions, and their bytes: regular files, links not followed, of bounded size."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

MAX_BYTES = 50 << 20
MAX_FOLDERS, MAX_SHOWN = 30, 600
REPLACED = "it was replaced while the folder was graded: this is the version that was there when its turn came"


class File(NamedTuple):
    """One file. `path` is relative to the folder, with forward slashes. `problem`: why it cannot be read, or None.

    `written`: when it was, in seconds since 1970, if that is known.
    """

    path: str
    content: bytes
    problem: str | None = None
    written: float | None = None

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest() if self.problem is None else f"unreadable: {self.problem}"


def looks_like_notebook(name: str) -> bool:
    return ".ipynb" in name.lower() or name.lower().endswith(".json")


def find(folder: Path) -> tuple[list[str], list[str]]:
    """(submissions, other files) below `folder`, as relative paths in order. Hidden ones don't count."""
    found = sorted(_walk(folder), key=lambda path: path.casefold())
    return [p for p in found if looks_like_notebook(p)], [p for p in found if not looks_like_notebook(p)]


def _walk(folder: Path) -> Iterator[str]:
    """Every file; of a folder that cannot be listed, or is nested too deeply, its own name."""
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        try:
            if prefix.count("/") > MAX_FOLDERS:
                raise OSError("folders in folders in folders")
            entries = list(os.scandir(folder / prefix))
        except OSError:
            if not prefix:
                raise
            yield prefix
            continue
        for entry in entries:
            if entry.name.startswith((".", "__MACOSX")):
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(f"{prefix}{entry.name}/")
            else:
                yield f"{prefix}{entry.name}"


def shown(path: str) -> str:
    """The path as text, and the name it has in the gradebook: bytes that are no UTF-8 written out, the endless cut."""
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    if len(text) <= MAX_SHOWN:
        return text
    return f"{text[:200]}…{hashlib.sha256(text.encode()).hexdigest()[:16]}…{text[-200:]}"


def read(folder: Path, path: str, limit: int = MAX_BYTES) -> File:
    """The bytes of one file. What is no plain file, or too large, comes back with a `problem` instead."""
    try:
        fd = _open(folder, path)
    except OSError as error:
        link = error.errno in (errno.ELOOP, errno.ENOTDIR)
        return File(
            path, b"", "it is a link, and links are not followed" if link else f"cannot open it: {error.strerror}"
        )
    with os.fdopen(fd, "rb") as file:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            return File(path, b"", "it is not a regular file")
        if status.st_size > limit:
            return File(path, b"", f"it has {status.st_size >> 20} MiB, and {limit >> 20} MiB are allowed")
        content = file.read(limit + 1)
    if len(content) > limit:
        return File(path, b"", "it grew while it was read")
    return File(path, content, written=status.st_mtime)


def _open(folder: Path, path: str) -> int:
    """A file descriptor. Every folder on the way is opened in turn: none may have become a link in the meantime."""
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    *parents, name = path.split("/")
    try:
        for parent in parents:
            inner = os.open(parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here)
            os.close(here)
            here = inner
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=here)
    finally:
        os.close(here)
