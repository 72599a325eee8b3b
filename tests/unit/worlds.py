"""Tiny worlds for tests: forms, lists and contexts out of plain dictionaries, and the real definitions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from engine import model
from engine.compile import CompiledForm, compile_all
from engine.context import Context, User
from engine.drafting import Library, version_key
from engine.evaluate import FormState, evaluate
from engine.faults import Fault
from engine.paths import from_bracketed
from engine.referentiels import Listing, listing_of

ROOT = Path(__file__).parents[2]
TODAY = "2026-10-05"
ROLES: dict[str, Any] = {
    "canevas": 1,
    "places": {
        "lieu": {
            "label": "Lieu",
            "attributes": {
                "degre": {"type": "number"},
                "couleurs": {"type": "codes", "list": "couleurs"},
                "ouvert": {"type": "boolean"},
                "inaugure": {"type": "date"},
            },
        }
    },
    "people": {"attributes": {"metier": {"type": "code", "list": "metiers"}}},
    "roles": [
        {"id": "gardien", "label": "Gardien", "at": "lieu"},
        {"id": "visiteur", "label": "Visiteur", "at": "lieu"},
    ],
}
LISTS: dict[str, Any] = {
    "couleurs": {
        "levels": ["couleur"],
        "ordered": True,
        "attributes": {
            "chaude": {"type": "boolean"},
            "poids": {"type": "number", "unit": "weeks"},
            "sens": {"type": "code", "list": "sens"},
        },
        "items": [
            {"code": "rouge", "label": "Rouge", "attributes": {"chaude": True, "poids": 6, "sens": "oui"}},
            {"code": "vert", "label": "Vert", "attributes": {"chaude": False, "sens": "non"}},
            {"code": "bleu", "label": "Bleu", "attributes": {"chaude": False, "poids": 2}},
            {"code": "autre", "label": "Autre(s)", "asks": {"min": 1, "max": 2}},
        ],
    },
    "sens": {"levels": ["sens"], "items": [{"code": "oui", "label": "Oui"}, {"code": "non", "label": "Non"}]},
    "metiers": {
        "levels": ["metier"],
        "items": [{"code": "libraire", "label": "Libraire"}, {"code": "mime", "label": "Mime"}],
    },
    "monde": {
        "levels": ["continent", "pays", "ville"],
        "attributes": {"climats": {"type": "codes", "list": "sens"}},
        "items": [
            {
                "code": "eu",
                "label": "Europe",
                "items": [
                    {
                        "code": "eu.fr",
                        "label": "France",
                        "items": [
                            {"code": "eu.fr.lyon", "label": "Lyon", "attributes": {"climats": ["oui"]}},
                            {"code": "eu.fr.brest", "label": "Brest", "attributes": {"climats": ["non"]}},
                            {"code": "eu.fr.autre", "label": "Autre(s)", "asks": {"min": 1, "max": 3}},
                        ],
                    },
                    {"code": "eu.mc", "label": "Monaco"},
                ],
            },
            {
                "code": "af",
                "label": "Afrique",
                "items": [
                    {"code": "af.ma", "label": "Maroc", "items": [{"code": "af.ma.fes", "label": "Fès"}]}
                ],
            },
            {"code": "an", "label": "Antarctique"},
        ],
    },
}


FORMS: dict[str, Any] = {"dossier": {"nature": "record", "items": [{"id": "nom", "type": "text"}]}}


@dataclass(frozen=True)
class World:
    """Compiled forms and their faults."""

    library: Library
    forms: Mapping[tuple[str, str], CompiledForm]
    faults: tuple[Fault, ...]

    def form(self, name: str, version: str | None = None) -> CompiledForm:
        """One form, the newest version unless said."""
        if version is None:
            version = max((known for form, known in self.forms if form == name), key=version_key)
        return self.forms[name, version]


def form_of(definition: Mapping[str, Any], name: str = "essai") -> dict[str, Any]:
    """Complete a tiny form, so that it stands up to every check.

    `items` alone make one step; every step is open in the first state; what has no label is called by
    its id; a document is about a record of the form `dossier`; a record stands at a place.
    """
    given = dict(definition)
    if "items" in given:
        given["steps"] = [{"id": "etape", "title": "Étape", "items": given.pop("items")}]
    given["steps"] = [{**step, "items": labelled(step["items"])} for step in given["steps"]]
    if given.get("nature") == "record":
        place = {"id": "lieu", "type": "reference", "to": "lieu", "label": "Lieu", "required": True}
        given = {
            "place": "lieu",
            **given,
            "steps": [*given["steps"], {"id": "ou", "title": "Où", "items": [place]}],
        }
    else:
        given = {"subject": "dossier", **given}
    steps = [step["id"] for step in given["steps"]]
    states = [
        {"id": "ouvert", "label": "Ouvert", "phase": "draft", "open": steps},
        {"id": "clos", "label": "Clos", "phase": "closed"},
    ]
    actions = [{"id": "fermer", "label": "Fermer", "from": ["ouvert"], "to": "clos"}]
    may = ["create", "read", "write", "print", "fermer"]
    return {
        "canevas": 1,
        "form": name,
        "version": "1.0.0",
        "nature": "document",
        "title": "Essai",
        "name": "Essai",
        "lifecycle": {"states": states, "actions": actions},
        "access": {"rights": [{"who": ["gardien"], "may": may}]},
        **given,
    }


def labelled(items: Any) -> Any:
    """Call by its id what has no label, at any depth."""
    if isinstance(items, str):
        return items
    found = []
    for item in items:
        given = dict(item)
        if given["type"] not in {"section", "note", "recap"}:
            given.setdefault("label", given["id"])
        if "items" in given:
            given["items"] = labelled(given["items"])
        found.append(given)
    return found


def list_of(name: str, spec: Any) -> dict[str, Any]:
    """Complete a tiny code list; a bare list of codes is a flat list."""
    if isinstance(spec, list):
        spec = {"levels": ["valeur"], "items": [{"code": code, "label": code.capitalize()} for code in spec]}
    return {"canevas": 1, "list": name, "version": "1.0.0", "title": name, **spec}


def make_world(
    forms: Mapping[str, Mapping[str, Any]] | list[Mapping[str, Any]],
    lists: Mapping[str, Any] | None = None,
    blocks: Mapping[str, Mapping[str, Any]] | None = None,
    roles: Mapping[str, Any] | None = None,
) -> World:
    """Compile tiny forms (`{name: definition}`, or a list of whole forms) with the lists of this module."""
    if isinstance(forms, Mapping):
        whole = [form_of(one, name) for name, one in {**FORMS, **forms}.items()]
    else:
        whole = list(forms)
    parsed: dict[str, dict[str, tuple[str, model.Form]]] = {}
    for one in whole:
        form = model.Form.model_validate(one)
        parsed.setdefault(form.form, {})[form.version] = (f"{form.form}.json", form)
    listings: dict[str, dict[str, Listing]] = {}
    for name, spec in {**LISTS, **(lists or {})}.items():
        code_list = model.CodeList.model_validate(list_of(name, spec))
        listings.setdefault(name, {})[code_list.version] = listing_of(code_list)
    library = Library(
        parsed,
        {
            name: model.Block.model_validate(
                {"canevas": 1, "block": name, "title": name, **spec, "items": labelled(spec["items"])}
            )
            for name, spec in (blocks or {}).items()
        },
        listings,
        model.Roles.model_validate({**ROLES, **(roles or {})}),
    )
    good, faults = compile_all(library)
    return World(library, good, tuple(faults))


def tiny(definition: Mapping[str, Any], lists: Mapping[str, Any] | None = None) -> CompiledForm:
    """Compile one tiny form that must have no fault."""
    world = make_world({"essai": definition}, lists)
    assert not world.faults, "\n".join(map(str, world.faults))
    return world.form("essai")


def document(answers: Mapping[str, Any] | None = None, **rest: Any) -> dict[str, Any]:
    """A document of a tiny form."""
    return {"state": "ouvert", "created_on": TODAY, "answers": dict(answers or {}), **rest}


def context(today: str = TODAY, **rest: Any) -> Context:
    """A context on a fixed day."""
    return Context(date.fromisoformat(today), **rest)


def state_of(
    definition: Mapping[str, Any], answers: Mapping[str, Any] | None = None, today: str = TODAY
) -> FormState:
    """Evaluate a tiny form alone."""
    return evaluate(tiny(definition), document(answers), context(today))


def surroundings(world: World, given: Mapping[str, Any]) -> Context:
    """Make a context out of the JSON of a case.

    `today`; `user`: {id, label, roles, attributes}; `subject` and each of `links`, `collections`:
    {form, version?, answers, state?, context?}; `targets`: {"kind/id": attributes}.
    """
    user = given.get("user")
    subject, links, collections = given.get("subject"), given.get("links", {}), given.get("collections", {})
    targets = given.get("targets", {})
    return Context(
        date.fromisoformat(given.get("today", TODAY)),
        lambda: (
            None
            if user is None
            else User(
                user["id"],
                user.get("label", user["id"]),
                tuple(user.get("roles", ())),
                user.get("attributes", {}),
            )
        ),
        lambda: None if subject is None else other_state(world, subject, given),
        lambda name: other_state(world, links[name], given) if name in links else None,
        lambda name: [other_state(world, one, given) for one in collections.get(name, ())],
        lambda kind, one: targets.get(f"{kind}/{one}", {}),
    )


def other_state(world: World, given: Mapping[str, Any], outer: Mapping[str, Any]) -> FormState:
    """Evaluate another document of a case."""
    form = world.form(given["form"], given.get("version"))
    around = {
        key: outer[key]
        for key in ("today", "user", "targets", "subject")
        if key in outer and given is not outer.get("subject")
    }
    return evaluate(
        form,
        {"state": form.form.lifecycle.states[0].id, "created_on": TODAY, "answers": {}, **given},
        surroundings(world, {**around, **given.get("context", {})}),
    )


def path_of(text: str) -> tuple[str, ...]:
    """Read a path as cases write it: `rows[row].field`."""
    return from_bracketed(text)


@cache
def real_world() -> World:
    """Every published definition of the project, compiled."""
    forms: dict[str, dict[str, tuple[str, model.Form]]] = {}
    for file in sorted((ROOT / "definitions").glob("*/versions/*.json")):
        form = model.Form.model_validate_json(file.read_text("utf-8"))
        forms.setdefault(form.form, {})[form.version] = (str(file.relative_to(ROOT)), form)
    blocks = [
        model.Block.model_validate_json(file.read_text("utf-8"))
        for file in (ROOT / "definitions/blocks").glob("*.json")
    ]
    listings: dict[str, dict[str, Listing]] = {}
    for file in sorted((ROOT / "referentiels").glob("*/versions/*.json")):
        code_list = model.CodeList.model_validate_json(file.read_text("utf-8"))
        listings.setdefault(code_list.list, {})[code_list.version] = listing_of(code_list)
    roles = model.Roles.model_validate(json.loads((ROOT / "definitions/roles.json").read_text("utf-8")))
    library = Library(forms, {block.block: block for block in blocks}, listings, roles)
    good, faults = compile_all(library)
    assert not faults, "\n".join(map(str, faults))
    return World(library, good, ())
