"""Kinds that were stored otherwise before: one of each sort of migration, and items of their first shape."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from pynamodb.attributes import UnicodeAttribute

from scc.dynamo.attributes import IntegerAttribute, TextAttribute
from scc.dynamo.folding import fold
from scc.dynamo.rows import Row
from scc.dynamo.shapes import Upgrade, part_of
from scc.dynamo.units import Unit

Item = dict[str, Any]


class Skipper(Row, discriminator="TEST-SKIPPER"):
    """An attribute was added, and a key of it."""

    # SKIPPER#7 / META; SKIPPERS / ana lopez#7
    ID = "{number}"
    KEYS = {"pk": "SKIPPER#{number}", "sk": "META", "gsi2pk": "SKIPPERS", "gsi2sk": "{folded_name}#{number}"}
    PERSONAL = frozenset()
    REMOVABLE = True
    UPGRADES = (Upgrade(reads=("name",), gives=lambda skipper: {"folded_name": fold(skipper["name"])}),)

    number = UnicodeAttribute()
    name = UnicodeAttribute()
    folded_name = TextAttribute()
    note = TextAttribute()
    trips = IntegerAttribute(default=0)


class Locker(Row, discriminator="TEST-LOCKER"):
    """Its index had another template: `LOCKERS`, for all harbors."""

    # LOCKER#7 / META; LOCKERS#avalon / 7
    ID = "{number}"
    KEYS = {"pk": "LOCKER#{number}", "sk": "META", "gsi1pk": "LOCKERS#{harbor}", "gsi1sk": "{number}"}
    PERSONAL = frozenset()
    UPGRADES = (Upgrade(),)

    number = UnicodeAttribute()
    harbor = UnicodeAttribute()


class Logbook(Row, discriminator="TEST-LOGBOOK"):
    """Its pages were in it."""

    # LOGBOOK#7 / META
    ID = "{number}"
    KEYS = {"pk": "LOGBOOK#{number}", "sk": "META"}
    PERSONAL = frozenset()
    UPGRADES = (
        Upgrade(
            reads=("number", "pages"),
            gives=lambda _: {"pages": None},
            splits=lambda book: [LogPages(number=book["number"], pages=book["pages"])],
        ),
    )

    number = UnicodeAttribute()
    title = TextAttribute()
    pages = TextAttribute()


class LogPages(Row, discriminator="TEST-LOGPAGES"):
    # LOGBOOK#7 / PAGES
    ID = "{number}"
    KEYS = {"pk": "LOGBOOK#{number}", "sk": "PAGES"}
    PERSONAL = frozenset()

    number = UnicodeAttribute()
    pages = TextAttribute()


def old_skipper(number: str = "7", name: str = "Ana López") -> Item:
    return stored(Skipper(number=number, name=name), pk=f"SKIPPER#{number}", sk="META")


def old_locker(number: str = "7") -> Item:
    keys = {"pk": f"LOCKER#{number}", "sk": "META", "gsi1pk": "LOCKERS", "gsi1sk": number}
    return stored(Locker(number=number, harbor="avalon"), **keys)


def old_logbook(number: str = "7", pages: str = "Calm") -> Item:
    return stored(Logbook(number=number, title="Of 2026", pages=pages), pk=f"LOGBOOK#{number}", sk="META")


def stored(row: Row, **keys: str) -> Item:
    """Store `row` as a release of before did, without a shape, and return the item."""
    for name, value in keys.items():
        setattr(row, name, value)
    item = row.serialize()
    client().put_item(TableName=settings.SCC_TABLE, Item=item)
    return item


def item_at(pk: str, sk: str = "META") -> Item:
    """Return the item as it is stored, {} for none."""
    answer = client().get_item(
        TableName=settings.SCC_TABLE, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
    )
    item: Item = answer.get("Item", {})
    return item


def client() -> Any:
    return Row._get_connection().connection.client


def rename(name: str, number: str = "7") -> None:
    """Give a skipper another name, as a rule does: read, change, expect the version."""
    skipper = Skipper.fetch(number=number)
    assert skipper is not None
    after = Skipper(number=number, name=name).stamp()
    sets = {each: getattr(after, each) for each in ("name", "folded_name", "gsi2pk", "gsi2sk")}
    # What is the same is not written.
    changed = {each: value for each, value in sets.items() if getattr(skipper, each) != value}
    unit = Unit()
    unit.update(skipper, set={**changed, "version": skipper.version + 1}, expect=Skipper.version == skipper.version)
    unit.commit()


def note(text: str, number: str = "7") -> None:
    """Write what no upgrade touches."""
    unit = Unit()
    unit.update(Skipper.at(number), set={"note": text})
    unit.commit()


def write_pages(text: str, number: str = "7") -> None:
    """Write a logbook's pages, wherever they are."""
    pages = pages_of(number)
    unit = Unit()
    unit.update(pages, set={"pages": text, "version": pages.version + 1}, expect=LogPages.version == pages.version)
    unit.commit()


def pages_of(number: str = "7") -> LogPages:
    """Return a logbook's pages, of whichever shape it is."""
    book = Logbook.fetch(number=number)
    assert book is not None
    pages = part_of(book, LogPages) or LogPages.fetch(number=number)
    assert pages is not None
    return pages
