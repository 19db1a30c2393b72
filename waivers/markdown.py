"""Markdown in the texts of waivers: paragraphs, lists, strong and emphasis, and nothing else.

What is no such mark stays as it was typed: a link, a heading, HTML. The parser knows no more than that subset, and what
it makes goes through a cleaner that lets the same few tags through, so that a fault in either shows nobody a script.

Both libraries are imported where they are called: they take a tenth of a second, and most requests render no text.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

TAGS = frozenset({"p", "ul", "ol", "li", "strong", "em"})
# A list that begins at 3 is one that a text refers to.
ATTRIBUTES = {"ol": {"start"}}

# The parser drops what is nested twenty deep, without a word. A list is two levels, itself and its items, and the words
# in them one more.
DEEPEST_LISTS = 4


class TooDeep(ValueError):
    """Lists within lists, deeper than anyone reads."""


def render(source: str) -> str:
    """Return `source` as HTML of TAGS alone."""
    import nh3

    html: str = _parser().render(source)
    return nh3.clean(html, tags=set(TAGS), attributes=ATTRIBUTES, link_rel=None)


def check(source: str) -> None:
    """Raise TooDeep where `source` nests lists so deep that words of it might not be shown."""
    deepest = max((token.level for token in _parser().parse(source)), default=0)
    if deepest > 2 * DEEPEST_LISTS + 1:
        raise TooDeep(f"Lists may stand {DEEPEST_LISTS} deep within each other, not more.")


@functools.cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("zero", {"html": False}).enable(["list", "emphasis"])
