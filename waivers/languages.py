"""The languages in which texts are written, and what the house itself says within a text."""

from __future__ import annotations

from waivers.rows import Validity

DEFAULT = "en"
LANGUAGES = {"en": "English", "es": "Español"}


def wanted(language: object) -> str:
    """Return `language` if it is one of ours, else the default: what a page says that it was read in."""
    return language if isinstance(language, str) and language in LANGUAGES else DEFAULT


# Over what is ticked, and over the button, in a snapshot.
HEADINGS = {
    "en": {
        "consent": "Consent to sign electronically",
        "adult": "Age",
        "authority": "Signing for a child",
        "assent": "Agreement",
        "orientation": "Safety orientation",
        "button": "Button",
    },
    "es": {
        "consent": "Consentimiento para firmar electrónicamente",
        "adult": "Edad",
        "authority": "Firma en nombre de un menor",
        "assent": "Conformidad",
        "orientation": "Instrucciones de seguridad",
        "button": "Botón",
    },
}

_VERSION = {
    "en": "Version {version}, consent {consent}. {counts}",
    "es": "Versión {version}, consentimiento {consent}. {counts}",
}
_COUNTS = {
    "en": {
        Validity.EVENT: "A signature counts for its departure.",
        Validity.SEASON: "A signature counts to the end of the season, {day}.",
        Validity.YEAR: "A signature counts for twelve months.",
    },
    "es": {
        Validity.EVENT: "Una firma vale para su salida.",
        Validity.SEASON: "Una firma vale hasta el fin de la temporada, {day}.",
        Validity.YEAR: "Una firma vale durante doce meses.",
    },
}
# Here and not from Django's catalogue: a stored text is compared with these words for years.
_MONTHS = {
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio",
        "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    ),
}  # fmt: skip
_DAYS = {"en": "{day} {month}", "es": "{day} de {month}"}


def version_line(
    document: str, language: str, number: int, consent_version: int, validity: str, season_ends: str
) -> str:
    """Return the second line of a snapshot: which version it is, and how long a signature counts."""
    return _VERSION[language].format(
        version=f"{document}-{language}-{number}",
        consent=consent_version,
        counts=counts_for(language, validity, season_ends),
    )


def counts_for(language: str, validity: str, season_ends: str) -> str:
    """Return how long a signature counts, as a sentence. season_ends: 10-31, where the validity is a season's."""
    return _COUNTS[language][Validity(validity)].format(day=_day(language, season_ends))


def _day(language: str, season_ends: str) -> str:
    if not season_ends:
        return ""
    month, _, day = season_ends.partition("-")
    return _DAYS[language].format(day=int(day), month=_MONTHS[language][int(month) - 1])
