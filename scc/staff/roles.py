"""What each role may do. Permissions are code: `app.verb_model`, as Django's admin asks for them."""

from __future__ import annotations

from scc.staff.rows import Role

_MANIFEST = ("event", "vessel", "person", "crewassignment", "patron")

# An owner may do everything, also what no other role is named for: void, refund, correct, close a day, keep users.
PERMISSIONS: dict[str, frozenset[str]] = {
    Role.STAFF: frozenset(
        {
            *(f"events.{verb}_{model}" for verb in ("view", "add", "change") for model in _MANIFEST),
            # A party that cancels and a deckhand who is ill leave the manifest; their history stays in the audit trail.
            "events.delete_crewassignment",
            "events.delete_patron",
            "payments.view_payment",
            "payments.add_payment",
            # What Stripe told of and no ledger could take: who logs payments sorts it out.
            "cards.view_heldpayment",
            "cards.settle_heldpayment",
            # A guest at the dock asks for the receipt once more.
            "mail.view_letter",
            "mail.send_letter",
            "waivers.view_waiver",
            # Dates of birth, contacts, signatures; crew see who signed, and no more.
            "waivers.view_evidence",
            # Emergency contacts and medical notes, apart from all else; every look is in the audit trail.
            "waivers.view_care",
            "waivers.board_waiver",
            "waivers.match_waiver",
            "waivers.ask_waiver",
            # Whose signature it is, whether it counts, and who has the link to its receipt. Keeping it past its day, or
            # from being seen, is the owner's.
            "waivers.judge_waiver",
            "waivers.change_kioskpin",
        }
    ),
    Role.CREW: frozenset(
        {
            "events.view_event",
            "events.view_crewassignment",
            "events.view_patron",
            "waivers.view_waiver",
            # Who stands at the gangway checks in, and finds the party of whoever signed without a link. Emergency
            # contacts they see of the departures that they sail, on the day: `scc.dispatch.care`.
            "waivers.board_waiver",
            "waivers.match_waiver",
        }
    ),
}


def allows(role: str, permission: str) -> bool:
    """Say whether `role` may do `permission`, such as `payments.void_payment`."""
    return role == Role.OWNER or permission in PERMISSIONS.get(role, frozenset())


def opens(role: str, app: str) -> bool:
    """Say whether `role` may do anything in `app`."""
    return role == Role.OWNER or any(permission.startswith(f"{app}.") for permission in PERMISSIONS.get(role, ()))
