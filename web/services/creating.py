"""Creating records and documents: where, by whom, out of what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.access import may_create, roles_on, shut_to
from engine.alerts import holding
from engine.compile import CompiledForm
from storage.base import Transaction
from web import once
from web.failures import NotFound, Refused
from web.services.writing import Deps, desk, starting, subject_of, write_new
from web.world import DOCUMENT, Desk, Opened


def places_for(deps: Deps, person: str, form_id: str) -> list[tuple[str, str]]:
    """Where somebody may create a record, or a document that is about a place alone: ids and labels."""
    form = deps.catalogue.start(form_id)
    if form is None or not stands_alone(form):
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


def stands_alone(form: CompiledForm) -> bool:
    """Tell whether a form's documents belong to a place, with no record and no document before them."""
    return form.form.subject is None and not any(link.required for link in form.form.links.values())


def create_record(deps: Deps, person: str, form_id: str, place: str) -> str:
    """Create a record, or a document that stands alone, at a place; gives its id."""
    allowed = dict(places_for(deps, person, form_id))
    if place not in allowed:
        raise Refused("Vous n'avez pas le droit de créer cela dans ce lieu. Choisissez-en un autre.")
    form = starting(deps, form_id)
    with deps.store.transaction(person, deps.now()) as tx:
        done = once.former(tx, deps.once)
        if done is not None:
            return str(done["id"])
        work = Desk(tx, deps.catalogue, deps.now(), person)
        id = write_new(deps, tx, work, form, subject=None, place=place, links={}, answers={})
        _refuse_shut(deps, tx, person, id)
        once.keep(tx, deps.once, {"id": id}, work.now)
        return id


def create_document(deps: Deps, person: str, origin: str, form_id: str) -> str:
    """Create a document about a record, or linked to a document; gives its id."""
    with deps.store.transaction(person, deps.now()) as tx:
        done = once.former(tx, deps.once)
        if done is not None:
            return str(done["id"])
        work = Desk(tx, deps.catalogue, deps.now(), person)
        opened = work.open(origin)
        form = starting(deps, form_id)
        offer = creatable(work, opened, form) or proposed(work, opened, form)
        if offer is None:
            raise Refused(
                "Ce document ne peut pas être créé ici. "
                "Revenez à la fiche et choisissez dans ce qui est proposé."
            )
        id = write_new(
            deps,
            tx,
            work,
            form,
            subject=offer.subject,
            place=work.place_of(opened.state),
            links=offer.links,
            answers={},
        )
        _refuse_shut(deps, tx, person, id)
        once.keep(tx, deps.once, {"id": id}, work.now)
        return id


def _refuse_shut(deps: Deps, tx: Transaction, person: str, id: str) -> None:
    """Refuse to create what whoever creates it would find shut."""
    stored = tx.get(DOCUMENT, id)
    assert stored is not None
    work = Desk(tx, deps.catalogue, deps.now(), person)
    state = work.state(stored)
    newest = deps.catalogue.newest(state.form.id) or state.form
    reason = shut_to(state, newest, work.roles(state, stored.body)) if newest.closed else ""
    if reason:
        raise Refused(f"{reason} Rien n'a été créé.")


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
    if not fits or not in_state or form.form.subject not in {None, opened.state.form.form.subject}:
        return None
    subject = None if form.form.subject is None else opened.state.document.get("subject")
    return Offer(form, subject, {name: opened.id})


def proposed(work: Desk, opened: Opened, form: CompiledForm) -> Offer | None:
    """Tell how a document may be created as an alert proposes it, while the alert holds for whoever looks."""
    newest = work.catalogue.newest(form.id) or form
    if not may_create(newest, opened.grant.roles):
        return None
    for alert in holding(opened.state, opened.grant.roles):
        offer = alert.offer
        if offer is not None and offer.create == form.id and offer.link in {None, *form.form.links}:
            links = {} if offer.link is None else {offer.link: opened.id}
            return Offer(form, subject_of(form, opened.id, opened.state), links)
    return None


def _open_record(opened: Opened) -> bool:
    return opened.state.form.state(opened.state.document["state"]).phase != "closed"
