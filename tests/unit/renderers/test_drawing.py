"""A step drawn out of its pieces is, byte for byte, what the plain templates draw."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import html_samples as samples
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.access import Grant
from engine.compile import CompiledForm
from engine.evaluate import evaluate
from engine.skeleton import Item
from engine.validate import judge
from renderers import html
from renderers.cut import cut
from renderers.drawing import Drawing, kept_for
from renderers.live_step import LiveStep, program_for, regions_of
from renderers.pages import Frame, WizardPage
from renderers.showing import Showing, messages_of
from renderers.tree import Message
from renderers.view import DATA, nodes_but
from tests.unit.engine.generate import WORDS, answers_of
from tests.unit.engine.test_engine_properties import BY_FORM, a_document, a_version, surround
from tests.unit.worlds import context, document, tiny
from web.screens.steps import changed_nodes, settled

OFTEN = settings(
    deadline=None,
    max_examples=25,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
ADDRESSES: dict[str, Any] = {
    "type": "text",
    "label": "Rue d'« ici » n° {n}",
    "help": "Une **rue** : la vôtre ?",
}
INSIDE: list[dict[str, Any]] = [
    {"id": "nom", "type": "text", "required": True, "placeholder": "Prénom d'abord"},
    {"id": "rue", **ADDRESSES},
    {"id": "sorte", "type": "choice", "list": "couleurs"},
    {"id": "avis", "type": "choice", "list": "couleurs", "display": "radios"},
    {"id": "plusieurs", "type": "choice", "list": "couleurs", "many": True},
    {"id": "qui", "type": "reference", "to": "person"},
    {"id": "vu", "type": "boolean", "when": {"ref": ".nom", "op": "answered"}},
    {"id": "jour", "type": "date", "when": {"ref": ".nom", "op": "answered"}},
    {"id": "heure", "type": "time"},
]
PLAIN: list[dict[str, Any]] = [
    {"id": "nom", "type": "text", "required": True},
    {"id": "dits", "type": "text", "lines": 2, "max": 20},
    {"id": "teinte", "type": "choice", "list": "couleurs"},
    {"id": "quand", "type": "date"},
    {"id": "fois", "type": "number"},
]
WORLDS: list[dict[str, Any]] = [
    {"id": "continent", "max": 3},
    {"id": "pays", "many": True},
    {"id": "ville", "many": True},
]
EVERYTHING: dict[str, Any] = {
    "steps": [
        {
            "id": "un",
            "title": "Tout à la fois",
            "items": [
                {"id": "mot", "type": "note", "text": "Bonjour :\n\n- *un*\n- deux"},
                {"id": "dit", "type": "note", "text": "Vous avez écrit « {libre} » !"},
                {"id": "libre", "type": "text", "max": 20, "help": "Ce qu'on veut"},
                {
                    "id": "long",
                    "type": "text",
                    "lines": 4,
                    "max": 30,
                    "required": {"ref": "libre", "op": "answered"},
                },
                {"id": "page", "type": "text", "lines": 2, "when": {"ref": "libre", "op": "answered"}},
                {"id": "duree", "type": "number", "unit": "weeks", "min": 2, "max": 20},
                {"id": "jour", "type": "date"},
                {"id": "heure", "type": "time"},
                {"id": "visa", "type": "signature", "paper": True},
                {"id": "pieces", "type": "attachment", "many": True},
                {"id": "oui", "type": "boolean", "display": "checkbox"},
                {"id": "non", "type": "boolean"},
                {"id": "une", "type": "choice", "list": "couleurs", "display": "select"},
                {"id": "radio", "type": "choice", "list": "couleurs", "display": "radios"},
                {"id": "toutes", "type": "choice", "list": "couleurs", "many": True, "max": 2},
                {
                    "id": "chaude",
                    "type": "choice",
                    "list": "couleurs",
                    "filter": {"ref": ".chaude", "op": "is", "value": True},
                },
                {"id": "calcul", "type": "computed", "value": {"ref": "libre"}},
                {"id": "equipe", "type": "reference", "to": "person", "many": True},
            ],
        },
        {
            "id": "deux",
            "title": "Plus",
            "items": [
                {"id": "lieu", "type": "group", "help": "Où ?", "items": INSIDE},
                {"id": "gens", "type": "rows", "display": "table", "min": 1, "max": 4, "items": INSIDE},
                {
                    "id": "fiches",
                    "type": "rows",
                    "row_label": "Fiche n° {n} : {.nom}",
                    "when": {"ref": "lieu", "op": "answered"},
                    "items": INSIDE,
                },
                {"id": "ligne", "type": "choice", "from_rows": "gens"},
            ],
        },
        {
            "id": "trois",
            "title": "Choix",
            "items": [
                {
                    "id": "onglets",
                    "type": "section",
                    "layout": "tabs",
                    "items": [
                        {
                            "id": "premier",
                            "type": "section",
                            "label": "Premier",
                            "items": [
                                {
                                    "id": "ou",
                                    "type": "cascade",
                                    "list": "monde",
                                    "levels": [
                                        {"id": "continent", "max": 3},
                                        {"id": "pays", "many": True, "min": 1},
                                        {"id": "ville", "many": True},
                                    ],
                                }
                            ],
                        },
                        {
                            "id": "second",
                            "type": "section",
                            "label": "Second",
                            "items": [{"id": "cases", "type": "checklist", "list": "monde", "max": 2}],
                        },
                    ],
                },
                {
                    "id": "plis",
                    "type": "section",
                    "layout": "accordion",
                    "items": [
                        {
                            "id": "pli",
                            "type": "section",
                            "label": "Pli",
                            "items": [
                                {"id": "encore", "type": "checklist", "list": "couleurs"},
                                {
                                    "id": "suivi",
                                    "type": "checklist",
                                    "list": "sens",
                                    "suggest": {"from": ["cases.climats"]},
                                },
                            ],
                        }
                    ],
                },
            ],
        },
        {
            "id": "quatre",
            "title": "Qui se dessine tout seul",
            "items": [
                {"id": "dire", "type": "text", "required": True, "max": 30},
                {"id": "redire", "type": "text", "lines": 3, "max": 40},
                {"id": "nombre", "type": "number"},
                {"id": "le", "type": "date"},
                {"id": "coche", "type": "boolean", "display": "checkbox"},
                {"id": "ouinon", "type": "boolean"},
                {
                    "id": "partie",
                    "type": "section",
                    "label": "Partie",
                    "items": [
                        {"id": "menu", "type": "choice", "list": "couleurs", "display": "select"},
                        {"id": "ronds", "type": "choice", "list": "couleurs", "display": "radios"},
                        {"id": "monde", "type": "cascade", "list": "monde", "levels": WORLDS},
                    ],
                },
                {"id": "lignes", "type": "rows", "display": "table", "max": 3, "items": PLAIN},
                {"id": "cartes", "type": "rows", "label": "Carte d'« ici »", "items": PLAIN},
            ],
        },
    ]
}
TINY = tiny(EVERYTHING)
NAMES = ["tout", *BY_FORM]
PEOPLE = (("p1", "Nadia Ferrand"), ("p2", "l'équipe <b>"), ("p3", "Hélène"))


def drawn_showing(form: CompiledForm, data: st.DataObject) -> Showing:
    """A step's state with any answers, problems, rights, tabs and blank rows."""
    around = context() if form is TINY else surround(form, data, junk=False)
    state = evaluate(form, a_document(form, data.draw(answers_of(form, junk=True))), around)
    items = list(form.skeleton.items.values())
    paths = frozenset(item.path for item in items)
    shut = frozenset(data.draw(st.lists(st.sampled_from(sorted(paths)), max_size=2)))
    hidden = frozenset(data.draw(st.lists(st.sampled_from(sorted(paths)), max_size=1)))
    rows = [(*path, row) for path, ids in state.rows.items() for row in ids]
    return Showing(
        state=state,
        grant=Grant(frozenset(form_roles(form)), frozenset(), paths - hidden, paths - hidden - shut),
        problems=judge(state) if data.draw(st.booleans()) else (),
        candidates=lambda _item: PEOPLE,
        tabs=tabs_of(items, data),
        blanks=frozenset(data.draw(st.sets(st.sampled_from(rows)))) if rows else frozenset(),
        missing=data.draw(st.booleans()),
    )


def form_roles(form: CompiledForm) -> set[str]:
    return {role for right in form.rights for role in right.who}


def tabs_of(items: list[Item], data: st.DataObject) -> dict[str, str]:
    names = [item.id for item in items if item.type in {"section", "checklist"}]
    codes = [child.id for item in items for child in item.children] + ["eu", "af", "nulle-part"]
    return (
        data.draw(st.dictionaries(st.sampled_from(names), st.sampled_from(codes), max_size=3))
        if names
        else {}
    )


def screen_of(step: LiveStep) -> WizardPage:
    base = samples.SCREENS["etape-1"]
    assert isinstance(base, WizardPage)
    return replace(base, step=step, show_errors=False, summary=(), notices=())


@pytest.mark.parametrize("name", NAMES)
@OFTEN
@given(data=st.data())
def test_a_step_is_what_the_templates_draw(name: str, data: st.DataObject) -> None:
    form = TINY if name == "tout" else a_version(name, data)
    showing = drawn_showing(form, data)
    for step in [one for one in form.skeleton.parts if one in showing.state.steps]:
        live = screen_of(LiveStep(showing, step))
        assert isinstance(live.step, LiveStep)
        plain = replace(live, step=live.step.view)
        for _ in range(2):  # cut, then filled
            again = replace(live, step=LiveStep(showing, step))
            assert html.page(again, samples.FRAME) == html.page(plain, samples.FRAME)


@pytest.mark.parametrize("name", NAMES)
@OFTEN
@given(data=st.data())
def test_a_region_is_what_the_templates_draw(name: str, data: st.DataObject) -> None:
    form = TINY if name == "tout" else a_version(name, data)
    showing = drawn_showing(form, data)
    for step in [one for one in form.skeleton.parts if one in showing.state.steps]:
        live = screen_of(LiveStep(showing, step))
        assert isinstance(live.step, LiveStep)
        plain = replace(live, step=live.step.view)
        nodes = live.step.view.nodes
        wanted = html.regions(plain, samples.FRAME, nodes)
        for _ in range(2):
            drawn = regions_of(showing, step, {node.region for node in nodes})
            assert html.regions(live, samples.FRAME, drawn) == wanted


@pytest.mark.parametrize("name", NAMES)
@OFTEN
@given(data=st.data())
def test_what_is_settled_is_never_drawn_anew(name: str, data: st.DataObject) -> None:
    """Looking at what may have changed alone tells the same as looking at everything."""
    form = TINY if name == "tout" else a_version(name, data)
    one = drawn_showing(form, data)
    answers = dict(one.state.document["answers"])
    other_answers = a_document(form, data.draw(answers_of(form, junk=True)))["answers"]
    for item in data.draw(st.lists(st.sampled_from(sorted(form.skeleton.named)), max_size=3)):
        answers[item] = other_answers.get(item)
    state = evaluate(form, {**one.state.document, "answers": answers}, one.state.context)
    before, after = replace(one, problems=()), replace(one, problems=(), state=state)
    same = settled(before.state, after.state)
    for step in [part for part in form.skeleton.parts if part in state.steps & one.state.steps]:
        less, whole = (
            changed_nodes(nodes_but(before, step, but), nodes_but(after, step, but), {}) for but in (same, ())
        )
        assert [node.region for node in less] == [node.region for node in whole]


def test_the_tiny_form_has_every_type() -> None:
    types = {item.type for item in TINY.skeleton.items.values() if item.is_field or item.type == "computed"}
    assert types == set(DATA)


TEXTS = st.sampled_from(WORDS) | st.text(max_size=8)


@OFTEN
@given(data=st.data())
def test_what_surrounds_a_step_is_what_the_templates_draw(data: st.DataObject) -> None:
    base = samples.SCREENS[
        data.draw(st.sampled_from([n for n, s in samples.SCREENS.items() if isinstance(s, WizardPage)]))
    ]
    assert isinstance(base, WizardPage)
    showing = Showing(
        evaluate(TINY, a_document(TINY, {}), context()),
        Grant(frozenset(), frozenset(), frozenset(), frozenset()),
        (),
        lambda _item: PEOPLE,
    )
    words = {name: data.draw(TEXTS) for name in ("title", "over", "action", "base", "sitting", "saved")}
    notices = (Message("info", data.draw(TEXTS), ""),) if data.draw(st.booleans()) else ()
    screen = replace(base, **words, notices=notices, step=LiveStep(showing, "un"))
    frame = Frame(
        *(data.draw(TEXTS) for _ in range(2)), samples.FRAME.nav, data.draw(TEXTS), data.draw(TEXTS)
    )
    plain = replace(screen, step=LiveStep(showing, "un").view)
    for _ in range(2):
        assert html.page(screen, frame) == html.page(plain, frame)
        assert html.regions(screen, frame, []) == html.regions(plain, frame, [])


# --- what is kept ----------------------------------------------------------------------------------------


def test_nothing_that_a_person_wrote_is_kept() -> None:
    secret = "Confidence de quelqu'un"
    answers = {"libre": secret, "long": secret, "gens": [{"row": "a", "nom": secret}]}
    showing = showing_of(answers)
    for step in TINY.skeleton.parts:
        html.page(screen_of(LiveStep(showing, step)), replace(samples.FRAME, user=secret, flash=secret))
    kept = repr([(key, piece and piece._texts) for key, piece in kept_for(TINY).pieces._kept.items()])  # type: ignore[union-attr]
    assert "Confidence" not in kept


def test_other_answers_need_no_other_pieces() -> None:
    """The work of showing a step doesn't grow with the documents that were shown."""
    first = {"libre": "un", "duree": 3, "toutes": ["rouge"], "jour": "2026-10-04"}
    html.page(screen_of(LiveStep(showing_of(first), "un")), samples.FRAME)
    before = len(kept_for(TINY).pieces._kept)
    for text in WORDS:
        answers = {
            "libre": text if text.strip() else "x",
            "duree": 4,
            "toutes": ["rouge"],
            "jour": "2026-10-05",
        }
        html.page(screen_of(LiveStep(showing_of(answers), "un")), samples.FRAME)
    assert len(kept_for(TINY).pieces._kept) == before


def showing_of(answers: dict[str, Any]) -> Showing:
    state = evaluate(TINY, document(copy.deepcopy(answers)), context())
    paths = frozenset(TINY.skeleton.items)
    problems = judge(state)
    grant = Grant(frozenset({"gardien"}), frozenset(), paths, paths)
    return Showing(state, grant, problems, lambda _item: PEOPLE)


def test_every_field_of_a_filled_step_has_its_piece() -> None:
    """Only what holds a person's words among the form's own, a signature, files or suggestions is plain."""
    row = {"nom": "Zoé", "rue": "x", "sorte": ["rouge"], "avis": ["vert"], "qui": [], "vu": True}
    answers = {"libre": "un", "lieu": row, "gens": [{"row": "a", **row}], "fiches": [{"row": "b", **row}]}
    showing = showing_of({**answers, "ou": [{"code": "eu", "picks": ["eu.fr"]}], "cases": ["eu.fr.lyon"]})
    fallen: set[str] = set()

    class Watched(Drawing):
        def _plain(self, item: Item, *rest: Any) -> str:
            fallen.add(item.id)
            return super()._plain(item, *rest)

    for step in TINY.skeleton.parts:
        Watched(replace(showing, problems=())).step(step)
    assert fallen == {"dit", "ligne", "pieces", "suivi", "visa"}
    assert all(kept_for(TINY).pieces._kept.values())


ROW = {"nom": "l'« ami »", "dits": "<b>", "teinte": ["rouge"], "quand": "2026-10-05", "fois": 3}
ALONE: dict[str, Any] = {
    "dire": "Qu'est-ce ?",
    "redire": "a & b",
    "nombre": 12,
    "le": "2026-10-05",
    "coche": True,
    "ouinon": False,
    "menu": ["vert"],
    "ronds": ["rouge"],
    "monde": [{"code": "eu", "picks": [{"code": "eu.fr", "picks": ["eu.fr.lyon"]}]}, {"code": "af"}],
    "lignes": [{"row": "a", **ROW}, {"row": "b", "nom": "x"}],
    "cartes": [{"row": "c", **ROW}, {"row": "d", "nom": "None", "teinte": ["vert"]}],
}


def touched(showing: Showing) -> set[str]:
    """The items of the last step that are drawn piece by piece."""
    found: set[str] = set()

    class Watched(Drawing):
        def node(self, item: Item, *rest: Any, **more: Any) -> Any:
            found.add(item.id)
            return super().node(item, *rest, **more)

    drawn = "".join(Watched(showing, program_for).step("quatre"))
    assert drawn == "".join(Drawing(showing).step("quatre"))
    return found - {"partie"}


@pytest.mark.parametrize("answers", [{}, {"coche": False}, ALONE, {**ALONE, "ouinon": None, "coche": None}])
def test_plain_items_draw_themselves(answers: dict[str, Any]) -> None:
    assert touched(showing_of(answers)) == set()


def test_only_what_is_wrong_is_drawn_piece_by_piece() -> None:
    cell = {"row": "b", "nom": "x", "quand": "2026-13-05"}
    showing = showing_of({**ALONE, "nombre": 1.5, "le": {"raw": "hier"}, "cartes": [cell]})
    assert touched(showing) == {"nombre", "le", "cartes", *(one["id"] for one in PLAIN)}
    missing = showing_of({name: value for name, value in ALONE.items() if name != "dire"})
    assert touched(missing) == set()
    assert touched(replace(missing, missing=True)) == {"dire"}


def test_a_program_is_one_look_s() -> None:
    """Other rights, other pages: what somebody may not read or change is never drawn for them."""
    showing = showing_of(ALONE)
    touched(showing)
    paths = frozenset(TINY.skeleton.items) - {("dire",)}
    blind = replace(showing, grant=Grant(showing.grant.roles, frozenset(), paths, paths))
    assert "Qu&#39;est" not in "".join(Drawing(blind, program_for).step("quatre"))
    bound = replace(showing, grant=Grant(showing.grant.roles, frozenset(), paths | {("dire",)}, paths))
    assert 'name="dire"' not in "".join(Drawing(bound, program_for).step("quatre"))
    touched(bound)


@pytest.mark.parametrize("text", ["<p>Qzmf0Z</p>", "<p>Qzms3Z</p>"])
def test_a_mark_that_was_not_set_in_french_cuts_nothing(text: str) -> None:
    assert cut(text) is None


def test_messages_do_not_depend_on_how_a_step_is_drawn() -> None:
    showing = replace(showing_of({"duree": 90}), missing=True)
    assert [one.text for one in messages_of(showing, "un")]
