"""A head brings a school's records in: a file, what it would change, the doubts, then a yes."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.gestures import press, radio, says, silent, titled
from tests.unit.web.import_files import child, onde

SAME = "14/03/2016"  # the day on which a child of the demonstration was born


def choose(page: Page, raw: bytes, name: str = "CSVExtraction.csv") -> None:
    page.locator("#fichier").set_input_files({"name": name, "mimeType": "text/csv", "buffer": raw})
    press(page, "Voir ce qui changerait")


def test_a_file_is_previewed_doubts_are_settled_and_it_is_written(enter: Enter, script: bool) -> None:
    page = enter("jmarchand", "/imports", java_script_enabled=script)
    titled(page, "Importer des fiches")
    radio(page, "ONDE – extraction CSV des élèves").check()
    radio(page, "École élémentaire Pierre et Marie Curie").check()
    namesakes = [child(n, nom="Martin", ne=SAME, classe=f"CM2 {n}") for n in (1, 2)]
    choose(page, onde([*namesakes, child(3), child(4, ne="31/02/2016")]))
    says(page, "1 fiches à créer")
    says(page, "1 fiches refusées")
    doubt = page.get_by_role("group", name="Ligne 2")
    radio(doubt, "Oui : mettre à jour cette fiche").check()
    radio(page.get_by_role("group", name="Ligne 3"), "Non : créer une autre fiche").check()
    press(page.locator("main"), "Importer")
    says(page, "Import terminé. Fiches écrites : 3 ; lignes refusées : 1.")
    says(page, "Nom00003 Zoé")
    expect(page.get_by_role("link", name="Martin Zoé")).to_have_count(2)


def test_a_file_that_is_cut_is_said_and_nothing_is_written(enter: Enter) -> None:
    page = enter("jmarchand", "/imports")
    radio(page, "ONDE – extraction CSV des élèves").check()
    radio(page, "École élémentaire Pierre et Marie Curie").check()
    choose(page, b"PK\x03\x04" + bytes(200), "ElevesSansAdresses.zip")
    says(page, "L'archive est coupée ou abîmée")
    page.goto("/fiches/livret")
    silent(page, "Nom00003")
