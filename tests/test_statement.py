"""The accessibility statement: what residents read in each language, how staff keep it, and the checker that guards it."""

import re
from dataclasses import replace
from datetime import date

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.accessibility.checker import MANDATORY, Problem, Wanted, problems
from portal.accessibility.models import SIGN_LANGUAGE, Statement, newest_statement, review_of
from portal.accessibility.statement import pages_of, problems_of
from portal.accounts.models import AuditEntry, account_called
from portal.db import db
from portal.demo.access_requests import load_access_requests
from portal.i18n import LANGUAGES
from portal.media.models import Medium
from portal.pages import actions as pages
from portal.pages.models import page_at
from tests.client import Client
from tests.conftest import PASSWORDS, signed_in


@pytest.fixture
def kind() -> str:
    """No rule here depends on the database."""
    return "sqlite"


PANEL, TO_CHECK = "/panel/deklaracja", "/panel/tresc/do-sprawdzenia"
NO_MORE_BARRIER = "Wykreśl z listy: Brak nagrania w polskim języku migowym (PJM) o naszej działalności"
HEADINGS = (
    *(
        "Deklaracja dostępności",
        "Stan dostępności cyfrowej",
        "Niedostępne treści",
        "Niezgodność z załącznikiem",
    ),
    *("Przygotowanie deklaracji dostępności i jej aktualizacja",),
    *(
        "Udogodnienia, ograniczenia i inne informacje",
        "Skróty klawiszowe",
        "Informacje zwrotne i dane kontaktowe",
    ),
    *("Obsługa wniosków i skarg związanych z dostępnością", "Pozostałe informacje"),
    *("Dostępność architektoniczna", "Dostępność komunikacyjno-informacyjna"),
)
BARRIER = {
    f"{language}_{name}": f"{name} {language}"
    for language in LANGUAGES
    for name in ("element", "effect", "alternative")
} | {"kind": "annex", "page": "/kontakt"}


# --- what residents read --------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "/uk", "/en"])
def test_each_language_has_its_own_with_the_same_ids(resident: Client, prefix: str) -> None:
    page = resident.visit(f"{prefix}/deklaracja-dostepnosci")
    assert page.status == 200
    for name in MANDATORY:
        assert page.everything.count(f'id="a11y-{name}"') == 1, name
    assert (
        f'<meta name="deklaracja-dostępności" content="http://127.0.0.1:8000{prefix}/deklaracja'
        in page.everything
    )
    main = page.everything.partition("<main")[2].partition("</main>")[0]
    foreign = re.findall(r'<(?:section|li)[^>]*lang="pl"', main)
    assert foreign == []


def test_in_polish_it_has_the_official_headings_and_sentences(resident: Client) -> None:
    page = resident.visit("/deklaracja-dostepnosci")
    headings = [" ".join("".join(h.itertext()).split()) for h in page.dom.all("h1", "h2", "h3")]
    assert headings == list(HEADINGS)
    assert (
        "jest częściowo zgodna z załącznikiem do ustawy z dnia 4 kwietnia 2019 r. o dostępności" in page.text
    )
    assert "22 listopada 2026" not in page.text
    assert "2 listopada 2026 r." in page.text
    assert "W ośrodku można skorzystać z tłumacza języka migowego online." in page.text
    assert "r.." not in page.text


# --- the checker ----------------------------------------------------------------------------------------


@pytest.fixture
def polish(app: Flask, context: None) -> tuple[str, Wanted]:
    with app.test_request_context("/deklaracja-dostepnosci"):
        facts = newest_statement()
        assert facts
        assert all(not found for found in problems_of(facts).values())
        return pages_of(facts)["pl"]


BY_LAW = (
    *("wstep", "podmiot", "zakres", "url", "data-publikacja", "data-aktualizacja", "status"),
    *("data-sporzadzenie", "kontakt", "email", "telefon", "procedura", "architektura", "komunikacja"),
)
BROKEN = [
    ('<a id="a11y-email"', '<a id="a11y-mail"', "missing", "a11y-email"),
    ('<a id="a11y-email"', '<a id="a11y-mail"', "unknown", "a11y-mail"),
    ("<h2>Skróty klawiszowe</h2>", '<h2 id="a11y-status">Skróty klawiszowe</h2>', "twice", "a11y-status"),
    ('id="a11y-kontakt"', 'id="a11y-architektura-url"', "order", ""),
    ("<h2>Skróty klawiszowe</h2>", "", "no_heading", "Skróty klawiszowe"),
    ("<h2>Skróty klawiszowe</h2>", "<h3>Skróty klawiszowe</h3>", "odd_heading", "Skróty klawiszowe"),
    ("<h2>Skróty klawiszowe</h2>", "<h2>Skróty</h2>", "odd_heading", "Skróty"),
    ("częściowo zgodna", "prawie zgodna", "status", ""),
    ("2019 r. o", "2020 r. o", "act", "a11y-wstep"),
    ('datetime="2026-11-02"', 'datetime="2. 11. 2026"', "date", "a11y-data-publikacja"),
    ('datetime="2026-11-02"', 'datetime="2027-11-02"', "date", "a11y-data-publikacja"),
    (
        'aktualizacja" datetime="2026-11-02">2 listopada 2026',
        'aktualizacja" datetime="2025-11-02">2 listopada 2025',
        "date_order",
        "a11y-data-aktualizacja",
    ),
    (
        'sporzadzenie" datetime="2026-11-02">2 listopada 2026',
        'sporzadzenie" datetime="2027-11-02">2 listopada 2027',
        "future",
        "a11y-data-sporzadzenie",
    ),
    ('<time id="a11y-data-sporzadzenie"', '<b id="a11y-data-sporzadzenie"', "date", "a11y-data-sporzadzenie"),
    ("załącznikiem</h3>", "załącznikiem</h3><!--", "no_list", "Niezgodność z załącznikiem"),
    (
        'href="mailto:dostepnosc@mopr-przykladowo.example">dostepnosc',
        'href="/kontakt">dostepnosc',
        "link",
        "a11y-email",
    ),
    ('href="http://127.0.0.1:8000/">http', 'href="http://127.0.0.1:8000/uk/">http', "address", "a11y-url"),
    ("7 dni", "tygodnia", "times", "a11y-procedura"),
    ("bip.brpo.gov.pl", "rpo.example", "commissioner", "a11y-procedura"),
    ("głównej siedziby:", "głównej siedziby: <!--", "building", "a11y-architektura"),
    ("z tłumacza języka migowego online", "z pomocy", "interpreter", "a11y-komunikacja"),
    (
        "mobilnych podmiotów publicznych. Deklaracja",
        "mobilnych podmiotów publicznych.</p><p>Deklaracja",
        "outside",
        "a11y-url",
    ),
    (
        '<section id="a11y-komunikacja">',
        '<section id="a11y-komunikacja" lang="pl"><section lang="en">',
        "translation",
        "",
    ),
]


@pytest.mark.parametrize(("right", "wrong", "code", "about"), BROKEN, ids=range(len(BROKEN)))
def test_each_break_of_the_structure_is_named(
    polish: tuple[str, Wanted], right: str, wrong: str, code: str, about: str
) -> None:
    html, wanted = polish
    plain = html.replace("\N{NO-BREAK SPACE}", " ")
    assert right in plain, "the test breaks something that is there"
    broken = plain.replace(right, wrong, 1)
    if wrong.endswith("<!--"):
        broken = broken.replace("<!--", "<!-- ", 1).replace(
            "</ul>" if code == "no_list" else "</span></p>", "-->", 1
        )
    found = problems(broken, wanted)
    assert any(problem.code == code and about in problem.about for problem in found), found


def test_each_mandatory_id_is_missed_and_stands_only_once(polish: tuple[str, Wanted]) -> None:
    """The ids are written out here as the conditions name them: a list that lost one would not notice (R109)."""
    html, wanted = polish
    assert sorted(MANDATORY) == sorted(BY_LAW)
    for name in BY_LAW:
        marked = f'id="a11y-{name}"'
        assert html.count(marked) == 1, name
        without, twice = html.replace(marked, ""), html.replace("</main>", f"<p {marked}>x</p></main>")
        assert Problem("missing", f"a11y-{name}") in problems(without, wanted)
        assert Problem("twice", f"a11y-{name}") in problems(twice, wanted)


def test_barriers_and_status_belong_together(polish: tuple[str, Wanted]) -> None:
    html, wanted = polish
    assert Problem("barriers") in problems(html, replace(wanted, kinds=frozenset()))
    assert Problem("assessment") in problems(html, replace(wanted, kinds=frozenset({"cost"})))
    assert Problem("status") in problems(html, replace(wanted, status="none"))
    full = replace(wanted, status="full", kinds=frozenset())
    assert Problem("odd_heading", "Niedostępne treści") in problems(html, full)


# --- the staff ------------------------------------------------------------------------------------------


def test_a_change_waits_as_a_draft_until_it_is_published(
    resident: Client, editor: Client, app: Flask
) -> None:
    page = editor.visit(PANEL)
    assert "zgodne z warunkami technicznymi" in page.text
    page = editor.submit(editor.visit(f"{PANEL}/dane"), "Zapisz", contact_phone="85 000 00 04")
    assert "Zapisano w szkicu" in page.text
    assert "85 000 00 04" not in resident.visit("/deklaracja-dostepnosci").text
    assert "85 000 00 04" in editor.visit(f"{PANEL}/wersja/2/pl").text
    page = editor.submit(page, "Opublikuj deklarację")
    assert "Deklaracja jest opublikowana" in page.text
    assert "85 000 00 04" in resident.visit("/deklaracja-dostepnosci").text
    assert "85 000 00 04" in resident.visit("/uk/deklaracja-dostepnosci").text
    assert "85 000 00 01" in editor.visit(f"{PANEL}/wersja/1/pl").text.replace("\N{NO-BREAK SPACE}", " ")
    with app.app_context():
        done = db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject == "statement")).all()
        db.session.remove()
    assert done == ["statement_revised", "statement_published"]


def test_what_would_fail_is_not_published(resident: Client, administrator: Client) -> None:
    page = administrator.submit(administrator.visit(f"{PANEL}/dane"), "Zapisz", conformity="full")
    assert "Zmień stan albo listę" in page.text
    page = administrator.submit(page, "Opublikuj deklarację")
    assert page.status == 409
    assert page.title.startswith("Błąd:")
    assert "częściowo zgodna" in resident.visit("/deklaracja-dostepnosci").text
    page = administrator.submit(page, NO_MORE_BARRIER)
    assert page.text.count("Na tej stronie nie ma filmu w języku migowym z napisami i tekstem") == 3
    assert administrator.submit(page, "Opublikuj deklarację").status == 409


def test_once_there_is_a_film_the_barrier_is_gone_and_a_review_is_due(
    resident: Client, administrator: Client, app: Flask, frozen: time_machine.Traveller
) -> None:
    assert "Nie mamy jeszcze filmu" in resident.visit("/dostepnosc/pjm").text
    assert "Deklaracja" not in administrator.visit(TO_CHECK).text
    show_film(app)
    for prefix, words in (("", "Tekst filmu"), ("/uk", "Tekst filmu"), ("/en", "Tekst filmu")):
        page = resident.visit(f"{prefix}/dostepnosc/pjm")
        assert words in page.text
        assert "Nie mamy jeszcze" not in page.text
    assert "pokazuje już film, a deklaracja nadal wymienia tam barierę" in administrator.visit(TO_CHECK).text
    page = administrator.visit(PANEL)
    assert "Bariera, której może już nie ma" in page.text
    administrator.submit(page, NO_MORE_BARRIER)
    page = administrator.submit(administrator.visit(f"{PANEL}/dane"), "Zapisz", conformity="full")
    assert "Opublikuj go." in administrator.visit(TO_CHECK).text
    page = administrator.submit(page, "Opublikuj deklarację")
    assert page.status == 200
    text = resident.visit("/deklaracja-dostepnosci").text
    assert "jest w pełni zgodna" in text
    assert "Niedostępne treści" not in text
    page = administrator.visit(PANEL)
    assert "Stan lub bariery zmieniły się 22 listopada 2026 r. Po takiej zmianie" in page.text
    assert "nikt od tej pory nie przejrzał całości" in administrator.visit(TO_CHECK).text
    page = administrator.submit(page, "Przejrzano dziś: wszystko się zgadza")
    administrator.submit(page, "Opublikuj deklarację")
    assert "Deklaracja" not in administrator.visit(TO_CHECK).text


def show_film(app: Flask) -> None:
    """The page in sign language shows a film with captions and a text."""
    with app.app_context():
        by, page, now = account_called(PASSWORDS["editor"][0]), page_at(SIGN_LANGUAGE), clock.now()
        assert by
        assert page
        film = Medium(name="film", kind="film", mime="video/webm", size=9, title="Film", is_pjm=True)
        film.has_captions, film.transcript, film.created_at = True, "Tekst filmu", now
        db.session.add(film)
        db.session.commit()
        pages.attach(page.id, [film.id], 1, by, now)
        pages.publish(page.id, 2, by, now)
        db.session.remove()


def test_answers_about_the_portal_ask_for_a_look_at_the_barriers(app: Flask, editor: Client) -> None:
    with app.app_context():
        load_access_requests(clock.now())
        db.session.remove()
    assert "Czy lista barier jest nadal aktualna?" in editor.visit(TO_CHECK).text


def test_a_heading_in_a_text_is_refused_by_the_checker(administrator: Client) -> None:
    page = administrator.visit(f"{PANEL}/teksty/pl")
    page = administrator.submit(page, "Zapisz", building="## Parking\n\nSą dwa miejsca.")
    assert "Parking" in page.text
    assert administrator.submit(page, "Opublikuj deklarację").status == 409


def test_barriers_are_added_changed_and_told_in_every_language(resident: Client, editor: Client) -> None:
    page = editor.submit(editor.visit(f"{PANEL}/bariery/nowa"), "Zapisz")
    assert page.status == 422
    page = editor.submit(page, "Zapisz", **BARRIER)
    page = editor.submit(editor.visit(f"{PANEL}/bariery/2"), "Zapisz", kind="cost")
    assert "To jest puste: a11y-ocena" in page.text
    texts = editor.visit(f"{PANEL}/teksty/pl")
    for code in LANGUAGES:
        texts = editor.visit(f"{PANEL}/teksty/{code}")
        editor.submit(texts, "Zapisz", assessment=f"Analiza {code}\n\nDrugi akapit.")
    page = editor.submit(editor.visit(PANEL), "Opublikuj deklarację")
    assert page.status == 200, page.text
    for code in LANGUAGES:
        read = resident.visit(f"{'' if code == 'pl' else '/' + code}/deklaracja-dostepnosci")
        assert f"element {code}" in read.text
        assert f"Analiza {code}" in read.text
        assert read.everything.count("a11y-ocena") == read.everything.count('<p id="a11y-ocena">Analiza') == 1
    assert editor.visit(f"{PANEL}/bariery/3").status == 404


def test_two_editors_do_not_overwrite_each_other(editor: Client, administrator: Client) -> None:
    first, second = editor.visit(f"{PANEL}/dane"), administrator.visit(f"{PANEL}/dane")
    editor.submit(first, "Zapisz", contact_phone="85 000 00 04")
    page = administrator.submit(second, "Zapisz", contact_phone="85 000 00 05")
    assert page.status == 409
    assert "85 000 00 04" in page.text
    page = administrator.submit(page, "Zapisz")
    assert page.status == 200
    stale = editor.visit(PANEL)
    administrator.submit(administrator.visit(PANEL), "Usuń szkic")
    assert editor.submit(stale, "Opublikuj deklarację").status == 409


def test_mistakes_in_dates_are_said_beside_the_field(editor: Client) -> None:
    page = editor.visit(f"{PANEL}/dane")
    page = editor.submit(
        page,
        "Zapisz",
        updated_on="2026-10-01",
        reviewed_on="2026-12-01",
        report_url="raport",
        contact_email="x",
    )
    assert page.status == 422
    for sentence in ("wcześniej niż publikacja", "jeszcze nie nadszedł", "https://", "Wpisz adres e-mail"):
        assert sentence in page.text, sentence


# --- the review -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reviewed", "today", "says"),
    [
        (date(2026, 11, 2), date(2027, 2, 28), ""),
        (date(2026, 11, 2), date(2027, 3, 1), "due"),
        (date(2026, 11, 2), date(2027, 3, 31), "due"),
        (date(2026, 11, 2), date(2027, 4, 1), "missed"),
        (date(2026, 11, 2), date(2028, 1, 15), "missed"),
        (date(2027, 1, 2), date(2027, 4, 1), ""),
        (date(2027, 4, 5), date(2028, 2, 29), ""),
        (date(2027, 4, 5), date(2028, 3, 1), "due"),
    ],
)
def test_the_review_is_due_in_march_and_missed_from_april(reviewed: date, today: date, says: str) -> None:
    assert review_of(reviewed, today) == says


def test_the_panel_reminds_and_one_click_notes_the_review(
    app: Flask, frozen: time_machine.Traveller, resident: Client
) -> None:
    frozen.move_to("2027-03-01T09:00:00+01:00")
    staff = signed_in(app, "editor")
    assert "Czas na coroczny przegląd" in staff.visit("/panel").text
    frozen.move_to("2027-04-01T09:00:00+02:00")
    staff = signed_in(app, "editor")
    page = staff.visit(PANEL)
    assert "Coroczny przegląd jest spóźniony" in page.text
    page = staff.submit(page, "Przejrzano dziś: wszystko się zgadza")
    page = staff.submit(page, "Opublikuj deklarację")
    assert "spóźniony" not in page.text
    assert "1 kwietnia 2027 r." in resident.visit("/deklaracja-dostepnosci").text


def test_what_was_published_never_changes(app: Flask, editor: Client) -> None:
    editor.submit(editor.visit(f"{PANEL}/dane"), "Zapisz", contact_phone="85 000 00 04")
    with app.app_context():
        phones = db.session.scalars(select(Statement.contact_phone).order_by(Statement.number)).all()
        db.session.remove()
    assert phones == ["85 000 00 01", "85 000 00 04"]
