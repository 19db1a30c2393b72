"""The older tool's live table, read in parallel segments. Nothing is ever written to it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from queue import Queue
from threading import Event
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from scc.imports.ids import digest_of
from scc.imports.lines import ImportFailed
from scc.legacy.documents import Found

SEGMENTS = 4
# Pages of a megabyte that wait to be taken.
WAITING = 8
# A command has time: a table that is busy is asked again, ever more slowly.
_PATIENT = Config(connect_timeout=5, read_timeout=30, retries={"mode": "adaptive", "total_max_attempts": 10})


class LiveTable:
    """A table by its name, as the environment's credentials and region see it."""

    def __init__(self, name: str, *, region: str = "") -> None:
        if name == settings.SCC_TABLE and region in {"", settings.AWS_REGION}:
            raise ImportFailed(f"{name} is this site's own table. Name the older tool's.")
        self.name = name
        self._client: Any = boto3.client("dynamodb", region_name=region or None, config=_PATIENT)
        self.region = str(self._client.meta.region_name)
        self.said = f"the table {name} in {self.region}"
        with self._answering():
            described = self._client.describe_table(TableName=name)["Table"]
        # As of some hours ago.
        self.about = int(described.get("ItemCount", 0))

    @property
    def digest(self) -> str:
        # What it holds is another thing each time; a run that was stopped is gone on with all the same.
        return digest_of("table", self.name, self.region)

    def items(self) -> Iterator[Found]:
        """Give every item of all segments, each as it comes. Raises ImportFailed."""
        number = 0
        for page in self._pages():
            for item in page:
                number += 1
                yield Found(number, f"item {number}", json.dumps({"Item": item}, default=_binary))

    def _pages(self) -> Iterator[list[Any]]:
        pages: Queue[list[Any] | None] = Queue(WAITING)
        enough = Event()
        with ThreadPoolExecutor(SEGMENTS) as pool:
            reading = [pool.submit(self._read, segment, pages, enough) for segment in range(SEGMENTS)]
            try:
                for _ in range(SEGMENTS):
                    yield from iter(pages.get, None)
            finally:
                enough.set()
                # Whoever waits to put a page shall see that nobody takes it.
                while wait(reading, timeout=0.05).not_done:
                    _drain(pages)
        with self._answering():
            for each in reading:
                each.result()

    def _read(self, segment: int, pages: Queue[list[Any] | None], enough: Event) -> None:
        """Put every page of a segment, and None behind the last."""
        try:
            start: dict[str, Any] = {}
            while not enough.is_set():
                found = self._client.scan(
                    TableName=self.name, Segment=segment, TotalSegments=SEGMENTS, ConsistentRead=True, **start
                )
                pages.put(found["Items"])
                if "LastEvaluatedKey" not in found:
                    return
                start = {"ExclusiveStartKey": found["LastEvaluatedKey"]}
        finally:
            pages.put(None)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except ClientError as exc:
            if exc.response["Error"]["Code"] == "ResourceNotFoundException":
                raise ImportFailed(f"There is no table {self.name} in {self.region}.") from exc
            raise ImportFailed(f"The table {self.name} cannot be read: {exc}. Nothing was written.") from exc
        except BotoCoreError as exc:
            raise ImportFailed(f"The table {self.name} cannot be read: {exc}. Nothing was written.") from exc


def _drain(pages: Queue[list[Any] | None]) -> None:
    while not pages.empty():
        pages.get()


def _binary(value: bytes) -> str:
    return base64.b64encode(value).decode()
