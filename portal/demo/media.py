"""A film, a picture and a document for the demo, on announcements that show them, and logos on the home page."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from portal.accounts.models import Account, account_called
from portal.announcements.actions import attach, publish
from portal.announcements.models import Announcement
from portal.db import db
from portal.demo.load import ACCOUNTS, CONTENT
from portal.front.actions import save
from portal.front.models import Logo
from portal.media.actions import add
from portal.media.models import Medium
from portal.media.storing import Stored, store_document, store_film, store_image

FILES = CONTENT / "media"
LOGOS = (
    ("logo-rodzina.png", "Przykładowa Karta Rodziny", "/swiadczenia"),
    ("logo-slonce.png", "Fundusz Dobrego Sąsiedztwa", "https://www.fundusz-sasiedztwa.example/"),
)


def load_media(root: Path | None, now: datetime) -> None:
    """Bring them, once, where files may be kept."""
    editor = account_called(ACCOUNTS[0].login)
    if root is None or editor is None or db.session.scalar(select(Medium.id).limit(1)):
        return
    film = store_film(root, FILES / "film.webm", FILES / "napisy.vtt", FILES / "wejscie.png")
    said = "Zapraszamy na spotkanie informacyjne. Tłumacz języka migowego jest na miejscu."
    sources = (
        (film, {"title": "Zaproszenie na spotkanie w PJM", "is_pjm": True, "transcript": said}),
        (
            store_image(root, FILES / "wejscie.png"),
            {"title": "Wejście", "alt": "Rysunek: wejście do ośrodka bez schodów"},
        ),
        (store_document(root, FILES / "pytania.pdf"), {"title": "Pytania przed spotkaniem"}),
    )
    for position, (name, alt, path) in enumerate(LOGOS):
        words = {"title": f"Logo: {alt}", "alt": alt}
        medium_id = _brought(store_image(root, FILES / name), words, editor, now)
        values = {"position": position, "label": alt, "path": path, "medium_id": medium_id}
        save(Logo, None, 0, values, editor, now)
    _show([_brought(stored, words, editor, now) for stored, words in sources], editor, now)


def _brought(stored: Stored, words: Mapping[str, object], editor: Account, now: datetime) -> int:
    return add(stored, words, editor, now).id


def _show(media: list[int], editor: Account, now: datetime) -> None:
    """Let the announcement of the meeting show them, unless somebody is at work on it."""
    beginning = Announcement.slug.startswith("szukamy-kandydatow")
    meeting = db.session.scalar(select(Announcement).where(beginning))
    if meeting is None or meeting.state_at(now) != "published":
        return
    revision = attach(meeting.id, media, meeting.latest.number, editor, now)
    publish(
        meeting.id, revision.number, editor, now, reason="Dodano film w PJM, rysunek i kartkę z pytaniami"
    )
