"""How a signature's request is answered: as a page, or as JSON where that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from events.rows import Event
from scc.api import problem
from scc.dynamo.attributes import instant_text
from scc.dynamo.errors import OutcomeUnknown, StoreUnavailable
from scc.middleware import RETRY_AFTER
from scc.staff.throttle import Throttled
from waivers import signing
from waivers.covers import Joined
from waivers.forms import WaiverForm
from waivers.pages import form_page, not_found
from waivers.rows import Waiver
from waivers.signing import Signed

NOT_OPEN = gettext_lazy("There is no departure at this address that takes signatures.")
CHECK = gettext_lazy("Check what you entered.")
FOREIGN = gettext_lazy(
    "This did not come from our own page, so it was not taken. Open the departure's link and sign there."
)
TAKEN = gettext_lazy("This page has signed for someone else already. Open it again to sign for the next person.")
ALREADY = gettext_lazy(
    "A waiver with this name and date of birth is signed for this departure already, reference %(reference)s."
)
LOCKED = gettext_lazy("This kiosk is locked. Ask the crew for its PIN.")
BUSY = gettext_lazy(
    "Many people sign from this network. What you entered is kept: wait %(seconds)s seconds, "
    "then press the button again."
)
UNKNOWN = gettext_lazy("We cannot tell whether your signature arrived. Press the button again: it counts once.")
UNAVAILABLE = gettext_lazy(
    "Our records do not answer, and your signature is not sent. Press the button again in a moment."
)


class Answer:
    """The answer to one signature's request, in the making."""

    def __init__(self, request: HttpRequest, *, is_json: bool = False) -> None:
        self.is_json = is_json or "application/json" in request.headers.get("Accept", "")
        self.data: Mapping[str, Any] = {}
        self.event: Event | None = None

    def signed(self, signed: Signed) -> HttpResponse:
        """Say that it is stored, now or at the first try."""
        return self._stored(signed.line, signed.link, signed.references, replayed=signed.replayed)

    def joined(self, joined: Joined) -> HttpResponse:
        """Say that an earlier waiver covers the departure."""
        return self._stored(
            joined.line, signing.link_to(joined.line), [joined.line.reference], replayed=joined.replayed
        )

    def _stored(self, line: Waiver, link: str, references: list[str], *, replayed: bool) -> HttpResponse:
        if not link:
            # Signed, and the receipt's link was revoked since.
            return self.already(line.reference)
        address = reverse("waivers:receipt-show", args=[line.event_id, link])
        if not self.is_json:
            return HttpResponseRedirect(address, status=303)
        body: dict[str, object] = {
            "reference": line.reference,
            "received_at": instant_text(line.signed_at),
        }
        if len(references) > 1:
            body["references"] = references
        return JsonResponse(body, status=200 if replayed else 201, headers={"Location": address})

    def foreign(self) -> HttpResponse:
        return self.refused(403, FOREIGN)

    def taken(self) -> HttpResponse:
        return self.refused(409, TAKEN)

    def locked(self) -> HttpResponse:
        return self.refused(403, LOCKED)

    def already(self, reference: str) -> HttpResponse:
        """Say that this person has signed for the departure; the page offers to replace it."""
        words = ALREADY % {"reference": reference}
        if self.is_json:
            return problem(409, words, reference=reference)
        return HttpResponse(self._page(words, offers_replace=True), status=409)

    def not_open(self) -> HttpResponse:
        return problem(404, str(NOT_OPEN)) if self.is_json else not_found()

    def refused(self, status: int, words: str | Promise, headers: Mapping[str, str] | None = None) -> HttpResponse:
        """Say what is wrong that is in no field, with everything that was typed where there is a form."""
        if self.is_json:
            return problem(status, str(words), headers=headers)
        return HttpResponse(self._page(str(words)), status=status, headers=dict(headers or {}))

    def _page(self, words: str, **more: Any) -> str:
        if self.event is None:
            return render_to_string("waivers/waiver_refused.html", {"words": words})
        return form_page(self.event, values=self.data, notice=words, **more)

    def throttled(self, exc: Throttled) -> HttpResponse:
        return self.refused(429, BUSY % {"seconds": exc.retry_after}, {"Retry-After": str(exc.retry_after)})

    def not_stored(self, exc: OutcomeUnknown | StoreUnavailable) -> HttpResponse:
        words = UNKNOWN if isinstance(exc, OutcomeUnknown) else UNAVAILABLE
        return self.refused(503, words, {"Retry-After": str(RETRY_AFTER)})

    def wrong(self, form: WaiverForm) -> HttpResponse:
        """Say what is wrong in which fields."""
        problems = form.problems()
        if self.is_json:
            errors: dict[str, list[str]] = {}
            for each in problems:
                errors.setdefault(each.field, []).append(each.words)
            return problem(422, str(CHECK), errors=errors)
        words = {each.field: each.words for each in reversed(problems)}
        page = form_page(form.event, values=self.data, errors=words, problems=problems)
        return HttpResponse(page, status=422)
