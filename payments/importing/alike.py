"""Lines of one file that say nearly the same payment: someone typed it twice, or a tool logged it twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from datetime import datetime
from itertools import chain

from payments.drafts import Draft
from payments.importing import differences
from payments.importing.lines import Said
from scc.dynamo.folding import fold


class Alike:
    """The lines that came before, by who paid what, how and when."""

    def __init__(self) -> None:
        # Those without `external_id` apart, as one that has it is like no other that has one.
        self._named: dict[Hashable, list[tuple[Said, Draft]]] = defaultdict(list)
        self._nameless: dict[Hashable, list[tuple[Said, Draft]]] = defaultdict(list)

    def add(self, said: Said, draft: Draft) -> tuple[Said, bool] | None:
        """Return a line from before that is like this one, and whether it is the same payment; None if there is none.

        Two with an `external_id` or a reference of their own are two. Others are the same where they are of the same
        second, or differ in nothing but the name's spelling; who pays the same twice on a day may be two.
        """
        key = (fold(draft.patron_name), draft.amount_cents, draft.tip_cents, draft.method, draft.paid_at)
        before = chain(self._nameless[key], () if said.external_id else self._named[key])
        found = next((each for each in before if not differences.has_other_reference(draft, each[1])), None)
        (self._named if said.external_id else self._nameless)[key].append((said, draft))
        if found is None:
            return None
        other, its = found
        is_named = bool(said.external_id or other.external_id)
        return other, isinstance(said.said_at, datetime) or (not is_named and _rest(draft) == _rest(its))


def _rest(draft: Draft) -> tuple[str, str, str]:
    return draft.external_reference, draft.note, draft.patron_email
