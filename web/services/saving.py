"""Saving a step: merged with what others wrote since, nothing lost."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from engine.access import decide
from engine.answers import MISSING
from engine.compile import CompiledForm
from engine.edit import AsShown, AsStored, Edited, edit
from engine.evaluate import FormState
from engine.french import clock, short_date
from engine.migrate.late import forwarded
from engine.posting import Posted
from engine.problems import Problem
from storage.base import Stored, Transaction
from web import files, once
from web.failures import BadRequest, NotFound, Refused
from web.leaves import Leaf, leaves, open_to
from web.merge import merge
from web.services.drifting import had_step, keep, set_aside
from web.services.writing import Deps, desk, write
from web.shown import (
    as_shown,
    part_of,
    read_digests,
    shows_stored,
    shows_whole,
    with_written,
    written,
)
from web.world import DOCUMENT, READ, Desk, Opened

CLASH = "clash"


@dataclass(frozen=True)
class Saving:
    """What a step's form posts."""

    posted: Posted
    revision: int
    base: str
    page: str  # names the page, so that its own late saves are known for its own
    sitting: str  # names the person's session: its saves make one line of history
    contents: Mapping[str, bytes] = field(default_factory=dict)  # of files, by their digests


@dataclass(frozen=True, eq=False, repr=False)
class Saved:
    """The outcome of a save, and what to tell. Most answers only lead elsewhere: both states are read by
    those that show something, outside of the transaction, as states fetch their surroundings on demand.
    """

    deps: Deps
    person: str
    former: Stored
    stored: Stored
    phase: str
    refused: tuple[Problem, ...]
    hidden: tuple[Problem, ...]
    theirs: tuple[Leaf, ...] = ()
    clash: str = ""  # id of what is kept until somebody chooses
    seen: Mapping[Leaf, str] = field(default_factory=dict)  # what the page showed
    again: bool = False  # done already: the page may never have had the first answer

    @property
    def id(self) -> str:
        """The document's id."""
        return self.stored.id

    @cached_property
    def before(self) -> FormState:
        """The document as it was."""
        return desk(self.deps, self.person).state(self.former)

    @cached_property
    def opened(self) -> Opened:
        """The document as it now is, with what this person may do on it."""
        here = desk(self.deps, self.person)
        state = here.state(self.stored)
        newest = self.deps.catalogue.newest(state.form.id) or state.form
        return Opened(self.stored, state, here.grant(state), newest)


def save(deps: Deps, person: str, id: str, step: str, saving: Saving) -> Saved:
    """Save what was posted to one step; merges with what others wrote since, loses nothing."""
    with deps.store.transaction(person, deps.now()) as tx:
        work = Desk(tx, deps.catalogue, deps.now(), person)
        opened = work.open(id)
        state = opened.state
        if step not in state.form.skeleton.parts:
            raise NotFound
        done = once.former(tx, deps.once)
        if done is None:
            writable_step(opened, step)
        base: dict[Leaf, str] = {}
        shown: AsShown
        if done is None and saving.revision == opened.stored.revision and shows_stored(saving.base):
            shown = AsStored(opened.stored.body["answers"])
        else:
            base = _seen_by(saving, opened.stored)
            shown = partial(as_shown, base)
        sent = forwarded(saving.posted, opened.stored.body.get("moved", ()), state.form, step)
        sent, adrift = set_aside(deps.catalogue, opened, sent, step, shown)
        edited = edit(
            state,
            sent,
            opened.grant,
            lambda item, one: work.label_of(state, item, one),
            step,
            shown,
        )
        theirs: tuple[Leaf, ...] = ()
        clash = ""
        stored = opened.stored
        if done is not None:
            theirs, clash = tuple(tuple(leaf) for leaf in done["theirs"]), done["clash"]
        elif stored.revision != saving.revision or (base and not shows_whole(base)):
            edited, theirs, clash = _reconcile(deps, tx, work, opened, edited, step, base)
        edited = keep(edited, adrift)
        if done is None and edited.document != stored.body:
            _keep_files(tx, state.form, edited.document, saving.contents)
            edited.document["page"] = _page(saving, opened, edited.document, step)
            stored = write(deps, tx, stored, edited.document, person, saving.sitting, work=work)
        else:
            tx.log(READ, DOCUMENT, id, stored.revision)  # nothing written, and yet the answer shows it
        if done is None:
            once.keep(tx, deps.once, {"theirs": [list(leaf) for leaf in theirs], "clash": clash}, work.now)
    phase = state.form.state(stored.body["state"]).phase
    told = (edited.refused, edited.hidden, theirs, clash, base, done is not None)
    return Saved(deps, person, opened.stored, stored, phase, *told)


def _page(saving: Saving, opened: Opened, document: Mapping[str, Any], step: str) -> dict[str, str]:
    """What the page that saved has written, for its own late saves."""
    last = opened.stored.body.get("page", {})
    known = str(last["base"]) if last and saving.page and last["id"] == saving.page else ""
    before, after = opened.stored.body["answers"], document["answers"]
    fresh = written(before, after, opened.state.form, step, opened.grant)
    return {"id": saving.page, "base": with_written(known, fresh)}


def _keep_files(
    tx: Transaction, form: CompiledForm, document: Mapping[str, Any], contents: Mapping[str, bytes]
) -> None:
    """Put the contents that a document now names, in the transaction that puts the document."""
    if not contents:
        return
    for name in {one["sha256"] for one in files.named(form, document)} & contents.keys():
        files.keep(tx, contents[name])


def save_gone(deps: Deps, person: str, id: str, step: str, saving: Saving) -> tuple[Problem, ...]:
    """Keep beside a document what is posted to a step that its form has no more; tell what was kept.

    NotFound for a step that it never had.
    """
    with deps.store.transaction(person, deps.now()) as tx:
        work = Desk(tx, deps.catalogue, deps.now(), person)
        opened = work.open(id, "write")
        if not had_step(deps.catalogue, opened, step):
            raise NotFound
        if not opened.state.form.state(opened.state.document["state"]).open:
            raise Refused(closed_reason(opened))
        shown = partial(as_shown, _seen_by(saving, opened.stored))
        _, adrift = set_aside(deps.catalogue, opened, saving.posted, step, shown)
        kept = keep(Edited(copy.deepcopy(opened.stored.body), opened.state, (), ()), adrift)
        if adrift and once.former(tx, deps.once) is None:
            write(deps, tx, opened.stored, kept.document, person, saving.sitting, work=work)
            once.keep(tx, deps.once, {}, work.now)
        return kept.refused


def writable_step(opened: Opened, step: str) -> None:
    """Refuse a step that this person may not change now."""
    part = opened.state.form.skeleton.parts.get(step)
    if part is None or not opened.state.shows_step(step):
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
        f"« {opened.name} » ne se modifie plus : {event['label']}, {short_date(moment.date())} à "
        f"{clock(moment)}, par {event['by']['label']}. Votre saisie n'a pas été enregistrée : copiez-la "
        "si vous en avez besoin."
    )


def _seen_by(saving: Saving, stored: Stored) -> dict[Leaf, str]:
    """What a page has seen of a step: what it showed, or what its own last save wrote."""
    if saving.revision > stored.revision or saving.revision < 1:
        raise BadRequest("La page ne correspond pas à ce document : rechargez-la, puis recommencez.")
    base = read_digests(saving.base)
    if saving.revision == stored.revision and shows_whole(base):
        return base
    last = stored.body.get("page", {})
    if not saving.page or last.get("id") != saving.page:
        return base
    return part_of(base | read_digests(last["base"]))


def _reconcile(
    deps: Deps,
    tx: Transaction,
    work: Desk,
    opened: Opened,
    edited: Edited,
    step: str,
    base: Mapping[Leaf, str],
) -> tuple[Edited, tuple[Leaf, ...], str]:
    form, grant = opened.state.form, opened.grant
    mine = open_to(grant, leaves(edited.document["answers"], form, step), form, step)
    current = open_to(grant, leaves(opened.stored.body["answers"], form, step), form, step)
    document = edited.document
    merged = merge(mine, current, base, document["answers"], form)
    clash = ""
    if merged.clashes:
        clash = deps.new_id()
        body: dict[str, Any] = {
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


def visited(deps: Deps, person: str, id: str, step: str, sitting: str) -> None:
    """Note that a step was gone through: what a renewal asked to confirm there is confirmed."""
    with deps.store.transaction(person, deps.now()) as tx:
        work = Desk(tx, deps.catalogue, deps.now(), person)
        opened = work.open(id, "write")
        body = copy.deepcopy(opened.stored.body)
        ids = {item.id for item in opened.state.form.skeleton.step_items(step)}
        body["asked"] = [name for name in body.get("asked", []) if name not in ids]
        body.pop("told", None)
        seen = body.setdefault("visited", [])
        if step not in seen:
            seen.append(step)
        if body != opened.stored.body:
            write(deps, tx, opened.stored, body, person, sitting)


def heard(deps: Deps, person: str, id: str, sitting: str) -> None:
    """Note that somebody has left a page that told what changed in the form: it is not told again."""
    with deps.store.transaction(person, deps.now()) as tx:
        opened = Desk(tx, deps.catalogue, deps.now(), person).open(id)
        if "told" in opened.stored.body and decide(opened.grant, "write"):
            body = copy.deepcopy(opened.stored.body)
            del body["told"]
            write(deps, tx, opened.stored, body, person, sitting)


def fill(deps: Deps, person: str, id: str, answers: Mapping[str, Any]) -> None:
    """Write answers in stored form, as they are: for data brought in from elsewhere."""
    with deps.store.transaction(person, deps.now()) as tx:
        stored = tx.get(DOCUMENT, id)
        if stored is None:
            raise NotFound
        body = copy.deepcopy(stored.body)
        body["answers"] |= answers
        write(deps, tx, stored, body, person, None)


def toggle(deps: Deps, person: str, id: str, name: str, value: bool) -> None:
    """Change one boolean of a record."""
    with deps.store.transaction(person, deps.now()) as tx:
        if once.former(tx, deps.once) is not None:
            return
        work = Desk(tx, deps.catalogue, deps.now(), person)
        opened = work.open(id)
        item = opened.state.form.skeleton.named.get(name)
        if item is None or item.type != "boolean":
            raise NotFound
        decision = decide(opened.grant, "write", item)
        if not decision:
            raise Refused(decision.reason)
        once.keep(tx, deps.once, {}, work.now)
        if opened.stored.body["answers"].get(name) is value:
            return
        body = copy.deepcopy(opened.stored.body)
        body["answers"][name] = value
        note = f"{item.label} : {'oui' if value else 'non'}"[:200]
        write(deps, tx, opened.stored, body, person, None, note)
