"""What holds of every form and every answer: reading never fails, and says the same each time."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine import model
from engine.answers import code_of, details_of, fitting, is_raw, picks_of
from engine.attachments import Received
from engine.compile import CompiledForm
from engine.conditions import compile_condition
from engine.context import Context, User
from engine.evaluate import FormState, evaluate
from engine.fields import READERS, Entry, explain_raw, tidy
from engine.french import number
from engine.lifecycle import freeze_step
from engine.scopes import RowElement, Scope
from engine.skeleton import Item
from engine.types import exact
from engine.validate import judge
from tests.unit.engine.generate import DAY, JUNK, answers_of
from tests.unit.worlds import document, real_world, tiny

WORLD = real_world()
REAL = sorted(WORLD.forms)
BY_FORM = {name: [key for key in REAL if key[0] == name] for name, _ in REAL}  # its versions share examples
PLACES = {"e1": {"degre": 1, "cycles": ["cycle2", "cycle3"]}, "e2": {"degre": 2}}
QUIET = settings(
    deadline=None,
    max_examples=20,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def a_version(name: str, data: st.DataObject) -> CompiledForm:
    """Any version of a form."""
    return WORLD.forms[data.draw(st.sampled_from(BY_FORM[name]))]


def surround(form: CompiledForm, data: st.DataObject, junk: bool) -> Context:
    """A context in which the subject, the links and the collections have any answers."""
    spec, links, collections = form.form, {}, {}
    subject = None if spec.subject is None else other(spec.subject, Context(DAY), data, junk)
    around = Context(DAY, fetch_subject=lambda: subject, attributes_of=places)
    for name, link in spec.links.items():
        links[name] = other(link.form, around, data, junk)
    for name, collection in spec.collections.items():
        collections[name] = (
            [other(collection.forms[0], around, data, junk)] if data.draw(st.booleans()) else []
        )
    return Context(
        DAY,
        lambda: User("p1", "Zoé", ("chef",), {"profession": "enseignant"}),
        lambda: subject,
        lambda name: links[name],
        lambda name: collections[name],
        places,
    )


def places(_kind: str, one: str) -> dict[str, Any]:
    return PLACES.get(one, {})


def other(name: str, around: Context, data: st.DataObject, junk: bool) -> FormState:
    form = WORLD.form(name)
    answers = data.draw(answers_of(form, junk), label=name)
    return evaluate(form, a_document(form, answers), around)


def a_document(form: CompiledForm, answers: Any) -> dict[str, Any]:
    return document(answers, state=form.form.lifecycle.states[0].id)


def told(state: FormState) -> list[tuple[Any, ...]]:
    """The problems of a state, comparable."""
    return [
        (problem.path, problem.code, problem.level, problem.slot, problem.target, problem.text)
        for problem in judge(state)
    ]


def seen(state: FormState) -> dict[str, Any]:
    """What a state says, comparable."""
    return {
        "answers": state.answers,
        "visible": sorted(state.visible),
        "steps": sorted(state.steps),
        "raws": state.raws,
        "rows": state.rows,
        "values": {
            path: value
            for path, value in state.values.items()
            if state.form.type(state.item(path)).kind != "rows"
        },  # type: ignore[arg-type]
        "levels": state.levels,
        "conditions": {name: state.condition(name) for name in state.form.conditions},
        "problems": told(state),
    }


@pytest.mark.parametrize("name", BY_FORM)
@QUIET
@given(data=st.data())
def test_reading_never_fails(name: str, data: st.DataObject) -> None:
    form = a_version(name, data)
    around = surround(form, data, junk=True)
    state = evaluate(form, a_document(form, data.draw(answers_of(form, junk=True))), around)
    for problem in judge(state):
        assert problem.text
    for name in form.values:
        state.value(name)
    for test in form.filters.values():
        test.holds(Scope(state))
    assert form.name.render(Scope(state))
    json.dumps(state.answers)


@pytest.mark.parametrize("name", BY_FORM)
@QUIET
@given(data=st.data())
def test_reading_twice_says_the_same_and_changes_nothing(name: str, data: st.DataObject) -> None:
    form = a_version(name, data)
    around = surround(form, data, junk=False)
    stored = a_document(form, data.draw(answers_of(form, junk=True)))
    before = copy.deepcopy(stored)
    assert repr(seen(evaluate(form, stored, around))) == repr(seen(evaluate(form, stored, around)))
    assert repr(stored) == repr(before)


@pytest.mark.parametrize("name", BY_FORM)
@QUIET
@given(data=st.data())
def test_what_counts_counts_the_same_once_stored(name: str, data: st.DataObject) -> None:
    form = a_version(name, data)
    around = surround(form, data, junk=False)
    answers = data.draw(answers_of(form))
    state = evaluate(form, a_document(form, answers), around)
    # emptied by hand, a field stays so: its default does not come back
    emptied = {name: None for name in answers if (name,) not in state.untouched}
    again = evaluate(form, a_document(form, {**emptied, **state.answers}), around)
    assert again.answers == state.answers
    assert not again.lost


@pytest.mark.parametrize("name", BY_FORM)
@QUIET
@given(data=st.data())
def test_what_is_hidden_contributes_nothing(name: str, data: st.DataObject) -> None:
    form = a_version(name, data)
    around = surround(form, data, junk=False)
    answers = data.draw(answers_of(form))
    state = evaluate(form, a_document(form, answers), around)
    shown = evaluate(form, a_document(form, without_hidden(answers, state)), around)
    assert seen(shown) == seen(state)


def without_hidden(answers: dict[str, Any], state: FormState) -> dict[str, Any]:
    """Drop what does not show, at the top, in groups and in rows."""
    kept: dict[str, Any] = {}
    for name, stored in answers.items():
        if (name,) not in state.visible:
            continue
        item = state.form.skeleton.named[name]
        if item.type == "group":
            stored = {key: one for key, one in stored.items() if (name, key) in state.visible}
        elif item.type == "rows":
            stored = [
                {
                    key: one
                    for key, one in row.items()
                    if key == "row" or (name, row["row"], key) in state.visible
                }
                for row in stored
            ]
        kept[name] = stored
    return kept


@pytest.mark.parametrize("name", BY_FORM)
@QUIET
@given(data=st.data())
def test_not_inverts_every_condition(name: str, data: st.DataObject) -> None:
    form = a_version(name, data)
    around = surround(form, data, junk=False)
    scope = Scope(evaluate(form, a_document(form, data.draw(answers_of(form))), around))
    names = form.drafting.names(user=True)
    for name in form.conditions:
        node = model.Not(not_=model.Named(condition=name))
        assert compile_condition(node, names, ()).holds(scope) is not scope.state.condition(name)


@pytest.mark.parametrize("name", BY_FORM)
@QUIET
@given(data=st.data())
def test_a_frozen_document_reads_as_on_its_day(name: str, data: st.DataObject) -> None:
    form = a_version(name, data)
    around = surround(form, data, junk=False)
    stored = a_document(form, data.draw(answers_of(form)))
    state = evaluate(form, stored, around)
    frozen = {step.id: freeze_step(state, step.id, datetime(2026, 10, 5, 12)) for step in form.skeleton.steps}
    json.dumps(frozen)
    kept = {**stored, "answers": {}, "frozen": frozen}
    later = evaluate(form, kept, Context(DAY + timedelta(days=400), fetch_link=around.link))
    assert later.answers == state.answers
    assert later.visible == state.visible
    assert later.rows == state.rows
    assert later.levels == state.levels
    assert typed(later) == typed(state)
    assert not [problem for problem in judge(later) if problem.level == "error"]


def typed(state: FormState) -> dict[Any, Any]:
    """The typed values of a state, rows as their ids."""
    return {
        path: [one.prefix for one in value] if is_rows(value) else value
        for path, value in state.values.items()
        if value is not None
    }


def is_rows(value: Any) -> bool:
    return isinstance(value, tuple) and isinstance(value[0], RowElement)


# --- posted entries -----------------------------------------------------------------------------

FIELDS = tiny(
    {
        "items": [
            {"id": "text", "type": "text", "max": 6},
            {"id": "number", "type": "number", "decimals": 2},
            {"id": "date", "type": "date"},
            {"id": "time", "type": "time"},
            {"id": "signature", "type": "signature"},
            {"id": "attachment", "type": "attachment", "many": True},
            {"id": "boolean", "type": "boolean"},
            {"id": "choice", "type": "choice", "list": "couleurs", "many": True},
            {
                "id": "cascade",
                "type": "cascade",
                "list": "monde",
                "levels": [
                    {"id": "continent", "max": 3},
                    {"id": "pays", "many": True},
                    {"id": "ville", "many": True},
                ],
            },
            {"id": "checklist", "type": "checklist", "list": "monde"},
            {"id": "reference", "type": "reference", "to": "person", "many": True},
        ]
    }
)
CODES = [
    "rouge",
    "vert",
    "autre",
    "eu",
    "eu.fr",
    "eu.fr.autre",
    "eu.fr.lyon",
    "af",
    "af.ma",
    "an",
    "ocre",
    "",
]
SAID = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "6,50",
            "1 042",
            "1e5",
            "-0",
            "٣",
            "oui",
            "non",
            "29/02/2028",
            "8 h 30",
            "24:00",
            "31.12.0000",
            "e\0\u0301",
            "p1",
            "\r\n",
        ]
    ),
    st.sampled_from(CODES),
    st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str),
    st.dates().map(lambda day: day.strftime("%d/%m/%Y")),
)
ENTRIES = st.builds(
    Entry,
    texts=st.lists(SAID, max_size=4),
    details=st.dictionaries(
        st.tuples(st.integers(0, 3), st.sampled_from(CODES)),
        st.lists(st.text(max_size=4), max_size=12),
        max_size=4,
    ),
    slots=st.lists(
        st.tuples(st.sampled_from(CODES), st.lists(st.sampled_from(CODES), max_size=6)), max_size=4
    ),
    shown=st.sampled_from(["", "eu", "af", "ocre"]),
    files=st.lists(
        st.sampled_from("abc").map(lambda n: Received(n, f"{n}.pdf", 9, n * 64, "pdf")),
        max_size=3,
        unique_by=lambda one: one.file,
    ),
)


@pytest.mark.parametrize("kind", READERS)
@settings(QUIET, max_examples=100)
@given(entry=ENTRIES, former=st.none() | JUNK)
def test_what_was_read_reads_the_same_again(kind: str, entry: Entry, former: Any) -> None:
    item = FIELDS.skeleton.items[(kind,)]
    stored = READERS[kind](entry, item, former)
    json.dumps(stored)
    if kind == "checklist" and entry.shown:
        return  # only a part of it was posted
    assert READERS[kind](entry_for(stored, item), item, stored) == stored


@pytest.mark.parametrize("kind", READERS)
@settings(QUIET, max_examples=100)
@given(entry=ENTRIES)
def test_what_was_read_has_the_shape_of_its_field(kind: str, entry: Entry) -> None:
    item = FIELDS.skeleton.items[(kind,)]
    stored = READERS[kind](entry, item, None)
    if is_raw(stored):
        code, _params = explain_raw(stored["raw"], item)
        assert code != "damaged"
    else:
        found = fitting(stored, item)
        assert (
            [one["id"] for one in found or []] == [one["id"] for one in stored or []]
            if kind == "reference"
            else found == stored
        )


def entry_for(stored: Any, item: Item) -> Entry:
    """What a page posts for an answer that nobody touches."""
    if stored is None:
        return Entry()
    if is_raw(stored):
        return Entry([stored["raw"]])
    match item.type:
        case "number":
            return Entry([number(exact(stored), item.spec.decimals)])
        case "boolean":
            return Entry(["oui" if stored else "non"])
        case "choice" | "checklist":
            return Entry(
                [code_of(pick) for pick in stored], {(0, code_of(pick)): details_of(pick) for pick in stored}
            )
        case "cascade":
            return cascade_entry(stored)
        case "reference":
            return Entry([one["id"] for one in stored])
        case "attachment":
            return Entry()  # what a page doesn't say of files stays
    return Entry([stored])


def cascade_entry(stored: list[Any]) -> Entry:
    details: dict[tuple[int, str], Any] = {}
    slots = []
    for n, pick in enumerate(stored, start=1):
        ticked: list[str] = []
        collect(pick, n, ticked, details)
        slots.append((code_of(pick), ticked[1:]))
    return Entry(slots=slots, details=details)


def collect(pick: Any, n: int, ticked: list[str], details: dict[tuple[int, str], Any]) -> None:
    ticked.append(code_of(pick))
    details[n, code_of(pick)] = details_of(pick)
    for child in picks_of(pick):
        collect(child, n, ticked, details)


@settings(QUIET, max_examples=100)
@given(text=st.text())
def test_tidy_is_idempotent(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)
