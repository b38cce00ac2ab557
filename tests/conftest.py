"""One browser for all tests of a process (Playwright's can be started only once in it), and one PostgreSQL."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.postgres import postgres, postgres_url  # noqa: F401 (fixtures)

PATIENCE = 90_000  # milliseconds; a busy machine draws late
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No GPU, nothing fetched in the background; root (in CI) can't have Chromium's own sandbox.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        pytest.skip(f"no Chromium on this machine (looked for {', '.join(CHROMIUMS)}): .ci/run installs one")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
