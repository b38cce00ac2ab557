"""The web application: routes, the prefix under which a proxy may put them, and errors in one form."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from course_utils.board import learners, page
from course_utils.board.service import Service
from course_utils.board.wire import reply


def make_app(service: Service, join_line: str, prefix: str = "", plain: bool = True) -> ASGIApp:
    """`prefix`: like "/room7"; a proxy may hand it on or take it off, both work."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        service.start()
        yield
        service.stop()

    async def failed(_: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        sentence = "There is nothing here." if status == 404 else "This can't be done here."
        return reply({"error": sentence}, status)

    routes = [*learners.routes(service), *page.routes(service, join_line, plain)]
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers={HTTPException: failed, Exception: failed})
    app.router.redirect_slashes = False
    return _Prefixed(app, prefix)


class _Prefixed:
    """Takes the prefix off the path, if it is there, and tells what it is, and whether nothing stood behind it."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app, self._prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            bare = bool(self._prefix) and path == self._prefix
            if self._prefix and (path == self._prefix or path.startswith(f"{self._prefix}/")):
                path = path.removeprefix(self._prefix) or "/"
            scope = scope | {"path": path, "raw_path": path.encode(), "prefix": self._prefix, "bare": bare}
        await self._app(scope, receive, send)
