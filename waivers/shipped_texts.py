"""The texts that ship: one document, in each language of the house.

They are shown while nothing of the document is published, and are published together: by each deploy, or, at the
latest, in the transaction of the first signature. An operator who publishes words of their own in one language first
gets none of these in the other, which would say something else.
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from pathlib import Path

from ulid import ULID

from waivers import wording
from waivers.languages import DEFAULT, LANGUAGES
from waivers.rows import CurrentText, WaiverText
from waivers.wording import STATEMENTS, Text

DOCUMENT = "waiver"

_FOLDER = Path(__file__).parent / "shipped"


def draft(language: str = DEFAULT) -> WaiverText:
    """Return the text that ships in `language`, as a draft that is not stored."""
    source = (_FOLDER / f"{DOCUMENT}.{language}.txt").read_text(encoding="utf-8")
    title, clauses = wording.parse(source)
    row = WaiverText(
        # Always the same, so that it is published once, whoever comes first.
        ulid=str(ULID.from_bytes(bytes(15) + bytes([list(LANGUAGES).index(language)]))),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        document=DOCUMENT,
        language=language,
        title=title,
        body=_body(source),
    )
    for clause in clauses:
        if clause.key in STATEMENTS:
            setattr(row, clause.key, " ".join(clause.paragraphs))
    return row


def _body(source: str) -> str:
    """Return what stands between the title and the first statement."""
    lines = source.splitlines()[1:]
    end = next(place for place, line in enumerate(lines) if line.endswith(f"{{{STATEMENTS[0]}}}"))
    return "\n".join(lines[:end]).strip()


@functools.cache
def text(language: str = DEFAULT) -> Text:
    """Return the text that ships in `language`, as signers are shown it while nothing is published."""
    return wording.compose(draft(language), number=1, consent_version=1)


def every() -> dict[str, Text]:
    """Return the texts that ship by their SHA-256."""
    return {text(language).sha256: text(language) for language in LANGUAGES}


def rows() -> list[CurrentText]:
    """Return the rows that there will be once the texts are published."""
    return [current_row(draft(language), text(language)) for language in LANGUAGES]


def current_row(draft: WaiverText, text: Text) -> CurrentText:
    """Return the row by which `text`, made of `draft`, is what signers are shown from its first version on."""
    return CurrentText(
        document=text.document,
        language=text.language,
        text_id=draft.ulid,
        sha256=text.sha256,
        title=text.title,
        number=text.number,
        consent=text.consent,
        consent_version=text.consent_version,
    )
