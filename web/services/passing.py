"""What follows a publication, or its undoing: the documents pass to their version, some at a time.

Each batch is one transaction, with how far it is: cut anywhere and taken up again, the end is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from engine.migrate import ASKED, BLOCKED, LOST
from storage.base import Reader, Transaction
from web.failures import NotFound
from web.services import slices
from web.services.moving import MOVER, SORT, Fate, Task, candidate_of, moves, returns
from web.services.slices import Head
from web.services.writing import Deps
from web.world import DOCUMENT

KIND = "passage"
BATCH = 50  # documents a transaction: people who save meanwhile wait for no more
TIME = timedelta(seconds=4)
FORWARD, BACK = "forward", "back"


@dataclass(frozen=True)
class Passage:
    """How far it is: towards `version`, or back from it to `previous`; `counts` by outcome."""

    way: Literal["forward", "back"]
    version: str
    previous: str
    done: int
    total: int
    at: str
    counts: Mapping[str, int]
    over: bool


def passage(reader: Reader, form: str) -> Passage | None:
    """How far the documents of a form are, None if they never had to pass."""
    found = slices.head(reader, KIND, form)
    return None if found is None else _passage(found)


def _passage(head: Head) -> Passage:
    names = ("way", "version", "previous", "done", "total", "at", "counts", "over")
    return Passage(**{name: head[name] for name in names})


def begin(deps: Deps, tx: Transaction, form: str, *, way: str, version: str, previous: str = "") -> None:
    """Note, in the transaction that publishes or undoes, that the documents have to pass; moves none.

    As many as there are of the form: which of them pass is known once it is read again.
    """
    total = tx.find(DOCUMENT, {"form": form}, limit=0).total
    head = slices.fresh(total, deps.now(), way=way, version=version, previous=previous)
    slices.keep(tx, KIND, form, head)


def pass_on(deps: Deps, form: str) -> Passage:
    """Have some more documents pass, for a few seconds; NotFound where none has to."""
    start = deps.now()
    while True:
        found = _batch(deps, form)
        if found.over or deps.now() - start > TIME:
            return found


def _batch(deps: Deps, form: str) -> Passage:
    with deps.store.transaction(MOVER, deps.now()) as tx:
        head = slices.head(tx, KIND, form)
        if head is None:
            raise NotFound
        if _passage(head).over:
            return _passage(head)
        where, work = _task(deps, form, head)
        page = tx.find(DOCUMENT, where, sort=SORT, limit=BATCH, after=slices.after(head))
        fates = [fate for entry in page.entries if (fate := work(tx, entry)) is not None]
        last = page.entries[-1] if page.entries else None
        head["total"] = head["total"] if head["pages"] else page.total
        head = slices.advanced(head, fates, last, deps.now(), over=page.after is None)
        slices.keep(tx, KIND, form, head, [fate for fate in fates if fate.outcome in {ASKED, LOST, BLOCKED}])
        return _passage(head)


def _task(deps: Deps, form: str, head: Head) -> Task:
    if head["way"] == BACK:
        return returns(deps, form, head["version"], head["previous"])
    candidate = candidate_of(deps.catalogue, form, head["version"])
    if candidate is None:
        raise NotFound
    return moves(deps, candidate)


def staying(reader: Reader, form: str) -> list[Fate]:
    """The documents that did not pass, and those where something is to be answered, the gravest first."""
    return slices.lines(reader, KIND, form, {ASKED, LOST, BLOCKED})
