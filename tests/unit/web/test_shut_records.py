"""A record that is shut is shut everywhere: page, lists, search, exports, tasks, overview, creation."""

from __future__ import annotations

import pytest
from demo_site import DemoSite, make_site
from network_site import text_of, words

from web.world import DOCUMENT

RECORD, NAME, PLACE = "pre-kone", "Koné", "t-rives"
COORDINATOR, DOCTOR, OUTSIDE = "p-astier", "p-baret", "p-ferrand"
PAGES = (
    "/fiches/pre_enfant",
    "/fiches/pre_enfant?q=kon",
    "/fiches/pre_enfant/export/csv",
    "/recherche?q=kon%C3%A9",
    "/recherche?sorte=pre_parcours",
    f"/lieux/{PLACE}",
    f"/lieux/{PLACE}/export/csv",
    "/taches",
    "/",
)


@pytest.fixture
def site() -> DemoSite:
    return make_site()


def documents(site: DemoSite) -> list[str]:
    return [RECORD, *(one.id for one in site.store.find(DOCUMENT, {"subject": RECORD}).entries)]


def test_while_the_charter_holds_it_is_listed_and_found(site: DemoSite) -> None:
    visitor = site.visitor(COORDINATOR)
    assert NAME in words(visitor.get("/fiches/pre_enfant"))
    assert NAME in words(visitor.get("/recherche?q=kon%C3%A9"))
    assert NAME.encode() in visitor.get("/fiches/pre_enfant/export/csv").body
    assert visitor.get(f"/documents/{RECORD}").status == 200


@pytest.mark.parametrize("person", [COORDINATOR, DOCTOR, "p-moulin", "p-seck"])
def test_without_one_nobody_reads_a_name_anywhere(site: DemoSite, person: str) -> None:
    site.clock.advance(days=800)
    visitor = site.visitor(person)
    for page in PAGES:
        shown = visitor.get(page)
        assert NAME not in text_of(shown) and "Issa" not in text_of(shown), page
    for id in documents(site):
        for url in (f"/documents/{id}", f"/documents/{id}?lire=1", f"/documents/{id}/historique"):
            shown = visitor.get(url)
            assert shown.status in {403, 404}, url
            assert NAME not in text_of(shown), url


def test_the_list_says_why_to_those_whom_it_would_be_open_to(site: DemoSite) -> None:
    site.clock.advance(days=800)
    told = "Aucune charte de confidentialité signée et non expirée"
    assert told in words(site.visitor(COORDINATOR).get("/fiches/pre_enfant"))
    assert told in words(site.visitor(COORDINATOR).get(f"/documents/{RECORD}"))
    assert told not in words(site.visitor(OUTSIDE).get("/fiches/pre_enfant"))


def test_nothing_is_created_that_would_be_shut(site: DemoSite) -> None:
    site.clock.advance(days=800)
    before = site.store.find(DOCUMENT, {"form": "pre_enfant"}).total
    refused = site.visitor(COORDINATOR).post("/fiches/pre_enfant/nouveau", [("place", PLACE)])
    assert "Rien n'a été créé" in words(refused).replace("’", "'")
    assert refused.status == 403
    assert site.store.find(DOCUMENT, {"form": "pre_enfant"}).total == before


def test_a_charter_that_ends_early_shuts_at_once(site: DemoSite) -> None:
    charter = next(iter(site.store.find(DOCUMENT, {"form": "pre_charte", "state": "en_vigueur"}).entries))
    sent = [("_revision", str(charter.revision))]
    assert site.visitor(COORDINATOR).post(f"/documents/{charter.id}/actions/resilier", sent).status == 303
    assert NAME not in text_of(site.visitor(COORDINATOR).get("/fiches/pre_enfant"))
    assert site.visitor(COORDINATOR).get(f"/documents/{RECORD}").status == 403
