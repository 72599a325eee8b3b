"""A new draft out of a document's answers, in its own version or a newer one."""

from __future__ import annotations

from functools import partial
from typing import Any

from engine.access import decide
from engine.compile import CompiledForm
from engine.copying import carried
from engine.drafting import version_key
from engine.evaluate import FormState
from engine.lifecycle import start
from engine.migrate import route
from engine.migrate.replay import moved
from engine.skeleton import Item
from storage.base import AnyOf
from web import once
from web.failures import NotFound, Refused
from web.services.creating import Offer, creatable
from web.services.writing import Deps, write_new
from web.world import DOCUMENT, Desk, Opened

REFUSAL = (
    "Ce document ne peut pas être dupliqué : vous ne pouvez pas en créer un autre au même endroit, ou un "
    "brouillon y est déjà commencé. Reprenez ce brouillon, ou revenez à la fiche."
)


def duplicable(work: Desk, opened: Opened) -> Offer | None:
    """Tell whether and how a copy of a document may be created, beside it."""
    form = _version(work, opened)
    body = opened.state.document
    required = [name for name, link in form.form.links.items() if link.required] if form is not None else []
    alone = form is not None and not any(form.form.links[name].many for name in required)
    origin = body.get("links", {}).get(required[0]) if required else body.get("subject")
    if form is None or origin is None:
        return None
    try:
        offer = creatable(work, work.glance(origin), form)
    except NotFound:
        return None
    return None if offer is None or (required and alone and _underway(work, form.id, offer)) else offer


def _version(work: Desk, opened: Opened) -> CompiledForm | None:
    """The version of a copy: the one in which documents start, never an older one than the document's."""
    own = opened.state.form
    first = work.catalogue.start(own.id)
    if first is None or own.form.nature != "document":
        return None
    return own if version_key(first.version) < version_key(own.version) else first


def _underway(work: Desk, form: str, offer: Offer) -> bool:
    where: dict[str, Any] = {"form": form, "phase": AnyOf(["draft"])}
    where |= {f"link.{name}": target for name, target in offer.links.items()}
    return bool(work.reader.find(DOCUMENT, where, limit=0).total)


def duplicate(deps: Deps, person: str, id: str) -> str:
    """Create a draft from the answers of a document; gives its id. The same press counts once."""
    with deps.store.transaction(person, deps.now()) as tx:
        done = once.former(tx, deps.once)
        if done is not None:
            return str(done["id"])
        work = Desk(tx, deps.catalogue, deps.now(), person)
        opened = work.open(id)
        offer = duplicable(work, opened)
        if offer is None:
            raise Refused(REFUSAL)
        new = deps.new_id()
        answers, asked = _answers(work, opened, offer, new)
        place = work.place_of(opened.state)
        write_new(
            deps,
            tx,
            work,
            offer.form,
            subject=offer.subject,
            place=place,
            links=offer.links,
            answers=answers,
            asked=asked,
            id=new,
        )
        once.keep(tx, deps.once, {"id": new}, work.now)
        return new


def _answers(work: Desk, opened: Opened, offer: Offer, new: str) -> tuple[dict[str, Any], list[str]]:
    """The answers that this person may read here, as far as they may write them there."""
    readable = partial(_may, opened, "read")
    answers, asked = carried(opened.state, readable)
    state = _laid_out(work, opened.state.form, offer, new, answers)
    if offer.form.version != state.form.version:
        stages = work.catalogue.migrations.get(offer.form.id, ())
        read = partial(_read, work, new)
        body, _ = moved(state, route(state.form, offer.form, stages), read, work.now.isoformat())
        answers, state = body["answers"], _laid_out(work, offer.form, offer, new, body["answers"])
    grant = work.grant(state)
    writable = {
        name: value
        for name, value in answers.items()
        if (item := offer.form.skeleton.named.get(name)) is not None and decide(grant, "write", item)
    }
    return writable, [name for name in asked if name in writable]


def _may(opened: Opened, verb: str, item: Item) -> bool:
    return bool(decide(opened.grant, verb, item))


def _read(work: Desk, id: str, form: CompiledForm, body: Any) -> FormState:
    return work.evaluate_as(form, id, body)


def _laid_out(work: Desk, form: CompiledForm, offer: Offer, new: str, answers: dict[str, Any]) -> FormState:
    body = start(
        form,
        subject=offer.subject,
        place=None,
        links=offer.links,
        answers=answers,
        actor=work.user(frozenset()),
        now=work.now,
    )
    return work.evaluate_as(form, new, body)
