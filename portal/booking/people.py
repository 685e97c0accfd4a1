"""What is kept of everybody who leaves a contact: how we may reach them safely, and what they need for a talk."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import CheckConstraint, ColumnElement, String, inspect
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock
from portal.crypto import Sealed, Unreadable, keyring, sealed_in

CONTACT_IF_CHANNEL = "(channel = 'none') = (contact_sealed IS NULL)"
SAFE_HOURS = "(safe_from IS NULL) = (safe_to IS NULL) AND (safe_from IS NULL OR safe_from < safe_to)"


@dataclass(frozen=True)
class ContactRules:
    """What we may do on the chosen channel (R61); nothing unless it is said. The hours are those of clocks in Poland."""

    may_leave_message: bool = False
    may_say_who: bool = False
    safe_from: time | None = None
    safe_to: time | None = None


NO_RULES = ContactRules()


def reachable_checks() -> tuple[CheckConstraint, CheckConstraint]:
    """What the database asks of everybody `Reachable`."""
    return (
        CheckConstraint(CONTACT_IF_CHANNEL, name="contact_if_channel"),
        CheckConstraint(SAFE_HOURS, name="safe_hours"),
    )


class Reachable:
    """Somebody who may be reached, as they wish. What is personal is sealed by the class itself, under its own rule."""

    __tablename__: str
    channel: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(5), default="pl")
    may_leave_message: Mapped[bool] = mapped_column(default=False)
    may_say_who: Mapped[bool] = mapped_column(default=False)
    safe_from: Mapped[time | None]
    safe_to: Mapped[time | None]

    name: Sealed
    contact: Sealed
    needs: Sealed
    other_need: Sealed
    contact_fingerprint: Mapped[str | None]

    @property
    def need_codes(self) -> list[str]:
        """What they need for the talk, by codes."""
        return (self.needs or "").split()

    @property
    def contact_rules(self) -> ContactRules:
        """What we may do on the chosen channel."""
        return ContactRules(self.may_leave_message, self.may_say_who, self.safe_from, self.safe_to)

    def reach_by(self, channel: str, contact: str | None, rules: ContactRules) -> None:
        """Have this wish rule from now on; nothing is kept that the channel does not need."""
        by_phone = channel == "phone"
        self.channel, self.contact = channel, contact
        self.note_fingerprint()
        self.may_leave_message = by_phone and rules.may_leave_message
        self.may_say_who = by_phone and rules.may_say_who
        self.safe_from, self.safe_to = (rules.safe_from, rules.safe_to) if contact else (None, None)

    def note_fingerprint(self) -> None:
        """Have the person found by what their contact is now."""
        self.contact_fingerprint = self.fingerprints_of(self.contact)[0] if self.contact else None

    @classmethod
    def fingerprints_of(cls, contact: str) -> list[str]:
        """By what a normalised contact is found in this table and in no other (S66), under every key, the present one first."""
        return keyring().fingerprints(contact, f"{cls.__tablename__}.contact")

    @classmethod
    def has_contact(cls, *contacts: str | None) -> ColumnElement[bool]:
        """Asks for those who gave one of these normalised contacts, also where it was kept under an earlier key."""
        known = [mark for contact in contacts if contact for mark in cls.fingerprints_of(contact)]
        return cls.contact_fingerprint.in_(known)

    def safe_moment(self, moment: datetime) -> datetime:
        """The first moment from `moment` on at which it is safe to write or phone."""
        if self.safe_from is None or self.safe_to is None:
            return moment
        here = clock.local(moment)
        if self.safe_from <= here.time() < self.safe_to:
            return moment
        day = here.date() if here.time() < self.safe_from else here.date() + timedelta(days=1)
        return (clock.at_local(datetime.combine(day, self.safe_from)) or [moment])[0]

    @property
    def is_readable(self) -> bool:
        """Whether all that was read of this person can be opened: nothing was changed, and its key is there."""
        unread = inspect(self).unloaded
        try:
            for sealed in sealed_in(type(self)):
                if sealed.column not in unread:
                    sealed.__get__(self, type(self))
        except Unreadable:
            return False
        return True

    @property
    def initials(self) -> str:
        """What a list may show of the name (S59)."""
        return "".join(f"{word[0].upper()}." for word in (self.name or "").split()[:2])
