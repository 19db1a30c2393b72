"""Sessions in the table: one GetItem to load, one PutItem to save, one DeleteItem to end.

The table holds the hash of a session's key, so that whoever reads a backup cannot come in with it. DynamoDB removes
what has expired within days, not at once, so `expires_at` is checked on loading.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.contrib.sessions.backends.base import VALID_KEY_CHARS, CreateError, SessionBase, UpdateError
from django.utils.crypto import get_random_string
from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition

from scc.dynamo.answers import code_of, is_transient
from scc.dynamo.attributes import IntegerAttribute
from scc.dynamo.errors import OutcomeUnknown
from scc.dynamo.rows import Row


class Session(Row, discriminator="SESSION"):
    """A visit of someone who logged in."""

    # SESSION#2c26b46b68ffc68f... / META
    ID = "{digest}"
    KEYS = {"pk": "SESSION#{digest}", "sk": "META"}
    # Signed, not encrypted: it names the user.
    PERSONAL = frozenset({"data"})

    # SHA-256 of the session's key, in hex.
    digest = UnicodeAttribute()
    data = UnicodeAttribute()
    expires_at = IntegerAttribute()

    def __str__(self) -> str:
        return f"session {self.digest[:8]}"


class SessionStore(SessionBase):
    """Django's session, kept as a `Session` row."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        # Whether the key was made here, so that nothing can be stored under it.
        self._fresh = False

    def exists(self, session_key: str) -> bool:
        return Session.fetch(digest=digest_of(session_key)) is not None

    def create(self) -> None:
        """Take a new key. Nothing is written before `save`."""
        # 165 random bits meet no other key, so none is looked for.
        self._session_key = get_random_string(32, VALID_KEY_CHARS)
        self._fresh = True
        self.modified = True
        # What is held already stays; without anything, there is nothing to load under a new key.
        self._content(no_load=True)

    def save(self, must_create: bool = False) -> None:
        """Write the session. Raises UpdateError when it was ended meanwhile, OutcomeUnknown without an answer.

        A session that was ended must not come back by a slower request, so saving an old one expects it to be there.
        Every form of it can be sent twice with the same effect.
        """
        data = self.encode(self._content(no_load=must_create))
        if self.session_key is None:
            self.create()
        row = Session(
            digest=digest_of(str(self.session_key)),
            data=data,
            expires_at=int(time.time()) + self.get_expiry_age(),
        ).stamp()
        expected: Condition | None = None if self._fresh else Row.pk.exists()
        if must_create:
            # A retry after a lost answer finds its own data, which differs from all other by the time it was signed.
            expected = Row.pk.does_not_exist() | (Session.data == data)
        with _refusal_as(CreateError if must_create else UpdateError):
            row.save(condition=expected)
        self._fresh = False

    def _content(self, *, no_load: bool) -> dict[str, Any]:
        return cast(dict[str, Any], self._get_session(no_load=no_load))  # type: ignore[attr-defined]  # not in the stubs

    def load(self) -> dict[str, Any]:
        row = Session.fetch(digest=digest_of(str(self.session_key)))
        if row is None or row.expires_at <= time.time():
            # A key that is not ours is not taken up: it may have been given to the visitor by somebody else.
            self._session_key = None
            return {}
        return self.decode(row.data)

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is None:
            return
        with _refusal_as(UpdateError):
            Session(digest=digest_of(key)).stamp().delete()

    @classmethod
    def clear_expired(cls) -> None:
        """Do nothing: DynamoDB's TTL removes what has expired."""


def digest_of(session_key: str) -> str:
    """Return how the table knows a session's key."""
    return hashlib.sha256(session_key.encode(errors="surrogatepass")).hexdigest()


@contextmanager
def _refusal_as(refusal: type[Exception]) -> Iterator[None]:
    try:
        yield
    except PynamoDBException as exc:
        if code_of(exc) == "ConditionalCheckFailedException":
            raise refusal from exc
        if is_transient(exc):
            raise OutcomeUnknown("the table did not say whether the session is stored") from exc
        raise
