"""The signer's copy: what was signed, by whom, how and when, and the hashes that hold it together.

Made of the record alone, so that the same record gives the same bytes on any machine. No contact and no address of
origin is on it, nor what is kept apart for an emergency: a copy is passed on.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from waivers import times
from waivers.pdfs import facts
from waivers.pdfs.bidi import LEFT
from waivers.pdfs.facts import Copy, relationship
from waivers.pdfs.lines import Span
from waivers.pdfs.markup import Block, blocks_of
from waivers.pdfs.sheets import DEEP, HEIGHT, INK, INNER, MARGIN, QUIET, RULE, SEA, TINT, Sheet, Style
from waivers.rows import WaiverRecord
from waivers.strokes import of_lists
from waivers.texts import Text

TITLE = Style(21, 27, DEEP, bold=True)
HOUSE = Style(10.5, 14, SEA, bold=True)
HEADING = Style(12, 17, DEEP, bold=True)
CLAUSE = Style(10.5, 15, INK, bold=True)
BODY = Style(9.5, 14, INK)
LABEL = Style(8.5, 13, QUIET)
VALUE = Style(9.5, 13, INK)
STRONG = Style(9.5, 13, INK, bold=True)
SMALL = Style(8, 11.5, QUIET)
HASH = Style(8, 13, QUIET)
SIGNED = Style(22, 30, INK)

LABELS = 138.0
INDENT = 16.0
_SIGNATURE = (250.0, 84.0)
_PADDING = 10.0
# Of a drawn line, in points; the pad's is about the same.
_PEN = 1.5


def render(record: WaiverRecord, private: Mapping[str, Any], text: Text) -> bytes:
    """Return the PDF of `record`: the same bytes for the same record. private: as `documents.open_record` gives it.

    Raises fonts.FontMissing, StoreUnavailable.
    """
    copy = Copy(record, private, text)
    with translation.override(text.language):
        sheet = Sheet(
            title=_("%(title)s, reference %(reference)s") % {"title": text.title, "reference": record.reference},
            author=copy.facts["operator"],
            subject=_("Signed waiver"),
            language=text.language,
            made_at=record.received_at,
            key=record.record_sha256[:32],
        )
        _head(sheet, copy)
        _summary(sheet, copy)
        _text(sheet, copy)
        _ticks(sheet, copy)
        _signature(sheet, copy)
        _acts(sheet, copy)
        _integrity(sheet, copy)
        foot = _("Signed waiver, reference %(reference)s \u00b7 %(operator)s") % {
            "operator": copy.facts["operator"],
            "reference": record.reference,
        }
        return sheet.finish(foot, _("Page {page} of {pages}"))


def _head(sheet: Sheet, copy: Copy) -> None:
    sheet.box(x=-MARGIN, y=0, width=INNER + 2 * MARGIN, height=8, fill=DEEP, edge=None)
    sheet.write(copy.facts["operator"], HOUSE)
    sheet.skip(2)
    sheet.write(copy.text.title, TITLE, kind="H1")
    sheet.skip(3)
    version = _("Version %(version)s, consent text %(consent)s.") % {
        "version": copy.facts["text"]["version"],
        "consent": copy.facts["text"]["consent_version"],
    }
    sheet.write(f"{version} {copy.text.counts_for}", SMALL)
    sheet.skip(12)


def _summary(sheet: Sheet, copy: Copy) -> None:
    """Who signed for what."""
    _table(sheet, facts.summary(copy), strong={_("Reference"), _("Name"), _("Child")})
    sheet.skip(12)


def _text(sheet: Sheet, copy: Copy) -> None:
    """Everything that was read, and the initials beside it."""
    _heading(sheet, _("What was signed"))
    initialled = set(copy.acts.get("initialled", []))
    for clause in copy.text.clauses:
        # A heading stands on the page of what it heads, of which up to three lines stay together.
        sheet.need(10 + CLAUSE.leading + 3 * BODY.leading)
        sheet.skip(6)
        sheet.write(clause.heading, CLAUSE, kind="H3")
        for block in blocks_of(clause.html):
            _block(sheet, block)
        if clause.key in initialled:
            _initials(sheet, copy, clause.key)


def _block(sheet: Sheet, block: Block) -> None:
    x = block.depth * INDENT
    sheet.skip(2)
    lines = sheet.lines(block.spans, BODY, INNER - x)
    sheet.need(BODY.leading * min(2, len(lines)))
    if block.label:
        sheet.at(block.label, BODY, x=x - INDENT + 3, y=sheet.y + BODY.leading - BODY.descent, kind="Lbl")
    sheet.put(lines, BODY, x=x, width=INNER - x, kind="LBody" if block.label else "P")


def _initials(sheet: Sheet, copy: Copy, key: str) -> None:
    words = _("Initialled: %(initials)s") % {"initials": copy.private.get("initials", "")}
    when = copy.by_client(f"initial_{key}")
    sheet.skip(3)
    sheet.write([Span(words, bold=True), Span(f"  {when}" if when else "")], Style(9, 13, SEA), base=LEFT)


def _ticks(sheet: Sheet, copy: Copy) -> None:
    """The statements that were ticked, each with its time."""
    acts, text = copy.acts, copy.text
    ticked = [
        ("orientation", text.orientation, "oriented", acts.get("oriented")),
        ("authority", text.authority, "declared_authority", acts.get("declared_authority")),
        ("adult", text.adult, "declared_adult", acts.get("declared_adult")),
        ("consent", text.consent, "consented", acts.get("consented")),
        ("assent", text.assent, "assented", acts.get("assented")),
    ]
    sheet.skip(14)
    _heading(sheet, _("What was ticked"))
    for _key, words, act, done in ticked:
        if words and done:
            _tick(sheet, words, copy.by_client(act))


def _tick(sheet: Sheet, words: str, when: str) -> None:
    lines = sheet.lines([Span(words)], BODY, INNER - 22)
    sheet.skip(5)
    sheet.need(BODY.leading * min(len(lines), 4))
    top = sheet.y + 3
    sheet.box(x=0, y=top, width=10, height=10, fill=None, edge=QUIET)
    x, y = MARGIN, HEIGHT - top
    stroke = f"{x + 2:.2f} {y - 5.2:.2f} m {x + 4.2:.2f} {y - 7.8:.2f} l {x + 8.4:.2f} {y - 2:.2f} l S"
    sheet.draw(f"{' '.join(map(str, SEA))} RG 1.4 w 1 J 1 j {stroke}")
    sheet.put(lines, BODY, x=22, width=INNER - 22)
    if when:
        sheet.write(_("Ticked: %(when)s") % {"when": when}, SMALL, x=22, width=INNER - 22)


def _signature(sheet: Sheet, copy: Copy) -> None:
    sheet.skip(16)
    width, height = _SIGNATURE
    sheet.need(height + 110)
    _heading(sheet, _("Signature"))
    sheet.skip(8)
    sheet.box(x=0, y=sheet.y, width=width, height=height, fill=TINT, edge=RULE)
    if copy.private.get("strokes"):
        sheet.picture(_strokes(copy, sheet.y), _("Signature as drawn"))
        sheet.skip(height)
    else:
        _typed(sheet, copy, height)
    sheet.skip(6)
    method = _("Drawn by hand") if copy.private.get("strokes") else _("Typed")
    sheet.write([Span(copy.signer, bold=True), Span(f". {method}.")], VALUE, base=LEFT)
    if copy.guardian:
        words = _("%(relationship)s, for %(child)s") % {
            "relationship": relationship(copy.guardian["relationship"]),
            "child": copy.private["name"],
        }
        sheet.write(words, VALUE, base=LEFT)
    signed = copy.by_client("signed") or copy.by_client("submitted")
    if signed:
        sheet.write(_("Signed: %(when)s, by the signer's device") % {"when": signed}, SMALL)
    received = times.moment(copy.facts["received_at"], copy.event["time_zone"])
    sheet.write(_("Received: %(when)s") % {"when": received}, SMALL)


def _typed(sheet: Sheet, copy: Copy, height: float) -> None:
    style = SIGNED
    words = [Span(copy.private.get("typed_signature", ""), italic=True)]
    lines = sheet.lines(words, style, _SIGNATURE[0] - 2 * _PADDING, LEFT)
    while len(lines) * style.leading > height - 8 and style.size > 8:
        style = Style(style.size - 2, (style.size - 2) * 1.36, style.colour)
        lines = sheet.lines(words, style, _SIGNATURE[0] - 2 * _PADDING, LEFT)
    room = max(0.0, (height - len(lines) * style.leading) / 2)
    sheet.skip(room)
    sheet.put(lines, style, x=_PADDING, width=_SIGNATURE[0] - 2 * _PADDING, align="middle")
    sheet.skip(room)


def _strokes(copy: Copy, top: float) -> str:
    """Return the operators that draw the strokes into their box, as large as it holds and no larger than life."""
    strokes = of_lists(copy.private["strokes"])
    left, upper, width, height = strokes.box()
    room = _SIGNATURE[0] - 2 * _PADDING, _SIGNATURE[1] - 2 * _PADDING
    scale = min(room[0] / max(width, 1), room[1] / max(height, 1), room[0] / 6000)
    x = MARGIN + _PADDING + (room[0] - width * scale) / 2 - left * scale
    y = HEIGHT - top - _PADDING - (room[1] - height * scale) / 2 + upper * scale
    ink = f"{' '.join(map(str, INK))} RG {_PEN} w 1 J 1 j"
    parts = [ink]
    for line in strokes.lines:
        places = [f"{x + point[0] * scale:.2f} {y - point[1] * scale:.2f}" for point in line]
        parts.append(" l ".join([f"{places[0]} m {places[0]}", *places[1:]]) + " l S")
    return " ".join(parts)


def _acts(sheet: Sheet, copy: Copy) -> None:
    """What was done, in its order, by the signer's own clock."""
    sheet.skip(16)
    sheet.need(90)
    _heading(sheet, _("How it was signed"))
    sheet.skip(4)
    if copy.client:
        sheet.write(_("Times are those of the signer's device, but for the one at which we received it."), SMALL)
    sheet.skip(4)
    _table(sheet, facts.acts(copy))


def _integrity(sheet: Sheet, copy: Copy) -> None:
    sheet.skip(16)
    sheet.need(90)
    _heading(sheet, _("What holds it together"))
    sheet.skip(4)
    words = _(
        "A hash changes when a single character of what it was taken of does. The record's stands in a chain with "
        "those of the departure's other waivers, so that none can be changed, added or taken out unseen."
    )
    sheet.write(words, SMALL)
    sheet.skip(4)
    _table(sheet, facts.integrity(copy), value=HASH)


def _heading(sheet: Sheet, words: str) -> None:
    sheet.need(HEADING.leading + 4 * BODY.leading)
    sheet.write(words, HEADING, kind="H2")
    sheet.skip(4)
    sheet.rule()


def _table(sheet: Sheet, rows: list[tuple[str, str]], *, strong: Container[str] = (), value: Style = VALUE) -> None:
    """Write names and values side by side. What has no value is left out."""
    for name, words in rows:
        if not words:
            continue
        style = STRONG if name in strong else value
        names = sheet.lines([Span(name)], LABEL, LABELS - 12)
        # A name of any script stands in a page that runs from left to right.
        values = sheet.lines([Span(words)], style, INNER - LABELS, LEFT)
        height = max(len(names) * LABEL.leading, len(values) * style.leading) + 6
        sheet.need(height)
        top = sheet.y
        sheet.skip(3)
        sheet.put(names, LABEL, width=LABELS - 12)
        sheet.y = top + 3
        sheet.put(values, style, x=LABELS, width=INNER - LABELS, align="left")
        sheet.y = max(sheet.y, top + height - 3) + 3
        sheet.rule()
