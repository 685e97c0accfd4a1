"""What administrators do with services."""

from collections.abc import Mapping
from datetime import datetime

from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.db import action, put
from portal.errors import Refused
from portal.programmes.discretion import betrayed
from portal.programmes.models import Service

SAID = ("code", "public_name", "neutral_name", "intro")


@action
def save_service(
    service_id: int | None, version: int, values: Mapping[str, object], by: Account, now: datetime
) -> Service:
    """Add a service, or change the one that was read at `version`; `values` by column. Slots and bookings that exist keep
    their times; deadlines count by the new rules at once.

    Raises `NotFound`; `Refused`: `changed`, `not_unique` (the code), `betrays` when a word would say what the talk is
    about (R55).
    """
    if betrayed(" ".join(str(values.get(name, "")) for name in SAID)):
        raise Refused("betrays")
    service = put(Service, service_id, version, values)
    record(by, "service_saved", "service", service.id, now)
    return service
