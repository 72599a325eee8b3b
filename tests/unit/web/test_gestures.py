"""A document duplicated, a record handed over: what goes on, what doesn't, and who may."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from demo_site import DemoSite, make_site

from storage.base import AnyOf
from web import services
from web.failures import NotFound, Refused
from web.once import Once
from web.services import Deps

CHEF, TEACHER, COLLEAGUE, NEXT, OTHER = (
    "p-tournier",
    "p-ferrand",
    "p-benali",
    "p-nguyen",
    "p-marchand",
)


@pytest.fixture
def site() -> DemoSite:
    return make_site()


def body(site: DemoSite, id: str) -> dict[str, Any]:
    stored = site.store.get("document", id)
    assert stored is not None
    return stored.body


def statuses(site: DemoSite, who: str, *ids: str) -> list[int]:
    return [site.visitor(who).get(f"/documents/{id}?lire=1").status for id in ids]


def source(site: DemoSite, **answers: Any) -> str:
    """A draft with answers of every sort that a copy must sort out."""
    id = services.create_document(site.deps, TEACHER, "l-garnier", "ppre")
    given = {
        "type_ppre": ["ppre-type.remediation"],
        "date_debut": "2026-11-02",
        "participants": [{"row": "a", "nom": "Petit", "prenom": "Ana", "fonction": ["fonction.eleve"]}],
        "points_appui": ["pa.methodes-outils"],
        "personnes": ["mobilise.rased"],
        "visa_direction": True,
        "accord": {"reponse": ["accord.oui"], "personne": "Mme Garnier", "date": "2026-11-02"},
    }
    services.fill(site.deps, TEACHER, id, given | answers)
    return id


def test_a_copy_is_a_draft_with_the_answers_that_go_on(site: DemoSite) -> None:
    first = source(site)
    copy = body(site, services.duplicate(site.deps, TEACHER, first))
    assert copy["state"] == "brouillon" and copy["subject"] == "l-garnier"
    assert copy["created_by"]["id"] == TEACHER and len(copy["events"]) == 1
    assert {"participants", "points_appui", "type_ppre"} <= set(copy["answers"])
    assert not {"date_debut", "visa_direction", "accord"} & set(copy["answers"])
    assert "type_ppre" in copy["asked"] and copy["frozen"] == {}
    assert body(site, first)["answers"]["date_debut"] == "2026-11-02"


def test_a_closed_document_of_an_old_version_begins_one_of_today(site: DemoSite) -> None:
    olds = [
        one.id
        for one in site.store.find(
            "document", {"form": "ppre", "phase": AnyOf(["running", "closed"])}
        ).entries
        if one.keys["place"] == "e-cesaire"
        and one.keys["version"] != site.deps.catalogue.start("ppre").version  # type: ignore[union-attr]
    ]
    assert olds
    for id in olds:
        new = body(site, services.duplicate(site.deps, CHEF, id))
        start = site.deps.catalogue.start("ppre")
        assert start is not None and new["version"] == start.version
        assert set(new["answers"]) <= set(start.skeleton.named)


def test_the_same_press_counts_once(site: DemoSite) -> None:
    deps: Deps = dataclasses.replace(site.deps, once=Once("form-1", "sent"))
    first = source(site)
    ids = {services.duplicate(deps, TEACHER, first) for _ in range(3)}
    assert len(ids) == 1


@pytest.mark.parametrize("who", ["p-rossi", "p-morel"])
def test_who_may_not_create_may_not_duplicate(site: DemoSite, who: str) -> None:
    before = site.store.find("document", {}).total
    with pytest.raises(Refused):
        services.duplicate(site.deps, who, "d-morel-1")
    assert site.store.find("document", {}).total == before


def test_what_one_may_not_see_is_not_duplicated(site: DemoSite) -> None:
    with pytest.raises(NotFound):
        services.duplicate(site.deps, OTHER, "d-morel-1")


# --- handing over -------------------------------------------------------------------------------


def hand(site: DemoSite, who: str, to: str, *ids: str) -> services.Handed:
    return services.hand_over(site.deps, who, "livret", "responsable", ids, to)


def test_the_former_loses_what_the_role_gave_and_the_next_has_it(site: DemoSite) -> None:
    drafts = [one.id for one in site.store.find("document", {"subject": "l-morel"}).entries]
    assert statuses(site, TEACHER, "l-morel") == [200] and statuses(site, NEXT, "l-morel") == [404]
    assert hand(site, CHEF, NEXT, "l-morel").count == 1
    assert set(statuses(site, TEACHER, "l-morel", *drafts)) == {404}
    assert set(statuses(site, NEXT, "l-morel", *drafts)) == {200}
    for id in drafts:
        stored = site.store.get("document", id)
        assert stored is not None and f"person:{TEACHER}" not in stored.keys["reach"]  # type: ignore[operator]
    (line, *_) = site.store.history("document", "l-morel")
    assert (line.author, line.note) == (CHEF, "Transmis à Linh Nguyen")


def test_a_class_moves_on_and_the_gesture_is_undone(site: DemoSite) -> None:
    before = {id: body(site, id)["answers"]["responsable"] for id in ("l-morel", "l-garnier")}
    handed = hand(site, CHEF, COLLEAGUE, *before)
    assert handed.count == 2
    assert hand(site, CHEF, COLLEAGUE, *before).count == 0
    with pytest.raises(NotFound):
        services.undo_handover(site.deps, TEACHER, handed.id)
    assert services.undo_handover(site.deps, CHEF, handed.id) == 2
    assert {id: body(site, id)["answers"]["responsable"] for id in before} == before
    with pytest.raises(Refused):
        services.undo_handover(site.deps, CHEF, handed.id)


def test_undoing_leaves_what_has_changed_since(site: DemoSite) -> None:
    handed = hand(site, CHEF, COLLEAGUE, "l-morel", "l-garnier")
    hand(site, CHEF, "p-rossi", "l-morel")
    assert services.undo_handover(site.deps, CHEF, handed.id) == 1
    assert body(site, "l-morel")["answers"]["responsable"][0]["id"] == "p-rossi"


def test_one_who_hands_over_their_own_sees_it_done_and_takes_it_back_within_a_day(site: DemoSite) -> None:
    before = body(site, "l-morel")["answers"]["responsable"]
    visitor = site.visitor(TEACHER)
    pairs = [("fiche", "l-morel"), ("vers", COLLEAGUE)]
    answer = visitor.post("/fiches/livret/transmettre", pairs)
    assert answer.status == 303
    page = visitor.get(answer.headers["location"])
    assert page.status == 200 and "Morel" not in page.body.decode()
    assert "/annuler" in page.body.decode()
    assert site.visitor(OTHER).get(answer.headers["location"]).status == 404
    gesture = answer.headers["location"].rpartition("/")[2]
    late = dataclasses.replace(site.deps, now=lambda: site.deps.now() + timedelta(hours=25))
    with pytest.raises(Refused):
        services.undo_handover(late, TEACHER, gesture)
    assert visitor.post(f"{answer.headers['location']}/annuler", []).status == 303
    assert body(site, "l-morel")["answers"]["responsable"] == before
    assert statuses(site, TEACHER, "l-morel") == [200]


def test_what_was_given_away_by_another_is_not_taken_back(site: DemoSite) -> None:
    handed = hand(site, CHEF, COLLEAGUE, "l-morel")
    with pytest.raises(NotFound):
        services.undo_handover(site.deps, TEACHER, handed.id)


def test_what_has_changed_since_is_not_taken_back(site: DemoSite) -> None:
    handed = hand(site, TEACHER, COLLEAGUE, "l-morel")
    hand(site, CHEF, "p-rossi", "l-morel")
    with pytest.raises(Refused):
        services.undo_handover(site.deps, TEACHER, handed.id)


@pytest.mark.parametrize("to", [OTHER, "absent", ""])
def test_nobody_of_elsewhere_is_put_in(site: DemoSite, to: str) -> None:
    before = body(site, "l-morel"), body(site, "l-garnier")
    with pytest.raises(Refused, match="Rien n'a été changé"):
        hand(site, CHEF, to, "l-morel", "l-garnier")
    assert (body(site, "l-morel"), body(site, "l-garnier")) == before


def test_all_or_none(site: DemoSite) -> None:
    before = body(site, "l-morel")
    with pytest.raises(NotFound):
        hand(site, CHEF, COLLEAGUE, "l-morel", "l-martin")
    assert body(site, "l-morel") == before
    with pytest.raises(NotFound):
        services.hand_over(site.deps, CHEF, "livret", "nom", ["l-morel"], COLLEAGUE)
    with pytest.raises(Refused):
        hand(site, CHEF, COLLEAGUE)


# --- documents of several people on one ---------------------------------------------------------


def test_a_second_draft_begins_where_the_link_takes_several(site: DemoSite) -> None:
    page = site.visitor("p-rossi").get("/documents/d-6b-projet?lire=1").body.decode()
    assert "/documents/d-6b-projet/creer/ap_bilan" in page, "Hugo's draft doesn't keep Lina's from being made"
    made = services.create_document(site.deps, "p-rossi", "d-6b-projet", "ap_bilan")
    assert body(site, made)["links"] == {"projet": "d-6b-projet"}


def test_a_family_reads_what_is_communicated_about_its_child_and_nothing_else(site: DemoSite) -> None:
    family = site.visitor("p-morel")
    shown = family.get("/documents/d-6b-bilan-1")
    assert shown.status == 200 and "Neuf séances de méthode" in shown.body.decode()
    assert family.get("/documents/d-6b-bilan-1/sorties/document").status == 200
    assert "d-6b-bilan-1" in family.get("/recherche?sorte=ap_bilan").body.decode()
    assert statuses(site, "p-morel", "d-6b-bilan-2", "d-6b-projet", "d-6b-point", "g-6b") == [404] * 4
    assert "/etapes/" not in shown.body.decode()


@pytest.mark.parametrize(("document", "told"), [("d-garnier-1", True), ("d-morel-1", False)])
def test_what_follows_a_document_is_not_told_once_it_is_over(
    site: DemoSite, document: str, told: bool
) -> None:
    shown = site.visitor(TEACHER).get(f"/documents/{document}?lire=1").body.decode()
    assert ("Le PPRE est finalisé" in shown.replace("\u202f", " ").replace("\xa0", " ")) == told


def test_a_row_that_is_picked_says_its_own_words(site: DemoSite) -> None:
    made = services.create_document(site.deps, TEACHER, "l-garnier", "fiche_competences")
    rows = [
        {"row": "a", "by": TEACHER, "intitule": "Tenir son agenda"},
        {"row": "b", "by": TEACHER, "intitule": "é" * 200},
    ]
    services.fill(site.deps, TEACHER, made, {"competences": rows})
    shown = site.visitor(TEACHER).get(f"/documents/{made}/etapes/synthese").body.decode()
    plain = shown.replace("\u202f", " ").replace("\xa0", " ")
    assert "Compétence n° 1 : Tenir son agenda" in plain
    assert f"Compétence n° 2 : {'é' * 79}…" in plain
