"""The first page: what the course is about, and the map of its chapters, from the README and the registry."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from course_utils.authoring.site.exercise import LEVELS, anchor
from course_utils.authoring.site.markup import inline, raw
from course_utils.authoring.source import ChapterSource

HOW = """\
## How to read these pages

Every chapter is here as its solved notebook shows it, and nothing has to be installed. Figures can be zoomed and
turned, animations played. **Predict** before you open a result. In an **exercise**, look at the empty answer first;
hints and one solution open one by one. To write answers of your own and have them checked, open a chapter in Colab, or
take a clone: [the repository]({url}) says how in two lines. Words that are linked like {{term}}`this <feature>` are
explained in the [glossary](glossary.md); what is known of the generated language that chapters 06 to 10 study stands
[on a page of its own](mini_language.md).

Whoever teaches with the course finds [the way from a folder of notebooks to marks](teachers.md) here, whoever adds to
it [what careful readers found](authors.md) and [where things are](rooms.md).

## Licence

The code is under the MIT licence, the text and the figures under CC BY 4.0. This is version {version}.
"""


def page(readme: str, chapters: Sequence[ChapterSource], registry: Mapping[str, Any], url: str, version: str) -> str:
    """The first page in MyST Markdown; the README's opening stands at its top.

    readme: with its links as the site has them.
    """
    opening = readme[: readme.index("\n## ")]
    rows = "\n".join(_row(chapter, registry, _promise(readme, chapter)) for chapter in chapters)
    hours = round(sum(chapter.course["minutes"] for chapter in chapters) / 60)
    exercises = sum(id.partition(".")[0] in {c.number for c in chapters} for id in registry)
    size = f"{len(chapters)} chapters, about {hours} hours, {exercises} exercises."
    return "\n\n".join(
        [
            opening.rstrip("\n"),
            "## Chapters",
            size,
            raw(f'<ol class="map">\n{rows}\n</ol>'),
            HOW.format(url=url, version=version),
            _contents(chapters),
        ]
    )


def _promise(readme: str, chapter: ChapterSource) -> str:
    """What one will do, as the README's table says it."""
    row = re.search(rf"\({chapter.stem}\.md\) \| (.*?) (?<!\\)\|", readme)
    return row[1].replace("\\|", "|") if row else ""


def _row(chapter: ChapterSource, registry: Mapping[str, Any], promise: str) -> str:
    mine = [exercise for id, exercise in registry.items() if id.partition(".")[0] == chapter.number]
    levels = Counter(exercise.difficulty for exercise in mine)
    size = f"{chapter.course['minutes']} min · {len(mine)} exercises: " + ", ".join(
        f"{levels[level]} {name}" for level, name in LEVELS.items() if levels[level]
    )
    links = "".join(
        f'<li><a href="{chapter.stem}.html#{anchor(each.id)}">{each.id} {inline(each.title)}</a> '
        f"{LEVELS[each.difficulty]}, {each.minutes} min</li>"
        for each in mine
    )
    title = escape(f"{chapter.course['chapter']} {chapter.course['title']}", quote=False)
    return (
        f'<li><h3><a href="{chapter.stem}.html">{title}</a></h3><p>{inline(promise)}</p><p class="size">{size}</p>'
        f"<details><summary>Exercises of chapter {chapter.course['chapter']}</summary><ul>{links}</ul></details></li>"
    )


def _contents(chapters: Sequence[ChapterSource]) -> str:
    """What Sphinx makes the navigation of."""
    named = [f"{chapter.course['chapter']} {chapter.course['title']} <{chapter.stem}>" for chapter in chapters]
    groups = {
        "Chapters": named,
        "To look up": ["Glossary <glossary>", "The mini-language <mini_language>"],
        "To teach and to write": [
            "For teachers <teachers>",
            "The board and privacy <privacy>",
            "For authors <authors>",
            "Where things are <rooms>",
        ],
    }
    return "\n\n".join(
        "\n".join(["```{toctree}", ":hidden:", f":caption: {caption}", "", *pages, "```"])
        for caption, pages in groups.items()
    )
