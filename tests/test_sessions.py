"""How a session begins, is seen and ends, asked of itself (S50). What people see of it is in test_staff_area."""

import logging
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, select

from portal import clock
from portal.accounts import people, sessions
from portal.accounts.models import Account, AccountLink, AccountSession, AuditEntry, session_hashed
from portal.accounts.permissions import EVERYONE, PERMISSIONS, SIGNED_OUT, allowed, needs, sees_people
from portal.crypto import digest
from portal.db import db
from tests.conftest import only_sqlite

pytestmark = [pytest.mark.usefixtures("context"), only_sqlite]

MINUTE = timedelta(minutes=1)


def row(token: str) -> AccountSession:
    db.session.expire_all()
    found = session_hashed(digest(token))
    assert found
    return found


def noted(action: str) -> list[tuple[int | None, str, int | None, datetime]]:
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == action))
    return [(entry.account_id, entry.subject, entry.subject_id, entry.at) for entry in entries]


def test_signing_out_ends_this_session_alone_and_is_noted_once(by: Account) -> None:
    now = clock.now()
    token, other = sessions.start_session(by, now), sessions.start_session(by, now)
    for minute in (1, 2):
        sessions.sign_out(token, now + minute * MINUTE)
    sessions.sign_out("not the token of anybody", now)
    assert row(token).ended_at == now + MINUTE
    assert row(other).ended_at is None
    assert noted("signed_out") == [(by.id, "account", by.id, now + MINUTE)]
    assert noted("signed_in") == [(by.id, "account", by.id, now)] * 2
    assert sessions.session_of(token, now) is None
    assert sessions.session_of(other, now)


def test_half_a_session_opens_nothing_and_is_no_sign_in(by: Account) -> None:
    now = clock.now()
    half, whole = sessions.start_session(by, now, is_half=True), sessions.start_session(by, now)
    assert sessions.session_of(half, now) is None
    assert sessions.half_session_of(half, now)
    assert sessions.half_session_of(whole, now) is None
    assert len(noted("signed_in")) == 1


def test_everybody_is_signed_out_and_every_link_is_used_at_once(by: Account) -> None:
    now = clock.now()
    tokens = [sessions.start_session(by, now) for _ in range(2)]
    sessions.sign_out(tokens[0], now)
    link = people.invite("nowa@mopr.example", "Nowa osoba", "editor", None, now)
    sessions.end_all(now + MINUTE)
    assert [row(token).ended_at for token in tokens] == [now, now + MINUTE], "what had ended ended then"
    db.session.expire_all()
    assert db.session.get_one(AccountLink, link.id).used_at == now + MINUTE


def test_all_but_one_session_of_one_account_end(by: Account) -> None:
    now = clock.now()
    other = db.session.scalars(select(Account).where(Account.id != by.id)).first()
    assert other
    mine, left, theirs = (sessions.start_session(who, now) for who in (by, by, other))
    sessions.end_sessions(by.id, now + MINUTE, besides=digest(left))
    assert [row(token).ended_at for token in (mine, left, theirs)] == [now + MINUTE, None, None]
    sessions.end_sessions(by.id, now + 2 * MINUTE)
    assert [row(token).ended_at for token in (mine, left)] == [now + MINUTE, now + 2 * MINUTE]


def test_a_renewed_session_is_as_old_as_before_and_the_only_one(by: Account) -> None:
    now = clock.now()
    copied, elsewhere = sessions.start_session(by, now), sessions.start_session(by, now)
    new = sessions.renew(copied, now + MINUTE)
    assert [row(token).ended_at for token in (copied, elsewhere)] == [now + MINUTE] * 2
    kept = sessions.session_of(new, now + MINUTE)
    assert kept
    assert (kept.account_id, kept.started_at, kept.seen_at) == (by.id, now, now + MINUTE)
    assert new not in {copied, elsewhere}
    assert len(new) == len(copied) == 43, "256 bits"


def test_that_a_session_is_used_is_noted_once_a_minute(by: Account) -> None:
    now = clock.now()
    token = sessions.start_session(by, now)
    sessions.session_of(token, now + MINUTE - timedelta(seconds=1))
    assert row(token).seen_at == now
    sessions.session_of(token, now + MINUTE)
    assert row(token).seen_at == now + MINUTE


def test_a_database_that_can_only_be_read_keeps_a_session_open(
    by: Account, caplog: pytest.LogCaptureFixture
) -> None:
    now = clock.now()
    token = sessions.start_session(by, now)
    event.listen(db.engine, "begin", lambda connection: connection.exec_driver_sql("PRAGMA query_only = ON"))
    with caplog.at_level(logging.WARNING):
        assert sessions.session_of(token, now + 2 * MINUTE)
    assert caplog.messages == ["it could not be noted that a session is used: OperationalError"]
    assert row(token).seen_at == now


def test_whoever_opens_pages_with_people_on_them_sees_people() -> None:
    assert [role for role in sorted(EVERYONE) if sees_people(role)] == [
        "administrator",
        "foster_team",
        "interviewer",
    ]
    assert allowed("editor", "content.edit")
    assert not allowed("editor", "bookings.read")


def test_a_view_is_marked_with_a_permission_that_there_is() -> None:
    def view() -> None:
        """A page."""

    for permission in (*PERMISSIONS, SIGNED_OUT):
        assert needs(permission)(view) is view
        assert view.permission == permission  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match=r"there is no permission 'panel\.opem'"):
        needs("panel.opem")
