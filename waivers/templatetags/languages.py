"""`{% load languages %}`: words of a page that holds all its languages at once, of which the visitor sees one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token
from django.utils import translation
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


class InEachLanguage(template.Node):
    """What stands inside, once for each of the context's `languages`; alone where all say the same."""

    def __init__(self, inside: NodeList) -> None:
        self.inside = inside

    def render(self, context: template.Context) -> SafeString:
        words = {language: self._words(language, context) for language in context["languages"]}
        if len(set(words.values())) == 1:
            return next(iter(words.values()))
        return format_html_join("", '<span lang="{}">{}</span>', words.items())

    def _words(self, language: str, context: template.Context) -> SafeString:
        with translation.override(language):
            # Rendered by Django, which has escaped it.
            return mark_safe(self.inside.render(context).strip())  # noqa: S308


@register.tag("ineach")
def in_each_language(parser: Parser, token: Token) -> InEachLanguage:
    """`{% ineach %}{% translate "Sign the waiver" %}{% endineach %}`."""
    inside = parser.parse(("endineach",))
    parser.delete_first_token()
    return InEachLanguage(inside)


@register.filter
def of(values: Mapping[str, Any], name: str) -> Any:
    """Return the value of the field `name`, or nothing."""
    return values.get(name, "") if values else ""
