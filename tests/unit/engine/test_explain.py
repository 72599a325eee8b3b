"""« Pourquoi ? »: the reason that decides, with its values, and nothing that the reader may not read."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from generate import answers_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.explain import run
from engine.access import grant_for
from engine.evaluate import FormState, evaluate
from engine.explain import Reader, Why, briefly, of_action, of_field
from tests.unit.worlds import ROOT, context, document, real_world, tiny

CASES = json.loads((Path(__file__).parents[1] / "cases" / "explain.json").read_text("utf-8"))
SECRET = "Zyzomys"


def reader_of(state: FormState, roles: list[str] | None) -> Reader:
    """Somebody with some roles, or the author."""
    if roles is None:
        return Reader(None, full=True)
    return Reader(grant_for(state, state.form, frozenset(roles)), full=True)


def whys(state: FormState, reader: Reader, at: str) -> tuple[Why, ...]:
    """Everything that is said of a field or an action."""
    action = state.form.actions.get(at)
    if action is not None:
        return of_action(state, reader, action)
    path = tuple(at.split("."))
    return of_field(state, reader, state.form.skeleton.items[path], path)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["description"])
def test_reasons(case: Any) -> None:
    form = tiny(case["definition"])
    state = evaluate(form, document(case["answers"], state=case.get("state", "ouvert")), context())
    told = whys(state, reader_of(state, case.get("roles")), case["at"])
    assert [one.about for one in told] == [one["about"] for one in case["told"]], told
    for one, wanted in zip(told, case["told"], strict=True):
        assert wanted["text"] in one.sentence


# --- in the wizard ------------------------------------------------------------------------------

NUMBER = {"id": "nb", "type": "number", "label": "Nombre"}


def test_the_wizard_says_it_short_and_only_where_there_is_something_to_say() -> None:
    form = tiny(
        {
            "items": [
                NUMBER,
                {"id": "t", "type": "text", "label": "Titre", "when": {"ref": "nb", "op": "gt", "value": 3}},
            ]
        }
    )
    state = evaluate(form, document({"nb": 5}), context())
    reader = Reader(grant_for(state, form, frozenset({"gardien"})))
    items = form.skeleton.named
    assert briefly(state, reader, items["nb"], ("nb",)) == ""
    assert briefly(state, reader, items["t"], ("t",)) == "Parce que « Nombre » (5) dépasse 3."


def test_the_wizard_names_the_choice_not_its_attribute() -> None:
    choice = {"id": "c", "type": "choice", "list": "couleurs", "label": "Couleur"}
    when = {"ref": "c.chaude", "op": "is", "value": True}
    form = tiny({"items": [choice, {"id": "t", "type": "text", "label": "Titre", "when": when}]})
    state = evaluate(form, document({"c": ["rouge"]}), context())
    reader = Reader(grant_for(state, form, frozenset({"gardien"})))
    told = briefly(state, reader, form.skeleton.named["t"], ("t",))
    assert told == "Parce que « Couleur » est « Rouge »."


def test_a_cited_answer_is_quoted() -> None:
    """Answers are cited in texts that have marks: theirs must stay signs."""
    texts = [{"id": "a", "type": "text", "label": "A"}, {"id": "b", "type": "text", "label": "B"}]
    texts[1]["when"] = {"ref": "a", "op": "answered"}  # type: ignore[assignment]
    form = tiny({"items": texts})
    state = evaluate(form, document({"a": "**gras**"}), context())
    reader = Reader(None, quote=lambda text: text.replace("*", "\\*"))
    assert "\\*\\*gras\\*\\*" in briefly(state, reader, form.skeleton.named["b"], ("b",))


# --- nothing leaks ------------------------------------------------------------------------------


def everything(state: FormState, reader: Reader) -> list[str]:
    """Every sentence that a reader can get."""
    found = [one.sentence for action in state.form.actions for one in whys(state, reader, action)]
    for item in state.form.skeleton.items.values():
        for path in state.instances(item):
            found += [one.sentence for one in of_field(state, reader, item, path)]
            if (
                path in state.visible
                and state.form.rules[item.path].when is not None
                and reads(reader, item.path)
            ):
                found.append(briefly(state, reader, item, path))
    return found


def reads(reader: Reader, path: tuple[str, ...]) -> bool:
    return reader.grant is None or path in reader.grant.reads


def test_what_decides_and_may_not_be_read_is_not_told() -> None:
    """A reader sees that an action is refused, not the closed answer behind it."""
    secret = {"id": "secret", "type": "text", "label": "Secret", "readers": ["gardien"]}
    rights = [
        {"who": ["gardien"], "may": ["create", "read", "write", "fermer"]},
        {"who": ["visiteur"], "may": ["read", "fermer"]},
    ]
    limited = {"who": ["visiteur"], "may": ["read", "fermer"], "only": ["vu"]}
    vu = {"id": "vu", "type": "text", "label": "Vu"}
    nombre = {"id": "cache", "type": "number", "label": "Caché"}
    lifecycle = {
        "states": [
            {"id": "ouvert", "label": "Ouvert", "phase": "draft", "open": ["etape"]},
            {"id": "clos", "label": "Clos", "phase": "closed"},
        ],
        "actions": [
            {
                "id": "fermer",
                "label": "Fermer",
                "from": ["ouvert"],
                "to": "clos",
                "refused": [
                    {"id": "non", "when": {"ref": "cache", "op": "gt", "value": 41}, "message": "Non."}
                ],
            }
        ],
    }
    form = tiny(
        {"items": [secret, vu, nombre], "lifecycle": lifecycle, "access": {"rights": [rights[0], limited]}}
    )
    state = evaluate(form, document({"secret": SECRET, "vu": "oui", "cache": 42}), context())
    told = " ".join(everything(state, reader_of(state, ["visiteur"])))
    assert SECRET not in told
    assert "42" not in told
    assert "41" not in told
    assert "une réponse que vous ne pouvez pas lire en décide" in told
    assert "42" in " ".join(everything(state, reader_of(state, ["gardien"])))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_sentence_never_holds_an_answer_that_is_closed_to_its_reader(data: st.DataObject) -> None:
    world = real_world()
    form = world.forms[data.draw(st.sampled_from(sorted(world.forms)))]
    answers = data.draw(answers_of(form))
    state_id = data.draw(st.sampled_from([state.id for state in form.form.lifecycle.states]))
    roles = data.draw(st.lists(st.sampled_from(sorted(form.drafting.library.role_ids)), max_size=2))
    plain = evaluate(form, document(answers, state=state_id), context())
    grant = grant_for(plain, form, frozenset(roles))
    closed = {
        path[0]
        for path, item in form.skeleton.items.items()
        if item.type == "text" and path not in grant.reads
    }
    for name in closed:
        item = form.skeleton.named.get(name)
        if item is not None and item.type == "text":
            answers = {**answers, name: SECRET}
    state = evaluate(form, document(answers, state=state_id), context())
    assert SECRET not in " ".join(everything(state, Reader(grant, full=True)))


def test_every_sentence_of_the_real_forms_can_be_said() -> None:
    for form in real_world().forms.values():
        for state_id in (one.id for one in form.form.lifecycle.states):
            state = evaluate(form, document({}, state=state_id), context())
            for sentence in everything(state, Reader(None, full=True)):
                assert sentence.endswith("."), sentence
                assert "None" not in sentence


# --- the command --------------------------------------------------------------------------------


def said(path: str, *places: str, as_user: bool = False) -> tuple[int, str]:
    out = io.StringIO()
    return run(ROOT / path, places, out, as_user=as_user), out.getvalue()


def test_the_command_explains_a_scenario() -> None:
    path = "definitions/ppre/scenarios/discipline-second-degre.json"
    status, text = said(path, "participants[b].discipline")
    assert status == 0
    assert "ne se montre pas parce que « Fonction » (Responsables légaux) n'est pas « Professeur »." in text
    assert "« Finaliser le PPRE » est possible." in said(path)[1]


def test_the_command_keeps_to_what_the_user_may_know() -> None:
    path = "definitions/ppre/scenarios/lecture-contributeur-finalise.json"
    told = said(path, "origines_difficultes", as_user=True)[1]
    assert told.endswith("origines_difficultes\n  - Cette réponse ne vous est pas ouverte.\n")


@pytest.mark.parametrize(
    ("path", "places", "words"),
    [
        ("definitions/ppre/scenarios/accord.json", ["accordd"], "Vouliez-vous dire « accord » ?"),
        ("definitions/ppre/scenarios/absent.json", [], "Donnez le fichier d'un scénario."),
        ("definitions/ppre/form.json", [], "form.json"),
    ],
)
def test_faulty_input_is_said(path: str, places: list[str], words: str) -> None:
    status, text = said(path, *places)
    assert status == 2
    assert words in text
