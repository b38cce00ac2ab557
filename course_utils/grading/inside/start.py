"""Starts workers. Run in the sandbox as `python -m course_worker.start SETTINGS` (JSON), in one of two modes.

`fork`: imports what learners need once, then forks a worker into fresh namespaces for every connection to a socket.
`single`: is one worker, on a connection that it inherits.
"""

import base64
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
from typing import Any

from .limits import Limits
from .namespaces import address_space, drop_privileges, filter_calls, guard, isolate, own_keyring, restrict

NOBODY = 65534


def main(settings: dict[str, Any]) -> None:
    if os.getuid() == 0 and settings["drop_root"]:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    own_keyring()
    limits = Limits(**settings["limits"])
    program = base64.b64decode(settings["filter"])
    # An editable installation of the course would find its other parts wherever they are.
    sys.meta_path = [finder for finder in sys.meta_path if "__editable__" not in getattr(finder, "__module__", "")]
    if settings["mode"] == "fork":
        _prepare(settings["preload"], settings["warm"])
        _fork_for_each(socket.socket(fileno=settings["fd"]), limits, program)
    else:
        _prepare(["torch"], warm=False)
        restrict(limits, address_space())
        if settings["drop_root"]:
            drop_privileges()
        if program:
            filter_calls(program)
        _worker(socket.socket(fileno=settings["fd"]))


def _prepare(modules: list[str], warm: bool) -> None:
    """Import before limits start to count. What is not installed, a learner's import will complain about.

    warm: also do what is slow at its first use, once for all workers.
    """
    for module in modules:
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)  # imports, at its first use, half of torch
    if not warm:
        return
    with contextlib.suppress(Exception):
        if "course_utils.toy" in modules:
            from course_utils import toy

            toy.train(5, 2, steps=2, batch_size=64, progress=False)
        if "course_utils.lm" in modules:
            from course_utils.lm import load_model

            load_model("tiny")


def _fork_for_each(listener: socket.socket, limits: Limits, program: bytes) -> None:
    """Until standard input, the lifeline to whoever started this, is closed."""
    from . import worker  # noqa: F401 (imported before the first fork)

    gc.collect()
    gc.freeze()
    used = address_space()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    poller = select.poll()
    poller.register(listener, select.POLLIN)
    poller.register(0, 0)
    while True:
        if any(fd == 0 for fd, _ in poller.poll()):
            os._exit(0)
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _child(connection, limits, used, program)
        connection.close()


def _child(connection: socket.socket, limits: Limits, used: int, program: bytes) -> None:
    """Between Python's exit and the kernel's, nothing of the parent's must run: hence _exit everywhere."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _silence()
        isolate(limits)
        if os.fork() != 0:
            os._exit(0)
        os.setsid()
        own_keyring()
        drop_privileges()
        if program:
            filter_calls(program)
        _hello(connection)
        guard(connection, lambda: (restrict(limits, used), _worker(connection)))
    except BaseException as error:
        with contextlib.suppress(OSError):
            connection.sendall(f"!{type(error).__name__}: {error}"[:200].encode())
    os._exit(1)


def _hello(connection: socket.socket) -> None:
    """Tell who we are as the kernel sees it (the other side reads our process id from the credentials), and wait."""
    connection.sendmsg([b"+"], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, _credentials())])
    if connection.recv(1) != b"+":
        os._exit(1)


def _credentials() -> bytes:
    return struct.pack("3i", os.getpid(), os.getuid(), os.getgid())


def _worker(connection: socket.socket) -> None:
    os.chdir("/scratch" if os.environ.get("HOME") == "/scratch" else os.getcwd())
    from .worker import Worker

    try:
        Worker(connection).serve()
    finally:
        os._exit(0)


def _silence() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    os.close(nowhere)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
