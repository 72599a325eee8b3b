"""Acting: one action with all its effects, or nothing."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.access import decide
from engine.lifecycle import (
    Act,
    Create,
    Plan,
    check_action,
    may_be_called,
    perform,
)
from storage.base import Transaction
from web import once
from web.catalogue import Catalogue
from web.failures import NotFound, Refused, Stale
from web.services.writing import Deps, refresh_subject, starting, subject_of, write, write_new
from web.world import DOCUMENT, Desk, Opened


@dataclass(frozen=True)
class Acted:
    """The outcome of an action: the document, and those that were created."""

    id: str
    created: tuple[str, ...]


def acted_already(deps: Deps) -> Acted | None:
    """The outcome of this very press, if it was carried out: what it did may not be possible any more."""
    done = once.former(deps.store, deps.once)
    return None if done is None else Acted(done["id"], tuple(done["created"]))


def act(deps: Deps, person: str, id: str, action: str, revision: int) -> Acted:
    """Carry out an action with all its effects, or nothing."""
    with deps.store.transaction(person, deps.now()) as tx:
        done = once.former(tx, deps.once)
        if done is not None:
            return Acted(done["id"], tuple(done["created"]))
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
        acted = _carry_out(deps, tx, work, opened, plan, compiled.spec.label)
        once.keep(tx, deps.once, {"id": acted.id, "created": list(acted.created)}, work.now)
        return acted


def _carry_out(deps: Deps, tx: Transaction, work: Desk, opened: Opened, plan: Plan, label: str) -> Acted:
    person = work.person_id
    _set_shared(deps, tx, work, opened, plan)
    write(deps, tx, opened.stored, plan.document, person, None, label)
    for called in plan.acts:
        _call(deps, tx, work, called)
    created = tuple(_create(deps, tx, work, opened, one) for one in plan.creates)
    refresh_subject(deps, tx, work, plan.document.get("subject"))
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
        write(deps, tx, stored, body, work.person_id, None, f"Par « {opened.name} »")


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
    write(deps, tx, stored, plan.document, work.person_id, None, action.spec.label)


def _create(deps: Deps, tx: Transaction, work: Desk, opened: Opened, one: Create) -> str:
    form = starting(deps, one.form)
    return write_new(
        deps,
        tx,
        Desk(tx, deps.catalogue, work.now, work.person_id),
        form,
        subject=subject_of(form, opened.id, opened.state),
        place=work.place_of(opened.state),
        links=one.linked(opened.id),
        answers=one.answers,
        asked=one.asked,
    )


def may_publish(catalogue: Catalogue, assigned: Iterable[Mapping[str, str]]) -> bool:
    """Tell whether roles assigned at places give the right to publish definitions."""
    roles = catalogue.roles
    named = {name for right in roles.rights if "publish" in right.may for name in right.who}
    allowed = named.union(*(roles.groups.get(name, ()) for name in named))
    return any(role["role"] in allowed for role in assigned)
