"""The admin's list of entries: a page of a month, and under it what the page and the month add up to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR
from django.http import HttpRequest

from payments.filters import month_of, tallies_of
from payments.models import Payment
from payments.months import BadMonth, Figures, Month
from payments.sums import Sums
from scc.dynamo.changelist import DynamoChangeList
from scc.dynamo.models import DynamoModel
from scc.dynamo.paths import EQUAL
from scc.dynamo.query import DynamoQuerySet

# What narrows a list of entries, and is known of a tally too.
_TALLIED = frozenset({"event_id", "method", "recorded_by"})


class Narrowed(DynamoChangeList):
    """What the search and the filters leave of the month. Reads no entry."""

    def get_results(self, request: HttpRequest) -> None:
        try:
            self.month = Month.parse(month_of(request))
        except BadMonth as exc:
            raise IncorrectLookupParameters(str(exc)) from exc
        self.month_tallies = tallies_of(request)
        self.tallies = self._matching(self.month_tallies)

    @property
    def entries(self) -> DynamoQuerySet[DynamoModel]:
        return cast("DynamoQuerySet[DynamoModel]", self.queryset)

    @property
    def entries_rising(self) -> DynamoQuerySet[DynamoModel]:
        """The entries, the first logged first; of a search by name, in the order of names."""
        leading = str(self.entries.query.order_by[0])
        return self.entries.order_by(leading.removeprefix("-"))

    @property
    def most_entries(self) -> int:
        """How many they are; at most, where tallies do not know."""
        return sum(tally.entries for tally in self._likely)

    @property
    def slugs(self) -> list[str]:
        """The departures on which they may be."""
        return sorted({tally.event_id for tally in self._likely})

    @property
    def _likely(self) -> list[Figures]:
        return self.month_tallies if self.tallies is None else self.tallies

    def _matching(self, tallies: Iterable[Figures]) -> list[Figures] | None:
        """Return the tallies of what is left; None when they do not know it, as of kinds and of names."""
        wanted = [want for want in self.entries.wanted if want.attribute != "month"]
        if any(want.attribute not in _TALLIED or want.lookup != EQUAL for want in wanted):
            return None
        return [tally for tally in tallies if all(getattr(tally, each.attribute) == each.value for each in wanted)]


class PaymentList(Narrowed):
    """A page of the month with its sums, and the month's."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        DynamoChangeList.get_results(self, request)
        self.page_sums = Sums.of_entries(obj.entry for obj in cast("list[Payment]", self.result_list))
        self.month_sums = Sums.of_tallies(self.tallies) if self.tallies is not None else None
        # One method's table has one line.
        self.by_method = not any(want.attribute == "method" for want in self.entries.wanted)

    @property
    def export_query(self) -> str:
        return self.get_query_string({"month": str(self.month)}, [PAGE_VAR])
