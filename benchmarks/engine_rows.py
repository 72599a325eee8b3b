"""Rows 1, 2, 5 and 10: judging, reading what is posted, conditions, growth."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl

from benchmarks import workload
from benchmarks.measure import Row, interleaved
from benchmarks.peers import by_django, by_pydantic, by_schema, by_wtforms
from engine.access import Grant
from engine.compile import CompiledForm
from engine.context import Context
from engine.edit import edit
from engine.evaluate import FormState, evaluate
from engine.french import plain
from engine.posting import nest
from engine.problems import Problem
from engine.validate import judge
from web.body import parse
from web.catalogue import Catalogue, load

STEP = frozenset({workload.STEP})
DAY = Context(date(2026, 10, 5))


def published(*forms: Mapping[str, Any], codes: Mapping[str, Any] | None = None) -> Catalogue:
    """Publish definitions in a folder and load them, as the site does."""
    with TemporaryDirectory() as folder:
        workload.write(Path(folder), [*forms, workload.record()], [codes or workload.codes()])
        found = load(Path(folder, "definitions"), Path(folder, "referentiels"))
    assert not found.faults, found.faults
    return found


def form_of(definition: Mapping[str, Any], codes: Mapping[str, Any] | None = None) -> CompiledForm:
    """Compile one form."""
    return published(definition, codes=codes).forms[definition["form"], "1.0.0"]


def state_of(form: CompiledForm, stored: Mapping[str, Any]) -> FormState:
    """Read a document of such answers."""
    return evaluate(form, workload.document(stored), DAY)


def ours(form: CompiledForm, stored: Mapping[str, Any]) -> list[Problem]:
    """Judge the step, every problem collected."""
    return judge(evaluate(form, workload.document(stored), DAY), STEP)


def names(problems: list[Problem]) -> frozenset[str]:
    """Name the wrong fields as the peers do, rows by their place from 0."""
    places = {row: str(n) for n, row in enumerate(workload.ROWS)}
    return frozenset(".".join(places.get(part, part) for part in one.path) for one in problems)


def rows() -> Iterator[Row]:
    """Measure these rows."""
    form = form_of(workload.form())
    yield from _validate(form)
    yield from _read(form)
    yield from _conditions()
    yield from _growth(form)


# --- 1 ------------------------------------------------------------------------------------------


def _validate(form: CompiledForm) -> Iterator[Row]:
    right = workload.fields()
    for given, words in ((right, "sans faute"), (workload.with_defects(right), "cinq fautes")):
        expected = frozenset() if given is right else workload.DEFECTS
        _same_verdicts(form, given, expected)
        document = workload.document(workload.answers(given))
        query, posted = by_django.query(given), by_wtforms.posted(given)
        cases: dict[str, Callable[[], object]] = {
            "ours": lambda document=document: judge(evaluate(form, document, DAY), STEP),
            "pydantic": partial(by_pydantic.validate, given),
            "jsonschema-rs": lambda given=given: list(by_schema.by_rust.iter_errors(given)),
            "jsonschema": lambda given=given: list(by_schema.by_python.iter_errors(given)),
            "WTForms": partial(by_wtforms.validate, posted),
            "Django": partial(by_django.validate, query),
        }
        times = interleaved(cases)
        what = f"valider l'étape, {words}"
        yield Row("1", what, times["ours"], times["pydantic"], "modèle pydantic", 1.5)
        yield Row("1", what, times["ours"], times["Django"], "formulaires Django", 100, at_most=False)
        for peer in ("jsonschema-rs", "jsonschema", "WTForms"):
            yield Row("1", what, times["ours"], times[peer], peer, 0, at_most=False, note="pour mémoire")


def _same_verdicts(form: CompiledForm, given: dict[str, Any], expected: frozenset[str]) -> None:
    """Check that all sides find the same fields wrong."""
    found = {
        "ours": names(ours(form, workload.answers(given))),
        "pydantic": by_pydantic.errors(given),
        "Django": by_django.errors(given),
        "WTForms": by_wtforms.errors(given),
        "jsonschema": by_schema.errors(by_schema.by_python, given),
        "jsonschema-rs": by_schema.errors(by_schema.by_rust, given),
    }
    assert set(found.values()) == {expected}, found


# --- 2 ------------------------------------------------------------------------------------------


def taken_in(form: CompiledForm) -> Callable[[bytes], tuple[dict[str, Any], list[Problem]]]:
    """Make what turns posted bytes into a document and its problems."""
    everything = frozenset(form.skeleton.items)
    grant = Grant(frozenset(), frozenset(), everything, everything)
    empty = workload.document({})

    def work(body: bytes) -> tuple[dict[str, Any], list[Problem]]:
        posted = nest(parse(body))
        edited = edit(evaluate(form, empty, DAY), posted, grant, lambda _item, _id: None, workload.STEP)
        return edited.document, judge(edited.state, STEP)

    return work


def _read(form: CompiledForm) -> Iterator[Row]:
    work = taken_in(form)
    bodies = [workload.body(workload.fields(seed)) for seed in range(20)]  # others each time: no cache helps
    document, problems = work(bodies[0])
    assert document["answers"] == workload.answers(workload.fields(0)), "another document"
    assert not problems
    posted = [_django_body(seed) for seed in range(20)]
    assert not any(by_django.read(posted[0])[0])
    turn = {"ours": 0, "parse_qsl": 0, "Django": 0}

    def one(name: str, of: list[bytes], do: Callable[[bytes], object]) -> object:
        turn[name] += 1
        return do(of[turn[name] % len(of)])

    times = interleaved(
        {
            "ours": lambda: one("ours", bodies, work),
            "parse_qsl": lambda: one("parse_qsl", bodies, lambda body: parse_qsl(body.decode(), True)),
            "Django": lambda: one("Django", posted, by_django.read),
        }
    )
    what = f"octets reçus ({len(bodies[0]) / 1000:.1f} ko) → document et problèmes"
    yield Row("2", what, times["ours"], times["parse_qsl"], "parse_qsl seul", 0.25)
    yield Row("2", what, times["ours"], times["Django"], "Django", 40, at_most=False)


def _django_body(seed: int) -> bytes:
    return workload.encoded(by_django.pairs(workload.fields(seed)))


# --- 5 ------------------------------------------------------------------------------------------


def conditions() -> list[dict[str, Any]]:
    """Fifty conditions over the boxes and selects of the step."""
    found: list[dict[str, Any]] = []
    selects = list(workload.SELECTS.items())
    for n in range(50):
        select, codes = selects[n % len(selects)]
        box, other = workload.BOXES[n % 40], workload.BOXES[(n * 7 + 3) % 40]
        found.append(
            {
                ("all" if n % 2 else "any"): [
                    {"ref": box, "op": "is", "value": True},
                    {"ref": select, "op": "in", "value": list(codes[:2])},
                    {"ref": other, "op": "is", "value": False},
                ]
            }
        )
    return found


def fused_by_hand() -> Callable[[Mapping[str, Any]], list[bool]]:
    """The same fifty conditions as one expression that a developer would write for them."""
    parts = []
    for one in conditions():
        ((key, (box, select, other)),) = one.items()
        atoms = (
            f"a.get({box['ref']!r}) is True",
            f"(a.get({select['ref']!r}) or [None])[0] in {tuple(select['value'])!r}",
            f"a.get({other['ref']!r}) is False",
        )
        parts.append("(" + (" and " if key == "all" else " or ").join(atoms) + ")")
    return eval(f"lambda a: [{', '.join(parts)}]")  # type: ignore[no-any-return]  # of constants of this file


def _conditions() -> Iterator[Row]:
    definition = workload.form()
    definition["conditions"] = {
        f"c{n}": {"label": f"condition {n}", "when": when} for n, when in enumerate(conditions())
    }
    form, by_hand = form_of(definition), fused_by_hand()
    stored = workload.answers(workload.fields())
    document = workload.document(stored)
    known = [f"c{n}" for n in range(50)]

    def every() -> list[bool]:
        state = evaluate(form, document, DAY)
        return [state.condition(name) for name in known]

    assert every() == by_hand(stored), "other answers"
    times = interleaved({"ours": every, "fused": lambda: by_hand(stored)})
    yield Row("5", "50 conditions, lues dans un document", times["ours"], times["fused"], "code fondu", 10)
    yield from _change()


def _change() -> Iterator[Row]:
    """One box of fifty changes: what waits for it alone is asked again, or all of it."""
    boxes = [{"id": f"b{n}", "type": "boolean", "label": f"Case {n}"} for n in range(50)]
    waits = [
        {"id": f"t{n}", "type": "text", "label": f"Texte {n}", "when": {"condition": f"c{n}"}}
        for n in range(50)
    ]
    definition = workload.form()
    definition["steps"][0]["items"] = [*boxes, *waits]
    definition["conditions"] = {
        f"c{n}": {"label": f"case {n}", "when": {"ref": f"b{n}", "op": "is", "value": True}}
        for n in range(50)
    }
    form = form_of(definition)
    document, known = workload.document({f"b{n}": bool(n % 3) for n in range(50)}), form.skeleton.named

    def shown(names: Collection[str]) -> dict[str, bool]:
        state = evaluate(form, document, DAY)
        return {name: (name,) in state.visible for name in names}

    def again() -> dict[str, bool]:
        return shown(form.dependents.of({"b7"}))

    assert again().items() <= shown(known).items()
    assert len(again()) == 2
    times = interleaved({"again": again, "all": lambda: shown(known)})
    what = "une case change parmi 50 conditions : ce qui en dépend"
    yield Row("5", what, times["again"], times["all"], "tout redemander", 1, note="pour mémoire")


# --- 10 -----------------------------------------------------------------------------------------


def _growth(form: CompiledForm) -> Iterator[Row]:
    body = workload.body(workload.fields())
    many = form_of(workload.form(steps=100))
    labels = form_of(workload.form(), workload.codes(top=100, middle=30, low=32))
    works = {"one": taken_in(form), "steps": taken_in(many), "labels": taken_in(labels)}
    cases = {name: partial(work, body) for name, work in works.items()}
    times = interleaved(cases)
    steps = "étape parmi 100 de 84 saisies (le plus qu'une forme puisse avoir)"
    yield Row("10", steps, times["steps"], times["one"], "la même, seule", 1.1)
    yield Row("10", "liste de 99 100 libellés", times["labels"], times["one"], "liste de 185", 1.1)
    yield from _searches(labels)


def _searches(form: CompiledForm) -> Iterator[Row]:
    """Search all labels: once to make their index, then for a rare word and for one that they all hold."""
    item = form.skeleton.items["domaine_vise",]
    assert item.listing is not None
    listing = item.listing
    began = time.process_time()
    words = listing.words
    made = (time.process_time() - began) * 1e6
    times = interleaved(
        {"rare": lambda: words.holding(["99", "29"]), "all": lambda: words.holding(["repere"])}
    )
    read = "lire chaque libellé"
    plainly = interleaved(
        {"read": lambda: [code for code in listing if "repere" in plain(listing.label(code))]}
    )
    for what, ours in (("mot rare", times["rare"]), ("mot partout", times["all"]), ("première fois", made)):
        said = f"chercher dans 99 100 libellés, {what}"
        yield Row("10", said, ours, plainly["read"], read, 0, at_most=False, note="pour mémoire")
