"""Why the accessibility statement may no longer be true: art. 11 of the act of 4 April 2019 asks for a review without delay after
every change that matters (R113)."""

from collections.abc import Iterator
from datetime import date

from portal.access_requests.models import answered_since
from portal.accessibility.models import SIGN_LANGUAGE, changed_since_review, versions
from portal.accessibility.statement import film_is_missing


def reasons() -> Iterator[tuple[str, date | None]]:
    """What has changed, by code, and since when: `statement_draft` that residents do not read yet, `statement_changed` but not
    looked through, `film_missing` and `film_there` unlike what it says, `answered` requests about the portal."""
    known = versions()
    in_force = next((version for version in known if version.published_at), None)
    if in_force is None:
        return
    if known[0].differs_from(in_force):
        yield "statement_draft", None
    if changed_on := changed_since_review(known):
        yield "statement_changed", changed_on
    is_missing = film_is_missing()
    if is_missing != in_force.names_page(SIGN_LANGUAGE):
        yield "film_missing" if is_missing else "film_there", None
    if answered_since(in_force.last_review_on):
        yield "answered", in_force.last_review_on
