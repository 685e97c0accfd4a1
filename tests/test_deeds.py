"""Whatever staff do is written down as what it was, who did it and to whom (S60, R103), and touches nobody else."""

from datetime import datetime, timedelta

import pyotp
import pytest
import time_machine
from sqlalchemy import func, select, update

from portal import clock
from portal.accounts import factors
from portal.accounts.models import (
    Account,
    AccountLink,
    AccountSession,
    AuditEntry,
    Passkey,
    RecoveryCode,
    account_called,
)
from portal.accounts.passwords import change_password, link_with, send_link, set_password, token_of
from portal.accounts.sessions import sign_out, start_session
from portal.booking.absences import Arrangement, stay_away, touched
from portal.booking.absences import undo as undo_absence
from portal.booking.actions import Wish, book, cancel, change_contact, hold, move
from portal.booking.calling_off import call_off, undo
from portal.booking.models import Booking, BookingEvent, Place, Slot
from portal.booking.offering import add_extra_place
from portal.booking.people import NO_RULES
from portal.booking.releasing import put_back, release_batch
from portal.db import db
from portal.demo.load import ACCOUNTS
from portal.errors import NotFound, Refused
from portal.programmes.models import Service
from tests.conftest import free_slots, only_sqlite

pytestmark = [only_sqlite, pytest.mark.usefixtures("context")]

PASSWORD = "trzy zielone parasole"  # pragma: allowlist secret


@pytest.fixture
def other() -> Account:
    account = account_called(ACCOUNTS[0].login)
    assert account
    return account


def log_since(entry_id: int) -> list[tuple[int | None, str, str, int | None]]:
    rows = select(AuditEntry.account_id, AuditEntry.action, AuditEntry.subject, AuditEntry.subject_id)
    found = db.session.execute(rows.where(AuditEntry.id > entry_id).order_by(AuditEntry.id))
    return [(row.account_id, row.action, row.subject, row.subject_id) for row in found]


def last_entry() -> int:
    return db.session.scalar(select(func.max(AuditEntry.id))) or 0


def events_of(booking_id: int) -> list[tuple[str, int | None]]:
    rows = select(BookingEvent.what, BookingEvent.account_id).where(BookingEvent.booking_id == booking_id)
    return [(row.what, row.account_id) for row in db.session.execute(rows.order_by(BookingEvent.id))]


# --- accounts -----------------------------------------------------------------------------------------


def second_factor(account: Account, now: datetime) -> list[str]:
    secret = factors.new_secret()
    return factors.adopt(account, secret, pyotp.TOTP(secret).at(now), now)


def test_every_deed_with_an_account_is_in_the_log(by: Account) -> None:
    now, before, version = clock.now(), last_entry(), by.version
    token = start_session(by, now)
    codes = second_factor(by, now)
    assert factors.accept(by, codes[0], now)
    change_password(by, PASSWORD, now)
    sign_out(start_session(by, now), now)
    sign_out("nobody's", now)
    sign_out(token, now)  # ended with the change of the password: there is nothing to sign out of
    said = (
        "signed_in",
        "second_factor_set",
        "recovery_codes_made",
        "recovery_code_used",
        "password_changed",
        "signed_in",
        "signed_out",
    )
    assert log_since(before) == [(by.id, deed, "account", by.id) for deed in said]
    assert by.version == version + 2
    assert by.failures == 0


def test_a_link_sets_one_password_once_and_ends_what_else_was_open_for_that_account(
    by: Account, other: Account
) -> None:
    now, links = clock.now(), {}
    for account in (by, other):
        links[account.id] = send_link(account, "reset", now)
    mine, theirs = links[by.id], links[other.id]
    start_session(by, now)
    by.failures = 3
    db.session.commit()
    before, version = last_entry(), by.version
    set_password(mine.id, token_of(mine), PASSWORD, now)
    assert log_since(before) == [(by.id, "password_set", "account", by.id)]
    assert (by.version, by.failures) == (version + 1, 0)
    assert db.session.get_one(AccountLink, mine.id).used_at == now
    assert link_with(mine.id, token_of(mine), now) is None
    assert link_with(theirs.id, token_of(theirs), now) is not None
    with pytest.raises(NotFound):
        set_password(mine.id, token_of(mine), PASSWORD, now)


def test_who_takes_a_second_factor_away_is_named_and_only_one_account_loses_it(
    by: Account, other: Account
) -> None:
    now = clock.now()
    for account in (by, other):
        second_factor(account, now)
        start_session(account, now)
        key = Passkey(account_id=account.id, credential_id=bytes([account.id]), public_key=b"", sign_count=0)
        key.name, key.created_at = "klucz", now
        db.session.add(key)
        db.session.commit()
    before, version = last_entry(), by.version
    factors.take_away(by, other, now)
    assert log_since(before) == [(other.id, "second_factor_taken_away", "account", by.id)]
    assert by.version == version + 1
    assert not by.has_second_factor
    for kind in (RecoveryCode, Passkey):
        assert set(db.session.scalars(select(kind.account_id))) == {other.id}
    alive = select(AccountSession.account_id).where(AccountSession.ended_at.is_(None))
    assert set(db.session.scalars(alive)) == {other.id}


def test_a_recovery_code_is_ten_letters_in_two_groups_and_there_are_ten(by: Account) -> None:
    codes = factors.renew_recovery_codes(by, clock.now())
    assert len(set(codes)) == 10
    assert {tuple(map(len, code.split("-"))) for code in codes} == {(5, 5)}


# --- bookings -----------------------------------------------------------------------------------------


def wish(service: Service, slot_id: int | None, token: str = "form", origin: str = "phone") -> Wish:
    return Wish(
        service.id, slot_id, "Ktoś", "email", "osoba@example.com", "pl", token, token, origin, NO_RULES
    )


def keep_for_the_phone(slot_id: int) -> None:
    db.session.execute(update(Place).where(Place.slot_id == slot_id).values(channel="phone"))
    db.session.commit()


def test_what_staff_do_with_a_booking_has_their_name_and_what_its_owner_does_has_none(
    service: Service, by: Account
) -> None:
    now, before, (first, kept) = clock.now(), last_entry(), free_slots()[:2]
    keep_for_the_phone(kept)
    by_staff = book(wish(service, first), now, by).booking_id
    with pytest.raises(Refused, match=r"gone|taken"):
        move(by_staff, 1, kept, now)
    moved = move(by_staff, 1, kept, now, by)
    cancel(by_staff, moved.version, now, by)
    assert log_since(before) == [
        (by.id, deed, "booking", by_staff) for deed in ("booked", "moved", "cancelled")
    ]
    assert events_of(by_staff) == [("booked", by.id), ("moved", by.id), ("cancelled", by.id)]

    before = last_entry()
    own = book(wish(service, first, "own", "online"), now).booking_id
    change_contact(own, 1, "none", None, NO_RULES, now)
    assert log_since(before) == []
    assert events_of(own) == [("booked", None), ("contact_changed", None)]


def test_a_slot_chosen_before_it_closed_may_still_be_booked_while_the_hold_lasts(
    service: Service, frozen: time_machine.Traveller
) -> None:
    slot = db.session.get_one(Slot, free_slots()[0])
    last_moment = slot.starts_at - timedelta(hours=service.notice_hours)
    frozen.move_to(last_moment - timedelta(minutes=1))
    hold(service, slot.id, "slow", clock.now())
    frozen.shift(60 * (service.hold_minutes - 1))
    with pytest.raises(Refused, match="gone"):
        hold(service, slot.id, "late", clock.now())
    assert book(wish(service, slot.id, "slow", "online"), clock.now()).reference


def test_a_slot_that_closed_longer_ago_than_a_hold_lasts_is_gone(
    service: Service, frozen: time_machine.Traveller
) -> None:
    slot = db.session.get_one(Slot, free_slots()[0])
    frozen.move_to(slot.starts_at - timedelta(hours=service.notice_hours))
    frozen.shift(60 * (service.hold_minutes + 1))
    with pytest.raises(Refused, match="gone"):
        book(wish(service, slot.id, "slow", "online"), clock.now())


def test_an_extra_place_stands_behind_the_others_and_says_who_gave_it(service: Service, by: Account) -> None:
    slot = db.session.get_one(Slot, free_slots()[0])
    places = len(slot.places)
    before, version = last_entry(), slot.version
    place = add_extra_place(slot.id, version, "Pilne", by, clock.now())
    assert (place.ordinal, place.slot_id, place.channel, place.is_extra) == (
        places + 1,
        slot.id,
        "phone",
        True,
    )
    assert slot.version == version + 1
    assert log_since(before) == [(by.id, "extra_place", "slot", slot.id)]
    event = db.session.scalars(select(BookingEvent).order_by(BookingEvent.id.desc()).limit(1)).one()
    assert (event.what, event.slot_id, event.account_id) == ("extra_place", slot.id, by.id)
    with pytest.raises(Refused, match="changed"):
        add_extra_place(slot.id, version, "Pilne", by, clock.now())
    with pytest.raises(Refused, match="ended"):
        add_extra_place(slot.id, version + 1, "Pilne", by, slot.ends_at)


def place_states(slot_id: int) -> list[str]:
    return list(
        db.session.scalars(select(Place.state).where(Place.slot_id == slot_id).order_by(Place.ordinal))
    )


def slot_events(slot_id: int) -> list[tuple[str, int | None]]:
    rows = select(BookingEvent.what, BookingEvent.account_id).where(BookingEvent.slot_id == slot_id)
    mine = rows.where(BookingEvent.booking_id.is_(None)).order_by(BookingEvent.id)
    return [(row.what, row.account_id) for row in db.session.execute(mine)]


def version_of(slot_id: int) -> int:
    return db.session.get_one(Slot, slot_id).version


def test_a_slot_that_is_put_back_frees_no_place_of_another_one(service: Service, by: Account) -> None:
    now, (one, another) = clock.now(), free_slots()[:2]
    booking = book(wish(service, one), now).booking_id
    for slot_id, affected in ((one, 1), (another, 0)):
        call_off(slot_id, version_of(slot_id), affected, by, now)
    assert place_states(another) == ["blocked"]
    before = last_entry()
    undo(one, version_of(one), by, now)
    assert place_states(one) == ["booked"]
    assert place_states(another) == ["blocked"]
    assert slot_events(one)[-2:] == [("slot_cancelled", by.id), ("slot_restored", by.id)]
    assert events_of(booking) == [("booked", None), ("displaced", by.id), ("restored", by.id)]
    assert sorted(log_since(before)) == [
        (by.id, "restored", "booking", booking),
        (by.id, "slot_restored", "slot", one),
    ]


def test_an_absence_and_its_end_are_in_the_log_with_every_slot_that_changed_hands(
    service: Service, by: Account
) -> None:
    now, slot = clock.now(), db.session.get_one(Slot, free_slots()[0])
    ill, version = slot.lead_id, slot.version
    shown = touched(ill, slot.day, slot.day, now)
    to = next(each.stand_ins[0].id for each in shown if each.slot.id == slot.id)
    seen = {each.slot.id: (each.slot.version, 0) for each in shown}
    before = last_entry()
    absence = stay_away(ill, (slot.day, slot.day), Arrangement(seen, {slot.id: to}, {}), by, now)
    noted = log_since(before)
    assert (by.id, "absence_noted", "absence", absence.id) in noted
    assert (by.id, "slot_handed_over", "slot", slot.id) in noted
    db.session.refresh(slot)
    assert (slot.lead_id, slot.version) == (to, version + 1)
    before = last_entry()
    undo_absence(absence.id, by, now)
    ended = log_since(before)
    assert (by.id, "absence_undone", "absence", absence.id) in ended
    assert (by.id, "slot_handed_back", "slot", slot.id) in ended
    db.session.refresh(slot)
    assert (slot.lead_id, slot.version) == (ill, version + 2)


def test_what_is_released_and_put_back_says_by_whom_and_leaves_whoever_has_changed(
    service: Service, by: Account
) -> None:
    now, (one, another) = clock.now(), free_slots()[:2]
    first, second = (book(wish(service, slot, f"form-{slot}"), now).booking_id for slot in (one, another))
    before = last_entry()
    assert release_batch({first: 1, second: 7}, by, now) == 1
    assert events_of(second) == [("booked", None)]
    assert put_back(now, by, now) == 1
    assert events_of(first) == [("booked", None), ("released", by.id), ("restored", by.id)]
    assert log_since(before) == [(by.id, deed, "booking", first) for deed in ("released", "restored")]
    assert db.session.get_one(Booking, first).schedule_version == 2
    with pytest.raises(Refused, match="changed"):
        put_back(now, by, now)
