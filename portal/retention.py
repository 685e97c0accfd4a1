"""How long personal data lives: one rule per kind of record, written beside the columns it rules.

The shipped periods are proposals; each centre's records schedule decides (R102), by the setting `PORTAL_RETENTION`. That of
programmes is a guess at the usual category B5: the centre must confirm it before it keeps real names. Of messages neither text
nor address is kept at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

_CHOSEN: dict[str, int] = {}


@dataclass(frozen=True)
class Rule:
    """Keep for so many days after `counted_from`; then the next night erases it (`portal.forgetting`). `shipped` are the days
    unless the centre has chosen others."""

    name: str
    shipped: int
    counted_from: str

    @property
    def days(self) -> int:
        """How many days, in this process."""
        return _CHOSEN.get(self.name, self.shipped)

    @property
    def period(self) -> timedelta:
        """How long."""
        return timedelta(days=self.days)

    @property
    def years(self) -> int:
        """How many whole years that is; 0 when it is not."""
        years = round(self.days / 365.25)
        return years if abs(self.days - years * 365.25) <= 1 else 0


SOURCE = Rule("source", 1, "booking")
BOOKING = Rule("booking", 90, "the end of the talk")
QUALIFIED = Rule("qualified", 365, "the talk that qualified for a group")  # who waits for one, and is in it
PROGRAMME = Rule("programme", 1826, "the end of the edition, or the certificate")  # five years
ENQUIRY = Rule("enquiry", 365, "the end of the contact, or its last step when nobody ended it")
ACCESS_REQUEST = Rule("access_request", 730, "the answer, or its last step when nobody ended it")
KEPT_FORM = Rule("kept_form", 1, "the moment at which it was sent without a session")
MARK = Rule("mark", 0, "the erasure of the last record of whom it is about")
SESSION = Rule("session", 1, "the end of the session")
THROTTLE = Rule("throttle", 1, "the first of the failures that are counted")
AUDIT = Rule("audit", 731, "the event")  # two years, whichever they are (KRI)
ACCOUNT = Rule("account", AUDIT.shipped, "the end of the work here")  # as long as the audit log names them
HEIRLOOM = Rule("heirloom", 1826, "the retirement of the key")

RULES = (
    BOOKING,
    QUALIFIED,
    SOURCE,
    PROGRAMME,
    ENQUIRY,
    ACCESS_REQUEST,
    MARK,
    ACCOUNT,
    SESSION,
    KEPT_FORM,
    THROTTLE,
    AUDIT,
    HEIRLOOM,
)


TEN_YEARS = 3653
CHOICES = {rule.name: (1, TEN_YEARS) for rule in (BOOKING, QUALIFIED, PROGRAMME, ENQUIRY, ACCESS_REQUEST)}
CHOICES[AUDIT.name] = (AUDIT.shipped, 1826)  # two years at least, five at most (S60)


def choose(days: Mapping[str, int]) -> None:
    """Let these kinds be kept for so many days, and every other one as it is shipped; once, at start. The names and the bounds of
    what may be chosen are `CHOICES`."""
    _CHOSEN.clear()
    _CHOSEN.update(days)
    if AUDIT.name in days:
        _CHOSEN[ACCOUNT.name] = days[AUDIT.name]


def personal(rule: Rule) -> dict[str, Any]:
    """Column `info` that marks personal data and names the rule it lives under."""
    return {"personal": rule}
