"""How a signature's request is answered: as a page, or as JSON where that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse

from events.rows import Event
from scc.api import problem
from scc.dynamo.attributes import instant_text
from scc.dynamo.errors import OutcomeUnknown, StoreUnavailable
from scc.middleware import RETRY_AFTER
from scc.staff.throttle import Throttled
from waivers import texts
from waivers.forms import WaiverForm
from waivers.pages import form_page, not_found
from waivers.signing import Signed

NOT_OPEN = "There is no departure at this address that takes signatures."
CHECK = "Check what you entered."
BUSY = (
    "Many people sign from this network. What you entered is kept: wait {seconds} seconds, then press the button again."
)
UNKNOWN = "We cannot tell whether your signature arrived. Press the button again: it counts once."
UNAVAILABLE = "Our records do not answer, and your signature is not sent. Press the button again in a moment."


class Answer:
    """The answer to one signature's request, in the making."""

    def __init__(self, request: HttpRequest) -> None:
        self.is_json = "application/json" in request.headers.get("Accept", "")
        self.data: Mapping[str, Any] = {}
        self.event: Event | None = None

    def signed(self, signed: Signed) -> HttpResponse:
        """Say that it is stored, now or at the first try."""
        address = reverse("waivers:receipt-show", args=[signed.record.event_id, signed.link])
        if not self.is_json:
            return HttpResponseRedirect(address, status=303)
        body = {"reference": signed.reference, "received_at": instant_text(signed.record.received_at)}
        return JsonResponse(body, status=200 if signed.replayed else 201, headers={"Location": address})

    def not_open(self) -> HttpResponse:
        return problem(404, NOT_OPEN) if self.is_json else not_found()

    def refused(self, status: int, words: str, headers: Mapping[str, str] | None = None) -> HttpResponse:
        """Say what is wrong that is in no field, with everything that was typed where there is a form."""
        if self.is_json:
            return problem(status, words, headers=headers)
        return HttpResponse(self._page(words), status=status, headers=dict(headers or {}))

    def _page(self, words: str) -> str:
        if self.event is None:
            return render_to_string("waivers/waiver_refused.html", {"words": words})
        return form_page(self.event, text=self._text(), values=self.data, notice=words)

    def throttled(self, exc: Throttled) -> HttpResponse:
        return self.refused(429, BUSY.format(seconds=exc.retry_after), {"Retry-After": str(exc.retry_after)})

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
            return problem(422, CHECK, errors=errors)
        words = {each.field: each.words for each in reversed(problems)}
        page = form_page(form.event, text=self._text(), values=self.data, errors=words, problems=problems)
        return HttpResponse(page, status=422)

    def _text(self) -> texts.Text | None:
        return texts.of(str(self.data.get("text", "")))
