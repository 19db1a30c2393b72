"""Letters that failed, on the staff's index and on a page of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.utils import quote
from django.test import Client

from scc.dynamo.units import Unit
from scc.mail import outbox
from scc.mail.rows import Letter, State, queue_of
from tests.conftest import RequestsMade
from tests.dynamo.faults import answers_lost, connection_refused
from tests.mail.letters import stored, trail_of, write_letter
from tests.mail.providers import Provider

INDEX = "/admin/"
FAILED = "/admin/mail/letter/failed/"
NEW = "ana.lopez@example.com"
NEW_YEAR = datetime(2027, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def failed(table: None, ses: Provider) -> Letter:
    """A letter that SES refused; it will take the next."""
    ses.ses = [(400, "MessageRejected"), (200, "")]
    letter = write_letter(subject="Receipt that failed")
    outbox.deliver(letter)
    return stored(letter)


def again(letter: Letter) -> str:
    return f"/admin/mail/letter/{quote(letter.id)}/again/"


def send(client: Client, letter: Letter, **fields: object) -> str:
    """Send the form as the index shows it, with changes. Returns the page that one comes to."""
    data = {"to": letter.to, "seen": letter.version, "on": "index", **fields}
    return client.post(again(letter), data, follow=True).text


def make_failed(*, at: datetime) -> Letter:
    unit = Unit()
    letter = outbox.write(unit, kind="receipt", to="ana@example.com", subject="Receipt", text="Paid.", about="x")
    letter.state, letter.due_at, letter.queue = State.FAILED.value, at, queue_of(State.FAILED, at)
    letter.stamp()
    unit.commit()
    return letter


def test_the_index_leaves_the_failed_letters_to_a_request_of_its_own(
    as_alice: Client, requests_made: RequestsMade
) -> None:
    with requests_made() as made:
        page = as_alice.get(INDEX)

    assert f'data-fragment="{FAILED}?part=index"' in page.text
    assert f'<a href="{FAILED}">' in page.text
    assert made == {"GetItem": 2, "Query": 1}


@pytest.mark.parametrize("part", ["", "index"])
def test_a_failed_letter_says_all_that_staff_need(
    as_dana: Client, failed: Letter, part: str, requests_made: RequestsMade
) -> None:
    with requests_made() as made:
        page = as_dana.get(FAILED, {"part": part}).text

    assert "Receipt that failed" in page
    assert "ana@example.com" in page
    assert "Amazon SES refused it: MessageRejected: no" in page
    assert 'href="/admin/payments/payment/2026-05-23.01KS9V3R4T5W6X7Y8Z9A0B1C2D/change/"' in page
    assert f'action="{again(failed)}"' in page
    assert made == {"GetItem": 2, "Query": 2}


def test_the_part_for_the_index_is_no_page(as_alice: Client, failed: Letter) -> None:
    assert "<html" not in as_alice.get(FAILED, {"part": "index"}).text
    assert "<html" in as_alice.get(FAILED).text


def test_no_failed_letter_says_that_all_went_out(as_alice: Client) -> None:
    outbox.deliver(write_letter())

    assert "Every letter of the last 30 days went out" in as_alice.get(FAILED, {"part": "index"}).text


def test_failed_lately_is_of_thirty_days_and_both_years(table: None, requests_made: RequestsMade) -> None:
    kept = [make_failed(at=NEW_YEAR - timedelta(days=days, minutes=1)) for days in (0, 29)]
    make_failed(at=NEW_YEAR - timedelta(days=30, minutes=1))

    with requests_made() as made:
        found = outbox.failed_lately(now=NEW_YEAR)

    assert [letter.ulid for letter in found] == [letter.ulid for letter in kept]
    assert (found.more, made) == (False, {"Query": 2})


def test_failed_lately_ends_somewhere_and_says_so(as_alice: Client) -> None:
    now = datetime.now(UTC)
    letters = [make_failed(at=now - timedelta(minutes=minutes)) for minutes in range(outbox.MOST_SHOWN + 1)]

    found = outbox.failed_lately(now=now)

    assert [letter.ulid for letter in found] == [letter.ulid for letter in letters[:-1]]
    assert found.more
    assert f"?month=failed-{now.year}" in as_alice.get(FAILED).text


def test_send_again_from_the_index_comes_back_to_it(as_dana: Client, failed: Letter, ses: Provider) -> None:
    page = send(as_dana, failed)

    assert "The letter is sent." in page
    assert 'id="failed-letters"' in page
    assert stored(failed).state == State.SENT
    assert len(ses.taken) == 1
    assert trail_of(failed) == [("sent again", "dana")]


def test_send_again_asks_for_the_letter_and_writes_twice(
    as_dana: Client, failed: Letter, requests_made: RequestsMade
) -> None:
    with requests_made() as made:
        as_dana.post(again(failed), {"to": failed.to, "seen": failed.version})

    # Session, user, letter; the transaction, and what became of the letter.
    assert made == {"GetItem": 3, "TransactWriteItems": 2}


def test_the_form_sends_what_it_shows(as_dana: Client, failed: Letter) -> None:
    form = as_dana.get(again(failed)).context["line"]["form"]

    page = as_dana.post(again(failed), {field.name: field.value() for field in form}, follow=True)

    assert "The letter is sent." in page.text
    assert page.redirect_chain == [(f"/admin/mail/letter/{quote(failed.id)}/change/", 302)]


def test_send_again_to_another_address_clears_the_list(as_dana: Client, failed: Letter, ses: Provider) -> None:
    send(as_dana, failed, to=NEW)

    assert [letter.to for letter in outbox.letters_about(failed.about)] == [NEW, failed.to]
    assert "Receipt that failed" not in as_dana.get(FAILED).text
    assert len(ses.taken) == 1


@pytest.mark.parametrize("to", ["", "ana", "ana@example.com, bob@example.com"])
def test_a_bad_address_is_said_beside_it_and_kept(as_dana: Client, failed: Letter, to: str) -> None:
    page = as_dana.post(again(failed), {"to": to, "seen": failed.version})

    assert "errorlist" in page.text
    assert f'value="{to}"' in page.text or not to
    assert stored(failed).state == State.FAILED
    assert trail_of(failed) == []


@pytest.mark.parametrize("to", ["ana@example.com", NEW])
def test_a_double_tap_sends_once(as_dana: Client, failed: Letter, ses: Provider, to: str) -> None:
    send(as_dana, failed, to=to)
    page = send(as_dana, failed, to=to)

    assert "was sent again already" in page
    assert len(ses.taken) == 1
    assert trail_of(failed) == [("sent again", "dana")]


def test_what_is_refused_again_stays_in_the_list_with_the_new_answer(
    as_dana: Client, failed: Letter, ses: Provider
) -> None:
    ses.ses = [(400, "MailFromDomainNotVerifiedException")]

    page = send(as_dana, failed)

    assert "was not taken" in page
    assert "MailFromDomainNotVerifiedException" in as_dana.get(FAILED).text
    assert stored(failed).state == State.FAILED


def test_what_is_put_off_leaves_the_list_and_says_when(as_dana: Client, failed: Letter, ses: Provider) -> None:
    ses.ses = [(429, "TooManyRequestsException")]

    page = send(as_dana, failed)

    assert "It is tried by itself" in page
    assert "Receipt that failed" not in as_dana.get(FAILED).text


def test_send_again_while_the_table_is_away_is_a_503_and_sends_nothing(
    as_dana: Client, failed: Letter, ses: Provider
) -> None:
    with connection_refused("TransactWriteItems", times=99):
        answer = as_dana.post(again(failed), {"to": failed.to, "seen": failed.version})

    assert answer.status_code == 503
    assert (stored(failed).state, ses.taken) == (State.FAILED, [])
    assert "The letter is sent." in send(as_dana, failed)


@pytest.mark.parametrize("to", ["ana@example.com", NEW])
def test_send_again_whose_answer_is_lost_sends_once(as_dana: Client, failed: Letter, ses: Provider, to: str) -> None:
    with answers_lost("TransactWriteItems", times=1) as lost:
        page = send(as_dana, failed, to=to)

    assert lost
    assert "The letter is sent." in page
    assert len(ses.taken) == 1
    assert trail_of(failed) == [("sent again", "dana")]


def test_send_again_of_no_letter_is_not_found(as_dana: Client) -> None:
    assert as_dana.get("/admin/mail/letter/x.01KS9V3R4T5W6X7Y8Z9A0B1C2D/again/").status_code == 404


@pytest.mark.parametrize("who", ["as_bob", "as_charlie"])
def test_failed_letters_are_not_for_crew(who: str, request: pytest.FixtureRequest, failed: Letter) -> None:
    client: Client = request.getfixturevalue(who)

    assert client.get(FAILED).status_code in {302, 403}
    assert client.get(again(failed)).status_code in {302, 403}
    assert client.post(again(failed), {"to": failed.to, "seen": failed.version}).status_code in {302, 403}
    assert "failed-letters" not in client.get(INDEX, follow=True).text
    assert stored(failed).state == State.FAILED


def test_send_again_needs_the_forms_token(dana: object, failed: Letter) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(dana)  # type: ignore[arg-type]  # the user of the fixture

    assert client.post(again(failed), {"to": failed.to, "seen": failed.version}).status_code == 403
