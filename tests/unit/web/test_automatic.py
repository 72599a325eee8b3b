"""A document created by itself: once, with what calls for it, named as such, and no right gained."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from demo_site import DemoSite, make_site
from filling import open_step
from network_site import words

from web import erasing, services
from web.importing import applying
from web.services import Deps
from web.services.writing import write_new
from web.world import DOCUMENT, Desk

RECORD, TEACHER = "l-mercier", "p-lambert"
MADE = "ppre_proposition"


@pytest.fixture
def site() -> DemoSite:
    return make_site()


def made(site: DemoSite, record: str = RECORD) -> list[str]:
    return [entry.id for entry in site.store.find(DOCUMENT, {"form": MADE, "subject": record}).entries]


def body(site: DemoSite, id: str) -> Any:
    stored = site.store.get(DOCUMENT, id)
    assert stored is not None
    return stored.body


def repeat(site: DemoSite, value: bool, deps: Deps | None = None) -> None:
    services.fill(deps or site.deps, TEACHER, RECORD, {"redoublement": value})


def test_a_save_creates_it_in_the_browser_once(site: DemoSite) -> None:
    visitor = site.visitor(TEACHER)
    page = open_step(visitor, RECORD, "identite")
    page.fill("redoublement", "oui")
    page.send("enregistrer")
    (id,) = made(site)
    document = body(site, id)
    assert document["state"] == "brouillon"
    assert document["subject"] == RECORD
    assert document["place"] == "e-pagnol"
    assert document["created_by"]["id"] == TEACHER
    (event,) = document["events"]
    assert event["label"] == "Création automatique : un redoublement ou un maintien est décidé"
    assert [one.note for one in site.store.history(DOCUMENT, id)] == [event["label"]]
    told = words(visitor.get(f"/documents/{id}?lire=1"))
    assert "complétez cette proposition" in told
    assert "Sophie Lambert" in told, "who is to complete it is named"
    page = open_step(visitor, RECORD, "identite")
    page.fill("classe", "PS 2")
    page.send("enregistrer")
    assert made(site) == [id]


def test_whoever_takes_care_of_it_is_told_whoever_saved(site: DemoSite) -> None:
    place = body(site, RECORD)["answers"]["etablissement"][0]["id"]
    services.fill(site.deps, "console:essai", RECORD, {"redoublement": True})
    (id,) = made(site)
    assert "complétez cette proposition" in words(site.visitor(TEACHER).get("/taches"))
    assert place == body(site, id)["place"]
    assert site.visitor("console:essai").get(f"/documents/{id}?lire=1").status != 200, "no right gained"
    assert site.visitor("p-ferrand").get(f"/documents/{id}?lire=1").status == 404, "another school"


@pytest.mark.parametrize("gone", ["abandoned", "erased"])
def test_it_is_never_created_again(site: DemoSite, gone: str) -> None:
    repeat(site, True)
    (id,) = made(site)
    if gone == "abandoned":
        stored = site.store.get(DOCUMENT, id)
        assert stored is not None
        services.act(site.deps, TEACHER, id, "abandonner", stored.revision)
    else:
        erasing.erase(site.store, erasing.with_all(site.store, [id]), "console:essai", site.clock())
    left = made(site)
    repeat(site, False)
    repeat(site, True)
    assert made(site) == left


def test_nothing_is_created_beside_what_is_there(site: DemoSite) -> None:
    services.create_document(site.deps, TEACHER, RECORD, MADE)
    repeat(site, True)
    assert len(made(site)) == 1
    assert "automatic" not in body(site, RECORD)


def test_a_record_that_is_born_so_calls_for_it_too(site: DemoSite) -> None:
    """What an import does for a line that is new."""
    deps, form = site.deps, site.deps.catalogue.start("livret")
    assert form is not None
    with deps.store.transaction(applying.OPERATOR, deps.now()) as tx:
        work = Desk(tx, deps.catalogue, deps.now(), applying.OPERATOR)
        answers = dict(body(site, RECORD)["answers"]) | {"redoublement": True}
        write_new(
            deps, tx, work, form, subject=None, place="e-pagnol", links={}, answers=answers, id="l-nouveau"
        )
    assert len(made(site, "l-nouveau")) == 1


def test_it_is_created_with_the_save_or_neither_is(site: DemoSite) -> None:
    def failing() -> str:
        raise RuntimeError("no id left")

    with pytest.raises(RuntimeError):
        repeat(site, True, dataclasses.replace(site.deps, new_id=failing))
    assert "redoublement" not in body(site, RECORD)["answers"]
    assert made(site) == []


def test_a_form_that_is_not_served_waits_and_stops_no_save(site: DemoSite) -> None:
    served = site.deps.catalogue
    without = {one: version for one, version in served.starts.items() if one != MADE}
    repeat(site, True, dataclasses.replace(site.deps, catalogue=dataclasses.replace(served, starts=without)))
    assert body(site, RECORD)["answers"]["redoublement"] is True
    assert made(site) == []
    services.fill(site.deps, TEACHER, RECORD, {"classe": "PS 2"})
    assert len(made(site)) == 1


def test_the_demonstration_holds_one(site: DemoSite) -> None:
    (id,) = made(site, "l-roux")
    assert "complétez cette proposition" in words(site.visitor("p-petitjean").get("/taches"))
    assert body(site, id)["created_by"]["id"] == "p-lambert"
