"""The solver says nothing but the truth, and all of it where types are small."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.evaluate import evaluate
from engine.solver import find
from engine.solver.search import Question
from engine.solver.translate import Translator
from tests.unit.worlds import context, document, make_world, real_world, tiny

CASES = json.loads((Path(__file__).parents[1] / "cases" / "solver.json").read_text("utf-8"))
DAYS = ["2026-10-04", "2026-10-05", "2026-10-06", "2026-10-07", "2026-10-08"]

QUARTERS = [None, *(n / 4 for n in range(21))]

# field -> its answers, all that make a difference to the conditions below
WORLD: Mapping[str, tuple[dict[str, Any], list[Any]]] = {
    "oui": ({"type": "boolean"}, [None, True, False]),
    "teinte": (
        {"type": "choice", "list": "couleurs"},
        [None, ["rouge"], ["vert"], ["bleu"], [AUTRE := "autre"]],
    ),
    "autre": ({"type": "choice", "list": "couleurs"}, [None, ["rouge"], ["vert"], ["bleu"], [AUTRE]]),
    "plusieurs": ({"type": "choice", "list": "sens", "many": True}, [None, ["oui"], ["non"], ["oui", "non"]]),
    "petit": ({"type": "number", "decimals": 2}, QUARTERS),
    "grand": ({"type": "number", "decimals": 2}, QUARTERS),
    "jour": ({"type": "date"}, [None, *DAYS]),
}
COLOURS = st.sampled_from(["rouge", "vert", "bleu"])
SMALL = st.integers(1, 4)
ORDER = st.sampled_from(["is", "lt", "le", "gt", "ge"])


def compare(ref: str, op: str, value: Any) -> dict[str, Any]:
    return {"ref": ref, "op": op, "value": value}


ATOMS: Mapping[str, st.SearchStrategy[Any]] = {
    "oui": st.booleans().map(lambda one: compare("oui", "is", one)),
    "teinte": st.one_of(
        st.builds(compare, st.just("teinte"), ORDER, COLOURS),
        st.lists(COLOURS, min_size=1, max_size=3).map(lambda some: compare("teinte", "in", some)),
        st.builds(compare, st.sampled_from(["teinte.chaude"]), st.just("is"), st.booleans()),
        st.builds(compare, st.just("teinte.poids"), ORDER, st.integers(1, 7)),
    ),
    "autre": st.one_of(
        st.builds(compare, st.just("autre"), st.just("is"), st.sampled_from(["rouge", {"ref": "teinte"}])),
    ),
    "plusieurs": st.one_of(
        st.sampled_from(["oui", "non"]).map(lambda one: compare("plusieurs", "has", one)),
        st.just(compare("plusieurs", "has_any", ["oui", "non"])),
    ),
    "petit": st.builds(compare, st.just("petit"), ORDER, st.one_of(SMALL, st.just({"ref": "grand"}))),
    "grand": st.builds(compare, st.just("grand"), ORDER, SMALL),
    "jour": st.builds(compare, st.just("jour"), ORDER, st.sampled_from(DAYS[1:4])),
}


def atom(names: list[str]) -> st.SearchStrategy[Any]:
    answered = st.sampled_from(names).map(lambda name: {"ref": name, "op": "answered"})
    one = st.one_of(st.sampled_from(names).flatmap(lambda name: ATOMS[name]), answered)
    return st.one_of(one, one, one.map(lambda inner: {"not": inner}))


def several(names: list[str]) -> st.SearchStrategy[Any]:
    """A flat condition over some fields."""
    atoms = st.lists(atom(names), min_size=1, max_size=5)
    return st.one_of(atoms.map(lambda some: {"all": some}), atoms.map(lambda some: {"any": some}))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[str], dict[str, Any]]:
    """A few fields, and two conditions, the second of which may read the first."""
    names = draw(st.lists(st.sampled_from(sorted(WORLD)), min_size=1, max_size=2, unique=True))
    if "autre" in names and "teinte" not in names:
        names.append("teinte")
    if "petit" in names and "grand" not in names:
        names.append("grand")
    first = draw(several(names))
    second = draw(several(names))
    key = next(iter(second))
    second[key].append(draw(st.sampled_from([{"condition": "premiere"}, {"not": {"condition": "premiere"}}])))
    return names, {"premiere": first, "seconde": second}


def form_of(names: list[str], conditions: Mapping[str, Any]) -> Any:
    items = [{"id": name, **WORLD[name][0]} for name in sorted(names)]
    named = {name: {"label": name, "when": when} for name, when in conditions.items()}
    return tiny({"items": items, "conditions": named})


def everything(names: list[str]) -> Iterator[dict[str, Any]]:
    for values in product(*(WORLD[name][1] for name in names)):
        yield {name: value for name, value in zip(names, values, strict=True) if value is not None}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds())
def test_the_verdict_is_that_of_trying_everything(world: tuple[list[str], dict[str, Any]]) -> None:
    names, conditions = world
    form = form_of(names, conditions)
    translator = Translator(form)
    states = [evaluate(form, document(answers), context()) for answers in everything(names)]
    for name, spec in form.form.conditions.items():
        seen = {state.condition(name) for state in states}
        question = Question(translator.formula(spec.when, translator.names()))
        assert question.search().proved == (True not in seen)
        assert question.search(False).proved == (False not in seen)
        assert (question.search().example is not None) == (True in seen)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["description"])
def test_findings(case: Any) -> None:
    world = make_world({"essai": case["definition"]}, case.get("lists"))
    assert not world.faults, "\n".join(map(str, world.faults))
    found = find(world.form("essai"))
    assert [one.path for one in found] == [one["path"] for one in case["expect"]], "\n".join(map(str, found))
    for one, expected in zip(found, case["expect"], strict=True):
        assert expected["text"] in one.text


def test_the_shipped_forms_hold_nothing_impossible() -> None:
    assert [str(one) for form in real_world().forms.values() for one in find(form)] == []


def test_it_gives_up_rather_than_guess() -> None:
    """Twelve fields that all count: too much to try, so nothing is said."""
    items = [{"id": f"n{n}", "type": "number"} for n in range(12)]
    chain = [compare(f"n{n}", "lt", {"ref": f"n{n + 1}"}) for n in range(11)]
    form = tiny({"items": items, "conditions": {"c": {"label": "c", "when": {"all": chain}}}})
    translator = Translator(form)
    question = Question(translator.formula(form.form.conditions["c"].when, translator.names()))
    assert not question.search().proved
    assert find(form) == ()
