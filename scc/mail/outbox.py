"""The outbox: a letter is written with the thing it speaks of, and delivered after.

A letter is never lost: it is stored in the transaction of its subject, and stays due until a provider took it or every
provider refused it. A crash costs at most one duplicate: who sends holds the letter until `due_at`, and nobody else
touches it before. A provider that gave no answer is asked again before any other, as it may have taken the letter.
A letter that brings a file waits for it, an hour at most, and then goes without.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import formataddr
from typing import Any
from unicodedata import category

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from ulid import ULID

from scc.dynamo.errors import Conflict, StoreError, StoreUnavailable
from scc.dynamo.keys import Template
from scc.dynamo.lists import Page
from scc.dynamo.units import Unit
from scc.mail import attachments, transports
from scc.mail.attachments import Attachment, File
from scc.mail.rows import DUE, Letter, State, queue_of
from scc.staff import audit
from scc.staff.actors import By

logger = logging.getLogger(__name__)

# How long a letter belongs to who wrote or claimed it: well over the budgets of both providers together.
LEASE = timedelta(minutes=1)
# How long a letter waits for the file that it brings.
WAITS_FOR = timedelta(hours=1)
ERASED = "What it was to bring was erased."
# Pauses before the second, third... try; after the last the letter has failed. SES's quota is one of 24 hours.
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440)]
MOST_ATTEMPTS = len(PAUSES) + 1
# The sweeper comes every minute; what it has not touched for so long, it does not come to.
OVERDUE = timedelta(hours=1)
# A failed letter may stay for ever, and an alarm should not: by then someone has seen it.
FAILED_LATELY = timedelta(days=1)
# What failed stays on the staff's index for so long, and in the admin's list of the year for ever.
FAILED_SHOWN = timedelta(days=30)
# Letters are read whole, and a Query gives a megabyte at most.
MOST_SHOWN = 20
# A provider's answer is a sentence or two; an item holds 400 KB.
LONGEST_ANSWER = 1000
# A letter that was sent is not copied twice within so long: that is one tap that came twice.
COPIED_JUST_NOW = timedelta(minutes=1)
# RFC 5322, 2.1.1: a header's line is shorter than this; a subject that is not ours to cut is not one.
LONGEST_SUBJECT = 900
# Controls, line and paragraph separators, lone surrogates. Joiners stay: Persian names are written with them.
_UNFIT = frozenset({"Cc", "Zl", "Zp", "Cs"})


class BadLetter(ValueError):
    """A letter that no one should be sent: its address or subject is not fit for a header."""


class AlreadyClaimed(StoreError):
    """Someone else is sending the letter, or has sent it."""


class NothingToSend(ValueError):
    """The letter is not to be sent again as things are."""


class StillOnItsWay(NothingToSend):
    """The letter has not failed: it will be sent without asking."""


class SentAgainAlready(NothingToSend):
    """The letter was sent again meanwhile."""


def write(
    unit: Unit,
    *,
    kind: str,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    about: str,
    language: str = "en",
    ulid: str = "",
    brings: Sequence[Attachment] = (),
) -> Letter:
    """Add a letter to `unit` and return it. It exists when the unit is committed, and is then for `deliver`.

    kind: what sort of letter, a word. to: one bare address. about: what it speaks of, as `audit.subject_of` names it.
    ulid: of a letter whose id has to be known beforehand; it is `{about}.{ulid}`. brings: files that are made after the
    commit; the letter should say where to get them when it has to go without.
    Raises BadLetter when the address or the subject is not fit for a header.
    """
    now = datetime.now(UTC)
    letter = Letter(
        ulid=ulid or str(ULID()),
        purpose=kind,
        about=about,
        to=checked_address(to),
        subject=_checked_subject(subject),
        text=text,
        html=html,
        language=language,
        attachments=attachments.written(brings),
        waits_until=now + WAITS_FOR if brings else None,
        written_at=now,
        month=f"{now:%Y-%m}",
        state=State.QUEUED.value,
        queue=DUE,
        # The writer sends first; the sweeper comes when the writer did not.
        due_at=now + LEASE,
    )
    letter.is_held, letter.is_early = True, bool(brings)
    return unit.put(letter)


def checked_address(address: str) -> str:
    """Return the bare address. Raises BadLetter for anything else: names, lists, line breaks."""
    try:
        validate_email(address)
    except ValidationError as exc:
        raise BadLetter(f"{address!r} is not an e-mail address") from exc
    return address


def _checked_subject(subject: str) -> str:
    if not subject.strip() or len(subject) > LONGEST_SUBJECT or any(category(char) in _UNFIT for char in subject):
        raise BadLetter(f"{subject[:80]!r} is not fit for a subject")
    return subject


def deliver(letter: Letter) -> None:
    """Send a letter right after the commit that wrote it, within seconds.

    What became of it is stored on the letter. When the table does not answer, that is logged and the letter stays due:
    who wrote it has done its own work, and the sweeper takes over. So it does for what brings a file.
    """
    if letter.is_early:
        return
    try:
        attempt(letter)
    except AlreadyClaimed:
        return
    except StoreError:
        logger.exception("letter %s stays due", letter.id)


def attempt(letter: Letter) -> State:
    """Try once to send the letter and return where it stands then.

    Raises AlreadyClaimed when it is not ours to send, StoreError when the table does not answer.
    """
    _check_ours(letter)
    try:
        files = attachments.opened(letter.attachments)
    except attachments.Withdrawn:
        return _fail(letter, "", [ERASED])
    except (attachments.NotReady, StoreUnavailable):
        if letter.waits_until > datetime.now(UTC):
            return _wait(letter)
        files = []
    if not letter.is_held or letter.due_at <= datetime.now(UTC):
        _claim(letter)
        if letter.attempts > MOST_ATTEMPTS:
            return _fail(
                letter, letter.provider, [f"Given up after {MOST_ATTEMPTS} tries, the last of which broke off."]
            )
    else:
        letter.attempts += 1
    letter.is_held = False
    return _hand_over(letter, files)


def _hand_over(letter: Letter, files: Sequence[File]) -> State:
    """Ask the providers in turn, and store what they answered."""
    asked, answers = "", []
    for transport in _in_turn(letter.provider):
        asked = transport.name
        try:
            message_id = transport.send(_message(letter, transport.sender, files))
        except transports.DeliveryError as exc:
            answers.append(f"{transports.LABELS[asked]} {exc.did}: {exc}")
            if not isinstance(exc, transports.Refused):
                return _put_off(letter, asked, answers)
            logger.warning("letter %s refused by %s", letter.id, asked)
        else:
            return _sent(letter, asked, message_id, answers)
    return _fail(letter, asked, answers or ["No sender is set: see SES_SENDER_EMAIL and GMAIL_SENDER_EMAIL."])


def _sent(letter: Letter, provider: str, message_id: str, answers: list[str]) -> State:
    return _move(
        letter,
        State.SENT,
        due_at=None,
        attempts=letter.attempts,
        provider=provider,
        message_id=message_id,
        sent_at=datetime.now(UTC),
        error=_lines(answers),
    )


def _put_off(letter: Letter, provider: str, answers: list[str]) -> State:
    if letter.attempts >= MOST_ATTEMPTS:
        return _fail(letter, provider, answers)
    due_at, error = datetime.now(UTC) + PAUSES[letter.attempts - 1], _lines(answers)
    return _move(letter, State.QUEUED, due_at=due_at, attempts=letter.attempts, provider=provider, error=error)


def _fail(letter: Letter, provider: str, answers: list[str]) -> State:
    now, error = datetime.now(UTC), _lines(answers)
    return _move(letter, State.FAILED, due_at=now, attempts=letter.attempts, provider=provider, error=error)


def _lines(answers: list[str]) -> str:
    return "\n".join(answer[:LONGEST_ANSWER] for answer in answers)


def _in_turn(asked_last: str) -> list[transports.Transport]:
    """Return the providers from the one that was asked last: it may have taken the letter."""
    everyone = transports.configured()
    names = [transport.name for transport in everyone]
    return everyone[names.index(asked_last) :] if asked_last in names else everyone


def _check_ours(letter: Letter) -> None:
    """Raise AlreadyClaimed unless the letter is held here, or due."""
    is_due = letter.state in (State.QUEUED, State.SENDING) and letter.due_at <= datetime.now(UTC)
    if not letter.is_held and not is_due:
        raise AlreadyClaimed(f"letter {letter.id} is {letter.state}")


def _wait(letter: Letter) -> State:
    """Come back in a minute, without counting this as a try."""
    try:
        return _move(letter, State.QUEUED, due_at=datetime.now(UTC) + LEASE)
    except Conflict as exc:
        raise AlreadyClaimed(f"letter {letter.id} is not as it was read") from exc


def _claim(letter: Letter) -> None:
    try:
        # The try is counted before it is made: a letter on which the process ends is given up one day.
        _move(letter, State.SENDING, due_at=datetime.now(UTC) + LEASE, attempts=letter.attempts + 1)
    except Conflict as exc:
        raise AlreadyClaimed(f"letter {letter.id} is not as it was read") from exc


def _move(letter: Letter, state: State, *, unit: Unit | None = None, **changes: Any) -> State:
    """Store the letter's new state, provided that nobody moved it since it was read. Raises StoreError."""
    unit = Unit() if unit is None else unit
    changes = _changes(letter, state, changes)
    unit.update(letter, set=changes, expect=Letter.version == letter.version)
    unit.commit()
    for name, value in changes.items():
        setattr(letter, name, value)
    return state


def _changes(letter: Letter, state: State, changes: dict[str, Any]) -> dict[str, Any]:
    changes = {
        **changes,
        "state": state.value,
        "queue": queue_of(state, datetime.now(UTC)),
        "version": letter.version + 1,
    }
    for name in ("gsi2pk", "gsi2sk"):
        template = Template(Letter.KEYS[name])
        changes[name] = template.fill(lambda field: changes[field] if field in changes else getattr(letter, field))
    if changes["gsi2sk"] is None or changes["gsi2pk"] is None:
        changes["gsi2pk"] = changes["gsi2sk"] = None
    return changes


def _message(letter: Letter, sender: str, files: Sequence[File]) -> EmailMultiAlternatives:
    domain = sender.rpartition("@")[2]
    headers = {
        # The same for every try, so that mailboxes show a duplicate once.
        "Message-ID": f"<{letter.ulid.lower()}@{domain}>",
        # RFC 3834: no out-of-office answers to us.
        "Auto-Submitted": "auto-generated",
        "Content-Language": letter.language,
    }
    from_email = formataddr((settings.SCC_OPERATOR, sender))
    message = EmailMultiAlternatives(letter.subject, letter.text, from_email, [letter.to], headers=headers)
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    for file in files:
        message.attach(file.name, file.data, file.media_type)
    return message


def send_again(letter: Letter, *, by: By, to: str = "", seen: int = 0) -> Letter:
    """Give a failed letter new tries, or write a copy of one. Returns the letter that is then for `deliver`.

    to: another address. A failed letter's copy replaces it, so that it no longer counts as failed.
    seen: the version of the letter that was looked at, so that one tap which comes twice sends once.
    Writes one audit entry about what the letter speaks of. Raises StillOnItsWay for a letter that waits,
    SentAgainAlready when it was done meanwhile, BadLetter for a bad address, and what else `Unit.commit` raises.
    """
    _refuse_needless(letter, seen)
    to = checked_address(to) if to else letter.to
    unit = Unit()
    _note_again(unit, letter, to, by)
    try:
        if letter.state == State.FAILED and to == letter.to:
            return _queue_again(unit, letter)
        return _write_copy(unit, letter, to)
    except Conflict as exc:
        raise SentAgainAlready(f"“{letter}” was sent again just now.") from exc


def may_be_sent_again(letter: Letter) -> bool:
    """Say whether the letter is at an end: it failed, or was sent."""
    return letter.state in (State.FAILED, State.SENT) and bool(letter.to)


def _refuse_needless(letter: Letter, seen: int) -> None:
    if letter.state in (State.QUEUED, State.SENDING):
        raise StillOnItsWay(f"“{letter}” is on its way: it will be tried again by itself.")
    if letter.state == State.ERASED or not letter.to:
        raise NothingToSend("This letter was erased.")
    just_copied = letter.copied_at is not None and letter.copied_at > datetime.now(UTC) - COPIED_JUST_NOW
    if letter.state == State.REPLACED or just_copied or (seen and seen != letter.version):
        raise SentAgainAlready(f"“{letter}” was sent again already.")


def _note_again(unit: Unit, letter: Letter, to: str, by: By) -> None:
    # Whom it went to stands on the letters alone, where erasure finds it.
    where = "" if to == letter.to else ", to another address"
    audit.note(
        unit,
        by=by,
        action="sent again",
        subject=letter.about,
        # The thing itself is of another layer; the letter's subject names it.
        subject_name=letter.subject,
        summary=f"Sent “{letter.subject}” again{where}",
    )


def _queue_again(unit: Unit, letter: Letter) -> Letter:
    _move(letter, State.QUEUED, unit=unit, due_at=datetime.now(UTC) + LEASE, attempts=0, provider="", error="")
    letter.is_held = True
    return letter


def _write_copy(unit: Unit, letter: Letter, to: str) -> Letter:
    copy = write(
        unit,
        kind=letter.purpose,
        to=to,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        about=letter.about,
        language=letter.language,
        brings=attachments.read(letter.attachments),
    )
    copy.is_early = False
    state = State.REPLACED if letter.state == State.FAILED else State.SENT
    _move(letter, state, unit=unit, due_at=None, copied_at=copy.written_at, copied_as=copy.ulid)
    return copy


def due(*, now: datetime, limit: int = 100) -> Iterator[Letter]:
    """Give the letters that are due, the longest waiting first. One Query each `limit` letters."""
    after: Letter | None = None
    while True:
        page = Letter.listing(known={"queue": DUE}, index="gsi2", high=now, limit=limit, after=after)
        yield from page
        if not page.more:
            return
        after = page.rows[-1]


def stuck(*, now: datetime) -> int:
    """Return how many letters need someone: failed for good within a day, or due for over an hour.

    Two Queries of the queues, which lag by milliseconds; three on New Year's Day.
    """
    lately = now - FAILED_LATELY
    failed = sorted({queue_of(State.FAILED, since) for since in (lately, now)})
    overdue = Letter.listing(known={"queue": DUE}, index="gsi2", high=now - OVERDUE)
    return len(overdue) + sum(len(Letter.listing(known={"queue": queue}, index="gsi2", low=lately)) for queue in failed)


def failed_lately(*, now: datetime) -> Page[Letter]:
    """Return the letters that failed within 30 days, the latest first, and whether there are more than are shown.

    Two Queries on every day of the year: those of this year's queue, and of the last one's.
    """
    since = now - FAILED_SHOWN
    last_year = now.replace(month=1, day=1) - timedelta(days=1)
    queues = [queue_of(State.FAILED, moment) for moment in (now, last_year)]
    pages = [
        Letter.listing(known={"queue": queue}, index="gsi2", low=since, forward=False, limit=MOST_SHOWN)
        for queue in queues
    ]
    found = [letter for page in pages for letter in page]
    return Page(found[:MOST_SHOWN], more=len(found) > MOST_SHOWN or any(page.more for page in pages))


def letters_about(subject: str) -> list[Letter]:
    """Return every letter about the thing that `subject` names, the newest first. One Query.

    subject: as `audit.subject_of` gives it, `PAYMENT#2026-05-23.01JV...`.
    """
    return Letter.listing(known={"about": subject}, forward=False).rows
