"""Documents put with their keys, in a transaction that is already open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine import automatic
from engine.compile import CompiledAutomatic, CompiledForm
from engine.evaluate import FormState
from engine.lifecycle import Create, start, take_user_defaults
from storage.base import Store, Stored, Transaction
from web import files
from web.catalogue import Catalogue
from web.failures import NotFound
from web.once import Once
from web.world import DOCUMENT, Desk

NewId = Callable[[], str]


@dataclass(frozen=True)
class Deps:
    """What every use case needs; time and randomness are passed in."""

    store: Store
    catalogue: Catalogue
    now: Callable[[], datetime]
    new_id: NewId
    new_code: Callable[[int], str]  # capitals and digits that are not mistaken for one another
    once: Once = field(default_factory=Once)  # names the form that was sent
    shown: dict[str, int] = field(default_factory=dict)  # the documents that an answer shows, with revisions


def desk(deps: Deps, person: str) -> Desk:
    """A desk that only reads; what it opens is shown to somebody."""
    return Desk(deps.store, deps.catalogue, deps.now(), person, deps.shown)


def starting(deps: Deps, form_id: str) -> CompiledForm:
    form = deps.catalogue.start(form_id)
    if form is None:
        raise NotFound
    return form


def write_new(
    deps: Deps,
    tx: Transaction,
    work: Desk,
    form: CompiledForm,
    *,
    subject: str | None,
    place: str | None,
    links: Mapping[str, str],
    answers: Mapping[str, Any],
    asked: Sequence[str] = (),
    id: str = "",
) -> str:
    """Write a new document in a transaction already open, with no question of rights; gives its id."""
    id = id or deps.new_id()
    start = Start(subject, place, links, answers, asked)
    body, state = _laid_out(deps, work, form, id, start)
    called = _called_for(deps, state)
    _put_new(deps, tx, work, id, _noted_on(body, called), state, start)
    _create_called(deps, tx, work, id, state, called)
    return id


@dataclass(frozen=True)
class Start:
    """What a new document begins with, and what its history says of it."""

    subject: str | None
    place: str | None
    links: Mapping[str, str]
    answers: Mapping[str, Any]
    asked: Sequence[str] = ()
    label: str = "Création"


def _laid_out(
    deps: Deps, work: Desk, form: CompiledForm, id: str, new: Start
) -> tuple[dict[str, Any], FormState]:
    work.fresh.add(id)
    body = start(
        form,
        subject=new.subject,
        place=new.place,
        links=new.links,
        answers=new.answers,
        actor=work.user(frozenset()),
        now=work.now,
        asked=new.asked,
        label=new.label,
    )
    body["answers"] |= _generated(deps, form) | _placed(work, form, new.place, body["answers"])
    state = work.evaluate(id, body)
    taken = take_user_defaults(state)
    if taken:
        body["answers"] |= taken
        state = work.evaluate(id, body)
    return body, state


def _put_new(
    deps: Deps,
    tx: Transaction,
    work: Desk,
    id: str,
    body: dict[str, Any],
    state: FormState,
    new: Start,
) -> None:
    files.tie(tx, state.form, id, body)
    tx.put(DOCUMENT, id, body, work.keys(id, state), expected_revision=0, note=new.label[:200])
    work.fresh.discard(id)
    refresh_subject(deps, tx, work, new.subject)


# --- what is created by itself ------------------------------------------------------------------


@dataclass(frozen=True)
class Called:
    """A document that another calls for by itself, about to be created."""

    rule: CompiledAutomatic
    create: Create
    form: CompiledForm
    id: str


def _called_for(deps: Deps, state: FormState) -> tuple[Called, ...]:
    """What a document calls for; a form that is not served is left for later, and never stops a save."""
    if not state.form.automatic:
        return ()
    found = ((one, made, deps.catalogue.start(made.form)) for one, made in automatic.due(state))
    return tuple(Called(one, made, form, deps.new_id()) for one, made, form in found if form is not None)


def _noted_on(body: dict[str, Any], called: Sequence[Called]) -> dict[str, Any]:
    return automatic.noted(body, {one.rule.id: one.id for one in called}) if called else body


def _create_called(
    deps: Deps, tx: Transaction, work: Desk, id: str, state: FormState, called: Sequence[Called]
) -> None:
    """Create what a document called for, in the name of whoever wrote it, who gains no right by it.

    What they call for in turn waits until somebody writes them: a save never starts a chain.
    """
    for one in called:
        desk_of_one = Desk(tx, deps.catalogue, work.now, work.person_id)
        new = Start(
            subject_of(one.form, id, state),
            work.place_of(state),
            one.create.linked(id),
            one.create.answers,
            one.create.asked,
            automatic.label(one.rule),
        )
        body, made = _laid_out(deps, desk_of_one, one.form, one.id, new)
        _put_new(deps, tx, desk_of_one, one.id, body, made, new)


def subject_of(form: CompiledForm, id: str, state: FormState) -> str | None:
    """Whom a document created from another is about: its record, or itself when it is that record."""
    if form.form.subject is None:
        return None
    return id if form.form.subject == state.form.id else state.document.get("subject")


def _placed(work: Desk, form: CompiledForm, place: str | None, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The form's own field of the place: where the document is created, or the one around that fits."""
    name = form.form.place
    if name is None or form.place is None or name not in form.skeleton.named or answers.get(name):
        return {}
    fitting = [one for one in work.around(place) if work.place(one).get("kind") == form.place.type.target]
    if len(fitting) != 1:
        return {}
    return {name: [{"id": fitting[0], "label": str(work.place(fitting[0])["label"])}]}


def _generated(deps: Deps, form: CompiledForm) -> dict[str, str]:
    """The texts that the form has generated."""
    return {
        item.id: deps.new_code(item.spec.generate)
        for item in form.skeleton.named.values()
        if item.type == "text" and item.spec.generate
    }


def refresh_subject(deps: Deps, tx: Transaction, work: Desk, subject: str | None) -> None:
    """Keep the record's keys true to its documents, in the same transaction."""
    stored = None if subject is None else tx.get(DOCUMENT, subject)
    if stored is None:
        return
    fresh = Desk(tx, deps.catalogue, work.now, work.person_id)
    tx.rekey(DOCUMENT, stored.id, fresh.keys(stored.id, fresh.state(stored)))


def write(
    deps: Deps,
    tx: Transaction,
    stored: Stored,
    body: dict[str, Any],
    person: str,
    sitting: str | None,
    note: str = "",
    work: Desk | None = None,
) -> Stored:
    """Put a document with its keys, then the keys of the record that it is about.

    `work`: a desk of this transaction, which has written nothing else yet.
    """
    fresh = Desk(tx, deps.catalogue, deps.now(), person) if work is None else work.afresh(stored.id)
    state = fresh.evaluate(stored.id, body)
    called = _called_for(deps, state)
    body = _noted_on(body, called)
    files.tie(tx, state.form, stored.id, body)
    written = tx.put(
        DOCUMENT,
        stored.id,
        body,
        fresh.keys(stored.id, state),
        expected_revision=stored.revision,
        sitting=sitting or None,
        note=note,
    )
    if body["state"] != stored.body["state"]:
        refresh_subject(deps, tx, fresh, body.get("subject"))
    if state.form.form.nature == "record" and _opens(fresh, stored) != _opens(fresh, written):
        refresh_about(deps, tx, fresh, stored.id)
    _create_called(deps, tx, fresh, stored.id, state, called)
    return written


def _opens(work: Desk, stored: Stored) -> list[Any]:
    """What of a record decides who may read the documents about it: who is held in it, where it is, the
    answers that their rights ask."""
    held = [(name, value) for name, value in sorted(stored.keys.items()) if name.startswith("held.")]
    plain = [(name, list(value) if isinstance(value, tuple) else value) for name, value in held]
    asked = {
        read.split(".")[1]
        for form in {name for name, _ in work.catalogue.forms}
        if (newest := work.catalogue.newest(form)) is not None and newest.form.subject == stored.body["form"]
        for right in newest.rights
        if right.test is not None
        for read in right.test.reads.context
        if read.startswith("subject.")
    }
    answers = stored.body["answers"]
    return [plain, stored.keys.get("place"), [answers.get(name) for name in sorted(asked)]]


def refresh_about(deps: Deps, tx: Transaction, work: Desk, record: str) -> None:
    """Keep the keys of the documents about a record true to it, in the same transaction."""
    for entry in tx.find(DOCUMENT, {"subject": record}).entries:
        stored = tx.get(DOCUMENT, entry.id)
        fresh = Desk(tx, deps.catalogue, work.now, work.person_id)
        if stored is None or (stored.body["form"], stored.body["version"]) not in work.catalogue.forms:
            continue  # gone, or its form is not served for now
        tx.rekey(DOCUMENT, stored.id, fresh.keys(stored.id, fresh.state(stored)))
