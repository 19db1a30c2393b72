"""The words of the page's script, by the names it knows them by. What the form says too is said alike."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Promise] = {
    # What is missing, found before anything is sent.
    "name": _("Enter your full legal name."),
    "birth": _("Enter your date of birth."),
    "child_name": _("Enter the child's full legal name."),
    "child_birth": _("Enter the date of birth."),
    "relationship": _("Choose what you are to the children."),
    "adult": _("Tick that you are 18 or older. If you are not, a parent or guardian signs for you."),
    "authority": _("Tick that you may sign for the children."),
    "orientation": _("Tick that you take note of the safety orientation."),
    "consent": _("Tick that you agree to sign electronically, or ask the crew for paper."),
    "initials": _("Enter your initials."),
    "initial": _("Put your initials to this clause."),
    "draw": _("Sign in the box with your finger, or choose to type your name."),
    "long": _("The drawing is too long to keep. Clear it and sign with fewer strokes."),
    "short": _("This is too short for a signature. Sign with your full name."),
    "straight": _("A straight line is not a signature. Sign with your full name."),
    "typed": _("Type your full name as your signature."),
    "assent": _("Tick that you have read the waiver and agree to it."),
    # Where a signature is.
    "sending": _("Sending."),
    "kept": _("Kept on this phone, not sent yet."),
    "kept_kiosk": _("Kept on this device, not sent yet."),
    "not_kept": _("Not sent yet, and this browser keeps nothing: stay on this page."),
    "by_itself": _("It is sent by itself as soon as there is a signal, and counts once."),
    "received": _("Received, reference {reference}"),
    "not_taken": _("Not taken: {words}"),
    "next": _("The next person can sign now."),
    "try": _("Try now"),
    "receipt": _("Receipt"),
    "reopen": _("Open it again"),
    "remove": _("Remove it from this phone"),
    "overwrite": _("Another form is open. Leave it, and open this one?"),
    # Who signs.
    "party": _("Signing for {name}'s party"),
    "self": _("Signing as {name}"),
    "bad_link": _("This personal link is no longer valid. Sign here without it."),
    "here": _("You have signed for this departure already. Sign again only to replace it."),
    "valid": _("You signed already, valid until {date}: just come aboard."),
    # A device that many sign on.
    "kiosk": _("Kiosk"),
    "pin": _("PIN"),
    "pin_hint": _("The office or the captain has it."),
    "pin_open": _("Open the kiosk"),
    "pin_leave": _("Sign on my own phone instead"),
    "pin_wrong": _("This is not the PIN."),
    "pin_offline": _("No answer came. Check the signal, and try again."),
    "welcome": _("Hand the device to the next person."),
    "start": _("Start"),
}


def in_each(languages: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the words in each language."""
    return {language: _in(language) for language in languages}


def _in(language: str) -> dict[str, str]:
    with translation.override(language):
        return {name: str(words) for name, words in WORDS.items()}
