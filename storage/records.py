"""How one line of a document's history is written, and how what is held in memory leads to it.

A record is `<meta JSON> TAB <canonical body JSON>`; neither holds a raw tab or newline. Memory holds, for
each document, a `Slot`: what lists see of it, and where its records rest. A slot is replaced, never
changed: readers may hold one without a lock. Only the place where a record rests may move.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias, TypedDict

from storage import swift_json
from storage.base import Body, Entry, Key, Keys, Revision, Stored


class Meta(TypedDict):
    """All of a history line but its body; `previous` is the `first` of the line before, or None."""

    kind: str
    id: str
    revision: int
    first: int
    previous: int | None
    author: str
    at: str
    created_at: str
    started_at: str
    sitting: str | None
    note: str
    salt: str  # of its digest in the audit log
    keys: Body


# The record itself while it rests nowhere else; then its (offset, length) in a file.
Place: TypeAlias = bytes | tuple[int, int]


@dataclass(slots=True, eq=False)
class Held:
    """Where a history line, the revisions `first` to `last`, rests."""

    first: int
    last: int
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """One document: what lists see of it, its current line, its former ones, oldest first."""

    entry: Entry
    current: Held
    former: tuple[Held, ...]


def encode(meta: Meta, body: bytes) -> bytes:
    """Return a record."""
    return swift_json.write(meta) + b"\t" + body


def meta_of(record: bytes) -> Meta:
    """Return a record's meta."""
    meta: Meta = swift_json.read(record[: record.index(b"\t")])
    return meta


def body_of(record: bytes) -> bytes:
    """Return a record's body, canonical."""
    return record[record.index(b"\t") + 1 :]


def following(slot: Slot | None, meta: Meta, held: Held) -> Slot:
    """Return the slot that a record, held there, makes of a document's slot."""
    former = slot.former if slot else ()
    if slot is not None and slot.current.first != held.first:
        former = (*former, slot.current)
    return Slot(entry(meta), held, former)


def held(meta: Meta, place: Place) -> Held:
    """Return the holder of a record."""
    return Held(meta["first"], meta["revision"], place)


def successor(former: Meta | None, put: Meta) -> Meta:
    """Return `put`, given as a first revision, as the revision that follows `former`."""
    if former is None:
        return put
    following: Meta = {**put, "revision": former["revision"] + 1, "created_at": former["created_at"]}
    if put["sitting"] is not None and all(former[name] == put[name] for name in ("sitting", "author")):
        line: Meta = {**following, "first": former["first"], "started_at": former["started_at"]}
        return {**line, "previous": former["previous"], "note": put["note"] or former["note"]}
    return {**following, "first": following["revision"], "previous": former["first"]}


def decoded(record: bytes) -> Stored:
    """Return a record as a document whose body is the reader's own."""
    return stored(meta_of(record), swift_json.read(body_of(record)))


def stored(meta: Meta, body: Body) -> Stored:
    """Return a document with a body that is the reader's own."""
    return Stored(
        kind=meta["kind"],
        id=meta["id"],
        revision=meta["revision"],
        body=body,
        keys=shown(meta["keys"]),
        author=meta["author"],
        at=meta["at"],
        created_at=meta["created_at"],
    )


def entry(meta: Meta) -> Entry:
    """Return what lists see of a record."""
    return Entry(meta["kind"], meta["id"], meta["revision"], shown(meta["keys"]), meta["at"])


def revision(record: bytes) -> Revision:
    """Return a record as a line of history."""
    meta = meta_of(record)
    return Revision(
        first=meta["first"],
        last=meta["revision"],
        author=meta["author"],
        started_at=meta["started_at"],
        at=meta["at"],
        sitting=meta["sitting"],
        note=meta["note"],
    )


def shown(keys: Mapping[str, Any]) -> Keys:
    """Return keys as stores give them out: read-only, sequences as tuples."""
    values: dict[str, Key | tuple[Key, ...]] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in keys.items()
    }
    return MappingProxyType(values)
