"""Trying again, for as long as it comes on."""

from __future__ import annotations

from scc.dynamo.tries import Patience


def test_patience_ends_and_is_renewed() -> None:
    patience = Patience(seconds=0, first_pause=0, longest_pause=0)

    ends = patience.pause()
    patience.renew()

    assert (ends, patience.pause(), patience.pause()) == (False, False, False)


def test_patience_goes_on_while_there_is_time() -> None:
    patience = Patience(seconds=3600, first_pause=0, longest_pause=0)

    assert [patience.pause() for _ in range(3)] == [True, True, True]
