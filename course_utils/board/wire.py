"""Requests and replies of the interface that learners' notebooks speak: JSON in, JSON out, nothing trusted."""

import asyncio
import json
import math
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from course_utils.board.limits import BODY
from course_utils.desk.event_wire import FORMAT

SLOWEST = 20.0  # seconds for a whole request to come in


class Problem(Exception):
    """A request that is refused: HTTP status, a sentence for people, what it is counted as, seconds to wait."""

    def __init__(self, status: int, sentence: str, kind: str = "", wait: float = 0.0) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.kind = status, sentence, kind
        self.headers = {"Retry-After": str(math.ceil(wait))} if wait else {}


def reply(content: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON in ASCII, so that no text that was sent can break it."""
    return Response(json.dumps(content), status, headers, media_type="application/json")


async def form(request: Request, formatted: bool = True) -> dict[str, Any]:
    """What was sent, if it is an object, and says our format where it should (`formatted`).

    Raises Problem: 413 too large, 422 another form.
    """
    try:
        async with asyncio.timeout(SLOWEST):
            body = await _body(request)
    except TimeoutError:
        raise Problem(408, "The request came too slowly.", "form") from None
    try:
        sent = json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Problem(422, "This is not JSON as this board reads it.", "form") from None
    if not isinstance(sent, dict):
        raise Problem(422, "This should be a JSON object.", "form")
    if formatted and (sent.get("format") != FORMAT or isinstance(sent["format"], bool)):
        raise Problem(422, f"This board speaks format {FORMAT}: use the same version of the course as it does.", "form")
    return sent


def field(sent: dict[str, Any], name: str, kind: type) -> Any:
    """A field of the given kind; raises Problem where there is none."""
    value = sent.get(name)
    if type(value) is not kind:
        raise Problem(422, f"`{name}` is missing, or of another kind than it should be.", "form")
    return value


def bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def address(request: Request) -> str:
    return request.client.host if request.client else "an unknown address"


async def _body(request: Request) -> bytes:
    """The whole body; raises Problem as soon as it is too large, without reading on."""
    parts, size = [], 0
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared[:12]) > BODY:
        raise Problem(413, f"A request may have {BODY // 1024} KiB.", "size")
    async for part in request.stream():
        size += len(part)
        if size > BODY:
            raise Problem(413, f"A request may have {BODY // 1024} KiB.", "size")
        parts.append(part)
    return b"".join(parts)


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no JSON")
