"""The storm from without: its processes, one of which is killed amid it, and what their writers noted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryFile
from threading import Thread
from typing import Any

from scc.bars import progress
from tests.payments.storm.notes import Notes
from tests.payments.storm.writers import CHANGES, Orders

ROOT = Path(__file__).parents[3]
PROCESSES = 4
WRITERS_EACH = 4
# Django is there before what needs it is imported.
START = "import django; django.setup(); from tests.payments.storm.writers import main; main()"


class WritersFailed(Exception):
    """A process of writers ended as none should; says what it said."""


class Ship:
    """One process of writers. What they say goes into `heard`, and None when the process has ended."""

    def __init__(self, orders: Orders, heard: SimpleQueue[tuple[Ship, dict[str, Any] | None]]) -> None:
        self.orders = orders
        self.is_sunk = False
        # How many payments each writer asked for.
        self.begun: Counter[str] = Counter()
        self._heard = heard
        self._errors = TemporaryFile("w+")  # noqa: SIM115  # `end` closes it
        self._process = subprocess.Popen(
            [sys.executable, "-c", START],
            cwd=ROOT,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "scc.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        Thread(target=self._listen, daemon=True).start()

    def sink(self) -> None:
        """Kill it where it is."""
        self.is_sunk = True
        self._process.kill()

    def end(self) -> None:
        """Wait for its end. Raises WritersFailed when it was not as it should be."""
        code = self._process.wait()
        if self._errors.closed:
            return
        self._errors.seek(0)
        said = self._errors.read()
        self._errors.close()
        if code and not self.is_sunk:
            raise WritersFailed(f"code {code}:\n{said}")

    def _listen(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        # Who ended before it read its orders says why on stderr.
        with suppress(BrokenPipeError), self._process.stdin as orders:
            json.dump(asdict(self.orders), orders)
        with self._process.stdout as said:
            for line in said:
                self._heard.put((self, json.loads(line)))
        self._heard.put((self, None))


class Fleet:
    """All processes of one storm. `sail` once."""

    def __init__(self, orders: list[Orders], *, sink_first: bool = True) -> None:
        """Prepare it. sink_first: kill the first process amid its work, and let another carry on with it."""
        self.notes = Notes()
        self._orders = orders
        self._heard: SimpleQueue[tuple[Ship, dict[str, Any] | None]] = SimpleQueue()
        self._ships: list[Ship] = []
        self._sinks_after = sum(orders[0].payments.values()) // 3 if sink_first else -1

    def sail(self) -> Notes:
        """Let them write until all is done, and return what they noted. Raises WritersFailed."""
        payments = sum(sum(orders.payments.values()) for orders in self._orders)
        try:
            for orders in self._orders:
                self._launch(orders)
            with progress(self._settled(), doing="Writing in a storm", total=round(payments * (1 + CHANGES))) as each:
                for _ in each:
                    pass
        finally:
            for ship in self._ships:
                ship.sink()
                ship.end()
        return self.notes

    def _launch(self, orders: Orders) -> None:
        self._ships.append(Ship(orders, self._heard))

    def _settled(self) -> Iterator[str]:
        """Give the key of each request that was settled, until all ships have come home."""
        out = len(self._ships)
        while out:
            ship, note = self._heard.get()
            if note is None:
                ship.end()
                out -= 1
                if ship.is_sunk:
                    self._launch(self._rest_of(ship))
                    out += 1
                continue
            is_known = note["key"] in self.notes.answers
            self.notes.take(note)
            self._watch(ship, note)
            if note["said"] in ("answered", "refused") and not is_known:
                yield note["key"]

    def _watch(self, ship: Ship, note: dict[str, Any]) -> None:
        """Count the payments of a ship, and sink the first when it has come so far."""
        if note["said"] != "asked" or note["asked"]["act"] != "record":
            return
        ship.begun[note["asked"]["by"]] += 1
        if ship is self._ships[0] and ship.begun.total() == self._sinks_after:
            ship.sink()

    def _rest_of(self, ship: Ship) -> Orders:
        """Return the orders of who carries on: what it had not begun, and to send again what was not answered."""
        orders = ship.orders
        rest = {name: number - ship.begun[name] for name, number in orders.payments.items()}
        mine = [asdict(asked) for asked in self.notes.unanswered if asked.key.startswith(f"{orders.seed}/")]
        return replace(orders, seed=f"{orders.seed}/rest", payments=rest, unanswered=mine)
