"""The trusted end of the pipe to one worker: starting it, running cells in it, ending it. Needs no torch."""

import contextlib
import os
import secrets
import select
import signal
import socket
import struct
import time
from typing import Any, Literal

from course_utils.grading import cgroup, forge, memory
from course_utils.grading.inside.limits import Limits
from course_utils.grading.inside.wire import Frame, WireError, receive, send
from course_utils.grading.plain import plain

MOST_ERRORS = 20
STARTING = 512 << 20
"""Bytes that a worker of its own takes before it begins."""
START_S = 60
"""How long a worker may take to be there."""


class NoWorker(OSError):
    """No worker could be started: our trouble, not the submission's."""


class Lost(BaseException):
    """The worker is gone, or no longer does as agreed. Not an Exception: no check may take it for an answer's."""

    def __init__(self, reason: Literal["time", "ended", "wire"]) -> None:
        super().__init__(reason)
        self.reason = reason


class Connection:
    """A connection to a fresh worker. `close` ends the worker and all it started.

    `raised`: the errors of answers that were asked for or called.
    """

    raised: list[dict] = []
    _watch: memory.Watch | None = None

    def __init__(self, address: dict) -> None:
        self._process: forge.Process | None = None
        self._group: cgroup.Group | None = None
        self._pidfd: int | None = None
        self._watch: memory.Watch | None = None
        if address["level"] == "forked":
            self._connect(address)
        else:
            try:
                self._sock, self._process = forge.start_single(address)
            except OSError as error:
                raise NoWorker(f"no worker: {error}") from error
            limits = Limits(**address["limits"])
            # It is still starting: what it will then have to begin with is not yet there to be counted.
            self._watch = memory.Watch(self._process.process.pid, limits.memory + STARTING, self._process.end)

    def _connect(self, address: dict) -> None:
        """Say hello: the kernel tells us the worker's process id, we put it into its group and let it begin."""
        self._sock = socket.socket(socket.AF_UNIX)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._sock.settimeout(START_S)
        try:
            self._sock.connect(address["socket"])
            word, ancillary, *_ = self._sock.recvmsg(200, socket.CMSG_SPACE(12))
        except OSError as error:
            raise NoWorker(f"no worker: {error}") from error
        if word != b"+":
            raise NoWorker(f"the worker could not be isolated: {plain(word.decode(errors='replace'))}")
        pid = struct.unpack("3i", ancillary[0][2])[0]
        with contextlib.suppress(OSError):
            self._pidfd = os.pidfd_open(pid)
        limits = Limits(**address["limits"])
        self._group = cgroup.make_group(limits.memory, limits.processes)
        if self._group is not None:
            try:
                self._group.add(pid)
            except OSError:
                self._group.remove()
                self._group = None
        if self._group is None and self._pidfd is not None:
            self._watch = memory.Watch(pid, limits.memory, self._end)
        self._sock.sendall(b"+")

    def _end(self) -> None:
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def close(self) -> None:
        if self._watch is not None:
            self._watch.close()
        self._sock.close()
        if self._process is not None:
            self._process.kill()
        if self._pidfd is not None:
            self._end()
            poller = select.poll()
            poller.register(self._pidfd, select.POLLIN)
            poller.poll(2_000)
            os.close(self._pidfd)
        if self._group is not None:
            self._group.remove()

    def run(self, cell: str, source: str, seconds: float) -> dict | None:
        """Run a cell; None, or the first error that it raised, as `told` in the worker writes it. Raises Lost.

        `more` in it: those that later statements raised.
        """
        reply = self._ask(seconds, {"op": "run", "cell": cell, "source": source})
        if "error" not in reply.header:
            return None
        more = reply.header.get("more")
        more = [error_of(each) for each in more[:MOST_ERRORS]] if isinstance(more, list) else []
        return error_of(reply.header["error"]) | {"more": more}

    def _ask(self, seconds: float, header: dict, body: bytes = b"") -> Frame:
        """One request, one reply with the same random id, in time."""
        identity = secrets.token_hex(16)
        deadline = time.monotonic() + max(seconds, 0.01)
        try:
            self._sock.settimeout(max(seconds, 0.01))
            send(self._sock, header | {"id": identity}, body)
            reply = receive(self._sock, deadline)
        except TimeoutError:
            raise Lost("time") from None
        except (EOFError, OSError):
            raise Lost("ended") from None
        except WireError:
            raise Lost("wire") from None
        if reply.header.get("id") != identity:
            raise Lost("wire")
        return reply


def error_of(told: Any) -> dict:
    """The reply's account of an exception, every part of it a short plain text."""
    told = told if isinstance(told, dict) else {}
    texts = {key: plain(told.get(key), 500) if isinstance(told.get(key), str) else "" for key in ("message", "line")}
    name = told.get("type") if isinstance(told.get("type"), str) else ""
    name = name[:80] if name.isascii() and name.isidentifier() else "Exception"
    return {**texts, "type": name, "unfinished": told.get("unfinished") is True}
