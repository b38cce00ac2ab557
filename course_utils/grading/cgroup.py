"""A control group for one worker and everything it starts: memory and processes as a whole, where we may make one."""

import contextlib
import os
import time
import uuid
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


class Group:
    """`folders`: one directory of each hierarchy that is used."""

    def __init__(self, folders: list[Path]) -> None:
        self.folders = folders

    def add(self, pid: int) -> None:
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(str(pid))

    def remove(self) -> None:
        """Take the directories away, once their processes are gone."""
        for folder in self.folders:
            for _ in range(100):
                with contextlib.suppress(OSError):
                    folder.rmdir()
                    break
                time.sleep(0.01)


def make_group(memory: int, processes: int, root: Path = ROOT) -> Group | None:
    """A group with these limits (bytes, number), or None where groups cannot be made."""
    name, made = f"course-{uuid.uuid4().hex[:12]}", []
    try:
        for parent, limits in _places(memory, processes, root):
            folder = parent / name
            folder.mkdir()
            made.append(folder)
            for file, value in limits.items():
                (folder / file).write_text(str(value))
    except OSError:
        Group(made).remove()
        return None
    return Group(made) if made else None


def sweep(root: Path = ROOT) -> None:
    """Take away groups that a killed run has left: only those that are empty can be."""
    for parent in (root / c / _own_path(c).lstrip("/") for c in ("memory", "pids", "")):
        for folder in parent.glob("course-*"):
            with contextlib.suppress(OSError):
                folder.rmdir()


def _places(memory: int, processes: int, root: Path) -> list[tuple[Path, dict[str, int]]]:
    """Where to make the group's directories, and what to write into them. Raises OSError."""
    if (root / "cgroup.controllers").is_file():  # version 2: one hierarchy
        own = root / _own_path("").lstrip("/")
        if "memory" not in (own / "cgroup.subtree_control").read_text().split():
            return []
        return [(own, {"memory.max": memory, "memory.swap.max": 0, "pids.max": processes})]
    places = []
    for controller, limits in (("memory", {"memory.limit_in_bytes": memory}), ("pids", {"pids.max": processes})):
        if (root / controller).is_dir():
            own = root / controller / _own_path(controller).lstrip("/")
            if (own / "memory.memsw.limit_in_bytes").is_file():  # memory and swap together
                limits["memory.memsw.limit_in_bytes"] = memory
            places.append((own, limits))
    return places if any("memory.limit_in_bytes" in limits for _, limits in places) else []


def _own_path(controller: str) -> str:
    """The group of this process in a hierarchy, as /proc tells it."""
    for line in Path(f"/proc/{os.getpid()}/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        if controller in names.split(","):
            return path
    return "/"
