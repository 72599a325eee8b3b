"""Who sees what, in the browser: contributors, families, the MDPH, other schools, administrators."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.gestures import button, download, press, row, says, silent, starting, tick, titled

MISSING = "/documents/0000000000000000"
SHARE = "Partager l'ensemble du livret de cet élève avec l'équipe pluridisciplinaire de la MDPH."


def answer(page: Page, path: str) -> tuple[int, str]:
    """What an address answers: its status, and its words without the address itself."""
    got = page.goto(path)
    assert got is not None
    return got.status, page.locator("body").inner_text()


@pytest.mark.parametrize("login", ["rkeller", "oblanc", "alegrand", "ymorvan", "mpetitjean"])
def test_what_is_elsewhere_answers_as_what_does_not_exist(enter: Enter, login: str) -> None:
    page = enter(login, java_script_enabled=False)
    for path in ("", "/etapes/identite", "/lecture/identite", "/sorties/livret_entier", "/historique"):
        assert answer(page, f"/documents/l-morel{path}") == answer(page, f"{MISSING}{path}")
        assert answer(page, f"/documents/d-morel-1{path}")[0] == 404
    titled(page, "Page introuvable")
    press(page, "Revenir à l'accueil")
    silent(page, "Morel")


def test_the_list_keeps_to_what_is_shared(enter: Enter) -> None:
    page = enter("alegrand", java_script_enabled=False)
    says(page, "Lopes Tiago")
    silent(page, "Morel")
    expect(button(page, "Créer un livret")).to_have_count(0)


def test_the_list_is_grouped_searched_and_filtered(enter: Enter, script: bool) -> None:
    page = enter("igarcia", java_script_enabled=script)
    expect(page.locator("details h2")).to_have_text(
        ["École élémentaire Pierre et Marie Curie", "École maternelle Marcel Pagnol"]
    )
    tick(page, "Responsable").check()
    press(page, "Filtrer")
    says(page, "Rien ne correspond aux filtres cochés.")
    press(page.locator("#resultats"), "Effacer les filtres")
    page.get_by_role("searchbox").fill("petit")
    press(page, "Filtrer")
    says(page, "Petit Léo")
    silent(page, "Perrin")
    page.get_by_role("searchbox").fill("")
    tick(page, "Aucun dispositif en cours de réalisation").check()
    press(page, "Filtrer")
    silent(page, "Petit Léo")
    says(page, "Mercier Noah")


def test_sharing_opens_a_record_and_closes_it_again(enter: Enter, script: bool) -> None:
    teacher = enter("nferrand", "/documents/l-morel", java_script_enabled=script)
    reader = enter("alegrand", java_script_enabled=script)
    silent(reader, "Morel Lina")
    share(teacher, True)
    reader.reload()
    press(reader, "Morel Lina")
    says(reader, "PPRE et son bilan")
    silent(reader, "Brouillon")
    for name in ("Créer un PPRE", "Gérer le livret", "Télécharger le livret (PDF)"):
        expect(button(reader, name)).to_have_count(0)
    press(reader.get_by_role("row").filter(has_text="Renouvelé"), starting("Voir"))
    says(reader, "Comprendre une consigne à plusieurs étapes")
    silent(reader, "Origines des difficultés")
    share(teacher, False)
    assert answer(reader, "/documents/l-morel") == answer(reader, MISSING)


def share(page: Page, on: bool) -> None:
    """Change the sharing of a record from its page."""
    tick(page, SHARE).set_checked(on)
    press(page, "Enregistrer ce choix")
    says(page, "Votre choix est enregistré.")
    expect(tick(page, SHARE)).to_be_checked(checked=on)


def test_a_family_reads_and_keeps_what_is_final(enter: Enter) -> None:
    page = enter("smorel", "/documents/l-morel", java_script_enabled=False)
    silent(page, "Brouillon")
    expect(button(page, "Créer un PPRE")).to_have_count(0)
    expect(tick(page, SHARE)).to_have_count(0)
    paper = download(row(page, "PPRE et son bilan"), starting("Télécharger"))
    assert "Lina a gagné en autonomie" in paper.text


def test_a_contributor_sees_no_draft_and_changes_nothing(enter: Enter) -> None:
    owner = enter("nferrand", "/documents/l-morel", java_script_enabled=False)
    draft = button(owner.get_by_role("row").filter(has_text="Brouillon"), starting("Reprendre"))
    address = str(draft.get_attribute("href"))
    page = enter("prossi", "/documents/l-morel", java_script_enabled=False)
    silent(page, "Brouillon")
    for path in (address, f"{address}/etapes/informations", f"{address}/actions/finaliser"):
        assert answer(page, path) == answer(page, MISSING)
    assert answer(page, "/documents/d-morel-1/actions/clore")[0] == 404
    assert answer(page, "/documents/d-morel-1/etapes/famille")[0] == 403


def test_an_administrator_reads_definitions_and_no_record(enter: Enter) -> None:
    page = enter("ymorvan", java_script_enabled=False)
    says(page, "0 affiché sur 0.")
    press(page, "Définitions")
    says(page, "Aucune faute : toutes les définitions sont servies.")


def test_what_arrives_is_never_kept(enter: Enter) -> None:
    page = enter("nferrand")
    for path in ("/fiches/livret", "/documents/l-morel", "/documents/d-morel-1/sorties/document"):
        got: Any = page.request.get(path)
        assert (
            got.headers["cache-control"] == "no-store"
            and "unsafe" not in got.headers["content-security-policy"]
        )
