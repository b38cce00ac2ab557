"""Choosing the strongest isolation that works here, by trying it: a worker is asked what it can reach."""

import os
import socket
from contextlib import closing
from pathlib import Path

from course_utils.grading import bubblewrap, cgroup
from course_utils.grading.forge import Forge, Level
from course_utils.grading.inside.limits import DEFAULT, Limits
from course_utils.grading.remote import Lost, RemoteWorker

NAMES: dict[Level, str] = {
    "forked": "bubblewrap, and namespaces of its own for every notebook",
    "single": "bubblewrap for every notebook",
    "none": "NONE: notebooks ran as ordinary programs of this user",
}

_QUESTION = """
import os, socket

def _reaches(try_it):
    try:
        try_it()
        return True
    except Exception:
        return False

def _privileged():
    os.setuid(0)

answer = {{
    "another user": os.getuid() not in (0, {uid}) or os.getuid() == 65534,
    "no network": not _reaches(lambda: socket.create_connection(("127.0.0.1", {port}), 1).close()),
    "no files": not os.path.exists({canary!r}),
    "no checks": not _reaches(lambda: __import__("course_utils.exercises")),
    "no way to root": not _reaches(_privileged),
    "scratch space": _reaches(lambda: open("scratch.txt", "w").write("x")),
}}
"""


class NoSandbox(Exception):
    """Nothing works here; the message says what was tried."""


def open_forge(*, allow_none: bool, limits: Limits = DEFAULT, preload: list[str] | None = None) -> tuple[Forge, str]:
    """A running forge at the strongest level that holds what it promises, and that level in words.

    Raises NoSandbox; with `allow_none` the last resort is no isolation but for limits.
    """
    tried = ["bubblewrap (bwrap) is not installed"] if bubblewrap.available() is None else []
    for level in ("forked", "single") if not tried else ():
        forge = Forge(level, limits, preload)
        try:
            missing = examine(forge.__enter__())
        except (OSError, Lost) as error:
            missing = [str(error)]
        if not missing:
            return forge, f"{NAMES[level]}; {_memory(limits)}"
        forge.__exit__()
        tried.append(f"{NAMES[level]}: {'; '.join(missing)}")
    if not allow_none:
        raise NoSandbox("\n".join(tried))
    return Forge("none", limits, preload).__enter__(), NAMES["none"]


def examine(forge: Forge) -> list[str]:
    """Start a worker and let it try what it must not. Returns what does not hold. Raises OSError, Lost."""
    canary = Path(forge.folder) / "canary"
    canary.write_text("a worker must not see this")
    canary.chmod(0o644)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        question = _QUESTION.format(uid=os.getuid(), port=port, canary=str(canary))
        with closing(RemoteWorker(forge.address)) as worker:
            if told := worker.run("probe", question, 60):
                return [f"{told['type']}: {told['message']}"]
            held = worker.answer("probe", "answer", [], lambda: 10)
    return [what for what, holds in held.items() if holds is not True]


def _memory(limits: Limits) -> str:
    cgroup.sweep()
    group = cgroup.make_group(limits.memory, limits.processes)
    if group is None:
        return "memory limited for each process"
    group.remove()
    return "memory limited as a whole (cgroup)"
