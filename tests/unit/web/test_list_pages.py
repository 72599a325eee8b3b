"""Code lists published and undone from the site, and working copies put up as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from demo_site import DemoSite, Visitor
from released import Released, item_of
from test_publishing_page import ADMINISTRATOR, everything, hidden, serve
from test_rehearsal_page import text

from web import keeping
from web.keeping import pretty

LIST = "/listes/bilan_progres"
FORM = "/definitions/ppre"
NOTE = "Un mot plus juste."


@pytest.fixture
def world(tmp_path: Path) -> Released:
    return Released(tmp_path)


def copy_of(visitor: Visitor, url: str) -> dict[str, Any]:
    """The working copy as it is downloaded."""
    answer = visitor.get(f"{url}/fichier")
    assert answer.status == 200 and "attachment" in answer.headers["content-disposition"]
    found: dict[str, Any] = json.loads(answer.body)
    return found


def put_up(visitor: Visitor, url: str, raw: bytes, seen: str = "") -> Any:
    content = seen or hidden(visitor.get(url).body, "content")
    return visitor.upload(f"{url}/fichier", [("content", content)], [("fichier", "copie.json", raw)])


def rename(found: dict[str, Any], label: str) -> bytes:
    found["items"][0]["label"] = label
    return pretty(found).encode()


def publish(visitor: Visitor, content: str = "") -> Any:
    page = visitor.get(LIST).body.decode()
    section = page[page.index('id="publier-titre"') :]
    pairs = [("note", NOTE), ("content", content or hidden(section.encode(), "content"))]
    return visitor.post(f"{LIST}/publication", pairs)


def served(site: DemoSite) -> Any:
    return site.app.state["site"].published.catalogue


def test_a_list_is_put_up_compared_published_and_undone(world: Released) -> None:
    site = serve(world)
    visitor = site.visitor(ADMINISTRATOR)
    assert "Rien n'a changé" in text(visitor.get(LIST))
    old = max(served(site).lists["bilan_progres"])
    answer = put_up(visitor, LIST, rename(copy_of(visitor, LIST), "Progrès nets"))
    assert (answer.status, answer.headers["location"]) == (303, LIST)
    page = text(visitor.get(LIST))
    assert "Progrès nets" in page and "Répéter" in page and "Elle serait publiée" in page
    assert publish(visitor).status == 303
    fresh = max(served(site).lists["bilan_progres"])
    assert fresh != old
    page = text(visitor.get(LIST))
    assert NOTE in page and "Yann Morvan" in page and f"La version {fresh} est en vigueur" in page
    assert not keeping.pull(site.store, world.definitions, world.referentiels).conflicts
    found = world.load()
    assert found.faults == () and found.list_journal["bilan_progres"][-1].note == NOTE
    answer = visitor.post(f"{LIST}/annulation", [("version", fresh), ("note", "Trop tôt.")])
    assert answer.status == 303 and max(served(site).lists["bilan_progres"]) == old
    assert "Annulée" in text(visitor.get(LIST))
    assert not site.incidents()


def test_a_form_is_put_up_and_its_scenarios_are_played(world: Released) -> None:
    site = serve(world)
    visitor = site.visitor(ADMINISTRATOR)
    found = copy_of(visitor, FORM)
    item_of(found, "engagement_eleve")["help"] = "Avec ses mots."
    answer = put_up(visitor, FORM, b"\xef\xbb\xbf" + pretty(found).encode())
    assert (answer.status, answer.headers["location"]) == (303, f"{FORM}?scenarios=1")
    page = text(visitor.get(f"{FORM}?scenarios=1"))
    assert "tout est comme attendu" in page
    assert copy_of(visitor, FORM) == found
    logged = [one for one in site.store.audit() if one.action == "deposit"]
    assert [(one.author, one.id) for one in logged] == [(ADMINISTRATOR, "definitions/ppre/form.json")]


def test_what_a_form_put_up_is_faulty_for_is_said_on_its_page_and_nothing_is_served(world: Released) -> None:
    site = serve(world)
    visitor = site.visitor(ADMINISTRATOR)
    found = copy_of(visitor, FORM)
    found["steps"][0]["when"] = {"condition": "absente"}
    before = served(site)
    assert put_up(visitor, FORM, pretty(found).encode()).status == 303
    page = text(visitor.get(FORM))
    assert "$.steps[0].when.condition" in page and "« absente »" in page
    assert "Répéter la version" not in page
    assert served(site) is before and not keeping.kept(site.store)


REFUSED = {
    "nothing": (lambda found: b"  ", "choisissez le fichier JSON"),
    "no JSON": (lambda found: b"{", "form.json"),
    "no text": (lambda found: b"\xff\xfe{}", "UTF-8"),
    "an unknown key": (lambda found: pretty({**found, "titel": "x"}).encode(), "$.titel"),
    "another form": (
        lambda found: pretty({**found, "form": "bilan"}).encode(),
        "celui de « bilan », et cette page celle de « ppre ». Déposez-le sur sa page.",
    ),
    "a large file": (lambda found: b" " * 1_000_001 + pretty(found).encode(), "1 Mo"),
    "deep": (lambda found: b"[" * 100_000, "form.json"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_taken_is_said_and_nothing_is_kept(world: Released, name: str) -> None:
    make, words = REFUSED[name]
    site = serve(world)
    visitor = site.visitor(ADMINISTRATOR)
    before = everything(site, world)
    answer = put_up(visitor, FORM, make(copy_of(visitor, FORM)))
    assert answer.status == 422 and words in text(answer), text(answer)[:3000]
    assert "Rien n'a été gardé" in text(answer)
    assert everything(site, world) == before
    assert not site.incidents()


def test_a_copy_that_somebody_changed_meanwhile_is_not_written_over(world: Released) -> None:
    site = serve(world)
    visitor = site.visitor(ADMINISTRATOR)
    seen = hidden(visitor.get(LIST).body, "content")
    assert put_up(visitor, LIST, rename(copy_of(visitor, LIST), "Progrès nets")).status == 303
    before = everything(site, world)
    answer = put_up(visitor, LIST, rename(copy_of(visitor, LIST), "Autre"), seen)
    assert answer.status == 422 and "a changé depuis" in text(answer) and "Téléchargez-la" in text(answer)
    assert everything(site, world) == before


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([("note", " "), ("content", "x")], "Dites en une phrase"),
        ([("note", "x" * 601), ("content", "x")], "601 signes"),
        ([("note", NOTE), ("content", "x")], "a changé depuis"),
    ],
)
def test_what_is_not_in_order_publishes_no_list(world: Released, pairs: Any, words: str) -> None:
    site = serve(world)
    visitor = site.visitor(ADMINISTRATOR)
    assert put_up(visitor, LIST, rename(copy_of(visitor, LIST), "Progrès nets")).status == 303
    before = everything(site, world)
    answer = visitor.post(f"{LIST}/publication", pairs)
    assert answer.status == 422 and words in text(answer)
    assert everything(site, world) == before


def test_a_list_that_a_form_takes_is_not_undone(world: Released) -> None:
    site = serve(world)
    visitor = site.visitor(ADMINISTRATOR)
    version = max(served(site).lists["difficultes"])
    before = everything(site, world)
    answer = visitor.post("/listes/difficultes/annulation", [("version", version), ("note", "x")])
    assert answer.status == 422 and "Publiez plutôt une version corrigée" in text(answer)
    for unknown in ("9.9.9", "", "é" * 99):
        answer = visitor.post("/listes/difficultes/annulation", [("version", unknown), ("note", "x")])
        assert answer.status == 422 and f"Publiées : 1.0.0, {version}" in text(answer)
    assert everything(site, world) == before


def test_a_folder_that_cannot_be_written_is_said(world: Released) -> None:
    site = serve(world)
    visitor = site.visitor(ADMINISTRATOR)
    (world.definitions / "ppre/.form.json.tmp").mkdir()
    found = copy_of(visitor, FORM)
    found["title"] = "Autre titre"
    answer = put_up(visitor, FORM, pretty(found).encode())
    assert answer.status == 422 and "ne s'écrit pas sur cette machine" in text(answer)
    assert not [one for one in site.store.audit() if one.action == "deposit"]
    assert copy_of(visitor, FORM) != found
