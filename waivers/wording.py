"""The words of a text: how they are written, composed and read again.

A body is headings and Markdown (see `waivers.markdown`):

    # The risks {risks}

    A paragraph. Blank lines separate; `[operator]` is replaced by the operator's name when the text is published.

    # You give up claims {release initials}

Each heading has a key in braces, by which a record names the clause; `initials` after it asks the signer to initial the
clause. What is ticked, and the button, follow the body under keys of their own, and the second line says which version
this is and how long a signature counts. All of that is one snapshot, of which the SHA-256 is taken: what is stored is
what was shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from waivers import markdown
from waivers.canonical import sha256
from waivers.languages import HEADINGS, counts_for, version_line
from waivers.rows import TextSnapshot, Validity, WaiverText

# The sections that are not clauses, in the order of the snapshot. Those without which no text is published:
NEEDED = ("consent", "adult", "assent", "button")
STATEMENTS = ("consent", "adult", "authority", "assent", "orientation", "button")
INITIALS = "initials"

_HEADING = re.compile(r"# (?P<heading>[^{}\n]+?) \{(?P<key>[a-z][a-z0-9-]*)(?P<initials> initials)?\}")
_DOCUMENT = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_BLANK = re.compile(r"\n\s*\n")
# A leap year, so that a season may end on 29 February.
_ANY_YEAR = 2024


class BadText(ValueError):
    """A text that is not of the format; says why. `field` is what of a draft is to be changed."""

    def __init__(self, words: str, field: str = "body") -> None:
        self.field = field
        super().__init__(words)


@dataclass(frozen=True)
class Clause:
    """A heading with its key, and what stands under it."""

    key: str
    heading: str
    # Markdown.
    body: str
    asks_initials: bool = False

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The body without its line breaks, as one would read it out."""
        return tuple(" ".join(block.split()) for block in _BLANK.split(self.body))

    @cached_property
    def html(self) -> SafeString:
        return mark_safe(markdown.render(self.body))  # noqa: S308  # cleaned there


@dataclass(frozen=True)
class Text:
    """A text as signers are shown it."""

    source: str
    document: str
    language: str
    number: int
    consent_version: int
    validity: str = Validity.EVENT.value
    season_ends: str = ""

    @property
    def version(self) -> str:
        return f"{self.document}-{self.language}-{self.number}"

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

    @property
    def asks_initials(self) -> list[str]:
        """The keys of the clauses that the signer initials."""
        return [clause.key for clause in self.clauses if clause.asks_initials]

    def statement(self, key: str) -> str:
        """Return the words of one of `STATEMENTS`, "" where the text has none."""
        return next((" ".join(clause.paragraphs) for clause in self._parsed[1] if clause.key == key), "")

    @property
    def consent(self) -> str:
        return self.statement("consent")

    @property
    def adult(self) -> str:
        return self.statement("adult")

    @property
    def authority(self) -> str:
        """What a guardian ticks; "" where nobody signs for a child under this text."""
        return self.statement("authority")

    @property
    def assent(self) -> str:
        return self.statement("assent")

    @property
    def orientation(self) -> str:
        """What one ticks who had the safety orientation (46 CFR 26.03-1); "" where the text does not ask."""
        return self.statement("orientation")

    @property
    def button(self) -> str:
        return self.statement("button")

    @property
    def counts_for(self) -> str:
        """How long a signature counts, as a sentence in the text's language."""
        return counts_for(self.language, self.validity, self.season_ends)


def parse(source: str) -> tuple[str, tuple[Clause, ...]]:
    """Return the title and the clauses, statements included. Raises BadText."""
    title, _, body = source.replace("\r\n", "\n").strip().partition("\n")
    return title.strip(), tuple(_clauses(body))


def _clauses(body: str) -> Iterator[Clause]:
    heading: re.Match[str] | None = None
    blocks: list[str] = []
    seen: set[str] = set()
    for block in _blocks(body):
        match = _HEADING.fullmatch(block)
        if match is None:
            _refuse_heading(block)
            blocks.append(block)
            continue
        if heading:
            yield _clause(heading, blocks)
        heading, blocks = match, []
        if match["key"] in seen:
            raise BadText(f"Two headings have the key {{{match['key']}}}")
        seen.add(match["key"])
    if not heading:
        raise BadText("There is no heading. Begin with one, such as `# The risks {risks}`")
    yield _clause(heading, blocks)


def _blocks(body: str) -> Iterable[str]:
    for block in _BLANK.split(body.strip("\n")):
        lines = [line.rstrip() for line in block.splitlines()]
        yield "\n".join(lines).strip("\n")


def _refuse_heading(block: str) -> None:
    for line in block.splitlines():
        if line.startswith("#"):
            raise BadText(
                f"{line[:60]!r} is no heading: write `# The risks {{risks}}`, or `{{risks {INITIALS}}}` where it is "
                "to be initialled, between blank lines"
            )


def _clause(heading: re.Match[str], blocks: list[str]) -> Clause:
    if not blocks:
        raise BadText(f"Nothing stands under {heading['heading']!r}")
    return Clause(heading["key"], heading["heading"], "\n\n".join(blocks), asks_initials=bool(heading["initials"]))


def check_body(body: str) -> None:
    """Raise BadText unless `body` is clauses as this module describes them, and the statements are not among them."""
    if not body.strip().startswith("#"):
        raise BadText("Begin with a heading, such as `# What this is {about}`")
    for clause in _clauses(body.replace("\r\n", "\n")):
        if clause.key in STATEMENTS:
            raise BadText(f"The key {{{clause.key}}} is kept for what the signer ticks; use another")


def check_depth(text: Text) -> None:
    """Raise BadText where words of `text` might not be shown. Not part of `compose`: it loads the Markdown parser."""
    for clause in text.clauses:
        try:
            markdown.check(clause.body)
        except markdown.TooDeep as exc:
            raise BadText(f"{clause.heading}: {exc}") from exc


def check_document(document: str) -> None:
    """Raise BadText unless `document` may name a document."""
    if not _DOCUMENT.fullmatch(document) or len(document) > 40:
        raise BadText("Small letters, digits and single hyphens, such as crew-agreement.", "document")


def check_validity(validity: str, season_ends: str) -> None:
    """Raise BadText unless the two say how long a signature counts. season_ends: 10-31."""
    if validity not in Validity.values:
        raise BadText("Choose how long a signature counts.", "validity")
    if validity != Validity.SEASON:
        return
    try:
        if season_ends != f"{date.fromisoformat(f'{_ANY_YEAR}-{season_ends}'):%m-%d}":
            raise ValueError(season_ends)
    except ValueError as exc:
        raise BadText("Give the season's last day as month and day, such as 10-31.", "season_ends") from exc


def compose(draft: WaiverText, *, number: int, consent_version: int, operator: str = "") -> Text:
    """Return the text that `draft` becomes as version `number`. Raises BadText.

    operator: how it is called, if not as the settings say.
    """
    check_document(draft.document)
    check_validity(draft.validity, draft.season_ends)
    check_body(draft.body)
    season_ends = draft.season_ends if draft.validity == Validity.SEASON else ""
    meta = (draft.document, draft.language, number, consent_version, draft.validity, season_ends)
    parts = [_line(draft, "title"), version_line(*meta), draft.body.replace("\r\n", "\n").strip("\n").rstrip()]
    for key in STATEMENTS:
        words = _line(draft, key)
        if words:
            parts.append(f"# {HEADINGS[draft.language][key]} {{{key}}}\n\n{words}")
    source = "\n\n".join(parts).replace("[operator]", operator or settings.SCC_OPERATOR) + "\n"
    return Text(source, *meta)


def _line(draft: WaiverText, name: str) -> str:
    """Return one of the draft's single paragraphs. Raises BadText."""
    words = " ".join((getattr(draft, name) or "").split())
    if words.startswith("#"):
        raise BadText("Must not begin with #.", name)
    if not words and name in (*NEEDED, "title"):
        raise BadText("Must not be blank.", name)
    return words


def snapshot_of(text: Text) -> TextSnapshot:
    """Return `text` as it is stored for good."""
    return TextSnapshot(
        sha256=text.sha256,
        text=text.source,
        document=text.document,
        language=text.language,
        number=text.number,
        consent_version=text.consent_version,
        validity=text.validity,
        season_ends=text.season_ends,
    )


def read(snapshot: TextSnapshot) -> Text:
    """Return the text that `snapshot` holds."""
    return Text(
        snapshot.text,
        snapshot.document,
        snapshot.language,
        snapshot.number,
        snapshot.consent_version,
        snapshot.validity,
        snapshot.season_ends,
    )


def is_intact(snapshot: TextSnapshot) -> bool:
    """Say whether `snapshot` is as it was stored: its hash fits its words, and its attributes what the words say."""
    text = read(snapshot)
    if text.sha256 != snapshot.sha256 or text.language not in HEADINGS or text.validity not in Validity.values:
        return False
    said = version_line(
        text.document, text.language, text.number, text.consent_version, text.validity, text.season_ends
    )
    return snapshot.text.split("\n\n")[1:2] == [said]
