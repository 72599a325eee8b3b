"""Long work on the documents of a form, a slice a request: it can be left, and taken up again.

A head under the form's id says how far it is; lines under « form/n », a page a slice, what became of each
document. They name documents and fields, never an answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from engine.migrate import OUTCOMES
from storage.base import Cursor, Entry, Reader, Transaction
from storage.index import cursor
from web.services.moving import SORT, Fate

Head = dict[str, Any]


def head(reader: Reader, kind: str, form: str) -> Head | None:
    """How far the last work of a kind on a form is, None if there was none."""
    stored = reader.get(kind, form)
    return None if stored is None else dict(stored.body)


def fresh(total: int, now: datetime, **about: str) -> Head:
    """The head of work that starts; `about`: what it is."""
    return {
        **about,
        "done": 0,
        "over": False,
        "total": total,
        "counts": {},
        "after": None,
        "pages": 0,
        "at": now.isoformat(),
    }


def after(found: Head) -> Cursor | None:
    """Where the last slice ended."""
    return Cursor(tuple(found["after"][0]), found["after"][1]) if found["after"] else None


def advanced(found: Head, fates: Sequence[Fate], last: Entry | None, now: datetime, *, over: bool) -> Head:
    """A head with one more slice; `over`: it was the last, and some documents may have come or gone."""
    done = found["done"] + len(fates)
    end = None if last is None else cursor(last, SORT)
    return {
        **found,
        "done": done,
        "total": done if over else max(found["total"], done),
        "over": over,
        "counts": dict(Counter(found["counts"]) + Counter(fate.outcome for fate in fates)),
        "after": found["after"] if end is None else [list(end.values), end.id],
        "pages": found["pages"] + 1,
        "at": now.isoformat(),
    }


def keep(tx: Transaction, kind: str, form: str, found: Head, fates: Sequence[Fate] = ()) -> None:
    """Write a head over the former one, with the lines of its last slice."""
    if found["pages"]:
        _put(tx, kind, f"{form}/{found['pages']}", {"lines": [asdict(fate) for fate in fates]})
    _put(tx, kind, form, found)


def _put(tx: Transaction, kind: str, id: str, body: Mapping[str, Any]) -> None:
    """Write over what was there: this has no history."""
    former = tx.get(kind, id)
    revision = 0 if former is None else former.revision
    tx.put(kind, id, dict(body), {}, expected_revision=revision, sitting=kind)


def lines(reader: Reader, kind: str, form: str, outcomes: Collection[str]) -> list[Fate]:
    """What the last work says of the documents that have some outcomes, the gravest first."""
    top = head(reader, kind, form)
    found: list[Fate] = []
    for n in range(1, (0 if top is None else top["pages"]) + 1):
        page = reader.get(kind, f"{form}/{n}")
        for line in page.body["lines"] if page is not None else ():
            if line["outcome"] in outcomes:
                found.append(Fate(**{**line, "fields": tuple(line["fields"])}))
    return sorted(found, key=lambda fate: OUTCOMES.index(fate.outcome))
