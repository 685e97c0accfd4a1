"""Display settings: theme and text size, remembered by one cookie that is set only when somebody chooses (R11, R98)."""

from dataclasses import dataclass

from flask import Flask, Request, request
from werkzeug import Response

COOKIE = "display"
THEMES = ("", "light", "dark", "contrast")
SIZES = ("", "1", "2")
A_YEAR = 31_536_000


@dataclass(frozen=True)
class Display:
    """How the visitor wants pages to look; '' follows the device."""

    theme: str = ""
    size: str = ""


def display_of(visit: Request) -> Display:
    """The settings in the visitor's cookie, or the defaults."""
    theme, _, size = visit.cookies.get(COOKIE, "").partition(".")
    return Display(theme if theme in THEMES else "", size if size in SIZES else "")


def remember(response: Response, display: Display, *, secure: bool) -> None:
    """Keep the choice for a year, or forget it when it is the default."""
    if display == Display():
        response.delete_cookie(COOKIE, path="/", secure=secure, httponly=True, samesite="Lax")
        return
    value = f"{display.theme}.{display.size}"
    response.set_cookie(COOKIE, value, max_age=A_YEAR, path="/", secure=secure, httponly=True, samesite="Lax")


def init_app(app: Flask) -> None:
    """Give templates `display`."""
    app.context_processor(lambda: {"display": display_of(request)})
