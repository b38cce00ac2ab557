"""A board for tests: a real HTTP server on loopback that obeys the contract, and can be told to misbehave."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CODE = "sesame-7461"
HTML = b"<!doctype html><title>Sign in to this network</title>"


class BoardStub:
    """`does` is what it does instead of answering, for requests to come, the first first; when it's empty it behaves.

    "stall": say nothing. "die": break off in the middle of an answer, after the events are stored. "lose": break off
    before. "html": a sign-in page with status 200. "redirect", "fault" (500), "later" (429, with Retry-After),
    "nothing": take none of the events. "refuse": refuse all. "echo": name uids that nobody sent. "small": 413 for more
    than two events, "form": 422.
    """

    def __init__(self, board_id: str = "b1", title: str = "Friday"):
        self.board_id, self.title = board_id, title
        self.names: dict[str, str] = {}  # token → name
        self.events: dict[str, dict[str, Any]] = {}  # uid → event
        self.owner: dict[str, str] = {}  # uid → name
        self.requests: list[tuple[float, str, dict[str, Any]]] = []
        self.headers: list[dict[str, str]] = []
        self.stored_twice = 0
        self.does: list[str] = []
        self.always = ""
        self.stalled = threading.Event()
        self._lock = threading.Lock()
        self._handler = type("Handler", (_Handler,), {"board": self})
        self._server = _Server(("127.0.0.1", 0), self._handler)
        self.port = self._server.server_address[1]
        self._begin()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/room7"

    def paths(self) -> list[str]:
        return [path for _, path, _ in self.requests]

    def stop(self) -> None:
        """As when the network is away: nothing listens there any more."""
        self.stalled.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def restart(self) -> None:
        self.stalled = threading.Event()
        self._server = _Server(("127.0.0.1", self.port), self._handler)
        self._begin()

    def _begin(self) -> None:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def answer(self, path: str, token: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self._lock:
            if not path.startswith("/room7/api/"):
                return 404, {"detail": "Not Found"}
            if path == "/room7/api/join":
                return self._join(body)
            if token not in self.names:
                return 401, {"error": "This board doesn't know you."}
            if path == "/room7/api/events":
                return self._store(self.names[token], body["events"])
            if path == "/room7/api/leave":
                return self._leave(self.names.pop(token), body["forget"])
            return 404, {"detail": "Not Found"}

    def _join(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if body["code"] != CODE:
            return 403, {"error": "That code opens no board here."}
        name = body["name"]
        while name in self.names.values():
            name = f"{body['name']} ({int(name[:-1].rpartition('(')[2]) + 1 if name.endswith(')') else 2})"
        token = f"secret-token-{self.board_id}-{len(self.requests)}"
        self.names[token] = name
        return 200, {"token": token, "name": name, "board": self.title, "board_id": self.board_id, "news": "ignored"}

    def _store(self, name: str, events: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        for event in events:
            self.stored_twice += event["uid"] in self.events
            self.events.setdefault(event["uid"], event)
            self.owner.setdefault(event["uid"], name)
        return 200, {"accepted": [event["uid"] for event in events], "refused": []}

    def _leave(self, name: str, forget: bool) -> tuple[int, dict[str, Any]]:
        own = [uid for uid, owner in self.owner.items() if owner == name] if forget else []
        for uid in own:
            del self.events[uid], self.owner[uid]
        return 200, {"forgotten": len(own)}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    board: BoardStub
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None: ...

    def do_POST(self) -> None:
        board = self.board
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        board.requests.append((time.monotonic(), self.path, body))
        board.headers.append(dict(self.headers))
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        does = board.does.pop(0) if board.does else board.always
        uids = [event["uid"] for event in body.get("events", [])]
        if does == "stall":
            board.stalled.wait(30)
        elif does == "lose":
            self.close_connection = True
        elif does == "die":
            self._reply(*board.answer(self.path, token, body), cut=True)
        elif does == "html":
            self._send(200, HTML, "text/html")
        elif does == "redirect":
            self._send(302, b"", "text/html", Location="https://login.example/")
        elif does == "fault":
            self._reply(500, {"error": "Something broke."})
        elif does == "later":
            self._reply(429, {"error": "Slower, please."}, **{"Retry-After": "1"})
        elif does == "nothing":
            self._reply(200, {"accepted": [], "refused": []})
        elif does == "refuse":
            self._reply(200, {"accepted": [], "refused": [{"uid": uid, "why": "no such exercise"} for uid in uids]})
        elif does == "echo":
            self._reply(200, {"accepted": ["someone-elses", 7, None], "refused": []})
        elif (does == "small" and len(uids) > 2) or does == "form":
            self._reply(413 if does == "small" else 422, {"error": "Not like this."})
        else:
            self._reply(*board.answer(self.path, token, body))

    def _reply(self, status: int, body: dict[str, Any], cut: bool = False, **headers: str) -> None:
        self._send(status, json.dumps(body).encode(), "application/json", cut, **headers)

    def _send(self, status: int, content: bytes, kind: str, cut: bool = False, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if cut else content)
        self.close_connection = self.close_connection or cut


@contextmanager
def board(**what: str) -> Iterator[BoardStub]:
    stub = BoardStub(**what)
    try:
        yield stub
    finally:
        stub.stop()
