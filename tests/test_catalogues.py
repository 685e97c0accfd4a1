"""Every sentence has its translation: nothing missing, nothing fuzzy, placeholders and plurals kept."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from portal.typography import typography

ROOT = Path(__file__).parent.parent
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def extracted() -> set[str]:
    """Every msgid in code and templates."""
    mapping, options = parse_mapping_cfg(io.StringIO((ROOT / "babel.cfg").read_text()))
    found = extract_from_dir(ROOT, mapping, options, keywords=KEYWORDS)
    return {message[0] if isinstance(message, tuple) else message for _, _, message, _, _ in found}


def catalogue(language: str) -> Catalog:
    with (ROOT / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.parametrize("language", ["pl", "uk"])
def test_every_message_is_translated(language: str) -> None:
    known = {m.id[0] if isinstance(m.id, tuple) else m.id: m for m in catalogue(language) if m.id}
    missing = [
        msgid
        for msgid in extracted()
        if msgid not in known or known[msgid].fuzzy or not all(texts(known[msgid]))
    ]
    assert missing == []


@pytest.mark.parametrize("language", ["pl", "uk"])
def test_placeholders_survive(language: str) -> None:
    for message in catalogue(language):
        singular = message.id if isinstance(message.id, str) else message.id[-1] if message.id else ""
        for text in texts(message):
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(singular)), message.id


def texts(message: Message) -> list[str]:
    """Every form of a translation."""
    string = message.string or ""
    return [string] if isinstance(string, str) else list(string)


def test_polish_has_three_plural_forms() -> None:
    polish = catalogue("pl")
    assert polish.num_plurals == 3
    plurals = [message for message in polish if isinstance(message.id, tuple)]
    assert plurals
    assert all(len(texts(message)) == 3 for message in plurals)


def test_hard_spaces_are_put_once_and_for_all() -> None:
    for message in catalogue("pl"):
        for text in texts(message):
            assert typography(typography(text)) == typography(text)
