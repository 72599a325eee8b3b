"""Use cases: create, save, act. Each is one transaction; no web framework here.

The CLI, the tests and the browser call the same functions.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from engine.access import decide, may_create, roles_on
from engine.answers import MISSING
from engine.compile import CompiledForm
from engine.edit import Edited, Posted, edit
from engine.evaluate import FormState, static_path
from engine.lifecycle import (
    Act,
    Create,
    Plan,
    check_action,
    may_be_called,
    perform,
    start,
    take_user_defaults,
)
from engine.problems import Problem
from storage.base import Store, Stored, Transaction
from web.catalogue import Catalogue
from web.failures import BadRequest, NotFound, Refused, Stale
from web.merge import Leaf, as_shown, digests, leaves, merge, put_leaf, read_digests
from web.world import DOCUMENT, Desk, Opened

CLASH = "clash"
NewId = Callable[[], str]


@dataclass(frozen=True)
class Deps:
    """What every use case needs; time and randomness are passed in."""

    store: Store
    catalogue: Catalogue
    now: Callable[[], datetime]
    new_id: NewId
    new_code: Callable[[int], str]  # capitals and digits that are not mistaken for one another


def desk(deps: Deps, person: str) -> Desk:
    """A desk that only reads."""
    return Desk(deps.store, deps.catalogue, deps.now(), person)


# --- creating -----------------------------------------------------------------------------------


def places_for(deps: Deps, person: str, form_id: str) -> list[tuple[str, str]]:
    """Where somebody may create a record: ids and labels of places."""
    form = deps.catalogue.start(form_id)
    if form is None or form.form.nature != "record":
        raise NotFound
    here = desk(deps, person)
    newest = deps.catalogue.newest(form_id) or form
    kind = form.place.type.target if form.place is not None else None
    found: dict[str, str] = {}
    for place in sorted({role["at"] for role in here.me.roles}):
        roles = roles_on(deps.catalogue.roles, person, here.me.roles, here.around(place), {})
        if here.place(place).get("kind") == kind and may_create(newest, roles):
            found[place] = str(here.place(place)["label"])
    return sorted(found.items(), key=lambda one: one[1])


def create_record(deps: Deps, person: str, form_id: str, place: str) -> str:
    """Create a record at a place; gives its id."""
    allowed = dict(places_for(deps, person, form_id))
    if place not in allowed:
        raise Refused("Vous n'avez pas le droit de créer une fiche dans ce lieu. Choisissez-en un autre.")
    form = _starting(deps, form_id)
    answers: dict[str, Any] = {}
    if form.form.place is not None:
        answers[form.form.place] = [{"id": place, "label": allowed[place]}]
    with deps.store.transaction(person, deps.now()) as tx:
        work = Desk(tx, deps.catalogue, deps.now(), person)
        return write_new(deps, tx, work, form, subject=None, place=place, links={}, answers=answers)


def create_document(deps: Deps, person: str, origin: str, form_id: str) -> str:
    """Create a document about a record, or linked to a document; gives its id."""
    with deps.store.transaction(person, deps.now()) as tx:
        work = Desk(tx, deps.catalogue, deps.now(), person)
        opened = work.open(origin)
        form = _starting(deps, form_id)
        offer = creatable(work, opened, form)
        if offer is None:
            raise Refused(
                "Ce document ne peut pas être créé ici. Revenez à la fiche et choisissez dans ce qui est proposé."
            )
        return write_new(
            deps,
            tx,
            work,
            form,
            subject=offer.subject,
            place=work.place_of(opened.state),
            links=offer.links,
            answers={},
        )


@dataclass(frozen=True)
class Offer:
    """How a document may be created from where somebody stands."""

    form: CompiledForm
    subject: str | None
    links: Mapping[str, str]


def creatable(work: Desk, opened: Opened, form: CompiledForm) -> Offer | None:
    """Tell whether and how a document of a form may be created from an open document."""
    newest = work.catalogue.newest(form.id) or form
    own = opened.state.context.user
    if form.form.nature != "document" or not may_create(newest, frozenset(own.roles if own else ())):
        return None
    required = {name: link for name, link in form.form.links.items() if link.required}
    if opened.state.form.form.nature == "record":
        fits = form.form.subject == opened.state.form.id and not required
        return Offer(form, opened.id, {}) if fits and _open_record(opened) else None
    if len(required) != 1:
        return None
    ((name, link),) = required.items()
    major = opened.state.form.version.split(".")[0]
    fits = link.form == opened.state.form.id and (link.versions is None or major in link.versions)
    in_state = link.states is None or opened.state.document["state"] in link.states
    if not fits or not in_state or opened.state.document.get("subject") is None:
        return None
    return Offer(form, opened.state.document["subject"], {name: opened.id})


def _open_record(opened: Opened) -> bool:
    return opened.state.form.state(opened.state.document["state"]).phase != "closed"


def _starting(deps: Deps, form_id: str) -> CompiledForm:
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
    actor = work.user(frozenset())
    body = start(
        form,
        subject=subject,
        place=place,
        links=links,
        answers=answers,
        actor=actor,
        now=work.now,
        asked=asked,
    )
    body["answers"] |= _generated(deps, form)
    state = work.evaluate(id, body)
    body["answers"] |= take_user_defaults(state)
    state = work.evaluate(id, body)
    tx.put(DOCUMENT, id, body, work.keys(id, state), expected_revision=0, note="Création")
    _refresh_subject(deps, tx, work, subject)
    return id


def _generated(deps: Deps, form: CompiledForm) -> dict[str, str]:
    """The texts that the form has generated."""
    return {
        item.id: deps.new_code(item.spec.generate)
        for item in form.skeleton.named.values()
        if item.type == "text" and item.spec.generate
    }


def _refresh_subject(deps: Deps, tx: Transaction, work: Desk, subject: str | None) -> None:
    """Keep the record's keys true to its documents, in the same transaction."""
    stored = None if subject is None else tx.get(DOCUMENT, subject)
    if stored is None:
        return
    fresh = Desk(tx, deps.catalogue, work.now, work.person_id)
    tx.rekey(DOCUMENT, stored.id, fresh.keys(stored.id, fresh.state(stored)))


# --- saving -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Saving:
    """What a step's form posts."""

    posted: Posted
    revision: int
    base: str
    page: str  # names the page, so that its own late saves are known for its own
    sitting: str  # names the person's session: its saves make one line of history


@dataclass(frozen=True, eq=False)
class Saved:
    """The outcome of a save: the document as it now is, and what to tell."""

    before: FormState
    opened: Opened
    refused: tuple[Problem, ...]
    hidden: tuple[Problem, ...]
    theirs: tuple[Leaf, ...] = ()
    clash: str = ""  # id of what is kept until somebody chooses


def save(deps: Deps, person: str, id: str, step: str, saving: Saving) -> Saved:
    """Save what was posted to one step; merges with what others wrote since, loses nothing."""
    with deps.store.transaction(person, deps.now()) as tx:
        work = Desk(tx, deps.catalogue, deps.now(), person)
        opened = work.open(id)
        writable_step(opened, step)
        state = opened.state
        base = _seen_by(saving, opened.stored)
        edited = edit(
            state,
            saving.posted,
            opened.grant,
            lambda item, one: work.label_of(state, item, one),
            step,
            partial(as_shown, base),
        )
        theirs: tuple[Leaf, ...] = ()
        clash = ""
        if opened.stored.revision != saving.revision:
            edited, theirs, clash = _reconcile(deps, tx, work, opened, edited, step, base)
        stored = opened.stored
        if edited.document != stored.body:
            written = leaves(edited.document["answers"], state.form, step)
            edited.document["page"] = {"id": saving.page, "base": digests(written)}
            stored = _write(deps, tx, stored, edited.document, person, saving.sitting)
    before, after = _outside(deps, person, opened.stored), _reopened(deps, person, stored)
    return Saved(before, after, edited.refused, edited.hidden, theirs, clash)


def _outside(deps: Deps, person: str, stored: Stored) -> FormState:
    """Read a document again once its transaction is over: states fetch their surroundings on demand."""
    return desk(deps, person).state(stored)


def _reopened(deps: Deps, person: str, stored: Stored) -> Opened:
    fresh = desk(deps, person)
    state = fresh.state(stored)
    return Opened(stored, state, fresh.grant(state), deps.catalogue.newest(state.form.id) or state.form)


def writable_step(opened: Opened, step: str) -> None:
    """Refuse a step that this person may not change now."""
    part = opened.state.form.skeleton.parts.get(step)
    if part is None or step not in opened.state.steps:
        raise NotFound
    if step not in opened.state.form.state(opened.state.document["state"]).open:
        raise Refused(closed_reason(opened))
    if not any(decide(opened.grant, "write", item) for item in part.walk() if item.is_field) and any(
        item.is_field for item in part.walk()
    ):
        raise Refused(
            decide(opened.grant, "write").reason or "Vous pouvez lire cette étape, pas la modifier."
        )


def closed_reason(opened: Opened) -> str:
    """Say who closed a document, and when."""
    event = opened.state.document["events"][-1]
    moment = datetime.fromisoformat(event["at"])
    return (
        f"« {opened.name} » ne se modifie plus : {event['label']}, {moment:%d/%m/%Y} à {moment.hour} h {moment:%M}, "
        f"par {event['by']['label']}. Votre saisie n'a pas été enregistrée : copiez-la si vous en avez besoin."
    )


def _seen_by(saving: Saving, stored: Stored) -> dict[Leaf, str]:
    """What a page has seen of a step: what it showed, or what its own last save wrote."""
    if saving.revision > stored.revision or saving.revision < 1:
        raise BadRequest("La page ne correspond pas à ce document : rechargez-la, puis recommencez.")
    base = read_digests(saving.base)
    last = stored.body.get("page", {})
    return base | read_digests(last["base"]) if saving.page and last.get("id") == saving.page else base


def _reconcile(
    deps: Deps,
    tx: Transaction,
    work: Desk,
    opened: Opened,
    edited: Edited,
    step: str,
    base: Mapping[Leaf, str],
) -> tuple[Edited, tuple[Leaf, ...], str]:
    form = opened.state.form
    mine = leaves(edited.document["answers"], form, step)
    current = leaves(opened.stored.body["answers"], form, step)
    document = copy.deepcopy(edited.document)
    merged = merge(mine, current, base, document["answers"], form)
    clash = ""
    if merged.clashes:
        clash = deps.new_id()
        body = {
            "document": opened.id,
            "person": work.person_id,
            "step": step,
            "at": work.now.isoformat(),
            "leaves": [
                {"leaf": list(leaf), "mine": _or_none(own), "theirs": _or_none(other)}
                for leaf, own, other in merged.clashes
            ],
            "merged": [list(leaf) for leaf in merged.theirs],
        }
        tx.put(CLASH, clash, body, {"document": opened.id, "person": work.person_id}, expected_revision=0)
    state = work.evaluate(opened.id, document)
    return Edited(document, state, edited.refused, edited.hidden), merged.theirs, clash


def _or_none(value: Any) -> Any:
    return None if value is MISSING else value


def _write(
    deps: Deps,
    tx: Transaction,
    stored: Stored,
    body: dict[str, Any],
    person: str,
    sitting: str | None,
    note: str = "",
) -> Stored:
    """Put a document with its keys, then the keys of the record that it is about."""
    fresh = Desk(tx, deps.catalogue, deps.now(), person)
    state = fresh.evaluate(stored.id, body)
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
        _refresh_subject(deps, tx, fresh, body.get("subject"))
    return written


def visited(deps: Deps, person: str, id: str, step: str, sitting: str) -> None:
    """Note that a step was gone through: what a renewal asked to confirm there is confirmed."""
    with deps.store.transaction(person, deps.now()) as tx:
        work = Desk(tx, deps.catalogue, deps.now(), person)
        opened = work.open(id, "write")
        body = copy.deepcopy(opened.stored.body)
        ids = {item.id for item in opened.state.form.skeleton.step_items(step)}
        body["asked"] = [name for name in body.get("asked", []) if name not in ids]
        seen = body.setdefault("visited", [])
        if step not in seen:
            seen.append(step)
        if body != opened.stored.body:
            _write(deps, tx, opened.stored, body, person, sitting)


def fill(deps: Deps, person: str, id: str, answers: Mapping[str, Any]) -> None:
    """Write answers in stored form, as they are: for data brought in from elsewhere."""
    with deps.store.transaction(person, deps.now()) as tx:
        stored = tx.get(DOCUMENT, id)
        if stored is None:
            raise NotFound
        body = copy.deepcopy(stored.body)
        body["answers"] |= answers
        _write(deps, tx, stored, body, person, None)


# --- choosing between two versions --------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Clash:
    """Two versions of some answers, waiting for a choice."""

    stored: Stored
    opened: Opened


def open_clash(deps: Deps, person: str, id: str, clash: str) -> Clash:
    """Open what waits for a choice: only its author may."""
    here = desk(deps, person)
    opened = here.open(id)
    stored = deps.store.get(CLASH, clash)
    if stored is None or stored.body["document"] != id or stored.body["person"] != person:
        raise NotFound
    return Clash(stored, opened)


def settle(deps: Deps, person: str, id: str, clash: str, choices: Mapping[int, tuple[str, str]]) -> None:
    """Write the chosen versions: « mine », « theirs », or a third text."""
    with deps.store.transaction(person, deps.now()) as tx:
        work = Desk(tx, deps.catalogue, deps.now(), person)
        opened = work.open(id)
        waiting = tx.get(CLASH, clash)
        if waiting is None or waiting.body["document"] != id or waiting.body["person"] != person:
            raise NotFound
        step = waiting.body["step"]
        writable_step(opened, step)
        body = copy.deepcopy(opened.stored.body)
        for index, one in enumerate(waiting.body["leaves"]):
            _settle_leaf(opened, body, one, choices.get(index, ("theirs", "")))
        if body != opened.stored.body:
            _write(deps, tx, opened.stored, body, person, None, "Choix entre deux versions")
        tx.delete(CLASH, clash, waiting.revision)


def _settle_leaf(
    opened: Opened, body: dict[str, Any], one: Mapping[str, Any], choice: tuple[str, str]
) -> None:
    leaf = tuple(one["leaf"])
    form = opened.state.form
    item = form.skeleton.items.get(
        static_path(tuple(part for part in leaf if not part.startswith("#")), form)
    )
    if item is None or not decide(opened.grant, "write", item):
        return
    kept, text = choice
    if text.strip() and item.type == "text":
        limit = item.spec.max
        value: Any = text.strip() if limit is None or len(text.strip()) <= limit else {"raw": text.strip()}
        put_leaf(body["answers"], leaf, value, form)
    elif kept == "mine":
        put_leaf(body["answers"], leaf, MISSING if one["mine"] is None else one["mine"], form)


# --- acting -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Acted:
    """The outcome of an action: the document, and those that were created."""

    id: str
    created: tuple[str, ...]


def act(deps: Deps, person: str, id: str, action: str, revision: int) -> Acted:
    """Carry out an action with all its effects, or nothing."""
    with deps.store.transaction(person, deps.now()) as tx:
        work = Desk(tx, deps.catalogue, deps.now(), person)
        opened = work.open(id)
        compiled = opened.state.form.actions.get(action)
        if compiled is None:
            raise NotFound
        decision = decide(opened.grant, action)
        if not decision:
            raise Refused(decision.reason)
        if opened.stored.revision != revision:
            raise Stale(
                "Le document a changé depuis l'affichage de cette page. Relisez-le, puis recommencez."
            )
        check = check_action(opened.state, compiled)
        if not check.ready:
            raise Refused(check.message or "Des réponses manquent ou sont à corriger : rien n'a été changé.")
        plan = perform(opened.state, compiled, work.user(opened.grant.roles), work.now)
        return _carry_out(deps, tx, work, opened, plan, compiled.spec.label)


def _carry_out(deps: Deps, tx: Transaction, work: Desk, opened: Opened, plan: Plan, label: str) -> Acted:
    person = work.person_id
    _set_shared(deps, tx, work, opened, plan)
    _write(deps, tx, opened.stored, plan.document, person, None, label)
    for called in plan.acts:
        _call(deps, tx, work, called)
    created = tuple(_create(deps, tx, work, opened, one) for one in plan.creates)
    _refresh_subject(deps, tx, work, plan.document.get("subject"))
    return Acted(opened.id, created)


def _set_shared(deps: Deps, tx: Transaction, work: Desk, opened: Opened, plan: Plan) -> None:
    subject = plan.document.get("subject")
    if not plan.sets or subject is None:
        return
    stored = tx.get(DOCUMENT, subject)
    if stored is None:
        raise Refused("La fiche de ce document n'existe plus : rien n'a été changé.")
    body = copy.deepcopy(stored.body)
    for one in plan.sets:
        if one.value is None:
            body["answers"].pop(one.field, None)
        else:
            body["answers"][one.field] = one.value
    if body != stored.body:
        _write(deps, tx, stored, body, work.person_id, None, f"Par « {opened.name} »")


def _call(deps: Deps, tx: Transaction, work: Desk, called: Act) -> None:
    stored = tx.get(DOCUMENT, called.document)
    if stored is None:
        raise Refused("Le document lié n'existe plus : rien n'a été changé.")
    state = Desk(tx, deps.catalogue, work.now, work.person_id).state(stored)
    check = may_be_called(state, called)
    if not check.ready:
        raise Refused(check.message)
    action = state.form.actions[called.action]
    plan = perform(state, action, work.user(frozenset()), work.now)
    _write(deps, tx, stored, plan.document, work.person_id, None, action.spec.label)


def _create(deps: Deps, tx: Transaction, work: Desk, opened: Opened, one: Create) -> str:
    form = _starting(deps, one.form)
    known = set(form.skeleton.named)
    answers = {name: value for name, value in one.answers.items() if name in known}
    return write_new(
        deps,
        tx,
        Desk(tx, deps.catalogue, work.now, work.person_id),
        form,
        subject=opened.state.document.get("subject"),
        place=opened.state.document.get("place"),
        links=one.links,
        answers=answers,
        asked=one.asked,
    )


# --- who may see what of the definitions ---------------------------------------------------------


def may_publish(catalogue: Catalogue, assigned: Iterable[Mapping[str, str]]) -> bool:
    """Tell whether roles assigned at places give the right to publish definitions."""
    roles = catalogue.roles
    named = {name for right in roles.rights if "publish" in right.may for name in right.who}
    allowed = named.union(*(roles.groups.get(name, ()) for name in named))
    return any(role["role"] in allowed for role in assigned)


# --- one boolean straight from a record's page ---------------------------------------------------


def toggle(deps: Deps, person: str, id: str, name: str, value: bool) -> None:
    """Change one boolean of a record."""
    with deps.store.transaction(person, deps.now()) as tx:
        work = Desk(tx, deps.catalogue, deps.now(), person)
        opened = work.open(id)
        item = opened.state.form.skeleton.named.get(name)
        if item is None or item.type != "boolean":
            raise NotFound
        decision = decide(opened.grant, "write", item)
        if not decision:
            raise Refused(decision.reason)
        if opened.stored.body["answers"].get(name) is value:
            return
        body = copy.deepcopy(opened.stored.body)
        body["answers"][name] = value
        note = f"{item.label} : {'oui' if value else 'non'}"[:200]
        _write(deps, tx, opened.stored, body, person, None, note)
