"""The waiver's texts: how they are written, published and found again.

A text is written as headings and paragraphs:

    # The risks {risks}

    A paragraph. Blank lines separate; `[operator]` is replaced by the operator's name when the text is published.

Each heading has a key in braces, by which a record names the clause. Publishing writes all that a signer reads, the
statements that are ticked and the button included, into one snapshot, stored under its SHA-256 for good, and makes it
the current text of its language. The public page is rendered from the snapshot, so what is stored is what was shown.

A process keeps snapshots for good, as they cannot change, and which one is current for `CURRENT_SECONDS`; so a
newly published text is shown everywhere after that time and the minute for which the page is cached.

While nothing is published, the text that ships is shown. It is published as en-1 by `publish_shipped`, or, at the
latest, in the transaction of the first signature.
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from ulid import ULID

from scc.dynamo.errors import Conflict
from scc.dynamo.units import Unit
from scc.staff import audit
from scc.staff.actors import SYSTEM, By
from waivers.canonical import sha256
from waivers.rows import CurrentText, TextSnapshot, TextStatus, WaiverText

LANGUAGE = "en"
BUTTON = "I agree and sign"
CURRENT_SECONDS = 60.0
SHIPPED = Path(__file__).parent / "shipped"

# The sections that are not clauses.
STATEMENTS = ("consent", "adult", "assent", "button")

_HEADING = re.compile(r"# (?P<heading>[^{}\n]+?) \{(?P<key>[a-z][a-z0-9-]*)\}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class BadText(ValueError):
    """A text that is not of the format; says why."""


class NotADraft(ValueError):
    """A published version is never edited, deleted or published again."""


@dataclass(frozen=True)
class Clause:
    """A heading with its key, and the paragraphs under it."""

    key: str
    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Text:
    """A text as signers are shown it."""

    source: str
    language: str
    number: int
    consent_version: int

    @property
    def version(self) -> str:
        return f"{self.language}-{self.number}"

    @cached_property
    def sha256(self) -> str:
        return sha256(self.source)

    @cached_property
    def _parsed(self) -> tuple[str, tuple[Clause, ...]]:
        return parse(self.source)

    @property
    def title(self) -> str:
        return self._parsed[0]

    @cached_property
    def clauses(self) -> list[Clause]:
        return [clause for clause in self._parsed[1] if clause.key not in STATEMENTS]

    def statement(self, key: str) -> str:
        """Return the words of one of `STATEMENTS`."""
        return next(" ".join(clause.paragraphs) for clause in self._parsed[1] if clause.key == key)

    @property
    def consent(self) -> str:
        return self.statement("consent")

    @property
    def adult(self) -> str:
        return self.statement("adult")

    @property
    def assent(self) -> str:
        return self.statement("assent")

    @property
    def button(self) -> str:
        return self.statement("button")


@dataclass
class _Memory:
    """What this process knows of the table."""

    snapshots: dict[str, Text] = field(default_factory=dict)
    # Language to: when it was read (monotonic seconds), and the row, None where nothing is published.
    current: dict[str, tuple[float, CurrentText | None]] = field(default_factory=dict)


_memory = _Memory()


def forget() -> None:
    """Forget what is remembered of the table, as after it was made anew."""
    _memory.snapshots.clear()
    _memory.current.clear()


def parse(source: str) -> tuple[str, tuple[Clause, ...]]:
    """Return the title and the clauses, statements included. Raises BadText."""
    title, _, body = source.replace("\r\n", "\n").strip().partition("\n")
    return title.strip(), tuple(_clauses(body))


def _clauses(body: str) -> Iterable[Clause]:
    key, heading = "", ""
    paragraphs: list[str] = []
    seen: set[str] = set()
    for block in re.split(r"\n\s*\n", body.strip()):
        text = " ".join(block.split())
        match = _HEADING.fullmatch(text)
        if match is None:
            if text.startswith("#"):
                raise BadText(f"{text[:60]!r} is no heading: write `# The risks {{risks}}`, between blank lines")
            paragraphs.append(text)
            continue
        if key:
            yield _clause(key, heading, paragraphs)
        key, heading, paragraphs = match["key"], match["heading"], []
        if key in seen:
            raise BadText(f"Two headings have the key {{{key}}}")
        seen.add(key)
    if not key:
        raise BadText("There is no heading. Begin with one, such as `# The risks {risks}`")
    yield _clause(key, heading, paragraphs)


def _clause(key: str, heading: str, paragraphs: list[str]) -> Clause:
    if not paragraphs:
        raise BadText(f"Nothing stands under {heading!r}")
    return Clause(key, heading, tuple(paragraphs))


def check_body(body: str) -> None:
    """Raise BadText unless `body` is clauses as this module describes them, and the statements are not among them."""
    if not body.strip().startswith("#"):
        raise BadText("Begin with a heading, such as `# What this is {about}`")
    for clause in _clauses(body.replace("\r\n", "\n")):
        if clause.key in STATEMENTS:
            raise BadText(f"The key {{{clause.key}}} is kept for what the signer ticks; use another")


def compose(draft: WaiverText, *, number: int, consent_version: int) -> Text:
    """Return the text that `draft` becomes as version `number`. Raises BadText."""
    check_body(draft.body)
    parts = [
        draft.title.strip(),
        f"Version {draft.language}-{number}, consent {consent_version}.",
        draft.body.replace("\r\n", "\n").strip(),
        f"# Consent to sign electronically {{consent}}\n\n{draft.consent.strip()}",
        f"# Age {{adult}}\n\n{draft.adult.strip()}",
        f"# Agreement {{assent}}\n\n{draft.assent.strip()}",
        f"# Button {{button}}\n\n{BUTTON}",
    ]
    source = "\n\n".join(parts).replace("[operator]", settings.SCC_OPERATOR) + "\n"
    text = Text(source, draft.language, number, consent_version)
    parse(source)
    return text


def of(digest: str) -> Text | None:
    """Return the published text with this SHA-256, or None. One GetItem unless the process has it in memory."""
    known = _memory.snapshots.get(digest)
    if known is not None or not _SHA256.fullmatch(digest):
        return known
    if digest == shipped_text().sha256 and _current_row(LANGUAGE) is None:
        return shipped_text()
    snapshot = TextSnapshot.fetch(sha256=digest)
    return _remember(snapshot) if snapshot is not None else None


def current(language: str = LANGUAGE) -> Text:
    """Return the text that signers are shown now. No request, or one or two where memory is empty or too old."""
    row = _current_row(language)
    if row is None:
        return shipped_text()
    text = of(row.sha256)
    if text is None:
        raise LookupError(f"the current text {row} has no snapshot {row.sha256}")
    return text


def _current_row(language: str) -> CurrentText | None:
    known = _memory.current.get(language)
    if known is not None and time.monotonic() - known[0] < CURRENT_SECONDS:
        return known[1]
    row = CurrentText.fetch(language=language)
    _memory.current[language] = (time.monotonic(), row)
    return row


def remember(text: Text) -> None:
    """Take note that the table holds `text`."""
    if text.sha256 not in _memory.snapshots:
        _memory.snapshots[text.sha256] = text
        _memory.current.pop(text.language, None)


def _remember(snapshot: TextSnapshot) -> Text:
    text = Text(snapshot.text, snapshot.language, snapshot.number, snapshot.consent_version)
    return _memory.snapshots.setdefault(snapshot.sha256, text)


def present_draft(language: str = LANGUAGE) -> WaiverText:
    """Return the text that signers are shown as it was written, to begin a new draft with. One or two GetItem."""
    row = CurrentText.fetch(language=language)
    written = WaiverText.fetch(ulid=row.text_id) if row is not None else None
    return written or shipped_draft()


def shipped_draft() -> WaiverText:
    """Return the text that ships, as a draft that is not stored."""
    source = (SHIPPED / f"{LANGUAGE}.txt").read_text(encoding="utf-8")
    body = source.partition("\n")[2].split("# Consent to sign electronically {consent}")[0]
    title, clauses = parse(source)
    statements = {clause.key: " ".join(clause.paragraphs) for clause in clauses if clause.key in STATEMENTS}
    return WaiverText(
        # Always the same, so that it is published once, whoever comes first.
        ulid=str(ULID.from_bytes(bytes(16))),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        language=LANGUAGE,
        title=title,
        body=body.strip(),
        consent=statements["consent"],
        adult=statements["adult"],
        assent=statements["assent"],
    )


@functools.cache
def shipped_text() -> Text:
    """Return the text that ships, as signers are shown it while nothing is published."""
    return compose(shipped_draft(), number=1, consent_version=1)


def add_missing(unit: Unit, text: Text) -> None:
    """Add to `unit` what the table lacks of `text`: nothing, unless it is the one that ships and nobody signed it yet.

    When somebody else was first, the unit's commit raises Conflict: `forget`, and ask again. Once it is committed,
    call `remember`.
    """
    if text.sha256 in _memory.snapshots:
        return
    if _current_row(text.language) is None:
        _publish(unit, shipped_draft(), text, by=SYSTEM)
    elif of(text.sha256) is None:
        unit.put(_snapshot(text))


def publish_shipped() -> bool:
    """Publish the text that ships unless something is published already. Returns whether it did."""
    if CurrentText.fetch(language=LANGUAGE) is not None:
        return False
    unit = Unit()
    _publish(unit, shipped_draft(), shipped_text(), by=SYSTEM)
    try:
        unit.commit()
    except Conflict:
        return False
    forget()
    return True


def publish(*, draft: WaiverText, by: By) -> WaiverText:
    """Make `draft` the next version of its language, and what signers are shown from now on. Returns it as published.

    Raises NotADraft, BadText, and Conflict when it, or what is current, was changed at the same moment.
    """
    before = CurrentText.fetch(language=draft.language)
    text = compose(draft, number=before.number + 1 if before else 1, consent_version=_consent_version(draft, before))
    unit = Unit()
    published = _publish(unit, draft, text, by=by, before=before)
    audit.record(unit, by=by, action="published", of=published, summary=f"Published as {text.version}.")
    unit.commit()
    forget()
    return published


def _consent_version(draft: WaiverText, before: CurrentText | None) -> int:
    if before is None:
        return 1
    return before.consent_version + (draft.consent.strip() != before.consent)


def _publish(unit: Unit, draft: WaiverText, text: Text, *, by: By, before: CurrentText | None = None) -> WaiverText:
    if draft.status != TextStatus.DRAFT:
        raise NotADraft(f"{draft} is published")
    changes = {
        "status": TextStatus.PUBLISHED.value,
        "number": text.number,
        "consent_version": text.consent_version,
        "sha256": text.sha256,
        "published_at": timezone.now(),
        "published_by": by.name,
    }
    published = WaiverText(**(draft.attribute_values | changes))
    if draft.pk is None:
        unit.put(published)
    else:
        changes["version"] = published.version = draft.version + 1
        unit.update(draft, set=changes, expect=WaiverText.version == draft.version)
    unit.put(_snapshot(text))
    _point(unit, published, draft.consent.strip(), before)
    return published


def _point(unit: Unit, published: WaiverText, consent: str, before: CurrentText | None) -> None:
    names: dict[str, Any] = {
        "text_id": published.ulid,
        "sha256": published.sha256,
        "number": published.number,
        "consent": consent,
        "consent_version": published.consent_version,
    }
    if before is None:
        unit.put(CurrentText(language=published.language, **names))
    else:
        unit.update(before, set=names, expect=CurrentText.number == before.number)


def _snapshot(text: Text) -> TextSnapshot:
    return TextSnapshot(
        sha256=text.sha256,
        text=text.source,
        language=text.language,
        number=text.number,
        consent_version=text.consent_version,
    )
