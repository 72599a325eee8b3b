"""Moving documents between versions, as data: `tests/unit/cases/migrations.json`; and what always holds.

A case has two forms (or their `items`), `moves`, `answers`, what is `frozen`; `since`: answers given after
the move; `back`: the answers once it is undone, with those given since; `late`: what these leave aside.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.compile import CompiledForm
from engine.context import Context
from engine.evaluate import FormState, evaluate
from engine.lifecycle import freeze
from engine.migrate import Migration, Route, compile_migration, lower, replay, route, undo
from engine.migrate.replay import LOST, UNCHANGED, moved
from engine.present import read_form
from tests.unit.engine.generate import DAY, answers_of
from tests.unit.engine.test_engine_properties import surround
from tests.unit.worlds import ROOT, World, context, document, form_of, make_world, real_world

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "cases/migrations.json").read_text("utf-8")
)
AT = "2026-11-23T10:00:00+01:00"
QUIET = settings(
    deadline=None,
    max_examples=40,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def two_versions(old: Any, new: Any, lists: Mapping[str, Any] | None, opened: list[str] | None) -> World:
    """A world with two versions of one form."""
    forms: list[dict[str, Any]] = [
        form_of({"nature": "record", "items": [{"id": "nom", "type": "text"}]}, "dossier")
    ]
    for version, one in (("1.0.0", old), ("2.0.0", new)):
        whole = form_of(one if isinstance(one, dict) else {"items": one}, "essai")
        whole["version"] = version
        if opened is not None:
            whole["lifecycle"]["states"][1] |= {"phase": "running", "open": opened}
        forms.append(whole)
    world = make_world(forms, lists)
    assert not world.faults, "\n".join(map(str, world.faults))
    return world


def compiled(case: dict[str, Any]) -> tuple[World, Any, tuple[Any, ...]]:
    world = two_versions(case["from"], case["to"], case.get("lists"), case.get("open"))
    first, last = case.get("versions", ["1.0.0", "2.0.0"])
    given = {
        "canevas": 1,
        "form": "essai",
        "from": first,
        "to": last,
        "why": "Essai.",
        "moves": case.get("moves", []),
    }
    migration = Migration.model_validate(given, strict=True, by_alias=True, by_name=False)
    return world, *compile_migration(migration, world.forms, "m.json")


@pytest.mark.parametrize("case", [pytest.param(case, id=case["description"]) for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    assert set(case) <= KEYS, set(case) - KEYS
    world, stage, faults = compiled(case)
    wanted = case.get("faults", [])
    said = [str(fault) for fault in faults]
    assert len(said) == len(wanted) and all(
        part in fault for part, fault in zip(wanted, said, strict=True)
    ), said
    if wanted:
        return
    source, target = world.form("essai", "1.0.0"), world.form("essai", "2.0.0")
    read = lambda form, body: evaluate(form, body, context())  # noqa: E731
    given = a_document(source, case, read)
    found = replay(read(source, given), route(source, target, [stage]), read, AT)
    expect = case["expect"]
    assert found.outcome == expect["outcome"], found
    assert found.why == expect.get("why", "")
    assert list(found.fields) == expect.get("fields", [])
    if found.body is None:
        assert "answers" not in expect
        assert expect.get("stays") or found.outcome in {"lost", "blocked"}
        return
    assert found.body["version"] == "2.0.0"
    assert found.body["answers"] == expect["answers"]
    assert found.body["asked"] == expect.get("asked", [])
    assert kept(found.body) == expect.get("kept", {})
    assert undo(read(target, found.body), source).body == given, "undoing is not exact"
    changed = copy.deepcopy(found.body)
    changed["answers"] |= case.get("since", {})
    undone = undo(read(target, changed), source).body
    assert undone is not None
    assert undone["version"] == "1.0.0"
    if "back" in case:
        assert undone["answers"] == case["back"]
    assert kept(undone) == case.get("late", {})


KEYS = {
    *("description", "from", "to", "lists", "moves", "answers", "frozen", "document", "open", "versions"),
    *("expect", "since", "back", "late", "faults"),
}


def a_document(form: CompiledForm, case: dict[str, Any], read: Any) -> dict[str, Any]:
    """A document on its first version, some steps closed with their answers."""
    from datetime import datetime

    body = document(
        case.get("answers", {}),
        **{
            "form": "essai",
            "version": form.version,
            "asked": [],
            "frozen": {},
            "bases": {},
            **case.get("document", {}),
        },
    )
    for step, answers in case.get("frozen", {}).items():
        before = {**body, "answers": {**body["answers"], **answers}}
        freeze(read(form, before), frozenset({step}), before, datetime.fromisoformat(AT))
        body = {**before, "state": "clos"}
    return body


def kept(body: Mapping[str, Any]) -> dict[str, list[str]]:
    """The words of what is kept aside."""
    return {
        node["path"]: [
            one["text"] for one in node["value"].get("items", [{"text": node["value"].get("text")}])
        ]
        for node in body.get("archived", ())
    }


# --- what always holds --------------------------------------------------------------------------

WORLD = real_world()
PPRE = sorted(version for form, version in WORLD.forms if form == "ppre")


@cache
def stages() -> tuple[Any, ...]:
    """The migrations of the project."""
    found = []
    for file in sorted((ROOT / "definitions").glob("*/migrations/*.json")):
        migration = Migration.model_validate_json(file.read_text("utf-8"))
        stage, faults = compile_migration(migration, WORLD.forms, file.name)
        assert stage is not None, faults
        found.append(stage)
    return tuple(found)


def draft(form: CompiledForm, answers: Any) -> dict[str, Any]:
    state = form.form.lifecycle.states[0].id
    return document(answers, form=form.id, version=form.version, state=state, asked=[], frozen={}, bases={})


@pytest.mark.parametrize("junk", [False, True])
@given(data=st.data())
@QUIET
def test_undoing_a_move_restores_the_document_with_the_answers_given_since(
    data: st.DataObject, junk: bool
) -> None:
    start = data.draw(st.sampled_from(PPRE[:-1]))
    source, target = WORLD.form("ppre", start), WORLD.form("ppre", PPRE[-1])
    around = surround(source, data, junk)
    read = lambda form, body: evaluate(form, body, around)  # noqa: E731
    given = draft(source, data.draw(answers_of(source, junk)))
    body, _ = moved(read(source, given), route(source, target, stages()), read, AT)
    assert undo(read(target, body), source).body == given
    name = data.draw(
        st.sampled_from(sorted({"duree", "points_appui", "personnes", "participants", "objectifs"}))
    )
    item = target.skeleton.named[name]
    fresh = data.draw(answers_of(target)).get(name)
    body["answers"] = {key: value for key, value in body["answers"].items() if key != name}
    if fresh is not None:
        body["answers"][name] = fresh
    undone = undo(read(target, body), source).body
    assert undone is not None
    others = {key: value for key, value in given["answers"].items() if key != name}
    assert {key: value for key, value in undone["answers"].items() if key != name} == others
    if item.type in {"number", "text"}:
        assert undone["answers"].get(name) == fresh


@given(data=st.data())
@QUIET
def test_what_was_started_on_a_version_goes_back_without_losing_an_answer(data: st.DataObject) -> None:
    source, target = WORLD.form("ppre", PPRE[0]), WORLD.form("ppre", PPRE[-1])
    around = surround(target, data, False)
    given = draft(target, data.draw(answers_of(target)))
    found = lower(evaluate(target, given, around), route(source, target, stages())).body
    assert found is not None and found["version"] == PPRE[0]
    aside = {node["path"].split(".")[0] for node in found.get("archived", ())}
    answered = {name for name, value in given["answers"].items() if value not in (None, "", [], {})}
    assert answered <= set(found["answers"]) | aside


EDITS: dict[str, Any] = {
    "label": lambda item: {"label": item["label"] + " !"},
    "help": lambda _item: {"help": "Autrement."},
    "required": lambda _item: {"required": True},
    "readers": lambda _item: {"readers": ["gardien"]},
    "when": lambda _item: {"when": {"ref": "interrupteur", "op": "is", "value": True}},
    "nothing": lambda _item: {},
}
ITEMS: list[dict[str, Any]] = [
    {"id": "interrupteur", "type": "boolean", "label": "Interrupteur"},
    {"id": "texte", "type": "text", "label": "Texte"},
    {"id": "nombre", "type": "number", "label": "Nombre", "default": 3},
    {"id": "teinte", "type": "choice", "many": True, "list": "couleurs", "label": "Teinte"},
    {
        "id": "ville",
        "type": "cascade",
        "list": "monde",
        "label": "Ville",
        "levels": [{"id": "continent"}, {"id": "pays"}],
    },
    {
        "id": "lignes",
        "type": "rows",
        "label": "Lignes",
        "items": [{"id": "mot", "type": "text", "label": "Mot"}],
    },
]


@cache
def edited(name: str, edit: str) -> tuple[CompiledForm, CompiledForm]:
    """A form and the same with one item edited; "gone" takes it away."""
    changed = [
        item | EDITS[edit](item) if item["id"] == name else item
        for item in ITEMS
        if not (edit == "gone" and item["id"] == name)
    ]
    world = two_versions(ITEMS, changed, None, None)
    return world.form("essai", "1.0.0"), world.form("essai", "2.0.0")


@given(data=st.data())
@QUIET
def test_what_is_unchanged_shows_the_same_to_the_byte(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([item["id"] for item in ITEMS[1:]]))
    edit = data.draw(st.sampled_from([*EDITS, "gone"]))
    source, target = edited(name, edit)
    read = lambda form, body: evaluate(form, body, Context(DAY))  # noqa: E731
    given = draft(source, data.draw(answers_of(source)))
    before = read(source, given)
    found = replay(before, route(source, target, []), read, AT)
    if found.outcome == UNCHANGED:
        assert found.body is not None
        assert shown(before) == shown(read(target, found.body))
        assert edit in {"nothing", "when"} or name not in {path[0] for path in before.visible}
    if edit == "nothing":
        assert found.outcome == UNCHANGED
    if edit == "gone" and before.answers.get(name) is not None and (name,) not in before.untouched:
        assert found.outcome == LOST


def shown(state: FormState) -> str:
    return json.dumps(read_form(state), ensure_ascii=False)


def test_a_route_goes_through_the_migrations_that_there_are() -> None:
    items = [{"id": "a", "type": "text", "label": "A"}]
    whole = [form_of({"nature": "record", "items": [{"id": "nom", "type": "text"}]}, "dossier")]
    numbers = ["1.0.0", "1.1.0", "2.0.0", "2.1.0"]
    whole += [{**form_of({"items": items}, "essai"), "version": number} for number in numbers]
    world = make_world(whole)
    given = {"canevas": 1, "form": "essai", "from": "1.0.0", "to": "2.0.0", "why": "x", "moves": []}
    stage, _ = compile_migration(Migration.model_validate(given), world.forms, "m.json")
    assert stage is not None

    def legs(start: str, end: str) -> list[tuple[str, str]]:
        found: Route = route(world.form("essai", start), world.form("essai", end), [stage])
        return [(one.source.version, one.target.version) for one in found.stages]

    assert legs("1.0.0", "2.0.0") == [("1.0.0", "2.0.0")]
    assert legs("1.1.0", "2.1.0") == [("1.1.0", "2.0.0"), ("2.0.0", "2.1.0")]
    assert legs("2.0.0", "2.1.0") == [("2.0.0", "2.1.0")]
    assert legs("1.0.0", "1.1.0") == [("1.0.0", "1.1.0")]
