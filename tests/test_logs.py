from __future__ import annotations

import logging

import pytest

from scc.logs import WithoutSecrets, without_secrets


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("/g/2026-05-23/signed/01abc", "/g/2026-05-23/signed/..."),
        ("/g/2026-05-23/signed/01abc/", "/g/2026-05-23/signed/.../"),
        ("Not Found: /g/2026-05-23/signed/01abc?x=1 at sea", "Not Found: /g/2026-05-23/signed/...?x=1 at sea"),
        ('<a href="/g/2026-05-23/signed/01abc">Receipt</a>', '<a href="/g/2026-05-23/signed/...">Receipt</a>'),
        ("/g/2026-05-23/waiver", "/g/2026-05-23/waiver"),
    ],
)
def test_without_secrets_cuts_the_receipts_key(text: str, cut: str) -> None:
    assert without_secrets(text) == cut


def test_filter_cuts_what_django_logs(capsys: pytest.CaptureFixture[str]) -> None:
    record = logging.makeLogRecord({"msg": "%s: %s", "args": ("Service Unavailable", "/g/2026-05-23/signed/01abc")})

    kept = WithoutSecrets().filter(record)

    assert kept
    assert record.getMessage() == "Service Unavailable: /g/2026-05-23/signed/..."


def test_every_handler_filters() -> None:
    handlers = logging.getLogger().handlers

    ours = [handler for handler in handlers if handler.get_name() == "stderr"]

    assert [type(each) for handler in ours for each in handler.filters] == [WithoutSecrets]
