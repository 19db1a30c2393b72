"""What the entries of a departure say of other entries: voids, refunds, corrections, and the two sides of transfers."""

from __future__ import annotations

from collections.abc import Iterator

from payments.reckoning import Line, money
from payments.rows import Kind, Payment, Way

# The entry's reference, and what is wrong.
Faults = Iterator[tuple[str, str]]


def of_entries(lines: list[Line]) -> Faults:
    by_reference = {line.reference: line for line in lines}
    voids: dict[str, Line] = {}
    for line in lines:
        aim = by_reference.get(line.corrects)
        if line.amount_cents <= 0 or line.tip_cents < 0:
            yield line.reference, f"moves {money(line.amount_cents)} and {money(line.tip_cents)} tip"
        if line.kind == Kind.VOID:
            yield from ((line.reference, text) for text in _of_void(line, aim, voids.get(line.corrects)))
            voids.setdefault(line.corrects, line)
        elif line.takes or line.corrects:
            yield from ((line.reference, text) for text in _of_aim(line, aim))
    yield from _of_replaced(lines, voids)
    yield from _of_taken(lines, by_reference, voids)


def _of_void(void: Line, aim: Line | None, earlier: Line | None) -> Iterator[str]:
    if aim is None or aim.sequence >= void.sequence:
        yield f"voids {void.corrects or 'nothing'}, which is not before it"
        return
    if earlier is not None:
        yield f"voids {aim.reference}, which {earlier.reference} voided before"
    if aim.kind not in (Kind.PAYMENT, Kind.REFUND):
        yield f"voids {aim.reference}, which is a {aim.kind}"
    elif (void.undoes or Kind.PAYMENT) != aim.kind:
        yield f"voids {aim.reference} as a {void.undoes or Kind.PAYMENT.value}, which is a {aim.kind}"
    if (void.amount_cents, void.tip_cents) != (aim.amount_cents, aim.tip_cents):
        yield f"voids {aim.reference} at another amount"


def _of_aim(line: Line, aim: Line | None) -> Iterator[str]:
    if aim is None or aim.sequence >= line.sequence:
        yield f"speaks of {line.corrects or 'no entry'}, which is not before it"
    elif line.takes and not aim.came_in:
        yield f"gives back of {aim.reference}, which is a {aim.kind}"


def _of_replaced(lines: list[Line], voids: dict[str, Line]) -> Faults:
    for line in lines:
        if line.kind == Kind.PAYMENT and line.corrects and line.corrects not in voids:
            yield line.reference, f"replaces {line.corrects}, which is not void"


def _of_taken(lines: list[Line], by_reference: dict[str, Line], voids: dict[str, Line]) -> Faults:
    taken: dict[str, tuple[int, int]] = {}
    for line in lines:
        if line.takes and line.reference not in voids:
            amount, tip = taken.get(line.corrects, (0, 0))
            taken[line.corrects] = (amount + line.amount_cents, tip + line.tip_cents)
    for reference, (amount, tip) in taken.items():
        entry = by_reference.get(reference)
        if entry is None:
            continue
        if reference in voids:
            yield reference, "is void, and money was given back of it"
        if amount > entry.amount_cents:
            yield reference, f"{money(amount)} left of it, and {money(entry.amount_cents)} came in"
        if tip > entry.tip_cents:
            yield reference, f"{money(tip)} left of its tip, and {money(entry.tip_cents)} came in"


# Transfers


def of_transfers(slug: str, lines: list[Line]) -> Faults:
    mine = [line for line in lines if line.kind == Kind.TRANSFER]
    for other in sorted({line.other_event for line in mine}):
        theirs = {line.reference: line for line in _transfers_with(slug, other)}
        for line in mine:
            if line.other_event == other:
                text = _of_sides(slug, line, theirs.get(line.other_reference))
                if text:
                    yield line.reference, text


def _transfers_with(slug: str, other: str) -> Iterator[Line]:
    """Give the transfers on `other` that name `slug`."""
    if not other:
        return
    wanted = (Payment.entry_kind == Kind.TRANSFER.value) & (Payment.other_event == slug)
    yield from map(Line.of, Payment.listing(known={"event_id": other}, where=wanted))


def _of_sides(slug: str, line: Line, other: Line | None) -> str:
    there = f"{line.other_event or 'no departure'} {line.other_reference}".strip()
    if other is None or other.other_reference != line.reference:
        return f"its other side, {there}, is missing"
    if {line.way, other.way} != {Way.OUT.value, Way.IN.value}:
        return f"goes the same way as its other side, {there}"
    amounts = [(side.amount_cents, side.tip_cents, side.currency) for side in (line, other)]
    if amounts[0] != amounts[1]:
        return f"its other side, {there}, moves another amount"
    return f"its other side, {there}, is of another request" if line.audit_id != other.audit_id else ""
