"""Slides: which sentences stand around a figure, predictions before results, and where a figure has room."""

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils import exercises
from course_utils.authoring.clean import PLAIN, PLOTLY
from course_utils.authoring.repository import read_repository
from course_utils.authoring.site.chapter import outputs_by_line
from course_utils.authoring.site.outputs import PREDICTION
from course_utils.authoring.source import parse_source, read_source
from course_utils.planning import markup
from course_utils.planning.deck import Slide, deck
from course_utils.planning.sentences import blocks, first, last
from course_utils.planning.stage import READABLE, ROOM, stage, staged
from tests.browser.conftest import ROOT

AT = read_repository(ROOT)

SOURCE = """# ---
# jupyter:
#   course: {chapter: "03", title: Little, reading: 20}
# ---

# %% [markdown]
# # 3. Little
#
# Two things are doubled. Then a third.
#
# **You will**
# - double;
# - look.

# %% [markdown]
# ## 3.1 The first idea
#
# A long way to say it. Here is a line.

# %%
picture(1)

# %% [markdown]
# The line rises. It rises by two at every step.
# <br>*Somebody 2020, "Lines".*
#
# Something else follows.

# %%
predict("3.1", question="Three?", choices=["6", "9"])

# %% [markdown]
# **Exercise 3.1** (A · 3 min · 1 point) Double it.
#
# A task is no lead.

# %% exercise="3.1"
double = 2

# %%
compare("3.1", "6", picture(2))

# %% [markdown]
# And the other one:

# %%
picture(3)

# %% [markdown]
# ## 3.2 By hand
#
# Now drag.

# %%
widgets.live_training()
"""


def figure(number: int, **layout) -> dict:
    return {"data": [{"type": "scatter", "x": [1, 2], "y": [1, number]}], "layout": {"height": 300, **layout}}


def shown(data: dict) -> dict:
    return {"output_type": "display_data", "data": data}


@pytest.fixture
def slides() -> list[Slide]:
    source = parse_source(SOURCE, "03_little", "03_little.py")
    outputs = {cell.line: [] for cell in source.cells if cell.kind == "code"}
    first_picture, ask, _, compared, other, live = outputs
    outputs[first_picture] = [shown({PLOTLY: figure(1)})]
    outputs[ask] = [shown({PLAIN: "3.1 predict › Three?\n1. 6\n2. 9\nCommit one."})]
    outputs[compared] = [
        shown({PLAIN: "3.1 › Prediction and result\nMeasured: {'half': 3, 'all': 6}"}),
        shown({PLOTLY: figure(2)}),
    ]
    outputs[other] = [shown({PLOTLY: figure(3)})]
    outputs[live] = [shown({PLOTLY: figure(4)})]
    return deck(source, outputs, "03 Little", "The idea.")


def test_slides_come_in_the_order_of_the_chapter(slides):
    kinds = ["title", "figure", "prediction", "exercise", "figure", "figure", "figure", "end"]
    assert [slide.kind for slide in slides] == kinds
    assert slides[0].lead == "Two things are doubled. Then a third." and slides[0].seen == "- double;\n- look."
    assert slides[-1].seen == "The idea."


def test_a_figure_stands_between_what_leads_to_it_and_what_is_seen(slides):
    line = slides[1]
    assert (line.heading, line.lead) == ("3.1 The first idea", "A long way to say it. Here is a line.")
    assert line.seen == "The line rises. It rises by two at every step."


def test_a_prediction_comes_before_its_result_which_asks_again(slides):
    assert (slides[2].lead, slides[2].choices) == ("Three?", ("6", "9"))
    assert (slides[4].lead, slides[4].measured, slides[4].figure) == ("Three?", "half 3, all 6", figure(2))


def test_what_only_leads_on_says_nothing_of_the_figure_before(slides):
    assert slides[4].seen == "" and slides[5].lead == "And the other one:"


def test_where_one_drags_and_a_kernel_answers_the_slide_says_that_it_stands_still(slides):
    assert slides[6].lead == "Now drag. *(In the notebook: here it stands still.)*"


@pytest.mark.parametrize("path", AT.sources(), ids=lambda path: path.stem)
def test_every_figure_and_prediction_of_a_chapter_has_its_slide(path):
    source = read_source(path)
    executed = nbformat.read(AT.solutions / f"{path.stem}.ipynb", as_version=4)
    outputs = outputs_by_line(source, executed)
    found = deck(source, outputs, "label", "idea")
    drawn = [o["data"][PLOTLY] for shown in outputs.values() for o in shown if PLOTLY in o.get("data", {})]
    assert [slide.figure for slide in found if slide.figure] == drawn
    asked = [o for shown in outputs.values() for o in shown if PREDICTION.match(o.get("data", {}).get(PLAIN, ""))]
    assert sum(slide.kind == "prediction" for slide in found) == len(asked) > 0
    ids = [slide.exercise for slide in found if slide.kind == "exercise"]
    assert ids == [each.id for each in exercises.chapter(source.number).exercises]
    assert all(slide.lead or slide.seen for slide in found if slide.figure)


@pytest.mark.parametrize("path", AT.sources(), ids=lambda path: path.stem)
def test_hardly_a_figure_is_smaller_than_in_the_notebook(path):
    source = read_source(path)
    executed = nbformat.read(AT.solutions / f"{path.stem}.ipynb", as_version=4)
    found = [staged(s)[1] for s in deck(source, outputs_by_line(source, executed), "", "") if s.figure]
    assert sum(place.scale < READABLE for place in found) <= 1
    assert all(place.scale > 0.75 for place in found)


@given(st.integers(150, 900), st.integers(0, 3), st.text(max_size=300), st.text(max_size=300))
def test_a_figure_never_leaves_its_slide(height, panels, lead, seen):
    axes = {f"xaxis{n + 1}": {"domain": [n / 4, n / 4 + 0.2]} for n in range(panels)}
    place = stage(Slide("figure", "", lead, seen, figure=figure(1, **axes) | {"layout": {"height": height, **axes}}))
    assert place.width * place.scale <= ROOM[0] + 1 and place.height * place.scale <= ROOM[1] + 1


def test_sentences_are_whole():
    text = "By Elhage et al. 2022. It is 0.5 (about a half). *So* be it! What then?"
    assert first(text, 50) == "By Elhage et al. 2022. It is 0.5 (about a half)."
    assert last(text, 25) == "*So* be it! What then?"
    assert first("A very long sentence that has no end before this.", 5).endswith("this.")


def test_a_formula_and_a_list_stay_with_what_leads_to_them_if_there_is_room():
    assert list(blocks("It adds:\n\n$$ a $$\n\nNext.")) == ["It adds:\n\n$$ a $$", "Next."]
    assert first("Two kinds:\n- one;\n- two.") == "Two kinds:\n- one;\n- two."
    assert first("Two kinds. More.\n- " + "long " * 100) == "Two kinds. More."


@given(st.text(max_size=200))
def test_what_is_shown_is_one_of_the_texts_own_pieces(text):
    for block in blocks(text):
        for piece in (first(block, 60), last(block, 60)):
            assert "".join(piece.split()) in "".join(block.split())


def test_markup_escapes_what_is_none():
    assert markup.literal("a < b, `x * y` and a*b*c") == "a &lt; b, <code>x * y</code> and a*b*c"
    assert markup.inline("<b>$x<y$</b> *so*") == ('&lt;b&gt;<span class="formula">x&lt;y</span>&lt;/b&gt; <em>so</em>')
    assert markup.html("See [the page](../docs/x.md), [the web](https://example.org).") == (
        '<p>See the page, <a href="https://example.org">the web</a>.</p>\n'
    )
    assert "<script" not in markup.html("<script>alert(1)</script>\n\n[x](javascript:alert(1))")
