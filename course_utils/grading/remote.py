"""The trusted end of the pipe: one worker, and answers that live in it."""

import builtins
import contextlib
import inspect
import os
import secrets
import select
import signal
import socket
import struct
import time
from collections.abc import Callable
from typing import Any, Literal

import torch

from course_utils.checking.guard import Elsewhere
from course_utils.grading import cgroup, forge, memory
from course_utils.grading.inside.decode import decode
from course_utils.grading.inside.encode import encode
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


class RemoteWorker:
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
        more = [_error(each) for each in more[:MOST_ERRORS]] if isinstance(more, list) else []
        return _error(reply.header["error"]) | {"more": more}

    def answer(self, name: str, expression: str, fields: list[str], call_s: Callable[[], float]) -> Any:
        """The value of an expression: data, or a callable that runs in the worker. Raises Lost, RemoteError."""
        asked = {"op": "answer", "name": name, "expression": expression, "fields": fields}
        reply = self._ask(call_s(), asked)
        self._raise(reply)
        if "function" in reply.header:
            return RemoteFunction(self, name, reply.header["function"], call_s)
        return self._value(reply)

    def call(self, name: str, args: tuple, seconds: float) -> tuple[Any, list]:
        """Result of an answer, and [[position, new value], …] of arguments that it changed in place.

        The worker draws from the seed that was set here last, so that an answer does there what it would do here.
        """
        node, body = encode(list(args))
        reply = self._ask(seconds, {"op": "call", "name": name, "args": node, "seed": torch.initial_seed()}, body)
        self._raise(reply)
        result = self._value(reply)
        if not isinstance(result, list) or len(result) != 2 or not isinstance(result[1], list):
            raise Lost("wire")
        return result[0], result[1]

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

    def _value(self, reply: Frame) -> Any:
        try:
            return decode(reply.header.get("value"), reply.body)
        except WireError:
            raise Lost("wire") from None

    def _raise(self, reply: Frame) -> None:
        if "error" in reply.header:
            told = _error(reply.header["error"])
            if len(self.raised) < MOST_ERRORS:
                self.raised = [*self.raised, told]
            raise _exception(told)


def _error(told: Any) -> dict:
    """The reply's account of an exception, every part of it a short plain text."""
    told = told if isinstance(told, dict) else {}
    texts = {key: plain(told.get(key), 500) if isinstance(told.get(key), str) else "" for key in ("message", "line")}
    name = told.get("type") if isinstance(told.get("type"), str) else ""
    name = name[:80] if name.isascii() and name.isidentifier() else "Exception"
    return {**texts, "type": name, "unfinished": told.get("unfinished") is True}


def _exception(told: dict) -> Exception:
    """An exception to raise here for one that was raised there: the same built-in class, or one of that name."""
    kind = getattr(builtins, told["type"], None)
    if (
        not (isinstance(kind, type) and issubclass(kind, (Exception, SystemExit))) or kind is KeyError
    ):  # (it adds quotes)
        kind = type(told["type"], (Exception,), {})
    try:
        error = kind(told["message"])
    except TypeError:  # UnicodeDecodeError wants five arguments
        error = type(told["type"], (Exception,), {})(told["message"])
    error.elsewhere = Elsewhere(told["line"] or None, told["unfinished"])
    return error


class RemoteFunction:
    """A learner's function in its worker, to be called like any other. What it changes in place is changed here too."""

    def __init__(self, worker: RemoteWorker, name: str, told: Any, call_s: Callable[[], float]) -> None:
        self._worker, self._name, self._call_s = worker, name, call_s
        signature = _signature(told)
        if signature is not None:
            self.__signature__ = signature

    def __call__(self, *args: Any) -> Any:
        result, changed = self._worker.call(self._name, args, self._call_s())
        for entry in changed:
            if isinstance(entry, list) and len(entry) == 2 and type(entry[0]) is int and 0 <= entry[0] < len(args):
                _change(args[entry[0]], entry[1])
        return result


RemoteFunction.__name__ = "function"  # what feedback calls it


def _change(old: Any, new: Any) -> None:
    if isinstance(old, torch.Tensor) and isinstance(new, torch.Tensor) and old.dtype == new.dtype:
        old.data = new
    elif isinstance(old, list) and isinstance(new, list):
        old[:] = new
    elif isinstance(old, dict) and isinstance(new, dict):
        old.clear()
        old.update(new)


def _signature(told: Any) -> inspect.Signature | None:
    if not isinstance(told, list):
        return None
    try:
        parameters = [
            inspect.Parameter(plain(name, 60), inspect._ParameterKind(kind), default=... if default else inspect._empty)
            for name, kind, default in told[:100]
        ]
        return inspect.Signature(parameters)
    except (TypeError, ValueError):
        return None
