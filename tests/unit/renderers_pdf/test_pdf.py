"""The PDF: what it says, in what order, with which tags; and what it refuses."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from renderers import pdf as module
from renderers.french import french
from renderers.pdf import FontFault, pdf
from renderers.printed import MAX_CHARACTERS, MAX_NODES, Printed, PrintFault, visible
from renderers.registry import RENDERERS

from .reading import ARTIFACT, Element, Reading
from .samples import (
    BILAN,
    DRAFT,
    PPRE,
    PRINTED_ON,
    RECORD,
    SHORT,
    cards,
    fact,
    item,
    note,
    part,
    recap,
    table,
)

DATE = "2026-11-22"
HOSTILE = [
    '#import "@preview/cetz:0.1.0": *',
    '#read("/etc/passwd")',
    "#panic()",
    "#{1 + 1}",
    "$x^2$",
    "*a* _b_ `c`",
    "<label>",
    "@ref",
    "\\",
    "\\u{1F600}",
    "= Titre",
    "- liste",
    "+ numéro",
    "/ Terme: définition",
    "// commentaire",
    "/* bloc */",
    "http://exemple.fr/a?b=c&d=%20#e",
    "---",
    "...",
    "~",
    "[contenu]",
    "]]]",
    "}}}",
    ")))",
    "#sys.inputs",
    '"; drop',
    "'",
    '"',
    "{{ 7 * 7 }}",
    "{% raw %}",
    "${jndi:ldap://x}",
    "<script>alert(1)</script>",
    "&lt;&amp;",
    "%PDF-1.7",
    "endobj",
    "(Tj) ET",
    "A  B   C",
    "null",
    "NaN",
    "0",
    "-1",
]


def single(*nodes: Any, title: str = "Titre") -> Printed:
    return Printed(title=title, parts=nodes, date=DATE)


def read(printed: Printed) -> Reading:
    return Reading(pdf(printed))


def squeezed(text: str) -> str:
    """Drop what a page layout may change: spaces, and places where a line may end."""
    return "".join(text.replace("\u200b", "").split())


def labels_and_bodies(reading: Reading) -> list[tuple[str, ...]]:
    return [tuple(element.words() for element in entry.inner) for entry in reading.tags("LI")]


def levels(reading: Reading) -> list[int]:
    return [int(element.tag[1]) for element in reading.tags("H1", "H2", "H3", "H4", "H5", "H6")]


def texts_of(tree: Any, columns: bool = True) -> Iterator[str]:
    """Find the texts of read nodes in the order of reading; titles of table rows are not printed."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, list | tuple):
        for inner in tree:
            yield from texts_of(inner, columns)
    elif isinstance(tree, dict):
        rows = tree.get("rows")
        if tree.get("display") == "table":
            rows = [[fact["value"] for fact in row["nodes"]] for row in tree["rows"]]
        heads = [column["label"] for column in tree.get("columns", ()) if columns]
        for key in ("title", "label", "caption", "text", "details", "value", "items", "nodes"):
            yield from texts_of(tree.get(key), columns)
        yield from texts_of([heads, rows], columns)


# What is said, and its tags -----------------------------------------------------------------------


def test_accessible_from_its_metadata() -> None:
    reading = read(PPRE)
    root = reading.pdf.Root
    assert root.MarkInfo.Marked
    assert str(root.Lang) == "fr-FR"
    assert root.ViewerPreferences.DisplayDocTitle
    assert reading.tags("Document")
    with reading.pdf.open_metadata() as meta:
        assert meta["pdfuaid:part"] == "1"
        assert meta["dc:title"] == PPRE.title
        assert meta["xmp:CreateDate"] == "2026-11-22T13:32:00+00:00"


@pytest.mark.parametrize("printed", [PPRE, DRAFT, BILAN, SHORT, RECORD])
def test_everything_is_read_in_order(printed: Printed) -> None:
    text, place = squeezed(read(printed).text), 0
    for words in texts_of([printed.title, *printed.parts]):
        for line in filter(None, map(squeezed, words.replace("**", "").replace("\n- ", "\n").split("\n"))):
            found = {text.find(form, place) for form in (line, squeezed(french(line)))} - {-1}
            assert found, line
            place = min(found)


def test_accents_and_signs_of_the_font() -> None:
    said = "ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆ àâäçéèêëîïôöùûüÿœæ « » – — … ’ “ ” € § ° ½ ≤ ≥ ≠ → ✓ ñ ã ł ž Ω Ж"
    assert said in read(single(fact("Signes", said))).text


def test_facts_are_a_list_of_labels_and_bodies() -> None:
    entries = labels_and_bodies(read(PPRE))
    assert ("Type du PPRE", "PPRE - remédiation en cours d'année") in entries
    assert ("Actions menées hors de la classe", "Non renseigné") in entries


def test_a_table_repeats_its_header() -> None:
    rows = [(f"Nom {n}", f"Prénom {n}") for n in range(80)]
    reading = read(single(table("Participants", ("Nom", "Prénom"), *rows)))
    assert [(head.words(), head.attributes["scope"]) for head in reading.tags("TH")] == [
        ("Nom", "Column"),
        ("Prénom", "Column"),
    ]
    assert len(reading.tags("TR")) == 81
    assert len(reading.pages) > 1
    assert all("NomPrénom" in reading.on_page(n) for n in range(len(reading.pages)))


def test_a_question_that_a_row_does_not_ask() -> None:
    reading = read(single(table("T", ("Nom", "Matière"), ("Tournier", None), ("Ferrand", ""))))
    assert [cell.words() for cell in reading.tags("TD")] == [
        "Tournier",
        "Sans objet",
        "Ferrand",
        "Non renseigné",
    ]


@pytest.mark.parametrize(
    "rows",
    [
        table("Sept colonnes", tuple("abcdefg"), tuple("1234567")),
        table("Une partie dans une ligne", ("a",), ("1",)) | {"columns": []},
    ],
)
def test_what_fits_no_table_becomes_cards(rows: dict[str, Any]) -> None:
    reading = read(single(rows))
    assert not reading.tags("Table")
    assert "Ligne n°\u00a01" in reading.text
    assert all(words in reading.text for words in texts_of(rows["rows"][0]["nodes"]))


def test_headings_have_no_gap_at_any_depth() -> None:
    deep: Any = fact("fond", "fond")
    for n in range(9):
        deep = part(f"Partie {n}", deep) if n % 3 else part("", recap(f"Rappel {n}", cards("", ("", [deep]))))
    reading = read(single(deep, part("Suite", table("Lignes", ("a",), ("b",)))))
    found = levels(reading)
    assert (found[0], max(found)) == (1, 6)
    assert all(after - before <= 1 for before, after in pairwise(found))


def test_a_part_and_its_rows_of_the_same_name_have_one_heading() -> None:
    reading = read(single(part("Objectifs", cards("Objectifs", ("Objectif n° 1", [fact("a", "b")])))))
    assert [heading.words() for heading in reading.tags("H2", "H3")] == ["Objectifs", "Objectif n°\u00a01"]


def test_pages_are_numbered_and_signed_by_who_prints() -> None:
    reading = read(RECORD)
    count = len(reading.pages)
    for n in range(count):
        assert reading.around(n).endswith(f"{n + 1} / {count}")
        assert RECORD.printed_on in reading.around(n)
        assert RECORD.footer in reading.around(n)


def test_the_title_runs_on_the_next_pages() -> None:
    reading = read(PPRE)
    assert PPRE.title not in reading.around(0)
    assert PPRE.title in reading.around(1)
    assert PPRE.state in reading.around(1)


def test_each_document_starts_a_page() -> None:
    reading = read(RECORD)
    titles = [RECORD.title, PPRE.title, BILAN.title]
    assert [heading.words() for heading in reading.tags("H1")] == titles
    firsts = [next(n for n in range(9) if title in reading.on_page(n)) for title in titles]
    assert firsts == sorted(set(firsts))
    for n, title in zip(firsts, titles, strict=True):
        first = min(set(reading.pages[n]) - {ARTIFACT})
        assert reading.pages[n][first] == title


def test_a_draft_says_so_on_each_page() -> None:
    reading = read(DRAFT)
    assert len(reading.pages) == 2
    assert all("BROUILLON" in reading.around(n) for n in range(2))
    assert DRAFT.state in reading.text
    assert DRAFT.state in reading.around(1)
    assert "BROUILLON" not in read(PPRE).on_page(0)


@pytest.mark.parametrize("state", ["", "En cours de rédaction", "Brouillon du 2 mai"])
def test_the_words_of_a_draft_never_hide_it(state: str) -> None:
    said = read(replace(DRAFT, state=state)).text
    assert "Brouillon" in said
    assert state in said


def test_the_places_to_sign_stay_together() -> None:
    for lines in range(20, 60):
        reading = read(replace(SHORT, parts=(fact("a", "ligne\n" * lines),), signs=PPRE.signs))
        where = [n for n in range(len(reading.pages)) for _ in [0] if "Signatures" in reading.on_page(n)]
        assert len(where) == 1
        assert all(french(sign) in reading.on_page(where[0]) for sign in PPRE.signs)


def test_many_places_to_sign() -> None:
    signs = tuple(f"Signataire {n}" for n in range(40))
    reading = read(replace(SHORT, signs=signs))
    assert all(sign in reading.text for sign in signs)


def test_long_texts_keep_their_lines() -> None:
    reading = read(single(fact("Texte", "un\ndeux\r\n\r\ntrois   mots\u2028quatre")))
    assert [element.words() for element in reading.tags("P")] == ["un", "deux", "trois   mots", "quatre"]


def test_typography_is_for_the_words_of_the_form() -> None:
    reading = read(single(fact("L'accord ?", "l'accord ?"), title="L'accord"))
    assert labels_and_bodies(reading) == [("L’accord\u202f?", "l'accord ?")]
    assert reading.tags("H1")[0].words() == "L’accord"


def test_notes_lose_their_marks_only() -> None:
    text = read(single(note("Un *mot* **fort**, [un lien](https://exemple.fr).\n\n- a\n- b"))).text
    assert text == "TitreUn mot fort, un lien.• a• b"


def test_nothing_is_cut_at_the_right_margin() -> None:
    word = "x" * 3_000
    reading = read(single(fact("Mot", word), table("T", tuple("abcdef"), (word,) * 6)))
    assert squeezed(reading.text).count(word) == 7
    assert len(reading.pages) > 3


# Text stays text ----------------------------------------------------------------------------------


def test_the_source_is_never_made_from_data() -> None:
    everywhere = [
        part(text, fact(text, text), fact(text, item(text, item(text), caption=text, details=(text,))))
        for text in HOSTILE
    ]
    printed = replace(
        single(*everywhere, table("T", ("#a", "$b$"), *((text, text) for text in HOSTILE))),
        title=HOSTILE[0],
        subtitle=tuple(HOSTILE),
        state=HOSTILE[1],
        signs=tuple(HOSTILE),
        printed_on=HOSTILE[2],
        footer=HOSTILE[3],
    )
    reading = read(printed)
    said = squeezed(reading.text)
    for text in HOSTILE:
        assert said.count(squeezed(text)) >= 7, text
        assert squeezed(french(text)) in said, text


def test_two_hundred_nasty_strings() -> None:
    pick = random.Random(1)
    signs = [chr(n) for n in range(0x20, 0x17F)] + list("#$*_`<>@\\=-+/~[]{}()\"'%&|^;:") * 9
    nasty = ["".join(pick.choices([sign for sign in signs if sign != "\xad"], k=30)) for _ in range(200)]
    said = squeezed(read(single(*(fact(f"n{n}", text) for n, text in enumerate(nasty)))).text)
    for text in nasty:
        visible = "".join(sign for sign in text if sign.isprintable())
        assert squeezed(visible) in said, text


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("\x00a\x07b\x1bc\x7f", "abc"),
        ("\ufeffa\u200db\u202ec\u2066d\ufe0f", "abcd"),
        ("ﬁn ½ ｗｉｄｅ", "ﬁn ½ wide"),
        ("e\u0301te\u0301", "été"),
        ("a\tb", "a    b"),
        ("\ufdd0\ud800\U0010ffff", "◊◊◊"),
        ("名前 😀", "◊◊ ◊"),
    ],
)
def test_what_the_font_lacks(typed: str, printed: str) -> None:
    reading = read(single(fact("Texte", typed)))
    assert labels_and_bodies(reading) == [("Texte", printed)]
    assert ("remplacés par « ◊ »" in reading.text) == ("◊" in printed)


def test_replaced_signs_are_named() -> None:
    text = read(single(fact("Nom", "名前"))).text
    assert text.endswith("remplacés par « ◊ » : U+540D, U+524D.")


# Same in, same out --------------------------------------------------------------------------------


@pytest.mark.parametrize("printed", [PPRE, DRAFT, RECORD])
def test_the_same_bytes(printed: Printed) -> None:
    copy = replace(printed, parts=tuple(json.loads(json.dumps(printed.parts))))
    assert pdf(printed) == pdf(copy)


@pytest.mark.parametrize("date", ["2026-11-22", "0001-01-01", "2026-11-22T10:00:00.123456+05:30"])
def test_dates(date: str) -> None:
    assert pdf(replace(SHORT, date=date))


def test_many_threads() -> None:
    papers = [PPRE, DRAFT, BILAN, RECORD] * 6
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(pdf, papers)) == [pdf(paper) for paper in papers[:4]] * 6


def test_a_paper_is_json() -> None:
    assert json.loads(json.dumps(asdict(RECORD)))["documents"][0]["title"] == PPRE.title


def test_the_registry() -> None:
    assert RENDERERS["pdf"](SHORT)[:5] == b"%PDF-"
    assert french(PRINTED_ON) in RENDERERS["text"](SHORT)


# Refusals -----------------------------------------------------------------------------------------


def nested(levels: int) -> dict[str, Any]:
    node = fact("a", "b")
    for _ in range(levels):
        node = part("a", node)
    return node


@pytest.mark.parametrize(
    ("printed", "says"),
    [
        (
            single({"node": "map", "id": "x"}),
            r"\$\.parts\[0\]\.node : « map » est inconnu \(connus : part, fact",
        ),
        (single(part("a", {"id": "x"})), r"\$\.parts\[0\]\.nodes\[0\]\.node : « None »"),
        (single(cards("a") | {"display": "grid"}), r"« grid » est inconnu \(connus : table, cards\)"),
        (
            single(fact("a") | {"value": {"kind": "image"}}),
            r"« image » est inconnu \(connus : empty, text, list\)",
        ),
        (single(fact("a", item("") | {"text": 3})), r"items\[0\]\.text : un texte est attendu, pas int"),
        (replace(SHORT, title=" "), "le titre manque"),
        (replace(SHORT, date="hier"), r"\$\.date : « hier »"),
        (single(*[fact("a", "b")] * (MAX_NODES + 1)), f"plus de {MAX_NODES} éléments"),
        (single(fact("a", *["b"] * MAX_NODES)), f"plus de {MAX_NODES} éléments"),
        (single(fact("a", "b" * (MAX_CHARACTERS + 1))), f"plus de {MAX_CHARACTERS} caractères"),
        (single(fact("a", "b\n" * 20_000)), f"plus de {MAX_CHARACTERS} caractères"),
        (single(nested(40)), "plus de 20 niveaux"),
        (
            replace(RECORD, documents=(replace(SHORT, title=""),)),
            r"\$\.documents\[0\]\.title : le titre manque",
        ),
    ],
)
def test_refusals_say_what_and_where(printed: Printed, says: str) -> None:
    with pytest.raises(PrintFault, match=says):
        pdf(printed)
    if printed.date != "hier":
        with pytest.raises(PrintFault, match=says):
            RENDERERS["text"](printed)


def test_fonts_that_are_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FONTS", tmp_path)
    with pytest.raises(FontFault, match="aucune police Source Sans"):
        pdf(SHORT)


@pytest.mark.parametrize("levels", [5, 17])
def test_deep_trees_compile(levels: int) -> None:
    tree = item("fond")
    for _ in range(levels):
        tree = item("niveau", tree)
    assert read(single(fact("a", tree))).text.endswith("fond")
    assert read(single(nested(levels))).text.endswith("b")


# Any tree -----------------------------------------------------------------------------------------

words = st.text(
    st.characters(exclude_categories=("Cs", "Cn", "Co")), min_size=1, max_size=30
) | st.sampled_from(HOSTILE)
items = st.recursive(
    st.builds(item, words, caption=words, details=st.tuples() | st.tuples(words)),
    lambda inner: st.builds(item, words, inner, inner),
    max_leaves=4,
)
facts = st.builds(fact, words, words) | st.builds(fact, words) | st.builds(fact, words, items, items)
tables = st.builds(table, words, st.tuples(words, words), st.tuples(words, words | st.none() | st.just("")))
nodes = st.recursive(
    facts | tables,
    lambda inner: (
        st.builds(part, words | st.just(""), inner, inner)
        | st.builds(recap, words, inner)
        | st.builds(cards, words, st.tuples(words, st.lists(inner, max_size=2)))
    ),
    max_leaves=6,
)


def once(text: str) -> str:
    """Read a letter and its marks once.

    Of a letter that the font makes of two glyphs in a rare order (ȱ, ǩ), typst names the whole under each:
    it is drawn once, and read aloud twice.
    """
    return re.sub("(\\w[\u0300-\u036f]+)\\1", r"\1", text)


@settings(max_examples=100, deadline=None)
@example([], "0ȱ0", False)
@given(st.lists(nodes, max_size=4), words, st.booleans())
def test_any_tree_is_printed_whole(parts: list[Any], sign: str, draft: bool) -> None:
    reading = read(replace(single(*parts), signs=(sign,), draft=draft))
    found = levels(reading)
    assert all(after - before <= 1 for before, after in pairwise(found))
    said = once(squeezed(reading.text))
    glyphs = module._Glyphs(module._fonts(module.FONTS)[2])
    for text in (*texts_of(parts), sign):
        shown = {
            once(squeezed(glyphs.write(form))) for form in (visible(text), french(visible(text).strip()))
        }
        assert any(form in said for form in shown), ascii(text)


@settings(max_examples=100, deadline=None)
@given(st.lists(nodes, max_size=4))
def test_a_tagged_tree_is_well_formed(parts: list[Any]) -> None:
    reading = Reading(pdf(single(*parts)))
    assert all(_well_formed(element) for element in reading.elements)


def _well_formed(element: Element) -> bool:
    inside = {inner.tag for inner in element.inner}
    allowed = {"L": {"LI", "L"}, "LI": {"Lbl", "LBody"}, "Table": {"THead", "TBody"}, "TR": {"TH", "TD"}}
    return inside <= allowed.get(element.tag, inside)
