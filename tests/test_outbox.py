"""Messages: once each, neutral, by a real mail server, and patient when it is not there."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.accounts.models import account_called
from portal.booking.actions import ContactRules, Receipt, Wish, book, cancel, move, say_told
from portal.booking.checks import check
from portal.booking.models import Booking, BookingPerson, Place, Slot
from portal.booking.telling import to_tell
from portal.db import db
from portal.demo.load import ACCOUNTS
from portal.outbox.actions import LEASE, PostOffice, claim, deliver_next, enqueue, postpone, set_aside, settle
from portal.outbox.models import Message, messages_about, next_waiting, troubled_since
from portal.outbox.transports import Smtp as SmtpTransport
from portal.outbox.transports import transport_for
from portal.outbox.worker import next_night
from portal.programmes.models import service_called
from tests.client import Client
from tests.conftest import free_slots
from tests.parts import smtp
from tests.parts.words import betrayed

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def mail() -> Iterator[smtp.Smtp]:
    with smtp.running() as server:
        yield server


@pytest.fixture
def office(app: Flask, mail: smtp.Smtp) -> PostOffice:
    ours: PostOffice = app.extensions["post_office"]
    transport = SmtpTransport(f"smtp://{mail.host}:{mail.port}", "kontakt@mopr-przykladowo.example")
    return PostOffice(ours.render, {"email": transport})


@pytest.fixture
def receipt(context: None) -> Receipt:
    service = service_called("a1")
    assert service
    slot = free_slots()[10]
    return book(
        Wish(service.id, slot, "Żaneta", "email", "osoba@example.com", "pl", "form", "hold"), clock.now()
    )


def another(receipt: Receipt) -> Receipt:
    """Somebody else who books the same talk."""
    service_id = db.session.get_one(Booking, receipt.booking_id).service_id
    wish = Wish(service_id, free_slots()[11], "Inna", "email", "inna@example.com", "pl", "form2", "hold2")
    return book(wish, clock.now())


def the_message() -> Message:
    db.session.expire_all()
    return db.session.scalars(select(Message).where(Message.kind == "confirmed")).one()


def deliver_all(office: PostOffice) -> None:
    while deliver_next(office, clock.now()):
        pass


def test_the_confirmation_arrives_once_and_says_nothing_private(
    office: PostOffice, mail: smtp.Smtp, receipt: Receipt
) -> None:
    deliver_all(office)
    deliver_all(office)
    (letter,) = mail.received
    text = letter.message.get_content()
    assert letter.recipients == ["osoba@example.com"]
    assert receipt.reference in text
    assert receipt.pin not in text
    assert "Żaneta" not in text
    everything = f"{letter.message['Subject']}\n{letter.message['From']}\n{text}".lower()
    assert betrayed(everything) == []
    assert letter.message["Auto-Submitted"] == "auto-generated"
    assert letter.message["Message-ID"].endswith("@mopr-przykladowo.example>")
    assert set(letter.message.keys()) <= {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version"),
        *("Content-Type", "Content-Transfer-Encoding", "X-Peer", "X-MailFrom", "X-RcptTo"),
    }
    assert the_message().state == "sent"


@pytest.mark.usefixtures("receipt")
def test_a_refused_letter_is_not_tried_again(office: PostOffice, mail: smtp.Smtp) -> None:
    mail.mode = "reject"
    deliver_all(office)
    assert the_message().state == "failed"
    assert (the_message().problem or "").startswith("smtp 5")


@pytest.mark.usefixtures("receipt")
def test_trouble_is_waited_out_with_longer_and_longer_pauses(
    office: PostOffice, mail: smtp.Smtp, frozen: time_machine.Traveller
) -> None:
    mail.mode = "tempfail"
    pauses = []
    for _ in range(8):
        deliver_all(office)
        pause = the_message().due_at - clock.now()
        pauses.append(pause // timedelta(minutes=1))
        frozen.shift(pause)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    mail.mode = "accept"
    deliver_all(office)
    assert the_message().state == "sent"
    assert len(mail.received) == 1


@pytest.mark.usefixtures("receipt")
def test_after_three_days_it_has_failed_and_staff_can_see_it(
    office: PostOffice, mail: smtp.Smtp, frozen: time_machine.Traveller
) -> None:
    mail.mode = "tempfail"
    frozen.shift(timedelta(hours=73))
    deliver_all(office)
    assert the_message().state == "failed"


def test_of_a_cancelled_booking_only_the_cancellation_is_sent(
    office: PostOffice, mail: smtp.Smtp, receipt: Receipt
) -> None:
    cancel(receipt.booking_id, 1, clock.now())
    deliver_all(office)
    assert ["Termin odwołany:" in text_of(letter) for letter in mail.received] == [True]
    assert the_message().state == "suppressed"


def test_of_a_moved_booking_the_new_time_is_sent_and_the_old_one_is_not(
    office: PostOffice, mail: smtp.Smtp, receipt: Receipt, frozen: time_machine.Traveller
) -> None:
    target = free_slots()[-1]
    moved = move(receipt.booking_id, 1, target, clock.now())
    deliver_all(office)
    assert ["Termin zmieniony. Nowy:" in text_of(letter) for letter in mail.received] == [True]
    assert moved.slot
    frozen.move_to(moved.slot.starts_at - timedelta(hours=23))
    deliver_all(office)
    assert ["Przypominamy o terminie:" in text_of(letter) for letter in mail.received] == [False, True]
    assert "czwartek, 31 grudnia 2026 r., 17:00" in text_of(mail.received[1])
    kinds = {(m.kind, m.schedule_version): m.state for m in messages_about("booking", receipt.booking_id)}
    assert kinds == {
        ("confirmed", 1): "suppressed",
        ("reminder", 1): "suppressed",
        ("moved", 2): "sent",
        ("reminder", 2): "sent",
    }


def test_no_reminder_comes_after_the_talk_has_begun(
    office: PostOffice, mail: smtp.Smtp, receipt: Receipt, frozen: time_machine.Traveller
) -> None:
    frozen.shift(60 * 24 * 3600)
    deliver_all(office)
    assert mail.received == []


def text_of(letter: smtp.Received) -> str:
    content: str = letter.message.get_content()
    return content.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.usefixtures("receipt")
def test_a_message_is_claimed_by_one_and_taken_over_when_its_lease_ends(
    frozen: time_machine.Traveller,
) -> None:
    message_id = next_waiting(clock.now())
    assert message_id
    assert claim(message_id, clock.now())
    assert not claim(message_id, clock.now())
    assert next_waiting(clock.now()) is None
    frozen.shift(timedelta(minutes=2))
    assert claim(message_id, clock.now())


def test_the_key_allows_no_second_message(receipt: Receipt) -> None:
    with pytest.raises(IntegrityError):
        enqueue("booking", receipt.booking_id, "confirmed", 1, "email", clock.now())


@pytest.mark.usefixtures("receipt")
def test_the_demo_writes_to_a_folder_that_only_the_owner_reads(app: Flask, tmp_path: Path) -> None:
    ours: PostOffice = app.extensions["post_office"]
    transport = transport_for(f"folder:{tmp_path}/mail", "kontakt@mopr-przykladowo.example")
    deliver_all(PostOffice(ours.render, {"email": transport}))
    (file,) = (tmp_path / "mail").iterdir()
    assert file.suffix == ".eml"
    assert file.stat().st_mode & 0o077 == 0


def test_a_person_whose_key_is_gone_does_not_stop_the_others(office: PostOffice, receipt: Receipt) -> None:
    person = db.session.get_one(BookingPerson, receipt.booking_id)
    person.contact_sealed = "v1.gone.AAAA"
    db.session.commit()
    deliver_all(office)
    assert (the_message().state, the_message().problem) == ("failed", "unreadable")


def test_a_letter_that_breaks_keeps_no_other_one(
    office: PostOffice, mail: smtp.Smtp, receipt: Receipt, caplog: pytest.LogCaptureFixture
) -> None:
    person = db.session.get_one(BookingPerson, receipt.booking_id)
    person.contact = "=?utf-8?q?a=0d=0abcc:x=40example.com?=@example.com"  # no header can hold it
    db.session.commit()
    another(receipt)
    deliver_all(office)
    broken, sent = db.session.scalars(select(Message).where(Message.kind == "confirmed").order_by(Message.id))
    assert (broken.state, broken.problem, broken.attempts) == ("queued", "broken", 1)
    assert sent.state == "sent"
    assert [letter.recipients for letter in mail.received] == [["inna@example.com"]]
    assert "a message broke" in caplog.text


def test_nothing_is_sent_outside_the_safe_hours(
    office: PostOffice, mail: smtp.Smtp, frozen: time_machine.Traveller, interviewer: Client
) -> None:
    service = service_called("a1")
    assert service
    rules = ContactRules(safe_from=time(15), safe_to=time(18))
    wish = Wish(service.id, free_slots()[10], "Żaneta", "email", "osoba@example.com", "pl", "form", "hold")
    book(replace(wish, rules=rules), clock.now())
    deliver_all(office)
    assert mail.received == [], "it is eleven in Poland"
    message = the_message()
    assert (message.state, clock.local(message.due_at).time(), message.attempts) == ("queued", time(15), 0)
    assert "Tekst powstaje w chwili wysyłki." in interviewer.visit("/panel/wiadomosci").text.replace(
        "\N{NO-BREAK SPACE}", " "
    )
    frozen.shift(4 * 3600)
    deliver_all(office)
    assert len(mail.received) == 1


def test_a_talk_before_the_next_safe_hour_is_not_written_about(
    office: PostOffice, mail: smtp.Smtp, frozen: time_machine.Traveller
) -> None:
    service = service_called("a1")
    assert service
    rules = ContactRules(safe_from=time(19), safe_to=time(20))
    slot_id = free_slots()[0]
    wish = Wish(service.id, slot_id, "Żaneta", "email", "osoba@example.com", "pl", "form", "hold")
    book(replace(wish, rules=rules), clock.now())
    frozen.move_to(db.session.get_one(Slot, slot_id).starts_at - timedelta(hours=2))
    deliver_all(office)
    assert mail.received == []
    assert (the_message().state, the_message().problem) == ("suppressed", "no safe hour")
    assert [booking.slot_id for booking, _message in to_tell(clock.now())] == [slot_id]


def test_whom_no_message_reached_is_shown_to_staff(
    office: PostOffice, mail: smtp.Smtp, receipt: Receipt, interviewer: Client
) -> None:
    assert "Nic nie czeka." in interviewer.visit("/panel").text
    mail.mode = "reject"
    deliver_all(office)
    page = interviewer.visit("/panel")
    assert "wiadomość nie została doręczona" in page.text
    assert "Żaneta" not in page.everything


def test_the_check_of_the_night_is_remembered_and_told(receipt: Receipt, administrator: Client) -> None:
    assert check(clock.now()) == 0
    assert "Rezerwacje wymagają uwagi" not in administrator.visit("/panel").text
    db.session.execute(update(Place).values(state="free", booking_id=None))
    db.session.commit()
    assert check(clock.now()) == 1
    assert "Rezerwacje wymagają uwagi" in administrator.visit("/panel").text


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ("2026-11-22T02:59:00+00:00", "2026-11-22T03:00:00+00:00"),
        ("2026-11-22T03:00:00+00:00", "2026-11-23T03:00:00+00:00"),
        ("2027-03-27T10:00:00+00:00", "2027-03-28T02:00:00+00:00"),
    ],
)
def test_the_night_begins_at_four_in_poland(now: str, night: str) -> None:
    assert next_night(datetime.fromisoformat(now)) == datetime.fromisoformat(night)


@pytest.mark.usefixtures("receipt")
def test_a_server_that_hangs_is_left_and_tried_again(
    app: Flask, office: PostOffice, mail: smtp.Smtp, frozen: time_machine.Traveller
) -> None:
    mail.mode = "hang"
    sender = "kontakt@mopr-przykladowo.example"
    impatient = SmtpTransport(f"smtp://{mail.host}:{mail.port}", sender, timeout=0.3)
    ours: PostOffice = app.extensions["post_office"]
    assert deliver_next(PostOffice(ours.render, {"email": impatient}), clock.now())
    assert the_message().state == "queued"
    mail.mode = "accept"
    frozen.shift(61)
    deliver_all(office)
    assert the_message().state == "sent"


@pytest.mark.usefixtures("receipt")
def test_a_letter_lost_after_it_was_accepted_comes_twice_under_one_id(
    office: PostOffice, mail: smtp.Smtp, frozen: time_machine.Traveller
) -> None:
    mail.mode = "drop"
    deliver_all(office)
    mail.mode = "accept"
    frozen.shift(61)
    deliver_all(office)
    first, second = mail.received
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert the_message().state == "sent"


@pytest.mark.usefixtures("receipt")
def test_a_worker_that_was_too_slow_changes_nothing_any_more(frozen: time_machine.Traveller) -> None:
    message_id = next_waiting(clock.now())
    assert message_id
    slow = claim(message_id, clock.now())
    frozen.shift(LEASE)
    quick = claim(message_id, clock.now())
    assert slow
    assert quick
    settle(quick, "sent", clock.now())
    postpone(slow, "smtp 451", clock.now())
    settle(slow, "failed", clock.now())
    assert the_message().state == "sent"


def test_what_a_backup_brings_back_is_told_by_people_and_not_sent_again(
    office: PostOffice, mail: smtp.Smtp, receipt: Receipt, frozen: time_machine.Traveller
) -> None:
    frozen.shift(timedelta(hours=23))
    assert set_aside(clock.now()) == 0
    frozen.shift(timedelta(hours=1, seconds=1))
    assert set_aside(clock.now()) == 1
    deliver_all(office)
    assert mail.received == []
    assert [(booking.id, message.kind) for booking, message in to_tell(clock.now())] == [
        (receipt.booking_id, "confirmed")
    ]
    waits = {m.kind: m.state for m in messages_about("booking", receipt.booking_id)}
    assert waits == {"confirmed": "suppressed", "reminder": "queued"}, (
        "a reminder whose day has not come stays"
    )


def test_what_staff_tell_does_not_hide_that_mail_is_down(
    office: PostOffice, mail: smtp.Smtp, receipt: Receipt, frozen: time_machine.Traveller
) -> None:
    mail.mode = "tempfail"
    deliver_all(office)
    frozen.shift(timedelta(hours=1))
    deliver_all(office)
    since = troubled_since("email", clock.now())
    assert since
    by = account_called(ACCOUNTS[1].login)
    assert by
    _booking, message = to_tell(clock.now())[0]
    slot_id = free_slots()[5]
    service = service_called("a1")
    assert service
    book(Wish(service.id, slot_id, "Ktoś", "email", "inna@example.com", "pl", "f2", "h2"), clock.now())
    deliver_all(office)
    frozen.shift(timedelta(minutes=3))
    say_told(message.id, by, clock.now())
    assert troubled_since("email", clock.now())


@pytest.mark.torture
def test_five_hundred_reminders_are_sent_once_each_and_two_hundred_people_are_left_in_peace(
    office: PostOffice, mail: smtp.Smtp, frozen: time_machine.Traveller
) -> None:
    service, slot_id = service_called("a1"), free_slots()[9]
    assert service
    db.session.add_all(Place(slot_id=slot_id, ordinal=n) for n in range(2, 702))
    db.session.commit()
    for n in range(700):
        channel, contact = ("email", f"osoba{n}@example.com") if n < 500 else ("none", None)
        book(Wish(service.id, slot_id, "Ktoś", channel, contact, "pl", f"form-{n}", f"hold-{n}"), clock.now())
    deliver_all(office)
    assert len(mail.received) == 500
    frozen.move_to(db.session.get_one(Slot, slot_id).starts_at - timedelta(hours=24))
    deliver_all(office)
    reminded = [letter.recipients[0] for letter in mail.received[500:]]
    assert len(reminded) == len(set(reminded)) == 500
