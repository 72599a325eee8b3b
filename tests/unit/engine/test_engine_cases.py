"""The engine's behaviour as data: `tests/unit/cases/<feature>.json`, one feature a file.

A case has a `description`, a `definition` (a tiny form, or only its `items`), or `forms` of which the
first is judged; `lists`, `blocks`, `answers`, `entries` (posted, read by the field's reader),
`posts` (whole pages, each sent by a `user`; `refused` are the texts of what the last was refused),
`document`, `context`; `expect` says what is checked, and nothing else is. `problems`, `lost`, `raws`
and `answers` are exact.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.access import Grant, decide, grant_for
from engine.alerts import alerts_for
from engine.attachments import Received
from engine.edit import Edited, edit
from engine.evaluate import FormState, evaluate, to_stored
from engine.fields import READERS, Entry
from engine.offers import Offer
from engine.paths import bracketed
from engine.posting import Posted
from engine.scopes import Scope
from engine.suggesting import suggested
from engine.types import Type, from_smallest, plain
from engine.validate import judge
from tests.unit.worlds import document, make_world, path_of, surroundings

CASES = Path(__file__).parents[1] / "cases"
FIELDS = (
    "text",
    "number",
    "date",
    "time",
    "boolean",
    "choice",
    "cascade",
    "checklist",
    "reference",
    "signature",
    "attachment",
)
SHAPES = ("group", "rows", "computed", "bound")
FEATURES = (
    *FIELDS,
    *SHAPES,
    "conditions",
    "values",
    "hidden",
    "defaults",
    "raws",
    "frozen",
    "wording",
    "links",
    "collections",
    "problems",
    "steps",
    "damaged",
    "closed",
    "alerts",
)


def load(feature: str) -> list[dict[str, Any]]:
    """The cases of a feature."""
    cases: list[dict[str, Any]] = json.loads((CASES / f"{feature}.json").read_text("utf-8"))
    return cases


def all_cases() -> list[Any]:
    """Every case of every feature, named."""
    return [
        pytest.param(case, id=f"{feature}: {case['description']}")
        for feature in FEATURES
        if (CASES / f"{feature}.json").exists()
        for case in load(feature)
    ]


@pytest.mark.parametrize("case", all_cases())
def test_case(case: dict[str, Any]) -> None:
    assert set(case) <= KEYS, set(case) - KEYS
    assert case["expect"], "nothing is expected"
    assert set(case["expect"]) <= {*EXPECT, "faults", "refused"}, set(case["expect"]) - set(EXPECT)
    forms = case.get("forms") or {"essai": case["definition"]}
    world = make_world(forms, case.get("lists"), case.get("blocks"))
    faults = [str(fault) for fault in world.faults]
    if "faults" in case["expect"]:
        assert len(faults) == len(case["expect"]["faults"]), faults
        assert all(part in fault for part, fault in zip(case["expect"]["faults"], faults, strict=True)), (
            faults
        )
        return
    assert not faults
    form = world.form(next(iter(forms)))
    answers = dict(case.get("answers", {}))
    for name, given in case.get("entries", {}).items():
        item = form.skeleton.items[(name,)]
        stored = READERS[form.target(item).type](entry_of(given), form.target(item), answers.get(name))
        answers |= {} if stored is None and name not in answers else {name: stored}
    given = document(answers, **case.get("document", {}))
    around = case.get("context", {})
    refused: list[str] = []
    for post in case.get("posts", ()):
        edited = posted(evaluate(form, given, surroundings(world, around | post)), post)
        given, refused = edited.document, [problem.text for problem in edited.refused]
    assert refused == case["expect"].get("refused", refused if "posts" not in case else [])
    state = evaluate(form, given, surroundings(world, around))
    for key, wanted in case["expect"].items():
        if key == "refused":
            continue
        EXPECT[key](state, wanted)


def posted(state: FormState, post: Mapping[str, Any]) -> Edited:
    """Play a page sent by a person, with the rights that the form gives to their roles."""
    roles = frozenset(post.get("user", {}).get("roles", ["gardien"]))
    entries = {path_of(name): entry_of(one) for name, one in post.get("entries", {}).items()}
    rows = {path_of(name): ids for name, ids in post.get("rows", {}).items()}
    step = state.form.skeleton.steps[post.get("step", 0)].id
    grant = grant_for(state, state.form, roles)
    return edit(state, Posted(entries, rows), grant, lambda _item, one: one, step)


KEYS = {
    "posts",
    "description",
    "definition",
    "forms",
    "lists",
    "blocks",
    "answers",
    "entries",
    "document",
    "context",
    "expect",
}


def entry_of(given: Mapping[str, Any]) -> Entry:
    """Read `texts`, `details` as [slot, code, texts], `slots` as [code, ticked], `shown`; `files`."""
    return Entry(
        given.get("texts", ()),
        {(slot, code): texts for slot, code, texts in given.get("details", ())},
        tuple((code, tuple(ticked)) for code, ticked in given.get("slots", ())),
        given.get("shown", ""),
        [Received(**one) for one in given.get("files", ())],
    )


# --- what may be expected -----------------------------------------------------------------------


def spell(state: FormState, path: tuple[str, ...]) -> str:
    """Spell a path as cases do."""
    repeats = frozenset(item.id for item in state.form.skeleton.named.values() if item.type == "rows")
    return bracketed(path, repeats)


def as_json(value: Any, typed: Type) -> Any:
    """Write a typed value: numbers in their unit, rows as their ids."""
    if value is None:
        return None
    if typed.kind == "number":
        return plain(from_smallest(value, typed.unit))
    if typed.kind == "rows":
        return [element.prefix[-1] for element in value]
    return to_stored(value, typed)


def expect_values(state: FormState, wanted: Mapping[str, Any]) -> None:
    found = {name: value_at(state, name) for name in wanted}
    assert found == wanted


def value_at(state: FormState, name: str) -> Any:
    if name in state.form.values:
        return as_json(state.value(name), state.form.values[name].type)
    path = path_of(name)
    if path in state.levels or state.item(path) is None:
        levels = state.levels.get(path)
        return None if levels is None else list(levels)
    assert path in state.values, f"« {name} » was not visited"
    item = state.item(path)
    assert item is not None
    return as_json(state.values[path], state.form.type(item))


def expect_conditions(state: FormState, wanted: Mapping[str, bool]) -> None:
    assert {name: state.condition(name) for name in wanted} == wanted


def expect_answers(state: FormState, wanted: Mapping[str, Any]) -> None:
    assert state.answers == wanted


def expect_visible(state: FormState, wanted: list[str]) -> None:
    assert {name for name in wanted if path_of(name) not in state.visible} == set()


def expect_hidden(state: FormState, wanted: list[str]) -> None:
    assert {name for name in wanted if path_of(name) in state.visible} == set()
    for name in wanted:
        assert state.values.get(path_of(name)) is None
        assert state.stored(path_of(name)) is None


def expect_steps(state: FormState, wanted: list[str]) -> None:
    assert sorted(state.steps) == sorted(wanted)


def expect_problems(state: FormState, wanted: list[Mapping[str, Any]]) -> None:
    found = []
    for problem in judge(state):
        code = problem.params["id"] if problem.code == "form" else problem.code
        one: dict[str, Any] = {"at": spell(state, problem.path), "code": code, "level": problem.level}
        one |= {"slot": problem.slot, "target": problem.target, "text": problem.text}
        found.append(one)
    assert [{key: one[key] for key in keys} for one, keys in zip(found, wanted, strict=False)] == wanted
    assert len(found) == len(wanted), found[len(wanted) :]


def expect_lost(state: FormState, wanted: Mapping[str, list[str]]) -> None:
    assert {spell(state, path): codes for path, codes in state.lost.items()} == wanted


def expect_raws(state: FormState, wanted: Mapping[str, str]) -> None:
    assert {spell(state, path): raw for path, raw in state.raws.items()} == wanted


def expect_closed(state: FormState, wanted: list[str]) -> None:
    assert list(grant_of(state).closed) == wanted


def expect_readable(state: FormState, wanted: list[str]) -> None:
    assert sorted(".".join(path) for path in grant_of(state).reads) == wanted
    assert bool(decide(grant_of(state), "read")) is bool(wanted)


def expect_suggested(state: FormState, wanted: Any) -> None:
    items = state.form.skeleton.items
    assert {name: list(suggested(state, items[(name,)], (name,))) for name in wanted} == wanted


def expect_alerts(state: FormState, wanted: list[str]) -> None:
    assert [text for _, text in alerts_for(state, grant_of(state).roles)] == wanted


def grant_of(state: FormState) -> Grant:
    user = state.context.user
    return grant_for(state, state.form, frozenset(user.roles if user is not None else ()))


def expect_rows(state: FormState, wanted: Mapping[str, list[str]]) -> None:
    assert {name: list(state.rows[path_of(name)]) for name in wanted} == wanted


def expect_untouched(state: FormState, wanted: list[str]) -> None:
    assert {name for name in wanted if path_of(name) not in state.untouched} == set()


def expect_touched(state: FormState, wanted: list[str]) -> None:
    assert {name for name in wanted if path_of(name) in state.untouched} == set()


def expect_offered(state: FormState, wanted: Mapping[str, list[str]]) -> None:
    found = {}
    for name in wanted:
        offer = state.offers[path_of(name)]
        nested = isinstance(offer, Offer) and offer.item.type == "cascade"
        found[name] = sorted(offer.codes) if nested else list(offer.options)
    assert found == wanted


def expect_notes(state: FormState, wanted: Mapping[str, str]) -> None:
    found = {}
    for name in wanted:
        template = state.form.rules[path_of(name)].text
        assert template is not None
        found[name] = template.render(state.scope(path_of(name)))
    assert found == wanted


def expect_titles(state: FormState, wanted: Mapping[str, Mapping[str, str]]) -> None:
    found = {
        name: {row: state.row_title(path_of(name), row) for row in rows} for name, rows in wanted.items()
    }
    assert found == wanted


def expect_name(state: FormState, wanted: str) -> None:
    assert state.form.name.render(Scope(state)) == wanted


def expect_said(state: FormState, wanted: Mapping[str, str]) -> None:
    assert {name: state.form.conditions[name].words for name in wanted} == wanted


EXPECT: Mapping[str, Callable[[FormState, Any], None]] = {
    "values": expect_values,
    "conditions": expect_conditions,
    "answers": expect_answers,
    "visible": expect_visible,
    "hidden": expect_hidden,
    "steps": expect_steps,
    "problems": expect_problems,
    "lost": expect_lost,
    "raws": expect_raws,
    "rows": expect_rows,
    "closed": expect_closed,
    "alerts": expect_alerts,
    "suggested": expect_suggested,
    "readable": expect_readable,
    "untouched": expect_untouched,
    "touched": expect_touched,
    "offered": expect_offered,
    "notes": expect_notes,
    "titles": expect_titles,
    "name": expect_name,
    "said": expect_said,
}


# --- the promise --------------------------------------------------------------------------------


def test_every_field_type_has_its_cases() -> None:
    assert set(READERS) == set(FIELDS)
    missing = [feature for feature in FEATURES if not (CASES / f"{feature}.json").exists()]
    assert not missing


def test_descriptions_are_unique_within_a_feature() -> None:
    for feature in FEATURES:
        names = [case["description"] for case in load(feature)]
        assert len(names) == len(set(names)), feature
