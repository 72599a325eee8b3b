"""The schema of answers against the engine: whatever the engine accepts, the schema accepts."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from engine.compile import CompiledForm
from engine.context import Context
from engine.evaluate import FormState, evaluate
from engine.problems import ERROR
from engine.schema import answers_schema, engine_only
from engine.validate import judge
from tests.unit.engine.generate import JUNK, answers_of
from tests.unit.worlds import ROOT, document, make_world, real_world, surroundings, tiny

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "cases/schema.json").read_text("utf-8"))
WORLD = real_world()
REAL = sorted(WORLD.forms)
BY_FORM = {name: [key for key in REAL if key[0] == name] for name, _ in REAL}
COMPLETE = {
    ("ppre", "1.0.0"): "ppre/scenarios/trois-domaines.json",
    ("ppre", "1.0.1"): "ppre/scenarios/trois-domaines.json",
    ("ppre", "1.1.0"): "ppre/scenarios/coordonnateur-et-evaluation-1-1-0.json",
    ("ppre", "2.0.0"): "ppre/scenarios/accord.json",
    ("ppre", "2.0.1"): "ppre/scenarios/accord-2-0-1.json",
    ("ppre", "3.0.0"): "ppre/scenarios/accord-3-0-0.json",
    ("ppre", "3.1.0"): "ppre/scenarios/accord-3-0-0.json",
    ("bilan", "1.0.0"): "bilan/scenarios/cloture.json",
    ("bilan", "1.1.0"): "bilan/scenarios/cloture-1-1-0.json",
    ("livret", "1.0.0"): "livret/scenarios/variante-du-niveau.json",
    ("livret", "1.1.0"): "livret/scenarios/variante-du-niveau.json",
    ("livret", "1.2.0"): "livret/scenarios/variante-du-niveau.json",
}
QUIET = settings(
    deadline=None,
    max_examples=30,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


@cache
def validator_of(form: CompiledForm) -> Draft202012Validator:
    """The compiled schema of a form."""
    return Draft202012Validator(answers_schema(form))


def accepts(state: FormState) -> bool:
    """Tell whether the engine has nothing to say against a document."""
    return not state.raws and not any(problem.level == ERROR for problem in judge(state))


def keeps_whole(state: FormState, answers: dict[str, Any]) -> bool:
    """Tell whether every answer given counts, as it was given."""
    return all(state.answers.get(name) == stored for name, stored in answers.items())


# --- feature by feature -------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["description"])
def test_case(case: dict[str, Any]) -> None:
    forms = case.get("forms") or {"essai": case["definition"]}
    world = make_world(forms)
    assert not world.faults, "\n".join(map(str, world.faults))
    form = world.form("essai")
    around = {"subject": {"form": form.form.subject}}
    check = validator_of(form)
    for answers in case["accepted"]:
        state = evaluate(form, document(answers), surroundings(world, around))
        assert state.answers == answers
        assert accepts(state), [problem.text for problem in judge(state)]
        assert not [error.message for error in check.iter_errors(answers)]
    for answers in case["refused"]:
        assert not check.is_valid(answers), f"the schema accepts {answers}"
        state = evaluate(form, document(answers), surroundings(world, around))
        assert not (accepts(state) and keeps_whole(state, answers)), f"the engine accepts {answers}"


# --- the real forms -----------------------------------------------------------------------------


@pytest.mark.parametrize("key", REAL, ids="-".join)
def test_the_schema_is_a_schema_of_reasonable_size(key: tuple[str, str]) -> None:
    schema = answers_schema(WORLD.forms[key])
    Draft202012Validator.check_schema(schema)
    assert len(json.dumps(schema, ensure_ascii=False)) < 100_000
    assert schema == answers_schema(WORLD.forms[key])


@pytest.mark.parametrize("key", REAL, ids="-".join)
def test_what_only_the_engine_can_judge_is_said_in_sentences(key: tuple[str, str]) -> None:
    for sentence in engine_only(WORLD.forms[key]):
        assert sentence.endswith(".")
        assert "None" not in sentence and "  " not in sentence


@pytest.mark.parametrize("key", REAL, ids="-".join)
def test_complete_documents_are_accepted_by_both(key: tuple[str, str]) -> None:
    form, around = WORLD.forms[key], context_of(key)
    state = evaluate(form, a_document(form, complete(key)), around)
    assert accepts(state), [problem.text for problem in judge(state)]
    assert not [error.message for error in validator_of(form).iter_errors(state.answers)]


@pytest.mark.parametrize("name", BY_FORM)
@QUIET
@given(data=st.data())
def test_whatever_the_engine_accepts_the_schema_accepts(name: str, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(BY_FORM[name]))
    form, around = WORLD.forms[key], context_of(key)
    answers = mended(form, {**complete(key), **data.draw(answers_of(form))}, key, around)
    state = evaluate(form, a_document(form, answers), around)
    event(f"accepted: {accepts(state)}")
    if accepts(state):
        assert not [
            f"{error.json_path}: {error.message[:300]}"
            for error in validator_of(form).iter_errors(state.answers)
        ]


@pytest.mark.parametrize("name", BY_FORM)
@QUIET
@given(data=st.data())
def test_what_the_schema_refuses_the_engine_never_accepts(name: str, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(BY_FORM[name]))
    form, around = WORLD.forms[key], context_of(key)
    answers = mended(form, {**complete(key), **data.draw(answers_of(form))}, key, around)
    stored = evaluate(form, a_document(form, answers), around).answers
    changed = mutated(stored, data)
    state = evaluate(form, a_document(form, changed), around)
    refused = not validator_of(form).is_valid(changed)
    event(f"refused: {refused}")
    if refused:
        assert not (accepts(state) and state.answers == changed)
    if accepts(state):
        assert validator_of(form).is_valid(state.answers)


def a_document(form: CompiledForm, answers: dict[str, Any]) -> dict[str, Any]:
    return document(answers, state=form.form.lifecycle.states[0].id)


@cache
def scenario(key: tuple[str, str]) -> dict[str, Any]:
    """A scenario of the form in which it is complete: one named here, or « complet »."""
    path = COMPLETE.get(key, f"{key[0]}/scenarios/complet.json")
    found: dict[str, Any] = json.loads((ROOT / "definitions" / path).read_text("utf-8"))
    return found


def complete(key: tuple[str, str]) -> dict[str, Any]:
    """Complete answers of a real form."""
    return copy.deepcopy(scenario(key)["answers"])  # type: ignore[no-any-return]


def context_of(key: tuple[str, str]) -> Context:
    """The surroundings of that scenario."""
    given = scenario(key)
    around: dict[str, Any] = {"today": given["today"], "links": given.get("links", {})}
    around["targets"] = {
        f"{one['kind']}/{name}": one["attributes"] for name, one in given.get("places", {}).items()
    }
    if "subject" in given:
        around["subject"] = {"form": WORLD.forms[key].form.subject, "answers": given["subject"]}
    return surroundings(WORLD, around)


def mended(
    form: CompiledForm, answers: dict[str, Any], key: tuple[str, str], around: Context
) -> dict[str, Any]:
    """Put back what the engine complains of, field by field, so that many answers are accepted."""
    whole = complete(key)
    for _ in range(8):
        state = evaluate(form, a_document(form, answers), around)
        wrong = {problem.path[0] for problem in judge(state) if problem.level == ERROR}
        if not wrong:
            break
        answers = {name: stored for name, stored in answers.items() if name not in wrong}
        answers |= {name: whole[name] for name in wrong & set(whole)}
    return answers


def mutated(answers: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """Change one thing somewhere: drop it, repeat it, replace it, add a key."""
    changed = copy.deepcopy(answers)
    places = list(walk(changed))
    holder, key = data.draw(st.sampled_from(places))
    match data.draw(st.sampled_from(["drop", "junk", "repeat", "key", "swap"])):
        case "drop":
            del holder[key]
        case "junk":
            holder[key] = data.draw(JUNK)
        case "repeat" if isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        case "key" if isinstance(holder, dict):
            holder[data.draw(st.sampled_from(["z", "picks", "details", "row", "raw"]))] = data.draw(JUNK)
        case _:
            other, name = data.draw(st.sampled_from(places))
            holder[key] = copy.deepcopy(other[name])
    return changed


def walk(value: Any) -> Any:
    """Every place of a JSON value, as its holder and key."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    for key in keys:
        yield value, key
        yield from walk(value[key])


# --- lists too large to be told apart -----------------------------------------------------------


def test_a_large_list_is_an_enumeration() -> None:
    items = [
        {"code": f"a{i}", "label": f"A{i}", "items": [{"code": f"a{i}.{j}", "label": "B"} for j in range(60)]}
        for i in range(20)
    ]
    lists = {"grande": {"levels": ["haut", "bas"], "items": items}}
    levels = [{"id": "haut", "max": 2}, {"id": "bas", "many": True}]
    form = tiny({"items": [{"id": "a", "type": "cascade", "list": "grande", "levels": levels}]}, lists)
    check = validator_of(form)
    assert check.is_valid({"a": [{"code": "a3", "picks": ["a3.1", "a3.2"]}, "a4"]})
    assert check.is_valid({"a": [{"code": "a3", "picks": ["a4.1"]}]})
    assert not check.is_valid({"a": ["zz"]})
    assert not check.is_valid({"a": [{"code": "a3", "picks": []}]})
    assert any("sous celui qui le contient" in sentence for sentence in engine_only(form))
