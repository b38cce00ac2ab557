"""How quick the live board is: 500 learners, one event a second each, and what a teacher's page sees of it.

    python bench/board.py                     # five minutes, then a kill -9 in the middle of another one
    python bench/board.py --quick             # 20 seconds of each
    python bench/board.py --learners 2000 --seconds 60 --no-kill
    python bench/board.py --database postgresql+psycopg://…

The server is `course board` itself, on two cores where there are more. The learners are another process: each has a
connection of its own, sends its events by itself, and sends again what wasn't acknowledged, as the learner's side does.
Two pages listen to the stream; an event has arrived when the learner's cell on a page has counted it. Times are from
the moment when a learner wanted to send (so waiting behind an earlier request counts) to that arrival.

It fails if an acknowledged event is not in the database, if one is there twice, or if a page in the end shows other
counts than the database has; without a kill also if the 99th percentile is a second or more at 500 learners.
"""

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from course_utils.board.storage import Store

LIMIT = 1.0  # seconds, of the 99th percentile, at 500 learners
EXERCISE = "1.4"  # its checks, all wrong: the cell's number of attempts counts the events
PATIENCE = 30.0  # seconds after the end for what is still on its way


@dataclass
class Learner:
    """`sent`: when each event was wanted to be sent, in order; `seen`: how many a page has counted."""

    number: int
    token: str
    sent: list[float] = field(default_factory=list)
    uids: list[str] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    retries: int = 0


@dataclass
class Page:
    """One listening page: the attempts it shows for each learner, and how late each one came."""

    shown: dict[int, int] = field(default_factory=dict)
    late: list[float] = field(default_factory=list)
    kilobytes: float = 0.0


class Connection(asyncio.Protocol):
    """One that stays open, one request at a time; as light as can be, for 500 of them share a core with the pages."""

    @classmethod
    async def open(cls, host: str, port: int, **options) -> "Connection":
        _, made = await asyncio.get_running_loop().create_connection(cls, host, port, **options)
        return made

    def connection_made(self, transport) -> None:
        self.transport, self.buffer, self.answer = transport, b"", None

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        start = self.buffer.index(b"content-length: ") + 16
        length = int(self.buffer[start : self.buffer.index(b"\r", start)])
        if len(self.buffer) >= end + 4 + length:
            answer, self.buffer = self.buffer, b""
            if not self.answer.done():
                self.answer.set_result((int(answer[9:12]), json.loads(answer[end + 4 :])))

    def connection_lost(self, error) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(ConnectionResetError())

    async def exchange(self, path: str, body: dict, token: str = "") -> tuple[int, dict]:
        """Status and JSON; raises OSError where the connection ends."""
        if self.transport.is_closing():
            raise ConnectionResetError
        self.answer = asyncio.get_running_loop().create_future()
        content = json.dumps(body)
        head = f"POST {path} HTTP/1.1\r\nHost: board\r\nContent-Length: {len(content)}\r\n"
        head += f"Authorization: Bearer {token}\r\n" if token else ""
        self.transport.write(f"{head}\r\n{content}".encode())
        return await self.answer


class Load:
    """All learners and pages, in one process."""

    def __init__(self, base: str, key: str, code: str, learners: int, seconds: float) -> None:
        parts = urlsplit(base)
        self.host, self.port, self.key, self.code = parts.hostname, parts.port, key, code
        self.learners_wanted, self.seconds = learners, seconds
        self.learners: dict[int, Learner] = {}
        self.pages = [Page(), Page()]
        self.end = 0.0

    async def run(self) -> None:
        gate = asyncio.Semaphore(20)

        async def join(n: int) -> None:
            async with gate:
                # As from many machines: the board lets only so many join from one.
                connection = await Connection.open(self.host, self.port, local_addr=(f"127.0.1.{1 + n % 200}", 0))
                body = {"format": 1, "code": self.code, "name": f"L{n}"}
                _, answer = await connection.exchange("/api/join", body)
                connection.transport.close()
                self.learners[n] = Learner(n, answer["token"])

        await asyncio.gather(*(join(n) for n in range(self.learners_wanted)))
        listening = [asyncio.create_task(self._listen(page)) for page in self.pages]
        await asyncio.sleep(1)
        print("all are there", flush=True)
        self.processor = time.process_time()
        start = time.time() + 0.5
        self.end = start + self.seconds
        await asyncio.gather(*(self._live(each, start) for each in self.learners.values()))
        deadline = time.time() + PATIENCE
        while time.time() < deadline and not all(self._complete(page) for page in self.pages):
            await asyncio.sleep(0.2)
        for task in listening:
            task.cancel()
        self.processor = time.process_time() - self.processor

    def _complete(self, page: Page) -> bool:
        return all(page.shown.get(each.number, 0) >= len(each.sent) for each in self.learners.values())

    async def _live(self, learner: Learner, start: float) -> None:
        """One event a second; a request carries whatever isn't acknowledged yet."""
        connection = None
        begin = start + (learner.number * 0.618) % 1.0
        for second in range(int(self.seconds)):
            await asyncio.sleep(max(0.0, begin + second - time.time()))
            due = int(min(time.time() - begin, self.seconds - 1)) + 1
            while len(learner.sent) < due:  # those that were due while an earlier request took long
                learner.sent.append(begin + len(learner.sent))
                learner.uids.append(uuid.uuid4().hex)
            while open_ := [(t, u) for t, u in zip(learner.sent, learner.uids) if u not in learner.acknowledged]:
                events = [
                    {"uid": u, "time": t, "exercise": EXERCISE, "kind": "check", "status": "failed", "detail": "",
                     "points": 0, "version": "0.1.0"}
                    for t, u in open_[:200]
                ]  # fmt: skip
                try:
                    connection = connection or await Connection.open(self.host, self.port)
                    status, answer = await connection.exchange(
                        "/api/events", {"format": 1, "events": events}, learner.token
                    )
                except OSError:
                    learner.retries += 1
                    connection = None
                    await asyncio.sleep(0.5)
                    continue
                if status == 200:
                    learner.acknowledged |= set(answer["accepted"])
                else:
                    learner.retries += 1
                    await asyncio.sleep(1)
        if connection is not None:
            connection.transport.close()

    async def _listen(self, page: Page) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection(self.host, self.port, limit=1 << 26)
                writer.write(f"GET /?key={self.key} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode())
                answer = (await reader.readuntil(b"\r\n\r\n")).decode()
                cookie = re.search(r"set-cookie: ([^;]+)", answer)[1]
                head = f"GET /live?chapter=1&names=shown HTTP/1.1\r\nHost: {self.host}\r\nCookie: {cookie}\r\n\r\n"
                writer.write(head.encode())
                while True:
                    line = await reader.readuntil(b"\n")
                    page.kilobytes += len(line) / 1024
                    if line.startswith(b"data: {"):
                        self._arrived(page, json.loads(line[6:]), time.time())
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.5)

    def _arrived(self, page: Page, message: dict, now: float) -> None:
        for id, row in message.get("rows", {}).items():
            if "name" in row:
                self.by_id[id] = int(row["name"][1:])
            if EXERCISE in row.get("cells", {}):
                number = self.by_id[id]
                before, after = page.shown.get(number, 0), row["cells"][EXERCISE][1]
                page.late += [now - sent for sent in self.learners[number].sent[before:after]]
                page.shown[number] = after

    by_id: dict[str, int] = {}


@contextmanager
def server(database: str, port: int) -> Iterator[subprocess.Popen]:
    """`course board` on two cores, ready."""
    command = [sys.executable, "-m", "course_utils.cli", "board", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen([*command, "--database", database], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process.pid, sorted(os.sched_getaffinity(0))[:2])
    text = ""
    while "Stop with" not in text:
        line = process.stdout.readline().decode()
        if not line:
            raise SystemExit(f"the board did not start:\n{text}")
        text += line
    process.key = re.search(r"key=(\S+)", text)[1]
    process.code = re.search(r"Join code +(\S+)", text)[1]
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def learners_in_a_process(port: int, started: subprocess.Popen, learners: int, seconds: float) -> subprocess.Popen:
    about = ["--as-learners", str(port), started.key, started.code]
    numbers = ["--learners", str(learners), "--seconds", str(seconds)]
    return subprocess.Popen([sys.executable, __file__, *about, *numbers], stdout=subprocess.PIPE)


def as_learners(port: int, key: str, code: str, learners: int, seconds: float) -> None:
    """The other process: prints what it sent and what the pages showed, as JSON."""
    load = Load(f"http://127.0.0.1:{port}", key, code, learners, seconds)
    asyncio.run(load.run())
    people = load.learners.values()
    report = {
        "sent": sum(len(each.uids) for each in people),
        "acknowledged": [uid for each in people for uid in each.acknowledged],
        "retries": sum(each.retries for each in people),
        "late": [page.late for page in load.pages],
        "shown": [sum(page.shown.values()) for page in load.pages],
        "processor": load.processor,
        "kilobytes": [page.kilobytes for page in load.pages],
    }
    json.dump(report, sys.stdout)


def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def measure(database: str, learners: int, seconds: float, kill: bool) -> list[str]:
    """One run; prints its figures, returns what is wrong."""
    port, faults, away = free_port(), [], 0.0
    with server(database, port) as first:
        process, load = psutil.Process(first.pid), learners_in_a_process(port, first, learners, seconds)
        load.stdout.readline()
        most, before, began = 0.0, process.cpu_times(), time.time()
        if kill:
            time.sleep(seconds / 2)
            first.kill()
            first.wait()
            died = time.time()
            with server(database, port):
                away = time.time() - died
                report = json.loads(load.communicate()[0])
        else:
            while load.poll() is None and not _readable(load, 0.5):
                most = max(most, process.memory_info().rss / 2**20)
            used = process.cpu_times()
            report = json.loads(load.communicate()[0])
            spent = (used.user + used.system - before.user - before.system) / (time.time() - began)
    store = Store(database)
    kept = Counter(event.uid for _, event in store.events())
    store.close()
    acknowledged = set(report["acknowledged"])
    if lost := acknowledged - kept.keys():
        faults.append(f"{len(lost)} acknowledged events are not in the database")
    if twice := [uid for uid, n in kept.items() if n > 1]:
        faults.append(f"{len(twice)} events are there twice")
    if len(acknowledged) != report["sent"]:
        faults.append(f"{report['sent'] - len(acknowledged)} events were never acknowledged")
    if any(shown != len(kept) for shown in report["shown"]):
        faults.append(f"the pages show {report['shown']} events, the database has {len(kept)}")
    late = sorted(each for page in report["late"] for each in page)
    p50, p99 = late[len(late) // 2], late[int(0.99 * len(late))]
    if not kill and learners <= 500 and p99 >= LIMIT:
        faults.append(f"the 99th percentile is {p99:.2f} s, {LIMIT:.0f} s is the limit")
    print(f"{learners} learners, {seconds:.0f} s{', kill -9 in the middle' if kill else ''}: ", end="")
    print(f"{report['sent']} events sent, {len(kept)} kept, {report['retries']} requests sent again")
    print(
        f"  to the page: p50 {p50:.2f} s, p99 {p99:.2f} s, worst {late[-1]:.2f} s, mean {statistics.fmean(late):.2f} s"
    )
    if kill:
        print(f"  from kill to ready: {away:.1f} s")
    else:
        print(f"  memory {most:.0f} MiB, processor {100 * spent:.0f} % of one core, ", end="")
        print(f"{report['kilobytes'][0] / seconds:.0f} KB/s to a page")
    print(f"  the learners' process used {100 * report['processor'] / seconds:.0f} % of a core")
    print(f"  load of the machine: {', '.join(f'{each:.1f}' for each in os.getloadavg())} on {os.cpu_count()} cores")
    return faults


def _readable(process: subprocess.Popen, seconds: float) -> bool:
    """Waits until the process has something to say: its report may be larger than a pipe holds."""
    import select

    return bool(select.select([process.stdout], [], [], seconds)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learners", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--quick", action="store_true", help="20 seconds of each")
    parser.add_argument("--no-kill", action="store_true", help="leave out the run with the kill")
    parser.add_argument("--database", help="an empty database's URL; without it, SQLite files that are thrown away")
    parser.add_argument("--as-learners", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.as_learners:
        port, key, code = options.as_learners
        as_learners(int(port), key, code, options.learners, options.seconds)
        return
    seconds = 20.0 if options.quick else options.seconds
    with tempfile.TemporaryDirectory(prefix="course-board-") as folder:
        database = options.database or f"sqlite:///{Path(folder) / 'board.sqlite'}"
        faults = measure(database, options.learners, seconds, kill=False)
        if not options.no_kill and not options.database:
            second = f"sqlite:///{Path(folder) / 'killed.sqlite'}"
            faults += measure(second, options.learners, min(seconds, 60.0), kill=True)
    if faults:
        sys.exit("\n".join(faults))
    print("Nothing lost, nothing twice.")


if __name__ == "__main__":
    main()
