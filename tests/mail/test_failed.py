from __future__ import annotations

import pytest
from django.test import Client

from scc.mail import outbox
from tests.conftest import RequestsMade
from tests.mail.letters import write_letter
from tests.mail.providers import Provider

FAILED = "/admin/mail/letter/failed/"


def fail(ses: Provider, **changes: str) -> None:
    ses.ses = [(400, "MessageRejected")]
    outbox.deliver(write_letter(**changes))


def test_the_index_leaves_the_failed_letters_to_a_request_of_its_own(
    as_alice: Client, requests_made: RequestsMade
) -> None:
    with requests_made() as made:
        page = as_alice.get("/admin/")

    assert f'data-fragment="{FAILED}?part=index"' in page.text
    assert f'<a href="{FAILED}">' in page.text
    assert made == {"GetItem": 2, "Query": 1}


def test_failed_letters_are_shown_in_two_requests(as_alice: Client, ses: Provider, requests_made: RequestsMade) -> None:
    fail(ses, subject="Receipt that failed")

    with requests_made() as made:
        page = as_alice.get(FAILED)

    assert "Receipt that failed" in page.text
    assert made == {"GetItem": 2, "Query": 2}


def test_no_failed_letter_says_that_all_went_out(as_alice: Client) -> None:
    assert "Every letter of the last 30 days went out." in as_alice.get(FAILED, {"part": "index"}).text


@pytest.mark.parametrize("who", ["as_bob", "as_charlie"])
def test_failed_letters_are_not_for_crew(who: str, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(who)

    assert client.get(FAILED).status_code in {302, 403}
    assert "Letters that failed" not in client.get("/admin/", follow=True).text
