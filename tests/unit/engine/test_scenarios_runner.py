"""The runner of scenarios: it plays with the real engine, and it can fail, with a message that helps."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
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
from engine.scenarios.stage import closed_steps
from tests.unit.worlds import World, form_of, make_world

FICHE: dict[str, Any] = {
    "nature": "record",
    "place": "endroit",
    "items": [
        {"id": "nom", "type": "text", "label": "Nom"},
        {"id": "endroit", "type": "reference", "to": "lieu", "label": "Endroit", "required": True},
        {"id": "tags", "type": "checklist", "list": "monde", "label": "Tags", "shared": True},
    ],
    "access": {"rights": [{"who": ["gardien"], "may": ["read", "write"]}]},
}
DOSSIER: dict[str, Any] = {
    "subject": "fiche",
    "values": {
        "plafond": {"label": "Plafond", "value": {"n": 5, "unit": "weeks"}},
        "prudent": {"label": "Prudent", "value": False},
        "lignes_pleines": {"label": "Lignes", "value": {"count": "lignes"}},
    },
    "collections": {
        "autres": {"label": "Autres", "forms": ["dossier"], "about": "subject", "phases": ["draft"]}
    },
    "steps": [
        {
            "id": "debut",
            "title": "Début",
            "gate": True,
            "items": [
                {"id": "titre", "type": "text", "label": "Titre", "required": True, "max": 12},
                {
                    "id": "duree",
                    "type": "number",
                    "label": "Durée",
                    "unit": "weeks",
                    "min": 1,
                    "max": {"ref": "plafond"},
                },
                {
                    "id": "teinte",
                    "type": "choice",
                    "list": "couleurs",
                    "label": "Teinte",
                    "filter": {"not": {"ref": ".sens", "op": "is", "value": "non"}},
                    "details": {"label": "Laquelle"},
                },
                {
                    "id": "pourquoi",
                    "type": "text",
                    "label": "Pourquoi",
                    "when": {"ref": "teinte", "op": "is", "value": "rouge"},
                },
                {
                    "id": "calcul",
                    "type": "computed",
                    "label": "Calcul",
                    "value": {"add": [{"ref": "duree"}, {"ref": "duree"}]},
                },
            ],
        },
        {
            "id": "suite",
            "title": "Suite",
            "items": [
                {
                    "id": "lignes",
                    "type": "rows",
                    "label": "Lignes",
                    "row_label": "Ligne n°{n}",
                    "items": [
                        {"id": "nom", "type": "text", "label": "Nom n°{n}", "required": True},
                        {"id": "poids", "type": "number", "label": "Poids"},
                    ],
                },
                {
                    "id": "bloc",
                    "type": "group",
                    "label": "Bloc",
                    "items": [
                        {"id": "oui", "type": "choice", "list": "sens", "label": "Oui ?"},
                        {
                            "id": "par",
                            "type": "text",
                            "label": "Par",
                            "when": {"ref": ".oui", "op": "is", "value": "oui"},
                        },
                    ],
                },
                {
                    "id": "voyage",
                    "type": "cascade",
                    "list": "monde",
                    "label": "Voyage",
                    "levels": [
                        {"id": "continent", "max": 2},
                        {"id": "pays", "many": True},
                        {"id": "ville", "many": True},
                    ],
                    "details": {"label": "Où"},
                },
                {
                    "id": "hote",
                    "type": "reference",
                    "to": "lieu",
                    "label": "Hôte",
                    "filter": {"ref": ".degre", "op": "is", "value": 1},
                },
                {"id": "tags", "type": "bound", "to": "subject.tags", "label": "Tags"},
                {"id": "accepte", "type": "boolean", "label": "Accepté", "display": "checkbox"},
                {"id": "jour", "type": "date", "label": "Jour", "default": {"ref": "today"}},
                {"id": "secret", "type": "text", "label": "Secret", "readers": ["gardien"]},
            ],
        },
        {
            "id": "apres",
            "title": "Après",
            "apart": True,
            "items": [{"id": "avis", "type": "text", "label": "Avis", "renew": "clear"}],
        },
    ],
    "problems": [
        {
            "id": "vif",
            "level": "warning",
            "on": ["teinte"],
            "when": {"ref": "teinte", "op": "is", "value": "rouge"},
            "message": "C'est vif.",
        },
        {
            "id": "court",
            "level": "info",
            "on": ["duree"],
            "when": {"ref": "duree", "op": "is", "value": 1},
            "message": "Court.",
        },
    ],
    "lifecycle": {
        "states": [
            {"id": "ouvert", "label": "Ouvert", "phase": "draft", "open": ["debut", "suite", "apres"]},
            {"id": "ferme", "label": "Fermé", "phase": "running", "open": ["apres"]},
            {"id": "clos", "label": "Clos", "phase": "closed"},
        ],
        "actions": [
            {
                "id": "fermer",
                "label": "Fermer",
                "from": ["ouvert"],
                "to": "ferme",
                "refused": [
                    {
                        "id": "imprudent",
                        "when": {
                            "all": [
                                {"ref": "prudent", "op": "is", "value": True},
                                {"ref": "duree", "op": "gt", "value": 2},
                            ]
                        },
                        "message": "Deux semaines au plus.",
                    }
                ],
            },
            {
                "id": "clore",
                "label": "Clore",
                "from": ["ferme"],
                "to": "clos",
                "needs": [],
                "refused": [
                    {
                        "id": "sans_avis",
                        "when": {"not": {"ref": "avis", "op": "answered"}},
                        "message": "Sans avis.",
                    }
                ],
                "called_by": ["revue.finir"],
            },
        ],
    },
    "access": {
        "rights": [
            {"who": ["gardien"], "may": ["create", "read", "write", "fermer"]},
            {"who": ["visiteur"], "may": ["read"], "in": ["ferme", "clos"]},
        ]
    },
}
REVUE: dict[str, Any] = {
    "subject": "fiche",
    "links": {"dossier": {"label": "Dossier", "form": "dossier", "states": ["ferme"], "required": True}},
    "items": [
        {"id": "note", "type": "text", "label": "Note"},
        {
            "id": "reprises",
            "type": "rows",
            "over": "dossier.lignes",
            "label": "Reprises",
            "items": [{"id": "fait", "type": "boolean", "label": "Fait"}],
        },
        {"id": "choisies", "type": "choice", "from_rows": "reprises", "many": True, "label": "Choisies"},
    ],
    "lifecycle": {
        "states": [
            {"id": "ouvert", "label": "Ouvert", "phase": "draft", "open": ["etape"]},
            {"id": "fini", "label": "Fini", "phase": "closed"},
        ],
        "actions": [
            {
                "id": "finir",
                "label": "Finir",
                "from": ["ouvert"],
                "to": "fini",
                "effects": [
                    {"do": "create", "form": "dossier", "copy": "dossier", "set": {"titre": {"ref": "note"}}},
                    {"do": "act", "link": "dossier", "action": "clore"},
                ],
            }
        ],
    },
    "access": {"rights": [{"who": ["gardien"], "may": ["read", "write", "finir"]}]},
}
BASE: dict[str, Any] = {
    "form": "dossier",
    "title": "Essai",
    "today": "2026-10-05",
    "user": {"person": "p-un", "roles": ["gardien"]},
    "subject": {"nom": "Roy", "tags": ["eu.fr.lyon"]},
    "state": "ouvert",
    "answers": {"titre": "Un titre", "duree": 3},
}
LINKED: dict[str, Any] = {
    **BASE,
    "form": "revue",
    "links": {
        "dossier": {
            "form": "dossier",
            "state": "ferme",
            "answers": {
                "titre": "Premier",
                "duree": 2,
                "avis": "Bien",
                "lignes": [{"row": "a", "nom": "Ana"}],
            },
        }
    },
    "answers": {"note": "Second"},
}
PLACES = {
    "l-un": {"kind": "lieu", "attributes": {"degre": 1}},
    "l-deux": {"kind": "lieu", "attributes": {"degre": 2}},
}


@cache
def world() -> World:
    """A record, a document about it, and a review of that document."""
    made = make_world({"fiche": FICHE, "dossier": DOSSIER, "revue": REVUE})
    assert not made.faults, "\n".join(map(str, made.faults))
    return made


def play(base: Mapping[str, Any] = BASE, **given: Any) -> list[str]:
    """Play a scenario made of a base; gives its failures."""
    data = copy.deepcopy({**base, **given})
    return [str(one) for one in run(validate(data, "essai.json", Scenario), world().forms)]


def faults(**given: Any) -> list[str]:
    """The faults of shape of a scenario."""
    with pytest.raises(FaultyDefinition) as caught:
        validate(copy.deepcopy({**BASE, **given}), "essai.json", Scenario)
    return [str(fault) for fault in caught.value.faults]


# --- shape --------------------------------------------------------------------------------------


def test_every_expectation_has_its_entry() -> None:
    assert list(EXPECTATIONS) == list(Expect.model_fields)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"tite": "x"}, "$.tite: clé inconnue « tite ». Vouliez-vous dire « title » ?"),
        (
            {"expect": {"visibles": []}},
            "$.expect.visibles: clé inconnue « visibles ». Vouliez-vous dire « visible » ?",
        ),
        ({"then": [{"faire": "x"}]}, "$.then[0].faire: clé inconnue « faire »"),
        ({"expect": {"problems": [{"at": "duree"}]}}, "$.expect.problems[0]: il manque la clé « code »"),
        ({"expect": {"gates": {"debut": "ouvert"}}}, "$.expect.gates.debut: « ouvert » n'est pas connu ici"),
        ({"user": {"person": "p", "role": []}}, "$.user.role: clé inconnue « role »"),
        ({"places": {"l": {"kind": "lieu", "label": "x"}}}, "$.places.l.label: clé inconnue"),
        ({"today": 3}, "$.today: il faut un texte"),
    ],
)
def test_shape_faults_have_a_json_path(given: dict[str, Any], said: str) -> None:
    assert any(said in fault for fault in faults(**given)), faults(**given)


# --- names --------------------------------------------------------------------------------------

SEES = {"expect": {"state": "ouvert"}}
MISNAMED: list[tuple[dict[str, Any], str]] = [
    (
        {"form": "dosier"},
        "$.form : attendu une forme ; obtenu « dosier », inconnu. Vouliez-vous dire « dossier » ?",
    ),
    ({"version": "1.0.1"}, "$.version : attendu une version de « dossier » ; obtenu « 1.0.1 »"),
    ({"today": "2026-02-30"}, "$.today : attendu une date comme 2026-10-05 ; obtenu « 2026-02-30 »"),
    ({"state": "ouver"}, "$.state : attendu un état de « dossier » 1.0.0 ; obtenu « ouver »"),
    ({"document": {"frozen_on": "hier"}}, "$.document.frozen_on : attendu une date"),
    ({"user": {"person": "p", "roles": ["garde"]}}, "$.user.roles[0] : attendu un rôle ; obtenu « garde »"),
    (
        {"user": {"person": "p", "attributes": {"metie": "mime"}}},
        "$.user.attributes.metie : attendu un attribut",
    ),
    ({"user": {"person": "p", "attributes": {"metier": "roi"}}}, "un code de « metiers » ; obtenu « roi »"),
    ({"places": {"l": {"kind": "lieux"}}}, "$.places.l.kind : attendu un genre de lieu ; obtenu « lieux »"),
    (
        {"places": {"l": {"kind": "lieu", "attributes": {"degre": "1"}}}},
        "$.places.l.attributes.degre : attendu un nombre",
    ),
    ({"constants": {"plafon": 3}}, "$.constants.plafon : attendu un réglage de « dossier »"),
    ({"constants": {"plafond": True}}, "$.constants.plafond : attendu un réglage"),
    ({"constants": {"plafond": {"n": 3, "unit": "hours"}}}, "$.constants.plafond : attendu un réglage"),
    ({"constants": {"lignes_pleines": 3}}, "$.constants.lignes_pleines : attendu un réglage"),
    ({"subject": None}, "$.subject : attendu les réponses de « fiche »"),
    ({"subject": {"non": "Roy"}}, "$.subject.non : attendu un champ de « fiche » 1.0.0 ; obtenu « non »"),
    ({"form": "fiche", "answers": {}}, "$.subject : attendu rien : « fiche » n'a pas de sujet"),
    ({"form": "revue", "answers": {}}, "$.links : attendu le lien « dossier », obligatoire ; obtenu rien"),
    ({"links": {"x": {"form": "dossier", "state": "ferme"}}}, "$.links.x : attendu un lien de « dossier »"),
    ({"collections": {"autre": []}}, "$.collections.autre : attendu une collection de « dossier »"),
    (
        {"collections": {"autres": [{"form": "dossier", "state": "clos"}]}},
        "$.collections.autres[0].state : attendu un document de cette collection (draft) ; obtenu « closed »",
    ),
    (
        {"collections": {"autres": [{"form": "revue", "state": "ouvert"}]}},
        "une forme de cette collection (dossier)",
    ),
    ({"answers": {"titr": "x"}}, "$.answers.titr : attendu un champ de « dossier » 1.0.0 ; obtenu « titr »"),
    ({"answers": {"calcul": 3}}, "$.answers.calcul : attendu un champ"),
    ({"answers": {"duree": "trois"}}, '$.answers.duree : attendu un nombre, ou {"raw": …}'),
    ({"answers": {"duree": {"raw": 3}}}, "$.answers.duree : attendu un nombre"),
    ({"answers": {"titre": "x" * 13}}, "$.answers.titre : attendu un texte"),
    ({"answers": {"teinte": "rouge"}}, "$.answers.teinte : attendu une liste de codes"),
    (
        {"answers": {"teinte": ["roug"]}},
        "un code de la liste « couleurs » ; obtenu « roug », inconnu. Vouliez-vous dire « rouge » ?",
    ),
    (
        {"answers": {"teinte": [{"code": "rouge", "detail": ["x"]}]}},
        "$.answers.teinte[0].detail : attendu une clé parmi",
    ),
    (
        {"answers": {"teinte": [{"code": "rouge", "details": ["x"]}]}},
        "aucune précision : « rouge » n'en demande pas",
    ),
    ({"answers": {"teinte": [{"code": "autre", "picks": ["rouge"]}]}}, "ce champ n'est pas en cascade"),
    (
        {"answers": {"voyage": [{"code": "eu", "picks": ["af.ma"]}]}},
        "$.answers.voyage[0].picks[0] : attendu un code placé sous « eu »",
    ),
    ({"answers": {"tags": ["eu.fr.lion"]}}, "$.answers.tags[0] : attendu un code de la liste « monde »"),
    ({"answers": {"lignes": [{"nom": "x"}]}}, "$.answers.lignes : attendu une liste de lignes"),
    ({"answers": {"lignes": [{"row": "a"}, {"row": "a"}]}}, "$.answers.lignes : attendu une liste de lignes"),
    ({"answers": {"lignes": [{"row": "a", "non": "x"}]}}, "$.answers.lignes[0].non : attendu un champ"),
    ({"answers": {"bloc": ["oui"]}}, "$.answers.bloc : attendu un objet"),
    ({"answers": {"bloc": {"non": 1}}}, "$.answers.bloc.non : attendu un champ"),
    ({"then": [{}]}, "$.then[0] : attendu un changement, une action ou une attente ; obtenu rien"),
    ({"then": [{"change": {"duree": 1}, "do": "fermer"}]}, "$.then[0] : attendu « change » ou « do »"),
    ({"then": [{"change": {"nn": 1}}]}, "$.then[0].change.nn : attendu un champ"),
    ({"then": [{"do": "ferme"}]}, "$.then[0].do : attendu une action de « dossier » ; obtenu « ferme »"),
    ({"then": [{"today": "demain"}]}, "$.then[0].today : attendu une date"),
    ({"then": [{"user": {"person": "p", "roles": ["x"]}}]}, "$.then[0].user.roles[0] : attendu un rôle"),
    ({"expect": {}}, "$.expect : attendu au moins une attente"),
    ({"expect": None}, "$ : attendu au moins un « expect »"),
    (
        {"expect": {"missing": []}},
        "$.expect.missing : attendu une attente, ou pas de clé du tout ; obtenu []",
    ),
    ({"expect": {"state": None}}, "$.expect.state : attendu une attente"),
    (
        {"expect": {"visible": ["titr"]}},
        "$.expect.visible[0] : attendu un chemin de « dossier » 1.0.0 ; obtenu « titr »",
    ),
    ({"expect": {"hidden": ["Titre !"]}}, "$.expect.hidden[0] : attendu un chemin"),
    ({"expect": {"hidden": ["titre[a]"]}}, "$.expect.hidden[0] : attendu un chemin"),
    ({"expect": {"hidden": ["lignes[a].non"]}}, "$.expect.hidden[0] : attendu un chemin"),
    (
        {"expect": {"hidden": ["lignes.nom"]}},
        "un champ d'une ligne, écrit « lignes[…].nom » ; obtenu « lignes.nom »",
    ),
    (
        {"expect": {"values": {"total": 1}}},
        "$.expect.values.total : attendu une valeur, un champ ou un calcul",
    ),
    ({"expect": {"values": {"subject.non": 1}}}, "$.expect.values.subject.non : attendu une valeur"),
    ({"expect": {"values": {"voyage.vile": 1}}}, "$.expect.values.voyage.vile : attendu une valeur"),
    ({"expect": {"problems": [{"at": "m", "code": "max"}]}}, "$.expect.problems[0].at : attendu un chemin"),
    ({"expect": {"missing": ["m"]}}, "$.expect.missing[0] : attendu un chemin"),
    ({"expect": {"gates": {"debu": "open"}}}, "$.expect.gates.debu : attendu une étape de « dossier »"),
    ({"expect": {"offered": {"duree": ["x"]}}}, "$.expect.offered.duree : attendu un champ à choix"),
    (
        {"expect": {"not_offered": {"teinte": ["mauve"]}}},
        "$.expect.not_offered.teinte[0] : attendu un code de la liste « couleurs »",
    ),
    ({"expect": {"not_offered": {"tinte": ["vert"]}}}, "$.expect.not_offered.tinte : attendu un chemin"),
    ({"expect": {"unreadable": ["secre"]}}, "$.expect.unreadable[0] : attendu un chemin"),
    ({"expect": {"writable": ["secre"]}}, "$.expect.writable[0] : attendu un chemin"),
    (
        {"expect": {"actions": {"finir": "ready"}}},
        "$.expect.actions.finir : attendu une action de « dossier »",
    ),
    (
        {"expect": {"actions": {"fermer": "prete"}}},
        "$.expect.actions.fermer : attendu l'un de ready, incomplete, impossible, imprudent",
    ),
    ({"expect": {"state": "ouverte"}}, "$.expect.state : attendu un état"),
    ({"expect": {"frozen": ["titr"]}}, "$.expect.frozen[0] : attendu un chemin"),
    ({"expect": {"ignored": ["titr"]}}, "$.expect.ignored[0] : attendu un chemin"),
    (
        {"then": [{"expect": {"ignored": ["titre"]}}]},
        "$.then[0].expect.ignored : attendu un « change » à ignorer",
    ),
    ({"expect": {"subject": {"calcul": 1}}}, "$.expect.subject.calcul : attendu un champ de la fiche"),
    ({"expect": {"links": {"dossier": "clos"}}}, "$.expect.links.dossier : attendu un lien du scénario"),
    ({"expect": {"created": [{"form": "dosier"}]}}, "$.expect.created[0].form : attendu une forme"),
    (
        {"expect": {"created": [{"form": "dossier", "state": "x"}]}},
        "$.expect.created[0].state : attendu un état",
    ),
    (
        {"expect": {"created": [{"form": "dossier", "answers": {"x": 1}}]}},
        "$.expect.created[0].answers.x : attendu un champ",
    ),
    (
        {"expect": {"created": [{"form": "dossier", "unanswered": ["x"]}]}},
        "$.expect.created[0].unanswered[0] : attendu un chemin",
    ),
    (
        {"expect": {"created": [{"form": "revue", "links": {"x": "y"}}]}},
        "$.expect.created[0].links.x : attendu un lien",
    ),
]


@pytest.mark.parametrize(("given", "said"), MISNAMED, ids=[said for _, said in MISNAMED])
def test_what_does_not_exist_is_a_failure(given: dict[str, Any], said: str) -> None:
    found = play(**{**SEES, **given})
    assert any(said in one for one in found), found


def test_every_misspelt_name_is_said_at_once() -> None:
    found = play(answers={"a": 1, "b": 2}, state="c", expect={"visible": ["d"], "state": "e"})
    assert len(found) == 5


def test_a_link_is_of_its_form_and_versions() -> None:
    other = {"dossier": {"form": "fiche", "state": "ouvert"}}
    assert any(
        "$.links.dossier.form : attendu « dossier »" in one for one in play(LINKED, links=other, **SEES)
    )
    forms = [form_of(FICHE, "fiche"), form_of(DOSSIER, "dossier"), form_of(REVUE, "revue")]
    forms.append({**form_of(DOSSIER, "dossier"), "version": "2.0.0"})
    forms[2]["links"] = {"dossier": {**REVUE["links"]["dossier"], "versions": ["1"]}}
    made = make_world(forms)
    assert not made.faults
    data = copy.deepcopy({**LINKED, **SEES})
    found = [str(one) for one in run(validate(data, "essai.json", Scenario), made.forms)]
    assert found == [
        "$.links.dossier.version : attendu une version majeure que ce lien accepte (1) ; obtenu « 2.0.0 »"
    ]


# --- every kind of expectation passes, and fails ------------------------------------------------

ROWS = {"titre": "Un titre", "lignes": [{"row": "a", "nom": "Ana", "poids": 2}, {"row": "b", "poids": 1}]}
TINTED = {"titre": "Un titre", "teinte": ["rouge"]}
VISITOR = {"person": "p-deux", "roles": ["visiteur"]}
KINDS: list[tuple[str, dict[str, Any], Any, Any, str]] = [
    # kind, given, what holds, what doesn't, what is said
    (
        "visible",
        {"answers": TINTED},
        ["pourquoi", "suite"],
        ["titre", "bloc.par"],
        "attendu « bloc.par » montré ; obtenu caché",
    ),
    ("visible", {}, ["titre"], ["pourquoi"], "caché (il se montre quand : « Teinte » est « Rouge »)"),
    (
        "visible",
        {"answers": ROWS},
        ["lignes[b].nom", "lignes[a]"],
        ["lignes[z].nom"],
        "attendu une ligne « z » dans « lignes » ; obtenu les lignes a, b",
    ),
    ("hidden", {}, ["pourquoi"], ["titre"], "$.expect.hidden[0] : attendu « titre » caché ; obtenu montré"),
    (
        "hidden",
        {},
        ["bloc.par"],
        ["lignes[a].nom"],
        "attendu une ligne « a » dans « lignes » ; obtenu aucune ligne",
    ),
    (
        "values",
        {},
        {"duree": 3, "calcul": 6},
        {"duree": 4},
        '$.expect.values.duree : attendu 4 pour « duree » ; obtenu {"n": 3, "unit": "weeks"}',
    ),
    (
        "values",
        {},
        {"duree": {"n": 21, "unit": "days"}},
        {"duree": {"n": 3, "unit": "hours"}},
        'attendu {"n": 3, "unit": "hours"}',
    ),
    (
        "values",
        {},
        {"plafond": {"n": 5, "unit": "weeks"}},
        {"plafond": 6},
        'obtenu {"n": 5, "unit": "weeks"}',
    ),
    (
        "values",
        {"answers": ROWS},
        {"lignes[a].poids": 2, "lignes_pleines": 2},
        {"lignes[b].poids": 2},
        "attendu 2 pour « lignes[b].poids » ; obtenu 1",
    ),
    ("values", {"answers": ROWS}, {"lignes": ROWS["lignes"]}, {"lignes": []}, "attendu [] pour « lignes »"),
    (
        "values",
        {},
        {"teinte": None, "subject.nom": "Roy"},
        {"teinte": ["vert"]},
        'attendu ["vert"] pour « teinte » ; obtenu rien',
    ),
    (
        "values",
        {},
        {"tags": ["eu.fr.lyon"], "jour": "2026-10-05"},
        {"tags": None},
        'attendu rien pour « tags » ; obtenu ["eu.fr.lyon"]',
    ),
    (
        "values",
        {"answers": {"accepte": True}},
        {"accepte": True},
        {"accepte": 1},
        "attendu 1 pour « accepte » ; obtenu true",
    ),
    (
        "values",
        {"answers": {"duree": {"raw": "six"}}},
        {"duree": {"raw": "six"}, "calcul": None},
        {"duree": None},
        'obtenu {"raw": "six"}',
    ),
    (
        "problems",
        {},
        [],
        [{"at": "duree", "code": "max"}],
        "attendu « max » sur « duree » ; obtenu rien à cet endroit",
    ),
    (
        "problems",
        {"answers": TINTED},
        [{"at": "teinte", "code": "vif", "level": "warning"}],
        [],
        "attendu aucun autre problème ; obtenu « vif » (avertissement) sur « teinte » : C'est vif.",
    ),
    (
        "problems",
        {"answers": TINTED},
        [{"at": "teinte", "code": "vif"}],
        [{"at": "teinte", "code": "vif", "level": "error"}],
        "attendu « vif » (erreur) sur « teinte » ; obtenu « vif » (avertissement)",
    ),
    (
        "problems",
        {"answers": {"titre": "x", "duree": 1}},
        [],
        [{"at": "duree", "code": "court"}, {"at": "duree", "code": "court"}],
        "$.expect.problems[1] : attendu « court » sur « duree »",
    ),
    (
        "problems",
        {"answers": ROWS},
        [{"at": "lignes[b].nom", "code": "row_required"}],
        [],
        "« row_required » (erreur) sur « lignes[b].nom » : Ligne n°2, Nom n°2 : la réponse manque.",
    ),
    (
        "problems",
        {"answers": ROWS},
        [{"at": "lignes[b].nom", "code": "row_required"}],
        [{"at": "lignes[c].nom", "code": "row_required"}],
        "attendu une ligne « c »",
    ),
    (
        "missing",
        {"answers": {}},
        ["titre"],
        ["duree"],
        "$.expect.missing[0] : attendu une réponse qui manque à « duree » ; obtenu ce qui manque : titre",
    ),
    (
        "missing",
        {"answers": ROWS},
        ["lignes[b].nom"],
        ["lignes[a].nom"],
        "attendu une réponse qui manque à « lignes[a].nom »",
    ),
    (
        "gates",
        {},
        {"debut": "complete", "suite": "open"},
        {"debut": "incomplete"},
        "$.expect.gates.debut : attendu « incomplete » ; obtenu « complete »",
    ),
    (
        "gates",
        {"answers": {}},
        {"debut": "incomplete"},
        {"debut": "complete"},
        "obtenu « incomplete » : « required » (erreur) sur « titre »",
    ),
    (
        "offered",
        {},
        {"teinte": ["rouge", "bleu"]},
        {"teinte": ["vert"]},
        "$.expect.offered.teinte[0] : attendu « vert » proposé par « teinte » ; obtenu non proposé",
    ),
    (
        "offered",
        {},
        {"voyage": ["eu", "eu.fr", "af.ma.fes"]},
        {"tags": ["eu"]},
        "attendu « eu » proposé par « tags »",
    ),
    (
        "not_offered",
        {},
        {"teinte": ["vert"]},
        {"teinte": ["rouge"]},
        "attendu « rouge » non proposé par « teinte » ; obtenu proposé",
    ),
    (
        "not_offered",
        {"state": "ferme"},
        None,
        {"teinte": ["vert"]},
        "attendu les choix de « teinte » ; obtenu un champ caché, figé ou sans choix ici",
    ),
    ("readable", {}, ["titre", "lignes.nom", "secret"], None, ""),
    (
        "readable",
        {"user": VISITOR, "state": "ferme"},
        ["titre"],
        ["secret"],
        "attendu « secret » lisible par p-deux (visiteur) ; obtenu Cette réponse ne vous est pas ouverte.",
    ),
    ("unreadable", {"user": VISITOR}, ["titre", "secret"], None, ""),
    ("unreadable", {}, None, ["secret"], "attendu « secret » illisible par p-un (gardien) ; obtenu lisible"),
    ("writable", {}, ["titre"], [], "attendu rien de modifiable par p-un (gardien) ; obtenu titre, duree"),
    (
        "writable",
        {"state": "ferme"},
        ["avis"],
        ["titre"],
        "attendu « titre » modifiable par p-un (gardien) ; obtenu Vous ne pouvez pas modifier",
    ),
    ("writable", {"user": VISITOR, "state": "ferme"}, [], ["avis"], "attendu « avis » modifiable"),
    (
        "actions",
        {},
        {"fermer": "ready"},
        {"fermer": "incomplete"},
        "$.expect.actions.fermer : attendu « incomplete » ; obtenu ready",
    ),
    (
        "actions",
        {"answers": {}},
        {"fermer": "incomplete"},
        {"fermer": "ready"},
        "obtenu incomplete : « required » (erreur) sur « titre »",
    ),
    (
        "actions",
        {"constants": {"prudent": True}},
        {"fermer": "imprudent"},
        {"fermer": "ready"},
        "obtenu imprudent : Deux semaines au plus.",
    ),
    (
        "actions",
        {"state": "ferme"},
        {"fermer": "impossible"},
        {"clore": "ready"},
        "attendu « ready » ; obtenu Vous n'avez pas le droit de faire cette action.",
    ),
    ("actions", {"user": VISITOR}, {}, {"fermer": "ready"}, "obtenu Vous n'avez pas le droit"),
    ("actions", {"state": "ferme"}, {}, None, ""),
    ("actions", {}, None, {}, "attendu aucune action par p-un (gardien) ; obtenu fermer"),
    ("state", {}, "ouvert", "clos", "$.expect.state : attendu l'état « clos » ; obtenu « ouvert »"),
    (
        "frozen",
        {"state": "ferme"},
        ["titre", "lignes.nom"],
        ["avis"],
        "attendu « avis » figé ; obtenu encore ouvert",
    ),
    ("frozen", {}, None, ["titre"], "attendu « titre » figé ; obtenu encore ouvert"),
    (
        "subject",
        {},
        {"tags": ["eu.fr.lyon"]},
        {"nom": "Rey"},
        "$.expect.subject.nom : attendu « Rey » dans la fiche ; obtenu « Roy »",
    ),
    ("created", {}, [], [{"form": "dossier"}], "$.expect.created : attendu 1 document(s) créé(s) ; obtenu 0"),
]


@pytest.mark.parametrize(
    ("kind", "given", "holds"),
    [(kind, given, holds) for kind, given, holds, _, _ in KINDS if holds is not None],
)
def test_an_expectation_that_holds(kind: str, given: dict[str, Any], holds: Any) -> None:
    assert play(**given, expect={kind: holds}) == []


@pytest.mark.parametrize(
    ("kind", "given", "wrong", "said"),
    [(kind, given, wrong, said) for kind, given, _, wrong, said in KINDS if said],
)
def test_an_expectation_that_does_not(kind: str, given: dict[str, Any], wrong: Any, said: str) -> None:
    found = play(**given, expect={kind: wrong})
    assert any(said in one for one in found), found
    assert all(one.startswith(f"$.expect.{kind}") for one in found), found


def test_every_kind_is_tried_both_ways() -> None:
    elsewhere = {"ignored", "links"}  # they need something to happen: below
    assert {kind for kind, _, holds, _, _ in KINDS if holds is not None} | elsewhere == set(EXPECTATIONS)
    assert {kind for kind, _, _, _, said in KINDS if said} | elsewhere == set(EXPECTATIONS)


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
    expect = {
        "values": {
            "jour": "2026-09-08",
            "document.frozen_on": "2026-09-08",
            "document.created_on": "2026-09-01",
        }
    }
    assert play(state="ferme", document=dates, expect={**expect, "frozen": ["jour"], "problems": []}) == []
    assert (
        play(state="ferme", expect={"values": {"jour": "2026-10-05", "document.frozen_on": "2026-10-05"}})
        == []
    )
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
    assert (
        play(LINKED, answers=answers, expect={"values": {"reprises[a].fait": True, "choisies": ["a"]}}) == []
    )


# --- changes ------------------------------------------------------------------------------------


def change(what: dict[str, Any], expect: dict[str, Any] | None = None, **given: Any) -> list[str]:
    """Play one change."""
    moment = {"change": what} if expect is None else {"change": what, "expect": expect}
    return play(**{**SEES, **given}, then=[moment])


CASCADE = [
    {
        "code": "eu",
        "picks": [{"code": "eu.fr", "picks": ["eu.fr.lyon", {"code": "eu.fr.autre", "details": ["Pau"]}]}],
    }
]
CHANGES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"titre": "  Autre  "}, {"titre": "Autre"}),
    ({"titre": None}, {"titre": None}),
    ({"titre": "x" * 13}, {"titre": {"raw": "x" * 13}}),
    ({"duree": 2}, {"duree": 2}),
    ({"duree": "deux"}, {"duree": {"raw": "deux"}}),
    ({"duree": {"raw": "4"}}, {"duree": 4}),
    ({"duree": 1.5}, {"duree": {"raw": "1.5"}}),
    ({"jour": "2026-11-01"}, {"jour": "2026-11-01"}),
    ({"jour": None}, {"jour": None}),
    ({"jour": "31/02/2026"}, {"jour": {"raw": "31/02/2026"}}),
    ({"accepte": True}, {"accepte": True}),
    ({"accepte": False}, {"accepte": False}),
    ({"accepte": None}, {"accepte": False}),
    ({"teinte": ["bleu"]}, {"teinte": ["bleu"]}),
    (
        {"teinte": [{"code": "autre", "details": ["Ocre"]}]},
        {"teinte": [{"code": "autre", "details": ["Ocre"]}]},
    ),
    ({"teinte": ["rouge"], "pourquoi": "Parce que"}, {"pourquoi": "Parce que"}),
    ({"voyage": CASCADE}, {"voyage": CASCADE}),
    ({"tags": ["an", "eu.mc"]}, {"tags": ["eu.mc", "an"]}),
    ({"tags": []}, {"tags": None}),
    ({"bloc": {"oui": ["oui"], "par": "Ana"}}, {"bloc": {"oui": ["oui"], "par": "Ana"}}),
    (
        {"lignes": [{"row": "a", "nom": "Ana"}, {"row": "b", "poids": 2}]},
        {"lignes[a].nom": "Ana", "lignes[b].poids": 2},
    ),
    ({"lignes": [{"row": "a"}]}, {"lignes": None}),
]


@pytest.mark.parametrize(("what", "values"), CHANGES)
def test_a_change_is_posted_and_stored(what: dict[str, Any], values: dict[str, Any]) -> None:
    assert change(what, {"values": values}) == []


def test_a_change_replaces_a_group_and_rows_whole() -> None:
    answers = {**ROWS, "bloc": {"oui": ["oui"], "par": "Ana"}}
    expect = {"values": {"lignes": [{"row": "b", "nom": "Bo"}], "bloc": {"oui": ["oui"]}}}
    found = change({"lignes": [{"row": "b", "nom": "Bo"}], "bloc": {"oui": ["oui"]}}, expect, answers=answers)
    assert found == []


def test_rows_that_follow_others_are_changed_in_place() -> None:
    moments = [
        {
            "change": {"reprises": [{"row": "a", "fait": True}]},
            "expect": {"values": {"reprises[a].fait": True}},
        },
        {"change": {"reprises": None}, "expect": {"values": {"reprises[a].fait": None}}},
    ]
    assert play(LINKED, then=moments, **SEES) == []


def test_a_person_is_chosen_as_the_field_allows() -> None:
    un, deux = [{"id": "l-un", "label": "Un"}], [{"id": "l-deux", "label": "Deux"}]
    assert change({"hote": un}, {"values": {"hote": un}}, places=PLACES) == []
    (found,) = change({"hote": deux}, places=PLACES)
    assert found.startswith(
        "$.then[0].change.hote : attendu un changement enregistré de « hote » ; obtenu Hôte : ce choix"
    )
    assert change({"hote": deux}, {"ignored": ["hote"], "values": {"hote": None}}, places=PLACES) == []


@pytest.mark.parametrize(
    ("what", "given", "said"),
    [
        (
            {"teinte": ["vert"]},
            {},
            "$.then[0].change.teinte : attendu un changement enregistré de « teinte » ; obtenu Teinte : ce choix",
        ),
        (
            {"pourquoi": "Parce que"},
            {},
            "obtenu non enregistré : le champ est caché, ou ne s'ouvre pas à cette personne",
        ),
        (
            {"titre": "Autre"},
            {"state": "ferme"},
            "attendu un changement enregistré de « titre » ; obtenu Titre : cette réponse ne se modifie pas ici",
        ),
        (
            {"titre": "Autre"},
            {"user": VISITOR},
            "$.then[0].change.titre : attendu un changement enregistré de « titre » ; obtenu non enregistré",
        ),
        ({"secret": "x"}, {"user": VISITOR, "state": "ferme"}, "$.then[0].change.secret"),
        (
            {"lignes": [{"row": "a", "nom": "Ana"}]},
            {"state": "ferme"},
            "$.then[0].change.lignes : attendu un changement enregistré de « lignes[a].nom »",
        ),
        (
            {"lignes": []},
            {"state": "ferme", "answers": ROWS},
            "$.then[0].change.lignes : attendu un changement enregistré de « lignes »",
        ),
        ({"bloc": {"par": "Ana"}}, {}, "attendu un changement enregistré de « bloc.par »"),
        ({"voyage": ["eu", "af", "an"], "titre": "Autre"}, {"user": VISITOR}, "« voyage »"),
    ],
)
def test_a_change_that_is_not_stored_is_a_failure_unless_expected(
    what: dict[str, Any], given: dict[str, Any], said: str
) -> None:
    found = play(**given, then=[{"change": what, "expect": {"state": given.get("state", "ouvert")}}])
    assert any(said in one for one in found), found
    base = {**given, "then": [{"change": what, "expect": {"ignored": list(what)}}]}
    assert play(**base) == []


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
    moments = [
        {"today": "2026-10-06", "expect": {"values": {"jour": "2026-10-06"}}},
        {"user": VISITOR, "expect": {"unreadable": ["titre"]}},
        {"expect": {"values": {"jour": "2026-10-06"}, "unreadable": ["titre"]}},
        {"user": BASE["user"], "do": "fermer", "expect": {"state": "ferme", "frozen": ["jour"]}},
        {
            "today": "2026-10-09",
            "user": VISITOR,
            "expect": {"values": {"jour": "2026-10-06"}, "readable": ["titre"]},
        },
    ]
    assert play(then=moments) == []


def test_an_action_merges_what_is_bound_into_the_record() -> None:
    moments = [
        {"change": {"tags": ["eu.fr.lyon", "an"]}, "expect": {"subject": {"tags": ["eu.fr.lyon"]}}},
        {"do": "fermer", "expect": {"subject": {"tags": ["eu.fr.lyon", "an"], "nom": "Roy"}}},
    ]
    assert play(then=moments) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"user": VISITOR},
            "$.then[0].do : attendu l'action « fermer » ; obtenu Vous n'avez pas le droit de faire cette action.",
        ),
        (
            {"answers": {}},
            "$.then[0].do : attendu l'action « fermer » ; obtenu incomplete : Titre : la réponse manque. Saisissez-la.",
        ),
        (
            {"constants": {"prudent": True}},
            "$.then[0].do : attendu l'action « fermer » ; obtenu Deux semaines au plus.",
        ),
        (
            {"state": "ferme"},
            "$.then[0].do : attendu l'action « fermer » ; obtenu « Fermer » n'est pas possible",
        ),
    ],
)
def test_an_action_that_cannot_happen_ends_the_scenario(given: dict[str, Any], said: str) -> None:
    found = play(**given, then=[{"do": "fermer", "expect": {"state": "clos"}}, {"expect": {"state": "clos"}}])
    assert len(found) == 1
    assert found[0].startswith(said)


CREATED = {
    "form": "dossier",
    "version": "1.0.0",
    "state": "ouvert",
    "answers": {"titre": "Second"},
    "unanswered": ["avis"],
}


def finish(created: list[dict[str, Any]], links: dict[str, str], **given: Any) -> list[str]:
    """Play the action that acts on a link and creates."""
    return play(LINKED, **given, then=[{"do": "finir", "expect": {"created": created, "links": links}}])


def test_effects_act_on_links_and_create() -> None:
    rows = {"answers": {"titre": "Second", "lignes": [{"nom": "Ana"}], "duree": 2}}
    assert finish([{**CREATED, **rows}], {"dossier": "clos"}) == []


@pytest.mark.parametrize(
    ("created", "links", "said"),
    [
        (
            [],
            {"dossier": "clos"},
            "$.then[0].expect.created : attendu 0 document(s) créé(s) ; obtenu 1 : « dossier »",
        ),
        (
            [{"form": "revue"}],
            {"dossier": "clos"},
            "$.then[0].expect.created[0].form : attendu « revue » ; obtenu « dossier »",
        ),
        (
            [{"form": "dossier", "state": "clos"}],
            {"dossier": "clos"},
            "$.then[0].expect.created[0].state : attendu « clos » ; obtenu « ouvert »",
        ),
        (
            [{"form": "dossier", "answers": {"titre": "Premier"}}],
            {"dossier": "clos"},
            "created[0].answers.titre : attendu « Premier » ; obtenu « Second »",
        ),
        (
            [{"form": "dossier", "unanswered": ["titre"]}],
            {"dossier": "clos"},
            "created[0].unanswered[0] : attendu « titre » sans réponse ; obtenu « Second »",
        ),
        (
            [{"form": "dossier", "unanswered": ["lignes[z].nom"]}],
            {"dossier": "clos"},
            "attendu une ligne « z » dans « lignes »",
        ),
        (
            [CREATED],
            {"dossier": "ferme"},
            "$.then[0].expect.links.dossier : attendu « dossier » dans l'état « ferme » ; obtenu « clos »",
        ),
    ],
)
def test_wrong_effects_are_said(created: list[dict[str, Any]], links: dict[str, str], said: str) -> None:
    found = finish(created, links)
    assert any(said in one for one in found), found


def test_a_linked_document_may_refuse_and_then_nothing_is_written() -> None:
    links = copy.deepcopy(LINKED["links"])
    del links["dossier"]["answers"]["avis"]
    moments = [{"do": "finir", "expect": {"state": "fini"}}]
    assert play(LINKED, links=links, then=moments, **SEES) == [
        "$.then[0].do : attendu l'action « finir » ; obtenu Sans avis."
    ]
    links["dossier"] |= {"state": "clos"}
    (found,) = play(LINKED, links=links, then=moments, **SEES)
    assert "« Clore » n'est plus possible : le document lié est « Clos »." in found


# --- what a version that starts lacks -----------------------------------------------------------


def test_a_new_document_holds_only_what_its_form_has_fields_for() -> None:
    form = world().form("dossier")
    body = start(
        form,
        subject=None,
        place=None,
        links={},
        answers={
            "titre": "x",
            "neuf": 1,
            "calcul": 2,
            "lignes": [{"row": "a", "nom": "y", "neuf": 1}],
            "bloc": {"neuf": 1},
        },
        actor=User("p-un", "Un"),
        now=datetime(2026, 10, 5, tzinfo=UTC),
        asked=("titre", "neuf"),
    )
    assert body["answers"] == {"titre": "x", "lignes": [{"row": "a", "nom": "y"}], "bloc": {}}
    assert body["asked"] == ["titre"]
