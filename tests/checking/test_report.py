"""A report as a card in a notebook or on a teacher's page: whatever somebody wrote is text in it."""

from html.parser import HTMLParser

import pytest

from course_utils.checking.report import Line, Report, inline, note

EVIL = "\"><script>alert(1)</script><img src=x onerror=alert(2)>&lt;'<b>"


class Card(HTMLParser):
    """The elements of a card and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, tuple(attrs)))

    def handle_data(self, data):
        self.text += data


PLACES = {
    "label": lambda text: Report(text, "failed", "Not yet."),
    "headline": lambda text: Report("7.1", "failed", text),
    **{
        kind: lambda text, kind=kind: Report("7.1", "failed", "Not yet.", (Line(text, kind),))
        for kind in ("plain", "key", "code", "small")
    },
    "note": lambda text: note("A note.", text),
}


@pytest.mark.parametrize("report", PLACES.values(), ids=PLACES)
def test_text_is_shown_as_it_was_written_and_makes_no_element(report):
    card, harmless = Card(report(EVIL).html()), Card(report("harmless").html())
    assert card.elements == harmless.elements
    assert EVIL in card.text


def test_backticks_make_code_and_what_stands_in_them_is_text():
    card = Card(Report("7.1", "failed", "Not yet.", (Line(f"You wrote `{EVIL}`"),)).html())
    plain = Card(Report("7.1", "failed", "Not yet.", (Line("You wrote"),)).html())
    assert [tag for tag, _ in card.elements] == [*(tag for tag, _ in plain.elements), "code"]
    assert EVIL in card.text


def test_asterisks_stress_and_products_stay_products():
    assert inline("the *sum* of *all rows*, not `a*b*c`") == inline("the ") + (
        "<em>sum</em> of <em>all rows</em>, not " + inline("`a*b*c`")
    )
    for product in ("2 * x * y", "W*h*x", "f(*args, **more)", "x**2 * y**2", "a* b *c*d"):
        assert inline(product) == product


def test_line_breaks_are_kept():
    report = Report("7.1", "failed", "Not yet.", (Line("one\ntwo"), Line("one\n  two", "code")))
    assert "one<br>two" in report.html() and "one\n  two</pre>" in report.html()
