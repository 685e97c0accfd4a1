"""What administrators do with services, and editors with programmes."""

from collections.abc import Mapping
from datetime import datetime

from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.changes.models import note_change
from portal.db import action, put
from portal.errors import Refused
from portal.programmes.discretion import betrayed
from portal.programmes.models import Programme, Service, led_across
from portal.text import slug_of

SAID = {
    "pl": ("code", "public_name", "neutral_name", "intro"),
    "uk": ("public_name_uk", "intro_uk"),
    "en": ("public_name_en", "intro_en"),
}


@action
def save_service(
    service_id: int | None, version: int, values: Mapping[str, object], by: Account, now: datetime
) -> Service:
    """Add a service, or change the one that was read at `version`; `values` by column. Slots and bookings that exist keep
    their times; deadlines count by the new rules at once.

    Raises `NotFound`; `Refused`: `changed`, `not_unique` (the code), `betrays` when a word would say what the talk is
    about (R55).
    """
    if betraying(values):
        raise Refused("betrays")
    service = put(Service, service_id, version, values)
    record(by, "service_saved", "service", service.id, now)
    return service


def betraying(values: Mapping[str, object]) -> list[str]:
    """The words that would say what a service is about, in any language of its texts (R55)."""
    said = {
        language: " ".join(str(values.get(name, "")) for name in names) for language, names in SAID.items()
    }
    return [word for language, text in said.items() for word in betrayed(text, language)]


@action
def save_programme(
    programme_id: int | None, version: int, values: Mapping[str, object], by: Account, now: datetime
) -> Programme:
    """Add a programme at an address made of its title, or change what was read at `version`; `values` by column, and the
    `reason` that residents read.

    Raises `NotFound`; `Refused`: `changed`, `not_unique` (the address), `crosses` with `codes` when a text leads to the booking
    of what is for the other side (R89).
    """
    columns = {name: value for name, value in values.items() if name != "reason"}
    address = {"slug": slug_of(str(values["title"])), "updated_at": now}
    programme: Programme = put(Programme, programme_id, version, columns, lambda: address)
    programme.updated_at = now
    text = " ".join(str(value) for value in values.values())
    if codes := led_across(programme, text):
        raise Refused("crosses", codes=sorted(codes))
    note_change("programme_saved", programme, str(values.get("reason", "")), by, now)
    return programme
