"""Say whether every departure's ledger is whole."""

from __future__ import annotations

from payments import walking
from payments.verifying import verify, verify_closes
from scc.dynamo.scans import patiently
from scc.verifying import Fault, Verdict, VerifyCommand


class Command(VerifyCommand):
    help = (
        "Compare each departure's entries with its chain, its figures, its parties' and its tallies', and look for the "
        "letter, the audit entry and the request's key that were written with each; and day closes with each other. "
        "Changes nothing. Names each fault, and exits 0 when there is none, 1 when there are some, 2 when not all "
        "could be read."
    )
    counts = {
        "events": ("read", "whole", "torn"),
        "payments": ("read",),
        "keys": ("read",),
        "closes": ("read",),
        "faults": ("found",),
    }
    kind = "payments"

    def verify(self, slug: str) -> Verdict:
        return verify(slug)

    def verify_all(self) -> None:
        ledgers = walking.find(with_keys=True)
        self.outcome.count("keys", "read", ledgers.keys)
        for partition, entry_id in ledgers.orphans:
            scope = partition.removeprefix("KEY#").rpartition("#")[0]
            text = f"a request's key answers with {entry_id or 'no entry'}, which is missing"
            self.name(Fault(scope, "", text))
        for verdict in walking.each(verify, ledgers, doing="Verifying departures"):
            self.take(verdict)
        closes = patiently(verify_closes)
        self.outcome.count("closes", "read", closes.entries)
        for fault in closes.faults:
            self.name(fault)
