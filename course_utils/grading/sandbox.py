"""Choosing the strongest isolation that works here, by trying it: a worker is asked what it can reach."""

import ctypes
import os
import platform
import secrets
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from course_utils.grading import bubblewrap, cgroup
from course_utils.grading.connection import Connection, Lost
from course_utils.grading.forge import Forge, Level
from course_utils.grading.inside.limits import DEFAULT, Limits
from course_utils.grading.inside.namespaces import KEYCTL
from course_utils.grading.plain import one_line
from course_utils.grading.syscalls import Filters, filters

_SESSION, _UNLINK = -3, 9

NAMES: dict[Level, str] = {
    "forked": "bubblewrap, and namespaces of its own for every notebook",
    "single": "bubblewrap for every notebook",
    "none": "NONE: notebooks ran as ordinary programs of this user",
}

_QUESTION = """
import ctypes, os, socket

class Missing(Exception):
    pass

def _reaches(try_it):
    try:
        try_it()
        return True
    except Exception:
        return False

def _privileged():
    os.setuid(0)

def _calls(number, *arguments):
    return ctypes.CDLL(None).syscall(number, *arguments)

def _finds_the_key():
    if {keyctl} and _calls({keyctl}, 10, -3, b"user", {key!r}, 0) >= 0:
        return True
    raise OSError

held = {{
    "another user": os.getuid() not in (0, {uid}) or os.getuid() == 65534,
    "no network": not _reaches(lambda: socket.create_connection(("127.0.0.1", {port}), 1).close()),
    "no files": not os.path.exists({canary!r}),
    "no checks": not _reaches(lambda: __import__("course_utils.exercises")),
    "no way to root": not _reaches(_privileged),
    "scratch space": _reaches(lambda: open("scratch.txt", "w").write("x")),
    "its own keyring": not _reaches(_finds_the_key),
    "filtered system calls": not {filtered} or ctypes.CDLL(None).prctl(21, 0, 0, 0, 0) == 2,
}}
if missing := [what for what, holds in held.items() if not holds]:
    raise Missing("; ".join(missing))
"""


class NoSandbox(Exception):
    """Nothing works here; the message says what was tried."""


def open_forge(
    *, allow_none: bool, limits: Limits = DEFAULT, preload: list[str] | None = None, warm: bool = True
) -> tuple[Forge, str]:
    """A running forge at the strongest level that holds what it promises, and that level in words.

    preload, warm: what workers find imported, and whether what is slow at its first use is done for them all.

    Raises NoSandbox; with `allow_none` the last resort is no isolation but for limits.
    """
    tried = ["bubblewrap (bwrap) is not installed"] if bubblewrap.available() is None else []
    for level in ("forked", "single") if not tried else ():
        found = filters()
        forge, missing = _opened(Forge(level, limits, preload, found, warm))
        if forge is None and found.inner:  # namespaces are worth more than a filter, which may not work here
            found = Filters(why="the sandbox does not start with it here")
            forge, missing = _opened(Forge(level, limits, preload, found, warm))
        if forge is not None and not missing:
            return forge, f"{NAMES[level]}; {_memory(limits)}; {_calls(found)}"
        if forge is not None:
            forge.__exit__()
        tried.append(f"{NAMES[level]}: {'; '.join(missing)}")
    if not allow_none:
        raise NoSandbox("\n".join(tried))
    return Forge("none", limits, preload, Filters()).__enter__(), NAMES["none"]


def _opened(forge: Forge) -> tuple[Forge | None, list[str]]:
    """(the forge, running, and what does not hold), or (None, [why it does not start])."""
    try:
        return forge, examine(forge.__enter__())
    except (OSError, Lost) as error:
        forge.__exit__()
        return None, [str(error)]


def _calls(calls: Filters) -> str:
    if calls.inner:
        return "system calls filtered (seccomp), a keyring of its own"
    return f"system calls NOT filtered ({one_line(calls.why)}), a keyring of its own"


def examine(forge: Forge) -> list[str]:
    """Start a worker and let it try what it must not. Returns what does not hold. Raises OSError, Lost."""
    canary = Path(forge.folder) / "canary"
    canary.write_text("a worker must not see this")
    canary.chmod(0o644)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        filled = {"uid": os.getuid(), "port": port, "canary": str(canary), "filtered": bool(forge.calls.inner)}
        key = secrets.token_hex(8).encode()
        question = _QUESTION.format(**filled, key=key, keyctl=KEYCTL.get(platform.machine(), 0))
        with _planted(key), closing(Connection(forge.address)) as worker:
            told = worker.run("probe", question, 60)
    if told is None:
        return []
    return told["message"].split("; ") if told["type"] == "Missing" else [f"{told['type']}: {told['message']}"]


@contextmanager
def _planted(name: bytes) -> Iterator[None]:
    """A key of this name in the session keyring of this process, where the kernel has keyrings."""
    number, libc = KEYCTL.get(platform.machine()), ctypes.CDLL(None, use_errno=True)
    key = libc.syscall(number - 2, b"user", name, b"x", 1, _SESSION) if number else -1  # add_key stands beside keyctl
    try:
        yield
    finally:
        if key >= 0:
            libc.syscall(number, _UNLINK, key, _SESSION, 0, 0)


def _memory(limits: Limits) -> str:
    cgroup.sweep()
    group = cgroup.make_group(limits.memory, limits.processes)
    if group is None:
        return "memory limited for each process, and watched as a whole"
    group.remove()
    return "memory limited as a whole (cgroup)"
