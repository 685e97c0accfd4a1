"""What each role may do. A staff page names one permission; a page that names none is closed to everyone."""

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])

EVERYONE = frozenset({"editor", "interviewer", "foster_team", "administrator"})
INTERVIEWS = frozenset({"interviewer", "administrator"})
EDITING = frozenset({"editor", "administrator"})
FOSTER = frozenset({"foster_team"})

PERMISSIONS: dict[str, frozenset[str]] = {
    "panel.open": EVERYONE,
    "announcements.edit": EDITING,
    "statement.edit": EDITING,
    "content.edit": EDITING,
    "slots.manage": INTERVIEWS,
    "bookings.read": INTERVIEWS,
    "groups.manage": INTERVIEWS,
    "messages.read": INTERVIEWS,
    "enquiries.manage": INTERVIEWS | FOSTER,
    "questions.edit": EDITING | FOSTER,
    "access_requests.manage": INTERVIEWS,
    "settings.manage": frozenset({"administrator"}),
    "statistics.read": INTERVIEWS,
}

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
