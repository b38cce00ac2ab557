"""The sources of the site's pages: a chapter, its exercises and outputs, the glossary, the first page."""

import json

import nbformat
import plotly.graph_objects as go
import pytest

from course_utils import plots
from course_utils.authoring.counts import counted
from course_utils.authoring.errors import CourseError
from course_utils.authoring.executed import solution_notebook
from course_utils.authoring.site import chapter as chapters
from course_utils.authoring.site import glossary, home
from course_utils.authoring.site.build import _relinked
from course_utils.authoring.site.exercise import quiz
from course_utils.authoring.site.markup import code, inline, scrolling
from course_utils.authoring.site.outputs import shown
from course_utils.authoring.source import parse_source
from course_utils.checking.report import note

TERMS = """\
# Glossary

Words.

## Toys

- **density** $p$ (also densities): How often it is on. [01]
- **dead**: Never on. [09]
- **probe**: A small reader. [07]
"""


def output(**data):
    named = {"html": "text/html", "plain": "text/plain", "plotly": "application/vnd.plotly.v1+json"}
    return nbformat.v4.new_output("display_data", {named[name]: value for name, value in data.items()})


def as_json(figure):
    return json.loads(figure.to_json())


@pytest.fixture
def page(clone, registry, exercises):
    """`page(text)` is the page of a chapter with that source, executed without outputs."""

    def made(text, *, outputs=()):
        chapter = counted(parse_source(text, "01_doubling", "solutions/01_doubling.py"), registry)
        executed = solution_notebook(chapter, clone)
        executed.cells[-1].outputs = list(outputs)
        return chapters.page(chapter, executed, registry, exercises.QUIZ, clone)

    return made


def test_an_exercise_is_a_stub_then_hints_then_a_solution_each_behind_a_click(page, text):
    made = page(text)
    places = [
        made.index(part)
        for part in (
            '<h3 id="exercise-1-1">Exercise 1.1 <span>Twice as much</span></h3>',
            "A, warm-up · 3 min · 2 points",
            "Double it.",
            'raise NotImplementedError("Exercise 1.1: write your code here")',
            '<details class="hint"><summary>Hint 1 of 2</summary>',
            "What is twice one?",
            "Hint 2 of 2",
            '<details class="solution"><summary>One solution</summary>',
            "return x * 2",
            "</details>",
        )
    ]
    assert places[:-1] == sorted(places[:-1])
    assert "SOLUTION" not in made and "**Exercise" not in made
    assert made.count('<div class="exercise">') == made.count("</div>") == 2


def test_checks_and_progress_are_left_out_and_the_set_up_is_folded(page, text):
    made = page(text + "\n# %%\nprogress()\n")
    assert 'check("1.1"' not in made and "progress()" not in made and "pip" not in made
    assert "<summary>What this chapter imports</summary>" in made


def test_a_page_opens_its_notebook_in_colab_at_the_tag(page, text, clone):
    assert f'href="{clone.colab("chapters/01_doubling.ipynb")}"' in page(text)


def test_numbers_and_outputs_are_those_of_the_notebook(page, text):
    made = page(text, outputs=[nbformat.v4.new_output("stream", name="stdout", text="the total is 6.0 < 7\n")])
    assert "**Time** 9 minutes; 2 exercises, 3 points." in made
    assert 'aria-label="Output">the total is 6.0 &lt; 7\n</pre>' in made


def test_a_result_is_behind_a_click_and_asserts_before_it_are_left_out(page, text):
    made = page(
        text
        + '\n# %%\npredict("1.3", question="And three?", choices=["6", "9"])\n'
        + '\n# %%\ncompare("1.3", 6)\nassert total == 6\n',
        outputs=[output(plain=repr(note("Prediction and result", "Measured: 6", label="1.3")), html="<b>card</b>")],
    )
    assert 'predict("1.3"' not in made and "assert" not in made
    result = made[made.index('<details class="result"><summary>Prediction 1.3: what came out</summary>') :]
    assert '<p class="measured">Measured: 6</p>' in result and "card" not in result


def test_a_notebook_of_another_source_is_refused(page, text, clone, registry):
    chapter = parse_source(text, "01_doubling", "solutions/01_doubling.py")
    executed = solution_notebook(chapter, clone)
    executed.cells[-1].source = "print(0)"
    with pytest.raises(CourseError, match=r"01_doubling.py:\d+: the executed notebook has another cell"):
        chapters.page(chapter, executed, registry, [], clone)


def test_files_of_the_clone_are_links_and_guides_are_pages(page, text):
    made = page(text + "\n# %% [markdown]\n# See `bench/bands.py 01` and `docs/mini_language.md`.\n")
    assert "/blob/v0.1.0/bench/bands.py)" in made and "[`docs/mini_language.md`](mini_language.md)" in made


def test_a_prediction_is_a_list_of_its_choices():
    card = note("More or `less`?", "1. more", "2. less", "Commit one before you go on", label="1.3 predict")
    (made,) = shown([output(plain=card.text(), html=card.html())])
    assert "<strong>Prediction 1.3.</strong> More or <code>less</code>?" in made
    assert "<ol><li>more</li><li>less</li></ol>" in made and "Commit" not in made


def test_a_figure_has_words_and_a_place_that_scrolls_where_its_panels_do_not_fit():
    three = plots.style.panels(["a", "b", "c"], columns=3, row_height=100)
    (made,) = shown([output(plotly=as_json(three.add_bar(y=[1, 2], name="</script>")))])
    assert 'role="img" aria-label="Figure.' in made and "min-width:min(495px, 60rem)" in made
    content = made.partition('<script type="application/json">')[2].partition("</script>")[0]
    assert json.loads(content)["data"][0]["name"] == "</script>"


def test_an_animation_leaves_its_player_to_the_page():
    figure = plots.style.figure(300).add_scatter(y=[1])
    plots.animation.animate(figure, moving=[0], frames={"0": [{"y": [1]}], "50": [{"y": [2]}]})
    (made,) = shown([output(plotly=as_json(figure))])
    parts = json.loads(made.partition('<script type="application/json">')[2].partition("</script>")[0])
    assert parts["film"] == {"frames": ["0", "50"], "labels": ["0", "50"], "prefix": "step ", "active": 1}
    assert len(parts["frames"]) == 2 and not {"sliders", "updatemenus"} & set(parts["layout"])
    assert parts["layout"]["height"] == 300


def test_a_still_figure_has_no_film():
    (made,) = shown([output(plotly=as_json(go.Figure(go.Bar(y=[1]))))])
    assert "film" not in made


def test_html_of_a_cell_keeps_no_link_to_a_file_that_the_notebook_wrote_and_no_picture_without_words():
    (made,) = shown([output(html='<a href="latents.html" target="_blank">all</a> <img src="x">', plain="HTML")])
    assert "latents.html" not in made and "all" in made and "<img alt=" in made


def test_a_quiz_answers_each_choice(exercises):
    made = quiz(exercises.QUIZ[:1])
    assert made.count("<details>") == len(exercises.QUIZ[0].choices)
    assert made.count("✓ Right.") == 1


def test_markup_lets_no_text_become_a_tag_and_no_text_end_its_fence():
    assert inline("`a < b` & <i>\nc") == "<code>a &lt; b</code> &amp; &lt;i&gt;<br>c"
    assert code("x = '```'").startswith("````python\n")
    assert "&lt;bos&gt;" in scrolling("<bos>")


def test_the_glossary_is_read_line_by_line():
    density, *_ = glossary.read(TERMS)
    assert density == ("density", "$p$", ("densities",), "How often it is on.", "01", "Toys")
    with pytest.raises(CourseError, match=r"docs/glossary.md:3: write it like"):
        glossary.read("# Glossary\n\n- density: how often")


def test_the_first_use_of_a_word_is_linked_and_no_other():
    terms = glossary.read(TERMS)
    linked = glossary.linked("## Density\n\n`density` $density$ <i density> Densities and a density.", terms)
    assert linked == "## Density\n\n`density` $density$ <i density> {term}`Densities <density>` and a density."
    assert glossary.linked("[a probe](x) ```\nprobe\n```", terms) == "[a probe](x) ```\nprobe\n```"
    assert glossary.linked("a probe-like, unprobed thing", terms) == "a probe-like, unprobed thing"


def test_a_chapter_links_no_word_that_comes_later_and_a_guide_no_everyday_word():
    terms = glossary.read(TERMS)
    assert glossary.linked("dead probe", terms, chapter="07") == "dead {term}`probe <probe>`"
    assert glossary.linked("dead probe", terms, chapter="09") == "{term}`dead <dead>` {term}`probe <probe>`"
    assert glossary.linked("dead probe", terms) == "dead {term}`probe <probe>`"


def test_the_glossarys_page_says_where_a_word_comes_from():
    chapters = {"01": "01_toy_models.md", "07": "07_probing.md", "09": "09_saes_toy.md"}
    made = glossary.page(TERMS, glossary.read(TERMS), chapters)
    entry = "density\n  How often it is on. Written $p$. [Chapter 01](01_toy_models.md)"
    assert entry in made and made.startswith("# Glossary")


def test_the_map_has_minutes_exercises_and_levels(clone, chapter, registry):
    readme = "# Course\n\nHello.\n\n## Start\n\n" + _relinked(clone.readme.read_text(), clone)
    made = home.page(readme, [counted(chapter, registry)], registry, clone.url, clone.version)
    assert made.startswith("# Course\n\nHello.\n\n## Chapters") and "Start" not in made
    assert '<h3><a href="01_doubling.html">01 Doubling</a></h3><p>double | halve things</p>' in made
    assert "9 min · 2 exercises: 1 warm-up, 1 core" in made
    assert '<a href="01_doubling.html#exercise-1-2">1.2 How much?</a> core, 2 min' in made


def test_links_of_the_readme_and_the_guides_lead_to_pages_pictures_or_the_repository(clone):
    text = "[a](chapters/01_x.ipynb) [b](docs/teachers.md) ![c](images/c.png) [d](LICENSE) [e](https://e.org) [f](#f)"
    here = "[a](01_x.md) [b](teachers.md) ![c](images/c.png)"
    assert _relinked(text, clone) == f"{here} [d]({clone.page('LICENSE')}) [e](https://e.org) [f](#f)"
