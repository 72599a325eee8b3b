"""A list of thousands of entries: searched on the server, as one types or with a button; the choice stays."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

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
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@pytest.fixture
def site(served: tuple[str, Switch], tmp_path: Path) -> Iterator[Site]:
    """A workshop whose bikes are chosen among thousands of models."""
    url, switch = served
    definitions, lists, people = tmp_path / "definitions", tmp_path / "listes", tmp_path / "demo"
    form: dict[str, Any] = copy.deepcopy(BIKE)
    form["steps"][0]["items"].append(FIELD)
    form["pins"] = {"modeles": "1.0.0"}
    form["page"]["cards"] = form["page"]["cards"][:1]
    publish(
        definitions,
        {"roles.json": ROLES, "deployment.json": {"home": "velo"}, "velo/versions/1.0.0.json": form},
    )
    publish(lists, {"modeles/versions/1.0.0.json": MODELS})
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
    find = page.get_by_role("searchbox", name="Chercher dans la liste : Modèle")
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
    says(page, "20 choix montrés, et 179 autres : précisez.")
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
    page.get_by_role("searchbox", name="Chercher dans la liste : Modèle").fill("ville")
    says(page, "20 choix montrés, et plus de 980 autres : précisez.")
    assert findings(page, WCAG) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.get_by_role("searchbox").press("Tab")
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
    page.context.clear_cookies()
    assert "connexion" in page.request.get(f"{address}/listes/modele?mots=ville").url
