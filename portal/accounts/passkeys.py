"""Passkeys (Web Authentication, level 3): a phone, a computer or a stick signs what we make up, and we check it with the public
half that we keep. A passkey is a second factor, or, where the device asks who holds it, enough alone."""

import json
from dataclasses import dataclass
from datetime import datetime

import webauthn
from sqlalchemy import select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal.accounts import throttle
from portal.accounts.audit import record
from portal.accounts.factors import new_recovery_codes
from portal.accounts.models import Account, Passkey
from portal.accounts.telling import tell_owner
from portal.crypto import keyring
from portal.db import action, db
from portal.errors import NotFound, Refused

# What the library raises for what is no answer of a device: its own words, and what it stumbles over.
ODD = (WebAuthnException, ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
VERIFIED = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True)
class Site:
    """For whom a passkey is: the host, what people call it, and the origin that browsers report."""

    host: str
    name: str
    origin: str


@dataclass(frozen=True)
class Question:
    """What a browser is asked, as JSON, and the challenge that its answer has to sign."""

    options: str
    challenge: str


def ask_to_make(account: Account, site: Site) -> Question:
    """Ask a device to make a passkey that it has not made yet."""
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_name=account.login,
        user_display_name=account.name,
        user_id=bytes.fromhex(keyring().fingerprint(str(account.id), "passkey")),
        exclude_credentials=_descriptions(account),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=VERIFIED
        ),
    )
    return Question(options_to_json(options), bytes_to_base64url(options.challenge))


@action
def add(account: Account, name: str, answer: str, challenge: str, site: Site, now: datetime) -> list[str]:
    """Keep the public half of a new passkey; answers recovery codes when it is the first second factor, else nothing.

    Raises `Refused("wrong")` when the answer is not to this question, or was given before.
    """
    _use_up(challenge, now)
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except ODD:
        raise Refused("wrong") from None
    if _called(made.credential_id):
        raise Refused("wrong")
    is_first = not account.has_second_factor
    passkey = Passkey(account_id=account.id, name=name, created_at=now, sign_count=made.sign_count)
    passkey.credential_id, passkey.public_key = made.credential_id, made.credential_public_key
    db.session.add(passkey)
    db.session.flush()
    record(account, "passkey_added", "account", account.id, now)
    tell_owner(account, "factors_changed", now)
    return new_recovery_codes(account, now) if is_first else []


@action
def remove(account: Account, passkey_id: int, now: datetime) -> None:
    """Forget a passkey of one's own. Raises `NotFound`."""
    passkey = db.session.get(Passkey, passkey_id)
    if passkey is None or passkey.account_id != account.id:
        raise NotFound
    db.session.delete(passkey)
    record(account, "passkey_removed", "account", account.id, now)
    tell_owner(account, "factors_changed", now)


def ask_to_sign(site: Site, account: Account | None = None) -> Question:
    """Ask for a signature of one of the account's passkeys; of any, when nobody knows yet who it is."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        allow_credentials=_descriptions(account) if account else None,
        user_verification=VERIFIED,
    )
    return Question(options_to_json(options), bytes_to_base64url(options.challenge))


@action
def owner_by(answer: str, challenge: str, site: Site, now: datetime) -> Account:
    """Whose passkey has answered. Raises `Refused("wrong")`, also for an answer that was given before, and when the account
    does not work any more."""
    _use_up(challenge, now)
    passkey = _named_in(answer)
    if passkey is None or not passkey.account.is_active:
        raise Refused("wrong")
    try:
        signed = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except ODD:
        raise Refused("wrong") from None
    passkey.sign_count, passkey.used_at = signed.new_sign_count, now
    return passkey.account


def _use_up(challenge: str, now: datetime) -> None:
    """A challenge is answered once: the browser that holds it may have been copied, and not every device counts."""
    if not challenge or not throttle.is_first(f"challenge|{challenge}", now):
        raise Refused("wrong")


def _named_in(answer: str) -> Passkey | None:
    try:
        credential_id = base64url_to_bytes(json.loads(answer)["rawId"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return _called(credential_id)


def _called(credential_id: bytes) -> Passkey | None:
    return db.session.scalar(select(Passkey).where(Passkey.credential_id == credential_id).with_for_update())


def _descriptions(account: Account) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in account.passkeys]
