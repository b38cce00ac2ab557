"""`course site`: the pages' sources, Sphinx, and a look at what it made."""

import importlib.resources
import io
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter

import nbformat

from course_utils.authoring.errors import CourseError
from course_utils.authoring.repository import Repository
from course_utils.authoring.site import chapter, glossary, home, links
from course_utils.authoring.source import ChapterSource

DOCS = ("mini_language", "teachers", "privacy", "authors", "rooms")
_LINK = re.compile(r"(?<=\]\()(?!https?:|#)([^)#]+)")


def sources(
    chapters: Sequence[ChapterSource], registry: Mapping[str, Any], quizzes: Mapping[str, Sequence[Any]], at: Repository
) -> dict[str, str]:
    """The text of every page by its file's name.

    Raises:
        CourseError: a chapter wasn't executed as its source now stands, or a line of the glossary can't be read.
    """
    text = (at.root / "docs" / "glossary.md").read_text(encoding="utf-8")
    terms = glossary.read(text)
    readme = _relinked(at.readme.read_text(encoding="utf-8"), at)
    pages = {"index.md": home.page(readme, chapters, registry, at.url, at.version)}
    for each in chapters:
        executed = nbformat.read(at.solutions / f"{each.stem}.ipynb", as_version=4)
        pages[f"{each.stem}.md"] = chapter.page(each, executed, registry, quizzes[each.number], at)
    for name in DOCS:
        pages[f"{name}.md"] = _relinked((at.root / "docs" / f"{name}.md").read_text(encoding="utf-8"), at)
    introduced = {each.course["chapter"]: f"{each.stem}.md" for each in chapters}
    number = {name: chapter for chapter, name in introduced.items()}
    pages = {name: glossary.linked(page, terms, number.get(name)) for name, page in pages.items()}
    return pages | {"glossary.md": glossary.page(text, terms, introduced)}


def make(pages: Mapping[str, str], folder: Path, at: Repository) -> list[Path]:
    """Write the site into `folder`, replacing what was there; returns its pages.

    Raises:
        CourseError: Sphinx warns of something, or the site doesn't hold together.
    """
    with tempfile.TemporaryDirectory(prefix="course-site-") as place:
        source, built = Path(place) / "source", Path(place) / "built"
        shutil.copytree(at.root / "docs" / "site", source / "_static")
        shutil.move(source / "_static" / "templates", source / "templates")
        plotly = importlib.resources.files("plotly") / "package_data" / "plotly.min.js"
        (source / "_static" / "plotly.min.js").write_bytes(plotly.read_bytes())
        shutil.copytree(at.root / "images", source / "images", ignore=shutil.ignore_patterns("*.py"))
        for name, text in pages.items():
            (source / name).write_text(text, encoding="utf-8")
        if warnings := _sphinx(source, built, Path(place) / "read", at):
            raise CourseError("The site could not be built:\n" + warnings)
        if found := list(links.problems(built)):
            raise CourseError("\n".join(["The site doesn't hold together:", *(f"- {each}" for each in found)]))
        if folder.exists():
            shutil.rmtree(folder)
        shutil.copytree(built, folder, ignore=shutil.ignore_patterns("objects.inv", ".buildinfo"))
    return sorted(folder.glob("*.html"))


def site(folder: Path, at: Repository, say: Callable[[str], None]) -> None:
    """Build the whole site into `folder`.

    Raises:
        CourseError: see `sources` and `make`; or `folder` holds something else than a site.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / "searchindex.js").exists():
        raise CourseError(f"{folder} holds other things than a site: name an empty folder, or a new one.")
    from course_utils.authoring import pipeline, registry

    known = registry.chapters()
    by_id = registry.by_id(known)
    chapters, _ = pipeline.read_all(at.sources(), by_id, at)
    pages = make(sources(chapters, by_id, {each.number: each.quiz for each in known}, at), folder, at)
    largest = max(pages, key=lambda path: path.stat().st_size)
    say(f"{len(pages)} pages; the largest is {largest.name} with {largest.stat().st_size / 1e6:.2f} MB")
    say(f"Open {folder / 'index.html'}")


def _sphinx(source: Path, built: Path, read: Path, at: Repository) -> str:
    """Run Sphinx; returns its warnings."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace

    warnings = io.StringIO()
    with docutils_namespace(), catch_warnings():
        simplefilter("ignore")  # deprecations between Sphinx and its extensions
        app = Sphinx(source, None, built, read, "html", settings(at), status=None, warning=warnings)
        app.build()
    return re.sub(r"\x1b\[[\d;]*m", "", warnings.getvalue()).replace(f"{source}/", "")


def settings(at: Repository) -> dict[str, Any]:
    """Sphinx's configuration."""
    return {
        "project": "Superposition",
        "version": at.version,
        "extensions": ["myst_parser", "course_utils.authoring.site.extension"],
        "myst_enable_extensions": ["dollarmath"],
        "myst_heading_anchors": 3,
        "templates_path": ["templates"],
        "exclude_patterns": ["_static", "templates", "images"],
        "html_theme": "pydata_sphinx_theme",
        "html_title": "Superposition",
        "html_math_renderer": "katex",
        "html_static_path": ["_static"],
        "html_css_files": ["course.css"],
        "html_use_index": False,
        "html_copy_source": False,
        "html_show_search_summary": False,  # it would be fetched, which a browser refuses to a page of a folder
        "html_sidebars": {"**": ["contents.html"]},
        "html_theme_options": {
            "logo": {"text": "Superposition"},
            "search_bar_text": "Search the course …",
            "navbar_center": [],
            "navbar_end": ["theme-switcher"],
            "navbar_persistent": ["search-button"],
            "secondary_sidebar_items": {"**": ["page-toc"], "index": []},
            "footer_start": ["course-footer"],
            "footer_end": [],
            "article_header_start": [],
            "show_prev_next": True,
            "navigation_with_keys": False,
            "back_to_top_button": False,
            "external_links": [],
            "icon_links": [],
        },
        "html_context": {"repository": at.url, "default_mode": "auto"},
    }


def _relinked(text: str, at: Repository) -> str:
    """Links of the README and of docs/ as a page has them: to pages, or to the repository's files."""

    def link(match: re.Match[str]) -> str:
        path = match[1].removeprefix("../")
        name = Path(path).stem
        if re.fullmatch(r"(chapters/)?\d\d_\w+\.ipynb", path) or (path.endswith(".md") and name in (*DOCS, "glossary")):
            return f"{name}.md"
        return path if path.startswith("images/") else at.page(path)

    return _LINK.sub(link, text)
