"""Two texts side by side: everything of both stands there, and what changed is said in words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.typography import BREAK, JOINER, NBSP
from portal.writing.compare import Row, differences, side_by_side
from tests.client import Client
from tests.test_announcements import write


def told(row: Row) -> tuple[str, str]:
    """Both sides with marks: -gone-, +new+."""
    marks = {"same": "", "gone": "-", "new": "+"}
    sides = (row.old, row.new)
    old, new = (
        "".join(f"{marks[p.kind]}{p.text}{marks[p.kind]}" for p in side).replace(NBSP, " ") for side in sides
    )
    return old, new


def test_words_that_have_gone_and_words_that_are_new() -> None:
    old = "W środy przyjmuje prawnik.\n\nZapisy pod numerem.\n\nZostaje."
    new = "W piątki przyjmuje prawnik.\n\nZostaje.\n\nDochodzi."
    assert [told(row) for row in side_by_side(old, new)] == [
        ("W -środy- przyjmuje prawnik.", "W +piątki+ przyjmuje prawnik."),
        ("-Zapisy pod numerem.-", ""),
        ("Zostaje.", "Zostaje."),
        ("", "+Dochodzi.+"),
    ]
    assert [one.label for one in differences([("a", "x", "x"), ("b", "x", "y")])] == ["b"]


TEXTS = st.lists(
    st.sampled_from(["Ala ma kota.", "Ala ma psa.", "Coś innego", "", "w domu", BREAK]), max_size=6
).map("\n".join)


@settings(max_examples=60)
@given(TEXTS, TEXTS)
def test_nothing_of_either_text_is_missing(old: str, new: str) -> None:
    rows = side_by_side(old, new)

    def bare(text: str) -> str:
        return "".join(text.replace(BREAK, "").replace(JOINER, "").split())

    assert bare("".join(piece.text for row in rows for piece in row.old)) == bare(old)
    assert bare("".join(piece.text for row in rows for piece in row.new)) == bare(new)
    same = old.split() == new.split()
    assert any(row.differs for row in rows) is not same


@pytest.mark.parametrize("kind", ["sqlite"])
def test_an_editor_compares_two_texts(editor: Client) -> None:
    page = write(editor)
    page = editor.submit(
        editor.visit(page.url + "/edytuj"), "Zapisz", lead="W styczniu prawnik przyjmuje w piątki."
    )
    seen = editor.visit(page.links()["Porównaj dwa teksty"])
    assert seen.h1.replace(NBSP, " ") == "Tekst nr 1 obok tekstu nr 2"
    assert "usunięto: środy. (koniec usuniętego)" in seen.text
    assert "dodano: piątki. (koniec dodanego)" in seen.text
    assert "Treść" not in [cell.text for cell in seen.dom.all("caption")]
    same = editor.visit(page.url + "/porownaj?stary=2&nowy=2")
    assert "Te dwa teksty niczym się nie różnią." in same.text
    assert editor.get(page.url + "/porownaj?stary=9").status_code == 404
