"""A form that the code has never seen, far from school: written here as JSON, filled here to its PDF."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from storage.tiny import open_tiny
from tests.e2e.conftest import Enter
from tests.e2e.gestures import (
    box,
    choose,
    download,
    press,
    radio,
    says,
    silent,
    starting,
    tick,
    titled,
)
from tests.e2e.served import BASE, PASSWORDS, Site, Switch, catalogue_of, site_of
from web import accounts, demo

ROLES = {
    "canevas": 1,
    "places": {"atelier": {"label": "Atelier"}},
    "roles": [{"id": "mecano", "label": "Mécanicien", "at": "atelier"}],
    "rights": [],
}
PIECES = {
    "canevas": 1,
    "list": "pieces",
    "version": "1.0.0",
    "title": "Pièces",
    "levels": ["ensemble", "piece"],
    "items": [
        {
            "code": "frein",
            "label": "Freinage",
            "items": [
                {"code": "frein.patin", "label": "Patins"},
                {"code": "frein.autre", "label": "Autre pièce", "asks": {"min": 1, "max": 2}},
            ],
        },
        {"code": "roue", "label": "Roues", "items": [{"code": "roue.rayon", "label": "Rayons"}]},
    ],
}
BIKE = {
    "canevas": 1,
    "form": "velo",
    "version": "1.0.0",
    "nature": "record",
    "place": "atelier",
    "title": "Vélo",
    "name": "Vélo {marque}",
    "texts": {"create": "Ajouter un vélo"},
    "steps": [
        {
            "id": "description",
            "title": "Description",
            "items": [
                {"id": "marque", "type": "text", "label": "Marque", "required": True, "max": 40},
                {"id": "atelier", "type": "reference", "to": "atelier", "label": "Atelier", "required": True},
                {"id": "electrique", "type": "boolean", "label": "Électrique"},
            ],
        }
    ],
    "lifecycle": {"states": [{"id": "suivi", "label": "Suivi", "phase": "running", "open": ["description"]}]},
    "access": {"rights": [{"who": ["mecano"], "may": ["create", "read", "write", "print"]}]},
    "index": {"title": "Vélos", "columns": ["marque"], "sort": ["marque"], "search": ["marque"]},
    "page": {
        "cards": [
            {
                "id": "fiche",
                "title": "Le vélo",
                "show": ["marque", "electrique"],
                "edit": {"label": "Modifier", "step": "description"},
            },
            {"id": "revisions", "title": "Révisions", "documents": ["revision"]},
        ]
    },
}
SERVICE = {
    "canevas": 1,
    "form": "revision",
    "version": "1.0.0",
    "nature": "document",
    "subject": "velo",
    "place": "subject.atelier",
    "title": "Révision",
    "name": "Révision du {jour}",
    "texts": {"create": "Réviser", "quit": "Quitter la révision"},
    "values": {"total": {"label": "Total", "value": {"sum": "travaux", "of": ".minutes"}}},
    "pins": {"pieces": "1.0.0"},
    "steps": [
        {
            "id": "constat",
            "title": "Constat",
            "gate": True,
            "items": [
                {
                    "id": "jour",
                    "type": "date",
                    "label": "Jour",
                    "default": {"ref": "today"},
                    "required": True,
                },
                {
                    "id": "batterie",
                    "type": "number",
                    "label": "Charge de la batterie",
                    "suffix": "%",
                    "min": 0,
                    "max": 100,
                    "when": {"ref": "subject.electrique", "op": "is", "value": True},
                },
                {
                    "id": "defauts",
                    "type": "cascade",
                    "label": "Défauts",
                    "list": "pieces",
                    "levels": [
                        {"id": "ensemble", "label": "Ensemble n°{n}", "min": 1, "max": 2},
                        {"id": "piece", "label": "Pièces", "many": True},
                    ],
                    "details": {"label": "Laquelle", "max": 60},
                },
            ],
        },
        {
            "id": "atelier_fait",
            "title": "Travaux",
            "items": [
                {
                    "id": "travaux",
                    "type": "rows",
                    "label": "Travaux",
                    "display": "table",
                    "whole": True,
                    "max": 5,
                    "add": "Ajouter un travail",
                    "items": [
                        {"id": "geste", "type": "text", "label": "Geste", "max": 60},
                        {"id": "minutes", "type": "number", "label": "Durée", "unit": "minutes"},
                    ],
                },
                {
                    "id": "duree_totale",
                    "type": "computed",
                    "label": "Durée totale",
                    "value": {"ref": "total"},
                },
                {
                    "id": "essai",
                    "type": "choice",
                    "label": "Essai sur route",
                    "options": [{"code": "bon", "label": "Concluant"}, {"code": "non", "label": "À refaire"}],
                    "required": True,
                },
            ],
        },
    ],
    "problems": [
        {
            "id": "a_refaire",
            "on": ["essai"],
            "when": {"ref": "essai", "op": "is", "value": "non"},
            "message": "L'essai est à refaire avant de rendre le vélo.",
        }
    ],
    "lifecycle": {
        "states": [
            {"id": "ouverte", "label": "En atelier", "phase": "draft", "open": ["constat", "atelier_fait"]},
            {"id": "rendue", "label": "Rendu", "phase": "closed", "open": []},
        ],
        "actions": [
            {
                "id": "rendre",
                "label": "Rendre le vélo",
                "from": ["ouverte"],
                "to": "rendue",
                "confirm": {
                    "title": "Rendre le vélo",
                    "text": "Le vélo part.",
                    "yes": "Rendre",
                    "no": "Attendre",
                },
            }
        ],
    },
    "access": {"rights": [{"who": ["mecano"], "may": ["create", "read", "write", "print", "rendre"]}]},
    "outputs": [
        {
            "id": "bon",
            "label": "Bon de sortie",
            "parts": [
                {"title": "Constat", "of": ["constat"]},
                {"title": "Travaux", "of": ["travaux", "duree_totale", "essai"]},
            ],
            "signs": ["Client"],
        }
    ],
}


def publish(folder: Path, files: dict[str, Any]) -> None:
    """Write published files and their manifest."""
    hashes: dict[str, str] = {}
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        if "/versions/" in name:
            hashes[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(hashes), encoding="utf-8")


@pytest.fixture
def site(served: tuple[str, Switch], tmp_path: Path) -> Iterator[Site]:
    """The site over a workshop's own forms, an empty base and one mechanic."""
    url, switch = served
    definitions, lists, people = tmp_path / "definitions", tmp_path / "listes", tmp_path / "demo"
    forms = {"velo/versions/1.0.0.json": BIKE, "revision/versions/1.0.0.json": SERVICE}
    publish(definitions, {"roles.json": ROLES, "deployment.json": {"home": "velo"}, **forms})
    publish(lists, {"pieces/versions/1.0.0.json": PIECES})
    catalogue = catalogue_of(definitions, lists)
    assert catalogue.faults == ()
    store = open_tiny(str(tmp_path / BASE))
    made = site_of(store, url, catalogue)
    place = {"id": "a1", "kind": "atelier", "label": "Atelier du port"}
    who = {"id": "m1", "label": "Ana Costa", "roles": [{"role": "mecano", "at": "a1"}], "attributes": {}}
    publish(people, {"places.json": [place], "people.json": [who]})
    demo.seed_people(store, made.clock(), people)
    with store.transaction("m1", made.clock()) as tx:
        accounts.create(tx, PASSWORDS, login="ana", password="demo-ana", person="m1")
    switch.app = made.app
    yield made
    switch.app = None
    store.close()
    assert made.incidents == []


def new_service(page: Page, electric: str) -> None:
    """Add a bike and its first service."""
    press(page, "Ajouter un vélo")
    press(page, "Continuer")
    box(page, "Marque").fill("Mistral")
    radio(page, electric).check()
    press(page, "Enregistrer")
    page.goto("/fiches/velo")
    press(page, "Mistral")
    titled(page, "Vélo Mistral")
    press(page, "Réviser")
    titled(page, "Constat")


def test_a_form_never_seen_is_filled_to_its_paper(enter: Enter, script: bool) -> None:
    page = enter("ana", java_script_enabled=script)
    new_service(page, "Oui")
    press(page, "Suivant")
    says(page, "Défauts : rien n'est choisi. Choisissez-en au moins un.")
    box(page, "Charge de la batterie").fill("120")
    choose(page, "Ensemble n°1", "Freinage")
    if not script:
        press(page, "Afficher la suite : Ensemble n°1")
    tick(page, "Patins").check()
    tick(page, "Autre pièce").check()
    box(page, starting("Laquelle (1 sur 2)")).fill("Gaine")
    press(page, "Suivant")
    says(page, "120 dépasse la limite de 100. Saisissez un nombre de 0 à 100.")
    box(page, "Charge de la batterie").fill("80")
    press(page, "Suivant")
    work(page, script)
    press(page, "Rendre le vélo")
    press(page, "L'essai est à refaire avant de rendre le vélo.")
    radio(page, "Concluant").check()
    press(page, "Rendre le vélo")
    silent(page, "à refaire avant")
    says(page, "Le vélo part.")
    press(page, "Rendre")
    says(page, "Rendu le 22 novembre 2026")
    says(page, "40 minute(s)")
    expect(page.get_by_role("textbox")).to_have_count(0)
    paper = download(page, starting("Télécharger")).text
    for expected in (
        "Révision du 22 novembre 2026",
        "Vélo Mistral",
        "Freinage",
        "Gaine",
        "Changer les patins",
        "40 minute",
    ):
        assert expected in paper


def work(page: Page, script: bool) -> None:
    """Fill two rows: their sum follows."""
    titled(page, "Travaux")
    for n, (done, minutes) in enumerate((("Changer les patins", "25"), ("Régler", "15")), start=1):
        line = page.get_by_role("row").nth(n)
        box(line, starting("Geste")).fill(done)
        box(line, starting("Durée")).fill(minutes)
        press(page, "Ajouter un travail")
    if script:
        says(page, "40 minute(s)")
    radio(page, "À refaire").check()


def test_a_condition_on_the_record_is_held(enter: Enter) -> None:
    page = enter("ana")
    new_service(page, "Non")
    expect(box(page, "Charge de la batterie")).to_have_count(0)


def test_nothing_of_the_house_s_own_forms_shows(enter: Enter) -> None:
    page = enter("ana")
    for word in ("PPRE", "livret", "élève"):
        silent(page, word)
