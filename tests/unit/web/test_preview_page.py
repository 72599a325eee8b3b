"""A form tried by whoever may publish: drawn by the engine, every reason in full, nothing stored."""

from __future__ import annotations

import html
import json
import re
import shutil
from typing import Any

import pytest
from demo_site import DemoSite
from released import Released
from test_moving import bodies
from test_publishing_page import ADMINISTRATOR, LAST, NEXT, serve
from test_rehearsal_page import text

from web import keeping
from web.app import DEFINITIONS

URL = "/definitions/ppre/essai"
Pairs = list[tuple[str, str]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> DemoSite:
    world = Released(tmp_path_factory.mktemp("essai"))
    name = "ppre/scenarios/discipline-second-degre.json"
    shutil.copy(DEFINITIONS / name, world.definitions / name)
    return serve(world)


def carried(answer: Any) -> str:
    found = re.search(r'name="_porte" value="([^"]*)"', answer.body.decode())
    assert found is not None, answer.body.decode()[:2000]
    return html.unescape(found[1])


def tried(site: DemoSite, *presses: Pairs) -> Any:
    """Press on after press, each on the page that the former gave."""
    visitor = site.visitor(ADMINISTRATOR)
    answer = visitor.get(URL)
    for pairs in presses:
        answer = visitor.post(URL, [("_porte", carried(answer)), *pairs])
        assert answer.status == 200, text(answer)
    return answer


def frame(**given: str) -> Pairs:
    known = {"version": NEXT, "depart": "", "etat": "brouillon", "role": "responsable"} | given
    return [*((f"_{name}", value) for name, value in known.items()), ("_do", "cadre")]


def test_it_is_reached_from_the_forms_life_and_shows_the_working_copy(site: DemoSite) -> None:
    assert f'href="{URL}"' in site.visitor(ADMINISTRATOR).get("/definitions/ppre").body.decode()
    words = text(tried(site))
    assert f"Essai : PPRE {NEXT} (de travail)" in words
    assert "« Type du PPRE » se montre toujours. Une réponse est toujours obligatoire." in words


def test_a_published_version_is_tried_too(site: DemoSite) -> None:
    assert f"Essai : PPRE {LAST} (en vigueur)" in text(tried(site, frame(version=LAST)))
    assert f"Essai : PPRE {NEXT}" in text(site.visitor(ADMINISTRATOR).get(f"{URL}?version=9.9.9"))


def test_reasons_say_what_was_just_answered_and_nothing_is_stored(site: DemoSite) -> None:
    before = bodies(site.store), keeping.kept(site.store)
    answered = [("type_ppre", "ppre-type.remediation"), ("duree", "20"), ("_do", "voir")]
    page = tried(site, frame(), answered)
    words = text(page)
    assert "« Durée envisagée » est au plus 16 semaines, d'après « Durée maximale »." in words
    assert "+ « Durée envisagée » (20 semaines)" in words, "a calculation with what was answered"
    assert "Ce que l'étape demanderait" in words
    assert re.search(r'name="duree" value="20"', page.body.decode()), "what was written stays"
    assert (bodies(site.store), keeping.kept(site.store)) == before
    assert not [one for one in site.store.audit() if one.author == ADMINISTRATOR]


def test_answers_stay_from_step_to_step_and_explain_what_an_action_waits_for(site: DemoSite) -> None:
    answered = [("type_ppre", "ppre-type.remediation"), ("duree", "6"), ("_do", "aller:mise_en_oeuvre")]
    words = text(tried(site, frame(), answered))
    assert "Durée envisagée : la réponse manque" not in words and "Type du PPRE : la réponse" not in words
    assert "Points d'appui : rien n'est choisi." in words
    assert "« Clore le PPRE » part de l'état « Finalisé » ou « Mis en œuvre »" in words


def test_a_role_and_a_state_change_what_is_open_with_the_reason(site: DemoSite) -> None:
    family = text(tried(site, frame(role="famille")))
    assert "Ce document ne vous est pas ouvert." in family
    assert (
        "Type du PPRE Cette réponse ne vous est pas ouverte. « Type du PPRE » se montre toujours." in family
    )
    closed = text(tried(site, frame(etat="clos")))
    assert "ne peut pas être modifié ici : l'étape « Informations préliminaires » est fermée" in closed
    helper = text(tried(site, frame(role="contributeur", etat="finalise")))
    assert "« Clore le PPRE » ne vous est pas permis" in helper


def test_what_is_around_comes_from_a_scenario(site: DemoSite) -> None:
    alone = text(tried(site))
    words = text(tried(site, frame(depart="discipline-second-degre")))
    assert "parce que « Fonction » (Responsables légaux) n'est pas « Professeur »" in words
    assert "Responsables légaux) n'est pas" not in alone


def test_rows_are_added_and_removed(site: DemoSite) -> None:
    more = tried(site, frame(), [("_do", "ajouter:participants")])
    rows = set(re.findall(r'name="participants\.(\w+)\.nom"', more.body.decode()))
    name = next(iter(rows))
    given = [("participants~rows", name), (f"participants.{name}.nom", "Roy")]
    kept = tried(site, frame(), [*given, ("_do", "voir")])
    assert f'name="participants.{name}.nom" value="Roy"' in kept.body.decode()
    gone = tried(site, frame(), [*given, ("_do", f"retirer:participants:{name}")])
    assert "Roy" not in gone.body.decode()


FORGED = [
    [],
    [("_porte", "x.{}")],
    [("_porte", "a" * 64 + '.{"version":"3.0.0"}')],
    [("_porte", "é")],
]


@pytest.mark.parametrize("pairs", FORGED)
def test_what_this_site_did_not_write_is_refused(site: DemoSite, pairs: Pairs) -> None:
    answer = site.visitor(ADMINISTRATOR).post(URL, pairs)
    assert answer.status == 400 and "rechargez-la" in text(answer)


ODD: list[Pairs] = [
    frame(version="x", depart="../../x", etat="x", role="x"),
    [("_do", "aller:absent")],
    [("_do", "onglet:a:b")],
    [("_do", "ajouter:absent")],
    [("_do", "retirer:participants:absent")],
    [("_do", "autre")],
    [("absent", "x"), ("duree", "zut"), ("type_ppre", "absent"), ("participants.x.nom", "x")],
    [("date_debut", "2026-02-31"), ("_do", "voir")],
]


@pytest.mark.parametrize("pairs", ODD)
def test_whatever_is_posted_a_page_answers_and_goes_on(site: DemoSite, pairs: Pairs) -> None:
    page = tried(site, pairs, [("_do", "voir")], frame(etat="finalise"), frame(version=LAST))
    assert "Essai : PPRE" in text(page)
    assert not site.incidents()


FORMS = sorted(path.parent.name for path in DEFINITIONS.glob("*/form.json"))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_tried_in_every_state_and_step(site: DemoSite, form: str) -> None:
    visitor, url = site.visitor(ADMINISTRATOR), f"/definitions/{form}/essai"
    spec = json.loads((DEFINITIONS / form / "form.json").read_bytes())
    page = visitor.get(url)
    for state in spec["lifecycle"]["states"] if "lifecycle" in spec else []:
        page = visitor.post(url, [("_porte", carried(page)), ("_etat", state["id"]), ("_do", "cadre")])
        assert page.status == 200, text(page)
    for step in spec.get("steps", []):
        page = visitor.post(url, [("_porte", carried(page)), ("_do", f"aller:{step['id']}")])
        assert page.status == 200 and "Les actions" in text(page), text(page)
    assert not site.incidents()
