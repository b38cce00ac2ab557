"""A Hugging Face hub of our own on loopback: folders as repositories, in the part of its protocol that downloads need.

    with Hub(folder) as hub:
        subprocess.run(..., env={"HF_ENDPOINT": hub.address, ...})

`folder/owner/name/config.json` is the file `config.json` of the repository `owner/name`. Every repository has one
commit. `hub.requests` are the methods and paths that were asked for.
"""

import hashlib
import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

COMMIT = "c0ffee" + 34 * "0"


class Hub:
    def __init__(self, folder: Path):
        self.requests: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(folder, self.requests))
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Hub":
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(folder: Path, requests: list[str]) -> Callable:
    repositories = {str(config.parent.relative_to(folder)) for config in folder.rglob("*config.json")}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            requests.append(f"{self.command} {self.path}")
            path = unquote(urlsplit(self.path).path).strip("/")
            repository = path.removeprefix("api/models/").split("/resolve/")[0]
            repository = repository.split("/revision/")[0].split("/tree/")[0]
            if repository not in repositories:
                self.answer(b"", status=404, X_Error_Code="RepoNotFound")
            elif not path.startswith("api/"):
                self.file(folder / repository / path.split("/resolve/")[1].split("/", 1)[1])
            elif "/tree/" in path:
                self.answer(json.dumps([_entry(file) for file in sorted((folder / repository).iterdir())]).encode())
            else:
                siblings = [{"rfilename": file.name} for file in sorted((folder / repository).iterdir())]
                self.answer(json.dumps({"id": repository, "sha": COMMIT, "siblings": siblings}).encode())

        do_HEAD = do_GET

        def file(self, path: Path) -> None:
            if path.is_file():
                self.answer(path.read_bytes(), ETag=f'"{_digest(path)}"', X_Repo_Commit=COMMIT)
            else:
                self.answer(b"", status=404, X_Error_Code="EntryNotFound", X_Repo_Commit=COMMIT)

        def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *args) -> None:
            """Nothing on the terminal."""

    return Handler


def _digest(path: Path) -> str:
    return hashlib.sha1(path.read_bytes()).hexdigest()


def _entry(path: Path) -> dict:
    return {"type": "file", "path": path.name, "size": path.stat().st_size, "oid": _digest(path)}
