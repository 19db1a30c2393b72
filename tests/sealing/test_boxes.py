from __future__ import annotations

import os

import pytest

from scc.sealing import boxes

SECRET = os.urandom(32)
BOX = boxes.seal(b"Ana", SECRET, "a record")


def test_unseal_returns_what_was_sealed() -> None:
    assert boxes.unseal(BOX, SECRET, "a record") == b"Ana"


def test_seal_differs_each_time() -> None:
    assert boxes.seal(b"Ana", SECRET, "a record") != BOX


@pytest.mark.parametrize("place", range(len(BOX)))
def test_unseal_refuses_a_flipped_bit(place: int) -> None:
    touched = bytearray(BOX)
    touched[place] ^= 1

    with pytest.raises(boxes.Tampered):
        boxes.unseal(bytes(touched), SECRET, "a record")


@pytest.mark.parametrize("length", [0, 1, 13, len(BOX) - 1])
def test_unseal_refuses_what_is_short(length: int) -> None:
    with pytest.raises(boxes.Tampered):
        boxes.unseal(BOX[:length], SECRET, "a record")


def test_unseal_refuses_another_context_and_another_key() -> None:
    with pytest.raises(boxes.Tampered):
        boxes.unseal(BOX, SECRET, "another record")
    with pytest.raises(boxes.Tampered):
        boxes.unseal(BOX, os.urandom(32), "a record")
