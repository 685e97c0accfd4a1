"""What each role may do. A staff page names one permission; a page that names none is closed to everyone."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l

View = TypeVar("View", bound=Callable[..., Any])

EVERYONE = frozenset({"editor", "interviewer", "foster_team", "technician", "administrator"})
INTERVIEWS = frozenset({"interviewer", "administrator"})
EDITING = frozenset({"editor", "administrator"})
FOSTER = frozenset({"foster_team"})

PERMISSIONS: dict[str, frozenset[str]] = {
    "panel.open": EVERYONE,
    "announcements.edit": EDITING,
    "statement.edit": EDITING,
    "content.edit": EDITING,
    "media.edit": EDITING,
    "slots.manage": INTERVIEWS,
    "bookings.read": INTERVIEWS,
    "groups.manage": INTERVIEWS,
    "messages.read": INTERVIEWS,
    "enquiries.manage": INTERVIEWS | FOSTER,
    "questions.edit": EDITING | FOSTER,
    "access_requests.manage": INTERVIEWS,
    "conflicts.set": INTERVIEWS | FOSTER,
    "person.rights": frozenset({"administrator"}),
    "settings.manage": frozenset({"administrator"}),
    "statistics.read": INTERVIEWS,
    "accounts.manage": frozenset({"administrator"}),
    "audit.read": frozenset({"administrator"}),
    "system.read": frozenset({"technician", "administrator"}),
}
ROLE_NAMES = {
    "editor": _l("Editor"),
    "interviewer": _l("Interviewer"),
    "foster_team": _l("Foster care team"),
    "technician": _l("Technician"),
    "administrator": _l("Administrator"),
}
ROLE_SAYS = {
    "editor": _l("Writes announcements and pages. Sees no personal data of residents."),
    "interviewer": _l(
        "Offers times, books and holds talks, leads groups, answers enquiries. Sees personal data; every look is noted."
    ),
    "foster_team": _l(
        "Answers enquiries about foster care and keeps its questions and answers. Sees the personal data of candidates; every look is noted."
    ),
    "technician": _l(
        "Sees how the portal itself is: its version, its database, what waits. Sees no personal data."
    ),
    "administrator": _l(
        "Everything that the others may, the settings, who works here, and what residents ask of their data."
    ),
}
PERSONAL_DATA = ("bookings.read", "enquiries.manage", "messages.read")

SIGNED_OUT = "signed_out"


def needs(permission: str) -> Callable[[View], View]:
    """Mark a staff view with the permission it asks for."""
    if permission != SIGNED_OUT and permission not in PERMISSIONS:
        raise ValueError(f"there is no permission {permission!r}")

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def allowed(role: str, permission: str) -> bool:
    """Whether the role holds the permission."""
    return role in PERMISSIONS[permission]


def sees_people(role: str) -> bool:
    """Whether the role opens pages with personal data of residents, and therefore needs a second factor (S49)."""
    return any(allowed(role, permission) for permission in PERSONAL_DATA)
