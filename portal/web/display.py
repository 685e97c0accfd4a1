"""Display settings, remembered by one cookie that is set only when somebody chooses (R11, R98)."""

from dataclasses import astuple, dataclass

from flask import Flask, Request, request
from markupsafe import Markup
from werkzeug import Response

COOKIE = "display"
CHOICES = {
    "theme": ("", "light", "dark", "contrast"),
    "size": ("", "1", "2"),
    "spacing": ("", "wide"),
    "motion": ("", "less"),
}
A_YEAR = 31_536_000


@dataclass(frozen=True)
class Display:
    """How the visitor wants pages to look; '' is the default, or follows the device."""

    theme: str = ""
    size: str = ""
    spacing: str = ""
    motion: str = ""

    @property
    def attributes(self) -> Markup:
        """What the page's first tag says of it."""
        chosen = {name: value for name, value in zip(CHOICES, astuple(self), strict=True) if value}
        return Markup("").join(Markup(' data-{}="{}"').format(name, value) for name, value in chosen.items())


def display_of(visit: Request) -> Display:
    """The settings in the visitor's cookie, or the defaults."""
    kept = visit.cookies.get(COOKIE, "").split(".")
    pairs = zip(CHOICES.items(), kept, strict=False)
    return Display(**{name: value for (name, known), value in pairs if value in known})


def remember(response: Response, display: Display, *, secure: bool) -> None:
    """Keep the choice for a year, or forget it when it is the default."""
    if display == Display():
        response.delete_cookie(COOKIE, path="/", secure=secure, httponly=True, samesite="Lax")
        return
    value = ".".join(astuple(display))
    response.set_cookie(COOKIE, value, max_age=A_YEAR, path="/", secure=secure, httponly=True, samesite="Lax")


def init_app(app: Flask) -> None:
    """Give templates `display`."""
    app.context_processor(lambda: {"display": display_of(request)})
