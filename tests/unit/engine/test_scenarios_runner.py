"""The runner of scenarios: it plays with the real engine, and it can fail, with a message that helps.

The world and the tables of cases are data: `tests/unit/cases/scenarios/`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from engine.context import User
from engine.faults import FaultyDefinition
from engine.lifecycle import start
from engine.model import Quantity
from engine.reading import validate
from engine.scenarios import Scenario, run
from engine.scenarios.expecting import EXPECTATIONS
from engine.scenarios.model import Expect
from engine.scenarios.stage import closed_steps, set_stage
from tests.unit.worlds import World, form_of, make_world

CASES = Path(__file__).parents[1] / "cases" / "scenarios"


def load(name: str) -> Any:
    """One table of cases."""
    return json.loads((CASES / f"{name}.json").read_text("utf-8"))


WORLD = load("world")  # a record, a document about it, a review of that document; scenarios to start from
BASE, LINKED = WORLD["base"], WORLD["linked"]
VISITOR = {"person": "p-deux", "roles": ["visiteur"]}
PLACES = {
    "l-un": {"kind": "lieu", "attributes": {"degre": 1}},
    "l-deux": {"kind": "lieu", "attributes": {"degre": 2}},
}
SEES = {"expect": {"state": "ouvert"}}


@cache
def world() -> World:
    """The forms of the cases, compiled."""
    made = make_world(WORLD["forms"])
    assert not made.faults, "\n".join(map(str, made.faults))
    return made


def play(base: Mapping[str, Any] = BASE, **given: Any) -> list[str]:
    """Play a scenario made of a base; gives its failures."""
    data = copy.deepcopy({**base, **given})
    return [str(one) for one in run(validate(data, "essai.json", Scenario), world().forms)]


# --- shape and names ----------------------------------------------------------------------------


def test_every_expectation_has_its_entry() -> None:
    assert list(EXPECTATIONS) == list(Expect.model_fields)


@pytest.mark.parametrize("case", load("shape"), ids=lambda case: str(case["said"]))
def test_a_shape_fault_has_a_json_path(case: dict[str, Any]) -> None:
    with pytest.raises(FaultyDefinition) as caught:
        validate({**BASE, **case["given"]}, "essai.json", Scenario)
    found = [str(fault) for fault in caught.value.faults]
    assert any(case["said"] in one for one in found), found


@pytest.mark.parametrize("case", load("names"), ids=lambda case: str(case["said"]))
def test_what_does_not_exist_is_a_failure(case: dict[str, Any]) -> None:
    found = play(**{**SEES, **case["given"]})
    assert any(case["said"] in one for one in found), found


def test_every_misspelt_name_is_said_at_once() -> None:
    found = play(answers={"a": 1, "b": 2}, state="c", expect={"visible": ["d"], "state": "e"})
    assert len(found) == 5


def test_a_name_of_another_version_says_which_and_the_remedy() -> None:
    forms = [form_of(one, name) for name, one in WORLD["forms"].items()]
    old = form_of(WORLD["forms"]["dossier"], "dossier")
    new = copy.deepcopy(old) | {"version": "2.0.0"}
    old["steps"][0]["items"].append({"id": "parti", "type": "text", "label": "Parti"})
    new["steps"][0]["items"].append({"id": "venu", "type": "text", "label": "Venu"})
    made = make_world([*(one for one in forms if one["form"] != "dossier"), old, new])
    assert not made.faults
    for version, name, when, key in (
        ("2.0.0", "parti", "retiré après la version 1.0.0", '"until": "1.0.0"'),
        ("1.0.0", "venu", "ajouté à la version 2.0.0", '"since": "2.0.0"'),
    ):
        raw = {**BASE, "version": version, "answers": {**BASE.get("answers", {}), name: "x"}, **SEES}
        found = [str(one) for one in run(validate(raw, "essai.json", Scenario), made.forms)]
        (said,) = [one for one in found if name in one]
        assert said.startswith(f"$.answers.{name} : attendu un champ de « dossier » {version}")
        assert when in said and f"Écrivez « {key} »" in said and "ôtez-le d'ici" in said


def test_a_link_is_of_its_form_and_versions() -> None:
    other = {"dossier": {"form": "fiche", "state": "ouvert"}}
    found = play(LINKED, links=other, **SEES)
    assert any("$.links.dossier.form : attendu « dossier »" in one for one in found)
    forms = [form_of(one, name) for name, one in WORLD["forms"].items()]
    forms.append({**form_of(WORLD["forms"]["dossier"], "dossier"), "version": "2.0.0"})
    forms[2]["links"] = {"dossier": {**forms[2]["links"]["dossier"], "versions": ["1"]}}
    made = make_world(forms)
    assert not made.faults
    found = [str(one) for one in run(validate({**LINKED, **SEES}, "essai.json", Scenario), made.forms)]
    said = "une version majeure que ce lien accepte (1) ; obtenu « 2.0.0 »"
    assert found == [f"$.links.dossier.version : attendu {said}"]


# --- every kind of expectation holds, and fails -------------------------------------------------


@pytest.mark.parametrize("case", [case for case in load("kinds") if "holds" in case], ids=json.dumps)
def test_an_expectation_that_holds(case: dict[str, Any]) -> None:
    assert play(**case.get("given", {}), expect={case["kind"]: case["holds"]}) == []


@pytest.mark.parametrize("case", [case for case in load("kinds") if "said" in case], ids=json.dumps)
def test_an_expectation_that_does_not(case: dict[str, Any]) -> None:
    found = play(**case.get("given", {}), expect={case["kind"]: case["fails"]})
    assert any(case["said"] in one for one in found), found
    assert all(one.startswith(f"$.expect.{case['kind']}") for one in found), found


def test_every_kind_is_tried_both_ways() -> None:
    elsewhere = {"ignored", "links"}  # something must happen first: below
    for way in ("holds", "said"):
        assert {case["kind"] for case in load("kinds") if way in case} | elsewhere == set(EXPECTATIONS)


# --- the stage ----------------------------------------------------------------------------------


def test_constants_replace_settings_of_the_form_only_there() -> None:
    over = {"at": "duree", "code": "max"}
    assert play(constants={"plafond": {"n": 14, "unit": "days"}}, expect={"problems": [over]}) == []
    assert play(constants={"plafond": 2}, expect={"problems": [over], "values": {"plafond": 2}}) == []
    assert play(expect={"problems": [], "values": {"plafond": 5}}) == []
    assert world().form("dossier").form.values["plafond"].value == Quantity(n=5, unit="weeks")


def test_places_give_their_attributes() -> None:
    where = [{"id": "l-un", "label": "Un"}]
    subject = {**BASE["subject"], "endroit": where}
    values = {"values": {"subject.endroit.degre": 1}}
    assert play(places=PLACES, subject=subject, expect=values) == []
    assert play(subject=subject, expect={"values": {"subject.endroit.degre": None}}) == []


def test_a_collection_holds_the_given_documents() -> None:
    other = {"form": "dossier", "state": "ouvert", "answers": {}}
    assert play(collections={"autres": [other, other]}, expect={"values": {"autres": 2}}) == []
    assert play(expect={"values": {"autres": 0}}) == []


def test_a_given_state_has_its_closed_steps_frozen_on_their_day() -> None:
    dates = {"created_on": "2026-09-01", "frozen_on": "2026-09-08"}
    values = {"jour": "2026-09-08", "document.frozen_on": "2026-09-08", "document.created_on": "2026-09-01"}
    expect = {"values": values, "frozen": ["jour"], "problems": []}
    assert play(state="ferme", document=dates, expect=expect) == []
    values = {"jour": "2026-10-05", "document.frozen_on": "2026-10-05"}
    assert play(state="ferme", expect={"values": values}) == []
    assert play(expect={"values": {"document.frozen_on": None}}) == []


def test_closed_steps_are_those_that_were_open_on_the_way() -> None:
    form = world().form("dossier")
    assert closed_steps(form, "ouvert") == frozenset()
    assert closed_steps(form, "ferme") == {"debut", "suite"}
    assert closed_steps(form, "clos") == {"debut", "suite", "apres"}


def test_rows_that_follow_others_must_follow_something() -> None:
    found = play(LINKED, answers={"reprises": [{"row": "z", "fait": True}]}, **SEES)
    assert found == ["$.answers.reprises[0] : attendu une ligne de « dossier.lignes » (a) ; obtenu « z »"]
    found = play(LINKED, answers={"choisies": ["z"]}, **SEES)
    assert found == ['$.answers.choisies : attendu des lignes qui existent, à « choisies » ; obtenu ["z"]']
    answers = {"reprises": [{"row": "a", "fait": True}], "choisies": ["a"]}
    expect = {"values": {"reprises[a].fait": True, "choisies": ["a"]}}
    assert play(LINKED, answers=answers, expect=expect) == []


# --- changes ------------------------------------------------------------------------------------


def change(what: dict[str, Any], expect: dict[str, Any] | None = None, **given: Any) -> list[str]:
    """Play one change."""
    moment = {"change": what} if expect is None else {"change": what, "expect": expect}
    return play(**{**SEES, **given}, then=[moment])


@pytest.mark.parametrize("case", load("changes"), ids=json.dumps)
def test_a_change_is_posted_and_stored(case: dict[str, Any]) -> None:
    assert change(case["change"], {"values": case["values"]}) == []


def test_a_change_replaces_a_group_and_rows_whole() -> None:
    rows = [{"row": "a", "nom": "Ana"}, {"row": "b", "poids": 1}]
    answers = {"lignes": rows, "bloc": {"oui": ["oui"], "par": "Ana"}}
    what = {"lignes": [{"row": "b", "nom": "Bo"}], "bloc": {"oui": ["oui"]}}
    assert change(what, {"values": what}, answers=answers) == []


def test_rows_that_follow_others_are_changed_in_place() -> None:
    done, emptied = [{"row": "a", "fait": True}], None
    moments = [
        {"change": {"reprises": done}, "expect": {"values": {"reprises[a].fait": True}}},
        {"change": {"reprises": emptied}, "expect": {"values": {"reprises[a].fait": None}}},
    ]
    assert play(LINKED, then=moments, **SEES) == []


def test_a_person_is_chosen_as_the_field_allows() -> None:
    un, deux = [{"id": "l-un", "label": "Un"}], [{"id": "l-deux", "label": "Deux"}]
    assert change({"hote": un}, {"values": {"hote": un}}, places=PLACES) == []
    (found,) = change({"hote": deux}, places=PLACES)
    said = "attendu un changement enregistré de « hote » ; obtenu Hôte : ce choix n'est pas proposé ici"
    assert found.startswith(f"$.then[0].change.hote : {said}")
    assert change({"hote": deux}, {"ignored": ["hote"], "values": {"hote": None}}, places=PLACES) == []


@pytest.mark.parametrize("case", load("unkept"), ids=lambda case: str(case["said"]))
def test_a_change_that_is_not_stored_is_a_failure_unless_expected(case: dict[str, Any]) -> None:
    given, what = case.get("given", {}), case["change"]
    found = play(**given, then=[{"change": what, "expect": {"state": given.get("state", "ouvert")}}])
    assert any(case["said"] in one for one in found), found
    assert play(**given, then=[{"change": what, "expect": {"ignored": list(what)}}]) == []


def test_an_ignored_change_must_be_one() -> None:
    found = change({"titre": "Autre"}, {"ignored": ["titre"]})
    said = "un changement de « titre » qui n'est pas enregistré ; obtenu enregistré, ou non demandé"
    assert found == [f"$.then[0].expect.ignored[0] : attendu {said}"]
    assert len(change({"titre": "Autre"}, {"ignored": ["duree"]})) == 1


def test_saying_again_what_is_stored_is_no_failure() -> None:
    moment = {"change": {"titre": "Un titre", "duree": 3}, "expect": {"values": {"duree": 3}}}
    assert play(state="ferme", then=[moment]) == []


# --- days, people, actions ----------------------------------------------------------------------


def test_days_and_people_follow_one_another() -> None:
    sixth = {"values": {"jour": "2026-10-06"}}
    moments = [
        {"today": "2026-10-06", "expect": sixth},
        {"user": VISITOR, "expect": {"unreadable": ["titre"]}},
        {"expect": {**sixth, "unreadable": ["titre"]}},
        {"user": BASE["user"], "do": "fermer", "expect": {"state": "ferme", "frozen": ["jour"]}},
        {"today": "2026-10-09", "user": VISITOR, "expect": {**sixth, "readable": ["titre"]}},
    ]
    assert play(then=moments) == []


def test_an_action_merges_what_is_bound_into_the_record() -> None:
    moments = [
        {"change": {"tags": ["eu.fr.lyon", "an"]}, "expect": {"subject": {"tags": ["eu.fr.lyon"]}}},
        {"do": "fermer", "expect": {"subject": {"tags": ["eu.fr.lyon", "an"], "nom": "Roy"}}},
    ]
    assert play(then=moments) == []


@pytest.mark.parametrize("case", load("refused"), ids=lambda case: str(case["said"]))
def test_an_action_that_cannot_happen_ends_the_scenario(case: dict[str, Any]) -> None:
    moments = [{"do": "fermer", "expect": {"state": "clos"}}, {"expect": {"state": "clos"}}]
    (found,) = play(**case["given"], then=moments)
    assert found.startswith(case["said"])


def finish(created: list[dict[str, Any]], links: dict[str, str], **given: Any) -> list[str]:
    """Play the action that acts on a link and creates."""
    return play(LINKED, **given, then=[{"do": "finir", "expect": {"created": created, "links": links}}])


def test_effects_act_on_links_and_create() -> None:
    answers = {"titre": "Second", "lignes": [{"nom": "Ana"}], "duree": 2}
    created = {"form": "dossier", "version": "1.0.0", "state": "ouvert", "answers": answers}
    assert finish([{**created, "unanswered": ["avis", "bloc.oui"]}], {"dossier": "clos"}) == []


@pytest.mark.parametrize("case", load("effects"), ids=lambda case: str(case["said"]))
def test_wrong_effects_are_said(case: dict[str, Any]) -> None:
    found = finish(case["created"], case["links"])
    assert any(case["said"] in one for one in found), found


def test_a_linked_document_may_refuse_and_then_nothing_is_written() -> None:
    links = copy.deepcopy(LINKED["links"])
    del links["dossier"]["answers"]["avis"]
    moments = [{"do": "finir", "expect": {"state": "fini"}}]
    (found,) = play(LINKED, links=links, then=moments, **SEES)
    assert found == "$.then[0].do : attendu l'action « finir » ; obtenu Sans avis."
    stage = set_stage(validate({**LINKED, "links": links, **SEES}, "essai.json", Scenario), world().forms)
    before = copy.deepcopy(stage.bodies)
    assert stage.do("finir") == "Sans avis."
    assert stage.bodies == before
    links["dossier"] |= {"state": "clos"}
    (found,) = play(LINKED, links=links, then=moments, **SEES)
    assert "« Clore » n'est plus possible : le document lié est « Clos »." in found


# --- what a version that starts lacks -----------------------------------------------------------


def test_a_new_document_holds_only_what_its_form_has_fields_for() -> None:
    rows = [{"row": "a", "nom": "y", "neuf": 1}]
    body = start(
        world().form("dossier"),
        subject=None,
        place=None,
        links={},
        answers={"titre": "x", "neuf": 1, "calcul": 2, "lignes": rows, "bloc": {"neuf": 1}},
        actor=User("p-un", "Un"),
        now=datetime(2026, 10, 5, tzinfo=UTC),
        asked=("titre", "neuf"),
    )
    assert body["answers"] == {"titre": "x", "lignes": [{"row": "a", "nom": "y"}], "bloc": {}}
    assert body["asked"] == ["titre"]
