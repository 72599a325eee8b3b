"""How a document rests in tables, and the walk through its revisions.

`tables[kind][id]` is the current record. A put that begins a new history line moves the former record,
unchanged, to `tables["<kind>/revisions"]["<id>/<first>"]`; each record names the line before its own. So
a body rests once, and a put of a long history costs what the first one did. A record is replaced, never
changed: readers may hold one without a lock.
"""

import marshal
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias, TypedDict

from storage.base import Body, Entry, Keys, Revision, Stored


class Record(TypedDict):
    """The last state of one history line; `previous` is the `first` of the line before, or None."""

    revision: int
    body: Body
    keys: Body
    author: str
    at: str
    created_at: str
    first: int
    started_at: str
    sitting: str | None
    note: str
    previous: int | None


Tables: TypeAlias = dict[str, dict[str, Record]]
# (table, id) -> what is to rest there; None removes.
Changes: TypeAlias = Mapping[tuple[str, str], Record | None]


def successor(former: Record | None, put: Record) -> Record:
    """Return `put`, given as a first revision, as the revision that follows `former`."""
    if former is None:
        return put
    following: Record = {**put, "revision": former["revision"] + 1, "created_at": former["created_at"]}
    if _same_sitting(former, put):
        line: Record = {**following, "first": former["first"], "started_at": former["started_at"]}
        return {**line, "previous": former["previous"], "note": put["note"] or former["note"]}
    return {**following, "first": following["revision"], "previous": former["first"]}


def _same_sitting(former: Record, put: Record) -> bool:
    return put["sitting"] is not None and all(former[name] == put[name] for name in ("sitting", "author"))


def former_place(kind: str, id: str, first: int) -> tuple[str, str]:
    """Return the table and the id where a line of a document's history rests."""
    return f"{kind}/revisions", f"{id}/{first}"


def kind_of(table: str) -> str | None:
    """Return the kind whose current records a table holds; None for a table of history."""
    return None if "/" in table else table


def lines(tables: Tables, kind: str, id: str) -> Iterator[Record]:
    """Yield the history lines of a document, newest first, which is the current record."""
    record = tables.get(kind, {}).get(id)
    while record is not None:
        yield record
        if record["previous"] is None:
            return
        table, former = former_place(kind, id, record["previous"])
        record = tables[table][former]


def apply(tables: Tables, changes: Changes) -> None:
    """Make changes in tables."""
    for (table, id), record in changes.items():
        if record is None:
            tables.get(table, {}).pop(id, None)
        else:
            tables.setdefault(table, {})[id] = record


def plain_copy(value: Any) -> Any:
    """Return a copy of plain JSON data, by marshal: twice as fast as a written walk, six times deepcopy."""
    return marshal.loads(marshal.dumps(value))


def stored(kind: str, id: str, record: Record) -> Stored:
    """Return a record as a document whose body is the reader's own."""
    return Stored(
        kind=kind,
        id=id,
        revision=record["revision"],
        body=plain_copy(record["body"]),
        keys=_shown(record["keys"]),
        author=record["author"],
        at=record["at"],
        created_at=record["created_at"],
    )


def entry(kind: str, id: str, record: Record) -> Entry:
    """Return what lists see of a record."""
    return Entry(kind, id, record["revision"], _shown(record["keys"]), record["at"])


def revision(record: Record) -> Revision:
    """Return a record as a line of history."""
    return Revision(
        first=record["first"],
        last=record["revision"],
        author=record["author"],
        started_at=record["started_at"],
        at=record["at"],
        sitting=record["sitting"],
        note=record["note"],
    )


def _shown(keys: Body) -> Keys:
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in keys.items()}
    return MappingProxyType(values)
