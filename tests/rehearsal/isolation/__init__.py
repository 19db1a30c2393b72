"""Guests and staff, all at once, through a cache: nobody may get what was made for someone else.

Shared pages are asked for with three kinds of cookies, each of which has gone wrong behind some cache:
- none: what a guest brings, and where the cookie of a CSRF token would be set first;
- those of staff who are signed in: a page that looks at the session would keep their name for everyone;
- foreign ones: broken CSRF cookies, which Django answers with new ones, sessions that have ended, which it deletes, and
  what other programs leave behind.
Each kind is the first to ask for some departure, and so fills the cache.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from typing import TypeVar

from tests.rehearsal.isolation.guests import FOREIGN, Guest, Scene
from tests.rehearsal.isolation.judging import Fault, Judge, Leak, Report
from tests.rehearsal.isolation.staff import Login, Member
from tests.rehearsal.isolation.visitors import Visitor

__all__ = ["Fault", "Leak", "Login", "Report", "run"]

Act = TypeVar("Act")
GuestAct = Callable[[Guest], None]

# How often each is done in ten thousand requests. Some take two requests or three; what is left is reading.
GUESTS: dict[GuestAct, int] = {
    Guest.read: 7_240,
    Guest.look: 700,
    Guest.read_by_link: 700,
    Guest.read_asset: 250,
    Guest.read_nothing: 40,
    Guest.knock: 50,
    Guest.sign: 90,
    Guest.sign_by_script: 90,
    Guest.read_receipt: 50,
}
STAFF: dict[Callable[[Member], None], int] = {
    Member.read_board: 70,
    Member.read_sheet: 60,
    Member.read_list: 60,
    Member.read_api: 40,
    Member.read_api_by_token: 40,
    Member.log_payment: 50,
    Member.sign_out_and_in: 6,
}
WHOLE = 10_000
# Beside the staff. Emulated functions are each a process, on the same few cores.
GUESTS_AT_ONCE = 2
# Of what is done where a user of the staff is, until all is done: what guests do is mostly much quicker.
SHARE_OF_STAFF = 0.5
# Of the sixty that waivers.signing allows one address for one departure: a second run soon after has the rest.
MOST_SIGNATURES = 28


def run(
    *,
    site: str,
    port: int,
    slugs: Sequence[str],
    staff: Sequence[Login],
    requests: int = WHOLE,
    seed: int | None = None,
) -> Report:
    """Send a mix of requests, or a few more, through the front at `port`; return what came of it, every answer judged.

    site: "https://host", as visitors know it. slugs: departures of different days that take signatures; each gets at
    most MOST_SIGNATURES. seed: of an earlier run that is to be repeated.
    Raises ValueError for fewer departures than that needs, LookupError when the cache keeps nothing.
    """
    seed = random.SystemRandom().getrandbits(32) if seed is None else seed
    chance = _chance(seed)
    acts = _deck(GUESTS, requests, chance)
    _check(slugs, staff, sum(act in {Guest.sign, Guest.sign_by_script} for act in acts))
    judge = Judge(seed=seed)
    scene = Scene(slugs=slugs, judge=judge)
    began = time.monotonic()
    with ExitStack() as stack:

        def arrive() -> tuple[Visitor, random.Random]:
            return stack.enter_context(closing(Visitor(site=site, port=port))), _chance(chance.random())

        members = [
            Member(scene, *arrive(), login=login, slugs=slugs[number :: len(staff)])
            for number, login in enumerate(staff)
        ]
        guests = [Guest(scene, *arrive()) for _ in range(GUESTS_AT_ONCE + len(staff))]
        for member in members:
            member.sign_in()
            member.take_token()
        guests[0].fill()
        _let_in(guests, members, deque(acts), requests)
    judge.report.seconds = time.monotonic() - began
    return judge.finish()


def _chance(seed: float) -> random.Random:
    return random.Random(seed)  # noqa: S311  # no secret: it makes a run repeatable


def _check(slugs: Sequence[str], staff: Sequence[Login], signatures: int) -> None:
    least = max(1 + len(staff) + len(FOREIGN), -(-signatures // MOST_SIGNATURES))
    if len(slugs) < least:
        raise ValueError(f"This takes {least} departures or more, not {len(slugs)}.")


def _deck(often: Mapping[Act, int], requests: int, chance: random.Random) -> list[Act]:
    """Return what is done, each thing at least once, in any order."""
    deck = [act for act, count in often.items() for _ in range(max(1, round(count * requests / WHOLE)))]
    chance.shuffle(deck)
    return deck


def _let_in(guests: Sequence[Guest], members: Sequence[Member], todo: deque[GuestAct], requests: int) -> None:
    """Let all of them do their part at once: each user of the staff shares a thread with a guest."""
    duties = [_duties(member, requests // len(members)) for member in members]
    duties += [deque() for _ in guests[len(members) :]]
    with ThreadPoolExecutor(len(guests)) as pool:
        works = [pool.submit(_work, guest, todo, own, requests) for guest, own in zip(guests, duties, strict=True)]
    for work in works:
        work.result()


def _duties(member: Member, requests: int) -> deque[Callable[[], None]]:
    return deque(partial(act, member) for act in _deck(STAFF, requests, member.chance))


def _work(guest: Guest, todo: deque[GuestAct], duties: deque[Callable[[], None]], requests: int) -> None:
    """Take from what guests do and what one user of the staff does, until both are done and enough was asked."""
    report = guest.scene.judge.report
    while todo or duties or report.requests < requests:
        if duties and (not todo or guest.chance.random() < SHARE_OF_STAFF):
            duties.popleft()()
            continue
        try:
            act = todo.popleft()
        except IndexError:
            act = Guest.read
        act(guest)
