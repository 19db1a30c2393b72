"""Chains of hashes: each link holds the hash of the one before it, so that none is lost or slipped in unseen.

What is hashed is said by who makes the links: `payments.chain`, `waivers.signing`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """A place where the chain is not what it was."""

    sequence: int
    reference: str
    text: str

    def __str__(self) -> str:
        return f"entry {self.sequence} ({self.reference or 'none'}): {self.text}"


@dataclass(frozen=True, slots=True)
class Link:
    """What is kept of an entry to verify the chain: little, as there may be many."""

    sequence: int
    reference: str
    prev_hash: str
    hash: str
    # What is wrong with the entry by itself.
    faults: tuple[str, ...]


def verify_links(
    links: Iterable[Link], *, head: str | None = None, count: int | None = None, called: tuple[str, str]
) -> list[Fault]:
    """Return the faults of one departure's chain, in its order; an empty list is a sound chain.

    head, count: what the departure's own row says of the last link's hash and of how many there are.
    called: the word for one of them, and for some ("entry", "entries").
    """
    one, some = called
    faults: list[Fault] = []
    last_hash, expected = "", 1
    for link in sorted(links, key=lambda each: each.sequence):
        if link.sequence != expected:
            text = "is there twice" if link.sequence < expected else _missing(expected, link.sequence - 1)
            faults.append(Fault(link.sequence, link.reference, text))
        elif link.prev_hash != last_hash:
            faults.append(Fault(link.sequence, link.reference, "does not follow the one before it"))
        faults += [Fault(link.sequence, link.reference, text) for text in link.faults]
        last_hash, expected = link.hash, link.sequence + 1
    if count is not None and count != expected - 1:
        faults.append(Fault(expected - 1, "", f"the departure counts {count} {some}"))
    if head is not None and head != last_hash:
        faults.append(Fault(expected - 1, "", f"the departure names another {one} as the last"))
    return faults


def _missing(first: int, last: int) -> str:
    return f"{first} before it is missing" if first == last else f"{first} to {last} before it are missing"
