"""What our pages need of Sphinx: formulas for KaTeX to set, and each page's scripts and no others."""

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

LATER = {"loading_method": "defer"}


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.add_html_math_renderer("katex", (_inline, None), (_block, None))
    app.add_node(nodes.entry, override=True, html=(_cell, HTML5Translator.depart_entry))
    app.connect("html-page-context", _scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _inline(writer: HTML5Translator, node: nodes.math) -> None:
    writer.body.append(f'<span class="formula">{escape(node.astext(), quote=False)}</span>')
    raise nodes.SkipNode


def _block(writer: HTML5Translator, node: nodes.math_block) -> None:
    writer.body.append(
        f'<div class="formula" role="group" aria-label="Formula">{escape(node.astext(), quote=False)}</div>\n'
    )
    raise nodes.SkipNode


def _cell(writer: HTML5Translator, node: nodes.entry) -> None:
    """A table's cell. An empty one heads nothing: a screen reader would announce a heading and say no word."""
    HTML5Translator.visit_entry(writer, node)
    if not node.astext() and writer.context[-1].startswith("</th>"):
        writer.body[-1] = writer.body[-1].replace("<th", "<td", 1)
        writer.context[-1] = writer.context[-1].replace("</th>", "</td>")


def _scripts(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None) -> None:
    """KaTeX where there are formulas, plotly.js where there are figures."""
    if tree is None:
        return
    if next(tree.findall(lambda node: isinstance(node, nodes.math | nodes.math_block)), None) is not None:
        app.add_css_file("katex/katex.min.css")
        app.add_js_file("katex/katex.min.js", **LATER)
    if any("course-figure" in node.astext() for node in tree.findall(nodes.raw)):
        app.add_js_file("plotly.min.js", **LATER)
    app.add_js_file("course.js", priority=900, **LATER)
