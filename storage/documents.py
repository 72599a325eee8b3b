"""Documents and transactions over tables in memory: all of a store but where the tables rest.

A backing owns the tables and makes changes durable; this module reads them, decides what changes, and
keeps the indexes. The memory and TinyDB stores are this one over two backings.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from storage import checks, records
from storage.base import (
    Cursor,
    Entry,
    Json,
    Keys,
    Page,
    Revision,
    StaleRevision,
    StorageError,
    Stored,
    Transaction,
    Where,
)
from storage.index import KeyIndex, page
from storage.records import Changes, Record, Tables


class Backing(Protocol):
    """Where tables rest. The store alone changes `tables`, under `lock`, after `save` has returned."""

    tables: Tables
    lock: threading.Lock

    def save(self, changes: Changes) -> None:
        """Make changes durable, all or none, without showing them in `tables`; StorageError if it can't."""

    def close(self) -> None:
        """Release what is held."""


class DocumentStore:
    """A store over a backing. One thread writes at a time; readers never wait for a save."""

    def __init__(self, backing: Backing) -> None:
        self._backing = backing
        self._indexes = {
            kind: KeyIndex(records.entry(kind, id, record) for id, record in table.items())
            for kind, table in backing.tables.items()
            if records.kind_of(kind)
        }
        # Reentrant only so that a transaction inside another of its thread is refused, not a deadlock.
        self._writer = threading.RLock()
        self._writing = False
        self._closed = False

    def get(self, kind: str, id: str) -> Stored | None:
        with self._backing.lock:
            record = self._tables().get(kind, {}).get(id)
        return records.stored(kind, id, record) if record else None

    def get_many(self, kind: str, ids: Collection[str]) -> dict[str, Stored]:
        with self._backing.lock:
            table = self._tables().get(kind, {})
            found = {id: table[id] for id in ids if id in table}
        return {id: records.stored(kind, id, record) for id, record in found.items()}

    def find(
        self,
        kind: str,
        where: Where,
        *,
        sort: Sequence[str] = (),
        limit: int | None = None,
        after: Cursor | None = None,
    ) -> Page:
        return page(self._matches(kind, where), sort, limit, after)

    def history(self, kind: str, id: str) -> tuple[Revision, ...]:
        with self._backing.lock:
            lines = list(records.lines(self._tables(), kind, id))
        return tuple(map(records.revision, lines))

    def at_revision(self, kind: str, id: str, number: int) -> Stored | None:
        with self._backing.lock:
            lines = records.lines(self._tables(), kind, id)
            line = next((line for line in lines if line["first"] <= number), None)
        return records.stored(kind, id, line) if line and number <= line["revision"] else None

    @contextmanager
    def transaction(self, author: str, at: datetime | str) -> Iterator[Transaction]:
        author, at = checks.name(author, "author"), checks.instant(at)
        with self._sole_writer():
            work = _Work(self._tables(), self._matches, author, at)
            try:
                yield work
                self._commit(work.changes)
            finally:
                work.open = False

    def close(self) -> None:
        with self._sole_writer(), self._backing.lock:
            if not self._closed:
                self._closed = True
                self._backing.close()

    @contextmanager
    def _sole_writer(self) -> Iterator[None]:
        with self._writer:
            if self._writing:
                raise StorageError("this thread is inside a transaction: use that one, or leave it first")
            self._writing = True
            try:
                yield
            finally:
                self._writing = False

    def _commit(self, changes: Changes) -> None:
        if not changes:
            return
        self._backing.save(changes)
        with self._backing.lock:
            records.apply(self._backing.tables, changes)
            for (table, id), record in changes.items():
                if kind := records.kind_of(table):
                    _reindex(self._indexes.setdefault(kind, KeyIndex()), kind, id, record)

    def _matches(self, kind: str, where: Where) -> list[Entry]:
        with self._backing.lock:
            self._tables()
            index = self._indexes.get(kind)
            return index.matches(where) if index else []

    def _tables(self) -> Tables:
        if self._closed:
            raise StorageError("the store is closed: open it again")
        return self._backing.tables


class _Work:
    """A transaction: the changes to come, over tables that nobody else changes meanwhile."""

    def __init__(
        self, tables: Tables, committed: Callable[[str, Where], list[Entry]], author: str, at: str
    ) -> None:
        self.open = True
        self.changes: dict[tuple[str, str], Record | None] = {}
        self._indexes: dict[str, KeyIndex] = {}
        self._tables = tables
        self._committed = committed
        self._author = author
        self._at = at

    def get(self, kind: str, id: str) -> Stored | None:
        record = self._current(kind, id)
        return records.stored(kind, id, record) if record else None

    def find(
        self,
        kind: str,
        where: Where,
        *,
        sort: Sequence[str] = (),
        limit: int | None = None,
        after: Cursor | None = None,
    ) -> Page:
        self._check_open()
        untouched = [entry for entry in self._committed(kind, where) if (kind, entry.id) not in self.changes]
        own = self._indexes.get(kind)
        return page(untouched + (own.matches(where) if own else []), sort, limit, after)

    def put(
        self,
        kind: str,
        id: str,
        body: Mapping[str, Json],
        keys: Keys,
        *,
        expected_revision: int,
        sitting: str | None = None,
        note: str = "",
    ) -> Stored:
        place = f"{checks.kind_name(kind)}/{checks.name(id, 'id')}"
        texts = checks.json_object({"sitting": sitting, "note": note}, place)
        fresh: Record = {
            "revision": 1,
            "body": checks.json_object(body, f"{place} body"),
            "keys": checks.key_values(keys, f"{place} keys"),
            "author": self._author,
            "at": self._at,
            "created_at": self._at,
            "first": 1,
            "started_at": self._at,
            "sitting": texts["sitting"],
            "note": texts["note"],
            "previous": None,
        }
        former = self._expected(kind, id, expected_revision)
        record = records.successor(former, fresh)
        if former is not None and former["first"] != record["first"]:
            self.changes[records.former_place(kind, id, former["first"])] = former
        self._change(kind, id, record)
        return records.stored(kind, id, record)

    def rekey(self, kind: str, id: str, keys: Keys) -> None:
        record = self._current(kind, id)
        if record is not None:
            self._change(kind, id, {**record, "keys": checks.key_values(keys, f"{kind}/{id} keys")})

    def delete(self, kind: str, id: str, expected_revision: int) -> None:
        line = self._expected(kind, id, expected_revision)
        if line is None:
            return
        while line is not None and line["previous"] is not None:
            place = records.former_place(kind, id, line["previous"])
            line = self._at_place(place)
            self.changes[place] = None
        self._change(kind, id, None)

    def _expected(self, kind: str, id: str, revision: int) -> Record | None:
        record = self._current(kind, id)
        if revision != (record["revision"] if record else 0):
            actual = records.stored(kind, id, record) if record else None
            raise StaleRevision(kind, id, expected=revision, actual=actual)
        return record

    def _current(self, kind: str, id: str) -> Record | None:
        self._check_open()
        return self._at_place((kind, id))

    def _at_place(self, place: tuple[str, str]) -> Record | None:
        if place in self.changes:
            return self.changes[place]
        table, id = place
        return self._tables.get(table, {}).get(id)

    def _change(self, kind: str, id: str, record: Record | None) -> None:
        self.changes[kind, id] = record
        _reindex(self._indexes.setdefault(kind, KeyIndex()), kind, id, record)

    def _check_open(self) -> None:
        if not self.open:
            raise StorageError("the transaction is over: open another")


def _reindex(index: KeyIndex, kind: str, id: str, record: Record | None) -> None:
    if record is None:
        index.discard(id)
    else:
        index.put(records.entry(kind, id, record))
