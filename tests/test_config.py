"""Settings are read once, typed, and refused with a sentence that says what is wanted."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli import main
from portal.config import DEMO, REQUIRED, SettingsError, read_settings

GOOD = DEMO | {
    "PORTAL_PUBLIC_URL": "https://mopr.example",
    "PORTAL_KEYS": "k1:" + bytes(range(32)).hex(),
    "PORTAL_MAIL_URL": "smtp://mail.example",
}


def test_good_settings_are_typed() -> None:
    settings = read_settings(GOOD)
    assert settings.secure
    assert settings.trusted_hosts == ["mopr.example"]
    assert settings.database_url.startswith("sqlite:////")
    assert settings.keys["k1"] == bytes(range(32))


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORTAL_KEYS", "", "not set"),
        ("PORTAL_KEYS", "k1:1234", "64 hexadecimal digits"),
        ("PORTAL_KEYS", "k1:" + "00" * 32, "random"),
        ("PORTAL_KEYS", f"{GOOD['PORTAL_KEYS']},k1:{bytes(range(9, 41)).hex()}", "one name"),
        ("PORTAL_KEYS", ",\n,", "holds no key"),
        ("PORTAL_KEYS", "demo:" + bytes(range(32)).hex(), "key of the demo"),
        ("PORTAL_KEYS", GOOD["PORTAL_KEYS"] + ",demo:" + bytes(range(1, 33)).hex(), "key of the demo"),
        ("PORTAL_PUBLIC_URL", "mopr.example", "web address"),
        ("PORTAL_PUBLIC_URL", "", "not set"),
        ("PORTAL_MAIL_URL", "", "PORTAL_MAIL_URL"),
        ("PORTAL_SMS_URL", "ftp://x", "https"),
        ("PORTAL_SMS_URL", "http://gateway.example", "https"),
        ("PORTAL_SMS_URL", "smsapi:", "PORTAL_SMS_TOKEN"),
        ("PORTAL_DATABASE_URL", "mysql://x", "sqlite"),
        ("PORTAL_BEHIND_PROXY", "yes", "1 or 0"),
        ("PORTAL_LIMITS", "maybe", "on or off"),
        ("PORTAL_ANSWER_DAYS", "soon", "working days"),
        ("PORTAL_ANSWER_DAYS", "0", "working days"),
        ("PORTAL_RETENTION", "bookings=60", "none of booking"),
        ("PORTAL_RETENTION", "booking=60,audit=365", "audit must be a number of days from 731 to 1826"),
        ("PORTAL_RETENTION", "enquiry", "enquiry must be a number"),
        ("PORTAL_CENTRE_NAME", " ", "not set"),
        ("PORTAL_E_DELIVERY", "AE:PL-1234-5", "AE:PL-12345-67890-ABCDE-12"),
        ("PORTAL_SECURITY_CONTACT", "ask us", "e-mail address"),
        ("PORTAL_SECURITY_CONTACT", "javascript:alert(1)", "e-mail address"),
        ("PORTAL_SECURITY_UNTIL", "31.05.2027", "2027-05-31"),
    ],
)
def test_odd_settings_are_refused(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(says)) as refusal:
        read_settings(GOOD | {name: value})
    assert name in str(refusal.value) or name == "PORTAL_KEYS"


def test_whatever_is_missing_is_named_at_once() -> None:
    names = ", ".join(REQUIRED)
    with pytest.raises(SettingsError, match=f"without a default outside the demo: {names}$"):
        read_settings({"PORTAL_KEYS": GOOD["PORTAL_KEYS"]})


def test_nothing_is_debugged_but_the_demo() -> None:
    for word in ("1", "true", "on"):
        with pytest.raises(SettingsError, match="FLASK_DEBUG is on"):
            read_settings(GOOD | {"FLASK_DEBUG": word})
    for word in ("0", "False", "no", ""):
        assert read_settings(GOOD | {"FLASK_DEBUG": word})
    assert read_settings({"PORTAL_DEMO": "1", "PORTAL_KEYS": GOOD["PORTAL_KEYS"], "FLASK_DEBUG": "1"}).demo


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(GOOD["PORTAL_KEYS"])
    settings = {name: value for name, value in GOOD.items() if name != "PORTAL_KEYS"}
    file.chmod(0o640)
    with pytest.raises(SettingsError, match="0600"):
        read_settings(settings | {"PORTAL_KEYS_FILE": str(file)})
    file.chmod(0o600)
    assert read_settings(settings | {"PORTAL_KEYS_FILE": str(file)}).keys


@pytest.mark.parametrize("command", ["serve", "worker", "init", "doctor", "backup", "keys retire old"])
def test_each_command_says_in_a_sentence_which_setting_is_odd(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keys"
    file.write_text(GOOD["PORTAL_KEYS"])
    file.chmod(0o644)
    monkeypatch.setattr("os.execv", lambda *_command: pytest.fail("it was started all the same"))
    for name, value in (GOOD | {"PORTAL_KEYS": "", "PORTAL_KEYS_FILE": str(file)}).items():
        monkeypatch.setenv(name, value)
    refused = CliRunner().invoke(main, command.split(), catch_exceptions=False)
    assert refused.exit_code == 1
    assert refused.output == f"Error: {file} can be read by others; its mode must be 0600\n"


def test_the_demo_has_its_own_values_and_nothing_else_does() -> None:
    with pytest.raises(SettingsError):
        read_settings({})
    assert read_settings({"PORTAL_DEMO": "1", "PORTAL_KEYS": GOOD["PORTAL_KEYS"]}).demo
