"""What learners' notebooks call: join, events, leave."""

import time

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from course_utils.board.intake import Refused, admit
from course_utils.board.join_code import same_code
from course_utils.board.limits import MOST_LEARNERS
from course_utils.board.service import Service
from course_utils.board.storage import hashed
from course_utils.board.wire import Problem, address, bearer, field, form, reply
from course_utils.desk.event_wire import MOST_EVENTS, clean_name

LONGEST = 400  # characters of a name that are looked at, before it is cleaned
AGAIN = 5  # seconds to wait when the database can't be written


def routes(service: Service) -> list[Route]:
    """The interface below /api; every refusal is counted and answered with one sentence."""

    def route(path: str, handler) -> Route:
        async def answer(request: Request) -> Response:
            try:
                return await handler(service, request)
            except Problem as problem:
                if problem.kind:
                    service.refusals.note(problem.kind, _sender(service, request, problem))
                return reply({"error": problem.sentence}, problem.status, problem.headers)
            except SQLAlchemyError:
                wait = {"Retry-After": str(AGAIN)}
                return reply({"error": "The board can't write at the moment: try again later."}, 503, wait)
            except ClientDisconnect:
                return Response(status_code=400)  # nobody reads it

        return Route(f"/api/{path}", answer, methods=["POST"])

    return [route("join", join), route("events", events), route("leave", leave)]


async def join(service: Service, request: Request) -> Response:
    who = address(request)
    if wait := service.wrong.wait(who, 1):
        raise Problem(429, "Too many wrong codes came from here: wait a little.", "code", wait)
    sent = await form(request)
    code, name = field(sent, "code", str), field(sent, "name", str)
    if not same_code(code, service.board.code):
        if not service.same.take((who, hashed(code)), 1):  # said before, it tells a guesser nothing new
            service.wrong.take(who, 1)
        raise Problem(403, "This is not the code of this board: look at it again.", "code")
    if wait := service.joins.take(who, 1):
        raise Problem(429, "Too many join at once: wait a little.", "flood", wait)
    if len(service.room.people) >= MOST_LEARNERS:
        raise Problem(503, "This board is full.", "flood", AGAIN)
    try:
        learner, token = await service.join(clean_name(name[:LONGEST]))
    except ValueError as error:
        raise Problem(422, str(error), "form") from None
    board = service.board
    return reply({"token": token, "name": learner.name, "board": board.title, "board_id": board.id})


async def events(service: Service, request: Request) -> Response:
    number = _known(service, request)
    sent = await form(request)
    batch = field(sent, "events", list)
    if len(batch) > MOST_EVENTS:
        raise Problem(422, f"A request may carry {MOST_EVENTS} events.", "form")
    if wait := service.events.take(number, max(1, len(batch))):
        raise Problem(429, "Too much came at once: it is wanted, but later.", "flood", wait)
    now = time.time()
    judged = [admit(each, service.catalogue, now) for each in batch]
    refused = [each for each in judged if isinstance(each, Refused)]
    kept = [each for each in judged if not isinstance(each, Refused)]
    if not await service.keep(number, kept):
        raise Problem(401, "You are not on this board any more: join again.")
    for _ in refused:
        service.refusals.note("event", number)
    told = [{"uid": each.uid, "why": each.why} for each in refused]
    return reply({"accepted": [event.uid for event in kept], "refused": told})


async def leave(service: Service, request: Request) -> Response:
    number = _known(service, request)
    sent = await form(request, formatted=False)
    return reply({"forgotten": await service.leave(number, field(sent, "forget", bool))})


def _known(service: Service, request: Request) -> int:
    number = service.who(bearer(request))
    if number is None:
        raise Problem(401, "This board does not know you: join again.", "token")
    return number


def _sender(service: Service, request: Request, problem: Problem) -> str | int:
    """Whom a refusal is counted for: the learner, where there is one."""
    number = service.who(bearer(request)) if problem.kind != "token" else None
    return address(request) if number is None else number
