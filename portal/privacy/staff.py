"""The data protection officer's page: every kind of personal data, on one page and as a table for the record of processing."""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import i18n
from portal.accounts.permissions import needs
from portal.privacy.categories import lines, said
from portal.web.spreadsheet import TYPE, spreadsheet

blueprint = Blueprint("privacy", __name__, url_prefix="/dane-osobowe")


@blueprint.get("")
@needs("audit.read")
def show() -> ResponseReturnValue:
    """What is kept, for what, on what ground, how long and where; it prints on a few sheets."""
    return render_template("privacy/staff/record.html", lines=lines(), said=said, language=i18n.language())


@blueprint.get("/tabela.csv")
@needs("audit.read")
def table() -> ResponseReturnValue:
    """The same for a spreadsheet; no personal data is in it."""
    heading = [_("Category"), _("Purpose"), _("Legal basis"), _("Kept for"), _("Counted from"), _("Columns")]
    rows = [
        [
            what.name,
            what.purpose,
            what.basis,
            said(rule, i18n.language()),
            what.counted_from,
            " ".join(columns),
        ]
        for rule, what, columns in lines()
    ]
    answer = Response(spreadsheet([heading, *rows]), content_type=TYPE)
    answer.headers.set("Content-Disposition", "attachment", filename="dane-osobowe.csv")
    return answer
