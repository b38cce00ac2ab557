"""Files that are replaced whole or not at all, whatever happens on the way."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(*files: Path) -> Iterator[list[Path]]:
    """Yields a name beside each file, to be written to. When all are written they take their files' places; if anything
    goes wrong before or then, every file is as it was.

    >>> with replacing(Path("results.json")) as (beside,):
    ...     beside.write_text("{}")

    Raises:
        OSError: a folder that isn't there, a folder in a file's place, nothing written, a full or read-only disk.
    """
    for file in files:
        check_place(file)
    parts = [file.with_name(file.name + ".part") for file in files]
    backups: list[tuple[Path, Path]] = []
    try:
        yield parts
        for part in parts:
            _sync(part)
        for file in files[:-1]:  # the last one's place is taken in one go, or not
            if file.exists():
                backups.append((_copy(file), file))
        done = []
        try:
            for part, file in zip(parts, files):
                os.replace(part, file)
                done.append(file)
        except BaseException:
            for backup, file in backups:
                if file in done:
                    os.replace(backup, file)
                    done.remove(file)
            for file in done:  # new ones without what belongs to them
                file.unlink(missing_ok=True)
            raise
        for folder in {file.parent for file in files}:
            with suppress(OSError):  # not every system lets a folder be synced
                _sync(folder)
    finally:
        for left in (*parts, *(backup for backup, _ in backups)):
            with suppress(OSError):
                left.unlink(missing_ok=True)


def check_place(file: Path) -> None:
    """Raises OSError, in words, if no file can be written at this place."""
    if not file.parent.is_dir():
        raise FileNotFoundError(f"{file} can't be written: there is no folder {file.parent}")
    if file.is_dir():
        raise IsADirectoryError(f"{file} can't be written: it is a folder")


def check_writable(file: Path) -> None:
    """``check_place``, and try it: before hours of work, not after them."""
    check_place(file)
    part = file.with_name(file.name + ".part")
    try:
        part.open("ab").close()
        part.unlink()
    except OSError as problem:
        raise type(problem)(f"{file} can't be written: {problem}") from problem


def _copy(file: Path) -> Path:
    """The same content under another name, the file itself left in its place all the time."""
    backup = file.with_name(file.name + ".before")
    backup.unlink(missing_ok=True)
    try:
        os.link(file, backup)
    except OSError:  # no such links here
        shutil.copy2(file, backup)
    return backup


def _sync(path: Path) -> None:
    """Until it is on the disk: a rename may get there before the content does."""
    opened = os.open(path, os.O_RDONLY if path.is_dir() or os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
