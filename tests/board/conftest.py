"""A small course, a board of its own in a temporary folder, and a client that speaks to it."""

import asyncio
import json
import uuid
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from course_utils.board.app import make_app
from course_utils.board.catalogue import Catalogue, Known
from course_utils.board.service import Service
from course_utils.board.storage import Store
from course_utils.desk.history import Event

NOW = 1_700_000_000.0
CATALOGUE = Catalogue(
    [
        Known("1.1", "Lengths", 10, 1, 2, {"square": "You forgot the root.", "sum": "Use `sum`, not `mean`."}),
        Known("1.2", "Angles", 20, 2, 3, {"degrees": "Those are degrees."}),
        Known("1.3", "Planes", 15, 2, 2, {}),
        Known("2.1", "Cubes", 30, 3, 2, {"faces": "A cube has six faces."}),
    ]
)


def event(exercise: str = "1.1", kind: str = "check", status: str = "", when: float = NOW, **more: Any) -> Event:
    """An event with a uid of its own; a check is wrong unless it says otherwise."""
    status = status or ("failed" if kind == "check" else "")
    return Event(
        **{"uid": uuid.uuid4().hex, "version": "0.1.0", **more}, time=when, exercise=exercise, kind=kind, status=status
    )


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """What the coroutine returns. In a thread of its own, for the browser's tests leave a running loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


class Client(TestClient):
    """Speaks as learners' notebooks do."""

    service: Service

    def tell(self, path: str, token: str = "", **body: Any):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.post(path, content=json.dumps({"format": 1, **body}), headers=headers)

    def join(self, name: str = "Ada") -> str:
        """A new learner's token."""
        answer = self.tell("/api/join", code=self.service.board.code, name=name)
        assert answer.status_code == 200, answer.text
        return answer.json()["token"]

    def events(self, token: str, *events: Event | dict):
        return self.tell("/api/events", token, events=[e._asdict() if isinstance(e, Event) else e for e in events])

    def teacher(self) -> "Client":
        """The same client, with the teacher's cookie."""
        assert self.get(f"/?key={self.service.board.key}").status_code == 200
        return self


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'board.sqlite'}")
    yield store
    store.close()


@pytest.fixture
def serve(store):
    """`with serve() as client`: a board on this test's database, started; every call is a restart."""

    def serve_(prefix: str = "", ends=None, **options: Any) -> Client:
        service = Service(store, store.board("Summer school"), CATALOGUE, ends)
        app = make_app(service, "join(…)", prefix)
        client = Client(app, client=("192.168.1.7", 50_000), raise_server_exceptions=False, **options)
        client.service = service
        return client

    return serve_


@pytest.fixture
def client(serve) -> Iterator[Client]:
    with serve() as client:
        yield client
