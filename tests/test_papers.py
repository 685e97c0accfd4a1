"""The papers for auditors stay true: what they point to exists, and no table with personal data is left out."""

import re
from pathlib import Path

import pytest

from portal import app
from portal.db import Base

ROOT = Path(__file__).parent.parent
PAPERS = sorted((ROOT / "docs" / "security").glob("*.md"))
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")
TABLE = re.compile(r"`([a-z_]+)`")

assert app  # every table is known when the factory is


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.stem)
def test_every_test_and_page_that_a_paper_names_exists(paper: Path) -> None:
    words = paper.read_text()
    for file, name in TEST.findall(words):
        assert f"def {name}(" in (ROOT / file).read_text(), f"{file}::{name}"
    for link in LINK.findall(words):
        assert (paper.parent / link).exists(), link


def test_what_is_met_names_what_proves_it() -> None:
    lines = [
        line.split("|")
        for line in (ROOT / "docs/security/asvs.md").read_text().splitlines()
        if line.startswith("|")
    ]
    assert len(lines) > 50
    unproved = [
        line[1].strip() for line in lines[2:] if line[3].strip().startswith("met") and "`" not in line[4]
    ]
    assert unproved == ["6.6 By phone or mail"], "what is not used needs no test"


def test_the_record_has_every_table_with_personal_data() -> None:
    kept = {
        table.name
        for table in Base.metadata.tables.values()
        if any("personal" in column.info for column in table.columns)
    }
    record = (ROOT / "docs/security/record-of-processing.md").read_text()
    rows = [line.rsplit("|", 2)[1] for line in record.splitlines() if line.startswith("| ") and "`" in line]
    assert {name for row in rows for name in TABLE.findall(row)} == kept
