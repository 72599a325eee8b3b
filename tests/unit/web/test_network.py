"""What the language says, through HTTP: documents of a place, closed ones, drawn roles, own rows, calls."""

from __future__ import annotations

import gc
import json
from pathlib import Path

import pytest
from filling import open_step
from network_site import Network, make_network, text_of, words
from store_places import PLACES

from engine.evaluate import FormState
from storage.audit import first_broken
from storage.registry import open_store
from web import erasing, services
from web.tying import tie
from web.world import DOCUMENT, Desk


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


def test_what_a_save_read_goes_at_once(network: Network) -> None:
    """What stays in memory longer than needed is dear, and nobody's business: no collector has to find it."""

    bike = network.bike()
    page = open_step(network.visitor("p-chef"), bike, "identite")
    gc.disable()
    gc.freeze()  # what there was before is left out
    try:
        assert page.fill("marque", "Gitane").send().status == 303
        assert [one for one in gc.get_objects() if isinstance(one, Desk | FormState)] == []
    finally:
        gc.unfreeze()
        gc.enable()


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


def test_a_page_carries_nothing_of_what_its_reader_may_not_read(network: Network) -> None:
    """Neither a digest of it nor that there is one, and somebody else's writing it is told to nobody else."""
    network.charter(("p-soudeur", "club"), ("p-peintre", "mairie"))
    repair = network.repair(network.bike())
    before = open_step(network.visitor("p-coord"), repair, "regards")
    network.save("p-soudeur", repair, "regards", {"cadre_soude": "À ressouder"})
    answer = before.send("auto")
    assert "Réuni avec" not in words(answer)
    for page in (answer, network.visitor("p-coord").get(f"/documents/{repair}/etapes/regards")):
        assert page.status == 200
        assert "cadre_soude" not in text_of(page)
    assert "cadre_soude" in text_of(network.visitor("p-soudeur").get(f"/documents/{repair}/etapes/regards"))


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


def test_an_alert_offers_an_action_to_those_who_may_do_it(network: Network) -> None:
    network.charter()
    repair = network.repair(network.bike(), avant="2026-11-22")
    shown = network.read("p-coord", repair)
    assert "La terminer" in words(shown)
    assert f'href="/documents/{repair}/actions/terminer"' in text_of(shown)


def test_an_alert_offers_a_document_linked_back_only_while_it_holds(network: Network) -> None:
    network.charter(("p-soudeur", "club"))
    repair = network.repair(network.bike(), avant="2026-11-24")
    network.act("p-coord", repair, "terminer")
    url = f"/documents/{repair}/creer/reparation"
    assert "Ouvrir un avenant" not in words(network.read("p-coord", repair))
    assert network.visitor("p-coord").post(url).status == 403
    network.site.clock.advance(days=2)
    assert "Ouvrir un avenant" in words(network.read("p-coord", repair))
    assert network.visitor("p-soudeur").post(url).status == 403
    made = network.made("p-coord", url)
    assert network.body(made)["links"] == {"avenant_de": repair}
    assert network.body(made)["subject"] == network.body(repair)["subject"]


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


# --- listings, and collections in guards --------------------------------------------------------


def _tour(network: Network) -> str:
    return network.made("p-coord", "/fiches/tournee/nouveau", [("place", "r-nord")])


def test_a_listing_shows_each_reader_what_they_may_read_and_how_many_are_left_out(network: Network) -> None:
    network.charter(("p-soudeur", "club"))
    bike = network.bike()
    repair = network.repair(bike)
    network.save("p-soudeur", repair, "regards", {"cadre_soude": "À ressouder"})
    tour = _tour(network)
    for url in (f"/documents/{tour}/etapes/tour", f"/documents/{tour}?lire=1"):
        shown = words(network.visitor("p-coord").get(url))
        assert "Cadre fendu" in shown and "Lapierre" in shown and "Ouverte" in shown, url
        assert "Réservé" in shown and "À ressouder" not in shown, "a cell that the coordinator may not read"
    assert "À ressouder" in words(network.read("p-soudeur", tour))
    outside = words(network.read("p-peintre", tour))
    assert "Cadre fendu" not in outside and "Lapierre" not in outside
    assert "Un autre ne vous est pas ouvert" in outside
    assert "Ouvertes 1" in outside, "counted with the system's eyes"


def test_a_listing_is_kept_with_its_step_and_still_cut_to_its_reader(network: Network) -> None:
    network.charter(("p-soudeur", "club"))
    repair = network.repair(network.bike())
    tour = _tour(network)
    network.act("p-coord", repair, "terminer")
    assert network.act("p-coord", tour, "partir").status == 303
    network.repair(network.bike(), panne="Selle perdue")
    kept = words(network.read("p-soudeur", tour))
    assert "Cadre fendu" in kept and "Selle perdue" not in kept
    assert "Cadre fendu" not in words(network.read("p-peintre", tour))
    printed = network.visitor("p-soudeur").get(f"/documents/{tour}/sorties/feuille")
    assert printed.status == 200 and printed.body.startswith(b"%PDF")


@pytest.mark.parametrize("kind", ["memory", "tiny", "postgresql"])
def test_what_a_kept_listing_told_of_a_purged_document_is_gone(kind: str, tmp_path: Path) -> None:
    network = make_network(store=open_store(PLACES[kind](tmp_path)))
    store = network.site.store
    network.charter(("p-soudeur", "club"))
    first, second = network.repair(network.bike()), network.repair(network.bike(), panne="Selle perdue")
    tour = _tour(network)
    for one in (first, second):
        network.act("p-coord", one, "terminer")
    assert network.act("p-coord", tour, "partir").status == 303
    kept = store.history(DOCUMENT, tour)
    erasing.erase(store, erasing.with_all(store, [first]), "console:test", network.site.clock())
    assert store.get(DOCUMENT, first) is None
    assert "Cadre fendu" not in json.dumps(
        [line for line in store.dump() if line.get("id") == tour], ensure_ascii=False
    )
    assert store.history(DOCUMENT, tour) == kept
    shown = words(network.read("p-soudeur", tour))
    assert "Selle perdue" in shown and "Un autre a été effacé depuis" in shown
    assert first_broken(store.audit()) is None
    assert ("erase", tour) in {(one.action, one.id) for one in store.audit()}
    store.close()


def test_what_a_listing_shows_counts_as_consulted(network: Network) -> None:
    network.charter(("p-soudeur", "club"))
    repair = network.repair(network.bike())
    tour = _tour(network)
    before = len(network.reads(repair))
    network.read("p-soudeur", tour)
    network.read("p-peintre", tour)
    assert network.reads(repair)[before:] == ["p-soudeur"]


def test_a_guard_reads_a_collection_with_the_systems_eyes(network: Network) -> None:
    charter = network.charter()
    repair = network.repair(network.bike())
    tour = _tour(network)
    network.act("p-coord", charter, "resilier")
    assert network.read("p-coord", repair).status == 403
    refused = network.act("p-coord", tour, "partir")
    assert refused.status == 422
    assert "1 réparation(s) encore ouverte(s)" in words(refused)


def test_a_collection_follows_the_answer_that_ties_its_documents(network: Network) -> None:
    network.charter()
    repair = network.repair(network.bike())
    tour = _tour(network)
    assert "Cadre fendu" in words(network.read("p-coord", tour))
    stored = network.site.store.get("document", repair)
    assert stored is not None and stored.keys["anchor.reseau"] == "r-nord"
    body = {**stored.body, "answers": {**stored.body["answers"], "reseau": [{"id": "r-sud", "label": "Sud"}]}}
    desk = services.desk(network.site.deps, "p-sud")
    keys = desk.keys(repair, desk.evaluate(repair, body))
    with network.site.store.transaction("p-sud", network.site.clock()) as tx:
        tx.put("document", repair, body, keys, expected_revision=stored.revision)
    assert "Rien à prendre" in words(network.read("p-coord", tour))


def test_documents_older_than_a_collection_get_their_keys_at_start(network: Network) -> None:
    network.charter()
    repair = network.repair(network.bike())
    stored = network.site.store.get("document", repair)
    assert stored is not None
    with network.site.store.transaction("p-coord", network.site.clock()) as tx:
        tx.rekey("document", repair, {key: one for key, one in stored.keys.items() if key != "anchor.reseau"})
    tour = _tour(network)
    assert "Rien à prendre" in words(network.read("p-coord", tour))
    assert tie(network.site.deps) > 0
    assert "Cadre fendu" in words(network.read("p-coord", tour))
    assert tie(network.site.deps) == 0


# --- suggestions --------------------------------------------------------------------------------


def test_what_is_ticked_suggests_ticks_elsewhere_and_one_gesture_takes_them(network: Network) -> None:
    network.charter()
    repair = network.repair(network.bike())
    url = f"/documents/{repair}/etapes/panne_vue"
    assert "D’après les signes" not in words(network.visitor("p-coord").get(url))
    network.save("p-coord", repair, "panne_vue", {"signes": "fente"})
    assert "outils" not in network.body(repair)["answers"], "a suggestion ticks nothing by itself"
    page = network.visitor("p-coord").get(url)
    assert "Poste à souder Cocher" in words(page) and "Pot de peinture Cocher" in words(page)
    assert 'name="outils" value="+o.poste,o.peinture"' in text_of(page)
    network.save("p-coord", repair, "panne_vue", {"outils": "+o.poste"})
    assert network.body(repair)["answers"]["outils"] == ["o.poste"], "though its tab is not on screen"
    left = words(network.visitor("p-coord").get(url))
    assert "Pot de peinture Cocher" in left and "Poste à souder Cocher" not in left
    network.save("p-coord", repair, "panne_vue", {"outils": "+o.peinture,o.inconnu"})
    assert network.body(repair)["answers"]["outils"] == ["o.poste", "o.peinture"]
    assert "D’après les signes" not in words(network.visitor("p-coord").get(url))


def test_the_script_gets_the_suggestions_as_soon_as_a_sign_is_ticked(network: Network) -> None:
    network.charter()
    repair = network.repair(network.bike())
    page = open_step(network.visitor("p-coord"), repair, "panne_vue").fill("signes", "rouille")
    answer = page.visitor.post(
        page.action, [*[one for one in page.pairs if one[0] != "_csrf"], ("_do", "auto")], hx_request="true"
    )
    assert answer.status == 200
    assert "Pot de peinture" in text_of(answer)


# --- counts without names -----------------------------------------------------------------------


def test_a_tally_shows_no_small_number_and_keeps_what_it_showed(network: Network) -> None:
    network.charter(("p-soudeur", "club"))
    bike = network.bike()
    for house in ("club",) * 3:
        network.repair(bike, maison=house)
    year = network.made("p-coord", "/fiches/annee/nouveau", [("place", "r-nord")])
    first = words(network.read("p-coord", year))
    assert "Total Moins de 5 : aucun nombre n’est montré" in first.replace("\u202f", " ").replace("\xa0", " ")
    for house in ("mairie",) * 6 + ("lycee",) * 7 + ("club",):
        network.repair(bike, maison=house)
    shown = words(network.visitor("p-coord").get(f"/documents/{year}/etapes/comptes"))
    assert "Total 17" in shown and "Lycee 7" in shown and "Non renseigné 10" in shown
    assert "Réservé" not in shown
    assert "Club 4" not in shown and "Mairie 6" not in shown, "six would give four away"
    assert network.act("p-coord", year, "arreter").status == 303
    network.repair(bike, maison="lycee")
    kept = words(network.read("p-soudeur", year))
    assert "Total 17" in kept and "Lycee 7" in kept
    assert '": 4' not in str(network.body(year)["frozen"]) and "'4'" not in str(network.body(year)["frozen"])
