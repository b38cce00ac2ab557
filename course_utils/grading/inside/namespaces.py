"""A fresh set of namespaces for one worker, made by the forked child itself, inside the sandbox that already holds it.

The child gives itself a user namespace (which allows what follows and no more), its own processes, network, IPC and
mounts, empty scratch space, and then lets go of every capability for good.
"""

import contextlib
import ctypes
import os
import platform
import resource
import select
import signal
import socket
from collections.abc import Callable

from .limits import Limits

_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = (
    0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
_NOSUID, _NODEV, _NOEXEC, _RDONLY, _REC, _PRIVATE = 2, 4, 8, 1, 16384, 1 << 18
_SET_DUMPABLE, _SET_SECCOMP, _CAPBSET_DROP, _NO_NEW_PRIVS = 4, 22, 24, 38
KEYCTL = {"x86_64": 250, "aarch64": 219, "riscv64": 219}
_JOIN_SESSION_KEYRING = 1

_libc = ctypes.CDLL(None, use_errno=True)


def isolate(limits: Limits) -> None:
    """Move this process (which has one thread) into namespaces of its own. Its next child is process 1 there.

    Raises OSError where the kernel does not allow it.
    """
    uid, gid = os.getuid(), os.getgid()
    _libc.prctl(_SET_DUMPABLE, 1, 0, 0, 0)  # having been root, we would not own our files under /proc
    with contextlib.suppress(OSError):
        _write("/proc/self/oom_score_adj", "1000")  # if the machine runs out of memory, it ends a worker
    _checked(_libc.unshare(_NEWUSER | _NEWNS | _NEWPID | _NEWNET | _NEWIPC | _NEWUTS))
    for file, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        _write(f"/proc/self/{file}", text)
    _write("/proc/sys/user/max_user_namespaces", "0")  # no way to new capabilities
    _checked(_libc.mount(None, b"/", None, _REC | _PRIVATE, None))
    for place in ("/scratch", "/dev/shm"):
        _tmpfs(place, f"size={limits.scratch},mode=1777", _NOSUID | _NODEV)
    for place in ("/numba", "/proc"):
        _tmpfs(place, "size=4k,mode=555", _NOSUID | _NODEV | _NOEXEC | _RDONLY)


def restrict(limits: Limits, used: int) -> None:
    """Set the limits of this process and its children. `used`: bytes of address space that it starts with."""
    for kind, value in (
        (resource.RLIMIT_AS, used + limits.memory),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_FSIZE, limits.file),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a lower limit is already in force
            resource.setrlimit(kind, (value, value))


def address_space() -> int:
    """Bytes of address space of this process."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 4 << 30  # no /proc here: more than any


def drop_privileges() -> None:
    """No capability now or later, and no program that would give one."""
    _checked(_libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))
    for capability in range(64):
        _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _checked(_libc.capset(header, nothing))


def own_keyring() -> None:
    """Leave the session keyring of whoever started this, and whatever keys are in it, for an empty one."""
    number = KEYCTL.get(platform.machine())
    if number is not None:
        _libc.syscall(number, _JOIN_SESSION_KEYRING, None, 0, 0, 0)  # the probe looks whether it did


def filter_calls(program: bytes) -> None:
    """No system call from here on but those that the program (of the kernel's filter machine) lets through."""
    text = ctypes.create_string_buffer(program, len(program))
    filled = _Filter(len(program) // 8, ctypes.addressof(text))
    _checked(_libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))
    _checked(_libc.prctl(_SET_SECCOMP, 2, ctypes.byref(filled), 0, 0))


class _Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def guard(connection: socket.socket, run: Callable[[], None]) -> None:
    """As process 1: start `run` in a child, and end, with everything here, when either side of the pipe is gone."""
    _libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)
    child = os.fork()
    if child == 0:
        run()
        os._exit(0)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # orphans are reaped by the kernel
    poller = select.poll()
    poller.register(connection, 0)  # POLLHUP is always reported
    poller.register(os.pidfd_open(child), select.POLLIN)
    poller.poll()
    os._exit(0)


def _tmpfs(place: str, options: str, flags: int) -> None:
    if os.path.isdir(place):
        _checked(_libc.mount(b"tmpfs", place.encode(), b"tmpfs", flags, options.encode()))


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
