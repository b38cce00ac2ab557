"""Text of the course as HTML: Markdown with formulas for KaTeX. Whatever is no markup is escaped."""

import re
from html import escape

from markdown_it import MarkdownIt
from markupsafe import Markup
from mdit_py_plugins.dollarmath import dollarmath_plugin

_BREAK = re.compile(r"\s*<br>\s*")
_NO_PAGE = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]*\)")  # a link to a file of the repository, which isn't there


def html(text: str) -> Markup:
    """Paragraphs and lists."""
    return Markup(_MARKDOWN.render(_plain(text)))


def inline(text: str) -> Markup:
    """One line, without a paragraph around it: `backticks`, *stress*, $formulas$."""
    return Markup(_MARKDOWN.renderInline(_plain(text)))


def literal(text: str) -> Markup:
    """A sentence of the registry, in which only `backticks` mean something: `x * y * z` stays as it is.

    >>> literal("Use `a < b`, not a*b*c.")
    Markup('Use <code>a &lt; b</code>, not a*b*c.')
    """
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False)).replace("\n", "<br>"))


def _plain(text: str) -> str:
    return _NO_PAGE.sub(r"\1", _BREAK.sub("\n\n", text))


def _formula(tag: str):
    def rendered(self, tokens, index, options, env) -> str:
        return f'<{tag} class="formula">{escape(tokens[index].content.strip(), quote=False)}</{tag}>'

    return rendered


_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").use(dollarmath_plugin, double_inline=True)
for _rule, _tag in {"math_inline": "span", "math_inline_double": "div", "math_block": "div"}.items():
    _MARKDOWN.add_render_rule(_rule, _formula(_tag))
