"""Languages: the address says which one, catalogues give the words, Babel the dates, and one filter the hard spaces."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import phonenumbers
from babel.dates import format_date
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from flask_babel import gettext as _

from portal import clock
from portal.typography import JOINER, NBSP, typography

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

NUMBER = re.compile(r"(%\((?:num|most|count)\)[ds]) ")
RANGE = re.compile(r"(?<=\)d)–(?=%\()")
LANGUAGES = {"pl": "Polski", "uk": "Українська", "en": "English"}
DEFAULT = "pl"
POLAND = 48
FULL_LENGTH = 9


class Catalogues(Domain):
    """Catalogues read once; Polish messages get their hard spaces when they are read."""

    def get_translations(self) -> NullTranslations:
        """The catalogue of the language at work."""
        return _catalogue(language())


@cache
def _catalogue(code: str) -> NullTranslations:
    translations = Translations.load(translations_folder(), [code])
    if code == "pl" and isinstance(translations, Translations):
        words = translations._catalog
        words.update({key: _printed(text) for key, text in words.items() if key})
    return translations


def _printed(text: str) -> str:
    """A message as it stands in print; the numbers that it will hold stay with what they count (R125)."""
    text = NUMBER.sub(rf"\1{NBSP}", typography(text))
    return RANGE.sub(f"–{JOINER}", text)


class Languages(Babel):
    """Flask-Babel with one set of catalogues for the app instead of a new one for each request."""

    @cached_property
    def domain_instance(self) -> Catalogues:
        """The catalogues of this app."""
        return Catalogues()


class LanguagePrefix:
    """Takes /uk and /en off the front of the path, so that every page exists in every language at its own address."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        _, first, *rest = (environ.get("PATH_INFO", "") + "/").split("/", 2)
        environ["portal.language"] = "pl"
        if first in LANGUAGES and first != "pl":
            environ["portal.language"] = first
            environ["portal.root"] = environ.get("SCRIPT_NAME", "")
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + "/" + first
            environ["PATH_INFO"] = "/" + rest[0].removesuffix("/") if rest[0] else "/"
        return self._app(environ, start_response)


@dataclass(frozen=True)
class LanguageLink:
    """One entry of the language switch. `path` is this page in that language below the portal's address; None where it does not
    exist, and then `url` leads to that language's start."""

    code: str
    name: str
    url: str
    current: bool
    path: str | None


def language() -> str:
    """The code of the language at work."""
    locale = get_locale()
    return locale.language if locale else DEFAULT


def _from_address() -> str:
    return str(request.environ.get("portal.language", DEFAULT)) if has_request_context() else DEFAULT


def text_exists_in(*languages: str) -> None:
    """Say in which languages the centre's own text on the page under way exists, so that the switch leads nowhere in vain."""
    g.text_languages = languages


def address_in(code: str, url: str) -> str:
    """The address of a page, as `url_for` gives it, in another language."""
    root = str(request.environ.get("portal.root", request.root_path))
    prefix = root if code == DEFAULT else f"{root}/{code}"
    return prefix + url.removeprefix(request.root_path)


def language_links() -> list[LanguageLink]:
    """This page in every language; a language that its text does not exist in leads to that language's start (R131)."""
    root = str(request.environ.get("portal.root", request.root_path))
    existing = getattr(g, "text_languages", LANGUAGES)
    links = []
    for code, name in LANGUAGES.items():
        prefix = "" if code == "pl" else f"/{code}"
        path = prefix + request.path if code in existing else None
        links.append(LanguageLink(code, name, root + (path or f"{prefix}/"), code == language(), path))
    return links


def init_app(app: Flask) -> None:
    """Catalogues, formats and filters."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(translations_folder())
    Languages(app, locale_selector=_from_address, default_locale=DEFAULT)
    app.wsgi_app = LanguagePrefix(app.wsgi_app)  # type: ignore[method-assign]
    app.context_processor(lambda: {"language": language(), "languages": language_links()})
    app.jinja_env.filters.update(
        typo=in_print,
        day=long_day,
        weekday=weekday,
        weekday_day=weekday_and_day,
        clock=clock_time,
        hours=hours_of,
        phone=phone_text,
        phone_link=phone_link,
        sms_link=sms_link,
    )


def in_print(text: str, language: str = "pl") -> str:
    """The text as it stands in print; only Polish needs help."""
    return typography(text) if language == "pl" else text


def translations_folder() -> Path:
    """Where the catalogues are: inside an installed package, or beside it in a checkout."""
    inside = Path(__file__).parent / "translations"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "translations"


def long_day(day: date | datetime) -> str:
    """`1 grudnia 2026 r.`, `1 грудня 2026 р.`, `1 December 2026`; where there is little room the year may stand on the next line."""
    text = format_date(_day(day), "long", locale=_locale()) + (" r." if language() == "pl" else "")
    number, month, *year = text.replace(NBSP, " ").split(" ")
    return f"{number}{NBSP}{month} {NBSP.join(year)}"


def weekday(day: date | datetime) -> str:
    """`wtorek`."""
    return format_date(_day(day), "EEEE", locale=_locale())


def short_weekday(day: date | datetime) -> str:
    """`wt.`"""
    return format_date(_day(day), "EEE", locale=_locale())


def weekday_and_day(day: date | datetime) -> str:
    """`wtorek, 1 grudnia 2026 r.`"""
    return f"{weekday(day)}, {long_day(day)}"


def clock_time(moment: datetime) -> str:
    """`16:30`; in the night that repeats an hour, with the words that tell the two apart."""
    local = clock.local(moment)
    text = f"{local:%H:%M}".removeprefix("0")
    same_wall = clock.at_local(local.replace(tzinfo=None))
    if len(same_wall) == 2:
        which = _("summer time") if moment == same_wall[0] else _("winter time")
        return f"{text} ({which})"
    return text


def hours_of(span: Any) -> str:
    """`16:30–17:15`, on one line: of what has a beginning and an end."""
    return f"{clock_time(span.starts_at)}–{JOINER}{clock_time(span.ends_at)}"


def _day(day: date | datetime) -> date:
    return clock.day_of(day) if isinstance(day, datetime) else day


def _locale() -> str:
    return {"en": "en_GB"}.get(language(), language())


@lru_cache(maxsize=500)
def phone_text(number: str) -> str:
    """A number as people read it (R130): 85 000 00 01, 500 600 700, +380 44 123 4567; short ones, and those of help lines whose
    rhythm people remember (800 12 12 12), as they were written."""
    if number.startswith("80") and " " in number:
        return number.replace(" ", NBSP)
    try:
        parsed = phonenumbers.parse(number, "PL")
    except phonenumbers.NumberParseException:
        return number.replace(" ", NBSP)
    if not phonenumbers.is_possible_number(parsed):
        return number.replace(" ", NBSP)
    forms, is_polish = phonenumbers.PhoneNumberFormat, parsed.country_code == POLAND
    text = phonenumbers.format_number(parsed, forms.NATIONAL if is_polish else forms.INTERNATIONAL)
    return text.replace(" ", NBSP)


def phone_link(number: str) -> str:
    """A `tel:` link; short and 800 numbers go without +48 (R130)."""
    digits = "".join(c for c in number if c.isdigit() or c == "+")
    if digits.startswith(f"+{POLAND}80"):
        digits = digits.removeprefix(f"+{POLAND}")
    if digits.startswith(("+", "80")) or len(digits) != FULL_LENGTH:
        return f"tel:{digits}"
    return f"tel:+{POLAND}{digits}"


def sms_link(number: str) -> str:
    """A link that begins a text message to this number."""
    return phone_link(number).replace("tel:", "sms:")
