"""Publishing: a draft becomes the next version of its document and language, for good.

One transaction numbers it, stores the snapshot under its SHA-256, and makes it what signers are shown. Whoever
publishes says whether signatures under earlier versions still count, or everyone must sign again; that holds for the
document in that language.
"""

from __future__ import annotations

from django.utils import timezone

from scc.dynamo.errors import Conflict
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.staff import audit
from scc.staff.actors import SYSTEM, By
from waivers import boards, shipped_texts, texts, wording
from waivers.languages import DEFAULT, LANGUAGES
from waivers.rows import CurrentText, Offer, TextCount, TextStatus, WaiverText
from waivers.wording import Text


class NotADraft(ValueError):
    """A published version is never edited, deleted or published again."""


def preview(draft: WaiverText, before: CurrentText | None) -> Text:
    """Return the text that `draft` becomes when it is published after `before`. Raises BadText."""
    number = before.number + 1 if before else 1
    text = wording.compose(draft, number=number, consent_version=_consent_version(draft, before))
    wording.check_depth(text)
    return text


def publish(*, draft: WaiverText, must_sign_again: bool = False, by: By) -> WaiverText:
    """Make `draft` the next version of its document, and what signers are shown from now on. Returns it as published.

    must_sign_again: signatures under earlier versions count no more.
    Raises NotADraft, BadText, and Conflict when it, or what is current, was changed at the same moment.
    """
    before = CurrentText.fetch(document=draft.document, language=draft.language)
    text = preview(draft, before)
    unit = Unit()
    published = _publish(unit, draft, text, by=by, before=before, must_sign_again=must_sign_again)
    kept = "Everyone must sign again." if must_sign_again else "Earlier signatures still count."
    audit.record(unit, by=by, action="published", of=published, summary=f"Published as {text.version}. {kept}")
    unit.commit()
    texts.forget()
    return published


def publish_shipped() -> bool:
    """Publish the texts that ship unless one of their document is published already. Returns whether it did."""
    if not boards.read().is_unpublished:
        return False
    unit = Unit()
    add_shipped(unit)
    try:
        unit.commit()
    except Conflict:
        return False
    texts.forget()
    return True


def add_shipped(unit: Unit) -> None:
    """Add the publishing of the texts that ship, in every language, to `unit`."""
    for language in LANGUAGES:
        _publish(unit, shipped_texts.draft(language), shipped_texts.text(language), by=SYSTEM)


def offer(*, document: str, language: str, state: Offer, by: By) -> None:
    """Show `document` in `language`, or show it no more; its signatures count as they did.

    Raises LookupError when it is not published, or nothing of the document would be left, and Conflict.
    """
    board = boards.read()
    row = board.current.get((document, language))
    if row is None or row.pk is None:
        raise LookupError("This is not published.")
    if state == Offer.WITHDRAWN and list(board.languages_of(document)) == [language]:
        raise LookupError("Signers are shown this document in no other language, so it stays.")
    if row.state == state:
        return
    unit = Unit()
    unit.update(row, set={"state": state.value}, expect=CurrentText.state == row.state)
    said = "shown to signers" if state == Offer.SHOWN else "no longer shown to signers"
    audit.record(unit, by=by, action="changed", of=row, summary=f"{LANGUAGES[language]}: {said}.")
    unit.commit()
    boards.forget()


def present_draft(language: str = DEFAULT, document: str = shipped_texts.DOCUMENT) -> WaiverText:
    """Return the text that signers are shown as it was written, to begin a new draft with. One or two requests.

    Where the document is not there in this language, the one that ships is the beginning.
    """
    row = boards.read().current.get((document, language))
    written = WaiverText.fetch(ulid=row.text_id) if row is not None else None
    return written or shipped_texts.draft(language)


def signed_counts() -> dict[str, int]:
    """Return how many signatures there are by version, such as waiver-en-1. One Query, of 16 rows a version."""
    counts: dict[str, int] = {}
    for row in Row.collection("WAIVERTEXT#COUNT"):
        if isinstance(row, TextCount):
            counts[row.text_version] = counts.get(row.text_version, 0) + row.signed
    return counts


def _consent_version(draft: WaiverText, before: CurrentText | None) -> int:
    if before is None:
        return 1
    return before.consent_version + (" ".join(draft.consent.split()) != before.consent)


def _publish(
    unit: Unit,
    draft: WaiverText,
    text: Text,
    *,
    by: By,
    before: CurrentText | None = None,
    must_sign_again: bool = False,
) -> WaiverText:
    if draft.status != TextStatus.DRAFT:
        raise NotADraft(f"{draft} is published and stays as it is. Make a new draft.")
    changes = {
        "status": TextStatus.PUBLISHED.value,
        "number": text.number,
        "consent_version": text.consent_version,
        "sha256": text.sha256,
        "published_at": timezone.now(),
        "published_by": by.name,
        "follows": before.text_id if before else "",
    }
    published = WaiverText(**(draft.attribute_values | changes))
    if draft.pk is None:
        unit.put(published)
    else:
        changes["version"] = published.version = draft.version + 1
        unit.update(draft, set=changes, expect=WaiverText.version == draft.version)
    unit.put(wording.snapshot_of(text))
    _point(unit, published, text, before, must_sign_again)
    return published


def _point(unit: Unit, published: WaiverText, text: Text, before: CurrentText | None, must_sign_again: bool) -> None:
    """Make `text` what signers are shown."""
    row = shipped_texts.current_row(published, text)
    # As it was written: with the operator's name in it, a change of that name would be one of the consent.
    row.consent = " ".join(published.consent.split())
    row.least = text.number if must_sign_again or before is None else before.least
    if before is None:
        unit.put(row)
        return
    names = ("text_id", "sha256", "title", "number", "least", "consent", "consent_version", "state")
    changes = {name: getattr(row, name) for name in names}
    unit.update(before, set=changes, expect=CurrentText.number == before.number)
