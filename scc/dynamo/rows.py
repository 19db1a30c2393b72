"""Rows: what is stored, one class for each kind of item in the one table.

A row names its keys by templates over its own attributes:

    class Event(Row, discriminator="EVENT"):
        # pk EVENT#2026-05-23-sunset, sk META
        ID = "{slug}"
        KEYS = {"pk": "EVENT#{slug}", "sk": "META", "gsi1pk": "EVENT#{year}", "gsi1sk": "{starts_at}#{slug}"}

`ID` is the one string by which the admin's addresses name the row. `PERSONAL` names the attributes that hold
personal data; every kind of row says so, also when there are none.

`REMOVABLE` says that a unit of work may remove rows of the kind. Nothing is deleted: a removed row gets `expires_at`
and leaves its indexes, DynamoDB's TTL takes it out of the table within days, and until then no reader here gives it
and no write takes it for there. See docs/adr/0011-removal-by-expiry.md.

`UPGRADES` says how items that were stored otherwise before become rows of today: see `scc.dynamo.shapes`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

from django.conf import settings
from pynamodb.attributes import DiscriminatorAttribute, UnicodeAttribute
from pynamodb.connection.table import TableConnection
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from scc.dynamo.answers import reading
from scc.dynamo.attributes import IntegerAttribute
from scc.dynamo.fast import FastContainer
from scc.dynamo.indexes import INDEX_KEYS, ByDate, ByName, Index
from scc.dynamo.keys import may_be_key, template
from scc.dynamo.lists import Page, asked
from scc.dynamo.shapes import Older, Upgrade, rederived, upgraded


class Row(FastContainer, Model):
    """An item of the table. Subclasses give `ID`, `KEYS` and `PERSONAL`, and `REMOVABLE` where it holds."""

    class Meta:
        table_name = settings.SCC_TABLE

    ID: ClassVar[str]
    KEYS: ClassVar[Mapping[str, str]]
    PERSONAL: ClassVar[frozenset[str]]
    REMOVABLE: ClassVar[bool] = False
    UPGRADES: ClassVar[tuple[Upgrade, ...]] = ()

    kind = DiscriminatorAttribute()
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    gsi1pk = UnicodeAttribute(null=True)
    gsi1sk = UnicodeAttribute(null=True)
    gsi2pk = UnicodeAttribute(null=True)
    gsi2sk = UnicodeAttribute(null=True)
    version = IntegerAttribute(default=1)
    # The unit of work that wrote last, by which a lost answer is told from a conflict.
    unit = UnicodeAttribute(null=True)
    # The second after which DynamoDB may drop the item. A removable row has it from its removal on.
    expires_at = IntegerAttribute(null=True)
    # Which shape of its kind it has, where that is not the first.
    shape = IntegerAttribute(null=True)

    # What the item was, where it is of an older shape; and of a part that is not stored yet, what it is split off.
    older: Older | None = None
    split_from: Row | None = None

    by_date = ByDate()
    by_name = ByName()

    @property
    def id(self) -> str:
        """The one string that names this row among its kind."""
        text = self._filled(self.ID)
        if text is None:
            raise ValueError(f"{type(self).__name__} lacks an attribute of its ID {self.ID!r}")
        return text

    def stamp(self) -> Self:
        """Set every key attribute from the templates, and what upgrades say that follows from others.

        Raises ValueError when `pk` or `sk` cannot be filled.
        """
        self.pk, self.sk = self._filled(self.KEYS["pk"]), self._filled(self.KEYS["sk"])
        self.shape = self.last_shape()
        rederived(self)
        self.stamp_indexes()
        if not self.pk or not self.sk:
            raise ValueError(f"{type(self).__name__} lacks an attribute of its keys {self.KEYS!r}")
        return self

    def stamp_indexes(self) -> Self:
        """Set the keys of the indexes from the templates, and no others."""
        for name in INDEX_KEYS:
            template = self.KEYS.get(name)
            setattr(self, name, self._filled(template) if template else None)
        return self

    @classmethod
    def last_shape(cls) -> int | None:
        """Return the shape of what is stored now, None where that is the first."""
        return 1 + len(cls.UPGRADES) if cls.UPGRADES else None

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        """Return the row that an item of any shape is. Raises ValueError, TypeError for what is none."""
        row = super().from_raw_data(data)
        return upgraded(row) if row.UPGRADES else row

    @property
    def is_removed(self) -> bool:
        """Whether the row was removed. Its being marked says so, not the clock, which is another in each process."""
        return self.REMOVABLE and self.expires_at is not None

    def removal(self) -> dict[str, Any]:
        """Return what an update sets to remove this row: attribute name to value, None for what goes.

        Raises TypeError for a kind that is not removable.
        """
        if not self.REMOVABLE:
            raise TypeError(f"{type(self).__name__} is not removable: what is stored of it stays")
        in_indexes = [name for name in self.KEYS if name not in {"pk", "sk"}]
        return {"expires_at": int(time.time()), **dict.fromkeys(in_indexes)}

    @classmethod
    def is_there(cls) -> Condition:
        """Return the condition that there is such a row, and that it was not removed."""
        there = cls.pk.exists()
        return there & cls.expires_at.does_not_exist() if cls.REMOVABLE else there

    @classmethod
    def is_free(cls) -> Condition:
        """Return the condition that there is no such row, or one that was removed."""
        free = cls.pk.does_not_exist()
        return free | cls.expires_at.exists() if cls.REMOVABLE else free

    def _filled(self, text: str) -> str | None:
        # Past PynamoDB's descriptors, for what they would find.
        values = self.attribute_values
        return template(text).fill(lambda field: values[field] if field in values else getattr(self, field))

    @classmethod
    def _get_connection(cls) -> TableConnection:
        # One client for all kinds: PynamoDB would make one (150 ms) for each class.
        connection: TableConnection = Model.__dict__["_get_connection"].__func__(Row)
        return connection

    @classmethod
    def at(cls, id: str) -> Self:
        """Return a row that has its keys and nothing else, for a check or an update of what is at `id`.

        Raises ValueError when `id` is not of the form of `ID`.
        """
        known = template(cls.ID).parse(id)
        if known is None:
            raise ValueError(f"{id!r} is no id of {cls.__name__}: {cls.ID}")
        row = cls()
        for name, value in known.items():
            setattr(row, name, value)
        row.pk, row.sk = cls.keys_for(**known)
        return row

    @classmethod
    def keys_for(cls, **attributes: object) -> tuple[str, str]:
        """Return (pk, sk) filled with `attributes`. Raises ValueError when one is missing."""
        pk = template(cls.KEYS["pk"]).fill(attributes.get)
        sk = template(cls.KEYS["sk"]).fill(attributes.get)
        if pk is None or sk is None:
            raise ValueError(f"{cls.__name__} needs every attribute of {cls.KEYS['pk']} and {cls.KEYS['sk']}")
        return pk, sk

    @classmethod
    def ping(cls) -> None:
        """Ask the table for a row that is never there. Raises StoreUnavailable when there is no answer, or no table."""
        with reading():
            cls._get_connection().get_item("PING", range_key="PING")

    @classmethod
    def fetch(cls, **attributes: object) -> Self | None:
        """Return the row whose keys `attributes` fill, read consistently, or None. One GetItem.

        Raises StoreUnavailable when the table does not answer.
        """
        pk, sk = cls.keys_for(**attributes)
        if not may_be_key(pk, sk):
            return None
        with reading():
            data = cls._get_connection().get_item(pk, range_key=sk, consistent_read=True)
        item = (data or {}).get("Item")
        return next(iter(cls.present([item])), None) if item else None

    @classmethod
    def fetch_many(
        cls, keys: Iterable[tuple[str, str]], *, only: Sequence[str] | None = None
    ) -> dict[tuple[str, str], Self]:
        """Return the rows at `keys` ((pk, sk) each) that exist, read consistently. One BatchGetItem a hundred keys.

        only: names of attributes; the rows have their keys, these, and little else.
        """
        always = ("pk", "sk", "kind", "expires_at", *cls._upgraded_from())
        wanted = None if only is None else [*dict.fromkeys((*always, *only))]
        with reading():
            places = [key for key in dict.fromkeys(keys) if may_be_key(*key)]
            rows = cls.batch_get(places, consistent_read=True, attributes_to_get=wanted)
            return {(row.pk, row.sk): row for row in rows if not row.is_removed}

    @classmethod
    def _upgraded_from(cls) -> Iterator[str]:
        """Give what a row of this kind is upgraded from; of `Row` itself, a row of any kind."""
        if cls.UPGRADES:
            yield "shape"
            for upgrade in cls.UPGRADES:
                yield from upgrade.reads
            for text in cls.KEYS.values():
                yield from template(text).fields
        for kind in cls.__subclasses__():
            yield from kind._upgraded_from()

    @classmethod
    def collection(cls, pk: str) -> list[Row]:
        """Return every row of one partition, all kinds, in the order of `sk`, read consistently.

        One Query for each megabyte. Raises StoreUnavailable when the table does not answer.
        """
        return [row for page in cls.pages_of(pk) for row in page]

    @classmethod
    def pages_of(cls, pk: str, *, size: int | None = None) -> Iterator[list[Row]]:
        """Give what `collection` returns page by page, for who keeps little of it. size: how many items a page has."""
        start: dict[str, Any] | None = None
        while True:
            with reading():
                data = cls._get_connection().query(pk, consistent_read=True, limit=size, exclusive_start_key=start)
            yield Row.present(data["Items"])
            start = data.get("LastEvaluatedKey")
            if not start:
                return

    @classmethod
    def listing(
        cls,
        *,
        known: Mapping[str, object],
        index: Index | None = None,
        low: object = None,
        high: object = None,
        prefix: str | None = None,
        forward: bool = True,
        limit: int | None = None,
        after: Row | None = None,
        where: Condition | None = None,
        ahead: bool = True,
    ) -> Page[Self]:
        """Return rows of this kind that share a partition, in the order of its sort key.

        known: values for the partition's template, and for as many leading attributes of the sort template as wanted.
        low, high: bounds (inclusive) of the first open attribute of the sort template.
        prefix: text that the first open attribute begins with.
        limit: how many rows at most.
        ahead: read one row more than `limit`, to tell whether there are more.
        after: a row of the list; the page starts behind it, in the direction of `forward`.
        where: a FilterExpression, applied after reading; it saves no capacity.

        The base table is read consistently; indexes lag by milliseconds. Raises StoreUnavailable.
        """
        query = asked(cls, known, index, low, high, prefix)
        if query is None:
            return Page([], more=False)
        want = None if limit is None else limit + ahead
        rows: list[Self] = []
        # A limit counts before the filter; with one, whole pages are cheaper than many short ones.
        size = want if where is None else None
        for page in query.pages(forward=forward, where=where, size=size, after=after):
            rows += page
            if want is not None and len(rows) >= want:
                break
        if limit is None:
            return Page(rows, more=False)
        return Page(rows[:limit], more=len(rows) > limit)

    @classmethod
    def each(
        cls,
        *,
        known: Mapping[str, object],
        index: Index | None = None,
        low: object = None,
        high: object = None,
        prefix: str | None = None,
        forward: bool = True,
        where: Condition | None = None,
    ) -> Iterator[Self]:
        """Give what `listing` returns without a limit, as it is read: never more than a megabyte of it is held."""
        query = asked(cls, known, index, low, high, prefix)
        if query is not None:
            for page in query.pages(forward=forward, where=where):
                yield from page

    @classmethod
    def present(cls, items: Iterable[dict[str, Any]]) -> list[Self]:
        """Return the rows of `items`, without those that were removed."""
        return [row for row in map(cls.from_raw_data, items) if not row.is_removed]
