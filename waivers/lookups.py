"""What the waiver's page asks beside signing: whom a personal link names, what still counts, the kiosk's PIN.

Each answers JSON that no cache keeps, to our own page alone, and counts its tries by address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

from events.rows import CrewAssignment, Event
from scc import api
from scc.api import BadRequest, problem
from scc.dynamo.attributes import instant_text
from scc.dynamo.errors import OutcomeUnknown, StoreUnavailable
from scc.staff.origin import client_address
from scc.staff.throttle import Throttled
from waivers import bodies, covers, kiosk, origins, personal_links, signing
from waivers.answers import FOREIGN, Answer
from waivers.forms import PersonForm
from waivers.languages import wanted
from waivers.rows import Role

Ask = Callable[[HttpRequest, Event, Mapping[str, Any]], HttpResponse]


def whose_link(request: HttpRequest, slug: str) -> HttpResponse:
    """Say whom a personal link names."""
    return _answer(request, slug, _whose_link)


def still_valid(request: HttpRequest, slug: str) -> HttpResponse:
    """Say until when this person's waiver counts, or nothing."""
    return _answer(request, slug, _still_valid)


def join(request: HttpRequest, slug: str) -> HttpResponse:
    """Put someone whose waiver counts on the manifest."""
    return _answer(request, slug, _join)


def unlock(request: HttpRequest, slug: str) -> HttpResponse:
    """Make the device the kiosk."""
    return _answer(request, slug, _unlock)


def _answer(request: HttpRequest, slug: str, ask: Ask) -> HttpResponse:
    if not origins.is_own(request):
        return problem(403, str(FOREIGN))
    try:
        data = bodies.read(request)
    except BadRequest as exc:
        return api.problem_of(exc)
    with translation.override(wanted(data.get("language"))):
        return _answer_read(request, slug, ask, data)


def _answer_read(request: HttpRequest, slug: str, ask: Ask, data: Mapping[str, Any]) -> HttpResponse:
    answer = Answer(request, is_json=True)
    try:
        event = signing.get_open_event(slug)
        signing.admit_question(address=client_address(request))
        return ask(request, event, data)
    except signing.NotOpen:
        return answer.not_open()
    except Throttled as exc:
        return answer.throttled(exc)
    except signing.KeyTaken:
        return answer.taken()
    except signing.AlreadySigned as exc:
        return answer.already(exc.reference)
    except kiosk.NoKiosk:
        return answer.locked()
    except (OutcomeUnknown, StoreUnavailable) as exc:
        return answer.not_stored(exc)


def _whose_link(request: HttpRequest, event: Event, data: Mapping[str, Any]) -> HttpResponse:
    bearer = personal_links.read(event.slug, str(data.get("link", "")))
    if bearer is None:
        return problem(404, _("This personal link is no longer valid. Sign here without it."))
    role = Role.CREW if isinstance(bearer, CrewAssignment) else Role.GUEST
    return api.answer({"name": personal_links.name_of(bearer), "role": role.value})


def _still_valid(request: HttpRequest, event: Event, data: Mapping[str, Any]) -> HttpResponse:
    form = PersonForm(data, event=event)
    if not form.is_valid():
        return api.answer({})
    place = covers.found(event, form.cleaned_data["name"], form.cleaned_data["birth_date"])
    if place is None:
        return api.answer({})
    said: dict[str, object] = {"valid_until": _day(place.valid_until), "here": place.event_id == event.slug}
    return api.answer(said)


def _day(day: date) -> str:
    return day.isoformat()


def _join(request: HttpRequest, event: Event, data: Mapping[str, Any]) -> HttpResponse:
    form = PersonForm(data, event=event)
    if not form.is_valid() or not form.cleaned_data["key"]:
        errors = {name: [str(words) for words in said] for name, said in form.errors.items()}
        return problem(422, _("Check what you entered."), errors=errors)
    cleaned = form.cleaned_data
    kiosk_pin_by = kiosk.set_by(cleaned["kiosk"]) if cleaned["kiosk"] else ""
    try:
        joined = covers.join(
            event=event,
            key=cleaned["key"],
            name=cleaned["name"],
            born_on=cleaned["birth_date"],
            origin=bodies.origin_of(request, acts={"joined": ""}, kiosk_pin_by=kiosk_pin_by),
            tie=personal_links.tie(event.slug, cleaned["link"], name=cleaned["name"]),
        )
    except covers.NotCovered:
        return problem(409, _("No earlier waiver counts for this departure. Read it and sign."))
    return Answer(request, is_json=True).joined(joined)


def _unlock(request: HttpRequest, event: Event, data: Mapping[str, Any]) -> HttpResponse:
    try:
        token, ends_at = kiosk.unlock(str(data.get("pin", "")), address=client_address(request))
    except kiosk.WrongPin:
        return problem(403, _("This is not the PIN."))
    return api.answer({"token": token, "expires_at": instant_text(ends_at)})
