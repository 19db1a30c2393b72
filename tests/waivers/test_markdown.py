from __future__ import annotations

import re
from html import unescape
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waivers import markdown

# What is rendered may have these, as written here, and no other: no attribute but a number.
TAG = re.compile(r'</?(?:p|ul|li|strong|em)>|<ol(?: start="\d+")?>|</ol>')


def words_of(html: str) -> str:
    return unescape(TAG.sub("", html))


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("The sea is **wet** and *cold*.", "<p>The sea is <strong>wet</strong> and <em>cold</em>.</p>"),
        ("One.\n\nTwo.", "<p>One.</p>\n<p>Two.</p>"),
        ("- hats\n- shoes", "<ul>\n<li>hats</li>\n<li>shoes</li>\n</ul>"),
        ("1. first\n2. second", "<ol>\n<li>first</li>\n<li>second</li>\n</ol>"),
        ("3. third", '<ol start="3">\n<li>third</li>\n</ol>'),
    ],
)
def test_render_knows_paragraphs_lists_and_emphasis(source: str, html: str) -> None:
    assert markdown.render(source).strip() == html


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[look](javascript:alert(1))",
        "[look](https://example.com)",
        "![look](https://example.com/pixel.gif)",
        "<javascript:alert(1)>",
        "<https://example.com>",
        "https://example.com",
        "`code`",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&#60;script&#62;",
        "</p></article><form action=//example.com>",
        "<!-- hidden -->",
        "<style>p{display:none}</style>",
        "<svg><a xlink:href='javascript:alert(1)'>x</a></svg>",
        "| a | b |",
        "~~gone~~",
        "> quoted",
        "[a]: javascript:alert(1)",
        "\x00<b>",
    ],
)
def test_render_shows_all_else_as_it_was_typed(source: str) -> None:
    html = markdown.render(source)

    assert TAG.sub("", html).count("<") == 0
    assert words_of(html).strip() == source.replace("\x00", "\ufffd")


def test_render_shows_setext_and_atx_headings_as_text() -> None:
    assert markdown.render("Risks\n=====") == "<p>Risks\n=====</p>\n"
    assert markdown.render("# Risks") == "<p># Risks</p>\n"


@given(st.text(alphabet=st.sampled_from("<>&\"'/=!-*_#[]()`\\ \n\t.1aé日"), max_size=200))
def test_render_makes_no_tag_but_its_own(source: str) -> None:
    html = markdown.render(source)

    assert "<" not in TAG.sub("", html)


@given(st.text(max_size=300))
def test_render_takes_any_text(source: str) -> None:
    assert "<" not in TAG.sub("", markdown.render(source))


@given(st.lists(st.text(alphabet="abcé日", min_size=1, max_size=8), min_size=1, max_size=30))
def test_render_loses_no_word(words: list[str]) -> None:
    source = "\n".join(f"{'- ' * (place % 2)}{word}" for place, word in enumerate(words))

    assert words_of(markdown.render(source)).split() == words


@pytest.mark.parametrize(
    "source",
    ["*" * 60_000, "- " * 30_000, "1. " * 20_000, "**a" * 20_000, "_*" * 30_000, "<" * 60_000, "[" * 60_000],
    ids=lambda source: source[:4],
)
def test_render_ends_soon_whatever_it_is_given(source: str) -> None:
    began = thread_time()

    html = markdown.render(source)

    assert "<" not in TAG.sub("", html)
    assert thread_time() - began < 5


def nested(depth: int) -> str:
    return "\n".join("  " * place + f"- {place}" for place in range(depth))


def test_check_takes_lists_in_lists() -> None:
    markdown.check(nested(markdown.DEEPEST_LISTS))

    assert words_of(markdown.render(nested(markdown.DEEPEST_LISTS))).split() == ["0", "1", "2", "3"]


@pytest.mark.parametrize("source", [nested(5), nested(200), "- " * 30_000, "1. " * 300])
def test_check_refuses_lists_so_deep_that_words_would_be_lost(source: str) -> None:
    with pytest.raises(markdown.TooDeep):
        markdown.check(source)
