"""References and PINs: what a resident keeps to prove that a booking is theirs (S78).

The PIN is made from the secret token of the form, so that the same form sent twice shows the same PIN, though the
database keeps only a keyed hash of it. A thief of the database has neither the form nor the key.
"""

import secrets

from portal.crypto import keyring

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PIN_HASH = "booking.pin_hash"
LOOKALIKES = str.maketrans("ILOU", "110V")


def new_reference() -> str:
    """Eight random characters in two groups, such as `K7QM-2F9X`."""
    text = "".join(secrets.choice(CROCKFORD) for _ in range(8))
    return f"{text[:4]}-{text[4:]}"


def read_reference(typed: str) -> str:
    """A reference as it was meant: any case, spaces or dashes, I and L for 1, O for 0."""
    text = "".join(c for c in typed.upper() if c.isalnum()).translate(LOOKALIKES)
    return f"{text[:4]}-{text[4:]}"


def pin_of(form_token: str) -> str:
    """The six digits that belong to a form."""
    return _pins_of(form_token)[0]


def pin_given(form_token: str, reference: str, kept: str) -> str:
    """The six digits that a form has got, also when the key has changed since."""
    pins = _pins_of(form_token)
    return next((pin for pin in pins if pin_fits(kept, reference, pin)), pins[0])


def _pins_of(form_token: str) -> list[str]:
    return [f"{int(one, 16) % 1_000_000:06}" for one in keyring().fingerprints(form_token, "pin")]


def new_pin() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(1_000_000):06}"


def pin_hash(reference: str, pin: str) -> str:
    """What the database keeps of a PIN."""
    return keyring().fingerprint(f"{reference}|{pin}", PIN_HASH)


def pin_fits(kept: str, reference: str, typed: str) -> bool:
    """Whether the typed PIN is the one; takes the same time for every answer."""
    digits = "".join(c for c in typed if c.isdigit())
    return keyring().fits(kept, f"{reference}|{digits}", PIN_HASH)
