"""A list of thousands of entries: searched on the server, as one types or with a button; the choice stays."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from storage.tiny import open_tiny
from tests.e2e.conftest import Enter
from tests.e2e.gestures import box, press, radio, says, silent, titled
from tests.e2e.served import BASE, PASSWORDS, Site, Switch, catalogue_of, site_of
from tests.e2e.test_every_screen import findings
from tests.e2e.test_unseen_form import BIKE, ROLES, publish
from web import accounts, demo

MODELS = {
    "canevas": 1,
    "list": "modeles",
    "version": "1.0.0",
    "title": "Modèles",
    "levels": ["modele"],
    "items": [
        *({"code": f"m{n}", "label": f"Modèle n° {n} de ville"} for n in range(5_000)),
        {"code": "ete", "label": "Œuvre d'été, dérailleur long"},
    ],
}
FIELD = {"id": "modele", "type": "choice", "label": "Modèle", "list": "modeles", "required": True}
PLACES = {
    "canevas": 1,
    "list": "lieux",
    "version": "1.0.0",
    "title": "Lieux",
    "levels": ["region", "ville", "rue"],
    "items": [
        {
            "code": f"r{a}",
            "label": f"Région {a}",
            "items": [
                {
                    "code": f"r{a}.v{b}",
                    "label": f"Ville {b} de la région {a}",
                    "items": [{"code": f"r{a}.v{b}.s{c}", "label": f"Rue {c}"} for c in range(2)],
                }
                for b in range(400 if a == 3 else 2)
            ],
        }
        for a in range(310)
    ],
}
LEVELS = [
    {"id": "region", "label": "Région", "max": 1},
    {"id": "ville", "label": "Villes", "many": True},
    {"id": "rue", "label": "Rues", "many": True},
]
TRIPS = {"id": "trajets", "type": "cascade", "label": "Trajets", "list": "lieux", "levels": LEVELS}
CHECKED = {"id": "essayes", "type": "checklist", "label": "Modèles essayés", "list": "modeles"}
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@pytest.fixture
def site(served: tuple[str, Switch], tmp_path: Path) -> Iterator[Site]:
    """A workshop whose bikes are chosen among thousands of models."""
    url, switch = served
    definitions, lists, people = tmp_path / "definitions", tmp_path / "listes", tmp_path / "demo"
    form: dict[str, Any] = copy.deepcopy(BIKE)
    form["steps"][0]["items"] += [FIELD, TRIPS, CHECKED]
    form["pins"] = {"modeles": "1.0.0", "lieux": "1.0.0"}
    form["page"]["cards"] = form["page"]["cards"][:1]
    publish(
        definitions,
        {"roles.json": ROLES, "deployment.json": {"home": "velo"}, "velo/versions/1.0.0.json": form},
    )
    publish(lists, {"modeles/versions/1.0.0.json": MODELS, "lieux/versions/1.0.0.json": PLACES})
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


def new_bike(page: Page) -> None:
    press(page, "Ajouter un vélo")
    press(page, "Continuer")
    titled(page, "Description")


def test_a_long_list_is_searched_and_keeps_its_choice(enter: Enter, script: bool) -> None:
    page = enter("ana", java_script_enabled=script)
    new_bike(page)
    box(page, "Marque").fill("Mistral")
    says(page, "20 choix montrés, et plus de 980 autres : précisez.")
    assert len(page.content()) < 60_000
    find = page.get_by_role("searchbox", name="Chercher dans la liste : Modèle", exact=True)
    find.fill("oeuvre ETE")
    if not script:
        press(page, "Chercher : Modèle")
        assert "cherche=modele" in page.url
    says(page, "1 choix trouvé.")
    expect(find).to_have_value("oeuvre ETE")
    expect(box(page, "Marque")).to_have_value("Mistral")
    radio(page, "Œuvre d'été, dérailleur long").check()
    find.fill("n° 49")
    if not script:
        find.press("Enter")  # saves, and searches
    expect(radio(page, "Modèle n° 4999 de ville")).to_have_count(0)
    says(page, "20 choix montrés, et 91 autres : précisez.")
    expect(radio(page, "Œuvre d'été, dérailleur long")).to_be_checked()
    find.fill("ce vélo n'existe pas")
    if not script:
        press(page, "Chercher : Modèle")
    says(page, "Aucun choix ne contient « ce vélo n'existe pas »")
    press(page, "Enregistrer")
    page.goto(page.url.split("?")[0])
    expect(radio(page, "Œuvre d'été, dérailleur long")).to_be_checked()
    silent(page, "Aucun choix")


def test_it_is_accessible_and_narrow(enter: Enter) -> None:
    page = enter("ana", width=320)
    new_bike(page)
    find = page.get_by_role("searchbox", name="Chercher dans la liste : Modèle", exact=True)
    find.fill("ville")
    says(page, "20 choix montrés, et plus de 980 autres : précisez.")
    assert findings(page, WCAG) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    find.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("#q-modele input:checked, input[name=modele]:checked")).to_have_count(1)


def test_whoever_may_not_write_there_searches_nothing(enter: Enter, site: Site) -> None:
    page = enter("ana")
    new_bike(page)
    address = page.url.split("?")[0]
    assert page.request.get(f"{address}/listes/modele?mots=ville").status == 200
    assert page.request.get(f"{address}/listes/marque?mots=ville").status == 404
    assert page.request.get(f"{address}/listes/absent.a.b?mots=ville").status == 404
    assert page.request.get(f"{address}/listes/trajets~1?mots=region").status == 200
    assert page.request.get(f"{address}/listes/trajets~1~r3?mots=ville").status == 200
    assert page.request.get(f"{address}/listes/essayes?mots=ville").status == 200
    for field in (
        "trajets",
        "trajets~0",
        "trajets~1~r2",
        "trajets~1~absent",
        "trajets~x~r3",
        "essayes~1",
        "~",
    ):
        answer = page.request.get(f"{address}/listes/{field}")
        assert answer.status == 404 and "introuvable" in answer.text(), field
    answer = page.request.get(f"{address}/listes/modele?mots={'ville' * 21}")
    assert answer.status == 200 and "La recherche dépasse 100 caractères" in answer.text()
    elsewhere = address.replace("/documents/", "/documents/x")
    assert page.request.get(f"{elsewhere}/listes/modele?mots=ville").status == 404
    page.context.clear_cookies()
    assert "connexion" in page.request.get(f"{address}/listes/modele?mots=ville").url


def test_each_long_level_of_a_cascade_is_searched(enter: Enter, script: bool) -> None:
    page = enter("ana", java_script_enabled=script)
    new_bike(page)
    box(page, "Marque").fill("Mistral")
    looked(page, "Région", "region 3", script)
    radio(page, "Région 3").check()
    follow(page, script)
    looked(page, "Région 3", "ville 39", script)
    for town in ("Ville 39 de la région 3", "Ville 391 de la région 3"):
        tick(page, town).check()
    follow(page, script)
    street = page.locator("[value='r3.v39.s1']")
    street.check()
    looked(page, "Région 3", "ville 12", script)
    tick(page, "Ville 12 de la région 3").check()
    if script:
        expect(tick(page, "Ville 391 de la région 3")).to_be_checked()
    press(page, "Enregistrer")
    page.goto(page.url.split("?")[0])
    for town in (39, 391, 12):
        expect(tick(page, f"Ville {town} de la région 3")).to_be_checked()
    expect(street).to_be_checked()
    assert len(page.content()) < 90_000


def test_nothing_ticked_in_a_long_checklist_is_lost(enter: Enter, script: bool) -> None:
    page = enter("ana", java_script_enabled=script)
    new_bike(page)
    box(page, "Marque").fill("Mistral")
    part = page.get_by_role("region", name="Modèles essayés")
    for n in (4_000, 31, 2_222):
        looked(page, "Modèles essayés", f"n° {n}", script)
        part.get_by_role("checkbox", name=f"Modèle n° {n} de ville").check()
    looked(page, "Modèles essayés", "introuvable", script)
    says(page, "Aucun choix ne contient « introuvable »")
    for n in (4_000, 31, 2_222):
        expect(part.get_by_role("checkbox", name=f"Modèle n° {n} de ville")).to_be_checked()
    part.get_by_role("checkbox", name="Modèle n° 31 de ville").uncheck()
    press(page, "Enregistrer")
    page.goto(page.url.split("?")[0])
    expect(part.get_by_role("checkbox", checked=True)).to_have_count(2)
    says(page, "2 choix cochés en tout")


def tick(page: Page, name: str) -> Locator:
    """A box of that name."""
    return page.get_by_role("checkbox", name=name, exact=True)


def looked(page: Page, where: str, words: str, script: bool) -> None:
    """Search a long list."""
    find = page.get_by_role("searchbox", name=f"Chercher dans la liste : {where}", exact=True)
    find.fill(words)
    if script:
        told = page.locator(f"[id='{find.get_attribute('aria-describedby')}']")
        expect(told).to_have_text(re.compile("trouvé|montrés, et \\d+ autre|Aucun choix"))
    else:
        page.get_by_role("button", name=f"Chercher : {where}", exact=True).click()


def follow(page: Page, script: bool) -> None:
    """Show what a choice opens, where no script asks for it."""
    if not script:
        press(page, "Afficher la suite : Région")
