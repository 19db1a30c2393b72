"""The clauses' HTML, as `waivers.markdown` makes it, read into paragraphs and items."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from waivers.pdfs.lines import Span


@dataclass
class Block:
    """A paragraph, or an item of a list."""

    # How many lists it stands in.
    depth: int = 0
    # What stands before an item.
    label: str = ""
    spans: list[Span] = field(default_factory=list)


@dataclass
class _List:
    # None for one without numbers.
    number: int | None


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._lists: list[_List] = []
        self._styles: dict[str, int] = {"strong": 0, "em": 0}
        self._is_open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._styles:
            self._styles[tag] += 1
        elif tag == "ul":
            self._lists.append(_List(None))
        elif tag == "ol":
            self._lists.append(_List(int(dict(attrs).get("start") or 1)))
        elif tag == "li":
            self._begin(self._label())
        elif tag == "p":
            # The first paragraph of an item stands beside its number.
            is_of_item = self._is_open and not self.blocks[-1].spans
            if not is_of_item:
                self._begin("")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._styles:
            self._styles[tag] -= 1
        elif tag in ("ul", "ol"):
            self._lists.pop()
            self._is_open = False
        elif tag in ("li", "p"):
            self._is_open = False

    def handle_data(self, data: str) -> None:
        if not self._is_open:
            if not data.strip():
                return
            self._begin("")
        words = data.replace("\n", " ")
        if not self.blocks[-1].spans:
            words = words.lstrip()
        if words:
            self.blocks[-1].spans.append(Span(words, self._styles["strong"] > 0, self._styles["em"] > 0))

    def _begin(self, label: str) -> None:
        self.blocks.append(Block(len(self._lists), label))
        self._is_open = True

    def _label(self) -> str:
        current = self._lists[-1]
        if current.number is None:
            return "\u2022"
        current.number += 1
        return f"{current.number - 1}."


def blocks_of(html: str) -> list[Block]:
    """Return the paragraphs and items of `html`, in their order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return [block for block in reader.blocks if block.spans]
