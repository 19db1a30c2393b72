"""Items whole and as they lie, of whatever kind: read in segments, as text, and put into an empty table.

As text an item is a line of JSON in DynamoDB's own typed form, in one spelling: the same item is the same text, and
Amazon's import from S3 reads it, too. For commands alone.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from scc.dynamo.answers import NO_TABLE, TRANSIENT, reading
from scc.dynamo.errors import OutcomeUnknown, StoreUnavailable
from scc.dynamo.rows import Row
from scc.dynamo.scans import FIRST_PAUSE, LONGEST_PAUSE, PATIENCE, patiently
from scc.dynamo.tries import tries

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
MOST_AT_ONCE = 25
_SETS = {"SS", "NS", "BS"}

Item = dict[str, dict[str, Any]]


def in_segment(segment: int, segments: int) -> Iterator[Item]:
    """Give every item of one segment of the table, removed ones too, a megabyte in memory at most.

    Reads are consistent: what was stored before the scan began is given. Raises StoreUnavailable.
    """
    start: dict[str, Any] | None = None
    while True:
        data = patiently(partial(_page, segment, segments, start))
        # Not kept until the next page has come: each is a megabyte, and ten times that as Python's objects.
        yield from data.pop("Items")
        start = data.get("LastEvaluatedKey")
        if not start:
            return


def _page(segment: int, segments: int, start: Any) -> dict[str, Any]:
    with reading():
        data: dict[str, Any] = Row._get_connection().scan(
            segment=segment, total_segments=segments, exclusive_start_key=start, consistent_read=True
        )
        return data


def how_many() -> int:
    """Return about how many items there are: DynamoDB counts every six hours. One DescribeTable."""
    count: int = _asked(lambda: _client().describe_table(TableName=settings.SCC_TABLE))["Table"]["ItemCount"]
    return count


# As text


def text_of(item: Item) -> str:
    """Return `item` as a line of JSON, without its end."""
    ordered = {name: _ordered(value) for name, value in item.items()}
    return json.dumps({"Item": ordered}, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_base64)


def of_text(text: str | bytes) -> Item:
    """Return the item that `text_of` was given. Raises ValueError."""
    try:
        item = {str(name): _typed(value) for name, value in json.loads(text)["Item"].items()}
        if not all(item[name]["S"] for name in ("pk", "sk")):
            raise ValueError("it has an empty key")
    except (KeyError, TypeError, AttributeError) as exc:
        raise ValueError("this is no item") from exc
    return item


def _ordered(value: dict[str, Any]) -> dict[str, Any]:
    ((kind, held),) = value.items()
    if kind in _SETS:
        return {kind: sorted(held)}
    if kind == "M":
        return {kind: {name: _ordered(each) for name, each in held.items()}}
    return {kind: [_ordered(each) for each in held]} if kind == "L" else value


def _typed(value: dict[str, Any]) -> dict[str, Any]:
    ((kind, held),) = value.items()
    if kind == "B":
        return {kind: b64decode(held, validate=True)}
    if kind == "BS":
        return {kind: [b64decode(each, validate=True) for each in held]}
    if kind == "M":
        return {kind: {name: _typed(each) for name, each in held.items()}}
    return {kind: [_typed(each) for each in held]} if kind == "L" else value


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


# Writing


def put(items: Sequence[Item]) -> None:
    """Put each of `items` in the place of whatever is there. A BatchWriteItem for each 25; again is the same.

    Raises OutcomeUnknown when the table does not take them for a minute: some may be stored.
    """
    for begin in range(0, len(items), MOST_AT_ONCE):
        _write([{"PutRequest": {"Item": item}} for item in items[begin : begin + MOST_AT_ONCE]])


def take_out(keys: Sequence[tuple[str, str]]) -> None:
    """Delete what is at each of `keys` (pk, sk). Raises as `put`."""
    for begin in range(0, len(keys), MOST_AT_ONCE):
        named = keys[begin : begin + MOST_AT_ONCE]
        _write([{"DeleteRequest": {"Key": {"pk": {"S": pk}, "sk": {"S": sk}}}} for pk, sk in named])


def _write(requests: list[dict[str, Any]]) -> None:
    """Send until nothing is left over; what DynamoDB has no room for at the moment, it gives back."""
    table = settings.SCC_TABLE
    for _ in tries(seconds=PATIENCE, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE):
        try:
            sent = partial(_client().batch_write_item, RequestItems={table: requests})
            requests = _asked(sent).get("UnprocessedItems", {}).get(table, [])
        except StoreUnavailable:
            continue
        if not requests:
            return
    raise OutcomeUnknown("the table did not take everything")


def _asked(ask: Callable[[], Any]) -> Any:
    """Return what `ask` gives. Raises StoreUnavailable for what may be asked again, and botocore's for all else."""
    try:
        return ask()
    except ClientError as exc:
        code = exc.response["Error"]["Code"]
        if code == "ResourceNotFoundException":
            raise StoreUnavailable(NO_TABLE) from exc
        if code in TRANSIENT or (code.isdigit() and int(code) >= 500):
            raise StoreUnavailable(f"the table did not answer: {code}") from exc
        raise
    except BotoCoreError as exc:
        raise StoreUnavailable("the table did not answer") from exc


def _client() -> Any:
    # PynamoDB's own client of the same process; its type says less than it is.
    return Row._get_connection().connection.client
