"""What a learner does with a notebook in JupyterLab, in words of the course."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

MINUTE = 60_000  # milliseconds, Playwright's unit
TRIES = 3


class NotebookPage:
    """One notebook, open in JupyterLab."""

    def __init__(self, page: Page, pictures: Path):
        self.page, self.pictures = page, pictures
        expect(page.locator(".jp-Notebook .jp-CodeCell").first).to_be_visible(timeout=MINUTE)
        # The kernel is there and has nothing to do.
        expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_attached(timeout=2 * MINUTE)

    def cell(self, containing: str) -> Locator:
        """The code cell whose source contains this text."""
        source = self.page.locator(".jp-InputArea-editor", has_text=containing)
        return self.page.locator(".jp-Notebook .jp-CodeCell").filter(has=source).first

    def run(self, cell: Locator, timeout: float = 2 * MINUTE) -> Locator:
        """Run a cell and wait until it is done; its output area."""
        before = self.start(cell)
        # "[*]" while it runs, then a new number.
        try:
            self.page.wait_for_function(
                "([cell, before]) => { const now = cell.querySelector('.jp-InputPrompt').textContent;"
                " return now !== before && /\\d/.test(now); }",
                arg=[cell.element_handle(), before],
                timeout=timeout,
            )
        except PlaywrightTimeoutError as error:
            status = self.page.locator(".jp-Notebook-ExecutionIndicator").get_attribute("data-status")
            error.add_note(f"prompt {before!r} is now {prompt(cell)!r}, kernel {status}; see {self.picture('stuck')}")
            raise
        return cell.locator(".jp-Cell-outputArea")

    def start(self, cell: Locator) -> str:
        """Press Ctrl-Enter in a cell; its prompt before. A page that is still moving may need a second try."""
        for _ in range(TRIES):
            cell.scroll_into_view_if_needed()
            cell.locator(".jp-InputPrompt").click()
            before = prompt(cell)
            try:
                expect(cell).to_have_class(re.compile("jp-mod-active"), timeout=5_000)
                self.page.keyboard.press("Control+Enter")
                expect(cell.locator(".jp-InputPrompt")).not_to_have_text(before, timeout=10_000)
                return before
            except AssertionError:  # another cell had the focus, or slid under the mouse
                continue
        raise AssertionError(f"JupyterLab didn't start the cell in {TRIES} tries; see {self.picture('not started')}")

    def run_all_above(self, cell: Locator) -> None:
        """JupyterLab's own command for it; returns at once, later cells wait their turn."""
        cell.scroll_into_view_if_needed()
        cell.locator(".jp-InputPrompt").click()
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_text("Run All Above Selected Cell", exact=True).click()

    def run_with(self, answer: Locator, check: Locator) -> str:
        """Run an answer cell, then its check; what the check says."""
        self.run(answer)
        return self.run(check).inner_text()

    def replace(self, cell: Locator, source: str) -> None:
        """Write `source` in place of all that the cell holds, as by pasting it."""
        cell.scroll_into_view_if_needed()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)

    def picture(self, name: str) -> Path:
        path = self.pictures / f"{name}.png"
        self.page.screenshot(path=path)
        return path


def prompt(cell: Locator) -> str:
    return cell.locator(".jp-InputPrompt").text_content() or ""
