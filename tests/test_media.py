"""Pictures, documents and films: brought by editors, refused with clear words, served so that they can do nothing."""

import base64
import io
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
import time_machine
from flask import Flask
from PIL import Image
from sqlalchemy import insert, inspect, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from portal.accounts.models import AuditEntry
from portal.db import db
from portal.media.models import Medium
from portal.media.storing import danger_of
from portal.web.headers import HEADERS
from tests.client import Client, Page, values_of
from tests.conftest import PASSWORDS
from tests.parts import files
from tests.test_announcements import TEXT, write
from tests.test_pages import ADDRESS as PAGE
from tests.test_pages import write as write_page

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])

CHOOSE_AGAIN = "wybierz je ponownie"
PAGES = {"image": "/panel/media/obraz", "document": "/panel/media/dokument", "film": "/panel/media/film"}


def bring(editor: Client, what: str, content: bytes, name: str = "../../a.html", **typed: object) -> Page:
    said = {"title": "Zdjęcie"} | ({"alt": "Wejście do ośrodka"} if what == "image" else {})
    return editor.submit(
        editor.visit(PAGES[what]), "Zapisz", **said | {"file": (io.BytesIO(content), name)} | typed
    )


def fetched(client: Client, address: str, **headers: str) -> TestResponse:
    """The whole answer; the file is closed."""
    with client.get(
        address, headers={name.replace("_", "-"): value for name, value in headers.items()}
    ) as answer:
        answer.get_data()
        return cast("TestResponse", answer)


def stored(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("media/*/*"))


def test_a_picture_is_written_anew_in_several_widths(
    editor: Client, resident: Client, tmp_path: Path
) -> None:
    page = bring(editor, "image", files.picture())
    assert page.status == 200
    [image] = [i for i in page.dom.all("img") if i.get("src", "").startswith("/media/")]
    assert (image.get("width"), image.get("height"), image.get("alt")) == (
        "1200",
        "800",
        "Wejście do ośrodka",
    )
    assert stored(tmp_path) == ["1200.webp", "480.webp", "960.webp"]
    answer = fetched(resident, image.get("src", ""))
    assert answer.content_type == "image/webp"
    read = Image.open(io.BytesIO(answer.data))
    assert read.size == (1200, 800)
    assert not read.getexif()
    assert b"Tajny aparat" not in answer.data
    widths = re.findall(r"/media/\S+ (\d+)w", image.get("srcset", ""))
    assert widths == ["480", "960", "1200"]


def test_a_picture_says_what_it_shows_or_that_it_shows_nothing(editor: Client, tmp_path: Path) -> None:
    for wrong in ({"alt": ""}, {"is_decorative": "y"}):
        page = bring(editor, "image", files.picture(size=(20, 20)), **wrong)
        assert page.status == 422
        assert "Napisz, co przedstawia obraz" in page.text
    page = bring(editor, "image", files.picture("PNG", (20, 20)), alt="", is_decorative="y")
    assert "czytniki ekranu ją pominą" in page.text


@pytest.mark.parametrize(
    ("what", "name"), [(what, name) for what in files.HOSTILE for name in files.HOSTILE[what]]
)
def test_what_pretends_to_be_something_is_refused(
    editor: Client, tmp_path: Path, what: str, name: str
) -> None:
    page = bring(editor, what, files.HOSTILE[what][name], "niewinny.jpg")
    assert page.status == 422
    assert "Formularz zawiera błędy" in page.text
    assert stored(tmp_path) == []
    assert list(tmp_path.glob("media/*")) in ([], [tmp_path / "media" / "incoming"])
    assert list(tmp_path.glob("media/incoming/*")) == []


def test_a_document_that_is_only_read_is_taken_however_it_is_packed(kind: str, tmp_path: Path) -> None:
    place = b"<< /S /GoTo /D [2 0 R /Fit] >>"
    ways: dict[bytes, Callable[[bytes], bytes]] = {
        b"": bytes,
        b"/Filter /FlateDecode": zlib.compress,
        b"/Filter /ASCII85Decode": lambda raw: base64.a85encode(raw) + b"~>",
    }
    for how, pack in ways.items():
        (tmp_path / "x.pdf").write_bytes(files.pdf_with_objects(place, how, pack))
        assert danger_of(tmp_path / "x.pdf") == ""


def test_a_file_can_do_nothing(editor: Client, resident: Client) -> None:
    page = bring(editor, "document", files.pdf(), title="Wniosek o zasiłek")
    [name] = [name for name in page.links() if "PDF" in name]
    assert name == "Wniosek o zasiłek (PDF, 0,1 MB)"
    answer = fetched(resident, page.links()[name])
    assert answer.content_type == "application/pdf"
    assert answer.headers.getlist("Content-Security-Policy") == ["sandbox; default-src 'none'"]
    for header, value in HEADERS.items():
        if header != "Content-Security-Policy":
            assert answer.headers.getlist(header) == [value]
    assert answer.headers["Content-Disposition"] == "attachment; filename=wniosek-o-zasilek.pdf"
    assert answer.headers["Cache-Control"] == "no-cache"
    again = fetched(resident, page.links()[name], if_none_match=answer.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    folder = page.links()[name].rpartition("/")[0]
    for guess in ("..", "film.mp4", "%2e%2e%2fportal.sqlite", "dokument.pdf.bak"):
        assert resident.get(f"{folder}/{guess}").status_code == 404


def test_a_film_is_sent_in_parts_and_has_captions(editor: Client, resident: Client) -> None:
    page = bring(
        editor,
        "film",
        files.MP4,
        captions=(io.BytesIO(files.CAPTIONS), "a.vtt"),
        poster=(io.BytesIO(files.picture()), "a.jpg"),
        transcript="Dzień dobry.",
        is_pjm="y",
    )
    [video] = page.dom.all("video")
    assert "controls" in video.attrib
    assert "autoplay" not in video.attrib
    assert fetched(resident, video.get("poster", "")).content_type == "image/webp"
    [source], [track] = page.dom.all("source"), page.dom.all("track")
    part = fetched(resident, source.get("src", ""), range="bytes=4-7")
    assert (part.status_code, part.data, part.content_type) == (206, b"ftyp", "video/mp4")
    assert part.headers["Content-Range"] == f"bytes 4-7/{len(files.MP4)}"
    late = fetched(resident, source.get("src", ""), range="bytes=99999-")
    assert (late.status_code, late.headers["Content-Range"]) == (416, f"bytes */{len(files.MP4)}")
    for odd in ("bytes=5-2", "bytes=a-b", "bytes=0-1,3-4", "items=0-1", "bytes=", "bytes=-99999"):
        whole = fetched(resident, source.get("src", ""), range=odd)
        assert (whole.status_code, whole.data) == (200, files.MP4), odd
    subtitles = fetched(resident, track.get("src", ""))
    assert subtitles.content_type.startswith("text/vtt")
    assert subtitles.data == files.CAPTIONS
    assert "Dzień dobry." in page.text
    for wrong in (b"1\n00:00:00,000 --> 00:00:01,000\nSRT", b"WEBVTT", b"\xff\xfe", b"<html>"):
        refused = bring(editor, "film", files.WEBM, captions=(io.BytesIO(wrong), "a.vtt"))
        assert refused.status == 422
        assert "WebVTT" in refused.text


def test_what_an_announcement_shows_belongs_to_its_revision(editor: Client, resident: Client) -> None:
    film = bring(editor, "film", files.WEBM, title="Dyżur w PJM", is_pjm="y")
    bring(editor, "document", files.pdf(), title="Regulamin dyżuru")
    page = editor.submit(write(editor), "Opublikuj teraz")
    choice = editor.visit(page.links()["Wybierz obrazy, pliki i filmy"])
    stale = editor.visit(choice.url)
    page = editor.submit(choice, "Zapisz", media=["1", "2"])
    address = "/ogloszenia/dyzur-prawnika-w-styczniu"
    assert "Regulamin" not in resident.visit(address).text, "not before it is published"
    clash = editor.submit(stale, "Zapisz", media=["2"])
    assert clash.status == 409
    editor.submit(editor.visit(page.url + "/opublikuj"), "Opublikuj", reason="Dodano film i regulamin")
    seen = resident.visit(address)
    assert "Regulamin dyżuru (PDF, 0,1 MB)" in seen.links()
    assert [source.get("type") for source in seen.dom.all("source")] == ["video/webm"]
    assert seen.text.index("Dyżur w PJM") < seen.text.index("W środy od 9:00") < seen.text.index("Regulamin")
    page = editor.submit(editor.visit(page.url + "/edytuj"), "Zapisz", lead="Zmieniony wstęp.")
    editor.submit(editor.visit(page.url + "/opublikuj"), "Opublikuj", reason="Zmiana wstępu")
    assert resident.visit(address).dom.all("video"), "another text keeps what it shows"
    editor.submit(editor.visit(film.url), "Usuń na zawsze")
    seen = resident.visit(address)
    assert not seen.dom.all("video")
    assert "Regulamin dyżuru (PDF, 0,1 MB)" in seen.links()


def test_what_is_said_of_a_file_is_corrected_wherever_it_is_shown(editor: Client, app: Flask) -> None:
    shown = bring(editor, "image", files.picture(size=(20, 20)), alt="Wejśćie")
    wrong = editor.visit(shown.links()["Popraw opis"])
    assert values_of(wrong.form("Zapisz"))["alt"] == "Wejśćie"
    stale = editor.visit(shown.links()["Popraw opis"])
    wrong = editor.submit(wrong, "Zapisz", alt="")
    assert wrong.status == 422
    assert "Napisz, co przedstawia obraz" in wrong.text
    right = editor.submit(wrong, "Zapisz", alt="Wejście do ośrodka")
    assert right.status == 200
    assert [img.get("alt") for img in right.dom.all("img")] == ["Wejście do ośrodka"]
    late = editor.submit(stale, "Zapisz", alt="Drzwi")
    assert late.status == 409
    assert "Wejście do ośrodka" in late.text
    assert editor.submit(late, "Zapisz").status == 200
    with app.app_context():
        medium = db.session.scalars(select(Medium).order_by(Medium.id.desc())).first()
        assert medium is not None
        assert (medium.alt, medium.version) == ("Drzwi", 3)
        log = select(AuditEntry.action).where(
            AuditEntry.subject == "medium", AuditEntry.subject_id == medium.id
        )
        assert db.session.scalars(log.order_by(AuditEntry.id)).all() == [
            "medium_added",
            *["medium_changed"] * 2,
        ]


def test_a_film_gets_its_transcript_and_captions_later(editor: Client) -> None:
    page = bring(editor, "film", files.WEBM)
    assert "Film nie ma napisów" in page.text
    words, stale = (editor.visit(page.links()["Popraw opis, dodaj napisy"]) for _ in range(2))
    wrong = editor.submit(words, "Zapisz", transcript="Cześć.", captions=(io.BytesIO(b"nic"), "a.vtt"))
    assert wrong.status == 422
    assert "Napisy nie są plikiem WebVTT" in wrong.text
    assert "Cześć." not in editor.visit(page.url).text
    page = editor.submit(wrong, "Zapisz", transcript="Dzień dobry.", captions=sent(files.CAPTIONS))
    assert "Dzień dobry." in page.text
    assert "Film nie ma napisów" not in page.text
    [track] = page.dom.all("track")
    assert "Dzień dobry" in fetched(editor, track.get("src", "")).get_data(as_text=True)
    late = editor.submit(stale, "Zapisz", captions=sent(files.CAPTIONS.replace(b"dobry", b"zly")))
    assert late.status == 409
    assert CHOOSE_AGAIN in late.text
    assert "zly" not in fetched(editor, track.get("src", "")).get_data(as_text=True)
    editor.submit(page, "Usuń na zawsze")
    assert editor.get(page.url + "/slowa").status_code == 404


def test_what_is_removed_is_gone_from_the_disk(editor: Client, resident: Client, tmp_path: Path) -> None:
    page = bring(editor, "document", files.pdf())
    [address] = [url for url in page.links().values() if url.startswith("/media/")]
    assert fetched(resident, address).status_code == 200
    editor.submit(page, "Usuń na zawsze")
    assert fetched(resident, address).status_code == 404
    assert stored(tmp_path) == []
    assert editor.get(page.url).status_code == 404


def test_only_who_is_signed_in_may_send_much(editor: Client, resident: Client, tmp_path: Path) -> None:
    assert _send(resident, PAGES["document"], bytes(3_000_000)) == 413
    assert resident.post("/umow-rozmowe/a1/termin", data={"slot": "1" * 3_000_000}).status_code == 413
    for address in ("/panel/ogloszenia/nowe", "/panel/strony/podglad"):
        assert editor.post(address, data={"body": "a" * 3_000_000}).status_code == 413
    assert _send(editor, PAGES["document"], files.pdf() + bytes(11 * 1024 * 1024)) == 422
    assert _send(editor, PAGES["document"], bytes(14_000_000)) == 413
    assert _send(editor, PAGES["film"], files.MP4 + bytes(30_000_000)) == 303
    assert list(tmp_path.glob("media/incoming/*")) == []


def _send(client: Client, address: str, content: bytes) -> int:
    page = client.visit(PAGES["document"])
    token = values_of(page.form()).get("csrf_token", "")
    values = {"csrf_token": token, "title": "Duży plik", "file": FileStorage(io.BytesIO(content), "a")}
    return _post_large(client, address, values).status_code


def _post_large(client: Client, address: str, values: dict[str, Any]) -> TestResponse:
    """Without the file on the disk that the client of the tests would leave open."""
    boundary, body = encode_multipart(values)
    return client.post(address, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def test_two_hundred_files_a_day_are_enough(app: Flask, editor: Client) -> None:
    bring(editor, "document", files.pdf())
    with app.app_context():
        first = db.session.get_one(Medium, 1)
        facts = {
            c.name: getattr(first, c.name) for c in inspect(Medium).columns if c.name not in {"id", "name"}
        }
        db.session.execute(insert(Medium), [facts | {"name": f"n{number}"} for number in range(199)])
        db.session.commit()
    assert "200 plików" in bring(editor, "document", files.pdf()).text


def test_uploading_can_be_switched_off(editor: Client, app: Flask) -> None:
    app.config["MEDIA"] = None
    assert "wyłączone" in editor.visit("/panel/media").text
    assert editor.get(PAGES["film"]).status_code == 404


def test_a_page_shows_a_film_in_sign_language(editor: Client, resident: Client) -> None:
    bring(editor, "film", files.WEBM, title="Jak złożyć pismo, w PJM", is_pjm="y")
    [row] = [
        url for name, url in editor.visit("/panel/strony").links().items() if name.startswith("Poradnik")
    ]
    page = editor.visit(row)
    page = editor.submit(editor.visit(page.links()["Wybierz obrazy, pliki i filmy"]), "Zapisz", media=["1"])
    assert not resident.visit("/poradnik-interesanta").dom.all("video")
    page = editor.submit(page, "Opublikuj najnowszy tekst", reason="Dodano film")
    assert len(resident.visit("/poradnik-interesanta").dom.all("video")) == 1
    page = editor.submit(editor.visit(page.url + "/edytuj"), "Zapisz", lead="Zmieniony wstęp.")
    editor.submit(page, "Opublikuj najnowszy tekst", reason="Zmiana wstępu")
    seen = resident.visit("/poradnik-interesanta")
    assert "Zmieniony wstęp." in seen.text
    assert len(seen.dom.all("video")) == 1, "another text keeps what it shows"


def test_a_text_shows_files_where_it_names_them_until_they_are_removed(
    editor: Client, resident: Client
) -> None:
    picture = bring(editor, "image", files.picture())
    bring(editor, "film", files.WEBM, title="Dyżur w PJM", is_pjm="y")
    bring(editor, "document", files.pdf(), title="Regulamin dyżuru")
    assert "{plik: 1}" in picture.text
    body = "## Gdzie\n\nWejście: {plik: 1} jest tu. Zasady: {plik: 3}.\n\n- film {plik: 2}\n\n`{plik: 1}` {plik: 77}"
    page = write(editor, body=body)
    assert "{plik: 77}" in page.text
    page = editor.submit(editor.visit(page.links()["Wybierz obrazy, pliki i filmy"]), "Zapisz", media=["1"])
    editor.submit(page, "Opublikuj teraz")
    address = "/ogloszenia/dyzur-prawnika-w-styczniu"
    seen = resident.visit(address)
    [image] = [image for image in seen.dom.all("img") if image.get("src", "").startswith("/media/")]
    facts = [image.get(name) for name in ("alt", "width", "height", "loading")]
    assert facts == ["Wejście do ośrodka", "1200", "800", "lazy"]
    assert "480w" in image.get("srcset", "")
    assert len(seen.dom.all("video")) == 1
    assert "Zasady: Regulamin dyżuru (PDF, 0,1 MB)." in seen.text
    assert "{plik" not in seen.everything
    [shared] = [one.get("content") for one in seen.dom.all("meta") if one.get("property") == "og:image"]
    assert str(shared).endswith(image.get("src", "-"))
    found = resident.visit("/szukaj", query_string={"q": "dyżur prawnika wejście"})
    assert "Wejście: jest tu" in found.text
    assert "{plik: 77}" in editor.visit("/panel/tresc/do-sprawdzenia").text
    assert "{plik: 1}" not in editor.visit("/panel/tresc/do-sprawdzenia").text
    editor.submit(editor.visit(picture.url), "Usuń na zawsze")
    seen = resident.visit(address)
    assert not [image for image in seen.dom.all("img") if image.get("src", "").startswith("/media/")]
    assert "{plik: 1}" in editor.visit("/panel/tresc/do-sprawdzenia").text


def test_logos_of_the_home_page_are_links_with_the_words_of_their_pictures(
    editor: Client, resident: Client
) -> None:
    assert "Instytucje i programy" not in resident.visit("/").text, "no heading without logos"
    picture = bring(editor, "image", files.picture(), title="Logo", alt="Fundusz Dobrego Sąsiedztwa")
    bring(editor, "image", files.picture("PNG", (20, 20)), title="Kreska", alt="", is_decorative="y")
    new = editor.visit(editor.visit("/panel/menu").links()["Nowe logo"])
    assert "Kreska" not in new.text, "what says nothing names no link"
    typed = {"label": "Fundusz", "path": "javascript:alert(1)", "position": "1", "medium_id": "1"}
    wrong = editor.submit(new, "Zapisz", **typed)
    assert wrong.status == 422
    editor.submit(wrong, "Zapisz", path="https://www.fundusz.example/a")
    for prefix in ("", "/uk", "/en"):
        home = resident.visit(f"{prefix}/")
        assert home.links()["Fundusz Dobrego Sąsiedztwa (fundusz.example)"] == "https://www.fundusz.example/a"
    [image] = [one for one in home.dom.all("img") if one.get("alt", "").startswith("Fundusz")]
    assert (image.get("width"), image.get("height"), image.get("lang")) == ("480", "320", "pl")
    assert fetched(resident, image.get("src", "")).content_type == "image/webp"
    editor.submit(editor.visit(picture.url), "Usuń na zawsze")
    assert "Fundusz" not in resident.visit("/").text
    assert "Obraz został usunięty" in editor.visit("/panel/menu").text
    assert "Fundusz" in editor.visit("/panel/tresc/do-sprawdzenia").text
    page = editor.visit("/panel/menu/logo/1")
    assert editor.submit(page, "Usuń").status == 200
    assert "Fundusz" not in editor.visit("/panel/menu").text


def sent(content: bytes) -> tuple[io.BytesIO, str]:
    """A file as a form brings it; what it is called counts for nothing."""
    return io.BytesIO(content), "a.exe"


@pytest.mark.parametrize("text", ["announcement", "page"])
def test_a_film_with_captions_and_a_file_come_along_with_a_text(
    editor: Client, resident: Client, text: str
) -> None:
    new, publish, address = {
        "announcement": (write, "Opublikuj teraz", "/ogloszenia/dyzur-prawnika-w-styczniu"),
        "page": (write_page, "Opublikuj najnowszy tekst", PAGE),
    }[text]
    film = {"film": sent(files.WEBM), "captions": sent(files.CAPTIONS), "is_pjm": "y"}
    page = new(editor, **film, attachment=sent(files.pdf()), attachment_title="Regulamin dyżuru")
    picture = {"attachment": sent(files.picture()), "attachment_title": "Wejście"}
    page = editor.submit(editor.visit(f"{page.url}/edytuj"), "Zapisz", **picture)
    editor.submit(page, publish)
    seen = resident.visit(address)
    [track] = seen.dom.all("track")
    assert "Dzień dobry" in fetched(resident, track.get("src", "")).get_data(as_text=True)
    assert "Regulamin dyżuru (PDF, 0,1 MB)" in seen.links()
    assert "Wejście" in [image.get("alt") for image in seen.dom.all("img")]


@pytest.mark.parametrize("new", [write, write_page], ids=["announcement", "page"])
def test_what_came_with_a_text_that_has_to_be_corrected_need_not_come_again(
    editor: Client, tmp_path: Path, new: Callable[..., Page]
) -> None:
    page = new(editor, title="", film=sent(files.WEBM), attachment=sent(files.picture()))
    assert page.status == 422
    assert "Napisz w kilku słowach, co to jest" in page.text
    assert stored(tmp_path) == ["film.webm"], "the picture has no words yet"
    assert CHOOSE_AGAIN in page.text
    page = editor.submit(page, "Podgląd", attachment=sent(files.pdf()), attachment_title="Regulamin")
    assert CHOOSE_AGAIN not in page.text
    page = editor.submit(page, "Zapisz", attachment=sent(b"<svg/>"), attachment_title="Regulamin")
    assert page.status == 422
    assert "To nie jest PDF" in page.text
    assert CHOOSE_AGAIN in page.text
    page = editor.submit(page, "Zapisz", title="Dyżur", attachment_title="", brought=["1", "x", "77"])
    page = editor.visit(page.links()["Wybierz obrazy, pliki i filmy"])
    assert [box.get("value") for box in page.dom.all("input") if "checked" in box.attrib] == ["1"]
    assert "Regulamin" in page.text, "what was unticked is there for another text"


@pytest.mark.parametrize("new", [write, write_page], ids=["announcement", "page"])
def test_what_came_with_a_text_that_somebody_else_has_changed_is_kept(
    editor: Client, new: Callable[..., Page]
) -> None:
    page = new(editor)
    early, late = (editor.visit(page.url + "/edytuj") for _ in range(2))
    editor.submit(early, "Zapisz", lead="Inny wstęp.")
    clash = editor.submit(late, "Zapisz", film=sent(files.WEBM), captions=sent(files.CAPTIONS))
    assert clash.status == 409
    page = editor.visit(editor.submit(clash, "Zapisz").links()["Wybierz obrazy, pliki i filmy"])
    assert [box.get("value") for box in page.dom.all("input") if "checked" in box.attrib] == ["1"]


def test_what_is_typed_beside_a_large_film_outlives_the_session(
    editor: Client, tmp_path: Path, frozen: time_machine.Traveller
) -> None:
    page = editor.visit("/panel/ogloszenia/nowe")
    frozen.shift(31 * 60)
    film = FileStorage(io.BytesIO(files.WEBM + bytes(3_000_000)), "a")
    answer = _post_large(editor, page.url, values_of(page.form("Zapisz")) | TEXT | {"film": film})
    page = editor.visit(answer.location)
    assert page.url == "/panel/logowanie"
    assert list(tmp_path.glob("media/incoming/*")) == []
    login, password = PASSWORDS["editor"]
    page = editor.submit(page, login=login, password=password)
    assert "Haseł i plików nie przechowujemy" in page.text
    page = editor.submit(page, "Zapisz")
    assert page.h1 == TEXT["title"]
    assert stored(tmp_path) == []


def test_captions_need_a_film_and_have_to_be_captions(editor: Client, tmp_path: Path) -> None:
    page = write(editor, captions=sent(files.CAPTIONS))
    assert page.status == 422
    assert "Wybierz też film" in page.text
    page = editor.submit(page, "Zapisz", film=sent(files.WEBM), captions=sent(b"napisy"))
    assert "Napisy nie są plikiem WebVTT" in page.text
    assert CHOOSE_AGAIN in page.text
    assert stored(tmp_path) == []


def test_a_film_gets_another_picture(editor: Client, tmp_path: Path) -> None:
    page = bring(editor, "film", files.WEBM, poster=sent(b"obraz"))
    assert page.status == 422
    assert "To nie jest obraz" in page.text
    page = editor.submit(page, "Zapisz", file=sent(files.WEBM))
    assert stored(tmp_path) == ["film.webm"]
    pictures = set()
    for size in (640, 480), (320, 200):
        words = editor.visit(page.links()["Popraw opis, dodaj napisy"])
        wrong = editor.submit(words, "Zapisz", poster=sent(b"obraz"), captions=sent(files.CAPTIONS))
        assert wrong.status == 422
        assert "To nie jest obraz" in wrong.text
        page = editor.submit(wrong, "Zapisz", poster=sent(files.picture(size=size)))
        [film] = page.dom.all("video")
        pictures.add(Image.open(io.BytesIO(fetched(editor, film.get("poster", "")).data)).size)
    assert pictures == {(640, 480), (320, 200)}
    assert stored(tmp_path) == ["film.webm", "okladka.webp"], "captions beside a wrong picture were not kept"
