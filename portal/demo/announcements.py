"""What an editor's desk looks like in the middle of a week: one text planned, one changed, one pasted and not yet put in order."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from portal import clock
from portal.accounts.models import account_called
from portal.announcements.actions import Draft, draft, draft_of, publish, revise
from portal.announcements.models import Announcement
from portal.db import action, db
from portal.demo.load import ACCOUNTS

PASTED = """Kontakt dla Ciebie Poradnia rodzinnaGodziny pracy Zamknij

Zajęcia dla rodziców

Zapraszamy na zajęcia, które w marcu 2024 r. rozpocznie nasza poradnia dla osób
dotkniętych przemocą w rodzinie.

Cel zajęć:

Uczymy się rozmawiać
w domu i spokojnie kończyć spory.

Zapraszamy:

 • rodziców, którzy chcą
   odpocząć;
 • dziadków;
 • opiekunów zastępczych.

Zadzwoń: 85 123 45 67. Zobacz więcej [tutaj](/kontakt).

Edytuj
Na skróty"""
SLUG = "zajecia-dla-rodzicow"


@action
def load_announcements(now: datetime) -> None:
    """Bring the three, once."""
    editor = account_called(ACCOUNTS[0].login)
    if editor is None or db.session.scalar(select(Announcement.id).where(Announcement.slug == SLUG)):
        return
    today = clock.day_of(now)
    until = today + timedelta(days=90)
    lead = "Sześć spotkań o tym, jak rozmawiać w domu. Udział jest bezpłatny."
    draft(Draft("Zajęcia dla rodziców", lead, PASTED, "programmes", until), editor, now)
    lead = "Od nowego tygodnia sekretariat przyjmuje dłużej w poniedziałki. Pozostałe dni bez zmian."
    body = "## Kiedy\n\nW poniedziałki do 18:00. Wejście od podwórza, dzwonek po prawej stronie."
    planned = draft(Draft("Dłuższe poniedziałki w sekretariacie", lead, body, "centre", until), editor, now)
    monday = clock.day_start(today + timedelta(days=7 - today.weekday())) + timedelta(hours=7)
    publish(planned.id, 1, editor, now, at=monday)
    changed = db.session.scalars(
        select(Announcement).where(Announcement.slug.startswith("bezplatne-mediacje"))
    ).one()
    text = changed.latest
    body = f"{text.body}\n\nMediator przyjmuje też w soboty, po umówieniu się przez telefon."
    revise(changed.id, replace(draft_of(text), body=body), text.number, editor, now)
    publish(changed.id, text.number + 1, editor, now, reason="Dopisano, że mediator przyjmuje też w soboty")
