"""The documentation tells the truth: the reference is what the engine says, every setting is explained."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest

from cli import check, reference, scenarios
from cli.reference_words import CHAPTERS, KEYS, OPERATOR_LINES, STORED
from engine import model
from engine.conditions import OPERATORS
from engine.language import language_schema
from web.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PIECES = {name: heading for pieces in CHAPTERS.values() for name, (heading, _) in pieces.items()}
UNIONS = set(reference.UNIONS)
PAGES = sorted([*DOCS.glob("*.md"), ROOT / "README.md"])
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
PROOF = re.compile(
    r"libellés|listes|données( \(E\d+\))?|accès|saisie|écrans|pdf|parcours|lecteurs|erreurs|auto|relecture|–"
)
PICTURES = ROOT / "tests/unit/cases/images.json"
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def test_reference_is_what_the_engine_says() -> None:
    out = io.StringIO()
    assert reference.run(out) == 0
    written = (DOCS / "reference-langage.md").read_text(encoding="utf-8")
    assert written == out.getvalue(), "run: canevas reference >docs/reference-langage.md"


def test_every_piece_of_the_language_has_a_line() -> None:
    assert set(PIECES) == set(reference.schemas()) - UNIONS
    assert set(language_schema()["$defs"]) - UNIONS <= set(PIECES)
    assert len(set(PIECES.values())) == len(PIECES), "two pieces have one heading"


@pytest.mark.parametrize("piece", sorted(PIECES))
def test_every_key_has_a_line(piece: str) -> None:
    missing = [key for key in reference.schemas()[piece].get("properties", {}) if not has_line(piece, key)]
    assert not missing


def has_line(piece: str, key: str) -> bool:
    return f"{piece}.{key}" in KEYS or key in KEYS


def test_no_line_is_left_over() -> None:
    used = set()
    for piece in PIECES:
        for key in reference.schemas()[piece].get("properties", {}):
            used.add(f"{piece}.{key}" if f"{piece}.{key}" in KEYS else key)
    assert set(KEYS) <= used


def test_every_field_type_has_a_line_and_says_how_it_is_stored() -> None:
    found = {
        str(kind.model_fields["type"].annotation.__args__[0])
        for kind in vars(model).values()
        if isinstance(kind, type) and issubclass(kind, model.ItemBase) and "type" in kind.model_fields
    }
    assert found <= set(PIECES.values())
    assert set(STORED) == found - {"note", "recap", "listing", "tally", "section"}


def test_every_operator_has_a_line() -> None:
    assert set(OPERATOR_LINES) == set(OPERATORS)


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_every_setting_is_explained(name: str) -> None:
    assert f"`{name}`" in (DOCS / "administration.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("doc", PAGES, ids=lambda doc: doc.name)
def test_links_between_pages_lead_somewhere(doc: Path) -> None:
    for target in LINK.findall(doc.read_text(encoding="utf-8")):
        if target.startswith(("http:", "https:")):
            continue
        name, _, anchor = target.partition("#")
        there = (doc.parent / name).resolve() if name else doc
        assert there.exists(), target
        if anchor:
            headings = HEADING.findall(there.read_text(encoding="utf-8"))
            assert anchor in map(reference.anchor, headings), target


def test_each_requirement_is_held_by_something_that_exists() -> None:
    text = (DOCS / "exigences.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    rows = [row for row in rows if re.fullmatch(r"E\d+", row[0] if row else "")]
    assert [row[0] for row in rows] == [f"E{n}" for n in range(1, 127)]
    for number, _, _, proofs, state in rows:
        assert state, number
        for proof in proofs.split(", "):
            kind, _, name = proof.partition(":")
            if kind == "s":
                form, _, scenario = name.partition("/")
                assert (ROOT / "definitions" / form / "scenarios" / f"{scenario}.json").exists(), proof
            elif kind == "cas":
                assert (ROOT / "tests" / "unit" / "cases" / f"{name}.json").exists(), proof
            else:
                assert PROOF.fullmatch(proof), (number, proof)
    for path in re.findall(r"`((?:tests|definitions)/[\w/.]+)`", text):
        assert (ROOT / path).exists(), path


def test_pictures_are_used_and_light() -> None:
    used = set(chain.from_iterable(LINK.findall(doc.read_text(encoding="utf-8")) for doc in PAGES))
    for picture in sorted((DOCS / "images").iterdir()):
        assert any(target.endswith(f"images/{picture.name}") for target in used), picture.name
        assert picture.stat().st_size <= 200_000, picture.name


def test_the_authors_first_form_does_what_the_guide_shows(tmp_path: Path) -> None:
    guide = (DOCS / "guide-auteur.md").read_text(encoding="utf-8").replace("\u2019", "'")
    guide = re.sub("[\u00a0\u202f]", " ", guide)
    form, scenario = re.findall(r"```json\n(\{\n.*?)```", guide, re.DOTALL)[:2]
    for name in ("definitions", "referentiels"):
        shutil.copytree(ROOT / name, tmp_path / name)
    folder = tmp_path / "definitions" / "pret"
    (folder / "scenarios").mkdir(parents=True)
    (folder / "form.json").write_text(form, encoding="utf-8")
    (folder / "scenarios" / "retard.json").write_text(scenario, encoding="utf-8")

    assert said(check.run, [], tmp_path) in guide
    (folder / "form.json").write_text(form.replace('"sorti"', '"sortie"'), encoding="utf-8")
    assert said(check.run, [], tmp_path).startswith("Tout est en ordre")
    assert said(scenarios.play, [folder], tmp_path) in guide


def said(command: Callable[[list[Path], io.StringIO, Path], int], paths: list[Path], root: Path) -> str:
    """What a command prints."""
    out = io.StringIO()
    command(paths, out, root)
    return re.sub("[\u00a0\u202f]", " ", out.getvalue().replace("\u2019", "'"))


@pytest.mark.parametrize("guide", ["guide-direction", "guide-coordination-pre"])
def test_the_pictures_of_a_guide_are_those_that_tests_take(guide: str) -> None:
    taken = {case["picture"] for case in json.loads(PICTURES.read_text(encoding="utf-8"))}
    named = re.findall(r"\]\(images/([^)]+)\.png\)", (DOCS / f"{guide}.md").read_text(encoding="utf-8"))
    assert named
    assert [name for name in named if name not in taken or not (DOCS / f"images/{name}.png").exists()] == []
    mine = {name for name in taken if name.startswith(guide.split("-")[1])}
    assert mine == set(named), "a picture that no guide shows"
