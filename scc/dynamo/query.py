"""Django's QuerySet over rows: the part of it that keys can answer, and a refusal for the rest.

Conditions are kept by the QuerySet itself and never reach Django's SQL; ordering and slices are read from where
Django keeps them. See `scc.dynamo.paths` for how a question becomes a GetItem, a BatchGetItem or a Query.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import and_, attrgetter
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar, cast

from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import NotSupportedError, models
from django.db.models import Q
from pynamodb.expressions.condition import Condition

from scc.dynamo.keys import Template
from scc.dynamo.paths import EQUAL, LOOKUPS, KeyPath, Wanted, key_path
from scc.dynamo.rows import Row

if TYPE_CHECKING:
    from scc.dynamo.models import DynamoModel

M = TypeVar("M", bound="DynamoModel")


def refused(what: str) -> NoReturn:
    raise NotSupportedError(f"DynamoDB's keys do not answer {what}.")


class DynamoQuerySet(models.QuerySet[M], Generic[M]):
    """Answers by GetItem, BatchGetItem or Query. Raises NotSupportedError for what would need a scan."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted: tuple[Wanted, ...] = ()
        self.position: Row | None = None

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]  # private, so not in the stubs
        clone.wanted = self.wanted
        clone.position = self.position
        return clone

    # Conditions

    def _filter_or_exclude_inplace(self, negate: bool, args: tuple[Q, ...], kwargs: Mapping[str, Any]) -> None:
        if negate and (args or kwargs):
            refused("NOT")
        for q in args:
            self.wanted += tuple(self._conditions_of(q))
        self.wanted += tuple(self._condition(name, value) for name, value in kwargs.items())

    def _conditions_of(self, q: Q) -> Iterator[Wanted]:
        if q.negated or (q.connector != Q.AND and len(q.children) > 1):
            refused(f"{q}")
        for child in q.children:
            if isinstance(child, Q):
                yield from self._conditions_of(child)
            elif isinstance(child, tuple):
                yield self._condition(*child)
            else:
                refused(f"{child}")

    def _condition(self, name: str, value: Any) -> Wanted:
        name, _, lookup = name.partition("__")
        lookup = lookup or EQUAL
        if lookup not in LOOKUPS:
            refused(f"{name}__{lookup}")
        opts = self.model._meta
        try:
            target = opts.pk if name == "pk" else opts.get_field(name)
        except FieldDoesNotExist as exc:
            raise FieldError(f"{opts.object_name} has no field {name!r}") from exc
        if not isinstance(target, models.Field):
            refused(f"{name}, a relation from elsewhere")
        if lookup == "isnull":
            return Wanted(target.attname, lookup, bool(value))
        if lookup == "in":
            return Wanted(target.attname, lookup, [_clean(target, each) for each in value])
        return Wanted(target.attname, lookup, _clean(target, value))

    def _has_filters(self) -> bool:
        return bool(self.wanted)

    def behind(self, row: Row) -> Self:
        """Return the list as it goes on behind `row`, one of its rows."""
        clone: Self = self._chain()  # type: ignore[attr-defined]  # private, so not in the stubs
        clone.position = row
        return clone

    def rows(self) -> Iterator[Row]:
        """Give the rows of the list one by one, in the order of the keys, a megabyte of them in memory at most.

        Raises NotSupportedError where no key gives that order.
        """
        if any(map(self._names_nothing, self.wanted)):
            return
        order, forward = self._order()
        path = key_path(self.model.row_class, self.wanted, order)
        yield from self.model.row_class.each(
            known=path.known,
            index=path.index,
            low=path.low,
            high=path.high,
            prefix=path.prefix,
            forward=forward,
            where=self._where(path),
        )

    def holds(self, row: Row) -> bool:
        """Say whether `row` is one of the list, as far as its conditions go."""
        return all(_holds(want, row) for want in self.wanted)

    # Answers

    def _fetch_all(self) -> None:
        if self._result_cache is None:
            self._result_cache = list(self._answer())

    def iterator(self, chunk_size: int | None = None) -> Iterator[M]:
        self._fetch_all()
        return iter(cast("list[M]", self._result_cache))

    def exists(self) -> bool:
        if self._result_cache is not None:
            return bool(self._result_cache)
        clone = self.order_by()
        clone.query.set_limits(high=1)
        return bool(len(clone))

    def _answer(self) -> list[M]:
        if self.query.low_mark:
            refused("a page by its offset")
        if self.query.is_empty() or any(map(self._names_nothing, self.wanted)):
            return []
        objects = [self.model.from_row(row) for row in self._rows()]
        if self.query.select_related:
            self._attach_related(objects)
        for related_field, known in self._known_related_objects.items():  # type: ignore[attr-defined]  # private likewise
            for obj in objects:
                if (parent := known.get(getattr(obj, related_field.attname))) is not None:
                    setattr(obj, related_field.name, parent)
        return objects

    def _names_nothing(self, want: Wanted) -> bool:
        if want.lookup == "in" and not want.value:
            return True
        # Django asks for the children of an object that has no key yet.
        row_class = self.model.row_class
        in_keys = {name for text in (row_class.ID, *row_class.KEYS.values()) for name in Template(text).fields}
        in_keys.add(self.model._meta.pk.attname)
        return want.lookup == EQUAL and want.value in {"", None} and want.attribute in in_keys

    def _rows(self) -> list[Row]:
        pk = self.model._meta.pk.attname
        by_id = next((w for w in self.wanted if w.attribute == pk and w.lookup in {EQUAL, "in"}), None)
        if by_id is not None:
            rest = [want for want in self.wanted if want is not by_id]
            return self._rows_by_id(by_id, rest)
        return self._rows_by_key()

    def _rows_by_id(self, by_id: Wanted, rest: list[Wanted]) -> list[Row]:
        row_class = self.model.row_class
        ids = [by_id.value] if by_id.lookup == EQUAL else list(by_id.value)
        parsed = [found for each in ids if (found := Template(row_class.ID).parse(str(each))) is not None]
        if len(parsed) == 1:
            row = row_class.fetch(**parsed[0])
            rows = [row] if row is not None else []
        else:
            rows = list(row_class.fetch_many(row_class.keys_for(**each) for each in parsed).values())
        rows = [row for row in rows if all(_holds(want, row) for want in rest)]
        return self._sorted(rows)[: self.query.high_mark]

    def _rows_by_key(self) -> list[Row]:
        row_class = self.model.row_class
        order, forward = self._order()
        limit = self.query.high_mark
        # What is read whole can be put in any order afterwards.
        path = key_path(row_class, self.wanted, order if limit is not None else None)
        page = row_class.listing(
            known=path.known,
            index=path.index,
            low=path.low,
            high=path.high,
            prefix=path.prefix,
            forward=forward,
            limit=limit,
            after=self.position,
            where=self._where(path),
            ahead=False,
        )
        return page.rows if limit is not None else self._sorted(page.rows)

    def _where(self, path: KeyPath) -> Condition | None:
        """Return what no key of `path` takes, as a FilterExpression."""
        conditions = [want.as_filter(self.model.row_class) for want in path.filters]
        return reduce(and_, conditions) if conditions else None

    def _ordering(self) -> list[str]:
        query = self.query
        ordering = query.order_by or (self.model._meta.ordering if query.default_ordering else None) or ()
        names = []
        for each in ordering:
            if not isinstance(each, str):
                refused(f"the order {each}")
            names.append(each if query.standard_ordering else each.removeprefix("-") if each[0] == "-" else f"-{each}")
        return names

    def _order(self) -> tuple[str | None, bool]:
        """Return the attribute that leads the order (None: the keys' own), and whether it rises."""
        pk = self.model._meta.pk.name
        names = self._ordering()
        if not names:
            return None, self.query.standard_ordering
        bare = names[0].removeprefix("-")
        forward = not names[0].startswith("-")
        return (None if bare in {"pk", pk} else self._attname(bare)), forward

    def _attname(self, name: str) -> str:
        field = self.model._meta.pk if name == "pk" else self.model._meta.get_field(name)
        return cast("models.Field[Any, Any]", field).attname

    def _sorted(self, rows: list[Row]) -> list[Row]:
        pk = self.model._meta.pk.name
        for name in reversed(self._ordering()):
            bare = name.removeprefix("-")
            attribute = "id" if bare in {"pk", pk} else self._attname(bare)
            # Rows without a value come first, as an index would leave them out.
            rows.sort(key=lambda row: _sort_key(row, attribute), reverse=name.startswith("-"))
        return rows

    def _attach_related(self, objects: list[M]) -> None:
        for related in self.model._meta.concrete_fields:
            if not isinstance(related, models.ForeignKey):
                continue
            ids = {value for obj in objects if (value := getattr(obj, related.attname))}
            target = cast("type[DynamoModel]", related.remote_field.model)
            found = {each.pk: each for each in target.objects.filter(pk__in=sorted(ids))} if ids else {}
            for obj in objects:
                if (parent := found.get(getattr(obj, related.attname))) is not None:
                    setattr(obj, related.name, parent)

    # Refusals

    def count(self) -> int:
        if self._result_cache is None:
            refused("a count; read the rows, or keep a figure")
        return len(self._result_cache)

    def aggregate(self, *args: Any, **kwargs: Any) -> NoReturn:
        refused("an aggregate; keep a figure that moves with its rows")

    def values(self, *args: Any, **kwargs: Any) -> NoReturn:
        refused("values()")

    def values_list(self, *args: Any, **kwargs: Any) -> NoReturn:
        refused("values_list()")

    def update(self, **kwargs: Any) -> NoReturn:
        refused("an update of a whole list; save the objects")

    def delete(self) -> NoReturn:
        refused("the deletion of a whole list; delete the objects")

    def bulk_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        refused("bulk_create(); save the objects in one atomic()")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        refused("bulk_update(); save the objects in one atomic()")


class DynamoManager(models.Manager[M]):
    """The manager of every model over rows."""

    def get_queryset(self) -> DynamoQuerySet[M]:
        return DynamoQuerySet(self.model, using=self._db)


def _clean(target: models.Field[Any, Any], value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    return target.to_python(value)


def _holds(want: Wanted, row: Row) -> bool:
    stored = getattr(row, want.attribute)
    match want.lookup:
        case "exact":
            return bool(stored == want.value)
        case "in":
            return stored in want.value
        case "isnull":
            return (stored is None) is want.value
        case "startswith":
            return str(stored or "").startswith(want.value)
    if stored is None:
        return False
    return bool(
        {
            "gte": stored >= want.value,
            "lte": stored <= want.value,
            "gt": stored > want.value,
            "lt": stored < want.value,
        }[want.lookup]
    )


def _sort_key(row: Row, attribute: str) -> tuple[bool, Any]:
    value = attrgetter(attribute)(row)
    return (value is not None, value if value is not None else 0)
