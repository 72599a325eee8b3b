"""Records handed over: another person follows them, in one gesture that can be undone.

Who was held in the field is held there no more, and has what that role gave no longer.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.access import decide, held_fields
from engine.compile import CompiledForm
from engine.skeleton import Item
from storage.base import Transaction
from web import once
from web.failures import NotFound, Refused
from web.services.writing import Deps, write
from web.world import Desk, Opened

KIND = "handover"
MOST = 200  # records in one gesture
TAKEN_BACK = timedelta(hours=24)  # how long whoever gave their own records away may take them back


@dataclass(frozen=True)
class Handed:
    """What one gesture did: its id, how many records it changed."""

    id: str
    count: int


def followers(here: Desk, form: CompiledForm) -> list[Item]:
    """The fields of a record form in which one person holds a role."""
    named = form.skeleton.named
    found = [named[name] for name in held_fields(here.catalogue.roles, form.id) if name in named]
    return [item for item in found if item.type == "reference" and not item.spec.many]


def transferable(opened: Opened, item: Item) -> bool:
    """Tell whether this person may change who is held in a record's field."""
    field = opened.state.form.skeleton.named.get(item.id)
    return field is not None and bool(decide(opened.grant, "write", field))


def hand_over(deps: Deps, person: str, form_id: str, field: str, ids: Sequence[str], to: str) -> Handed:
    """Put a person in a field of records, all or none; Refused names the first that can't be."""
    with deps.store.transaction(person, deps.now()) as tx:
        done = once.former(tx, deps.once)
        if done is not None:
            return Handed(str(done["id"]), int(done["count"]))
        work = Desk(tx, deps.catalogue, deps.now(), person)
        if not ids:
            raise Refused("Aucun dossier n'est choisi : cochez-en au moins un.")
        if len(ids) > MOST:
            raise Refused(f"Plus de {MOST} dossiers à la fois : transmettez-les en plusieurs fois.")
        lines = [line for id in dict.fromkeys(ids) if (line := _hand(deps, tx, work, form_id, field, id, to))]
        handed = Handed(deps.new_id(), len(lines))
        if lines:
            body: dict[str, Any] = {
                "form": form_id,
                "field": field,
                "to": to,
                "by": person,
                "lines": lines,
                "undone": False,
            }
            body["at"] = work.now.isoformat()
            tx.put(KIND, handed.id, body, {"by": person}, expected_revision=0)
        once.keep(tx, deps.once, {"id": handed.id, "count": handed.count}, work.now)
        return handed


def _hand(
    deps: Deps, tx: Transaction, work: Desk, form_id: str, field: str, id: str, to: str
) -> dict[str, Any] | None:
    """Change one record; None where it changes nothing."""
    opened = work.open(id)
    item = _item(work, opened, form_id, field)
    if not transferable(opened, item):
        raise Refused(f"« {opened.name} » ne peut pas être transmis par vous. Rien n'a été changé.")
    label = work.label_of(opened.state, item, to)
    if label is None:
        raise Refused(
            f"La personne choisie ne peut pas suivre « {opened.name} » : elle n'est pas de ce lieu. "
            "Choisissez-en une autre. Rien n'a été changé."
        )
    before = opened.stored.body["answers"].get(field)
    after = [{"id": to, "label": label}]
    if before == after:
        return None
    _put(deps, tx, opened, field, after, f"Transmis à {label}")
    return {"id": id, "before": before}


def _item(work: Desk, opened: Opened, form_id: str, field: str) -> Item:
    form = opened.state.form
    found = next((one for one in followers(work, form) if one.id == field), None)
    if form.id != form_id or found is None:
        raise NotFound
    return found


def _put(deps: Deps, tx: Transaction, opened: Opened, field: str, value: Any, note: str) -> None:
    body = copy.deepcopy(opened.stored.body)
    body["answers"][field] = value
    write(deps, tx, opened.stored, body, _person(opened), None, note[:200])


def _person(opened: Opened) -> str:
    user = opened.state.context.user
    return "" if user is None else user.id


@dataclass(frozen=True, eq=False)
class Gesture:
    """A gesture that somebody may look at: the records of it that are open to them, and what it did."""

    id: str
    form: str
    to: str
    at: str
    by: str
    undone: bool
    open: tuple[Opened, ...]
    left: tuple[Opened, ...]  # those that would be put back


def gesture(here: Desk, id: str) -> Gesture:
    """Open a gesture: for who made it, and for whoever may put something of it back."""
    stored = here.reader.get(KIND, id)
    if stored is None:
        raise NotFound
    body = stored.body
    shown: list[Opened] = []
    left: list[Opened] = []
    for line in body["lines"]:
        opened = _glanced(here, line["id"])
        if opened is not None:
            shown.append(opened)
        if body["undone"]:
            continue
        if opened is not None and _may_put_back(here, opened, body):
            left.append(opened)
        elif (back := _taken_back(here, line, body)) is not None:
            left.append(back)
    if body["by"] != here.person_id and not left:
        raise NotFound
    return Gesture(
        id, body["form"], body["to"], body["at"], body["by"], body["undone"], tuple(shown), tuple(left)
    )


def _glanced(here: Desk, id: str) -> Opened | None:
    try:
        return here.glance(id)
    except NotFound:
        return None


def _taken_back(here: Desk, line: Any, body: Any) -> Opened | None:
    """Open a record for who gave it away, within a day: by the right that they would have again.

    Who would be put back must still be one who may follow it.
    """
    if body["by"] != here.person_id or here.now - datetime.fromisoformat(body["at"]) > TAKEN_BACK:
        return None
    opened = here.supposing(line["id"], body["field"], line["before"])
    if opened is None or not _may_put_back(here, opened, body):
        return None
    item = _item(here, opened, body["form"], body["field"])
    former = [one["id"] for one in line["before"] or ()]
    eligible = former and all(here.label_of(opened.state, item, id) is not None for id in former)
    return opened if eligible else None


def _may_put_back(here: Desk, opened: Opened, body: Any) -> bool:
    """Tell whether a record is still as the gesture left it, and this person may change it."""
    now = opened.stored.body["answers"].get(body["field"])
    same = isinstance(now, list) and [one["id"] for one in now] == [body["to"]]
    return same and transferable(opened, _item(here, opened, body["form"], body["field"]))


def undo_handover(deps: Deps, person: str, id: str) -> int:
    """Put back who followed the records that are still as the gesture left them; gives how many."""
    with deps.store.transaction(person, deps.now()) as tx:
        done = once.former(tx, deps.once)
        if done is not None:
            return int(done["count"])
        work = Desk(tx, deps.catalogue, deps.now(), person)
        found, stored = gesture(work, id), tx.get(KIND, id)
        if stored is None or not found.left:
            raise Refused("Il n'y a plus rien à annuler : ces dossiers ont changé depuis.")
        before = {line["id"]: line["before"] for line in stored.body["lines"]}
        for opened in found.left:
            _put(deps, tx, opened, stored.body["field"], before[opened.id], "Transmission annulée")
        tx.put(KIND, id, stored.body | {"undone": True}, stored.keys, expected_revision=stored.revision)
        once.keep(tx, deps.once, {"count": len(found.left)}, work.now)
        return len(found.left)
