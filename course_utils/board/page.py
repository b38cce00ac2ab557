"""What the teacher's browser calls: the page, its script and style, the stream. Page and stream want the key."""

import secrets
from collections.abc import Mapping
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from course_utils.board.service import Service
from course_utils.board.view import Look
from course_utils.board.wire import address, reply

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SAFE = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # an address may have the key in it
    "Cache-Control": "no-store",
}
_SCRIPTS = ("board.js", "grid.js", "lists.js", "parts.js")
_FILES = dict.fromkeys(_SCRIPTS, "text/javascript") | {"board.css": "text/css", "icon.svg": "image/svg+xml"}
_TEMPLATES = Environment(loader=PackageLoader("course_utils.board"), autoescape=True, undefined=StrictUndefined)


def routes(service: Service, join_line: str, plain: bool) -> list[Route]:
    """join_line: what learners type; plain: whether to say that nothing is encrypted."""
    cookie = f"board_{service.board.id}"

    def has_key(request: Request) -> bool:
        return _is_key(request.cookies.get(cookie, ""), service)

    async def page(request: Request) -> Response:
        key = request.query_params.get("key")
        home = f"{request.scope['prefix']}/" if request.scope["prefix"] else "./"
        if key is not None and service.wrong.wait(address(request), 1):
            return _closed(429, "Too many wrong keys came from here: wait a little.")
        if key is not None and _is_key(key, service):
            answer = RedirectResponse(home, 303, SAFE)
            path = request.scope["prefix"] or "/"
            encrypted = request.url.scheme == "https"
            year = 365 * 24 * 3600
            answer.set_cookie(cookie, key, max_age=year, path=path, httponly=True, samesite="lax", secure=encrypted)
            return answer
        if key is not None:
            service.wrong.take(address(request), 1)
            service.refusals.note("key", address(request))
        if not has_key(request):
            return _closed(403, "This page is the teacher's.")
        if request.scope["bare"]:  # relative addresses would lead out of the prefix
            return RedirectResponse(home, 308, SAFE)
        shown = _TEMPLATES.get_template("page.html").render(
            board=service.board, join_line=join_line, plain=plain and request.url.scheme == "http"
        )
        return _html(shown, 200)

    async def live(request: Request) -> Response:
        if not has_key(request):
            return _closed(403, "This stream is the teacher's.")
        look = Look(request.query_params.get("chapter", ""), request.query_params.get("names") == "hidden")
        headers = SAFE | {"X-Accel-Buffering": "no"}
        return StreamingResponse(service.live.listen(look), media_type="text/event-stream", headers=headers)

    async def health(request: Request) -> Response:
        return reply({"ok": True})

    def file(name: str, kind: str) -> Route:
        content = files("course_utils.board").joinpath("static", name).read_bytes()
        headers: Mapping[str, str] = SAFE | {"Cache-Control": "no-cache"}

        async def serve(request: Request) -> Response:
            return Response(content, media_type=kind, headers=headers)

        return Route(f"/{name}", serve)

    static = [file(name, kind) for name, kind in _FILES.items()]
    return [Route("/", page), Route("/live", live), Route("/health", health), *static]


def _is_key(given: str, service: Service) -> bool:
    return secrets.compare_digest(given.encode("utf-8", "replace"), service.board.key.encode())


def _closed(status: int, sentence: str) -> Response:
    return _html(_TEMPLATES.get_template("closed.html").render(sentence=sentence), status)


def _html(text: str, status: int) -> Response:
    return Response(text, status, SAFE, media_type="text/html")
