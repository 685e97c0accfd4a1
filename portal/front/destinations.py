"""Which addresses of this portal lead somewhere."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from flask import current_app
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from portal.announcements.models import moved_to, published
from portal.benefits.models import benefits
from portal.contacts.models import register
from portal.i18n import LANGUAGES
from portal.pages.models import paths_read
from portal.programmes.models import all_services, shown_programmes
from portal.text import parts_of


class Destinations:
    """What a visitor finds at a moment; each address is looked up once. `known` are the keys of the addresses that an endpoint
    has."""

    def __init__(self, now: datetime, known: Mapping[str, Collection[str]]) -> None:
        self._now, self._known = now, known
        self._map = current_app.url_map.bind("")
        self._asked: dict[str, bool] = {}

    def leads(self, link: str) -> bool:
        """Whether a visitor finds a page there."""
        path = parts_of(link).path
        if path not in self._asked:
            self._asked[path] = self._leads(path)
        return self._asked[path]

    def _leads(self, path: str) -> bool:
        first, _, rest = path.removeprefix("/").partition("/")
        try:
            endpoint, values = self._map.match(f"/{rest}" if first in LANGUAGES else path, method="GET")
        except RequestRedirect:
            return True
        except HTTPException:
            return False
        return self._has(endpoint, values, first if first in LANGUAGES else "")

    def _has(self, endpoint: str, values: Mapping[str, Any], language: str) -> bool:
        if endpoint == "announcements.show":
            slug = values["slug"]
            return bool(published(slug, self._now) or moved_to(slug, self._now))
        known = self._known.get(endpoint)
        key = str(next(iter(values.values()), ""))
        return known is None or key in known or f"{language}/{key}" in known


def destinations(
    now: datetime, *, pages: Collection[str], benefits: Collection[str], programmes: Collection[str]
) -> Destinations:
    """The addresses that lead somewhere, when these pages, benefits and programmes are public."""
    return Destinations(
        now,
        {
            "pages.show": pages,
            "benefits.show": benefits,
            "programmes.show": programmes,
            "booking.start": {service.code for service in all_services()},
            "contacts.card": set(register()),
        },
    )


def destinations_now(now: datetime) -> Destinations:
    """The addresses that lead somewhere at this moment."""
    return destinations(
        now,
        pages=paths_read(),
        benefits={benefit.slug for benefit in benefits()},
        programmes={programme.slug for programme in shown_programmes()},
    )
