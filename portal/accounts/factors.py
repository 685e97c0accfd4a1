"""The second factor: codes of an authenticator app (RFC 6238), and codes on paper that stand in for it once each (S49)."""

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

import pyotp
from sqlalchemy import delete, or_, update

from portal.accounts.audit import record
from portal.accounts.models import Account, Passkey, RecoveryCode
from portal.accounts.sessions import end_sessions
from portal.accounts.telling import tell_owner
from portal.crypto import keyring
from portal.db import action, db, rows
from portal.errors import Refused

STEP_SECONDS = 30
AROUND = (0, -1, 1)  # steps by which two clocks may differ
RECOVERY_CODES = 10
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_secret() -> str:
    """What an app and the portal are to share: 160 random bits in base 32."""
    return pyotp.random_base32()


def address_of(secret: str, account: Account, issuer: str) -> str:
    """The secret as an app reads it from a picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=account.login, issuer_name=issuer)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step to which a code belongs, up to one before or after now; None for a wrong one."""
    digits, present = "".join(code.split()), int(now.timestamp()) // STEP_SECONDS
    app = pyotp.TOTP(secret)
    for step in (present + n for n in AROUND):
        if hmac.compare_digest(app.generate_otp(step).encode(), digits.encode()):
            return step
    return None


@action
def adopt(account: Account, secret: str, code: str, now: datetime) -> list[str]:
    """Have the account ask for codes of this secret, once one of them was shown; answers new recovery codes.

    Raises `Refused("wrong")`.
    """
    step = step_of(secret, code, now)
    if step is None:
        raise Refused("wrong")
    account.totp, account.totp_step = secret, step
    record(account, "second_factor_set", "account", account.id, now)
    tell_owner(account, "factors_changed", now)
    return new_recovery_codes(account, now)


@action
def renew_recovery_codes(account: Account, now: datetime) -> list[str]:
    """Other recovery codes for somebody who has a second factor already, and a letter about it."""
    tell_owner(account, "factors_changed", now)
    return new_recovery_codes(account, now)


def new_recovery_codes(account: Account, now: datetime) -> list[str]:
    """Ten codes; those before them work no more. They are shown once and kept as keyed hashes. To be called inside an action."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    codes = ["-".join(_letters(5) for _ in range(2)) for _ in range(RECOVERY_CODES)]
    db.session.add_all(
        RecoveryCode(code_hash=_hashes(account, code)[0], account_id=account.id) for code in codes
    )
    record(account, "recovery_codes_made", "account", account.id, now)
    return codes


@action
def accept(account: Account, typed: str, now: datetime) -> bool:
    """Whether this is a code of the app that was not used before, or a recovery code; it is used now."""
    step = step_of(account.totp, typed, now) if account.totp_sealed else None
    if step is not None:
        newer = or_(Account.totp_step.is_(None), Account.totp_step < step)
        return rows(update(Account).where(Account.id == account.id, newer).values(totp_step=step)) == 1
    unused = (RecoveryCode.code_hash.in_(_hashes(account, typed)), RecoveryCode.used_at.is_(None))
    is_spare = rows(update(RecoveryCode).where(*unused).values(used_at=now)) == 1
    if is_spare:
        record(account, "recovery_code_used", "account", account.id, now)
    return is_spare


@action
def take_away(account: Account, by: Account | None, now: datetime) -> None:
    """Nothing but the password is asked until its owner sets up a new second factor; every session ends."""
    account.totp, account.totp_step, account.factor_reset_by = None, None, None
    for kind in (RecoveryCode, Passkey):
        db.session.execute(delete(kind).where(kind.account_id == account.id))
    end_sessions(account.id, now)
    record(by, "second_factor_taken_away", "account", account.id, now)
    tell_owner(account, "factors_changed", now)


def _letters(count: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(count))


def _hashes(account: Account, typed: str) -> list[str]:
    """As what a code may be kept: under each key, the present one first."""
    code = "".join(c for c in typed.upper() if c.isalnum())
    return keyring().fingerprints(f"{account.id}|{code}", "recovery_code")


def grouped(secret: str) -> Sequence[str]:
    """The secret in groups of four, for those who type it."""
    return [secret[n : n + 4] for n in range(0, len(secret), 4)]
