"""How long personal data lives: one rule per kind of record, written beside the columns it rules.

The shipped periods are proposals; each centre's records schedule decides (R102). That of programmes is a guess at the
usual category B5: the centre must confirm it before it keeps real names.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rule:
    """Keep for `days` after `counted_from`; then it is to be erased (the worker does so each night for bookings, programmes, enquiries and requests for accessibility; nothing runs the others yet)."""

    name: str
    days: int
    counted_from: str


SOURCE = Rule("source", 1, "booking")
BOOKING = Rule("booking", 90, "the end of the talk")
QUALIFIED = Rule("qualified", 365, "the talk that qualified for a group")  # who waits for one, and is in it
ACCOUNT = Rule("account", 365, "the end of employment")
PROGRAMME = Rule("programme", 1826, "the end of the edition, or the certificate")  # five years
MESSAGE = Rule("message", 7, "sending")
ENQUIRY = Rule("enquiry", 365, "the end of the contact, or its last step when nobody ended it")
ACCESS_REQUEST = Rule("access_request", 730, "the answer, or its last step when nobody ended it")
KEPT_FORM = Rule("kept form", 1, "the end of the session in which it was typed")
HEIRLOOM = Rule("inherited key", 1826, "the last audit entry that it proves")
AUDIT = Rule("audit", 730, "the event")


def personal(rule: Rule) -> dict[str, Any]:
    """Column `info` that marks personal data and names the rule it lives under."""
    return {"personal": rule}
