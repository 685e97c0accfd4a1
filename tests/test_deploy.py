"""The files of deploy/ as they run: a real nginx with TLS before a real portal, with everything that goes wrong (S22, S31, S34, S63, S68, S91)."""

import os
import re
import signal
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from http import HTTPStatus
from itertools import islice
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from portal.db import db
from portal.front.outage import write_outage_pages
from portal.web.headers import HEADERS, HTTPS_ONLY
from tests.conftest import KEYS, PASSWORDS, Databases, make_app
from tests.parts import files, html
from tests.parts.nginx import DEPLOY, HOST, Nginx, running
from tests.parts.processes import TOKEN, Portal, free_port

CANARY, SECRET = "kanarek", "0123456789abcdef" * 4
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
TIMERS = sorted((DEPLOY / "systemd").glob("*.timer"))
PHONE = "tel:+48850000002"
STRICT = HEADERS | HTTPS_ONLY
UPLOAD = re.compile(r'src="(/media/[^"]+\.mp4)"')


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("deploy")


@pytest.fixture(scope="module")
def database(databases: Databases, folder: Path) -> str:
    return databases.filled("sqlite", folder)


@pytest.fixture(scope="module")
def portal(database: str, folder: Path) -> Iterator[Portal]:
    """The portal as it runs behind a proxy; `nginx` is told its port."""
    ours = {
        "PORTAL_DEMO": "1",
        "PORTAL_DATA": str(folder),
        "PORTAL_KEYS": KEYS,
        "PORTAL_DATABASE_URL": database,
        "PORTAL_PUBLIC_URL": f"https://127.0.0.1:{free_port()}",
        "PORTAL_BEHIND_PROXY": "1",
        "WEB_CONCURRENCY": "4",
    }
    with (folder / "log").open("wb") as log:
        running = Portal(os.environ | ours, free_port(), log=log)
        running.start()
        yield running
        running.kill()


@pytest.fixture(scope="module")
def nginx(portal: Portal, database: str, folder: Path) -> Iterator[Nginx]:
    """nginx before the portal, with pages of its own made by the portal."""
    app = make_app(database, folder)
    with app.app_context():
        umask = os.umask(0o077)
        write_outage_pages(folder / "nginx")
        os.umask(umask)
        db.session.remove()
        db.engine.dispose()
    port = int(portal.environment["PORTAL_PUBLIC_URL"].rpartition(":")[2])
    with running(port, portal.port, folder / "nginx") as nginx:
        yield nginx


@contextmanager
def browsing(nginx: Nginx, **more: object) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=nginx.address, verify=nginx.trust(), timeout=30, **more) as browser:  # type: ignore[arg-type]
        yield browser


@pytest.fixture
def browser(nginx: Nginx) -> Iterator[httpx.Client]:
    with browsing(nginx) as browser:
        yield browser


def token_of(browser: httpx.Client, address: str) -> str:
    token = TOKEN.search(browser.get(address).text)
    assert token, address
    return token[1]


def send(browser: httpx.Client, address: str, typed: dict[str, str], **headers: str) -> httpx.Response:
    """Fill in the form of a page and send it as a browser does, with some header fields of one's own."""
    url = str(browser.base_url.join(address))
    as_ever = {"Referer": url, "Origin": str(browser.base_url).rstrip("/")}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    token = typed.get("csrf_token") or token_of(browser, address)
    return browser.post(address, data={"csrf_token": token} | typed, headers=as_ever | named)


def wrong_headers(answer: httpx.Response) -> dict[str, list[str]]:
    """The strict headers that are missing, different or there twice, and those that tell too much."""
    found = {name: answer.headers.get_list(name) for name in STRICT}
    wrong = {name: values for name, values in found.items() if values != [STRICT[name]]}
    told = {"server": answer.headers.get_list("Server"), "powered": answer.headers.get_list("X-Powered-By")}
    return wrong | {name: values for name, values in told.items() if values not in ([], ["nginx"])}


def test_the_headers_of_nginx_are_those_of_the_portal() -> None:
    lines = (DEPLOY / "nginx" / "headers.conf").read_text().splitlines()
    said = [
        re.fullmatch(r'add_header (\S+) "(.+)" always;', line) for line in lines if not line.startswith("#")
    ]
    assert {found[1]: found[2] for found in said if found} == STRICT
    assert None not in said


def test_every_answer_of_the_portal_passes_with_its_headers_once(browser: httpx.Client) -> None:
    page = browser.get("/ogloszenia")
    asset = re.search(r'href="(/static/style[^"]+)"', page.text)
    assert asset
    answers = {
        200: page,
        304: browser.get("/ogloszenia", headers={"If-None-Match": page.headers["ETag"]}),
        303: browser.get("/panel"),
        404: browser.get("/nie-ma"),
        403: send(browser, "/moja-rezerwacja", {}, Origin="https://evil.example"),
        422: send(browser, "/moja-rezerwacja", {"reference": "", "pin": ""}),
        400: browser.post("/moja-rezerwacja"),
    }
    assert {code: answer.status_code for code, answer in answers.items()} == {code: code for code in answers}
    assert {code: wrong_headers(answer) for code, answer in answers.items() if wrong_headers(answer)} == {}
    style = browser.get(asset[1])
    assert (style.headers["Cache-Control"], wrong_headers(style)) == ("max-age=31536000, immutable", {})
    assert PHONE in answers[404].text


def test_what_nginx_answers_by_itself_has_them_too_and_the_phone(browser: httpx.Client, nginx: Nginx) -> None:
    plain = httpx.get(f"http://127.0.0.1:{nginx.plain_port}/pomoc?x={CANARY}")
    assert plain.status_code == 301
    assert plain.headers["Location"].startswith(f"{nginx.address}/pomoc")
    assert wrong_headers(plain) == {}
    answers = {
        413: browser.post("/moja-rezerwacja", content=b"x" * 1_100_000),
        405: browser.request("TRACE", "/"),
        400: browser.get("/", headers={"X-Long": "x" * 40_000}),
        414: browser.get("/?" + "x" * 40_000),
    }
    for code, answer in answers.items():
        assert answer.status_code == code
        assert wrong_headers(answer) == {}, code
        assert PHONE in answer.text, code
        assert html.problems(answer.content) == [], code
        assert [f'lang="{language}"' in answer.text for language in ("pl", "uk", "en")] == [True] * 3
    style = browser.get("/awaria/style.css")
    assert (style.status_code, style.headers["Content-Type"], wrong_headers(style)) == (200, "text/css", {})
    assert "url(" not in style.text, "it leads to nothing that only the portal has"
    assert {path.stat().st_mode & 0o777 for path in (nginx.folder / "awaria").iterdir()} == {0o644}
    assert (nginx.folder / "awaria").stat().st_mode & 0o777 == 0o755
    assert browser.get("/awaria/502.html").status_code == 404


UNREADABLE_PLAIN = {
    "TRACE": (405, b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n"),
    "a method that no page knows": (405, b"PROPFIND / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    "no request at all": (400, b"kanarek\r\n\r\n"),
    "no host": (400, b"GET / HTTP/1.1\r\n\r\n"),
    "a field that never ends": (400, b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"x" * 40_000 + b"\r\n\r\n"),
    "an address that never ends": (414, b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
    "a version of the future": (505, b"GET / HTTP/9.1\r\nHost: x\r\n\r\n"),
    "pieces of another kind": (501, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n"),
}


@pytest.mark.parametrize("what", UNREADABLE_PLAIN)
def test_what_is_refused_before_https_has_the_same_headers(nginx: Nginx, what: str) -> None:
    status, request = UNREADABLE_PLAIN[what]
    with socket.create_connection((HOST, nginx.plain_port), 30) as connection:
        answer = answer_of(connection, request)
    assert answer.status_code == status
    assert wrong_headers(answer) == {}
    assert CANARY not in answer.text


UNREADABLE = {
    "an address of 5000 characters": (414, b"GET /?" + b"x" * 5000, b""),
    "more fields than anybody sends": (431, b"GET /", b"".join(b"X-%d: 1\r\n" % n for n in range(120))),
    "a method of one letter": (400, b"A /", b""),
    "a method that never ends": (400, b"A" * 30 + b" /", b""),
    "a cookie with a control character": (400, b"GET /panel", b"Cookie: __Host-portal=\x01kanarek\r\n"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_the_server_cannot_read_is_refused_with_the_same_headers(nginx: Nginx, what: str) -> None:
    """nginx lets these pass, and the portal is never asked about them."""
    status, line, fields = UNREADABLE[what]
    host = nginx.address.removeprefix("https://").encode()
    request = line + b" HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n" + fields + b"\r\n"
    answer = raw_answer(nginx, request)
    assert answer.status_code == status
    assert wrong_headers(answer) == {}
    assert answer.text == f"{status} {HTTPStatus(status).phrase}", "nothing that was sent comes back"


BORDERS = {
    "two lengths": b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "a length and pieces": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "pieces under another name": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "pieces twice": b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "a piece without a length": b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "a length below nothing": b"Content-Length: -1\r\n\r\n",
    "a name with a space": b"Content-Length : 4\r\n\r\nabcd",
    "a folded field": b"X-A: 1\r\n Content-Length: 4\r\n\r\nabcd",
    "another host": b"Host: evil.example\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("what", BORDERS)
def test_where_a_request_ends_is_never_read_in_two_ways(nginx: Nginx, what: str) -> None:
    """nginx refuses what it and the portal could understand differently, and closes (ASVS 4.2)."""
    host = nginx.address.removeprefix("https://").encode()
    next_one = b"GET /panel HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"
    answer = raw_answer(
        nginx, b"POST /ustawienia HTTP/1.1\r\nHost: " + host + b"\r\n" + BORDERS[what] + next_one
    )
    assert answer.status_code in {400, 501}
    assert wrong_headers(answer) == {}
    assert b"HTTP/1.1" not in answer.content, "one answer alone"


def raw_answer(nginx: Nginx, request: bytes) -> httpx.Response:
    """What is answered to these very bytes."""
    context = nginx.trust()
    with (
        socket.create_connection((HOST, nginx.port), 30) as plain,
        context.wrap_socket(plain, server_hostname=HOST) as connection,
    ):
        return answer_of(connection, request)


def answer_of(connection: socket.socket, request: bytes) -> httpx.Response:
    """All that comes back until nginx closes."""
    connection.sendall(request)
    answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *fields = head.decode("ascii").split("\r\n")
    named = [(name, value) for name, _, value in (field.partition(": ") for field in fields)]
    return httpx.Response(int(first.split()[1]), headers=named, content=body)


def test_what_a_visitor_writes_into_the_fields_of_a_proxy_changes_nothing(
    browser: httpx.Client, nginx: Nginx
) -> None:
    honest = browser.get("/sitemap.xml").text
    forged = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Port": "8443",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "host=evil.example;proto=http",
        "X-Request-Id": "e" * 32,
    }
    assert browser.get("/sitemap.xml", headers=forged).text == honest
    cookie = browser.get("/umow-rozmowe/a1/termin", headers=forged).headers["Set-Cookie"]
    assert cookie.startswith("__Host-portal=")
    assert "Secure" in cookie
    strange = browser.get("/", headers={"Host": "evil.example"})
    assert strange.status_code == 400
    assert "evil.example" not in strange.text
    assert wrong_headers(strange) == {}
    assert browser.get("/panel", headers=forged).headers["Location"].startswith("/panel/logowanie")
    without_referer = send(browser, "/ustawienia", {}, Referer="", X_Forwarded_Proto="http")
    assert without_referer.status_code == 400, "the portal knows that this is https"


def test_no_other_address_in_a_header_and_no_other_worker_dodges_the_throttle(nginx: Nginx) -> None:
    """Four at a time, so that all four workers have their share (S47)."""
    with browsing(nginx) as browser, ThreadPoolExecutor(4) as pool:
        token = token_of(browser, "/panel/logowanie")
        answers = list(pool.map(lambda number: guess(browser, token, f"192.0.2.{number}"), range(13)))
        last = guess(browser, token, "192.0.2.99")
    assert {answer.status_code for answer in answers} <= {422, 429}
    assert sum(answer.status_code == 422 for answer in answers) >= 10
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) > 60, "it was the portal that counted, not nginx"


def guess(browser: httpx.Client, token: str, address: str) -> httpx.Response:
    """A wrong password for the editor's account, with a forged address."""
    typed = {"csrf_token": token, "login": PASSWORDS["editor"][0], "password": "x" * 20}
    forged = {"X_Forwarded_For": address, "Forwarded": f"for={address}"}
    return send(browser, "/panel/logowanie", typed, **forged)


def test_a_form_is_taken_only_from_our_own_page(browser: httpx.Client, nginx: Nginx) -> None:
    taken = {"theme": "dark"}
    assert send(browser, "/ustawienia", taken).status_code == 303
    assert send(browser, "/ustawienia", taken, Origin="https://evil.example").status_code == 403
    assert send(browser, "/ustawienia", taken, Origin="null").status_code == 403
    assert (
        send(browser, "/ustawienia", taken, Origin=nginx.address.replace("https", "http")).status_code == 403
    )
    assert send(browser, "/ustawienia", taken, Sec_Fetch_Site="cross-site").status_code == 403
    assert send(browser, "/ustawienia", taken, Sec_Fetch_Site="same-site").status_code == 403
    assert browser.post("/ustawienia", data=taken, headers={"Referer": nginx.address}).status_code == 400
    assert send(browser, "/ustawienia", taken, Origin="https://[evil").status_code == 403
    assert send(browser, "/ustawienia", taken, Origin=f"{nginx.address}.evil.example").status_code == 403
    with browsing(nginx) as other:
        assert send(browser, "/ustawienia", {"csrf_token": token_of(other, "/ustawienia")}).status_code == 400


WRITTEN = (
    "Мене звати Соломія-Маріанна Гнатюк-Вишневецька; телефоную з номера сестри, тому питайте, будь ласка, саме мене й не "
    "залишайте повідомлень нікому іншому, бо вона не знає, що я хочу з вами поговорити, а діти ще малі."
)[:200]
NEEDED = (
    "Приїду з двома онуками, молодшому чотири роки, і з собакою-провідником; погано чую на ліве вухо, тож прошу сісти "
    "праворуч і говорити повільно, а ще потрібне місце для візка біля входу з боку парковки, де є пандус"
)[:200]
TYPED = {  # what is written at the longest, and the most that its cookie may weigh, in bytes
    "Ukrainian": (WRITTEN, NEEDED, 1024),
    "Chinese": ("".join(chr(0x4E00 + 97 * i) for i in range(200)), NEEDED, 4096),
    "pictures": ("".join(chr(0x1F300 + i) for i in range(200)), WRITTEN, 4096),
}


@pytest.mark.parametrize("script", TYPED)
def test_the_longest_answers_in_any_script_come_through_and_stay_in_the_cookie(
    nginx: Nginx, script: str
) -> None:
    """Nobody who writes much, or not in Latin letters, is shown that the portal is out of order (S22, S37). What makes sense stays
    below a kibibyte; a browser drops what is larger than 4096 bytes (RFC 6265), and with it all that was typed."""
    name, other, most = TYPED[script]
    assert (len(name), len(other)) == (200, 200)
    mailbox = "solomiia.hnatiuk-vyshnevetska.1987@poczta-przykladowa.example"
    with browsing(nginx, follow_redirects=True) as browser:
        page = browser.get("/umow-rozmowe/a1/termin")
        slot = re.search(r'name="slot" value="(\d+)"', page.text)
        assert slot
        contact = {"name": name, "channel": "email", "email": mailbox}
        for typed in ({"slot": slot[1]}, {"other": other}, contact):
            page = send(browser, page.url.path, typed)
            assert page.status_code == 200, page.url
        cookie = browser.cookies["__Host-portal"]
        browser.get("/wyjscie", follow_redirects=False)
    assert page.url.path == "/umow-rozmowe/a1/sprawdz"
    assert name in page.text
    assert len(f"__Host-portal={cookie}") <= most


def test_a_film_comes_in_through_nginx_and_goes_out_in_parts(nginx: Nginx) -> None:
    login, password = PASSWORDS["administrator"]
    with browsing(nginx) as browser:
        assert send(browser, "/panel/logowanie", {"login": login, "password": password}).status_code == 303
        sent = browser.post(
            "/panel/media/film",
            data={
                "csrf_token": token_of(browser, "/panel/media/film"),
                "title": "Film",
                "transcript": "Dzień dobry",
            },
            files={"file": ("film.mp4", files.MP4 + bytes(3_000_000)), "captions": ("a.vtt", files.CAPTIONS)},
            headers={"Referer": f"{nginx.address}/panel/media/film"},
        )
        assert sent.status_code == 303, sent.text
        film = UPLOAD.search(browser.get(sent.headers["Location"]).text)
        assert film
    with browsing(nginx) as browser:
        part = browser.get(film[1], headers={"Range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, b"ftyp")
        assert part.headers["Content-Range"].startswith("bytes 4-7/")
        assert set(wrong_headers(part)) == {"Content-Security-Policy"}
        assert part.headers.get_list("Content-Security-Policy") == ["sandbox; default-src 'none'"]


def test_passwords_never_take_every_thread(nginx: Nginx, portal: Portal) -> None:
    """Whoever signs in from however many addresses keeps nobody from reading (S89)."""
    os.killpg(portal.processes[0].pid, signal.SIGSTOP)
    with browsing(nginx) as browser, ThreadPoolExecutor(8) as people:
        answers = [people.submit(browser.get, "/panel/logowanie") for _ in range(8)]
        refused = [answer.result() for answer in islice(as_completed(answers), 2)]  # the others wait
        os.killpg(portal.processes[0].pid, signal.SIGCONT)
        statuses = Counter(answer.result().status_code for answer in answers)
    assert all(PHONE in answer.text for answer in refused)
    assert statuses == {200: 6, 429: 2}


def test_whoever_asks_too_much_is_told_to_wait_and_others_are_served(nginx: Nginx) -> None:
    with browsing(nginx) as browser:
        answers = [browser.get("/panel/logowanie") for _ in range(40)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert 0 < len(refused) < len(answers)
        assert wrong_headers(refused[0]) == {}
        assert PHONE in refused[0].text
        assert "Odczekaj pół minuty" in refused[0].text.replace("\xa0", " ")
        assert refused[0].headers["Retry-After"] == "30", (
            "nginx forgets in seconds what the portal remembers for longer"
        )
        assert refused[0].headers["Cache-Control"] == "no-store"
        assert browser.get("/ogloszenia").status_code == 200


def test_a_portal_that_breaks_hangs_or_is_stopped(
    browser: httpx.Client, nginx: Nginx, portal: Portal, database: str, folder: Path
) -> None:
    app = make_app(database, folder)
    with app.app_context():
        db.session.execute(text("UPDATE slot SET ends_at = 'kanarek'"))
        db.session.commit()
        db.engine.dispose()
    broken = browser.get(f"/umow-rozmowe/a1/termin?imie={CANARY}")
    os.killpg(portal.processes[0].pid, signal.SIGSTOP)
    hanging = browser.get(f"/ogloszenia?imie={CANARY}")
    os.killpg(portal.processes[0].pid, signal.SIGCONT)
    portal.kill()
    stopped = browser.get(f"/ogloszenia?imie={CANARY}")
    cached = browser.get("/ogloszenia", headers={"If-None-Match": '"x"', "Range": "bytes=0-1"})
    sent = browser.post("/ustawienia", data={"name": CANARY})
    expected = [(broken, 500), (hanging, 504), (stopped, 502), (cached, 502), (sent, 502)]
    for answer, code in expected:
        assert answer.status_code == code
        assert wrong_headers(answer) == {}, code
        assert answer.headers["Cache-Control"] == "no-store"
        assert PHONE in answer.text
    portal.start()
    assert browser.get("/ogloszenia").status_code == 200
    known = guess(browser, token_of(browser, "/ustawienia"), "192.0.2.1")
    assert int(known.headers["Retry-After"]) > 60, "what was counted outlives a restart"


def test_the_log_of_nginx_knows_no_person_no_query_and_no_token(browser: httpx.Client, nginx: Nginx) -> None:
    browser.headers.update({"Referer": f"https://{CANARY}.example/", "User-Agent": CANARY})
    for address in (
        f"/panel/haslo/1/{SECRET}",
        f"/uk/panel/haslo/1/{SECRET}",
        f"/panel/h%61slo/1/{SECRET}",
        f"/kalendarz/{SECRET}.ics",
        f"/szukaj?q={CANARY}",
        f"/{CANARY}/nie-ma",
        f"/%zz{CANARY}",
        f"/umow-rozmowe/a1/termin?{CANARY}" + "x" * 40_000,
    ):
        browser.get(address)
    browser.request(CANARY.upper(), "/")
    paths = {line["path"] for line in nginx.log()}
    assert {"/panel/haslo/…", "/uk/panel/haslo/…", "/szukaj", ""} <= paths
    assert [
        canary for canary in (CANARY, CANARY.upper(), SECRET, "127.0.0.1") if canary in nginx.written()
    ] == []
    assert {line["network"] for line in nginx.log()} == {"127.0.0.0"}


def locks_of(unit: Path) -> list[str]:
    """What a unit may touch, but for the folders that it writes to."""
    lines = unit.read_text().partition("# What it may touch")[2].partition("[Install]")[0].splitlines()
    return [line for line in lines if line and not line.startswith("ReadWritePaths=")]


def test_the_units_are_sound_and_locked_in_alike(tmp_path: Path) -> None:
    """As systemd reads them; only the program is one that is there."""
    for unit in (*UNITS, *TIMERS):
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/portal/bin/portal", "/usr/bin/true"))
    command = ["systemd-analyze", "verify", "--man=no", *map(str, tmp_path.iterdir())]
    said = subprocess.run(command, capture_output=True, text=True)
    assert (said.returncode, said.stdout + said.stderr) == (0, "")
    assert len({tuple(locks_of(unit)) for unit in UNITS}) == 1
    assert [timer.with_suffix(".service") for timer in TIMERS] == [
        DEPLOY / "systemd" / "portal-backup.service"
    ]


def test_every_folder_that_a_unit_writes_to_is_made_by_the_manual() -> None:
    manual = (DEPLOY / "README.md").read_text()
    lines = [line for unit in UNITS for line in unit.read_text().splitlines()]
    written = {
        path.lstrip("-") for line in lines if line.startswith("ReadWritePaths=") for path in line[15:].split()
    }
    assert written == {"/var/lib/portal-outage", "/srv/portal-backups"}
    assert [path for path in written if not re.search(rf"install -d .* {path}\b", manual)] == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_is_locked_in(unit: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)]
    report = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", report)
    assert level
    assert float(level[1]) <= 3.0
    for wanted in (
        "ProtectSystem=strict",
        "NoNewPrivileges=yes",
        "PrivateTmp=yes",
        "MemoryDenyWriteExecute=yes",
        "UMask=0077",
    ):
        assert wanted in unit.read_text()


def test_the_web_process_is_reloaded_by_the_signal_that_loses_no_request() -> None:
    """What it does is looked at in `tests/test_durability.py` (S20); without the line systemd refuses `systemctl reload`."""
    assert "ExecReload=/bin/kill -HUP $MAINPID" in (DEPLOY / "systemd" / "portal-web.service").read_text()


def test_the_journal_is_not_told_which_command_was_typed() -> None:
    """systemd notes the command line of what it starts, which may name a person (S68), unless it is told other words."""
    lines = [line for line in (DEPLOY / "README.md").read_text().splitlines() if "{ systemd-run " in line]
    assert len(lines) == 2
    assert [line for line in lines if '--description="a command of the portal"' not in line] == []
