"""The gate of the staff area, with a room that nobody has thought of: what names no permission is closed to everybody (S55)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from flask import Blueprint, Flask, request
from sqlalchemy import select

from portal.accounts.models import AuditEntry, KeptForm, account_called
from portal.accounts.permissions import SIGNED_OUT, needs
from portal.db import db
from portal.staff.gate import staff_area
from tests.conftest import PASSWORDS, browse, make_app, signed_in
from tests.test_accounts import csrf

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])

Said = tuple[str, dict[str, str]]

room = Blueprint("room", __name__)
PLAIN = {"Content-Type": "text/plain"}


@room.route("/zapomniana", methods=["GET", "POST"])
def forgotten() -> Said:
    """A page whose author forgot to say who may open it."""
    return "forgotten", PLAIN


@room.route("/tresci", methods=["GET", "POST"])
@needs("content.edit")
def content() -> Said:
    """A page for those who write."""
    return f"content {request.method}", PLAIN


@room.get("/dla-obcych")
@needs(SIGNED_OUT)
def for_strangers() -> Said:
    """A page for whoever has not signed in."""
    return "for strangers", PLAIN


@pytest.fixture
def app(database: str, tmp_path: Path, frozen: time_machine.Traveller) -> Iterator[Flask]:
    """A portal with one more staff area."""
    app = make_app(database, tmp_path)
    area = staff_area(room)
    assert (area.name, area.url_prefix) == ("panel", "/panel")
    app.register_blueprint(area, name="more", url_prefix="/panel/wiecej")
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_a_stranger_opens_only_what_is_for_strangers(app: Flask) -> None:
    stranger = browse(app)
    assert stranger.get("/panel/wiecej/dla-obcych").get_data(as_text=True) == "for strangers"
    for asked, wanted in (
        ("/panel/wiecej/zapomniana", "/panel/wiecej/zapomniana"),
        ("/panel/wiecej/tresci", "/panel/wiecej/tresci"),
        ("/uk/panel/wiecej/tresci?strona=2", "/panel/wiecej/tresci?strona%3D2"),
    ):
        answer = stranger.get(asked)
        sign_in = "/uk/panel/logowanie" if asked.startswith("/uk") else "/panel/logowanie"
        assert (answer.status_code, answer.location) == (303, f"{sign_in}?next={wanted}")


def test_what_names_no_permission_is_closed_to_everybody_and_who_tried_is_noted(app: Flask) -> None:
    for role in PASSWORDS:
        client = signed_in(app, role)
        assert client.get("/panel/wiecej/zapomniana").status_code == 403
        expected = 200 if role in {"editor", "administrator"} else 403
        assert client.get("/panel/wiecej/tresci").status_code == expected, role
        assert client.get("/panel/wiecej/dla-obcych").status_code == 200
    assert browse(app).get("/panel/wiecej/zapomniana").status_code == 303, "nobody is noted who is nobody"
    assert signed_in(app, "editor").get("/panel/uzytkownicy").status_code == 403
    with app.app_context():
        editor = account_called(PASSWORDS["editor"][0])
        assert editor
        noted = db.session.execute(
            select(
                AuditEntry.account_id, AuditEntry.subject, AuditEntry.subject_id, AuditEntry.address
            ).where(AuditEntry.action == "refused")
        ).all()
    assert len(noted) == 1 + len(PASSWORDS) + len(set(PASSWORDS) - {"editor", "administrator"})
    by_editor = [tuple(row) for row in noted if row.account_id == editor.id]
    assert by_editor == [
        (editor.id, "more.room.forgotten", None, "127.0.0.1"),
        (editor.id, "people.index", None, "127.0.0.1"),
    ]


def kept(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(KeptForm.path)))


def test_what_is_sent_passes_or_is_kept_for_who_sent_it(app: Flask, frozen: time_machine.Traveller) -> None:
    editor, address = signed_in(app, "editor"), "/panel/wiecej/tresci"
    sent = {"csrf_token": csrf(editor.visit("/ustawienia")), "title": "Tytuł"}
    assert editor.post(address, data=sent).get_data(as_text=True) == "content POST"
    assert kept(app) == []
    frozen.shift(31 * 60)
    assert editor.get(address).location == f"/panel/logowanie?next={address}"
    assert kept(app) == [], "looking keeps nothing"
    late = editor.post(f"{address}?strona=2", data=sent)
    assert (late.status_code, late.location) == (
        303,
        f"/panel/logowanie?next={address}?strona%3D2%26zachowane%3D1",
    )
    assert kept(app) == [f"{address}?strona=2"]
    stranger = browse(app)
    nobody = stranger.post(
        address, data={"csrf_token": csrf(stranger.visit("/ustawienia")), "title": "Tytuł"}
    )
    assert (nobody.status_code, nobody.location) == (303, f"/panel/logowanie?next={address}?zachowane%3D1")
