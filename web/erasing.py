"""Erasing documents for good, and what others kept of them. No web framework here.

A closed step keeps tables of other documents, and documents that it recapitulates: a purge reaches them, in
every revision, in its own transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from engine.erasing import OF_A_TABLE, erased
from storage.base import Erasing, Store
from web import files
from web.importing.plan import BROUGHT
from web.services.proposing import PROPOSAL
from web.services.saving import CLASH
from web.world import DOCUMENT

Found = tuple[str, str]  # kind, id


def with_all(store: Store, ids: Collection[str]) -> list[Found]:
    """Give documents, those about them, what waits beside them, what ties them to an import, their files."""
    found = list(dict.fromkeys(one for id in ids for one in _about(store, id)))
    return found + files.left_alone(store, [id for kind, id in found if kind == DOCUMENT])


def erase(store: Store, found: Collection[Found], author: str, at: datetime) -> None:
    """Remove what was found from the store, its files and what other documents kept of it."""
    gone = frozenset(id for kind, id in found if kind == DOCUMENT)
    store.purge(found, author, at, also=lambda work: _forget(work, gone))


def _about(store: Store, id: str) -> list[Found]:
    if store.get(DOCUMENT, id) is None:
        return []
    own = [id, *(entry.id for entry in store.find(DOCUMENT, {"subject": id}).entries)]
    beside = [
        (kind, entry.id)
        for one in own
        for kind in (CLASH, PROPOSAL)
        for entry in store.find(kind, {"document": one}).entries
    ]
    brought = [entry.id for entry in store.find(BROUGHT, {"record": id}).entries]
    return [
        *((DOCUMENT, one) for one in own),
        *beside,
        *((BROUGHT, one) for one in brought),
    ]


def _forget(work: Erasing, gone: frozenset[str]) -> None:
    ties = _Ties(work, gone)
    # A cell may come from a document that is erased without naming it: every table is looked at.
    for kind, id in work.mentioning([*gone, OF_A_TABLE]):
        bodies = {}
        for line in work.lines(kind, id):
            left = erased(line.body, ties.lead_there)
            if left != line.body:
                bodies[line.revision] = left
        work.erase(kind, id, bodies)


class _Ties:
    """Where the subject and the links of documents lead, each read once."""

    def __init__(self, work: Erasing, gone: frozenset[str]) -> None:
        self._work, self._gone = work, gone
        self._known: dict[str, dict[str, str | None]] = {}

    def lead_there(self, id: str, path: str) -> bool:
        """Tell whether a path of a document is read from one that is erased; "" is the document itself."""
        head, _, rest = path.lstrip(".").partition(".")
        if id in self._gone:
            return True
        there = self._of(id).get(head) if rest else None
        return there is not None and self.lead_there(there, rest)

    def _of(self, id: str) -> dict[str, str | None]:
        if id not in self._known:
            stored = self._work.get(DOCUMENT, id)
            body = {} if stored is None else stored.body
            self._known[id] = {**body.get("links", {}), "subject": body.get("subject")}
        return self._known[id]
