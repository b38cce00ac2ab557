"""The address of a board, from what a learner typed or pasted."""

import ipaddress
import re
from urllib.parse import urlsplit

PORT = 8642
"""Where a board listens if nobody said otherwise."""

_PAGES = re.compile(r"/+(live|health|index\.html?|api(/.*)?)?/*$")  # ends of a pasted page's address


def bases(text: str) -> list[str]:
    """The addresses without a trailing slash that may be meant, the likeliest first.

    >>> bases("192.168.1.20:8642/")
    ['http://192.168.1.20:8642']
    >>> bases("http://192.168.1.20:8642/room7/live?names=off")
    ['http://192.168.1.20:8642/room7', 'http://192.168.1.20:8642']

    Raises:
        ValueError: it is no address, in a sentence for the learner.
    """
    wanted = text.strip().strip("<>\"'`").strip()
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", wanted)
    scheme = found[1].lower() if found else ""
    try:
        parts = urlsplit("//" + wanted[found.end() if found else 0 :].lstrip("/"))
        host, port = parts.netloc.rpartition("@")[2].rstrip(":"), parts.port
        good = bool(parts.hostname) and not re.search(r"[\s\x00-\x1f\\]", wanted)
        good = good and scheme in ("", "http", "https")
    except ValueError:  # a port that is none, a bracket that isn't closed
        good = False
    if not good:
        raise ValueError(f'{shortened(text)!r} is no address. One looks like "http://192.168.1.20:{PORT}".')
    hosts = [f"{scheme}://{host}"] if scheme else [f"http://{host}"]
    if not scheme and port is None:
        hosts = [f"http://{host}:{PORT}", f"http://{host}", f"https://{host}"]
    path = _PAGES.sub("", parts.path)
    above = path.rpartition("/")[0].rstrip("/")
    paths = [path, above] if path else [""]  # the board itself, or a page of it
    return [host + path for path in paths for host in hosts]


def nearby(base: str) -> bool:
    """Whether the address is of this machine or of its own network: a proxy to the world outside leads past it."""
    host = urlsplit(base).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".home.arpa"))


def shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"
