"""What the language says, through HTTP: documents of a place, closed ones, drawn roles, own rows, calls."""

from __future__ import annotations

import pytest
from network_site import Network, make_network, text_of, words


@pytest.fixture
def network() -> Network:
    return make_network()


# --- documents that are about a place alone -----------------------------------------------------


def test_a_document_of_a_place_is_created_from_its_list_and_found_there(network: Network) -> None:
    listed = network.visitor("p-coord").get("/fiches/charte")
    assert "Rédiger une charte" in words(listed)
    charter = network.charter()
    assert network.body(charter)["answers"] == {}, "its frame is frozen"
    assert network.body(charter)["frozen"]["cadre"]["answers"]["reseau"] == [
        {"id": "r-nord", "label": "Réseau Nord"}
    ]
    assert f"/documents/{charter}" in text_of(network.visitor("p-coord").get("/fiches/charte"))
    assert "Chartes" in words(network.read("p-coord", charter)), "the way back is its list"


def test_a_document_of_a_place_is_of_that_place(network: Network) -> None:
    charter = network.charter()
    assert network.read("p-sud", charter).status == 404
    assert f"/documents/{charter}" not in text_of(network.visitor("p-sud").get("/fiches/charte"))
    assert network.visitor("p-sud").post("/fiches/charte/nouveau", [("place", "r-nord")]).status == 403
    assert network.visitor("p-peintre").get("/fiches/charte/nouveau").status == 404


def test_leaving_a_draft_of_a_place_leads_to_its_list(network: Network) -> None:
    id = network.made("p-coord", "/fiches/charte/nouveau", [("place", "r-nord")])
    left = network.save("p-coord", id, "cadre", {"debut": "2026-09-01"}, do="quitter")
    assert left.headers["location"].partition("?")[0] == "/fiches/charte"


def test_a_document_finds_the_place_around_its_record(network: Network) -> None:
    network.charter()
    repair = network.repair(network.bike())
    assert network.body(repair)["answers"]["reseau"] == [{"id": "r-nord", "label": "Réseau Nord"}]


# --- closed, with its reason --------------------------------------------------------------------


def test_a_closed_document_gives_its_reason_to_those_whom_it_would_be_open_to(network: Network) -> None:
    bike = network.bike()
    charter = network.charter(("p-soudeur", "club"))
    repair = network.repair(bike)
    assert network.read("p-soudeur", repair).status == 200
    refused = network.read("p-peintre", repair)
    assert refused.status == 403
    assert "Votre maison n'a pas signé la charte" in words(refused).replace("’", "'")
    assert "Cadre fendu" not in text_of(refused)
    assert network.read("p-sud", repair).status == 404
    assert network.act("p-coord", charter, "resilier").status == 303
    for person in ("p-coord", "p-soudeur"):
        shut = network.read(person, repair)
        assert shut.status == 403, person
        assert "Aucune charte signée" in words(shut)
    sent = [("_revision", network.revision(repair)), ("_do", "enregistrer"), ("panne", "Autre")]
    posted = network.visitor("p-coord").post(f"/documents/{repair}/etapes/panne_vue", sent)
    assert posted.status == 403
    assert network.body(repair)["answers"]["panne"] == "Cadre fendu"


def test_a_charter_that_has_run_out_closes(network: Network) -> None:
    network.charter()
    repair = network.repair(network.bike())
    assert network.read("p-coord", repair).status == 200
    network.site.clock.advance(days=400)
    assert network.read("p-coord", repair).status == 403


# --- roles among others, own rows, signatures, alerts -------------------------------------------


def test_a_role_is_drawn_from_another_by_what_a_person_is(network: Network) -> None:
    network.charter(("p-soudeur", "club"), ("p-peintre", "mairie"))
    repair = network.repair(network.bike())
    assert "Avis de soudure" in words(network.visitor("p-soudeur").get(f"/documents/{repair}/etapes/regards"))
    assert "Avis de soudure" not in words(
        network.visitor("p-peintre").get(f"/documents/{repair}/etapes/regards")
    )
    network.save("p-soudeur", repair, "regards", {"cadre_soude": "À ressouder"})
    network.save("p-peintre", repair, "regards", {"cadre_soude": "À repeindre"})
    assert network.body(repair)["answers"]["cadre_soude"] == "À ressouder"
    assert "À ressouder" not in text_of(network.read("p-peintre", repair))
    assert "À ressouder" not in text_of(network.read("p-coord", repair))


def test_a_row_is_changed_and_withdrawn_only_by_whoever_wrote_it(network: Network) -> None:
    network.charter(("p-soudeur", "club"), ("p-peintre", "mairie"))
    repair = network.repair(network.bike())
    network.save("p-soudeur", repair, "regards", {"notes.a.note": "La fente avance"}, row="notes:a")
    (row,) = network.body(repair)["answers"]["notes"]
    assert row["by"] == "p-soudeur"
    network.save("p-peintre", repair, "regards", {"notes.a.note": "Tout va bien"})
    network.save("p-peintre", repair, "regards", {}, do="retirer:notes:a")
    assert network.body(repair)["answers"]["notes"] == [row]
    network.save("p-peintre", repair, "regards", {"notes.b.note": "Peinture prête"}, row="notes:b")
    assert [one["by"] for one in network.body(repair)["answers"]["notes"]] == ["p-soudeur", "p-peintre"]
    network.save("p-soudeur", repair, "regards", {}, do="retirer:notes:a")
    assert [one["by"] for one in network.body(repair)["answers"]["notes"]] == ["p-peintre"]


def test_whoever_signs_a_row_signs_with_their_name_until_it_changes(network: Network) -> None:
    network.charter(("p-soudeur", "club"))
    repair = network.repair(network.bike())
    network.save("p-soudeur", repair, "regards", {"notes.a.note": "La fente avance"}, row="notes:a")
    network.save("p-soudeur", repair, "regards", {"notes.a.signature": "signer"})
    (row,) = network.body(repair)["answers"]["notes"]
    assert row["signature"]["by"] == {"id": "p-soudeur", "label": "Mme Faure"}
    assert "Mme Faure" in words(network.read("p-coord", repair))
    network.save("p-soudeur", repair, "regards", {"notes.a.note": "La fente s'arrête"})
    shown = words(network.visitor("p-soudeur").get(f"/documents/{repair}/etapes/regards"))
    assert "Signature annulée" in shown


def test_an_alert_is_told_on_the_day_to_its_roles(network: Network) -> None:
    network.charter(("p-soudeur", "club"))
    repair = network.repair(network.bike(), avant="2026-11-24")
    assert "devait être rendue" not in words(network.read("p-coord", repair))
    network.site.clock.advance(days=2)
    assert "devait être rendue avant le 24 novembre 2026" in words(network.read("p-coord", repair))
    assert "devait être rendue" not in words(network.read("p-soudeur", repair))


def test_a_first_no_among_two_choices_is_an_answer(network: Network) -> None:
    network.charter()
    repair = network.repair(network.bike())
    network.act("p-coord", repair, "terminer")
    (trial,) = network.all("essai")
    network.save("p-chef", trial, "essai", {"tient": "non"})
    assert network.body(trial)["answers"]["tient"] is False


# --- calls between documents --------------------------------------------------------------------


def test_an_action_creates_another_form_linked_back_with_what_is_carried(network: Network) -> None:
    network.charter()
    bike = network.bike()
    repair = network.repair(bike, maison="club")
    done = network.act("p-coord", repair, "terminer")
    assert done.status == 303, words(done)
    (trial,) = network.all("essai")
    made = network.body(trial)
    assert made["links"] == {"reparation": repair}
    assert made["subject"] == bike
    assert made["answers"] == {"constat": "Cadre fendu", "maison": ["club"]}
    assert done.headers["location"].startswith(f"/documents/{trial}")


def test_an_amendment_leaves_the_frozen_original_as_it_was_until_it_replaces_it(network: Network) -> None:
    network.charter()
    repair = network.repair(network.bike())
    network.act("p-coord", repair, "terminer")
    (trial,) = network.all("essai")
    before = network.body(repair)
    network.save("p-chef", trial, "essai", {"tient": "non"})
    concluded = network.act("p-chef", trial, "conclure")
    assert concluded.status == 303, words(concluded)
    original, amendment = network.all("reparation")
    assert original == repair
    assert network.body(repair) == before, "frozen"
    copy = network.body(amendment)
    assert copy["links"] == {"avenant_de": repair}
    assert copy["answers"]["panne"] == "Cadre fendu"
    network.save("p-coord", amendment, "panne_vue", {"panne": "Cadre fendu, deux fois"})
    assert network.act("p-coord", amendment, "terminer").status == 303
    assert network.body(repair)["state"] == "remplacee"
    assert network.body(repair)["frozen"]["panne_vue"]["answers"]["panne"] == "Cadre fendu"
