from __future__ import annotations

import pytest
from django.test import Client

from tests.api.calls import everything
from tests.waivers.builders import OWN


@pytest.mark.parametrize("length", ["abc", "-5", "1e3", "\u0663", "9" * 30])
@pytest.mark.parametrize("path", ["/admin/login/", "/g/2026-05-23/waiver"])
@pytest.mark.usefixtures("table")
def test_a_body_of_an_odd_length_is_refused(path: str, length: str) -> None:
    response = Client().post(path, {"username": "alice"}, CONTENT_LENGTH=length)

    assert response.status_code == 400
    assert response["Cache-Control"] == "no-store"
    assert everything() == {}


@pytest.mark.parametrize("charset", ["hex", "idna", "utf-16", "bogus"])
@pytest.mark.usefixtures("table")
def test_a_form_in_another_charset_is_refused(charset: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nAna\r\n--x--\r\n'
    content_type = f"multipart/form-data; boundary=x; charset={charset}"

    response = Client().generic("POST", "/g/2026-05-23/waiver", body, content_type, headers=OWN)

    assert response.status_code == 400
    assert everything() == {}
