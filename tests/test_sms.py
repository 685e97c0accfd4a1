"""Text messages: short, neutral, through a real gateway, and honest about what became of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal import clock
from portal.booking.actions import Wish, book
from portal.db import db
from portal.outbox.actions import Letter, PostOffice, Undelivered, deliver_next
from portal.outbox.models import Message
from portal.outbox.sms import sms_transport
from portal.programmes.models import service_called
from portal.text import gsm
from tests.client import Client
from tests.conftest import browse, free_slots, make_app
from tests.parts import gateway as gateways
from tests.parts.words import betrayed
from tests.test_booking_pages import PRIVATE, choose

pytestmark = pytest.mark.pages

GSM_ASCII = set("@$!\"#%&'()*+,-./:;<=>?_ \n") | {
    chr(n) for n in (*range(48, 58), *range(65, 91), *range(97, 123))
}
LETTER = Letter("id-1", "+48500600700", "", "Potwierdzenie terminu")


@pytest.fixture
def gateway() -> Iterator[gateways.Gateway]:
    with gateways.running() as running:
        yield running


@given(st.text(max_size=400))
def test_every_text_fits_into_one_message(text: str) -> None:
    sent = gsm(text)
    assert len(sent) <= 160
    assert set(sent) <= GSM_ASCII
    assert gsm(sent) == sent


def test_polish_and_ukrainian_stay_readable() -> None:
    assert gsm("Zażółć gęślą jaźń – ŁÓDŹ") == "Zazolc gesla jazn - LODZ"
    assert gsm("Нагадування: середа, Щедрий") == "Nahaduvannia: sereda, Shchedryi"


@pytest.mark.parametrize("scheme", ["", "smsapi:"])
def test_the_gateway_gets_number_text_and_a_stable_id(gateway: gateways.Gateway, scheme: str) -> None:
    sms_transport(scheme + gateway.url, "secret", "Urzad").send(LETTER)
    got = gateway.received[0]
    assert got["token"] == "Bearer secret"
    assert got["from"] == "Urzad"
    if scheme:
        assert (got["to"], got["message"], got["idx"], got["check_idx"]) == (
            *("48500600700", LETTER.text, "id-1", "1"),
        )
    else:
        assert (got["to"], got["text"], got["id"]) == ("+48500600700", LETTER.text, "id-1")


@pytest.mark.parametrize(("status", "for_good"), [(400, True), (404, True), (429, False), (503, False)])
def test_a_gateway_may_refuse_for_good_or_for_now(
    gateway: gateways.Gateway, status: int, for_good: bool
) -> None:
    gateway.status = status
    with pytest.raises(Undelivered, match=str(status)) as refusal:
        sms_transport(gateway.url, "secret", "").send(LETTER)
    assert refusal.value.for_good is for_good


@pytest.mark.parametrize(
    ("answer", "for_good"),
    [('{"error": 13}', True), ('{"error": 103}', False), ("<html>", False), ("[]", False)],
)
def test_smsapi_names_its_reasons(gateway: gateways.Gateway, answer: str, for_good: bool) -> None:
    gateway.answer = answer
    with pytest.raises(Undelivered) as refusal:
        sms_transport(f"smsapi:{gateway.url}", "secret", "").send(LETTER)
    assert refusal.value.for_good is for_good


def test_smsapi_knows_a_repeated_attempt(gateway: gateways.Gateway) -> None:
    gateway.answer = '{"error": 53}'
    sms_transport(f"smsapi:{gateway.url}", "secret", "").send(LETTER)


def test_a_gateway_that_is_away_is_waited_for() -> None:
    with pytest.raises(Undelivered) as refusal:
        sms_transport("http://127.0.0.1:1/", "secret", "").send(LETTER)
    assert not refusal.value.for_good


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("pl", "Potwierdzenie terminu: wt. 24.11.2026, godz. 15:00. Kod: "),
        ("uk", "Chas pidtverdzheno: "),
        ("en", "Time confirmed: Tue 24.11.2026 at 15:00. Reference: "),
    ],
)
def test_a_booking_is_confirmed_by_a_short_message(
    context: None, app: Flask, gateway: gateways.Gateway, language: str, says: str
) -> None:
    service = service_called("a1")
    assert service
    wish = Wish(service.id, free_slots()[0], PRIVATE, "sms", "+48500600700", language, "form", "hold")
    reference = book(wish, clock.now()).reference
    ours: PostOffice = app.extensions["post_office"]
    office = PostOffice(ours.render, {"sms": sms_transport(gateway.url, "secret", "")})
    while deliver_next(office, clock.now()):
        pass
    (sent,) = gateway.received
    assert sent["text"].startswith(says)
    assert sent["text"].endswith(reference)
    assert len(sent["text"]) <= 160
    assert "http" not in sent["text"]
    assert betrayed(sent["text"]) == []
    assert PRIVATE not in sent["text"]
    states = {m.kind: m.state for m in db.session.scalars(select(Message))}
    assert states == {"confirmed": "sent", "reminder": "queued"}


def test_the_pages_offer_it_only_where_it_can_be_sent(
    resident: Client, database: str, tmp_path: Path, frozen: time_machine.Traveller
) -> None:
    page = resident.submit(choose(resident), "Dalej")
    check = resident.submit(page, "Dalej", name=PRIVATE, channel="sms", phone="500 600 700")
    assert "Wyślijcie SMS" in check.text
    done = resident.submit(check, "Zarezerwuj termin")
    assert "SMS" in done.text
    page = resident.visit("/moja-rezerwacja/kontakt")
    assert 'value="+48500600700"' in page.everything
    silent = make_app(database, tmp_path)
    silent.config["SMS"] = False
    other = browse(silent)
    page = other.submit(choose(other, 1), "Dalej")
    assert "sms" not in page.radios("channel")
    assert other.submit(page, "Dalej", name=PRIVATE, channel="sms", phone="500 600 700").status == 422
    with silent.app_context():
        db.engine.dispose()
