"""What each kind of personal data is, what it is for and on what ground we have it (art. 30 GDPR): the words for each rule."""

from dataclasses import dataclass
from typing import Any

from babel.units import format_unit
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import Column, inspect

from portal import retention
from portal.booking.people import Reachable
from portal.db import Base
from portal.retention import RULES, Rule

WITH_NEEDS = _l("art. 6(1)(e) GDPR: public task; needs: art. 9(2)(g)")
WITH_COURTS = _l("art. 6(1)(e) GDPR: public task; needs: art. 9(2)(g); what courts have ordered: art. 10")
OF_COURTS = _l("art. 6(1)(e) GDPR: public task; what courts have ordered: art. 10")
DUTY = _l("art. 6(1)(c) GDPR: legal duty")
DUTY_OF_SECURITY = _l("art. 6(1)(c) GDPR: legal duty to account for what is done in the system (KRI)")
SECURITY = _l("art. 6(1)(e) GDPR and art. 32: security of the public task")


@dataclass(frozen=True)
class Category:
    """One line of the record of processing; `counted_from` is from when on the period runs."""

    name: LazyString
    purpose: LazyString
    basis: LazyString
    counted_from: LazyString


CATEGORIES: dict[Rule, Category] = {
    retention.BOOKING: Category(
        _l("People who booked a talk"),
        _l("To prepare the talk and to reach the person about its time"),
        WITH_COURTS,
        _l("the end of the talk"),
    ),
    retention.QUALIFIED: Category(
        _l("People who wait for a group after the talk"),
        _l("To invite them when the group begins"),
        WITH_COURTS,
        _l("the talk that qualified them"),
    ),
    retention.SOURCE: Category(
        _l("Keyed mark of the network that a booking came from"),
        _l("So that nobody takes all the places at once"),
        SECURITY,
        _l("the booking"),
    ),
    retention.PROGRAMME: Category(
        _l("People in the groups of a programme"),
        _l("Attendance and certificates"),
        OF_COURTS,
        _l("the end of the edition, or the certificate"),
    ),
    retention.ENQUIRY: Category(
        _l("People who asked about foster care"),
        _l("To answer and to arrange a talk"),
        WITH_NEEDS,
        _l("the end of the contact, or the last step when nobody ended it"),
    ),
    retention.ACCESS_REQUEST: Category(
        _l("People who asked for accessibility"),
        _l("To answer within the days that the law sets"),
        DUTY,
        _l("the answer, or the last step when nobody ended it"),
    ),
    retention.MARK: Category(
        _l(
            "Marks: whom a\N{NO-BREAK SPACE}card is hidden from, who opened it all the same, which two people must not meet"
        ),
        _l("So that nobody learns here of somebody who would not be safe"),
        SECURITY,
        _l("the erasure of the last record of whom it is about"),
    ),
    retention.ACCOUNT: Category(
        _l("Staff who sign in"),
        _l("To know who does what in the system"),
        DUTY_OF_SECURITY,
        _l("the end of their work here"),
    ),
    retention.SESSION: Category(
        _l("Sessions of staff"),
        _l("To stay signed in"),
        SECURITY,
        _l("the end of the session"),
    ),
    retention.KEPT_FORM: Category(
        _l("Forms that staff sent when their session had ended"),
        _l("So that nothing typed is lost"),
        SECURITY,
        _l("the moment at which it was sent"),
    ),
    retention.THROTTLE: Category(
        _l("Counted failures, under a hash of what they were counted for"),
        _l("Against guessing of passwords and PINs"),
        SECURITY,
        _l("the first of them"),
    ),
    retention.AUDIT: Category(
        _l("Audit log: who of staff did or read what, when and from where"),
        _l("Accountability; a person can ask who has read their data"),
        DUTY_OF_SECURITY,
        _l("the event"),
    ),
    retention.HEIRLOOM: Category(
        _l("What proves old PINs and old entries of the audit log after a change of keys"),
        _l("No personal data; kept sealed as if it were"),
        SECURITY,
        _l("the change of keys"),
    ),
}


def columns_under(rule: Rule) -> list[str]:
    """Where in the database this kind of data is, as `table.column`."""
    kept_as = retention.BOOKING if rule is retention.QUALIFIED else rule  # the same columns, for longer
    columns = (column for table in Base.metadata.sorted_tables for column in table.columns)
    return [f"{column.table.name}.{column.name}" for column in columns if rule_of(column) is kept_as]


def rule_of(column: Column[Any]) -> Rule | None:
    """Under which rule a column lives. Of people who may be reached every column goes with the name, sealed or not."""
    whole = {inspect(kind).local_table for kind in Reachable.__subclasses__()}
    marked = column.table.c.name_sealed if column.table in whole and not column.primary_key else column
    rule: Rule | None = marked.info.get("personal")
    return rule


def lines() -> list[tuple[Rule, Category, list[str]]]:
    """Every kind of data in the order of the rules."""
    return [(rule, CATEGORIES[rule], columns_under(rule)) for rule in RULES]


def said(rule: Rule, language: str) -> str:
    """A period in words: in years where it is whole years, else in days."""
    unit = "duration-year" if rule.years else "duration-day"
    return str(format_unit(rule.years or rule.days, unit, "long", locale=language))
