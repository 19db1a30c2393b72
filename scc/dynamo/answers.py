"""What DynamoDB's answers, and their absence, mean.

A definite no (validation, access, a missing table) is a bug or a setting and stays PynamoDB's own exception.
No answer is something else: a read was not done (`StoreUnavailable`), a write may have been (`OutcomeUnknown`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from scc.dynamo.errors import StoreUnavailable

# Error codes after which the same request may be sent again as it is:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
TRANSIENT = frozenset(
    {
        "InternalServerError",
        "InternalFailure",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)

NO_TABLE = "there is no table; `manage.py tables` makes it"


def code_of(exc: PynamoDBException) -> str | None:
    """Return DynamoDB's error code, or None when there was no answer.

    PynamoDB's own `cause_response_code` raises AttributeError for some connection errors, whose `response` is None.
    """
    cause = exc.cause
    if isinstance(cause, ClientError):
        return cause.response.get("Error", {}).get("Code")
    return None


def is_transient(exc: PynamoDBException) -> bool:
    """Say whether the request may succeed when it is sent again as it is."""
    code = code_of(exc)
    if code is not None:
        return code in TRANSIENT or (code.isdigit() and int(code) >= 500)
    return isinstance(exc.cause, BotoCoreError)


def is_without_table(exc: PynamoDBException) -> bool:
    """Say whether the request failed because there is no table. Then nothing was read or written."""
    return code_of(exc) == "ResourceNotFoundException"


@contextmanager
def reading() -> Iterator[None]:
    """Turn a read that got no answer, or found no table, into `StoreUnavailable`."""
    try:
        yield
    except PynamoDBException as exc:
        if is_without_table(exc):
            raise StoreUnavailable(NO_TABLE) from exc
        if is_transient(exc):
            raise StoreUnavailable("the table did not answer") from exc
        raise
