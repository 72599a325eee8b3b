"""The quick ways say what the plain ones say, and work does not grow with what is not asked for."""

from __future__ import annotations

import copy
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.access import Grant
from engine.asking import asked
from engine.compile import CompiledForm
from engine.edit import AsStored, edit
from engine.evaluate import FormState, evaluate
from engine.fields import Entry
from engine.finding import search
from engine.formats import FORMATS
from engine.fused import fused
from engine.intake import intake
from engine.offers import Offer
from engine.plain import PlainRows, PlainTest
from engine.posting import Posted, nest
from engine.problems import Problem
from engine.taking import taking
from engine.validate import _form_problems, _item, judge
from tests.unit.engine.generate import ROW_IDS, answers_of
from tests.unit.engine.test_engine_properties import BY_FORM, QUIET, a_document, a_version, surround
from tests.unit.worlds import context, document, make_world, tiny
from web.body import encode, parse

FIELDS: list[dict[str, Any]] = [
    {"id": "texte", "type": "text", "max": 6, "required": True},
    {"id": "courriel", "type": "text", "format": "email"},
    {"id": "code", "type": "text", "format": "[a-z]{2}"},
    {"id": "nombre", "type": "number", "min": 1, "max": 16, "unit": "weeks"},
    {"id": "jour", "type": "date", "min": "2026-10-01", "required": True},
    {"id": "a", "type": "boolean", "display": "checkbox"},
    {"id": "b", "type": "boolean"},
    {"id": "c", "type": "boolean", "required": True},
    {"id": "choix", "type": "choice", "list": "couleurs", "required": True},
    {"id": "choix_plusieurs", "type": "choice", "list": "couleurs", "many": True, "min": 1, "max": 2},
    {"id": "cases", "type": "checklist", "list": "monde", "max": 3},
    {"id": "branche", "type": "cascade", "list": "monde", "levels": [{"id": "continent", "min": 1}]},
    {
        "id": "branches",
        "type": "cascade",
        "list": "monde",
        "levels": [
            {"id": "continent", "max": 3},
            {"id": "pays", "many": True},
            {"id": "ville", "many": True, "max": 2},
        ],
    },
    {"id": "quelqu_un", "type": "reference", "to": "person"},
]
WHOLE = tiny(
    {
        "items": [
            *FIELDS,
            {"id": "lignes", "type": "rows", "required": True, "max": 3, "items": FIELDS[:11]},
            {"id": "libres", "type": "rows", "items": [FIELDS[5], FIELDS[1]]},
        ]
    }
)


def told(problems: list[Problem]) -> list[tuple[Any, ...]]:
    return [(*problem, problem.text) for problem in problems]


def plainly(state: FormState) -> list[Problem]:
    """Judge with every item read."""
    found: list[Problem] = []
    for step in state.form.skeleton.steps:
        if state.shows_step(step.id) and state.frozen(step.id) is None:
            for item in step.items:
                found.extend(_item(state, item, ()))
    return [*found, *_form_problems(state, None)]


def both(form: CompiledForm, answers: Any, around: Any) -> tuple[Any, Any]:
    stored = a_document(form, answers)
    quick, plain = evaluate(form, stored, around), evaluate(form, stored, around)
    return told(judge(quick)), told(plainly(plain))


@QUIET
@pytest.mark.parametrize("junk", [False, True])
@given(data=st.data())
def test_a_look_says_what_reading_says(junk: bool, data: st.DataObject) -> None:
    for _ in range(10):
        quick, plain = both(WHOLE, data.draw(answers_of(WHOLE, junk)), context())
        assert quick == plain


@pytest.mark.parametrize("name", BY_FORM)
@QUIET
@given(data=st.data())
def test_real_forms_are_judged_the_same_both_ways(name: str, data: st.DataObject) -> None:
    form = a_version(name, data)
    quick, plain = both(form, data.draw(answers_of(form, junk=True)), surround(form, data, junk=False))
    assert quick == plain


def test_every_plain_field_has_its_test() -> None:
    kinds = {one.item.id: type(one.how) for one in fused(WHOLE, "etape").items}
    assert set(kinds.values()) == {PlainTest, PlainRows}


# --- growth -------------------------------------------------------------------------------------


def calls(work: Callable[[], object]) -> int:
    """Count the functions that some work calls, once it is warm."""
    work()
    count = 0

    def note(_frame: Any, event: str, _arg: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    former = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(former)
    return count


def steps(count: int) -> CompiledForm:
    """A form of so many alike steps; what is shown in the first moves with an answer."""
    made = []
    for n in range(count):
        items = [{**one, "id": f"{one['id']}_{n}"} for one in FIELDS]
        items.append(
            {"id": f"plus_{n}", "type": "text", "when": {"ref": f"b_{n}", "op": "is", "value": True}}
        )
        made.append({"id": f"etape_{n}", "title": f"Étape {n}", "items": items})
    return tiny({"steps": made})


def an_edit(form: CompiledForm, step: str, entries: dict[tuple[str, ...], Entry]) -> Callable[[], object]:
    everything = frozenset(form.skeleton.items)
    grant = Grant(frozenset(), frozenset(), everything, everything)

    def work() -> object:
        state = evaluate(form, document({"texte_0": "a"}), context())
        edited = edit(state, Posted(entries), grant, lambda _item, _id: None, step)
        return judge(edited.state, frozenset({step}))

    return work


ENTRIES = {
    ("texte_0",): Entry(["b"]),
    ("choix_0",): Entry(["rouge"]),
    ("b_0",): Entry(["oui"]),
    ("plus_0",): Entry(["c"]),
    ("branches_0",): Entry(slots=[("eu", ["eu.fr", "eu.fr.lyon"])]),
}


def test_a_step_costs_the_same_among_as_many_as_a_form_may_have() -> None:
    alone, among = (calls(an_edit(steps(count), "etape_0", ENTRIES)) for count in (1, 100))
    assert among <= alone


def labels(top: int) -> dict[str, Any]:
    items = [
        {
            "code": f"d{a}",
            "label": f"D{a}",
            "items": [
                {
                    "code": f"d{a}.{b}",
                    "label": "S",
                    "items": [{"code": f"d{a}.{b}.{c}", "label": "L"} for c in range(8)],
                }
                for b in range(4)
            ],
        }
        for a in range(top)
    ]
    return {"levels": ["un", "deux", "trois"], "items": items}


def test_a_label_costs_the_same_among_many() -> None:
    levels = [{"id": "un", "max": 1}, {"id": "deux", "many": True}, {"id": "trois", "many": True}]
    given = {"items": [{"id": "branche", "type": "cascade", "list": "grande", "levels": levels}]}
    entry = {("branche",): Entry(slots=[("d1", ["d1.2", "d1.2.3", "d0.0"])])}
    few, many = (
        calls(an_edit(make_world({"essai": given}, {"grande": labels(top)}).form("essai"), "etape", entry))
        for top in (5, 500)
    )
    assert many <= few


def a_search(top: int) -> Callable[[], object]:
    """Look for one label among so many."""
    given = {"items": [{"id": "choix", "type": "choice", "list": "grande", "level": "un"}]}
    form = make_world({"essai": given}, {"grande": labels(top)}).form("essai")
    offer = evaluate(form, document({}), context()).offers["choix",]
    assert isinstance(offer, Offer) and search(offer, "D99", 20).codes == ("d99",)
    return lambda: search(offer, "D99", 20)


def test_a_search_reads_no_label_that_it_does_not_find() -> None:
    assert calls(a_search(900)) <= calls(a_search(100))


# --- what is posted -----------------------------------------------------------------------------

OWNED = {"id": "siennes", "type": "rows", "own": True, "items": FIELDS[:6]}
POSTED = tiny(
    {
        "items": [
            *FIELDS,
            {"id": "lignes", "type": "rows", "items": FIELDS[:11]},
            {"id": "groupe", "type": "group", "items": FIELDS[:9]},
            {"id": "defaut", "type": "text", "default": "x"},
            {"id": "si", "type": "text", "when": {"ref": "b", "op": "is", "value": True}},
            OWNED,
        ]
    }
)
TEXTS = st.lists(
    st.sampled_from(["", "a", "oui", "non", "rouge", "vert", "3", "2026-10-05", "eu.mc"]), max_size=2
)
ROWS = st.lists(st.sampled_from(["r1", "r2", "zz"]), max_size=3)


def entries_of(form: CompiledForm) -> st.SearchStrategy[dict[tuple[str, ...], Entry]]:
    paths = [(item.id,) for item in form.skeleton.named.values() if not item.children]
    for item in form.skeleton.named.values():
        for child in item.children:
            inside = [(item.id, row, child.id) for row in ("r1", "zz")]
            paths += [(item.id, child.id)] if item.type == "group" else inside
    entry = st.builds(
        Entry, texts=TEXTS, details=st.just({}), shown=st.just(""), slots=st.just((("eu", ("eu.mc",)),))
    )
    return st.dictionaries(st.sampled_from([*paths, ("ailleurs",)]), entry, max_size=12)


@QUIET
@given(data=st.data())
def test_posting_does_the_same_both_ways(data: st.DataObject) -> None:
    for _ in range(4):
        answers = data.draw(answers_of(POSTED, junk=data.draw(st.booleans())))
        rows = {(name,): data.draw(ROWS) for name in ("lignes", "siennes") if data.draw(st.booleans())}
        posted = Posted(data.draw(entries_of(POSTED)), rows)
        writes = data.draw(st.frozensets(st.sampled_from(sorted(POSTED.skeleton.items))))
        outcomes = []
        for facts in (intake(POSTED, "etape"), replace(intake(POSTED, "etape"), readers={})):
            POSTED.intakes["etape"] = facts
            reads = frozenset(POSTED.skeleton.items)
            state = evaluate(POSTED, document(answers), context())
            edited = edit(
                state,
                posted,
                Grant(frozenset(), frozenset(), reads, writes),
                lambda _item, _id: None,
                "etape",
            )
            outcomes.append((edited.document, told(list(edited.refused)), told(list(edited.hidden))))
        POSTED.intakes.clear()
        assert outcomes[0] == outcomes[1]


# --- what a page sends --------------------------------------------------------------------------

TICKED = {"id": "coche", "type": "boolean", "display": "checkbox", "required": True}
STEADY = tiny(
    {
        "items": [
            *FIELDS[:9],
            TICKED,
            FIELDS[12],
            {"id": "lignes", "type": "rows", "required": True, "max": 2, "items": [*FIELDS[:9], TICKED]},
            {"id": "si", "type": "text", "when": {"ref": "b", "op": "is", "value": True}},
        ]
    }
)
SAID = st.sampled_from(
    "|a|abcdefg|e\u0301 |a\r\nb|x\x07|ab|a@b.fr|oui|non|rouge|zz|3|99|1,5|2026-10-05|05/10/2026|31/02/2026|"
    "5 10 2026|2020-01-01| ".split("|")
)
CHOSEN = st.sampled_from(["", "rouge", "vert", "rouge", "zz"])
ROWS_SHOWN = [*ROW_IDS[:3], *ROW_IDS[:3], "é"]
SLOTS = st.sampled_from(["", "eu", "af", "zz", "eu.fr", "eu.fr.lyon", "eu.mc"])


OTHERS = "_once ailleurs lignes.zz.texte lignes.r1.jour texte~d~0~x branches~7 c~2 lignes".split()


STANDS = [repr((value, said)) for value in ("a", 3, None, False, "2026-10-05") for said in (True, False)]


@st.composite
def pages(draw: st.DrawFn) -> list[tuple[str, str]]:
    """What a page may send: most controls once, some not, some twice; now and then anything."""
    found: list[tuple[str, str]] = []

    def control(name: str, item: Any) -> None:
        if not draw(st.integers(0, 14)):
            return
        if draw(st.booleans()):
            found.append((f"{name}~", "1"))
        if draw(st.integers(0, 9)):
            found.append((name, draw(SAID if item.type != "choice" else CHOSEN)))
        if not draw(st.integers(0, 60)):
            found.append((name, draw(SAID)))

    for item in STEADY.skeleton.parts["etape"].items:
        if item.type == "cascade":
            for n in range(1, draw(st.integers(1, 4))):
                found.append((f"{item.id}~{n}", draw(SLOTS)))
                found += [(f"{item.id}~{n}~p", code) for code in draw(st.lists(SLOTS, max_size=3))]
        elif item.type == "rows":
            rows = draw(st.lists(st.sampled_from(ROWS_SHOWN), max_size=3))
            found += [(f"{item.id}~rows", row) for row in rows]
            for row in dict.fromkeys(rows):
                for child in item.children:
                    control(f"{item.id}.{row}.{child.id}", child)
        else:
            control(item.id, item)
    others = [
        "_once",
        "ailleurs",
        "lignes.zz.texte",
        "lignes.r1.jour",
        "texte~d~0~x",
        "branches~7",
        "c~2",
        "lignes",
    ]
    return found + [(name, draw(SAID)) for name in draw(st.lists(st.sampled_from(others), max_size=1))]


def test_most_of_a_page_is_taken_in_as_it_came() -> None:
    known = taking(STEADY, "etape")
    assert known.whole
    assert {*known.items, "si"} == {item.id for item in STEADY.skeleton.parts["etape"].items}


@QUIET
@given(data=st.data())
def test_a_page_means_the_same_both_ways(data: st.DataObject) -> None:
    for _ in range(8):
        answers = data.draw(answers_of(STEADY, junk=data.draw(st.booleans())))
        sent = parse(encode(data.draw(pages())))
        every = frozenset(STEADY.skeleton.items)
        writes = every if data.draw(st.integers(0, 3)) else every - {("texte",)}
        grant = Grant(frozenset(), frozenset(), every, writes)
        shown: dict[str, Any] = {}
        page = data.draw(st.integers(0, 2))
        if page == 1:
            shown["as_shown"] = AsStored(copy.deepcopy(answers))
        elif page == 2:
            stands = data.draw(st.sets(st.sampled_from(STANDS)))
            shown["as_shown"] = lambda _path, value, said, stands=stands: repr((value, said)) in stands
        outcomes = []
        for posted in (nest(sent), Posted(nest(sent).entries, nest(sent).rows)):
            state = evaluate(STEADY, document(answers), context())
            edited = edit(state, posted, grant, lambda _item, _id: None, "etape", **shown)
            found = told(judge(edited.state))
            assert found == told(judge(evaluate(STEADY, edited.document, context())))
            refused = sorted(told(list(edited.refused)), key=repr)
            outcomes.append((edited.document, found, refused))
        assert outcomes[0] == outcomes[1]


# --- conditions ---------------------------------------------------------------------------------


def compared() -> dict[str, Any]:
    atoms: dict[str, Any] = {}
    values = {"a": [True, False], "choix": ["rouge"], "nombre": [2, 16], "jour": ["2026-10-05"]}
    for ref, found in values.items():
        ops = ["is"] if ref in {"a", "choix"} else ["is", "lt", "le", "gt", "ge"]
        for op in ops:
            for n, value in enumerate(found):
                atoms[f"{ref}_{op}_{n}"] = {"ref": ref, "op": op, "value": value}
    atoms["parmi"] = {"ref": "choix", "op": "in", "value": ["vert", "rouge"]}
    for ref in ("texte", "a", "nombre", "branches", "lignes"):
        atoms[f"su_{ref}"] = {"ref": ref, "op": "answered"}
    names = [{"condition": name} for name in atoms]
    atoms["toutes"] = {"all": [names[0], {"not": names[2]}]}
    atoms["une"] = {"any": [names[5], names[-1], {"not": {"condition": "toutes"}}]}
    first = {"avant": {"all": [{"condition": "a_is_0"}, {"not": {"condition": "a_is_1"}}]}}  # of later ones
    return {name: {"label": name, "when": when} for name, when in (first | atoms).items()}


ASKED = tiny(
    {"items": [*FIELDS, {"id": "lignes", "type": "rows", "items": FIELDS[:2]}], "conditions": compared()}
)


@QUIET
@pytest.mark.parametrize("junk", [False, True])
@given(data=st.data())
def test_conditions_say_the_same_both_ways(junk: bool, data: st.DataObject) -> None:
    for _ in range(10):
        stored = document(data.draw(answers_of(ASKED, junk)))
        quick, plain = (evaluate(ASKED, stored, context()) for _ in range(2))
        plain._conditions = dict.fromkeys(ASKED.conditions)
        for name in ASKED.conditions:
            assert quick.condition(name) is plain.condition(name)


@pytest.mark.parametrize("name", BY_FORM)
@QUIET
@given(data=st.data())
def test_conditions_of_real_forms_say_the_same_both_ways(name: str, data: st.DataObject) -> None:
    form = a_version(name, data)
    stored, around = (
        a_document(form, data.draw(answers_of(form, junk=True))),
        surround(form, data, junk=False),
    )
    quick, plain = (evaluate(form, stored, around) for _ in range(2))
    plain._conditions = dict.fromkeys(form.conditions)
    assert [quick.condition(name) for name in form.conditions] == [
        plain.condition(name) for name in form.conditions
    ]


def test_most_conditions_over_plain_fields_are_asked_at_once() -> None:
    right = {"texte": "a", "nombre": 2, "jour": "2026-10-05", "a": True, "choix": ["rouge"]}
    state = evaluate(ASKED, document(right), context())
    left = {name for name in ASKED.conditions if asked(state, name)[name] is None}
    assert left == {"su_branches", "su_lignes", "une"} | {"su_texte"}  # the last shares its answer with none


# --- what a change asks again ---------------------------------------------------------------------


def conditioned(count: int) -> CompiledForm:
    """So many boxes, each with a named condition on which a text waits, and texts that wait for these."""
    items: list[dict[str, Any]] = []
    for n in range(count):
        items += [
            {"id": f"a{n}", "type": "boolean", "display": "checkbox"},
            {"id": f"b{n}", "type": "text", "when": {"condition": f"c{n}"}},
            {"id": f"d{n}", "type": "text", "when": {"ref": f"b{n}", "op": "answered"}},
        ]
    named = {
        f"c{n}": {"label": f"cas {n}", "when": {"ref": f"a{n}", "op": "is", "value": True}}
        for n in range(count)
    }
    return tiny({"items": items, "conditions": named})


def test_a_change_asks_again_of_what_depends_on_it_alone() -> None:
    form = conditioned(100)
    assert form.dependents.of({"a7"}) == {"a7", "b7", "d7"}
    assert form.dependents.of({"b7"}) == {"b7", "d7"}
    assert form.dependents.of({"d7"}) == {"d7"}

    def again(count: int) -> Callable[[], object]:
        form = conditioned(count)
        answers = {"a7": True, "b7": "x"}

        def work() -> object:
            state = evaluate(form, document(answers), context())
            return [state.visible.get((name,), 0) for name in form.dependents.of({"a7"})]

        return work

    few, many = (calls(again(count)) for count in (10, 100))
    assert many <= few


def test_what_reads_beyond_its_document_is_always_asked_again() -> None:
    items = [
        {"id": "mot", "type": "text"},
        {"id": "moi", "type": "reference", "to": "person", "default": {"ref": "user.person"}},
        {"id": "visa", "type": "signature", "covers": ["mot"]},
        {"id": "jour", "type": "date", "max": {"ref": "today"}},
    ]
    assert tiny({"items": items}).dependents.of(()) == {"moi", "visa"}


@pytest.mark.parametrize("name", BY_FORM)
@QUIET
@given(data=st.data())
def test_rows_on_screen_are_those_that_reading_shows(name: str, data: st.DataObject) -> None:
    form = a_version(name, data)
    stored = a_document(form, data.draw(answers_of(form, junk=True)))
    around = surround(form, data, junk=False)
    for item in [one for one in form.skeleton.named.values() if one.type == "rows"]:
        quick, whole = (evaluate(form, stored, around) for _ in range(2))
        whole.read_all()
        shown = whole.rows.get(item.path, ()) if item.path in whole.visible else None
        assert quick.rows_on_screen(item) == shown


@pytest.mark.parametrize("name", FORMATS)
@given(st.text(alphabet=" \t\n\u00a0\u2003\u200b", max_size=4))
def test_no_format_of_ours_takes_what_is_blank(name: str, blank: str) -> None:
    assert re.fullmatch(FORMATS[name].pattern, blank) is None
