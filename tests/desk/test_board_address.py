"""An address may be typed by hand or pasted from a browser."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.desk.board_address import bases, nearby


@pytest.mark.parametrize(
    "typed, meant",
    [
        ("http://192.168.1.20:8642", "http://192.168.1.20:8642"),
        ("http://192.168.1.20:8642/", "http://192.168.1.20:8642"),
        ("  192.168.1.20:8642\n", "http://192.168.1.20:8642"),
        ("192.168.1.20", "http://192.168.1.20:8642"),
        ("laptop.local:9000/room7/", "http://laptop.local:9000/room7"),
        ("<https://board.school.org/room7/>", "https://board.school.org/room7"),
        ("HTTP://Laptop:8642", "http://Laptop:8642"),
        ("http://192.168.1.20:8642/live?key=abc#now", "http://192.168.1.20:8642"),
        ("http://192.168.1.20:8642/room7/api/join", "http://192.168.1.20:8642/room7"),
        ("http://ada:pw@192.168.1.20:8642/", "http://192.168.1.20:8642"),
        ("//192.168.1.20:8642", "http://192.168.1.20:8642"),
        ("[fe80::1]:8642", "http://[fe80::1]:8642"),
    ],
)
def test_what_is_meant(typed, meant):
    assert bases(typed)[0] == meant


def test_a_pages_address_may_be_the_boards_or_one_above_it():
    assert bases("http://host:8642/room7/learner") == ["http://host:8642/room7/learner", "http://host:8642/room7"]
    assert bases("board.school.org") == [
        "http://board.school.org:8642",
        "http://board.school.org",
        "https://board.school.org",
    ]


@pytest.mark.parametrize("typed", ["", "http://", "ftp://host", "file:///etc", "my board", "http://host:port", "[::1"])
def test_what_is_no_address_is_said(typed):
    with pytest.raises(ValueError, match="is no address"):
        bases(typed)


@given(st.text(max_size=80) | st.from_regex(r"(https?://)?[a-z0-9.]{1,20}(:[0-9]{1,5})?(/[a-z0-9?#/]{0,20})?"))
def test_whatever_is_typed_gives_addresses_or_a_sentence(typed):
    try:
        found = bases(typed)
    except ValueError as error:
        found, said = [], str(error)
        assert said.endswith(".") and len(said) < 400
    for base in found:
        parts = urlsplit(base)
        assert parts.scheme in ("http", "https") and parts.hostname
        assert not base.endswith("/") and not parts.query and not parts.fragment and not parts.username
        assert base in bases(base)


def test_a_proxy_is_for_addresses_outside():
    near = ["http://192.168.1.20:8642", "http://127.0.0.1", "http://laptop:8642", "http://x.local", "http://[fe80::1]"]
    assert all(map(nearby, near))
    assert not nearby("https://board.school.org") and not nearby("http://8.8.8.8:8642")
