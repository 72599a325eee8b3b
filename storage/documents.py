"""Documents and transactions over records: all of a store but where the records rest.

Memory holds what lists see of each document and where its records are; bodies are read when they are
asked for. A backing makes records durable; this module decides what changes, and keeps the indexes. The
memory and TinyDB stores are this one over two backings.

Writers take turns to decide what changes, then share a sync: what one has decided, the next already sees,
and if the sync fails, both fail and are undone. Readers see what is durable: one who meets what isn't yet
waits for that sync, or makes it.
"""

import secrets
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from storage import audit, checks, dumping, records, swift_json
from storage.base import (
    Body,
    Cursor,
    Erasing,
    Index,
    Json,
    Keys,
    Logged,
    Page,
    Revision,
    StaleRevision,
    StorageError,
    Stored,
    StoreNotEmpty,
    Transaction,
    Where,
    nothing_else,
)
from storage.contents import Contents
from storage.index import KeyIndex, page
from storage.items import Head, Item, forget_item, record_item, told_item
from storage.records import Held, Meta, Place, Slot

T = TypeVar("T")


class Backing(Protocol):
    """Where records rest. Only `read` is called by several threads at once."""

    def begin(self) -> Contents:
        """Return what rests, as the store then keeps it."""

    def append(self, items: Sequence[Item]) -> Sequence[Place]:
        """Make items durable, all or none; give each one's place. StorageError if it can't."""

    def read(self, place: tuple[int, int]) -> bytes:
        """Return a record that rests in a place."""

    def audit(self, after: int) -> Iterator[Logged]:
        """Give the log's records that follow a number."""

    def full(self) -> bool:
        """Tell whether what is dead outweighs what lives: `rewrite` is worth its time."""

    def renew(self, items: Iterable[Item], head: Head, moving: threading.Lock, *, wipe: bool) -> None:
        """Put items, after a log that ends at `head`, in the place of all that rests but the log.

        All or none. Those who hold them learn their new places under the lock. `wipe` also overwrites
        what was there.
        """

    def noted(self, contents: Contents) -> None:
        """Take note of the contents, now and then, to open fast."""

    def dump(self, contents: Contents) -> Iterator[Body]:
        """Give the lines of a dump, as of now."""

    def close(self, contents: Contents) -> None:
        """Release what is held."""


@dataclass(eq=False)
class _Batch:
    """What one transaction adds: queued, then settled, durable or with the error that undid it."""

    items: list[Item]
    undo: list[tuple[str, str, Slot | None]]
    head: Head  # of the audit log, before it
    settled: bool = False
    error: StorageError | None = None


class DocumentStore:
    """A store over a backing. One thread decides at a time; readers never wait for a decision."""

    waits = True

    def __init__(self, backing: Backing, new_salt: Callable[[], str] = lambda: secrets.token_hex(16)) -> None:
        self._backing = backing
        self._new_salt = new_salt
        self._contents = backing.begin()
        self._passing: set[str] = set()
        self._declared: set[Index] = set()
        self._indexes: dict[str, KeyIndex] = {}
        self._lock = threading.Lock()  # held for moments: what memory holds
        self._syncing = threading.Lock()  # held through a sync
        # Held while a transaction decides. Reentrant only so that one inside another of its thread is
        # refused, not a deadlock.
        self._writer = threading.RLock()
        self._writing = False
        self._queue: list[_Batch] = []
        self._last: _Batch | None = None
        self._failures = 0
        self._closed = False

    def declare(self, indexes: Collection[Index] = (), passing: Collection[str] = ()) -> None:
        with self._lock:
            self._passing.update(passing)
            self._declared.update(indexes)
            for index in indexes:
                if index.kind in self._indexes:
                    self._indexes[index.kind].declare(index.where, index.sort)

    def get(self, kind: str, id: str) -> Stored | None:
        def read() -> bytes | None:
            slot = self._contents.kinds.get(kind, {}).get(id)
            return None if slot is None else self._record(slot.current)

        record = self._settled(read)
        return None if record is None else records.decoded(record)

    def get_many(self, kind: str, ids: Collection[str]) -> dict[str, Stored]:
        def read() -> dict[str, bytes]:
            slots = self._contents.kinds.get(kind, {})
            return {id: self._record(slots[id].current) for id in ids if id in slots}

        return {id: records.decoded(record) for id, record in self._settled(read).items()}

    def find(
        self,
        kind: str,
        where: Where,
        *,
        sort: Sequence[str] = (),
        limit: int | None = None,
        after: Cursor | None = None,
    ) -> Page:
        return self._settled(lambda: self._index(kind).page(where, sort, limit, after))

    def history(self, kind: str, id: str) -> tuple[Revision, ...]:
        lines = self._settled(lambda: [self._record(held) for held in self._lines(kind, id)])
        return tuple(map(records.revision, lines))

    def at_revision(self, kind: str, id: str, number: int) -> Stored | None:
        def read() -> list[bytes]:
            lines = (held for held in self._lines(kind, id) if held.first <= number <= held.last)
            return [self._record(held) for held in lines]

        return next(map(records.decoded, self._settled(read)), None)

    def transaction(self, author: str, at: datetime | str) -> AbstractContextManager[Transaction]:
        return self._transaction(author, at)

    @contextmanager
    def _transaction(self, author: str, at: datetime | str) -> Iterator["_Work"]:
        author, at = checks.name(author, "author"), checks.instant(at)
        with self._sole_writer():
            work = self._begin(author, at)
            try:
                yield work
                batch = self._enqueue(work)
            finally:
                work.open = False
        self._sync(batch)
        if self._backing.full():
            # What was asked is kept: that there was no room to tidy up is no fault of it.
            with suppress(StorageError):
                self._rewrite(wipe=False)

    def purge(
        self,
        documents: Collection[tuple[str, str]],
        author: str,
        at: datetime | str,
        also: Callable[[Erasing], None] = nothing_else,
    ) -> None:
        with self._transaction(author, at) as work:
            for kind, id in documents:
                there = work.get(kind, id)
                if there is not None:
                    work.delete(kind, id, there.revision)
                    work.log("purge", kind, id)
            also(work)
        self._rewrite(wipe=True)

    def audit(self, after: int = 0) -> Iterator[Logged]:
        self._settled(lambda: None)
        return self._backing.audit(after)

    def dump(self) -> Iterator[Body]:
        self._settled(lambda: None)
        return self._backing.dump(self._contents)

    def load(self, lines: Iterable[Body]) -> None:
        with self._sole_writer(), self._syncing:
            with self._lock:
                self._check_open()
                if self._contents.head.number or any(self._contents.kinds.values()):
                    raise StoreNotEmpty("the store holds documents: load a dump into an empty one")
            loaded = Contents()
            self._backing.renew(dumping.loaded(lines, loaded), Head(), self._lock, wipe=False)
            with self._lock:
                self._contents, self._indexes = loaded, {}

    def close(self) -> None:
        with self._sole_writer(), self._syncing, self._lock:
            if not self._closed:
                self._closed = True
                self._backing.close(self._contents)

    # -- reading --

    def _settled(self, read: Callable[[], T]) -> T:
        """Return what `read` finds, once it is durable."""
        while True:
            with self._lock:
                self._check_open()
                found = read()
                last = self._last
            if last is None or last.settled:
                return found
            with suppress(StorageError):
                self._sync(last)
                return found

    def _lines(self, kind: str, id: str) -> list[Held]:
        slot = self._contents.kinds.get(kind, {}).get(id)
        return [slot.current, *reversed(slot.former)] if slot else []

    def _record(self, held: Held) -> bytes:
        return held.place if isinstance(held.place, bytes) else self._backing.read(held.place)

    def _index(self, kind: str) -> KeyIndex:
        if kind not in self._indexes:
            slots = self._contents.kinds.get(kind, {})
            index = self._indexes[kind] = KeyIndex(slot.entry for slot in slots.values())
            for declared in self._declared:
                if declared.kind == kind:
                    index.declare(declared.where, declared.sort)
        return self._indexes[kind]

    def _check_open(self) -> None:
        if self._closed:
            raise StorageError("the store is closed: open it again")

    # -- writing --

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

    def _begin(self, author: str, at: str) -> "_Work":
        with self._lock:
            self._check_open()
            return _Work(self, author, at, self._failures)

    def _enqueue(self, work: "_Work") -> _Batch | None:
        """Show a transaction's changes, undurable yet, and queue them for the next sync."""
        if not work.items and not work.logged:
            return None
        with self._lock:
            if work.failures != self._failures:
                raise StorageError("the save that this one followed has failed: nothing was kept; try again")
            batch = _Batch(work.items, [], self._contents.head)
            batch.items += self._chained(work.logged)
            for (kind, id), slot in work.changes.items():
                batch.undo.append((kind, id, self._contents.kinds.get(kind, {}).get(id)))
                self._put(kind, id, slot)
            self._queue.append(batch)
            self._last = batch
            return batch

    def _chained(self, logged: Iterable[Logged]) -> Iterator[Item]:
        head = self._contents.head
        for number, record in enumerate(logged, start=head.number + 1):
            text = audit.told(number, record)
            head = self._contents.head = Head(number, audit.link(head.chain, text))
            yield told_item(text, head.chain)

    def _put(self, kind: str, id: str, slot: Slot | None) -> None:
        slots = self._contents.kinds.setdefault(kind, {})
        index = self._indexes.get(kind)
        if slot is None:
            slots.pop(id, None)
            if index is not None:
                index.discard(id)
        else:
            slots[id] = slot
            if index is not None:
                index.put(slot.entry)

    def _sync(self, batch: _Batch | None) -> None:
        """Wait until a batch is durable, by making it and all that is queued so; raise what undid it."""
        if batch is None:
            return
        with self._syncing:
            if not batch.settled:
                with self._lock:
                    batches, self._queue = self._queue, []
                self._save(batches)
        if batch.error is not None:
            raise batch.error

    def _save(self, batches: Sequence[_Batch]) -> None:
        items = [item for batch in batches for item in batch.items]
        try:
            places = self._backing.append(items)
        except StorageError as error:
            self._undo(batches, error)
            return
        with self._lock:
            for item, place in zip(items, places, strict=True):
                if item.held is not None:
                    item.held.place = place
            for batch in batches:
                batch.settled = True
                batch.items = []
                batch.undo = []
        self._backing.noted(self._contents)

    def _undo(self, batches: Sequence[_Batch], error: StorageError) -> None:
        # What was queued meanwhile has seen what fails here: it fails too.
        with self._lock:
            failed = [*batches, *self._queue]
            self._queue = []
            self._failures += 1
            self._contents.head = failed[0].head
            for batch in reversed(failed):
                for kind, id, slot in reversed(batch.undo):
                    self._put(kind, id, slot)
                batch.error = error
                batch.settled = True

    def _rewrite(self, *, wipe: bool) -> None:
        with self._sole_writer():
            with self._lock:
                last = self._last
            self._sync(last)
            with self._syncing:
                self._check_open()
                if wipe or self._backing.full():
                    self._backing.renew(self._live(), self._contents.head, self._lock, wipe=wipe)

    def _live(self) -> Iterator[Item]:
        # Nobody writes meanwhile: readers go on.
        for slots in self._contents.kinds.values():
            for slot in slots.values():
                for held in (*slot.former, slot.current):
                    yield record_item(self._record(held), held)


@dataclass(eq=False)
class _Work:
    """A transaction: the changes to come, over what nobody else changes meanwhile."""

    store: DocumentStore
    author: str
    at: str
    failures: int
    open: bool = True
    items: list[Item] = field(default_factory=list)
    logged: list[Logged] = field(default_factory=list)
    changes: dict[tuple[str, str], Slot | None] = field(default_factory=dict)
    indexes: dict[str, KeyIndex] = field(default_factory=dict)
    metas: dict[tuple[str, str], tuple[bytes, Meta]] = field(default_factory=dict)  # of what was read

    def get(self, kind: str, id: str) -> Stored | None:
        record = self._current(kind, id)
        if record is None:
            return None
        meta = records.meta_of(record)
        self.metas[kind, id] = record, meta
        return records.stored(meta, swift_json.read(records.body_of(record)))

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
        own = self.indexes.get(kind)
        with self.store._lock:
            index = self.store._index(kind)
            if own is None:
                return index.page(where, sort, limit, after)
            committed = index.matches(where)
        untouched = [entry for entry in committed if (kind, entry.id) not in self.changes]
        return page(untouched + own.matches(where), sort, limit, after)

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
        text, copy = checks.encoded(body, f"{place} body")
        fresh: Meta = {
            "kind": kind,
            "id": id,
            "revision": 1,
            "first": 1,
            "previous": None,
            "author": self.author,
            "at": self.at,
            "created_at": self.at,
            "started_at": self.at,
            "sitting": None if sitting is None else checks.text(sitting, f"{place} sitting"),
            "note": checks.text(note, f"{place} note"),
            "salt": self.store._new_salt(),
            "keys": checks.key_values(keys, f"{place} keys"),
        }
        former = self._expected(kind, id, expected_revision)
        meta = records.successor(former, fresh)
        self._change(meta, text)
        if kind not in self.store._passing:
            self._log("put", kind, id, meta["revision"], audit.digest(meta["salt"], text))
        return records.stored(meta, copy)

    def rekey(self, kind: str, id: str, keys: Keys) -> None:
        record = self._current(kind, id)
        if record is not None:
            changed = checks.key_values(keys, f"{kind}/{id} keys")
            self._change({**records.meta_of(record), "keys": changed}, records.body_of(record))

    def delete(self, kind: str, id: str, expected_revision: int) -> None:
        if self._expected(kind, id, expected_revision) is None:
            return
        self.items.append(forget_item(kind, id))
        self.changes[kind, id] = None
        self.indexes.setdefault(kind, KeyIndex()).discard(id)
        if kind not in self.store._passing:
            self._log("delete", kind, id, expected_revision, None)

    def log(self, action: str, kind: str, id: str, revision: int | None = None) -> None:
        self._check_open()
        self._log(
            checks.name(action, "action"), checks.kind_name(kind), checks.name(id, "id"), revision, None
        )

    def mentioning(self, texts: Collection[str]) -> list[tuple[str, str]]:
        self._check_open()
        wanted = [audit.canonical(text) for text in texts]
        with self.store._lock:
            alive = [
                (kind, id)
                for kind, slots in self.store._contents.kinds.items()
                for id in slots
                if (kind, id) not in self.changes
            ]
        added = [one for one, slot in self.changes.items() if slot is not None]
        return [one for one in [*alive, *added] if self._mentions(*one, wanted)]

    def _mentions(self, kind: str, id: str, wanted: Sequence[bytes]) -> bool:
        bodies = (records.body_of(record) for record in self._records(kind, id))
        return any(text in body for body in bodies for text in wanted)

    def lines(self, kind: str, id: str) -> list[Stored]:
        return [records.decoded(record) for record in self._records(kind, id)]

    def erase(self, kind: str, id: str, bodies: Mapping[int, Mapping[str, Json]]) -> None:
        if not bodies:
            return
        # A line can only be added after the others: the history is told again, whole.
        slot: Slot | None = None
        self.items.append(forget_item(kind, id))
        for record in self._records(kind, id):
            meta, text = records.meta_of(record), records.body_of(record)
            if meta["revision"] in bodies:
                text, _ = checks.encoded(bodies[meta["revision"]], f"{kind}/{id} body")
                meta = {**meta, "salt": self.store._new_salt()}
                self._log_erased(meta, text)
            record = records.encode(meta, text)
            slot = records.following(slot, meta, records.held(meta, record))
            self.items.append(record_item(record, slot.current))
        self.changes[kind, id] = slot

    def _log_erased(self, meta: Meta, text: bytes) -> None:
        if meta["kind"] not in self.store._passing:
            digest = audit.digest(meta["salt"], text)
            self._log("erase", meta["kind"], meta["id"], meta["revision"], digest)

    def _records(self, kind: str, id: str) -> list[bytes]:
        self._check_open()
        with self.store._lock:
            slot = self._slot(kind, id)
            return [self.store._record(held) for held in (*slot.former, slot.current)] if slot else []

    def _log(self, action: str, kind: str, id: str, revision: int | None, digest: str | None) -> None:
        self.logged.append(Logged(0, self.at, self.author, action, kind, id, revision, digest, ""))

    def _expected(self, kind: str, id: str, revision: int) -> Meta | None:
        """Return the meta of a document's current record, None if there is none; StaleRevision."""
        record = self._current(kind, id)
        known, meta = self.metas.get((kind, id), (None, None))
        if record is not known:
            meta = records.meta_of(record) if record else None
        if revision != (meta["revision"] if meta else 0):
            actual = records.decoded(record) if record else None
            raise StaleRevision(kind, id, expected=revision, actual=actual)
        return meta

    def _current(self, kind: str, id: str) -> bytes | None:
        self._check_open()
        with self.store._lock:
            slot = self._slot(kind, id)
            return self.store._record(slot.current) if slot else None

    def _slot(self, kind: str, id: str) -> Slot | None:
        if (kind, id) in self.changes:
            return self.changes[kind, id]
        return self.store._contents.kinds.get(kind, {}).get(id)

    def _change(self, meta: Meta, text: bytes) -> None:
        kind, id = meta["kind"], meta["id"]
        record = records.encode(meta, text)
        slot = records.following(self._slot(kind, id), meta, records.held(meta, record))
        self.items.append(record_item(record, slot.current))
        self.changes[kind, id] = slot
        self.indexes.setdefault(kind, KeyIndex()).put(slot.entry)

    def _check_open(self) -> None:
        if not self.open:
            raise StorageError("the transaction is over: open another")
