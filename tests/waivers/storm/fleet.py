"""The storm from without: its processes, of which one may be killed amid it, and what their signers heard."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryFile
from threading import Thread
from typing import Any

from tests.waivers.storm.signers import Asked, Orders

ROOT = Path(__file__).parents[3]
# Django is there before what needs it is imported.
START = "import django; django.setup(); from tests.waivers.storm.signers import main; main()"


@dataclass
class Notes:
    """What came back, each by the request's key."""

    asked: dict[str, Asked]
    # The references that a request was answered with: one, however often it was sent.
    answers: dict[str, set[str]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    reasons: Counter[str] = field(default_factory=Counter)
    sends: int = 0
    replays: int = 0
    # Calls of the table and the bucket, faults among them by what they were.
    calls: Counter[str] = field(default_factory=Counter)

    @property
    def unanswered(self) -> list[Asked]:
        settled = self.answers.keys() | self.refused
        return [asked for key, asked in self.asked.items() if key not in settled]

    @property
    def share_of_faults(self) -> float:
        return (self.calls.total() - self.calls["all"]) / self.calls["all"]

    def take(self, note: dict[str, Any]) -> None:
        """Keep one line of a signer."""
        self.sends += 1
        self.calls.update(note.get("calls", {}))
        self.reasons.update([note["why"]] if "why" in note else [])
        if note["said"] == "answered":
            self.answers.setdefault(note["key"], set()).add(note["reference"])
            self.replays += note["replayed"]
        elif note["said"] == "refused":
            self.refused.add(note["key"])

    def settle(self) -> int:
        """Send what was never answered once more, in good weather, and return how many that were."""
        left = self.unanswered
        for asked in left:
            self.take({"key": asked.key} | asked.try_once())
        return len(left)

    def __str__(self) -> str:
        faults = ", ".join(f"{kind}: {number}" for kind, number in sorted(self.calls.items()) if kind != "all")
        return (
            f"{len(self.asked)} signers, {self.sends} answers to them, {len(self.refused)} refused, {self.replays} "
            f"answered again, {dict(self.reasons)}. {self.calls['all']} calls with a fault in some: {faults or 'none'}."
        )


class Fleet:
    """The processes of one storm: `with` them they are ready, and gone at its end."""

    def __init__(self, orders: list[Orders], *, sink_first_after: int = 0) -> None:
        """Prepare it. sink_first_after: kill the first process after so many of its answers."""
        self.notes = Notes({asked.key: asked for each in orders for asked in each.asked})
        self._sinks_after = sink_first_after
        self._heard: SimpleQueue[tuple[int, dict[str, Any] | None]] = SimpleQueue()
        self._errors = [TemporaryFile("w+") for _ in orders]  # noqa: SIM115  # `_end` closes them
        self._processes = [self._launch(place, each) for place, each in enumerate(orders)]

    def _launch(self, place: int, orders: Orders) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", START],
            cwd=ROOT,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "scc.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors[place],
            text=True,
        )
        assert process.stdin
        process.stdin.write(json.dumps(asdict(orders)) + "\n")
        process.stdin.flush()
        Thread(target=self._listen, args=[place, process], daemon=True).start()
        return process

    def _listen(self, place: int, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        with process.stdout as said:
            for line in said:
                self._heard.put((place, json.loads(line)))
        self._heard.put((place, None))

    def sail(self) -> Notes:
        """Let all sign at once, and return what they noted when all have come home."""
        try:
            self._gather()
            self._hear()
            for place, process in enumerate(self._processes):
                code = process.wait()
                assert code == 0 or (self._sinks_after and not place), f"code {code}:\n{self._said_by(place)}"
        finally:
            self._end()
        return self.notes

    def _gather(self) -> None:
        for _ in self._processes:
            place, note = self._heard.get()
            assert note is not None, self._said_by(place)
        for process in self._processes:
            assert process.stdin
            process.stdin.write("now\n")
            process.stdin.flush()

    def _hear(self) -> None:
        out, answered = len(self._processes), 0
        while out:
            place, note = self._heard.get()
            if note is None:
                out -= 1
                continue
            self.notes.take(note)
            answered += place == 0 and note["said"] == "answered"
            if answered == self._sinks_after > 0:
                self._processes[0].kill()

    def _end(self) -> None:
        for process, errors in zip(self._processes, self._errors, strict=True):
            process.kill()
            process.wait()
            assert process.stdin
            process.stdin.close()
            errors.close()

    def _said_by(self, place: int) -> str:
        self._errors[place].seek(0)
        return self._errors[place].read()
