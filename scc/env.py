"""Typed readers of the environment. What is set wrong fails at start, with the next step."""

from __future__ import annotations

import base64
import binascii
import os
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """Return the variable, stripped, or `default` when it is not set or empty."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool) -> bool:
    """Return the variable as yes or no: 1, true, yes, on; 0, false, no, off."""
    value = text(name).casefold()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}. Set it to 1 or 0, or leave it out.")


def number(name: str, default: int) -> int:
    """Return the variable as a whole number."""
    value = text(name)
    if not value:
        return default
    if not value.isascii() or not value.isdigit():
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to a whole number, or leave it out.")
    return int(value)


def words(name: str) -> list[str]:
    """Return the variable as a list; commas and spaces separate."""
    return text(name).replace(",", " ").split()


def time_zone(name: str, default: str) -> str:
    """Return the variable as the name of a time zone that exists."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to a name such as America/Los_Angeles.") from exc
    return value


def key(name: str, default: bytes) -> bytes:
    """Return the variable as the 32 bytes of a key, which it holds in base 64."""
    value = text(name)
    if not value:
        return default
    try:
        decoded = base64.b64decode(value, validate=True)
    except binascii.Error:
        decoded = b""
    if len(decoded) != 32:
        raise ImproperlyConfigured(f"{name} is not 32 bytes in base 64. Make one: openssl rand -base64 32")
    return decoded
