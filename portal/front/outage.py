"""The pages that nginx shows by itself: what is too large, too much, or comes while the portal does not run (R16)."""

import re
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from portal.contacts.public import CentreOnPages
from portal.i18n import LANGUAGES
from portal.web.assets import FOLDER

FONT = re.compile(r"\s*@font-face \{[^}]*\}")  # nginx has none to give while the portal does not run

# The file's name, which is nginx's code, and under what its words stand.
PAGES: dict[str, int | str] = {
    "400": 400,
    "404": 404,
    "408": 400,
    "413": 413,
    "429": "busy",
    "500": 500,
    "502": 503,
}


def write_outage_pages(folder: Path) -> None:
    """Write a page for each code, with the phones as they are now, and the style sheet without its fonts into `awaria` in this folder."""
    place = folder / "awaria"
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o755)  # nginx is another user, and the umask of services keeps others out
    for name, about in PAGES.items():
        (place / f"{name}.html").write_text(_page(about), "utf-8")
    (place / "style.css").write_text(FONT.sub("", (FOLDER / "style.css").read_text("utf-8")), "utf-8")
    for path in place.iterdir():
        path.chmod(0o644)


def _page(about: int | str) -> str:
    centre = CentreOnPages(current_app.extensions["centre"])
    said = {language: _said(language, about) for language in LANGUAGES}
    return current_app.jinja_env.get_template("errors/outage.html").render(said=said, centre=centre)


def _said(language: str, about: int | str) -> dict[str, str]:
    with force_locale(language):
        words: Any = current_app.jinja_env.get_template("errors/_words.html").make_module()
        return {
            "title": words.titles[about],
            "message": words.messages[about],
            "danger": _("Danger to life or health"),
            "help": _("Help 24 hours a day"),
            "office": _("Office"),
        }
