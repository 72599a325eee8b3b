"""Plain text: the words of the PDF, 80 columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renderers.french import french
from renderers.printed import Printed, visible
from renderers.text import WIDTH, text

from .samples import BILAN, DRAFT, PPRE, RECORD, SHORT, fact, item, part, table
from .test_pdf import nodes, squeezed, texts_of

EXPECTED = Path(__file__).parent / "record.txt"


def single(*parts: Any) -> Printed:
    return Printed(title="Titre", parts=parts, date="2026-11-22")


def body(*parts: Any) -> str:
    return text(single(*parts)).removeprefix("Titre\n=====\n").removesuffix("\n")


def test_a_whole_record() -> None:
    assert text(RECORD) == EXPECTED.read_text("utf-8")


@pytest.mark.parametrize("printed", [PPRE, DRAFT, BILAN, SHORT, RECORD])
def test_no_line_is_longer_than_80(printed: Printed) -> None:
    assert max(map(len, text(printed).splitlines())) <= WIDTH


def test_values() -> None:
    assert body(
        fact("Nom", "Morel"), fact("Classe")
    ) == "Nom\u00a0: Morel\nClasse\u00a0: Non renseigné".replace("\u00a0", " ")
    assert body(fact("", "Morel")) == "Morel"
    assert body(fact("Texte", "un\n\ndeux")) == "Texte :\n  un\n\n  deux"
    assert body(fact("Choix", item("a", item("b", details=("c", "d")), caption="N"))) == (
        "Choix :\n  - N : a\n    - b : c ; d"
    )


def test_a_table_is_read_row_after_row() -> None:
    rows = table("", ("Nom", "Matière"), ("Ferrand", "Français"), (None, "Arts"), ("Tournier", ""))
    assert body(rows) == (
        "1. Nom : Ferrand\n   Matière : Français\n"
        "2. Matière : Arts\n"
        "3. Nom : Tournier\n   Matière : Non renseigné"
    )


def test_a_draft_and_its_places_to_sign() -> None:
    said = text(replace(DRAFT, state="", signs=("Élève",)))
    assert "[Brouillon – sans valeur]" in said
    assert "Signatures\n----------\n- Élève :\n" in said


def test_what_cannot_be_seen_goes() -> None:
    assert body(fact("a", "b\x00\u202ec\ud800")) == "a : bc\ufffd"
    text(single(part("a", fact("a", "\ud800")))).encode()


@settings(max_examples=100, deadline=None)
@given(st.lists(nodes, max_size=4))
def test_any_tree_is_written_whole(parts: list[Any]) -> None:
    said = text(single(*parts))
    assert max(map(len, said.splitlines())) <= WIDTH
    for words in texts_of(parts, columns=False):
        forms = (visible(words), french(visible(words).strip()))
        assert any(squeezed(form) in squeezed(said) for form in forms), ascii(words)
