"""Files joined, tables of other documents, counts: in a browser, with and without script, by axe."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine.drafting import version_key
from storage.tiny import open_tiny
from tests.e2e.conftest import Enter
from tests.e2e.gestures import box, press, says, silent, starting
from tests.e2e.reading import accessible
from tests.e2e.served import BASE, PASSWORDS, Site, Switch, site_of
from tests.unit.worlds import make_world
from web import accounts
from web.catalogue import Catalogue
from web.world import PERSON, PLACE

CASES = Path(__file__).parent.parent / "unit" / "cases"
WORLD: Any = json.loads((CASES / "reseau.json").read_text("utf-8"))
BILL: Any = json.loads((CASES / "pieces_jointes.json").read_text("utf-8"))["form"]
BIG = b"0" * 1_000_001
PDF = b"%PDF-1.4\nfacture\n%%EOF\n"


def network() -> Catalogue:
    """The network's forms and the one that has files."""
    bike, *others = WORLD["forms"]
    cards = [{"id": "tout", "title": "Documents", "documents": ["reparation", "facture"]}]
    made = make_world(
        [{**bike, "page": {"cards": cards}}, *others, BILL], WORLD["lists"], roles=WORLD["roles"]
    )
    assert not made.faults
    return Catalogue(
        title="Réseau",
        home="velo",
        forms=made.forms,
        starts=dict(sorted(made.forms, key=lambda one: version_key(one[1]))),
        lists=made.library.lists,
        roles=made.library.roles,
        library=made.library,
        faults=(),
        newests=dict(sorted(made.forms, key=lambda one: version_key(one[1]))),
    )


@pytest.fixture
def site(served: tuple[str, Switch], tmp_path: Path) -> Iterator[Site]:
    """The site over the network, an empty base and its people."""
    url, switch = served
    store = open_tiny(str(tmp_path / BASE))
    made = site_of(store, url, network())
    with store.transaction("essai", made.clock()) as tx:
        for id, place in WORLD["places"].items():
            body = {"within": [], "attributes": {}, **place}
            keys = {"kind": place["kind"], "label": place["label"], "around": [id, *body["within"]]}
            tx.put(PLACE, id, body, keys, expected_revision=0)
        for id, person in WORLD["people"].items():
            keys = {"label": person["label"], "at": sorted({role["at"] for role in person["roles"]})}
            tx.put(PERSON, id, {"attributes": {}, **person}, keys, expected_revision=0)
            accounts.create(tx, PASSWORDS, login=id, password=f"demo-{id}", person=id)
    switch.app = made.app
    yield made
    switch.app = None
    store.close()
    assert made.incidents == []


def new_bike(page: Page) -> None:
    """Add a bike, and open it."""
    page.goto("/fiches/velo/nouveau")
    press(page, "Continuer")
    box(page, "Marque").fill("Mistral")
    press(page, "Enregistrer")
    page.goto("/fiches/velo")
    press(page, "Mistral")


def test_files_are_joined_refused_and_taken_away(enter: Enter, script: bool) -> None:
    page = enter("p-chef", java_script_enabled=script)
    read: Callable[[Page], object] = accessible if script else str  # axe waits for timers: scripts only
    new_bike(page)
    press(page, "Ajouter une facture")
    read(page)
    box(page, "Objet").fill("Roue voilée")
    chosen = page.locator("#q-photos-choix")
    chosen.set_input_files({"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": PDF})
    press(page, "Joindre : Photos")
    says(page, "Photos : « photo.jpg » ne contient pas un fichier JPEG lisible")
    expect(box(page, "Objet")).to_have_value("Roue voilée")
    read(page)
    chosen.set_input_files({"name": "devis.pdf", "mimeType": "application/pdf", "buffer": PDF})
    box(page, "Note").fill("Tapé avant d'enregistrer")
    press(page, "Enregistrer")
    expect(page.get_by_role("link", name="devis.pdf")).to_be_visible()
    expect(box(page, "Note")).to_have_value("Tapé avant d'enregistrer")
    if script:
        chosen.set_input_files({"name": "gros.pdf", "mimeType": "application/pdf", "buffer": BIG})
        says(page, "Ce fichier dépasse 1 Mo")
        expect(chosen).to_have_value("")
    with page.expect_download() as coming:
        page.get_by_role("link", name="devis.pdf").click()
    assert Path(coming.value.path()).read_bytes() == PDF
    read(page)
    page.get_by_role("checkbox", name=starting("Retirer")).check()
    press(page, "Enregistrer")
    silent(page, "devis.pdf")


def test_tables_and_counts_read_well(enter: Enter) -> None:
    page = enter("p-coord")
    page.goto("/fiches/charte/nouveau")
    for form, label in (("tournee", "Vélos à prendre"), ("annee", "Réparations par maison")):
        page.goto(f"/fiches/{form}/nouveau")
        press(page, "Continuer")
        says(page, label)
        accessible(page)
