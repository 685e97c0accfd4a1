"""What keeps personal columns closed, held against the words that describe it: the format, the keys that are derived, what is
bound, and what opens under which key (S65–S67, S70)."""

import base64
import hashlib
import hmac
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask

from portal.booking.people import Reachable
from portal.crypto import (
    LASTING,
    Keyring,
    Sealed,
    Signatures,
    Unreadable,
    digest,
    init_app,
    keyring,
    sealed_in,
)

ONE, TWO, GONE = (bytes(range(n, n + 32)) for n in (1, 60, 120))
CELL = "booking|name_sealed|7"


def derived(secret: bytes, what_for: str) -> bytes:
    """As the first lines of `portal/crypto.py` say it, written once more."""
    return HKDF(algorithm=SHA256(), length=32, salt=b"portal", info=what_for.encode()).derive(secret)


def opened_by_hand(kept: str, purpose: str, keys: dict[str, bytes]) -> str:
    version, key_id, body = kept.split(".")
    assert version == "v1"
    raw = base64.urlsafe_b64decode(body)
    cipher = AESGCM(derived(keys[key_id], "seal"))
    return cipher.decrypt(raw[:12], raw[12:], f"{purpose}|{key_id}".encode()).decode()


def fingerprint_by_hand(value: str, purpose: str, secret: bytes) -> str:
    return hmac.new(derived(secret, f"fingerprint|{purpose}"), value.encode(), hashlib.sha256).hexdigest()


def test_a_seal_is_what_its_description_says() -> None:
    ring = Keyring({"one": ONE, "two": TWO})
    kept = ring.seal("Żaneta", CELL)
    assert opened_by_hand(kept, CELL, {"one": ONE}) == "Żaneta"
    assert ring.ids == ["one", "two"]
    again = ring.seal("Żaneta", CELL)
    assert kept.split(".")[2][:16] != again.split(".")[2][:16], "96 random bits each time"
    assert ring.open(kept, CELL) == ring.open(again, CELL) == "Żaneta"


def test_every_key_opens_and_the_first_one_seals() -> None:
    before = Keyring({"one": ONE}).seal("text", CELL)
    after = Keyring({"two": TWO, "one": ONE})
    assert after.open(before, CELL) == "text"
    assert after.seal("text", CELL).startswith("v1.two.")


@pytest.mark.parametrize(
    "kept",
    [
        "",
        "v1",
        "v1.one",
        "v1.one.",
        "v1.one.x.y",
        "v2.one.{body}",
        "V1.one.{body}",
        "v1.two.{body}",
        "v1.gone.{body}",
        "v1..{body}",
        "v1.one.{short}",
        "v1.one.{flipped}",
        "v1.one.===",
        "v1.one.ąć",
    ],
)
def test_what_was_changed_opens_nothing(kept: str) -> None:
    ring = Keyring({"one": ONE, "two": TWO})
    body = ring.seal("text", CELL).split(".")[2]
    raw = bytearray(base64.urlsafe_b64decode(body))
    raw[-1] ^= 1
    flipped = base64.urlsafe_b64encode(raw).decode()
    with pytest.raises(Unreadable, match=r"^booking\|name_sealed\|7$"):
        ring.open(kept.format(body=body, short=body[:8], flipped=flipped), CELL)


def test_text_that_is_no_text_opens_nothing() -> None:
    nonce = os.urandom(12)
    body = AESGCM(derived(ONE, "seal")).encrypt(nonce, b"\xff", f"{CELL}|one".encode())
    with pytest.raises(Unreadable):
        Keyring({"one": ONE}).open(f"v1.one.{base64.urlsafe_b64encode(nonce + body).decode()}", CELL)


@pytest.mark.parametrize(
    "purpose", ["booking|name_sealed|8", "booking|note_sealed|7", "enquiry|name_sealed|7", ""]
)
def test_a_seal_opens_only_where_it_belongs(purpose: str) -> None:
    ring = Keyring({"one": ONE})
    with pytest.raises(Unreadable):
        ring.open(ring.seal("text", CELL), purpose)


def test_a_fingerprint_has_a_key_of_its_own_for_each_purpose_and_each_key() -> None:
    ring = Keyring({"two": TWO, "one": ONE})
    assert ring.fingerprint("+48512345678", "contact") == fingerprint_by_hand("+48512345678", "contact", TWO)
    assert ring.fingerprints("ą", "contact") == [
        fingerprint_by_hand("ą", "contact", key) for key in (TWO, ONE)
    ]
    assert ring.fingerprint("a", "contact") != ring.fingerprint("a", "source")
    assert ring.heirloom("one", "contact") == derived(ONE, "fingerprint|contact")


def test_one_contact_is_found_in_each_table_by_another_fingerprint(bare: Flask) -> None:
    kinds = Reachable.__subclasses__()
    with bare.app_context():
        marks = {kind.fingerprints_of("+48512345678")[0] for kind in kinds}
    assert len(marks) == len(kinds) >= 3


def test_a_hash_fits_under_every_key_that_there_is() -> None:
    ring = Keyring({"two": TWO, "one": ONE})
    for secret, fits in ((ONE, True), (TWO, True), (GONE, False)):
        assert ring.fits(fingerprint_by_hand("ą", "contact", secret), "ą", "contact") is fits
    kept = fingerprint_by_hand("a", "contact", ONE)
    assert not ring.fits(kept, "b", "contact")
    assert not ring.fits(kept, "a", "source")
    assert not ring.fits("ą", "a", "contact"), "what was never a hash is none of ours"


def test_what_a_retired_key_left_behind_fits_only_what_cannot_be_made_again() -> None:
    asked: list[str] = []

    def left(purpose: str) -> list[bytes]:
        asked.append(purpose)
        return [derived(GONE, f"fingerprint|{purpose}")]

    ring = Keyring({"one": ONE}, heirlooms=left)
    for purpose in LASTING:
        assert ring.fits(fingerprint_by_hand("1234", purpose, GONE), "1234", purpose)
        assert ring.fingerprint("1234", purpose) == fingerprint_by_hand("1234", purpose, ONE)
        assert ring.fits(fingerprint_by_hand("1234", purpose, ONE), "1234", purpose)
    assert asked == list(LASTING), "each is read once"
    assert not ring.fits(fingerprint_by_hand("1234", "contact", GONE), "1234", "contact")
    assert set(LASTING) == {"audit_seal", "audit_cut", "booking.pin_hash", "recovery_code"}
    assert Keyring({"one": ONE}).fingerprints("1234", "audit_seal") == [
        fingerprint_by_hand("1234", "audit_seal", ONE)
    ]


def write(file: Path, text: str) -> None:
    """As `portal keys` does: another file takes the place of this one."""
    fresh = file.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(text, "ascii")
    fresh.replace(file)


def test_a_file_of_keys_is_read_anew_when_it_changes_and_kept_when_it_became_odd(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, asked = tmp_path / "keys", []
    write(file, f"one:{ONE.hex()}\n")

    def left(purpose: str) -> list[bytes]:
        asked.append(purpose)
        return []

    ring = Keyring({"one": ONE}, file, left)
    before = ring.seal("text", CELL)
    ring.fingerprint("1234", "recovery_code")
    write(file, f"two:{TWO.hex()}\none:{ONE.hex()}\n")
    assert ring.ids == ["two", "one"]
    assert ring.open(before, CELL) == "text"
    ring.fingerprint("1234", "recovery_code")
    assert asked == ["recovery_code"] * 2, "what retired keys left is asked for anew with other keys"
    write(file, "two:short\n")
    assert ring.ids == ["two", "one"]
    file.unlink()
    assert ring.ids == ["two", "one"]
    said = [record.getMessage() for record in caplog.records]
    assert said
    assert all(line.startswith("the changed keys are not used: ") and "short" not in line for line in said)


class Row:
    """A row of a table with two sealed columns."""

    __tablename__ = "thing"
    name = Sealed("name_sealed", "id")
    note = Sealed("note_sealed", "id")

    def __init__(self, row_id: int | None) -> None:
        self.id = row_id
        self.name_sealed: str | None = None
        self.note_sealed: str | None = None


@pytest.fixture
def bare() -> Flask:
    """An application that has keys and nothing else."""
    app = Flask(__name__)
    init_app(app, Keyring({"two": TWO, "one": ONE}))
    return app


def test_a_sealed_attribute_is_bound_to_its_row(bare: Flask) -> None:
    with bare.app_context():
        row = Row(7)
        assert row.name is None
        row.name = "Żaneta"
        assert row.name == "Żaneta"
        assert row.name_sealed
        assert opened_by_hand(row.name_sealed, "thing|name_sealed|7", {"two": TWO}) == "Żaneta"
        row.note_sealed = row.name_sealed
        with pytest.raises(Unreadable):
            _ = row.note
        assert [Row.name.is_under(row, key) for key in ("two", "one", "tw", "")] == [
            True,
            False,
            False,
            False,
        ]
        row.name = None
        assert row.name_sealed is None
        assert Row.name.is_under(row, "one"), "nothing is under no key, and need not be sealed anew"
        with pytest.raises(ValueError, match=r"^a row must have its key before anything is sealed in it$"):
            Row(None).name = "x"
    assert sealed_in(Row) == [vars(Row)["name"], vars(Row)["note"]]


def test_cookies_are_signed_under_every_key_the_present_one_first(bare: Flask) -> None:
    present, earlier = (fingerprint_by_hand("signatures", "flask", key) for key in (TWO, ONE))
    assert bare.secret_key == present
    assert bare.config["SECRET_KEY_FALLBACKS"] == [earlier]
    assert list(bare.config["WTF_CSRF_SECRET_KEY"]) == [earlier, present]
    with bare.app_context():
        assert keyring().ids == ["two", "one"]
        assert list(Signatures(keyring())) == [earlier, present]


def test_a_token_is_kept_as_its_hash() -> None:
    assert digest("ą") == hashlib.sha256("ą".encode()).hexdigest()
