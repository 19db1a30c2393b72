"""A table of ledgers that is not stored: what is asked for is made when it is asked for, each time the same.

For as many entries as no engine on one machine holds. It speaks as much of DynamoDB's protocol as `verifyledger` and
`recomputetotals` ask where there is nothing to mend: Scan in segments, Query of a partition, BatchGetItem.

    python -m bench.virtual PORT DEPARTURES EACH BESIDE
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import django

Item = dict[str, dict[str, str]]
# Scan's megabyte, in items; of them it gives their keys.
PAGE_ITEMS = 800
# A departure is asked for some times in a row.
KEPT = 64


class Ledgers:
    """Departures, by number, and their items by partition."""

    def __init__(self, departures: int, *, each: int, beside: int) -> None:
        from bench import ledgers

        self._ledgers = ledgers
        self.departures = departures
        self._each, self._beside = each, beside
        self.of = lru_cache(KEPT)(self._of)

    def _of(self, number: int) -> dict[str, dict[str, Item]]:
        partitions: dict[str, dict[str, Item]] = {}
        for item in self._ledgers.items(number, each=self._each, beside=self._beside):
            partitions.setdefault(item["pk"]["S"], {})[item["sk"]["S"]] = item
        return partitions

    def at(self, partition: str) -> dict[str, Item]:
        """Return the items of EVENT#slug, TALLY#slug, KEY#slug#digest or AUDIT#PAYMENT#slug.ulid, by sort key."""
        slug = partition.removeprefix("AUDIT#PAYMENT#").rpartition(".")[0] or partition.split("#")[1]
        return self.of(self._ledgers.number_of(slug)).get(partition, {})

    def scanned(self, wanted: tuple[str, ...], segment: int, segments: int, start: int) -> tuple[list[Item], int]:
        """Return keys of the segment from departure `start` on, of partitions that begin with one of `wanted`.

        And where to go on; 0 at the end.
        """
        found: list[Item] = []
        for number in range(start or segment, self.departures, segments):
            if len(found) >= PAGE_ITEMS:
                return found, number
            found += (item for item in self._keys(number) if item["pk"]["S"].startswith(wanted))
        return found, 0

    def _keys(self, number: int) -> Iterator[Item]:
        for pk, sk, entry_id in self._ledgers.keys(number, each=self._each, beside=self._beside):
            yield {"pk": {"S": pk}, "sk": {"S": sk}, "entry_id": {"S": entry_id}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer is one packet: in two, the second waits 40 ms for the first to be acknowledged.
    wbufsize = -1
    ledgers: Ledgers

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        body = json.dumps(getattr(self, f"_{operation}")(asked)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _Scan(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802  # as DynamoDB names it
        start = int(asked.get("ExclusiveStartKey", {"sk": {"S": "0"}})["sk"]["S"])
        wanted = tuple(value["S"] for value in asked["ExpressionAttributeValues"].values())
        found, more = self.ledgers.scanned(wanted, asked["Segment"], asked["TotalSegments"], start)
        return _page(found, {"pk": {"S": "on"}, "sk": {"S": str(more)}} if more else None)

    def _Query(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802  # as DynamoDB names it
        partition = next(iter(asked["ExpressionAttributeValues"].values()))["S"]
        if partition == "CLOSE" or partition.startswith("METHOD"):
            return _page([], None)
        items = self.ledgers.at(partition)
        behind = asked.get("ExclusiveStartKey", {"sk": {"S": ""}})["sk"]["S"]
        keys = sorted(key for key in items if key > behind)
        page = keys[: asked.get("Limit", len(keys))]
        more = {"pk": {"S": partition}, "sk": {"S": page[-1]}} if len(page) < len(keys) else None
        return _page([items[key] for key in page], more)

    def _BatchGetItem(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802  # as DynamoDB names it
        ((table, wanted),) = asked["RequestItems"].items()
        found = [self.ledgers.at(key["pk"]["S"]).get(key["sk"]["S"]) for key in wanted["Keys"]]
        return {"Responses": {table: [item for item in found if item]}, "UnprocessedKeys": {}}


def _page(items: list[Item], more: Item | None) -> dict[str, Any]:
    page = {"Items": items, "Count": len(items), "ScannedCount": len(items)}
    return page | ({"LastEvaluatedKey": more} if more else {})


def main() -> None:
    port, departures, each, beside = map(int, sys.argv[1:])
    django.setup()
    Handler.ledgers = Ledgers(departures, each=each, beside=beside)
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main()
