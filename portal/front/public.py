"""Home, search, the map of the site, display settings, and the quick exit."""

from flask import (
    Blueprint,
    Flask,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from portal import clock
from portal.accessibility.statement import know_film
from portal.announcements.forms import CATEGORY_NAMES
from portal.announcements.models import published_list
from portal.benefits.models import benefits, benefits_called
from portal.foster.models import questions
from portal.front.forms import DisplayForm
from portal.front.models import logos_shown, logos_use, menu, shortcuts, urgent
from portal.front.search import DOORS, findings
from portal.i18n import language
from portal.media.public import used_by
from portal.pages.models import page_links
from portal.pages.public import has_film, page_here, shown
from portal.programmes.models import shown_programmes
from portal.web.display import display_of, remember
from portal.web.forms import clean
from portal.web.reading import reading

blueprint = Blueprint("front", __name__)

LONGEST_QUESTION = 100
MOST_IN_SITEMAP = 20_000
FOSTER_MONEY = ("piecza-spokrewniona", "piecza-niezawodowa-i-zawodowa", "piecza-dodatek-na-niepelnosprawnosc")


def init_app(app: Flask) -> None:
    """Give every page its menu and the urgent banner."""
    app.jinja_env.globals.update(menu=menu, urgent=lambda: urgent(clock.day_of(clock.now())))
    app.jinja_env.filters["here"] = _here
    know_film(app, has_film)
    used_by(app, logos_use)
    app.register_blueprint(blueprint)


def _here(path: str) -> str:
    """An address of this portal in the language of the page; one elsewhere as it is."""
    return path if path.startswith("https:") else request.root_path + path


@blueprint.get("/")
@reading
def home() -> ResponseReturnValue:
    """Urgent help, booking, what is new, and the shortcuts."""
    items = published_list(clock.now(), language(), limit=3)
    return render_template(
        "front/home.html",
        items=items,
        categories=CATEGORY_NAMES,
        shortcuts=shortcuts(),
        logos=logos_shown(),
        day_of=clock.day_of,
    )


@blueprint.get("/rodzicielstwo-zastepcze")
@reading
def foster_care() -> ResponseReturnValue:
    """The page of that address with what it takes from elsewhere: today's amounts, free times, questions with their answers
    (R67, R78, R79)."""
    page, trail = page_here("rodzicielstwo-zastepcze")
    return render_template(
        "front/foster_care.html",
        page=page,
        above=trail.above,
        media=shown(page),
        money=benefits_called(FOSTER_MONEY),
        questions=[(one.id, one.said_in(language())) for one in questions(shown=True)],
        today=clock.day_of(clock.now()),
    )


@blueprint.get("/szukaj")
@reading
def search() -> ResponseReturnValue:
    """What residents may read that has the words, whatever their diacritics (R15)."""
    words = clean(request.args.get("q", "")[:LONGEST_QUESTION])
    found = findings(words, clock.now())
    return render_template("front/search.html", words=words, found=found, longest=LONGEST_QUESTION)


@blueprint.get("/mapa-strony")
@reading
def site_map() -> ResponseReturnValue:
    """Every public page."""
    return render_template(
        "front/site_map.html",
        doors=DOORS,
        pages=page_links(language()),
        programmes=shown_programmes(),
        benefits=benefits(),
        items=published_list(clock.now(), language(), limit=100),
    )


@blueprint.get("/sitemap.xml")
@reading
def sitemap() -> ResponseReturnValue:
    """The addresses of reading pages for search engines; nothing of anybody's own, and no booking (S80, S81)."""
    lists = [url_for(page) for page in ("announcements.index", "programmes.index", "benefits.index")]
    doors = [door.url for door in DOORS if door.is_for_engines]
    texts = [url_for("pages.show", path=page.path) for page in page_links(language())]
    facts = [url_for("programmes.show", slug=one.slug) for one in shown_programmes()]
    facts += [url_for("benefits.show", slug=one.slug) for one in benefits()]
    xml = render_template(
        "front/sitemap.xml",
        base=current_app.config["PUBLIC_URL"],
        addresses=[*doors, *lists, *texts, *facts],
        items=published_list(clock.now(), language(), limit=MOST_IN_SITEMAP),
    )
    return xml, 200, {"Content-Type": "application/xml; charset=utf-8"}


@blueprint.get("/robots.txt")
@reading
def robots() -> ResponseReturnValue:
    """Where search engines find the addresses, and where they shall not look."""
    address = f"{current_app.config['PUBLIC_URL']}{url_for('.sitemap')}"
    text = f"User-agent: *\nDisallow: /panel\nDisallow: /wyjscie\nSitemap: {address}\n"
    return text, 200, {"Content-Type": "text/plain; charset=utf-8"}


@blueprint.route("/ustawienia", methods=["GET", "POST"])
def display_settings() -> ResponseReturnValue:
    """Theme and text size; works without scripts and without a session cookie for readers."""
    now = display_of(request)
    form = DisplayForm(obj=now)
    if form.validate_on_submit():
        response = redirect(url_for(".display_settings", zapisano=1), 303)
        remember(response, form.display, secure=current_app.config["SECURE"])
        return response
    return render_template("front/display_settings.html", form=form), form.status


@blueprint.get("/wyjscie")
def quick_exit() -> ResponseReturnValue:
    """Leave at once for a neutral page; whatever was typed is forgotten here and in the browser (R85, S82)."""
    session.clear()
    response = make_response(redirect(current_app.config["QUICK_EXIT_URL"], 303))
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response
