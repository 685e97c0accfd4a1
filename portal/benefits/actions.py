"""What editors do with benefits and their amounts."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import select

from portal.accounts.models import Account
from portal.benefits.models import Benefit, BenefitAmount
from portal.changes.models import note_change
from portal.db import action, at_version, db, put
from portal.errors import NotFound, Refused
from portal.text import slug_of


@action
def save_benefit(
    benefit_id: int | None, version: int, values: Mapping[str, object], by: Account, now: datetime
) -> Benefit:
    """Add a benefit at an address made of its title, or change what was read at `version`; `values` by column, and the
    `reason` that residents read.

    Raises `NotFound`; `Refused`: `changed`, `not_unique` (the address).
    """
    columns = {name: value for name, value in values.items() if name != "reason"}
    address = {"slug": slug_of(str(values["title"]))}
    benefit: Benefit = put(Benefit, benefit_id, version, columns, lambda: address)
    note_change("benefit_saved", benefit, str(values.get("reason", "")), by, now)
    return benefit


@action
def save_amount(
    benefit_id: int,
    amount_id: int | None,
    version: int,
    values: Mapping[str, object],
    by: Account,
    now: datetime,
) -> BenefitAmount:
    """Enter an amount, also ahead of its time, or change what was read at `version`. An earlier amount without an end then ends
    on the day before.

    Raises `NotFound`; `Refused`: `changed`, `overlap` when another amount is valid on some of the days.
    """
    benefit = db.session.get(Benefit, benefit_id, with_for_update=True)
    if benefit is None:
        raise NotFound
    first = values["valid_from"]
    assert isinstance(first, date)
    _end_before(benefit_id, first, amount_id)
    amount: BenefitAmount = put(BenefitAmount, amount_id, version, {**values, "benefit_id": benefit_id})
    if any(_overlap(amount, other) for other in _others(benefit_id, amount.id)):
        raise Refused("overlap")
    note_change("benefit_amount_saved", benefit, "", by, now)
    return amount


@action
def remove_amount(benefit_id: int, amount_id: int, version: int, by: Account, now: datetime) -> None:
    """Take away an amount that was entered by mistake. Raises `NotFound`; `Refused("changed")`."""
    amount = at_version(BenefitAmount, amount_id, version)
    if amount.benefit_id != benefit_id:
        raise NotFound
    benefit = amount.benefit
    db.session.delete(amount)
    note_change("benefit_amount_removed", benefit, "", by, now)


def _end_before(benefit_id: int, first: date, amount_id: int | None) -> None:
    for other in _others(benefit_id, amount_id):
        if other.valid_to is None and other.valid_from < first:
            other.valid_to = first - timedelta(days=1)
            other.version += 1
    db.session.flush()


def _others(benefit_id: int, amount_id: int | None) -> list[BenefitAmount]:
    query = select(BenefitAmount).where(BenefitAmount.benefit_id == benefit_id)
    return [amount for amount in db.session.scalars(query) if amount.id != amount_id]


def _overlap(one: BenefitAmount, other: BenefitAmount) -> bool:
    ends = (each.valid_to or date.max for each in (one, other))
    return max(one.valid_from, other.valid_from) <= min(ends)
