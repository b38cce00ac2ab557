"""A room: the real command, two learners in processes of their own who join and check, and a teacher's browser."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from course_utils import exercises
from tests.browser.conftest import ROOT
from tests.browser.serving import free_port
from tests.conftest import PATIENCE

EVIL = "Ada <img src=x onerror=alert(1)>"
LOOP = """
import sys, time
real = time.time
time.time = lambda: real() - {slow}  # this machine's clock
from course_utils import check, exercises, hint, join, leave
for line in sys.stdin:
    exec(line)
    print("done", flush=True)
"""


class Board:
    """`course board` on one database and port, started, killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen | None = None
        self.printed = ""

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "course_utils.cli",
            "board",
            "--title",
            "Summer school",
            "--port",
            str(self.port),
        ]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with (self.folder / "printed.txt").open("w") as file:
            self.process = subprocess.Popen(
                [*command, "--host", "127.0.0.1"], cwd=self.folder, env=environment, stdout=file, stderr=file
            )
        until(lambda: "Stop with" in (self.folder / "printed.txt").read_text() or self.process.poll() is not None)
        self.printed = (self.folder / "printed.txt").read_text()
        assert self.process.poll() is None, self.printed

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def page(self) -> str:
        return re.search(r"Your page +(\S+)", self.printed)[1]

    @property
    def line(self) -> str:
        """What learners type."""
        return re.search(r"join\(.*\)", self.printed)[0]


class Learner:
    """A notebook's kernel: does what it is told, one line after the other."""

    def __init__(self, folder: Path, slow: float = 0.0) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "COURSE_DATA_DIR": str(folder), "OMP_NUM_THREADS": "1"}
        environment.pop("COURSE_STRICT", None)
        self._process = subprocess.Popen(
            [sys.executable, "-c", LOOP.format(slow=slow)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def does(self, line: str) -> str:
        """Returns what it was shown."""
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        shown = ""
        while not shown.endswith("done\n"):
            text = self._process.stdout.readline()
            assert text, f"the kernel died after {line!r}: {shown}"
            shown += text
        return shown

    def answers(self, id: str, mistake: str) -> str:
        return self.does(f"check({id!r}, exercises.get({id!r}).mistakes[{mistake!r}][0])")

    def end(self) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=60)


def until(true, seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def board(tmp_path_factory) -> Iterator[Board]:
    board = Board(tmp_path_factory.mktemp("board"))
    board.start()
    yield board
    board.kill()


@pytest.fixture(scope="module")
def learners(tmp_path_factory) -> Iterator[tuple[Learner, Learner]]:
    """Ada, and Bo, whose clock is twenty minutes slow: what he does seems to have been done then."""
    two = Learner(tmp_path_factory.mktemp("ada")), Learner(tmp_path_factory.mktemp("bo"), slow=1200)
    yield two
    for each in two:
        each.end()


@contextmanager
def browser_page(chromium, address: str, theme: str = "light", width: int = 1280) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.problems = []
    page.on("pageerror", lambda problem: page.problems.append(str(problem)))
    page.on("dialog", lambda dialog: page.problems.append(dialog.message))
    page.on("console", lambda said: page.problems.append(said.text) if "Content Security" in said.text else None)
    page.goto(address)
    expect(page.locator("#link")).to_have_text("Live")
    yield page
    context.close()


@pytest.fixture(scope="module")
def teacher(chromium, board) -> Iterator[Page]:
    with browser_page(chromium, board.page) as page:
        yield page


def row(page: Page, name: str):
    return page.locator("#rows tr").filter(has=page.locator(f'th:text-is("{name}")'))


WRONG = next(iter(exercises.get("0.1").mistakes))
SENTENCE = exercises.get("0.1").feedback(WRONG)


def plain(sentence: str) -> str:
    return sentence.replace("`", "")


def test_an_empty_board_says_how_to_join(teacher, board):
    assert teacher.url.endswith(f":{board.port}/"), "the key is not in the address any more"
    expect(teacher.locator("#invitation code").first).to_have_text(board.line)
    assert "join(" in board.line and f":{board.port}" in board.line


def test_learners_join_with_the_printed_line_and_what_they_check_is_seen(teacher, board, learners):
    ada, bo = learners
    assert "Summer school" in ada.does(board.line.replace('"your name"', repr(EVIL)))
    bo.does(board.line.replace("your name", "Bo"))
    expect(row(teacher, EVIL)).to_have_count(1)
    expect(teacher.locator("#here")).to_have_text("2")
    assert plain(SENTENCE) in plain(ada.answers("0.1", WRONG))
    cell = row(teacher, EVIL).locator("td").nth(1)
    expect(cell).to_have_text("✗not passed yet, 1 attempt")
    expect(teacher.locator("#mistakes")).to_contain_text(plain(SENTENCE))
    expect(teacher.locator("#mistakes li").first).to_contain_text("1 learner")
    expect(teacher.locator("#median")).to_have_text("0.1")


def test_who_tries_too_long_is_stuck(teacher, learners):
    _, bo = learners
    bo.answers("0.1", WRONG)
    bo.does("hint('0.1')")
    stuck = teacher.locator("#stuck li")
    expect(stuck).to_have_count(1)
    expect(stuck.first).to_contain_text("Bo")
    expect(stuck.first).to_contain_text("1 attempt · 1 of")
    expect(stuck.first).to_contain_text(plain(SENTENCE))


def test_hidden_names_are_nowhere_in_the_page_and_stay_hidden(teacher):
    teacher.get_by_role("button", name="Hide names").click()
    expect(teacher.locator("#rows th").first).to_have_text(re.compile(r"Learner \d"))
    for _ in range(2):
        expect(teacher.locator("#stuck li").first).to_contain_text("Learner 2")
        assert "Ada" not in teacher.content() and ">Bo<" not in teacher.content()
        teacher.reload()
        expect(teacher.locator("#rows th").first).to_have_text(re.compile(r"Learner \d"))
    teacher.get_by_role("button", name="Hide names").click()
    expect(row(teacher, "Bo")).to_have_count(1)


def test_killed_and_started_again_nothing_is_lost_and_the_page_comes_back(teacher, board, learners):
    ada, _ = learners
    board.kill()
    expect(teacher.locator("#link")).to_contain_text("Connection lost")
    began = time.monotonic()
    ada.answers("0.1", WRONG)  # without a board a check is as ever
    assert time.monotonic() - began < 20
    printed = board.printed
    board.start()
    assert board.printed == printed, "the same code, key and address"
    expect(teacher.locator("#link")).to_have_text("Live")
    expect(row(teacher, EVIL).locator("td").nth(1)).to_contain_text("2 attempts")
    expect(row(teacher, "Bo").locator("td").nth(1)).to_contain_text("1 attempt, 1 hint")


def test_another_chapter_is_chosen_by_keyboard_and_stays_chosen(teacher):
    button = teacher.get_by_role("button", name="Chapter 2, 0 here")
    button.focus()
    teacher.keyboard.press("Enter")
    expect(teacher.locator("#columns th").nth(2)).to_contain_text("2.1")
    teacher.reload()
    expect(teacher.locator("#columns th").nth(2)).to_contain_text("2.1")
    expect(button).to_have_attribute("aria-current", "true")
    teacher.get_by_role("button", name="Where most are").click()
    expect(teacher.locator("#columns th").nth(2)).to_contain_text("0.1")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(chromium, board, learners, theme, width):
    with browser_page(chromium, board.page, theme, width) as page:
        expect(page.locator("#rows tr")).to_have_count(2)
        page.locator("summary").click()
        found = Axe().run(page).response["violations"]
        assert [f"{each['id']}: {node['html'][:150]}" for each in found for node in each["nodes"]] == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert page.evaluate("document.documentElement.dataset.theme") == theme


def test_on_a_phone_a_long_name_leaves_room_for_the_exercises(chromium, board, learners):
    with browser_page(chromium, board.page, width=390) as page:
        assert len(EVIL) > 30
        expect(row(page, EVIL).locator("th")).to_have_attribute("title", EVIL)
        assert row(page, EVIL).locator("th").bounding_box()["width"] < 130
        box = row(page, EVIL).locator("td").nth(1).bounding_box()
        assert box["x"] + box["width"] < 390, "its first exercise is seen"


def test_who_leaves_and_wants_to_be_forgotten_is_gone(teacher, learners):
    ada, _ = learners
    assert "deleted" in ada.does("leave(forget=True)")
    expect(row(teacher, EVIL)).to_have_count(0)
    expect(teacher.locator("#here")).to_have_text("1")
    assert teacher.problems == []


def test_ctrl_c_ends_it_quietly_with_a_page_open(teacher, board):
    board.process.send_signal(signal.SIGINT)
    board.process.wait(timeout=60)
    after = (board.folder / "printed.txt").read_text().removeprefix(board.printed)
    assert after.strip() in ("", "Stopped.")
    expect(teacher.locator("#link")).to_contain_text("Connection lost")
