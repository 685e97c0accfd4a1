"""What frames every page, as editors keep it: the menu, the shortcuts, the logos, the urgent banner."""

from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.db import db
from portal.errors import Refused
from portal.front import actions
from portal.front.actions import Entry
from portal.front.forms import BannerForm, LogoForm, MenuItemForm, ShortcutForm
from portal.front.models import (
    MOST_IN_MENU,
    Logo,
    MenuItem,
    Shortcut,
    logos,
    menu_items,
    shortcuts,
    the_banner,
)
from portal.web.editing import saved
from portal.web.forms import VersionForm

blueprint = Blueprint("frame", __name__, url_prefix="/menu")

EntryForm = MenuItemForm | ShortcutForm | LogoForm
KINDS: dict[str, tuple[type[Entry], type[EntryForm]]] = {
    "pozycja": (MenuItem, MenuItemForm),
    "skrot": (Shortcut, ShortcutForm),
    "logo": (Logo, LogoForm),
}


@blueprint.get("")
@needs("content.edit")
def index() -> ResponseReturnValue:
    """The menu, the shortcuts and the logos."""
    return render_template(
        "front/staff/index.html",
        items=menu_items(),
        shortcuts=shortcuts(),
        logos=logos(),
        most=MOST_IN_MENU,
    )


@blueprint.route("/<part>/nowe", methods=["GET", "POST"])
@needs("content.edit")
def new(part: str) -> ResponseReturnValue:
    """Add an entry of the menu, a shortcut or a logo."""
    return _edit(part, None)


@blueprint.route("/<part>/<int:row_id>", methods=["GET", "POST"])
@needs("content.edit")
def edit(part: str, row_id: int) -> ResponseReturnValue:
    """Change an entry of the menu, a shortcut or a logo; when somebody else has saved meanwhile, say what is saved now."""
    return _edit(part, _the(part, row_id))


@blueprint.post("/<part>/<int:row_id>/usun")
@needs("content.edit")
def remove(part: str, row_id: int) -> ResponseReturnValue:
    """Take an entry of the menu, a shortcut or a logo away."""
    row, form = _the(part, row_id), VersionForm()
    if form.validate_on_submit():
        try:
            actions.remove(type(row), row_id, form.version.data, by=the_account(), now=clock.now())
        except Refused as refusal:
            again = _form(part)(obj=_the(part, row_id), formdata=None)
            if refusal.code == "changed":
                again.show_newer(_the(part, row_id))
            return _page(part, again, row, refusal.code), refusal.status
        flash(_("Removed."))
    return redirect(url_for(".index"), 303)


@blueprint.route("/baner", methods=["GET", "POST"])
@needs("content.edit")
def banner() -> ResponseReturnValue:
    """Put an urgent sentence on every page, or take it away."""
    row = the_banner()
    form = BannerForm(obj=row)
    status = saved(form, partial(actions.save_banner, by=the_account(), now=clock.now()), row)
    if status is None:
        flash(
            _("The banner stands on every page now.")
            if form.is_shown.data
            else _("No page has a banner now.")
        )
        return redirect(url_for("panel.content.index"), 303)
    return render_template("front/staff/banner.html", form=form), status


def _edit(part: str, row: Entry | None) -> ResponseReturnValue:
    form = _form(part)(obj=row)
    save = partial(actions.save, KINDS[part][0], row.id if row else None, by=the_account(), now=clock.now())
    try:
        status = saved(form, save, row)
    except Refused as refusal:
        return _page(part, form, row, refusal.code), refusal.status
    if status is not None:
        return _page(part, form, row), status
    flash(_("Saved. Every page shows it from now on."))
    return redirect(url_for(".index"), 303)


def _the(part: str, row_id: int) -> Entry:
    kind, _form = KINDS.get(part) or abort(404)
    return db.session.get(kind, row_id) or abort(404)


def _form(part: str) -> type[EntryForm]:
    return (KINDS.get(part) or abort(404))[1]


def _page(part: str, form: EntryForm, row: Entry | None, trouble: str = "") -> str:
    return render_template("front/staff/entry.html", form=form, row=row, part=part, trouble=trouble)
