"""Periods in texts, in the language of the text: `{okres: rezerwacja}`, `{строк: rezerwacja}`, `{period: rezerwacja}` (R96, R102)."""

from collections.abc import Callable

from flask import Flask

from portal.privacy.categories import said
from portal.retention import (
    ACCESS_REQUEST,
    AUDIT,
    BOOKING,
    ENQUIRY,
    PROGRAMME,
    QUALIFIED,
    SOURCE,
    THROTTLE,
)
from portal.web.references import add_references

KEYS = {
    "rezerwacja": BOOKING,
    "kolejka": QUALIFIED,
    "siec": SOURCE,
    "proby": THROTTLE,
    "program": PROGRAMME,
    "zgloszenie": ENQUIRY,
    "dostepnosc": ACCESS_REQUEST,
    "dziennik": AUDIT,
}


def init_app(app: Flask) -> None:
    """Let texts say periods by reference, so that a notice always says what the night does."""
    add_references(app, lambda: KEYS, okres=_in("pl"), строк=_in("uk"), period=_in("en"))


def _in(language: str) -> Callable[[str], str]:
    def period(key: str) -> str:
        rule = KEYS.get(key)
        return said(rule, language) if rule else ""

    return period
