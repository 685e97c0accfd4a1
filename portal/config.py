"""Settings: read once from PORTAL_* variables, typed, and refused with a clear sentence when odd."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from portal.retention import CHOICES

MIN_KEY_BYTES = 32
MOST_DAYS = 60
MOST_BACKUP_DAYS = 35
CONTACTS = {"https", "http", "mailto", "tel"}
DEMO_KEY = "demo"
E_DELIVERY = re.compile(r"AE:PL-[0-9]{5}-[0-9]{5}-[A-Z]{5}-[0-9]{2}")
NO_DEBUG = {"", "0", "false", "no"}  # as Flask reads it


class SettingsError(Exception):
    """A setting is missing or odd; the text says which and what is wanted."""


@dataclass(frozen=True)
class Centre:
    """Who runs this portal, as its pages say it."""

    name: str
    place: str
    address: str
    bip_url: str
    e_delivery: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.name} {self.place}"


@dataclass(frozen=True)
class Settings:
    """Everything an operator decides. `keys` maps a key's id to its secret; the first one seals, all open."""

    database_url: str
    keys: dict[str, bytes]
    keys_file: Path | None
    public_url: str
    trusted_hosts: list[str]
    mail_url: str
    mail_from: str
    sms_url: str
    sms_token: str
    sms_from: str
    quick_exit_url: str
    limits: bool
    answer_days: int
    retention: dict[str, int]
    information_talk: str
    information_meeting: str
    data_folder: Path
    backups_folder: Path
    backup_keys: dict[str, bytes]
    backup_days: int
    media_folder: Path | None
    behind_proxy: bool
    demo: bool
    second_factor: bool
    security_contact: str
    security_until: date | None
    centre: Centre

    @property
    def secure(self) -> bool:
        """Whether residents reach the portal over https."""
        return self.public_url.startswith("https://")


DEMO = {
    "PORTAL_PUBLIC_URL": "http://127.0.0.1:8000",
    "PORTAL_CENTRE_NAME": "Miejski Ośrodek Pomocy Rodzinie",
    "PORTAL_CENTRE_PLACE": "w\N{NO-BREAK SPACE}Przykładowie",
    "PORTAL_CENTRE_ADDRESS": "ul.\N{NO-BREAK SPACE}Przykładowa\N{NO-BREAK SPACE}7, 00-000\N{NO-BREAK SPACE}Przykładowo",
    "PORTAL_BIP_URL": "https://bip.mopr-przykladowo.example/",
    "PORTAL_E_DELIVERY": "AE:PL-00000-00000-ABCDE-00",
    "PORTAL_MAIL_FROM": "kontakt@mopr-przykladowo.example",
    "PORTAL_INFORMATION_TALK": "b1",
    "PORTAL_INFORMATION_MEETING": "b2",
}


REQUIRED = (
    "PORTAL_PUBLIC_URL",
    "PORTAL_MAIL_URL",
    "PORTAL_MAIL_FROM",
    "PORTAL_CENTRE_NAME",
    "PORTAL_CENTRE_PLACE",
    "PORTAL_CENTRE_ADDRESS",
    "PORTAL_BIP_URL",
)


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings that the variables describe. Raises `SettingsError` naming all that are missing, or the first one that is
    odd."""
    demo = _flag(environ, "PORTAL_DEMO")
    if not demo and environ.get("FLASK_DEBUG", "").lower() not in NO_DEBUG:
        raise SettingsError(
            "FLASK_DEBUG is on; it shows the inside of the program: unset it outside the demo"
        )
    values = {**DEMO, **environ} if demo else environ
    if not demo:
        _demand_all(values)
    folder = Path(values.get("PORTAL_DATA", "var")).absolute()
    public_url = _web_address(values, "PORTAL_PUBLIC_URL").rstrip("/")
    keys = _keys(values, folder, demo)
    return Settings(
        database_url=_database(values.get("PORTAL_DATABASE_URL") or f"sqlite:///{folder}/portal.sqlite"),
        keys=keys,
        keys_file=_keys_file(values, folder, demo),
        public_url=public_url,
        trusted_hosts=_hosts(values, public_url, demo),
        mail_url=_mail(values.get("PORTAL_MAIL_URL") or (f"folder:{folder}/mail" if demo else "")),
        mail_from=values["PORTAL_MAIL_FROM"].strip(),
        sms_url=_sms(values.get("PORTAL_SMS_URL") or (f"folder:{folder}/mail" if demo else "")),
        sms_token=_token(values),
        sms_from=values.get("PORTAL_SMS_FROM", ""),
        quick_exit_url=values.get("PORTAL_QUICK_EXIT_URL", "https://pogoda.imgw.pl/"),
        limits=_limits(values),
        answer_days=_days(values, "PORTAL_ANSWER_DAYS", 5, MOST_DAYS, "working days"),
        retention=_retention(values.get("PORTAL_RETENTION", "")),
        information_talk=values.get("PORTAL_INFORMATION_TALK", ""),
        information_meeting=values.get("PORTAL_INFORMATION_MEETING", ""),
        data_folder=folder,
        backups_folder=Path(values.get("PORTAL_BACKUPS") or folder / "backups").absolute(),
        backup_keys=_backup_keys(values, keys),
        backup_days=_days(values, "PORTAL_BACKUP_DAYS", 30, MOST_BACKUP_DAYS),
        media_folder=_media(values, folder),
        behind_proxy=_flag(values, "PORTAL_BEHIND_PROXY"),
        demo=demo,
        second_factor=not demo or _flag(values, "PORTAL_SECOND_FACTOR"),
        security_contact=_security_contact(values, public_url),
        security_until=_last_day(values, "PORTAL_SECURITY_UNTIL"),
        centre=Centre(
            name=values["PORTAL_CENTRE_NAME"].strip(),
            place=values["PORTAL_CENTRE_PLACE"].strip(),
            address=values["PORTAL_CENTRE_ADDRESS"].strip(),
            bip_url=_web_address(values, "PORTAL_BIP_URL"),
            e_delivery=_e_delivery(values),
        ),
    )


def _demand_all(values: Mapping[str, str]) -> None:
    missing = [name for name in REQUIRED if not values.get(name, "").strip()]
    if missing:
        raise SettingsError(f"not set, and without a default outside the demo: {', '.join(missing)}")


def _flag(values: Mapping[str, str], name: str) -> bool:
    value = values.get(name, "0")
    if value not in {"0", "1", ""}:
        raise SettingsError(f"{name} must be 1 or 0, not {value!r}")
    return value == "1"


def _limits(values: Mapping[str, str]) -> bool:
    value = values.get("PORTAL_LIMITS", "on")
    if value not in {"on", "off"}:
        raise SettingsError(f"PORTAL_LIMITS must be on or off, not {value!r}")
    return value == "on"


def _days(values: Mapping[str, str], name: str, default: int, most: int, unit: str = "days") -> int:
    value = values.get(name) or str(default)
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= most):
        raise SettingsError(f"{name} must be a number of {unit} from 1 to {most}, not {value!r}")
    return int(value)


def _retention(text: str) -> dict[str, int]:
    """Periods of the centre's own records schedule, as `booking=60,enquiry=180`, in days (R102)."""
    days: dict[str, int] = {}
    for entry in (entry.strip() for entry in text.split(",") if entry.strip()):
        name, _, number = (part.strip() for part in entry.partition("="))
        if name not in CHOICES:
            raise SettingsError(f"PORTAL_RETENTION: {name!r} is none of {', '.join(CHOICES)}")
        least, most = CHOICES[name]
        if not (number.isascii() and number.isdigit() and least <= int(number) <= most):
            raise SettingsError(
                f"PORTAL_RETENTION: {name} must be a number of days from {least} to {most}, not {number!r}"
            )
        days[name] = int(number)
    return days


def _web_address(values: Mapping[str, str], name: str) -> str:
    value = values[name].strip()
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError(f"{name} must be a web address such as https://mopr.example, not {value!r}")
    return value


def _e_delivery(values: Mapping[str, str]) -> str:
    """The address for e-Doręczenia, as the state gives it; '' when none is named."""
    value = values.get("PORTAL_E_DELIVERY", "").strip()
    if value and not E_DELIVERY.fullmatch(value):
        raise SettingsError(f"PORTAL_E_DELIVERY must read like AE:PL-12345-67890-ABCDE-12, not {value!r}")
    return value


def _security_contact(values: Mapping[str, str], public_url: str) -> str:
    """Whom to tell about a hole, as an address that RFC 9116 allows; the contact page when nobody is named."""
    value = values.get("PORTAL_SECURITY_CONTACT", "").strip() or f"{public_url}/kontakt"
    if "@" in value and ":" not in value:
        value = f"mailto:{value}"
    if not value.isascii() or any(c.isspace() for c in value) or urlsplit(value).scheme not in CONTACTS:
        raise SettingsError("PORTAL_SECURITY_CONTACT must be an e-mail address, https://… or tel:+48…")
    return value


def _last_day(values: Mapping[str, str], name: str) -> date | None:
    value = values.get(name, "").strip()
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise SettingsError(f"{name} must be a day such as 2027-05-31, not {value!r}") from None


def _hosts(values: Mapping[str, str], public_url: str, demo: bool) -> list[str]:
    named = [host.strip() for host in values.get("PORTAL_TRUSTED_HOSTS", "").split(",") if host.strip()]
    own = [urlsplit(public_url).hostname or ""]
    return own + named + (["127.0.0.1", "localhost"] if demo else [])


def _media(values: Mapping[str, str], folder: Path) -> Path | None:
    """Where uploaded files stay; None when there shall be none."""
    place = values.get("PORTAL_MEDIA") or str(folder / "media")
    return None if place == "off" else Path(place).absolute()


def _database(url: str) -> str:
    if url.startswith("sqlite:///"):
        return url
    for prefix in ("postgresql+psycopg://", "postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    raise SettingsError("PORTAL_DATABASE_URL must begin with sqlite:/// or postgresql://")


def _mail(url: str) -> str:
    if url.split(":")[0] not in {"smtp", "smtps", "folder"}:
        raise SettingsError(
            "PORTAL_MAIL_URL must be smtp://user:password@host:587, smtps://… or folder:/path"
        )
    return url


def _sms(url: str) -> str:
    parts = urlsplit(url.removeprefix("smsapi:"))
    is_safe = parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}
    )
    if url and not url.startswith("folder:") and url != "smsapi:" and not is_safe:
        raise SettingsError("PORTAL_SMS_URL must be smsapi:, https://gateway… or empty")
    return url


def _token(values: Mapping[str, str]) -> str:
    """The password of the SMS service, as text or in a file of mode 0600."""
    file = values.get("PORTAL_SMS_TOKEN_FILE")
    token = _read_private(Path(file)).strip() if file else values.get("PORTAL_SMS_TOKEN", "")
    url = values.get("PORTAL_SMS_URL", "")
    if url and not url.startswith("folder:") and not token:
        raise SettingsError("PORTAL_SMS_TOKEN or PORTAL_SMS_TOKEN_FILE is not set; PORTAL_SMS_URL needs it")
    return token


def _keys_file(values: Mapping[str, str], folder: Path, demo: bool) -> Path | None:
    """Where the keys are kept; None when the environment holds them."""
    text, file = values.get("PORTAL_KEYS", ""), values.get("PORTAL_KEYS_FILE")
    return Path(file or f"{folder}/demo.keys").absolute() if file or (demo and not text) else None


def _keys(values: Mapping[str, str], folder: Path, demo: bool) -> dict[str, bytes]:
    """Keys as `id:hex,id:hex`, from PORTAL_KEYS or the file that PORTAL_KEYS_FILE names (mode 0600)."""
    file = _keys_file(values, folder, demo)
    keys = keys_in(file) if file else keys_of(values.get("PORTAL_KEYS", ""))
    if DEMO_KEY in keys and not demo:
        raise SettingsError(
            "PORTAL_KEYS holds the key of the demo; make one of your own with `portal keys make`"
        )
    return keys


def keys_in(file: Path) -> dict[str, bytes]:
    """The keys of a file that only its owner may read, the one that seals first. Raises `SettingsError`."""
    return keys_of(_read_private(file))


def keys_of(text: str) -> dict[str, bytes]:
    """Keys by name, the one that seals first. Raises `SettingsError`."""
    if not text.strip():
        raise SettingsError("PORTAL_KEYS or PORTAL_KEYS_FILE is not set; `portal keys make` makes a key")
    keys = [_key(entry) for entry in text.replace("\n", ",").split(",") if entry.strip()]
    if not keys:
        raise SettingsError("PORTAL_KEYS holds no key; `portal keys make` makes one")
    if len(dict(keys)) < len(keys):
        raise SettingsError("two keys have one name: nothing that is sealed under the first could be opened")
    return dict(keys)


def _backup_keys(values: Mapping[str, str], keys: Mapping[str, bytes]) -> dict[str, bytes]:
    """Keys for backups alone, in a file or as text like the others; none where no backups are taken."""
    file = values.get("PORTAL_BACKUP_KEY_FILE")
    text = values.get("PORTAL_BACKUP_KEY", "")
    own = keys_in(Path(file)) if file else keys_of(text) if text else {}
    if set(own.values()) & set(keys.values()):
        raise SettingsError(
            "the backup key must be another one than those of PORTAL_KEYS: `portal keys make` makes it"
        )
    return own


def _read_private(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise SettingsError(f"{path} can be read by others; its mode must be 0600")
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the key file {path} cannot be read: {type(error).__name__}") from None


def _key(entry: str) -> tuple[str, bytes]:
    name, _, secret = entry.strip().partition(":")
    try:
        raw = bytes.fromhex(secret)
    except ValueError:
        raw = b""
    if not name.isalnum() or len(raw) < MIN_KEY_BYTES or len(set(raw)) < 8:
        raise SettingsError(
            "each key must read name:64 hexadecimal digits, random; `portal keys make` makes one"
        )
    return name, raw
