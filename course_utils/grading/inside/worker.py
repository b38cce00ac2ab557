"""The worker: runs a learner's cells and calls their answers, on request, until the other side hangs up.

It believes that everything here may be overwritten by the learner's code: what it sends is judged as data, elsewhere.
"""

import __future__

import ast
import asyncio
import builtins
import inspect
import io
import linecache
import random
import socket
import sys
import traceback
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from .decode import decode
from .encode import encode
from .tame import attributes
from .wire import WireError, receive, send

_BUILTINS = dict(vars(builtins))
_TAIL = 4_000
MOST_ERRORS = 20
"""So many of a cell's errors are told."""


class Tail(io.TextIOBase):
    """Takes any amount of output and keeps its end."""

    def __init__(self) -> None:
        self.kept = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.kept = (self.kept + text[-_TAIL:])[-_TAIL:]
        return len(text)

    def take(self) -> str:
        kept, self.kept = self.kept, ""
        return kept


class Shell:
    """What `get_ipython()` returns here: magics and shell commands do nothing, what they would time or capture runs."""

    def __init__(self, space: dict, run: Callable[[str], None]) -> None:
        self.user_ns, self._run = space, run

    def getoutput(self, *_: Any, **__: Any) -> list[str]:
        return []

    def run_cell(self, source: str, *_: Any, **__: Any) -> None:
        self._run(source)

    ex = run_cell

    def ev(self, expression: str) -> Any:
        return eval(expression, self.user_ns)

    def run_line_magic(self, name: str, line: str, *_: Any, **__: Any) -> None:
        if name == "time":
            self._run(line)

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        if name in RUN_BODY:
            self._run(cell)

    def magic(self, text: str) -> None:
        name, _, line = text.lstrip("%").partition(" ")
        self.run_line_magic(name, line)

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


RUN_BODY = ("time", "timeit", "capture", "prun", "python", "python3", "debug")
COMPILERS = {"jit", "njit", "vectorize", "guvectorize", "generated_jit", "cfunc"}


def _speaks_of_a_loop(source: str) -> bool:
    """Whether statements run inside of an event loop, as all do in a notebook: `create_task` needs one.

    Where a cell has no use for it, or starts its own (which a notebook allows with `nest_asyncio`), they don't.
    """
    wants = "async" in source or "await" in source
    return wants and not ("asyncio.run(" in source or "run_until_complete" in source)


class _Uncached(ast.NodeTransformer):
    """Without `cache=True` in calls of Numba's compilers: a cell is no file that a cache could stand beside."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in COMPILERS:
            node.keywords = [keyword for keyword in node.keywords if keyword.arg != "cache"]
        return node


class Worker:
    def __init__(self, sock: socket.socket) -> None:
        self.sock, self.output = sock, Tail()
        self.answers: dict[str, Any] = {}
        self.loop: asyncio.AbstractEventLoop | None = None  # one for all cells: a task outlives the cell that made it
        self.future = 0  # flags of `from __future__` so far
        sys.modules["__main__"] = types.ModuleType("__main__")  # what cells define belongs there, as in a notebook
        self.space = vars(sys.modules["__main__"])
        shell = Shell(self.space, lambda source: self._run_all(source, "<cell magic>"))
        self.space |= {"get_ipython": lambda: shell, "display": lambda *_, **__: None}
        self.get_ipython = self.space["get_ipython"]

    def serve(self) -> None:
        """Answer requests until the connection closes."""
        while True:
            try:
                request = receive(self.sock)
            except (EOFError, OSError):
                return
            restore_builtins()
            sys.settrace(None)
            sys.setprofile(None)
            sys.stdout = sys.stderr = self.output
            reply, body = self._reply(request.header, request.body)
            restore_builtins()
            reply |= {"id": request.header["id"], "out": self.output.take()}
            send(self.sock, reply, body)

    def _reply(self, header: dict, body: bytes) -> tuple[dict, bytes]:
        try:
            return getattr(self, f"_{header['op']}")(header, body)
        except BaseException as error:  # whatever the learner raises, SystemExit included, is an answer
            restore_builtins()
            return {"error": told(error)}, b""

    def _run(self, header: dict, body: bytes) -> tuple[dict, bytes]:
        """Run a cell, statement by statement: what one of them raises doesn't end the others.

        Its text is where tracebacks look for it, as in a notebook. A cell that is no Python raises SyntaxError.
        """
        source, filename = header["source"], f"<cell {header['cell']}>"
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        raised = self._run_all(source, filename)
        return {"error": raised[0], "more": raised[1:MOST_ERRORS]} if raised else {"done": True}, b""

    def _run_all(self, source: str, filename: str) -> list[dict]:
        raised, in_a_loop = [], _speaks_of_a_loop(source)
        for statement in self._compile(source, filename, ast.PyCF_ONLY_AST).body:
            try:
                self._execute(_Uncached().visit(statement) if "cache" in source else statement, filename, in_a_loop)
            except BaseException as error:  # SystemExit too: the rest of a notebook runs after it
                restore_builtins()
                raised.append(told(error))
        return raised

    def _compile(self, source: str | ast.Module, filename: str, flags: int = 0) -> Any:
        flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | self.future
        return compile(source, filename, "exec", flags=flags, dont_inherit=True)

    def _execute(self, statement: ast.stmt, filename: str, in_a_loop: bool) -> None:
        code = self._compile(ast.Module([statement], []), filename)
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":  # for all that comes, as there
            for alias in statement.names:
                self.future |= getattr(__future__, alias.name).compiler_flag
        if "IPython" in sys.modules:
            sys.modules["IPython"].get_ipython = self.get_ipython
        try:
            self._evaluate(code, in_a_loop)
        finally:
            restore_builtins()  # without which nothing here would go on
        if isinstance(statement, ast.ImportFrom) and statement.module == "IPython":  # perhaps for the first time
            named = [alias.asname or alias.name for alias in statement.names if alias.name == "get_ipython"]
            self.space |= dict.fromkeys(named, self.get_ipython)

    def _evaluate(self, code: types.CodeType, in_a_loop: bool) -> None:
        if not in_a_loop and not code.co_flags & inspect.CO_COROUTINE:
            eval(code, self.space)
            return

        async def run() -> BaseException | None:
            try:
                running = eval(code, self.space)
                if inspect.iscoroutine(running):
                    await running
            except BaseException as error:  # a loop has a meaning of its own for some: StopIteration, SystemExit
                return error
            finally:
                restore_builtins()  # without which the loop would not go on

        if self.loop is None or self.loop.is_closed():
            self.loop = asyncio.new_event_loop()
        if (error := self.loop.run_until_complete(run())) is not None:
            raise error

    def _answer(self, header: dict, body: bytes) -> tuple[dict, bytes]:
        """Keep the value of an expression under a name, and send what it is: a function's signature, or the data."""
        value = eval(header["expression"], self.space)
        self.answers[header["name"]] = value
        if isinstance(value, type):
            return {"value": ["o", "type"]}, b""
        fields = header["fields"]
        if fields and not isinstance(value, dict) and (parts := attributes(value, fields)) is not None:
            value = dict(zip(fields, parts))  # a module that holds them is an answer, too
        if callable(value) and not isinstance(value, torch.Tensor):
            return {"function": signature(value)}, b""
        node, data = encode(value)
        return {"value": node}, data

    def _call(self, header: dict, body: bytes) -> tuple[dict, bytes]:
        """Call an answer on copies, from the seed asked for, and send its result and the arguments that it changed."""
        given, before = decode(header["args"], body), decode(header["args"], body)
        random.seed(header["seed"])
        np.random.seed(header["seed"] % 2**32)
        torch.manual_seed(header["seed"])
        result = self.answers[header["name"]](*given)
        changed = [[i, new] for i, (old, new) in enumerate(zip(before, given)) if not unchanged(old, new)]
        node, data = encode([result, changed])
        return {"value": node}, data


def unchanged(old: Any, new: Any) -> bool:
    """Whether an argument is as it was: the same bytes, so nan is equal to nan."""
    return encode(old) == encode(new)


def restore_builtins() -> None:
    """Undo what a cell did to the builtins, so that it costs no other exercise."""
    current = builtins.__dict__
    for name in [name for name in current if name not in _BUILTINS]:
        del current[name]
    current.update(_BUILTINS)


def signature(function: Any) -> list | None:
    """[[name, kind, has a default], …], or None for a function that does not tell."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return [[p.name, int(p.kind), p.default is not p.empty] for p in parameters][:100]


def told(error: BaseException) -> dict:
    """What the other side needs to know about an exception; all of it text that it will not trust."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith("<cell ")]
    line = None
    if isinstance(error, SyntaxError):
        line = f"line {error.lineno}: {(error.text or '').strip()}" if error.lineno else None
    elif frames:
        last = frames[-1]
        text = linecache.getline(last.filename, last.lineno or 0).strip()
        place = "" if last.name == "<module>" else f" of `{last.name}`"
        line = f"line {last.lineno}{place}: {text}"[:500]
    raised = frames[-1].line or "" if frames else ""
    unfinished = isinstance(error, NotImplementedError) and ("NotImplementedError" in raised or not raised)
    return {"type": type(error).__name__[:80], "message": _message(error), "line": line, "unfinished": unfinished}


def _message(error: BaseException) -> str:
    if isinstance(error, WireError):
        return f"your answer is {error}, and cannot be handed in"
    try:
        return str(error.msg if isinstance(error, SyntaxError) else error)[:1000]
    except BaseException:  # a __str__ of the learner's
        return ""
