"""Which party of the manifest each line of a file is.

A line with an `external_id` is the party that was carried with it. Other lines, and those of which none was, are the
party that was carried from a line that said all the same; else the party of that name, by folded name, where there are
several the one with the same address or telephone, else the first that is left. So a party that staff booked by hand is
not booked again.

What staff changed or took off stays so: a line that says what it said when it was carried is *unchanged*, whatever the
party is by now. A line that says otherwise than both is a conflict. So is one of someone who was taken off or erased,
known by `events.gone`, and one without `external_id` whose party, as it looks, was carried under another name: one that
no line says any more, and that has its address or telephone or differs in nothing but the name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

from events import rows
from events.importing.cells import contradicts, shares_contact
from events.importing.party_lines import Said, differences

Fits = Callable[[Said, rows.Patron], bool]


class Matches:
    """The parties that lines are, of those that are stored."""

    def __init__(self, said: Sequence[Said], stored: Sequence[rows.Patron]) -> None:
        self._found: dict[str, rows.Patron] = {}
        self._left = {party.ulid: party for party in stored}
        by_key = _by(lambda party: party.import_key, stored)
        by_digest = _by(lambda party: party.import_digest, stored)
        by_name = _by(lambda party: party.folded_name, stored)
        self._pair(said, lambda each: by_key[each.key] if each.key else (), _always)
        self._pair(said, lambda each: by_digest[each.digest], _may_be)
        self._pair(said, lambda each: by_name[each.party.folded_name], _is_reached_alike)
        self._pair(said, lambda each: by_name[each.party.folded_name], _is_not_another)

    def of(self, said: Said) -> rows.Patron | None:
        """Return the party that a line is, or None."""
        return self._found.get(said.party.ulid)

    def renamed(self, said: Said) -> rows.Patron | None:
        """Return the party that a line seems to be under another name, or None."""
        if said.key:
            return None
        carried = (party for party in self._left.values() if party.import_digest and not party.import_key)
        return next((party for party in carried if _seems(said.party, party)), None)

    def _pair(self, said: Sequence[Said], candidates: Callable[[Said], Iterable[rows.Patron]], fits: Fits) -> None:
        for each in said:
            if each.party.ulid in self._found:
                continue
            found = next((party for party in candidates(each) if party.ulid in self._left and fits(each, party)), None)
            if found is not None:
                self._found[each.party.ulid] = self._left.pop(found.ulid)


def _by(key: Callable[[rows.Patron], Hashable], stored: Sequence[rows.Patron]) -> dict[Hashable, list[rows.Patron]]:
    parties: dict[Hashable, list[rows.Patron]] = defaultdict(list)
    for party in stored:
        parties[key(party)].append(party)
    return parties


def _always(_: Said, __: rows.Patron) -> bool:
    return True


def _may_be(said: Said, party: rows.Patron) -> bool:
    """Two with numbers of their own are two."""
    return not (said.key and party.import_key)


def _is_reached_alike(said: Said, party: rows.Patron) -> bool:
    here = said.party
    return _may_be(said, party) and shares_contact(here.email, here.phone, party.email, party.phone)


def _is_not_another(said: Said, party: rows.Patron) -> bool:
    """A line with a number of its own, that is reached otherwise, is someone else of that name."""
    here = said.party
    return _may_be(said, party) and not (said.key and contradicts(here.email, here.phone, party.email, party.phone))


def _seems(here: rows.Patron, party: rows.Patron) -> bool:
    alike = shares_contact(here.email, here.phone, party.email, party.phone)
    return alike or not differences(here, party, but="name")
