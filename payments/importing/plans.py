"""What becomes of a departure's lines, by what is stored. Asks the table nothing.

A line is known again by its key, which its entry keeps (`import_key`). One with an `external_id` is also known by an
entry that has this as its reference, whoever logged it; and by what it says, so that giving lines an `external_id`
later carries nothing twice, and leaving it out neither. What staff did to an entry since is left as it is, and the line
unchanged.

A line without `external_id` that differs from an imported entry, which no line of the file says, in one thing alone is
taken for that one, edited.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from events.rows import Patron
from payments.books import Book, Left
from payments.drafts import Draft
from payments.importing import backs, differences
from payments.importing.alike import Alike
from payments.importing.lines import Back, Said, payment_key
from payments.importing.stored import Stored
from payments.importing.unsaid import Unsaid
from payments.rows import Kind, Origin, Payment, Reference
from scc.dynamo.folding import fold
from scc.imports.lines import BadLine
from scc.money import decimal_text

Verdict = Literal["new", "unchanged", "reported"]

_TELL_APART = "Are they two, tell them apart by external_id"


@dataclass
class Fate:
    """What becomes of a line: its payment is added, or what was given back of it, or both."""

    said: Said
    verdict: Verdict
    reason: str = ""
    party: Patron | None = None
    adds_payment: bool = False
    adds_back: bool = False
    # The stored payment that money is given back of; None where this file adds it.
    of: Payment | None = None
    guesses: list[str] = field(default_factory=list)


def plan(book: Book, lines: Sequence[Said]) -> list[Fate]:
    """Return what becomes of each of `lines`, in their order."""
    return _Planner(Stored(book), lines).plan()


class _Planner:
    def __init__(self, stored: Stored, lines: Sequence[Said]) -> None:
        self.stored = stored
        self.lines = lines
        self.first: dict[str, Said] = {}
        self.alike = Alike()
        self.looks_like: dict[int, Said] = {}
        self.fates: dict[int, Fate] = {}
        self.said = {each.key for each in lines} | {each.back_key for each in lines if each.back}
        # Entries that a line was found to say, by their ulid.
        self.claimed: set[str] = set()
        self.references: dict[tuple[str, str], Said] = {}
        # The payments of this file by their key: those that it adds, and the entries that others are.
        self.adds: set[str] = set()
        self.entry_of: dict[str, Payment] = {}
        # What is left of a payment, by its reference, or by its key where this file adds it.
        self.left: dict[str, Left] = {}

    def plan(self) -> list[Fate]:
        single = [each for each in self.lines if self._is_single(each)]
        payments = [(each, each.payment) for each in single if each.payment]
        found = {id(each): self._find(each, draft) for each, draft in payments}
        self.unsaid = Unsaid(
            entry
            for entry in self.stored.by_key.values()
            if entry.entry_kind == Kind.PAYMENT and entry.import_key not in self.said and entry.ulid not in self.claimed
        )
        for each, draft in payments:
            found[id(each)] = found[id(each)] or self._find_nameless(each, draft)
        for each, draft in payments:
            entry = found[id(each)]
            if entry is not None:
                self.entry_of[each.payment_key] = entry
            self._settle(each, draft, entry)
        # Exports begin with the newest line, and so with what was given back.
        for each in single:
            if each.back and not each.payment:
                self._settle_back(each, each.back)
        return [self.fates[id(each)] for each in self.lines]

    def _fate(self, said: Said, verdict: Verdict, reason: str = "") -> Fate:
        return self.fates.setdefault(id(said), Fate(said, verdict, reason))

    def _is_single(self, said: Said) -> bool:
        first = self.first.setdefault(said.key, said)
        if first is said:
            return self._is_unlike(said)
        is_same = first.content_key == said.content_key
        text = f"says the same as {first.line.place}" if is_same else f"external_id: {first.line.place} has it, too"
        self._fate(said, "reported", text)
        return False

    def _is_unlike(self, said: Said) -> bool:
        """Say whether no line before says the same otherwise; note one that only looks like it."""
        found = self.alike.add(said, said.payment) if said.payment else None
        if found is None:
            return True
        other, is_same = found
        if is_same:
            told = f"says the same as {other.line.place} in other words"
            self._fate(said, "reported", f"{told}. {_TELL_APART}")
            return False
        self.looks_like[id(said)] = other
        return True

    # Payments

    def _find(self, said: Said, draft: Draft) -> Payment | None:
        """Return the entry that is the line's, and let no other line have it."""
        entry = self.stored.by_key.get(said.key)
        if entry is None and said.also_called:
            entry = self.stored.by_key.get(payment_key(said.also_called))
        entry = entry or self._by_reference(said, draft)
        if entry is None and said.external_id and said.content_key not in self.first:
            entry = self.stored.by_key.get(said.content_key)
        if entry is None or entry.ulid in self.claimed:
            return None
        self.claimed.add(entry.ulid)
        return entry

    def _by_reference(self, said: Said, draft: Draft) -> Payment | None:
        """Return an entry that someone logged under the name that the other system has for it."""
        found = (entry for name in said.names for entry in self.stored.with_reference(draft.method, name))
        return next((entry for entry in found if not entry.import_key and not entry.corrects), None)

    def _find_nameless(self, said: Said, draft: Draft) -> Payment | None:
        """Return the entry that a line says in all, which no other line is, and which came under an `external_id`."""
        entry = None if said.external_id else self.unsaid.take_same(draft)
        if entry is not None:
            self.claimed.add(entry.ulid)
        return entry

    def _settle(self, said: Said, draft: Draft, entry: Payment | None) -> None:
        if entry is None:
            self._settle_new(said, draft)
            return
        versions = self.stored.versions(entry)
        told = [_differences(said, draft, version) for version in versions]
        if not all(told):
            self._settle_known(said, versions)
        else:
            self._fate(said, "reported", f"{versions[-1].reference}: {'; '.join(told[-1])}")

    def _settle_new(self, said: Said, draft: Draft) -> None:
        if not said.external_id and (edited := self._edited(said, draft)):
            # One that says not when may differ in that alone.
            told = "; ".join(_differences(said, draft, edited) or differences.of_all(draft, edited, says_when=True))
            self._fate(said, "reported", f"{edited.reference}: {told}. {_TELL_APART}")
            return
        fate = self._fate(said, "new")
        fate.adds_payment, fate.adds_back = True, said.back is not None
        fate.party = self._party(draft, fate)
        if not self._note_reference(said, draft, fate):
            self._note_look_alike(said, draft, fate)
        self.adds.add(said.payment_key)
        self.left[said.payment_key] = _less(Left(draft.amount_cents, draft.tip_cents), said.back)

    def _settle_known(self, said: Said, versions: list[Payment]) -> None:
        """Settle a line that is stored: what may be new is what was given back since."""
        entry, back = versions[-1], said.back
        if back is None or entry.reference in self.stored.book.voided or self._knows_back(said, back, entry):
            self._fate(said, "unchanged")
            return
        stored = self._given_back(entry)
        if stored or said.back_key in self.stored.by_key:
            here = decimal_text(back.amount_cents)
            self._fate(said, "reported", f"{entry.reference}: given back {here} here, {decimal_text(stored)} stored")
            return
        self._settle_more_back(said, back, entry)

    def _knows_back(self, said: Said, back: Back, entry: Payment) -> bool:
        """Say whether what was given back is stored as the line says, or was when staff voided it."""
        own = self.stored.by_key.get(said.back_key)
        return back.amount_cents in (self._given_back(entry), own and own.amount_cents)

    def _given_back(self, entry: Payment) -> int:
        """Return what was given back of an entry, whoever said so; what was carried over was not."""
        taken = self.stored.book.taken_from(entry)
        return sum(each.amount_cents for each in taken if each.entry_kind == Kind.REFUND)

    def _edited(self, said: Said, draft: Draft) -> Payment | None:
        return self.unsaid.take_edited(draft, says_when=said.said_at is not None)

    def _party(self, draft: Draft, fate: Fate) -> Patron | None:
        called = self.stored.parties.get(fold(draft.patron_name), [])
        if len(called) == 1:
            fate.guesses.append(f"is for the party of {called[0].name}, by its name")
            return called[0]
        if called:
            fate.guesses.append(f"is for no party: {len(called)} are called {called[0].name}")
        return None

    def _note_reference(self, said: Said, draft: Draft, fate: Fate) -> bool:
        """Point out that the other side's reference came before, on this departure. Returns whether it did."""
        method, text = draft.method, draft.external_reference
        if not text:
            return False
        others = [entry.reference for entry in self.stored.with_reference(method, text)[:1]]
        first = self.references.setdefault((method, Reference.digest_of(text)), said)
        if first is not said:
            others.append(first.line.place)
        fate.guesses += [f"is another payment than {other}, which has the reference {text}, too" for other in others]
        return bool(others)

    def _note_look_alike(self, said: Said, draft: Draft, fate: Fate) -> None:
        """Point out that another line may say it, or that someone may have logged it by hand."""
        if (line := self.looks_like.get(id(said))) is not None:
            fate.guesses.append(f"is another payment than {line.line.place}, which looks the same")
        entry = self.stored.take_look_alike(draft)
        if entry is not None:
            fate.guesses.append(
                f"is another payment than {entry.reference}, which looks the same and was logged by hand"
            )

    # What was given back

    def _settle_back(self, said: Said, back: Back) -> None:
        if said.key in self.stored.by_key:
            self._fate(said, "unchanged")
            return
        try:
            known = self._payment_of(said)
        except BadLine as exc:
            self._fate(said, "reported", str(exc))
            return
        if known and self._is_given_back(back, known):
            self._fate(said, "unchanged")
            return
        if known and (told := self._edited_back(back, known)):
            self._fate(said, "reported", f"{told}. Are they two, tell them apart by reference")
            return
        self._settle_more_back(said, back, known)

    def _settle_more_back(self, said: Said, back: Back, known: Payment | None) -> None:
        """Settle what was given back since, as far as so much is left. known: None where this file adds the payment."""
        key = known.reference if known else said.payment_key
        if known:
            self.left.setdefault(key, self.stored.book.left_of(known))
        left = self.left[key]
        if back.amount_cents > left.amount_cents or back.tip_cents > left.tip_cents:
            name = known.reference if known else "the payment"
            self._fate(said, "reported", f"gives back more than is left of {name}, {decimal_text(left.amount_cents)}")
            return
        self.left[key] = _less(left, back)
        fate = self._fate(said, "new")
        fate.adds_back, fate.of = True, known

    def _payment_of(self, said: Said) -> Payment | None:
        """Return the stored payment that a line gives back of, None where this file adds it. Raises BadLine."""
        if said.payment_key in self.adds:
            return None
        entry = self.entry_of.get(said.payment_key) or self.stored.by_key.get(payment_key(said.external_id))
        if entry is None:
            entry = next(
                (each for each in self.stored.book.entries if _is_called(each, said.external_id)),
                None,
            )
        if entry is None:
            raise BadLine(f"gives back a payment that is not on {self.stored.book.event.slug}: {said.external_id}")
        last = self.stored.versions(entry)[-1]
        if last.reference in self.stored.book.voided:
            raise BadLine(f"gives back {last.reference}, which is void")
        return last

    def _is_given_back(self, back: Back, entry: Payment) -> bool:
        """Say whether someone logged that by hand, and no other line says it."""
        for each in self.stored.book.taken_from(entry):
            is_same = (each.amount_cents, each.tip_cents) == (back.amount_cents, back.tip_cents)
            if is_same and not each.import_key and each.ulid not in self.claimed:
                self.claimed.add(each.ulid)
                return True
        return False

    def _edited_back(self, back: Back, payment: Payment) -> str:
        """Return how a line differs from an imported refund that it may be, and that no line says; "" if none."""
        draft = backs.draft_of(back, payment, self.stored.book.event)
        for each in self.stored.book.taken_from(payment):
            is_free = each.import_key and each.import_key not in self.said and each.ulid not in self.claimed
            if is_free and (told := backs.edited(back, draft, each)):
                self.claimed.add(each.ulid)
                return f"{each.reference}: {told[0]}"
        return ""


def _is_called(entry: Payment, external_id: str) -> bool:
    is_payment = entry.entry_kind == Kind.PAYMENT and not entry.corrects
    return is_payment and Reference.digest_of(entry.external_reference) == Reference.digest_of(external_id)


def _less(left: Left, back: Back | None) -> Left:
    return left if back is None else Left(left.amount_cents - back.amount_cents, left.tip_cents - back.tip_cents)


def _differences(said: Said, draft: Draft, entry: Payment) -> list[str]:
    if entry.origin == Origin.IMPORT and not entry.corrects:
        return differences.of_all(draft, entry, says_when=said.said_at is not None, names=said.names)
    # What someone typed is written as people write it; of money that moved there is one truth.
    return differences.of_money(draft, entry)
