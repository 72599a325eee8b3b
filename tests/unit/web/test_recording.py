"""A scenario recorded from each document of the demonstration: nothing personal left, and it runs green."""

from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from demo_site import HASHER, DemoSite, make_site

from cli.recording import _recorded, run_record
from cli.scenarios import play
from engine.access import decide
from engine.reading import validate
from engine.scenarios import Scenario, run
from engine.scenarios.recording import Paper, Veil
from storage.registry import open_store
from web import accounts, demo
from web.app import DEFINITIONS, DEMO, REFERENTIELS
from web.failures import NotFound
from web.world import DOCUMENT, Desk

SITE = make_site()
ENTRIES = SITE.store.find(DOCUMENT, {}, sort=("created",), limit=500).entries
IDS = sorted(entry.id for entry in ENTRIES)
PEOPLE = [one.id for one in SITE.store.find("person", {}, sort=("label",), limit=100).entries]


def texts(node: Any) -> set[str]:
    """Every text of several words, and every name."""
    if isinstance(node, str):
        return {node} if " " in node or re.fullmatch(r"[A-ZÉÈ][a-zéèïë-]+", node) else set()
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return {one for value in inner for one in texts(value)}


def words(node: Any) -> set[str]:
    """Every text."""
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return {node} if isinstance(node, str) else {one for value in inner for one in words(value)}


def births(site: DemoSite, bodies: list[Any]) -> set[str]:
    """Every date that the records among some documents hold."""
    forms = site.deps.catalogue.forms
    records = [one for one in bodies if forms[one["form"], one["version"]].form.nature == "record"]
    return {
        text for one in records for text in words(one["answers"]) if re.fullmatch(r"\d{4}-\d\d-\d\d", text)
    }


def reads(site: DemoSite, who: str, id: str) -> bool:
    """Tell whether somebody may read a document."""
    try:
        Desk(site.store, site.deps.catalogue, site.clock(), who).open(id)
    except NotFound:
        return False
    return True


def reader(site: DemoSite, id: str) -> str:
    """The first who may read a document."""
    return next(one for one in PEOPLE if reads(site, one, id))


def unread(site: DemoSite, who: str, id: str) -> set[str]:
    """The fields of a document that somebody may not read."""
    opened = Desk(site.store, site.deps.catalogue, site.clock(), who).open(id)
    items = [item for item in opened.state.form.skeleton.named.values() if item.is_field]
    return {item.id for item in items if not decide(opened.grant, "read", item)}


def test_every_form_with_documents_is_recorded() -> None:
    assert len(IDS) > 50 and len({entry.keys["form"] for entry in ENTRIES}) > 20


@pytest.mark.parametrize("id", IDS)
def test_a_recorded_document_runs_green_and_names_nobody(id: str) -> None:
    site = SITE
    raw = _recorded(site.store, site.deps.catalogue, id, reader(site, id))
    assert not run(validate(json.loads(json.dumps(raw)), "x", Scenario), site.deps.catalogue.forms)
    stored = site.store.get(DOCUMENT, id)
    assert stored is not None
    linked = [stored.body.get("subject"), *stored.body.get("links", {}).values()]
    others = [site.store.get(DOCUMENT, one) for one in linked if one]
    bodies = [stored.body, *(one.body for one in others if one is not None)]
    given = {key: raw[key] for key in ("answers", "subject", "links", "collections") if key in raw}
    personal = {one for body in bodies for one in texts(body["answers"]) | texts(body.get("frozen"))}
    assert not personal & texts(given), "something personal is left"
    whole = [
        raw,
        *raw.get("links", {}).values(),
        *(x for y in raw.get("collections", {}).values() for x in y),
    ]
    told = births(site, whole) | words(raw.get("subject"))
    assert not births(site, bodies) & told, "a birth date is left"
    assert not [one for one in (id, *linked) if one and f'"{one}"' in json.dumps(raw)]
    state = Desk(site.store, site.deps.catalogue, site.clock(), reader(site, id)).open(id).state
    assert not unread(SITE, reader(site, id), id) & set(raw["answers"]), "something unread is left"
    if raw.get("subject"):
        subject = str(stored.body["subject"])
        assert not unread(SITE, reader(site, id), subject) & set(raw["subject"]), "the record's is left"
    met = {name: len(state.collection(name)) for name in state.form.form.collections}
    assert {name: len(found) for name, found in raw.get("collections", {}).items()} == {
        name: count for name, count in met.items() if count
    }
    again = _recorded(site.store, site.deps.catalogue, id, reader(site, id))
    assert again == raw, "the same document gives the same scenario"


def test_what_a_reader_may_not_read_is_left_out_of_what_they_record() -> None:
    kept, found = 0, 0
    for id in IDS:
        stored = SITE.store.get(DOCUMENT, id)
        assert stored is not None
        for who in (one for one in PEOPLE if reads(SITE, one, id)):
            closed = unread(SITE, who, id) & set(stored.body["answers"])
            if closed:
                raw = _recorded(SITE.store, SITE.deps.catalogue, id, who)
                assert not closed & set(raw["answers"])
                found += 1
                kept += len(raw["answers"])
        if found > 10:
            break
    assert found and kept, "the demonstration has nobody who reads a part only"


@pytest.mark.parametrize(
    ("day", "told"), [("2018-03-14", "2018-03-01"), ("2018-03-01", "2018-03-02"), ("2026-09-14",) * 2]
)
def test_a_birth_date_loses_its_day_in_whatever_form(day: str, told: str) -> None:
    forms = SITE.deps.catalogue.forms.values()
    documents = [one for one in forms if one.form.nature == "document"]
    form, name = next(
        (one, item.id)
        for one in documents
        for item in one.skeleton.named.values()
        if item.type == "date" and item.parent is None
    )
    body = {"answers": {name: day}, "events": [{"at": "2026-10-01T08:00:00Z"}]}
    assert Veil().answers(Paper(form, body, frozenset(form.skeleton.items))) == {name: told}
    assert Veil().answers(Paper(form, body, frozenset())) == {}


def test_the_command_writes_a_scenario_that_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in (DEFINITIONS, REFERENTIELS):
        shutil.copytree(folder, tmp_path / folder.name)
    where = f"tiny:{tmp_path}/data/base"
    store = open_store(where)
    demo.seed(make_site(store).deps, accounts.passwords(HASHER), DEMO)
    store.close()
    monkeypatch.setenv("CANEVAS_STORE", where)
    monkeypatch.setenv("CANEVAS_DATA", str(tmp_path / "data"))
    out = io.StringIO()
    assert run_record("d-kone-parcours", "p-baret", out, tmp_path) == 0, out.getvalue()
    written = tmp_path / "definitions/pre_parcours/scenarios/enregistre-actif.json"
    assert "Relisez-le" in out.getvalue() and "Koné" not in written.read_text("utf-8")
    assert play([written], out, tmp_path) == 0, out.getvalue()
    assert run_record("d-kone-parcours", "p-legrand", out, tmp_path) == 2
    assert "« p-legrand » ne peut pas lire" in out.getvalue()


def test_equal_texts_stay_equal_and_others_do_not() -> None:
    veil = Veil()
    assert veil.text("Lina") == veil.text("Lina") != veil.text("Nila")
    assert veil.text("a b\nC-9") != "a b\nC-9"
