"""One entry of the ledger: its page, and its receipt, sent again."""

from __future__ import annotations

from typing import cast

from django.contrib.admin.utils import quote
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from payments import changes, ledger, mailing, references
from payments.receipts import Receipt
from payments.rows import Payment
from scc.dispatch import entries
from scc.dispatch.access import allowed
from scc.dispatch.entries import Page
from scc.dispatch.entry_forms import ReceiptForm, receipt_form
from scc.mail import outbox
from scc.mail.rows import Letter
from scc.staff import audit
from scc.staff.actors import By

SEES, MAILS = "mail.view_letter", "mail.send_letter"
_BY_ITS_STATE = (ledger.AlreadyVoid, ledger.AlreadyRefunded, ledger.MoreThanIsLeft)


@require_safe
@allowed("payments.view_payment")
def show(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Show everything of one entry. One Query, and one for its letters."""
    page = _with_letters(request, get_page_or_404(slug, reference))
    return _show(request, page, receipt_form(page) if request.user.has_perm(MAILS) else None)


def _show(request: HttpRequest, page: Page, form: ReceiptForm | None, *, status: int = 200) -> HttpResponse:
    context = {
        "page": page,
        "event": page.event,
        "receipt_form": form,
        "did": _did(request, page),
        "sent": next((each for each in page.letters if each.letter.ulid == request.GET.get("sent")), None),
        "sees_letters": request.user.has_perm(SEES),
        "history": reverse("admin:payments_payment_history", args=[quote(page.payment.id)]),
        **_changes(request, page),
    }
    return render(request, "dispatch/entry.html", context, status=status)


def _changes(request: HttpRequest, page: Page) -> dict[str, object]:
    """Return what whoever asks may do to the entry, and in words why the rest cannot be done."""
    may = [change for change in changes.ALL if request.user.has_perm(change.permission)]
    refusals = [(change, change.why_not(page.book, page.payment)) for change in may]
    offered = [change for change, refusal in refusals if refusal is None]
    # What an entry of its kind is never done to goes without saying, unless there is nothing else to say.
    reasons: dict[str, list[str]] = {}
    for change, refusal in refusals:
        if isinstance(refusal, _BY_ITS_STATE):
            reasons.setdefault(str(refusal), []).append(change.done)
    if not offered and not reasons:
        reasons = {str(refusal): [] for _, refusal in refusals[:1]}
    return {"offered": offered, "reasons": [_reason(words, done) for words, done in reasons.items()]}


def _reason(words: str, done: list[str]) -> str:
    """Return Cannot be corrected or voided: ...; what is void cannot be changed at all."""
    return words if len(done) in (0, len(changes.ALL)) else f"Cannot be {' or '.join(done)}: {words}"


def _did(request: HttpRequest, page: Page) -> dict[str, object] | None:
    """Return what the page that led here did to this entry; the address is believed no more than the ledger says."""
    named = request.GET.get("did", "")
    mine = page.payment.reference
    found = next((each for each in page.book.entries if each.reference == named and each.corrects), None)
    if found is None or mine not in (found.reference, found.corrects):
        return None
    return {"entry": entries.Entry(found, page.book, page.entry.today), "again": "again" in request.GET}


@allowed(MAILS)
@require_POST
def receipt(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Send the receipt again: the letter once more, or one that is written now. 303 to the entry's page."""
    form = ReceiptForm(request.POST)
    if not form.is_valid():
        return _receipt_again(request, slug, reference, form)
    try:
        letter = _letter(form, slug, reference, by=cast(By, request.user))
    except outbox.BadLetter as exc:
        form.add_error("to", str(exc))
        return _receipt_again(request, slug, reference, form)
    except outbox.NothingToSend as exc:
        form.add_error(None, str(exc))
        return _receipt_again(request, slug, reference, form, status=409)
    outbox.deliver(letter)
    place = reverse("dispatch:entry", args=[slug, reference.upper()])
    return HttpResponseRedirect(f"{place}?sent={letter.ulid}#letters", status=303)


def _letter(form: ReceiptForm, slug: str, reference: str, *, by: By) -> Letter:
    given = form.cleaned_data
    if not given["seen"]:
        page = get_page_or_404(slug, reference)
        return mailing.write_receipt(Receipt(page.payment, page.book), to=given["to"], by=by, ulid=given["letter"])
    about = audit.subject_of(Payment(event_id=slug, ulid=given["entry"]))
    found = Letter.fetch(about=about, ulid=given["letter"])
    if found is None:
        raise Http404(given["letter"])
    return outbox.send_again(found, by=by, to=given["to"], seen=given["seen"])


def _receipt_again(
    request: HttpRequest, slug: str, reference: str, form: ReceiptForm, *, status: int = 422
) -> HttpResponse:
    page = _with_letters(request, get_page_or_404(slug, reference))
    return _show(request, page, form, status=status)


# Asked by POST, as a reference in an address would stand in the logs of whatever is in between.
@allowed("payments.view_payment")
@require_POST
def seen_references(request: HttpRequest) -> JsonResponse:
    """Say which entries have this reference of the other side already. One Query."""
    found = references.seen(request.POST.get("method", ""), request.POST.get("reference", ""))
    return JsonResponse({"seen": [{"id": row.entry_id, "where": references.where(row)} for row in found]})


def _with_letters(request: HttpRequest, page: Page) -> Page:
    return entries.with_letters(page) if request.user.has_perm(SEES) else page


def get_page_or_404(slug: str, reference: str) -> Page:
    try:
        return entries.find(slug, reference)
    except (ledger.UnknownEvent, ledger.UnknownReference) as exc:
        raise Http404(str(exc)) from exc
