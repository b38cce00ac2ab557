"""The teacher's side: key, cookie, headers, prefix."""

import pytest

from course_utils.board.limits import WRONG


def test_without_the_key_there_is_nothing_to_see(client):
    for path in ("/", "/live"):
        answer = client.get(path)
        assert answer.status_code == 403 and client.service.board.code not in answer.text


def test_the_key_becomes_a_cookie_and_leaves_the_address(client):
    answer = client.get(f"/?key={client.service.board.key}", follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["location"] == "./"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
    assert client.get("/").status_code == 200


def test_many_wrong_keys_are_counted_and_end_the_guessing(client):
    for _ in range(int(WRONG.burst)):
        assert client.get("/?key=wrong\u00e9").status_code == 403
    assert client.get(f"/?key={client.service.board.key}").status_code == 429
    assert client.service.refusals.shown(str) == [f"{int(WRONG.burst)} wrong teacher's keys from 192.168.1.7"]


def test_every_page_forbids_what_it_does_not_need(client):
    client.teacher()
    for path in ("/", "/board.js", "/grid.js", "/lists.js", "/parts.js", "/board.css", "/icon.svg"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"


def test_the_page_itself_holds_no_learner_and_nothing_that_is_fetched_elsewhere(client):
    client.join("Zebulon")
    page = client.teacher().get("/").text
    assert "Zebulon" not in page
    assert "://" not in page.replace("http://www.w3.org", "")
    assert 'src="/' not in page and 'href="/' not in page  # all relative: a prefix may stand before it


def test_a_title_is_text(serve, store):
    store.board("<script>alert(1)</script>")
    client = serve()
    client.service.board = store.board("<script>alert(1)</script>")
    with client:
        assert "<script>alert" not in client.teacher().get("/").text


@pytest.mark.parametrize("handed_on", ["/room7", ""], ids=["the proxy hands it on", "the proxy takes it off"])
def test_below_a_prefix(serve, handed_on):
    with serve("/room7") as client:
        answer = client.get(f"{handed_on}/?key={client.service.board.key}", follow_redirects=False)
        assert answer.headers["location"] == "/room7/" and "Path=/room7" in answer.headers["set-cookie"]
        assert client.get(f"{handed_on}/health").json() == {"ok": True}
        joined = client.tell(f"{handed_on}/api/join", code=client.service.board.code, name="Ada")
        assert joined.status_code == 200
        assert client.get(f"{handed_on}/board.js").status_code == 200


def test_a_prefix_without_its_slash_leads_to_the_page(serve):
    with serve("/room7") as client:
        client.cookies.set(f"board_{client.service.board.id}", client.service.board.key)
        answer = client.get("/room7", follow_redirects=False)
        assert answer.status_code == 308 and answer.headers["location"] == "/room7/"
        assert client.get("/room70/health").status_code == 404


def test_behind_https_the_cookie_is_sent_over_https_only(serve):
    with serve(base_url="https://example.org") as client:
        answer = client.get(f"/?key={client.service.board.key}", follow_redirects=False)
        assert "Secure" in answer.headers["set-cookie"]
