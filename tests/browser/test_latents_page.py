"""The page of all latents in a real browser that can reach nothing: searched, sorted, opened, in both themes."""

import re
from collections.abc import Iterator

import pytest
import torch
from playwright.sync_api import Page, expect

from course_utils import minilang
from course_utils.minilang import PIECES
from course_utils.sae.firings import firings_of
from course_utils.sae.latent_cards import as_data, latent_cards
from course_utils.widgets import write_latents_page

PAGES = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 17, 17)"}


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> str:
    """Forty latents of real texts: latent n fires, more or less, at the pieces n, n + 40, n + 80 …"""
    folder = tmp_path_factory.mktemp("page")
    texts, dice = minilang.sample(60, seed=5), torch.Generator().manual_seed(0)
    tokens = torch.from_numpy(texts.tokens).long()
    at_piece = tokens.flatten()[:, None] % 40 == torch.arange(40)
    f = at_piece * (torch.rand(at_piece.shape, generator=dice) * 3).clamp_min(0.1)
    f[:, 39] = 0
    names = [feature.name for feature in texts.features]
    labels = torch.from_numpy(texts.label_matrix(texts.features)).flatten(0, 1)
    effects = torch.randn(40, len(PIECES), generator=dice)
    cards = latent_cards(firings_of([f]), tokens.flatten(), torch.randn(40, 16, generator=dice), effects, labels)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COURSE_STRICT", raising=False)
        patch.delenv("NBGRADER_EXECUTION", raising=False)
        write_latents_page(as_data(cards, PIECES, tokens, names), "Forty latents", folder / "latents.html")
    return (folder / "latents.html").as_uri()


@pytest.fixture(params=PAGES)
def page(request, chromium, file) -> Iterator[Page]:
    """Opened without a network; it fails if the page has anything to complain of."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900}, color_scheme=request.param, offline=True)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(file)
    expect(page.locator("body")).to_have_css("background-color", PAGES[request.param])
    yield page
    assert complaints == []
    context.close()


def listed(page: Page) -> list[int]:
    return [int(number) for number in page.locator("#body tr:visible a").all_inner_texts()]


def test_all_are_there_by_number_and_the_dead_one_says_so(page):
    assert listed(page) == list(range(39))
    expect(page.get_by_role("status")).to_have_text("39 of 39 latents")
    page.evaluate("location.hash = 'latent-39'")
    expect(page.locator("#card")).to_contain_text("Latent 39 never fires here")


def test_searched_by_number_by_pieces_and_by_truth_only_if_that_is_shown(page):
    search = page.get_by_role("searchbox")
    search.fill("17")
    assert listed(page) == [17]
    word = next(mark for mark in page.locator("#body mark").all_inner_texts() if mark.strip().isalpha()).strip()
    search.fill(word[:3])
    found = page.locator("#body tr:visible .place").all_inner_texts()
    assert 0 < len(found) < 39 and any(text.endswith(word) for text in found)
    search.fill(word[1:] + "qq")
    assert listed(page) == []
    search.fill("genre/")
    assert listed(page) == []
    expect(page.get_by_role("button", name="best feature")).to_be_hidden()
    page.get_by_label("show the truth").check()
    expect(page.get_by_role("button", name="best feature")).to_be_visible()
    search.fill("word/")
    assert 0 < len(listed(page)) < 39


def test_sorted_up_and_down(page):
    fires = page.get_by_role("button", name="fires at")
    fires.click()
    often = listed(page)
    assert sorted(often) == list(range(39)) and often != sorted(often)
    expect(page.get_by_role("columnheader", name="fires at")).to_have_attribute("aria-sort", "descending")
    share = [float(text.split()[0]) for text in page.locator("#body tr td:nth-child(2)").all_inner_texts()]
    assert share == sorted(share, reverse=True)
    fires.click()
    share = [float(text.split()[0]) for text in page.locator("#body tr td:nth-child(2)").all_inner_texts()]
    assert share == sorted(share)


def test_a_latent_opened_has_its_card_its_link_and_its_neighbours(page, tmp_path):
    page.get_by_role("link", name="17", exact=True).click()
    card = page.locator("#card")
    expect(card.get_by_role("heading", name="latent 17")).to_be_visible()
    assert page.url.endswith("#latent-17")
    for title in ("largest", "middle third", "at random, wherever it fires"):
        expect(card.get_by_role("heading", name=title, exact=True)).to_be_visible()
    assert re.search(r"raises\s+\".*\" \+\d", card.inner_text())
    expect(card.get_by_text("precision")).to_be_hidden()
    card.get_by_text("the truth").click()
    expect(card.get_by_text("precision")).to_be_visible()
    line = card.locator(".row").first
    short = line.inner_text()
    line.click()
    assert len(line.inner_text()) > len(short) and "<bos>" in line.inner_text()
    page.screenshot(path=tmp_path / "card.png")
    neighbour = card.locator(".said a").first
    number = neighbour.inner_text()
    neighbour.click()
    expect(card.get_by_role("heading", name=f"latent {number}", exact=True)).to_be_visible()
    page.go_back()
    expect(card.get_by_role("heading", name="latent 17")).to_be_visible()


def test_a_link_opens_its_card(page, file):
    page.goto(f"{file}#latent-5")
    expect(page.get_by_role("heading", name="latent 5", exact=True)).to_be_visible()
    expect(page.locator("tr.chosen a")).to_have_text("5")
