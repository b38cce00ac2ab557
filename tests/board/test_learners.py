"""The interface that learners' notebooks speak, as the contract has it."""

import asyncio
import json

import pytest
from sqlalchemy.exc import OperationalError

from course_utils.board.limits import BODY, EVENTS, WRONG
from tests.board.conftest import NOW, event


def error(answer) -> str:
    assert set(answer.json()) == {"error"}
    return answer.json()["error"]


def test_join_send_leave(client):
    answer = client.tell("/api/join", code=client.service.board.code, name="Ada")
    board = client.service.board
    assert answer.json() | {"token": ""} == {"token": "", "name": "Ada", "board": "Summer school", "board_id": board.id}
    token, one, two = answer.json()["token"], event(), event("1.2", "hint", detail="1")
    assert client.events(token, one, two).json() == {"accepted": [one.uid, two.uid], "refused": []}
    assert client.events(token, one).json() == {"accepted": [one.uid], "refused": []}  # a duplicate is accepted
    assert [each for _, each in client.service.store.events()] == [one, two]
    assert client.tell("/api/leave", token, forget=False).json() == {"forgotten": 0}
    assert client.events(token, event()).status_code == 401
    assert client.service.room.people[1].left is not None


def test_leaving_needs_no_format_and_can_forget(client):
    token = client.join()
    client.events(token, event(), event())
    answer = client.post("/api/leave", content='{"forget": true}', headers={"Authorization": f"Bearer {token}"})
    assert answer.json() == {"forgotten": 2}
    assert client.service.store.learners() == [] and client.service.room.people == {}


def test_the_code_may_be_typed_in_any_way(client):
    code = client.service.board.code
    for typed in (code.upper(), code.replace("-", " "), f" {code.replace('-', '')} "):
        assert client.tell("/api/join", code=typed, name="Ada").status_code == 200


def test_a_wrong_code_is_refused_counted_and_after_many_not_even_looked_at(client):
    for number in range(int(WRONG.burst)):
        assert "code" in error(refused := client.tell("/api/join", code=f"amber-axe-{number}", name="Eve"))
        assert refused.status_code == 403
    late = client.tell("/api/join", code=client.service.board.code, name="Eve")
    assert late.status_code == 429 and int(late.headers["Retry-After"]) >= 1
    shown = client.service.refusals.shown(str)
    assert shown[0] == f"{int(WRONG.burst) + 1} wrong codes from 192.168.1.7"


def test_a_room_to_which_the_code_was_said_wrong_can_join_with_the_right_one(client):
    """Forty people, one address: behind a router, or on one hub."""
    for _ in range(40):
        assert client.tell("/api/join", code="amber-axe-22", name="Ada").status_code == 403
    assert client.tell("/api/join", code=client.service.board.code, name="Ada").status_code == 200
    assert client.service.refusals.shown(str) == ["40 wrong codes from 192.168.1.7"]


@pytest.mark.parametrize("name", ["", "   ", "\u202e\u0000", "x" * 41, "y" * 100_000, "\ud800"])
def test_a_name_that_cannot_be_shown_is_refused(client, name):
    answer = client.tell("/api/join", code=client.service.board.code, name=name)
    assert answer.status_code == 422 and error(answer).endswith(".")


def test_a_name_is_cleaned_but_stays_a_name(client):
    answer = client.tell("/api/join", code=client.service.board.code, name=" <b>Zoë</b>\u202e\n 李 ")
    assert answer.json()["name"] == "<b>Zoë</b> 李"


def test_what_is_refused_is_named_and_the_rest_is_kept(client):
    token = client.join()
    good, bad = event(), event("9.9")
    answer = client.events(token, good, bad, {"uid": 5}).json()
    assert answer["accepted"] == [good.uid]
    assert [each["uid"] for each in answer["refused"]] == [bad.uid, ""]
    assert client.service.refusals.shown(lambda n: f"Learner {n}") == ["2 events that can't be from Learner 1"]


def test_fields_that_are_not_known_are_ignored(client):
    token = client.join()
    answer = client.tell("/api/events", token, events=[event()._asdict() | {"mood": "good"}], weather="fine")
    assert len(answer.json()["accepted"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"5",
        b'"text"',
        b"{}",
        b'{"format": 2, "events": []}',
        b'{"format": true, "events": []}',
        b'{"format": 1}',
        b'{"format": 1, "events": {}}',
        b'{"format": 1, "events": NaN}',
        b'{"format": 1, "events": [1e999, -Infinity]}',
        b"[" * 100_000,
        b'{"format": 1, "events": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"format": ' + b"9" * 20_000 + b"}",
        b'\xff\xfe{"format": 1}',
        json.dumps({"format": 1, "events": [{}] * 201}).encode(),
    ],
    ids=lambda body: body[:30].decode("latin1") + f"… {len(body)}",
)
def test_what_is_no_proper_request_is_refused_with_a_sentence(client, body):
    answer = client.post("/api/events", content=body, headers={"Authorization": f"Bearer {client.join()}"})
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:  # proper, with nothing proper in it
        assert answer.json()["accepted"] == []
    else:
        assert error(answer)
    assert client.get("/health").json() == {"ok": True}


def test_lone_surrogates_come_back_as_they_were_sent(client):
    answer = client.events(client.join(), event()._asdict() | {"uid": "\ud800"})
    assert answer.status_code == 200 and answer.json()["refused"][0]["uid"] == "\ud800"


def test_a_body_that_is_too_large_is_not_read(client):
    token = client.join()
    answer = client.post("/api/events", content=b" " * (BODY + 1), headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 413 and "256" in error(answer)
    in_parts = client.post(
        "/api/events", content=(b" " * 1000 for _ in range(300)), headers={"Authorization": f"Bearer {token}"}
    )
    assert in_parts.status_code == 413
    assert "2 requests too large" in client.service.refusals.shown(str)[0]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic abc", "Bearer \xe9"])
def test_who_is_not_known_is_told_to_join(client, header):
    answer = client.post("/api/events", content="{}", headers={"Authorization": header.encode("latin1")})
    assert answer.status_code == 401 and "join" in error(answer)


def test_a_body_that_trickles_is_let_go(client, monkeypatch):
    monkeypatch.setattr("course_utils.board.wire.SLOWEST", 0.05)
    token = client.join()

    async def never(self):
        await asyncio.sleep(10)
        yield b""

    monkeypatch.setattr("starlette.requests.Request.stream", never)
    assert client.events(token, event()).status_code == 408


def test_a_flood_of_one_learner_stops_nobody_else(client):
    eve, ada = client.join("Eve"), client.join("Ada")
    flood = [event() for _ in range(200)]
    answers = [client.events(eve, *flood) for _ in range(3)]
    late = answers[-1]
    assert [a.status_code for a in answers] == [200, 429, 429] and int(late.headers["Retry-After"]) <= 200
    assert client.events(ada, event()).status_code == 200
    assert client.service.refusals.shown(lambda n: client.service._label(n, False)) == ["2 requests too fast from Eve"]
    assert EVENTS.burst >= 200


def test_a_database_that_fails_loses_nothing_and_says_so(client, monkeypatch):
    token, one = client.join(), event()

    def full(*_):
        raise OperationalError("INSERT", {"name": "Ada"}, Exception("disk full"))

    monkeypatch.setattr(client.service.store, "write", full)
    answer = client.events(token, one)
    assert answer.status_code == 503 and answer.headers["Retry-After"]
    assert "disk full" in client.service.trouble and "Ada" not in client.service.trouble
    assert client.service.room.people[1].works == {}
    monkeypatch.setattr(client.service.store, "join", full)
    assert client.tell("/api/join", code=client.service.board.code, name="Bo").status_code == 503
    monkeypatch.undo()
    assert client.events(token, one).json()["accepted"] == [one.uid]
    assert client.service.trouble == ""


def test_wrong_paths_and_methods_are_answered_in_the_same_form(client):
    assert client.get("/api/join").status_code == 405 and error(client.get("/api/join"))
    assert client.post("/api/nothing").status_code == 404 and error(client.post("/api/nothing"))


def test_a_time_from_a_clock_that_is_fast_is_the_time_of_arrival(client):
    token = client.join()
    client.events(token, event(when=NOW * 10))
    ((_, kept),) = client.service.store.events()
    assert kept.time < NOW * 2


def test_a_restart_knows_learners_and_what_they_did(serve):
    with serve() as client:
        token, one = client.join(), event()
        client.events(token, one)
    with serve() as client:
        assert client.events(token, one).json()["accepted"] == [one.uid]
        assert client.service.room.people[1].works["1.1"].attempts == 1
