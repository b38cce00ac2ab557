"""Every attack in one batch: exact marks, neighbours unharmed, nothing outside touched, nobody left behind."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import psutil
import pytest
from corpus_attacks import ATTACKS
from notebooks import ALL, points, submission

from course_utils.grading.batch import carry_out, make_plan
from course_utils.grading.gradebook import Gradebook


@pytest.fixture(scope="module")
def aftermath(grader, tmp_path_factory):
    """What is left after a batch of all attacks, with an honest submission between any two."""
    root = tmp_path_factory.mktemp("attacks")
    folder, canary = root / "submissions", root / "canary.txt"
    folder.mkdir()
    canary.write_text("untouched")
    reached, servers = [], _workers()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        threading.Thread(target=_listen, args=(listener, reached), daemon=True).start()
        filled = {"canary": str(canary), "port": listener.getsockname()[1], "folder": str(folder)}
        for number, (content, _) in enumerate(ATTACKS.values()):
            (folder / f"{number:03d}_attacker.ipynb").write_bytes(_filled(content, filled))
            (folder / f"{number:03d}_neighbour.ipynb").write_bytes(submission())
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        book = Gradebook(f"sqlite:///{root / 'book.sqlite'}")
        started = time.monotonic()
        with ThreadPoolExecutor(4) as executor:  # many of them only wait
            plan = make_plan(folder, book, grader.catalogue)
            carry_out(plan, folder, book, grader.mark, executor, at_once=4)
        return SimpleNamespace(
            entries={entry.path: entry for entry in book.entries()},
            seconds=time.monotonic() - started,
            canary=canary.read_text(),
            reached=reached,
            changed=[p.name for p in folder.iterdir() if before.get(p.name) != p.read_bytes()],
            left=_left_behind(servers),
        )


def _filled(content: bytes, values: dict) -> bytes:
    text = content.decode()
    for name, value in values.items():
        text = text.replace(f"@{name}@", repr(value))
    return text.encode()


def _listen(listener: socket.socket, reached: list) -> None:
    while listener.fileno() != -1:
        try:
            reached.append(listener.accept()[1])
        except TimeoutError:
            continue
        except OSError:
            return


def _workers() -> set[int]:
    """Processes of the sandbox; forked ones have the same command line."""
    found = (p for p in psutil.process_iter(["cmdline", "status"]) if p.info["status"] != psutil.STATUS_ZOMBIE)
    return {p.pid for p in found if "course_worker.start" in (p.info["cmdline"] or [])}


def _left_behind(before: set[int]) -> set[int]:
    deadline = time.monotonic() + 5
    while (left := _workers() - before) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


@pytest.mark.parametrize("number, name", list(enumerate(ATTACKS)), ids=list(ATTACKS))
def test_an_attack_gets_the_marks_it_has_earned(aftermath, number, name):
    expected = ATTACKS[name][1]
    assert points({"marks": aftermath.entries[f"{number:03d}_attacker.ipynb"].marks.values()}) == expected


def test_every_neighbour_gets_full_marks(aftermath):
    neighbours = [entry for path, entry in aftermath.entries.items() if "neighbour" in path]
    assert len(neighbours) == len(ATTACKS)
    assert all(points({"marks": entry.marks.values()}) == ALL for entry in neighbours)


def test_no_file_outside_is_touched(aftermath):
    assert aftermath.canary == "untouched" and aftermath.changed == []


def test_no_listener_is_reached(aftermath):
    assert aftermath.reached == []


def test_no_process_is_left(aftermath):
    assert aftermath.left == set()


def test_no_reported_text_carries_control_characters(aftermath):
    texts = [text for entry in aftermath.entries.values() for mark in entry.marks.values() for text, _ in mark["lines"]]
    assert texts and not [text for text in texts if any(ord(c) < 32 and c not in "\n\t" for c in text)]
