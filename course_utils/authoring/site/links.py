"""Whether a built site holds together: every link leads somewhere, nothing is fetched, no page is too large."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

MOST = 2_000_000  # bytes of a page


class Page(NamedTuple):
    """What a page has and wants: `ids` to lead to, `links` (href) and `loads` (src, and stylesheets)."""

    ids: set[str]
    links: list[str]
    loads: list[str]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page({"", "top"}, [], [])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if "id" in found:
            self.page.ids.add(found["id"])
        if (tag == "link" and "stylesheet" in found.get("rel", "")) or "src" in found:
            self.page.loads.append(found.get("src", found.get("href", "")))
        elif tag == "a" and "href" in found:
            self.page.links.append(found["href"])


def read(path: Path) -> Page:
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.page


def problems(folder: Path) -> Iterator[str]:
    """Everything that is wrong with the site in this folder, in words."""
    pages = {path: read(path) for path in sorted(folder.glob("*.html"))}
    for path, page in pages.items():
        if (size := path.stat().st_size) > MOST:
            yield f"{path.name} has {size:,} bytes, more than {MOST:,}"
        for address in page.loads:
            if urlsplit(address).netloc:
                yield f"{path.name} loads {address}: a reader may have no network"
        for address in dict.fromkeys([*page.links, *page.loads]):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = path if not parts.path else (path.parent / unquote(parts.path)).resolve()
            if not target.is_file():
                yield f"{path.name} points at {address}: there is no such file"
            elif target.suffix == ".html" and unquote(parts.fragment) not in pages.get(target, page).ids:
                yield f"{path.name} points at {address}: there is no such place on that page"
