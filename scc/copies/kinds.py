"""Which items go into an export, and what a table may hold that is still taken for empty."""

from __future__ import annotations

import time

from scc.dynamo.items import Item

# Gone within hours or days by themselves, or of this table alone: who is logged in, how often something was tried, who
# deploys, and what was restored here.
LEFT_OUT = frozenset({"SESSION", "TOKEN", "THROTTLE", "DEPLOYLOCK", "RESTORE"})
EXPIRED = "expired"
# What `tables` and each deploy make in a new table: the waiver's texts that ship. The export's take their place.
SHIPPED = frozenset({"WAIVERTEXT", "CURRENTTEXT", "TEXT"})


def kind_of(item: Item) -> str:
    """Return the word for what an item is; "?" for one that does not say."""
    return str(item.get("kind", {}).get("S", "?"))


def why_left_out(item: Item) -> str:
    """Return under which word an item is left out, "" for one that comes along.

    What has expired, or was removed by expiry, is gone for every page; DynamoDB takes it out of the table some day.
    """
    kind = kind_of(item)
    if kind in LEFT_OUT:
        return kind
    return EXPIRED if has_expired(item, at=time.time()) else ""


def has_expired(item: Item, *, at: float) -> bool:
    """Say whether an item has expired by the second `at` of Unix time."""
    expires_at = item.get("expires_at", {}).get("N")
    return expires_at is not None and int(expires_at) <= at
