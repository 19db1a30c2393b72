"""The database engine that has no SQL: `transaction.atomic()` is one TransactWriteItems.

Django asks its database for transactions even where nothing is SQL: the admin wraps every change in `atomic()`.
This engine gives `atomic()` a unit of work and refuses everything else. It must refuse with ImproperlyConfigured:
`check_migrations` swallows only that, so that `runserver` and `createsuperuser` work.
"""

from __future__ import annotations

from typing import Any, NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.dummy import base as dummy
from django.db.backends.dummy.features import DummyDatabaseFeatures

from scc.dynamo.units import Unit


def refuse(*args: Any, **kwargs: Any) -> NoReturn:
    raise ImproperlyConfigured(
        "There is no SQL database here: this model is not stored in DynamoDB, or the query is not one of ours."
    )


class DatabaseOperations(dummy.DatabaseOperations):
    def compiler(self, compiler_name: str) -> NoReturn:
        refuse()


class DatabaseFeatures(DummyDatabaseFeatures):
    # Text fields need no max_length.
    supports_unlimited_charfield = True


class DatabaseWrapper(dummy.DatabaseWrapper):
    vendor = "dynamodb"
    display_name = "DynamoDB"
    features_class = DatabaseFeatures
    ops_class = DatabaseOperations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.autocommit = True
        # The unit of the atomic block that is open, if one is.
        self.unit: Unit | None = None

    def ensure_connection(self) -> None:
        pass

    def _cursor(self, name: str | None = None) -> NoReturn:
        refuse()

    def get_autocommit(self) -> bool:
        return self.autocommit

    def _set_autocommit(self, autocommit: bool) -> None:
        self.unit = None if autocommit else Unit()

    def _commit(self) -> None:
        unit, self.unit = self.unit, None
        if unit is not None:
            unit.commit()

    def _rollback(self) -> None:
        self.unit = None

    def _close(self) -> None:
        self.unit = None
