"""The keys that collections look up, made for documents written before anything looked them up.

Kind "tied": one record that says, by form, for which fields every document has its keys.
"""

from __future__ import annotations

from engine.anchors import fields_of
from storage.base import Busy, Cursor, StaleRevision
from web.failures import NotFound
from web.services import Deps
from web.services.moving import MOVER
from web.world import DOCUMENT, Desk

KIND, ID = "tied", "fields"
BATCH = 100


def tie(deps: Deps) -> int:
    """Make the keys that are missing; gives the number of documents looked at, 0 when nothing changed.

    When another process does it at the same time, it is left to that one; the next start looks again.
    """
    try:
        return _tie(deps)
    except (Busy, StaleRevision):
        return 0


def _tie(deps: Deps) -> int:
    wanted = fields_of(deps.catalogue.tied, deps.catalogue.tied)
    stored = deps.store.get(KIND, ID)
    known = {} if stored is None else stored.body["fields"]
    if known == wanted:
        return 0
    late = [form for form, fields in wanted.items() if set(fields) - set(known.get(form, ()))]
    seen = sum(_tie_form(deps, form) for form in late)
    with deps.store.transaction(MOVER, deps.now()) as tx:
        revision = 0 if stored is None else stored.revision
        tx.put(KIND, ID, {"fields": wanted}, {}, expected_revision=revision)
    return seen


def _tie_form(deps: Deps, form: str) -> int:
    seen = 0
    cursor: Cursor | None = None
    while True:
        page = deps.store.find(DOCUMENT, {"form": form}, sort=("created",), limit=BATCH, after=cursor)
        _tie_some(deps, [entry.id for entry in page.entries])
        seen += len(page.entries)
        cursor = page.after
        if cursor is None:
            return seen


def _tie_some(deps: Deps, ids: list[str]) -> None:
    with deps.store.transaction(MOVER, deps.now()) as tx:
        for id in ids:
            stored = tx.get(DOCUMENT, id)
            if stored is None:
                continue
            desk = Desk(tx, deps.catalogue, deps.now(), "")
            try:
                tx.rekey(DOCUMENT, id, desk.keys(id, desk.state(stored)))
            except NotFound:
                continue  # its version is not served for now
