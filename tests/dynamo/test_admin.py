from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.staff import audit
from tests.conftest import RequestsMade
from tests.dynamo.boats import Harbor, HarborModel, Mooring, harbor
from tests.people import client_of, make_user

pytestmark = pytest.mark.urls("tests.dynamo.urls")

LIST = "/admin/dynamo/harbormodel/"
ADD = f"{LIST}add/"
CHANGE = f"{LIST}avalon/change/"
NO_MOORINGS = {"mooringmodel_set-TOTAL_FORMS": "0", "mooringmodel_set-INITIAL_FORMS": "0"}


@pytest.fixture(autouse=True)
def avalon(table: None) -> None:
    unit = Unit()
    unit.put(harbor())
    unit.commit()


@pytest.fixture
def as_olga(table: None) -> Client:
    """A second owner."""
    return client_of(make_user(username="olga", name="Olga Owner"))


def store(*rows: Row) -> None:
    unit = Unit()
    for row in rows:
        unit.put(row)
    unit.commit()


def form_of(page: Any) -> dict[str, str]:
    """Return what a browser would send for the form of `page`, unchanged."""
    form = page.context["adminform"].form
    data = {name: form[name].value() for name in form.fields}
    for formset in page.context["inline_admin_formsets"]:
        for inline in [formset.formset.management_form, *formset.formset.forms]:
            data |= {inline.add_prefix(name): inline[name].value() for name in inline.fields}
    return {name: "" if value is None else str(value) for name, value in data.items()}


def errors_of(page: Any) -> dict[str, list[str]]:
    return dict(page.context["adminform"].form.errors)


def test_list_is_one_query(as_alice: Client, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        page = as_alice.get(LIST)

    assert "Avalon" in page.content.decode()
    assert made == {"GetItem": 2, "Query": 1}


def test_pages_go_forward_and_back_to_the_same_rows(as_alice: Client, requests_made: RequestsMade) -> None:
    store(*(harbor(f"h{number}", name=f"Harbor {number}") for number in range(7)))

    def shown(page: Any) -> list[str]:
        return [obj.slug for obj in page.context["cl"].result_list]

    first = as_alice.get(LIST)
    with requests_made() as made:
        second = as_alice.get(LIST + first.context["cl"].next_page)
    third = as_alice.get(LIST + second.context["cl"].next_page)
    back = as_alice.get(LIST + third.context["cl"].previous_page)
    start = as_alice.get(LIST + back.context["cl"].previous_page)

    assert [shown(page) for page in (first, second, third)] == [
        ["avalon", "h0", "h1"],
        ["h2", "h3", "h4"],
        ["h5", "h6"],
    ]
    assert shown(back) == shown(second)
    assert shown(start) == shown(first)
    assert (first.context["cl"].previous_page, third.context["cl"].next_page) == (None, None)
    assert start.context["cl"].previous_page is None
    assert made == {"GetItem": 2, "Query": 1}


@pytest.mark.parametrize(
    "query", ["?p=forged", "?p=", "?o=2", "?berths__gt=1&o=2", "?name__icontains=x", "?e=1", "?q=%00"]
)
def test_an_address_that_no_key_answers_is_no_error(query: str, as_alice: Client) -> None:
    assert as_alice.get(LIST + query, follow=True).status_code == 200


def test_search_is_by_the_beginning_of_the_folded_name(as_alice: Client, requests_made: RequestsMade) -> None:
    store(*(harbor(f"elan-{number}", name=f"Élan {number}") for number in range(3)))

    with requests_made() as made:
        page = as_alice.get(LIST, {"q": "ELAN"})

    assert [obj.slug for obj in page.context["cl"].result_list] == ["elan-0", "elan-1", "elan-2"]
    assert made == {"GetItem": 2, "Query": 1}


def test_add_is_one_transaction_with_inlines_and_trail(as_alice: Client, requests_made: RequestsMade) -> None:
    inline = {
        "mooringmodel_set-TOTAL_FORMS": "2",
        "mooringmodel_set-INITIAL_FORMS": "0",
        "mooringmodel_set-0-number": "1",
        "mooringmodel_set-1-number": "2",
    }
    with requests_made() as made:
        page = as_alice.post(ADD, {"slug": "dana", "name": "Dana Point", "berths": "5", **inline})

    assert page.status_code == 302
    # The session and the user, and then everything at once.
    assert made == {"GetItem": 2, "TransactWriteItems": 1}
    stored = Row.collection("HARBOR#dana")
    assert [type(row) for row in stored] == [Harbor, Mooring, Mooring]
    (entry,) = audit.history_of(stored[0])
    assert (entry.recorded_by, entry.action) == ("alice", "added")


def test_add_of_one_that_is_there_is_a_form_error(as_alice: Client) -> None:
    page = as_alice.post(ADD, {"slug": "avalon", "name": "Another", "berths": "5", **NO_MOORINGS})

    assert page.status_code == 200
    assert errors_of(page) == {"__all__": ["There is one like this already."]}
    assert "Another" in page.content.decode()
    assert HarborModel.objects.get(pk="avalon").name == "Avalon"
    # The success that the first try announced did not happen.
    assert list(as_alice.get(LIST).context["messages"]) == []


def test_change_is_four_requests(as_alice: Client, requests_made: RequestsMade) -> None:
    data = form_of(as_alice.get(CHANGE)) | {"berths": "12"}

    with requests_made() as made:
        page = as_alice.post(CHANGE, data)

    assert page.status_code == 302
    # Session, user and the harbor; then one transaction.
    assert made == {"GetItem": 3, "TransactWriteItems": 1}
    changed = Harbor.fetch(slug="avalon")
    assert changed is not None
    (entry,) = audit.history_of(changed)
    assert entry.action == "changed"
    assert "12" in entry.differences


def test_the_second_of_two_editors_is_told_who_changed_what(as_alice: Client, as_olga: Client) -> None:
    mine = form_of(as_alice.get(CHANGE)) | {"name": "Mine"}
    theirs = form_of(as_olga.get(CHANGE)) | {"name": "Theirs", "note": "deep"}
    assert as_olga.post(CHANGE, theirs).status_code == 302

    page = as_alice.post(CHANGE, mine)

    assert page.status_code == 200
    assert "Olga Owner changed this after you opened it" in errors_of(page)["__all__"][0]
    assert errors_of(page)["name"] == ["Now: Theirs"]
    # What was typed is kept, and a second save is meant.
    assert page.context["adminform"].form["name"].value() == "Mine"
    assert as_alice.post(CHANGE, form_of(page)).status_code == 302
    stored = HarborModel.objects.get(pk="avalon")
    assert (stored.name, stored.stored_version) == ("Mine", 3)


@pytest.mark.parametrize("seen", ["", "x", "-1"])
def test_an_editor_who_does_not_say_what_was_seen_is_asked_again(seen: str, as_alice: Client) -> None:
    data = form_of(as_alice.get(CHANGE)) | {"berths": "12", "seen": seen}

    page = as_alice.post(CHANGE, data)

    assert page.status_code == 200
    assert HarborModel.objects.get(pk="avalon").berths == 10


def test_a_figure_that_moved_meanwhile_is_no_conflict(as_alice: Client) -> None:
    data = form_of(as_alice.get(CHANGE)) | {"berths": "12"}
    mover = Unit()
    mover.update(Harbor.at("avalon"), add={"boats": 3})
    mover.commit()

    assert as_alice.post(CHANGE, data).status_code == 302

    stored = Harbor.fetch(slug="avalon")
    assert stored is not None
    assert (stored.berths, stored.boats) == (12, 3)


def test_a_rule_that_refuses_is_a_form_error(as_alice: Client, requests_made: RequestsMade) -> None:
    data = form_of(as_alice.get(CHANGE)) | {"note": "shallow"}

    with requests_made() as made:
        page = as_alice.post(CHANGE, data)

    assert errors_of(page) == {"__all__": ["No boat gets in there."]}
    assert "TransactWriteItems" not in made


def test_an_inline_row_is_changed_and_removed_with_its_parent(as_alice: Client, requests_made: RequestsMade) -> None:
    store(Mooring(harbor_id="avalon", number="1"), Mooring(harbor_id="avalon", number="2"))
    data = form_of(as_alice.get(CHANGE))
    data |= {"mooringmodel_set-0-kind_of_line": "chain", "mooringmodel_set-1-DELETE": "on"}

    with requests_made() as made:
        page = as_alice.post(CHANGE, data)

    assert page.status_code == 302
    assert made["TransactWriteItems"] == 1
    moorings = [row for row in Row.collection("HARBOR#avalon") if isinstance(row, Mooring)]
    assert [(row.number, row.kind_of_line) for row in moorings] == [("1", "chain")]


def test_an_inline_row_of_another_parent_is_refused(as_alice: Client) -> None:
    store(harbor("elan", name="Élan"), Mooring(harbor_id="elan", number="9"), Mooring(harbor_id="avalon", number="1"))
    before = [row.serialize() for row in Row.collection("HARBOR#elan")]
    data = form_of(as_alice.get(CHANGE)) | {"mooringmodel_set-0-id": "elan.9"}

    changed = as_alice.post(CHANGE, data | {"mooringmodel_set-0-kind_of_line": "chain"})
    as_alice.post(CHANGE, data | {"mooringmodel_set-0-DELETE": "on"})

    assert "A line was removed after you opened the page." in changed.content.decode()
    assert [row.serialize() for row in Row.collection("HARBOR#elan")] == before


def test_delete_says_what_forbids_it(as_alice: Client) -> None:
    store(Mooring(harbor_id="avalon", number="1"))

    page = as_alice.get(f"{LIST}avalon/delete/")
    refused = as_alice.post(f"{LIST}avalon/delete/", {"post": "yes"})

    assert "Mooring 1" in page.content.decode()
    assert refused.status_code == 200
    assert Harbor.fetch(slug="avalon") is not None


def test_delete_is_one_transaction_with_its_trail(as_alice: Client, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        page = as_alice.post(f"{LIST}avalon/delete/", {"post": "yes"})

    assert page.status_code == 302
    assert made == {"GetItem": 3, "Query": 1, "TransactWriteItems": 1}
    assert Row.collection("HARBOR#avalon") == []


def test_history_is_the_trail(as_alice: Client) -> None:
    as_alice.post(CHANGE, form_of(as_alice.get(CHANGE)) | {"berths": "12"})

    page = as_alice.get(f"{LIST}avalon/history/").content.decode()

    assert re.search(r"alice.*Alice Archer", page)
    assert "berths" in page.casefold()


def test_index_shows_recent_actions(as_alice: Client) -> None:
    as_alice.post(CHANGE, form_of(as_alice.get(CHANGE)) | {"berths": "12"})

    assert "Avalon" in as_alice.get("/admin/").content.decode()


@pytest.mark.parametrize("slug", ["nothing", "a" * 5000])
def test_an_address_of_no_row_leads_back(as_alice: Client, slug: str) -> None:
    assert as_alice.get(f"{LIST}{slug}/change/").status_code == 302


@pytest.mark.parametrize("chosen", [["a" * 5000], ["avalon", "a" * 5000]])
def test_what_cannot_be_a_key_is_not_found_by_id(chosen: list[str]) -> None:
    found = HarborModel.objects.filter(pk__in=chosen)

    assert [harbor.pk for harbor in found] == [slug for slug in chosen if slug == "avalon"]


def test_a_partition_beyond_any_key_is_empty_unasked(requests_made: RequestsMade) -> None:
    with requests_made() as made:
        page = Mooring.listing(index="gsi1", known={"year": "9" * 5000})

    assert list(page) == []
    assert made == {}


def test_an_object_has_no_redirect_by_its_content_type(as_alice: Client) -> None:
    assert as_alice.get("/admin/r/1/avalon/").status_code == 404
