"""What the storm's writers noted: what they asked for, and all that came back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.payments.storm.writers import Asked


@dataclass
class Notes:
    """Each by the request's key."""

    asked: dict[str, Asked] = field(default_factory=dict)
    # The references that a request was answered with: one, however often it was sent.
    answers: dict[str, set[str]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    # Those of which it was not known, at least once, what came of them.
    unknown: set[str] = field(default_factory=set)
    # Why requests were refused, and why it was not known what came of them.
    reasons: Counter[str] = field(default_factory=Counter)
    replays: int = 0
    # Calls of the table, faults among them by what they were.
    calls: Counter[str] = field(default_factory=Counter)

    @property
    def settled(self) -> set[str]:
        return self.answers.keys() | self.refused

    @property
    def unanswered(self) -> list[Asked]:
        settled = self.settled
        return [asked for key, asked in self.asked.items() if key not in settled]

    @property
    def share_of_faults(self) -> float:
        return (self.calls.total() - self.calls["all"]) / self.calls["all"]

    def take(self, note: dict[str, Any]) -> None:
        """Keep one line of a writer."""
        key = note["key"]
        self.calls.update(note.get("calls", {}))
        self.reasons.update([note["why"]] if "why" in note else [])
        match note["said"]:
            case "asked":
                self.asked[key] = Asked(**note["asked"])
            case "answered":
                self.answers.setdefault(key, set()).add(note["reference"])
                self.replays += note["replayed"]
            case "refused":
                self.refused.add(key)
            case "unknown":
                self.unknown.add(key)

    def settle(self) -> int:
        """Send what was never answered once more, in good weather, and return how many that were."""
        left = self.unanswered
        for asked in left:
            self.take({"key": asked.key} | asked.try_once())
        return len(left)

    def __str__(self) -> str:
        faults = ", ".join(f"{kind}: {number}" for kind, number in sorted(self.calls.items()) if kind != "all")
        acts = Counter(asked.act for asked in self.asked.values())
        return (
            f"{len(self.asked)} requests ({', '.join(f'{act}: {acts[act]}' for act in sorted(acts))}), "
            f"{len(self.refused)} refused, {self.replays} answered again. "
            f"{self.calls['all']} calls, {self.share_of_faults:.0%} with a fault ({faults}). "
            f"{len(self.unknown)} were unknown. {dict(self.reasons)}"
        )
