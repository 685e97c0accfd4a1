"""The papers for auditors stay true: what they point to exists, and no table with personal data is left out."""

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

from portal.privacy.categories import lines, said
from tests.conftest import only_sqlite

ROOT = Path(__file__).parent.parent
ACCESSIBILITY = ROOT / "docs" / "accessibility.md"
LINES_OF_SECURITY = ROOT / "docs" / "security" / "requirements.md"
PAPERS = [*sorted((ROOT / "docs" / "security").glob("*.md")), ACCESSIBILITY]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
PART = r"^[a-zA-Z](?:.|\n(?![a-zA-Z]))*"
LOCKED = re.compile(r"\S+==\S+ (?:; .* )?\\\n    --hash=sha256:[0-9a-f]{64}")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.stem)
def test_every_test_and_page_that_a_paper_names_exists(paper: Path) -> None:
    words = paper.read_text()
    for file, name in TEST.findall(words):
        assert f"def {name}(" in (ROOT / file).read_text(), f"{file}::{name}"
    for link in LINK.findall(words):
        assert (paper.parent / link).exists(), link


# The numbers of levels 1 and 2 of OWASP ASVS 5.0.0 by section, and the six of level 3 at which we aim.
LEVEL_TWO = (
    "1.1.1-2 1.2.1-9 1.3.1-11 1.4.1-3 1.5.1-2 2.1.1-3 2.2.1-3 2.3.1-4 2.4.1 3.2.1-2 3.3.1-4 3.4.1-6 3.5.1-5 3.7.1-2 4.1.1-3 4.2.1 "
    "4.3.1-2 4.4.1-4 5.1.1 5.2.1-3 5.3.1-2 5.4.1-3 6.1.1-3 6.2.1-12 6.3.1-4 6.4.1-4 6.5.1-5 6.6.1-3 6.8.1-4 7.1.1-3 7.2.1-4 7.3.1-2 "
    "7.4.1-5 7.5.1-2 7.6.1-2 8.1.1-2 8.2.1-3 8.3.1 8.4.1 9.1.1-3 9.2.1-4 10.1.1-2 10.2.1-2 10.3.1-4 10.4.1-11 10.5.1-5 10.6.1-2 "
    "10.7.1-3 11.1.1-2 11.2.1-3 11.3.1-3 11.4.1-4 11.5.1 11.6.1 12.1.1-3 12.2.1-2 12.3.1-4 13.1.1 13.2.1-5 13.3.1-2 13.4.1-5 14.1.1-2 "
    "14.2.1-4 14.3.1-3 15.1.1-3 15.2.1-3 15.3.1-7 16.1.1 16.2.1-5 16.3.1-4 16.4.1-3 16.5.1-3 17.1.1 17.2.1-4 17.3.1-2"
)
AIMED_AT = "6.3.7-8 7.5.3 14.2.6-7"  # and 16.3.2, which is of level 2 as far as refusals go


def test_every_number_of_the_standard_has_its_line_and_what_is_met_its_proof() -> None:
    rows = [
        [cell.strip() for cell in line.split("|")]
        for line in (ROOT / "docs/security/asvs.md").read_text().splitlines()
        if re.match(r"\| \d", line)
    ]
    said = [number for row in rows for number in standard(row[1].replace(" to ", "-").replace(",", ""))]
    assert sorted(said) == sorted(standard(f"{LEVEL_TWO} {AIMED_AT}"))
    assert [row[1] for row in rows if row[3].startswith("met") and not TEST.search(row[4])] == []


def standard(words: str) -> list[str]:
    """ "1.1.1-2" and "1.1.1-1.1.2" are two."""
    found = []
    for word in words.split():
        first, _, last = word.partition("-")
        section, _, number = first.rpartition(".")
        until = int(last.rpartition(".")[2] or number)
        found += [f"{section}.{n}" for n in range(int(number), until + 1)]
    return found


FOR_EVERYONE = {f"R{n}" for n in (*range(1, 15), *range(80, 96), *range(109, 135))}
SECURITY = {f"S{n}" for n in (*range(1, 42), *range(45, 93))}
SHARED = {"S40", "S41", "S82", "S83", "S84"}


@pytest.mark.parametrize(
    ("paper", "wanted"), [(ACCESSIBILITY, FOR_EVERYONE | SHARED), (LINES_OF_SECURITY, SECURITY)]
)
def test_every_requirement_has_its_line_and_a_test(paper: Path, wanted: set[str]) -> None:
    rows = [line.split("|") for line in paper.read_text().splitlines() if re.match(r"\| [RS]\d", line)]
    assert {number for line in rows for number in numbers(line[1])} == wanted
    assert [line[1] for line in rows if not TEST.search(line[4])] == []


def numbers(said: str) -> list[str]:
    """ "S34, S35" are two, "S82 to S84" three."""
    letter, *found = said.strip()[0], *map(int, re.findall(r"\d+", said))
    return [f"{letter}{n}" for n in (range(found[0], found[-1] + 1) if "to" in said else found)]


def test_every_part_has_its_reason_its_version_and_its_hash() -> None:
    """S87: what runs, what tests, and what each of them brings along."""
    words = (ROOT / "pyproject.toml").read_text()
    project = tomllib.loads(words)
    wanted = [*project["project"]["dependencies"], *chain(*project["dependency-groups"].values())]
    assert len(wanted) > 40
    assert [name for name in wanted if not re.search(rf'"{re.escape(name)}",\s+# \w', words)] == []
    for lock in ROOT.glob("requirements*.lock"):
        parts = re.findall(PART, lock.read_text(), re.MULTILINE)
        assert [part.split(" ")[0] for part in parts if not LOCKED.match(part)] == []
        assert len(parts) > 20, lock


@only_sqlite
def test_the_record_says_what_the_rules_say_and_has_every_table(app: Flask) -> None:
    """A line for each rule, as the officer's page has it in English; what differs is shown here and copied there."""
    with app.test_request_context(), force_locale("en"):
        rows = [
            (
                *(str(words) for words in (what.name, what.purpose, what.basis)),
                f"{said(rule, 'en')} from {what.counted_from}",
                ", ".join(f"`{table}`" for table in sorted({column.split(".")[0] for column in columns})),
            )
            for rule, what, columns in lines()
        ]
    titles = ("what", "for what", "on what ground", "how long", "tables")
    expected = [f"| {' | '.join(row)} |" for row in (titles, *rows)]
    expected.insert(1, "|---" * len(titles) + "|")
    assert "\n".join(expected) in (ROOT / "docs/security/record-of-processing.md").read_text()
