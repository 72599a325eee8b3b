"""Every document as on its day, whatever was published since; beside today's form when asked."""

from __future__ import annotations

import re
from typing import Any

import pytest
from demo_site import DemoSite, make_site

from engine.beside import beside
from engine.present import read_form
from web import services
from web.world import DOCUMENT

ON_THEIR_DAY = {  # a document that lives on each version, who reads it, and a word that it shows
    "1.0.0": ("d-lopes-1", "p-benali", "Travailler seul dix minutes"),
    "1.0.1": ("d-haddou-1", "p-delmas", "Finir un exercice sans aide"),
    "1.1.0": ("d-oliveira-1", "p-marchand", "Lecture à voix haute, toutes les deux semaines."),
    "2.0.0": ("d-morel-1", "p-ferrand", "Tenir à jour son agenda"),
}


@pytest.fixture(scope="module")
def site() -> DemoSite:
    return make_site()


def text(answer: Any) -> str:
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.body.decode()))
    return words.replace("\u202f", " ").replace("\xa0", " ").replace("’", "'")


def test_documents_live_on_every_published_version(site: DemoSite) -> None:
    keys = [entry.keys for entry in site.store.find(DOCUMENT, {"form": "ppre"}).entries]
    living = {str(one["version"]) for one in keys}
    published = {version for form, version in site.deps.catalogue.forms if form == "ppre"}
    assert living == published
    assert {"1.0.0", "1.0.1", "1.1.0", "2.0.0", "2.0.1"} <= published


@pytest.mark.parametrize("version", ON_THEIR_DAY)
def test_it_is_opened_shown_and_printed_as_on_its_day(site: DemoSite, version: str) -> None:
    id, who, words = ON_THEIR_DAY[version]
    stored = site.store.get(DOCUMENT, id)
    assert stored is not None and stored.body["version"] == version
    page = site.visitor(who).get(f"/documents/{id}")
    assert page.status == 200 and words in text(page)
    paper = site.visitor(who).get(f"/documents/{id}/sorties/document")
    assert paper.status == 200 and paper.body.startswith(b"%PDF")
    shown = {part["id"]: part["nodes"] for part in read_form(services.desk(site.deps, who).state(stored))}
    for step, kept in stored.body["frozen"].items():
        assert shown.get(step, []) == kept["view"]


def test_a_finished_document_stands_beside_todays_form(site: DemoSite) -> None:
    before = site.store.get(DOCUMENT, "d-lopes-1")
    page = site.visitor("p-benali").get("/documents/d-lopes-1/aujourdhui")
    words, newest = text(page), site.deps.catalogue.newests["ppre"]
    assert page.status == 200
    assert "Version 1.0.0, créé le 7 septembre 2026" in words and f"Version {newest}, aujourd'hui" in words
    assert "Durée envisagée" in words and "8 semaine(s)" in words
    assert "N'était pas demandé" in words and "lignes diffèrent" in words
    assert site.store.get(DOCUMENT, "d-lopes-1") == before
    assert (
        "/documents/d-lopes-1/aujourdhui"
        in site.visitor("p-benali").get("/documents/d-lopes-1").body.decode()
    )


def test_nobody_reads_beside_what_they_may_not_read(site: DemoSite) -> None:
    whole = text(site.visitor("p-ferrand").get("/documents/d-morel-1/aujourdhui"))
    restricted = text(site.visitor("p-morel").get("/documents/d-morel-1/aujourdhui"))
    assert "Origines des difficultés" in whole
    assert "Origines des difficultés" not in restricted and "Durée envisagée" in restricted


def test_a_document_on_todays_version_has_nothing_to_compare(site: DemoSite) -> None:
    for entry in site.store.find(DOCUMENT, {"form": "bilan"}).entries:
        assert site.visitor("p-ferrand").get(f"/documents/{entry.id}/aujourdhui").status == 404


def fact(path: str, words: str, label: str = "") -> dict[str, Any]:
    value = {"kind": "text", "text": words}
    return {"node": "fact", "id": path, "path": path, "label": label or path, "value": value}


def part(id: str, *nodes: dict[str, Any]) -> dict[str, Any]:
    return {"node": "part", "id": id, "title": id.capitalize(), "nodes": list(nodes)}


def test_differences_are_marked_line_by_line() -> None:
    row = {"row": "x", "title": "R n°1", "nodes": [fact("r.x.a", "1", "a")]}
    rows = {"node": "rows", "id": "r", "label": "R", "rows": [row]}
    old = [part("un", fact("a", "1"), fact("b", "2"), rows), part("deux", fact("c", "3"))]
    new = [part("un", fact("a", "1", "A bis"), fact("b", "4"), fact("d", "5"))]
    found = {(one.title, line.label): line.mark for one in beside(old, new) for line in one.lines}
    assert found == {
        ("Un", "A bis"): "renamed",
        ("Un", "b"): "changed",
        ("Un", "d"): "now",
        ("Un", "R n°1, a"): "before",
        ("Deux", "c"): "before",
    }
