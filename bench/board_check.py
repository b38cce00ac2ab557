"""What being on a board costs a check: nothing that a learner could feel, whatever the network does.

    python bench/board_check.py             # two to three minutes

Kernels that check the same exercise take turns in random order: two on no board (how far these two differ is the
machine's own noise), one on a board that answers, one on a board whose address swallows every packet. What is more is
counted round by round, against the first kernel on no board: of the time on the clock, in which every wait is, and of
the processor's time in the check's own thread, which a busy machine changes little. Wanted: on the clock 10 ms more at
the median, and more than that for one check in a hundred at most beyond what the noise has (give or take its chance,
three standard errors); of its own work 10 ms more at p99; nothing lost.
"""

import argparse
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

from course_utils.desk import membership
from course_utils.desk.membership import Membership

MORE_MS = 10.0
LATE = 0.01  # of checks that may take longer than that
EXERCISE = "0.1"
KERNEL = f"""
import os, sys, time
import course_utils
from course_utils import exercises
report, sys.stdout = os.fdopen(os.dup(1), "w"), open(os.devnull, "w")
exercise = exercises.get("{EXERCISE}")
answer = exercise.rewrites[0]
for line in sys.stdin:
    began, worked = time.perf_counter(), time.thread_time()
    course_utils.check("{EXERCISE}", answer)
    print(time.perf_counter() - began, time.thread_time() - worked, file=report, flush=True)
"""


class Cost(NamedTuple):
    """Milliseconds of one check: on the clock, and of the processor in its own thread."""

    wall: float
    work: float


class Board(BaseHTTPRequestHandler):
    """Takes whatever it is sent."""

    protocol_version = "HTTP/1.1"
    uids: set[str] = set()

    def do_POST(self) -> None:
        events = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["events"]
        self.uids.update(event["uid"] for event in events)
        content = json.dumps({"accepted": [event["uid"] for event in events], "refused": []}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None: ...


def swallowing() -> tuple[str, list[socket.socket]]:
    """An address on which connections are neither accepted nor refused; the sockets that keep it so."""
    server = socket.create_server(("127.0.0.1", 0), backlog=0)
    held = [server]
    for _ in range(64):
        held.append(socket.socket())
        held[-1].settimeout(0.5)
        try:
            held[-1].connect(server.getsockname())
        except TimeoutError:
            return f"http://127.0.0.1:{server.getsockname()[1]}", held
    raise SystemExit("This system accepts every connection by itself: no address here swallows packets.")


def kernel(folder: Path, address: str | None) -> subprocess.Popen:
    """One that waits for a line and then checks; on the board at the address, if there is one."""
    folder.mkdir()
    environment = {k: v for k, v in os.environ.items() if k not in ("COURSE_STRICT", "NBGRADER_EXECUTION")}
    environment["COURSE_DATA_DIR"] = str(folder)
    if address:
        os.environ["COURSE_DATA_DIR"] = str(folder)
        membership.keep(Membership(address, "token", "Ada", "Ada", "Bench", "bench", time.time()))
    child = [sys.executable, "-c", KERNEL]
    return subprocess.Popen(child, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def one_check(process: subprocess.Popen) -> Cost:
    print(file=process.stdin, flush=True)
    return Cost(*(1e3 * float(seconds) for seconds in process.stdout.readline().split()))


def share(values: list[float], part: float) -> float:
    return sorted(values)[min(int(part * len(values)), len(values) - 1)]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=400)
    chosen = options.parse_args()
    live = ThreadingHTTPServer(("127.0.0.1", 0), Board)
    threading.Thread(target=live.serve_forever, daemon=True).start()
    nowhere, _held = swallowing()
    addresses = {
        "not joined": None,
        "not joined, again": None,
        "on a board": f"http://127.0.0.1:{live.server_port}",
        "address swallows packets": nowhere,
    }
    draw = random.Random(0)
    with tempfile.TemporaryDirectory() as name, ExitStack() as ends:
        kernels = {what: kernel(Path(name) / str(n), each) for n, (what, each) in enumerate(addresses.items())}
        for process in kernels.values():
            ends.callback(process.wait, 30)
            ends.callback(process.stdin.close)
        for process in kernels.values():
            for _ in range(5):
                one_check(process)
        times: dict[str, list[Cost]] = {what: [] for what in kernels}
        for _ in range(chosen.rounds):
            for what in draw.sample(list(kernels), len(kernels)):
                times[what].append(one_check(kernels[what]))
            time.sleep(draw.uniform(0, 0.4))  # so that checks fall before, into and after a sending
    good = report(times)
    lost = chosen.rounds + 5 - len(Board.uids)
    print(f"lost: {lost} of {chosen.rounds + 5}")
    if not good or lost:
        raise SystemExit("a check costs more on a board than it may, or something was lost")


def report(times: dict[str, list[Cost]]) -> bool:
    base, noise, good = times["not joined"], 0.0, True
    print(
        f"{'milliseconds':26} {'median':>8} {'p99':>8}   more: {'median':>7} {'p99':>7} {'> 10':>6}   its own work, p99"
    )
    for what, measured in times.items():
        wall = [cost.wall for cost in measured]
        own = f"{what:26} {statistics.median(wall):8.2f} {share(wall, 0.99):8.2f}"
        if measured is base:
            print(own, flush=True)
            continue
        more = [after.wall - before.wall for before, after in zip(base, measured)]
        work = share([after.work - before.work for before, after in zip(base, measured)], 0.99)
        middle, late = statistics.median(more), sum(each > MORE_MS for each in more) / len(more)
        print(f"{own}         {middle:7.2f} {share(more, 0.99):7.2f} {late:6.1%}   {work:.2f}", flush=True)
        if what == "not joined, again":
            noise = late
        else:
            chance = 3 * (2 * max(noise, 1 / len(more)) * (1 - noise) / len(more)) ** 0.5
            good = good and middle <= MORE_MS and work <= MORE_MS and late <= noise + LATE + chance
    return good


if __name__ == "__main__":
    main()
