"""A scenario recorded from each document of the demonstration: nothing personal left, and it runs green."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from demo_site import DemoSite, make_site

from cli.recording import _recorded
from engine.reading import validate
from engine.scenarios import Scenario, run
from engine.scenarios.recording import Veil
from web.world import DOCUMENT

SITE = make_site()
FORMS = ("ppre", "bilan")
IDS = [
    (form, entry.id)
    for form in FORMS
    for entry in SITE.store.find(DOCUMENT, {"form": form}, sort=("created",)).entries
]


def texts(node: Any) -> set[str]:
    """Every text of several words, and every name."""
    if isinstance(node, str):
        return {node} if " " in node or re.fullmatch(r"[A-ZÉÈ][a-zéèïë-]+", node) else set()
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return {one for value in inner for one in texts(value)}


def reader(site: DemoSite, id: str) -> str:
    """Somebody who may read a document: a head of the school."""
    stored = site.store.get(DOCUMENT, id)
    assert stored is not None
    people = [
        one.id for one in site.store.find("person", {"at": stored.keys["place"]}, sort=("label",)).entries
    ]
    return next(one for one in people if site.visitor(one).get(f"/documents/{id}").status in {200, 303})


@pytest.mark.parametrize(("form", "id"), IDS[:12])
def test_a_recorded_document_runs_green_and_names_nobody(form: str, id: str) -> None:
    site = make_site()
    raw = _recorded(site.store, site.deps.catalogue, id, reader(site, id))
    assert not run(validate(json.loads(json.dumps(raw)), "x", Scenario), site.deps.catalogue.forms)
    stored = site.store.get(DOCUMENT, id)
    assert stored is not None
    subject = site.store.get(DOCUMENT, stored.body["subject"])
    assert subject is not None
    given = {key: raw[key] for key in ("answers", "subject") if key in raw}
    personal = (
        texts(stored.body["answers"]) | texts(subject.body["answers"]) | texts(stored.body.get("frozen"))
    )
    assert not personal & texts(given), "something personal is left"
    assert id not in json.dumps(raw) and str(stored.body["subject"]) not in json.dumps(raw)
    again = _recorded(site.store, site.deps.catalogue, id, reader(site, id))
    assert again == raw, "the same document gives the same scenario"


def test_equal_texts_stay_equal_and_others_do_not() -> None:
    veil = Veil()
    assert veil.text("Lina") == veil.text("Lina") != veil.text("Nila")
    assert veil.text("a b\nC-9") != "a b\nC-9"
