"""The contract of every store: JSON documents with revisions, found by their keys.

A document is a JSON object under (kind, id). Its keys are the few flat values by which lists filter and
sort: lists read keys, never bodies. Time and author are arguments; nothing here reads a clock.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

# What may be put. Whole numbers fit in 64 bits; texts are valid Unicode without NUL; no NaN, no infinity.
Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
# What is given out: a copy of the reader's own, free to change. The order of members isn't kept.
Body: TypeAlias = dict[str, Any]

Key: TypeAlias = str | int | bool | None
# A sequence is a multi-valued key. Stores give sequences back as tuples, in a read-only mapping.
Keys: TypeAlias = Mapping[str, Key | Sequence[Key]]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """In a search: the key has, or holds, one of these values. `AnyOf([])` matches nothing."""

    values: Collection[Key]

    def __post_init__(self) -> None:
        if isinstance(self.values, str):
            raise TypeError(f"AnyOf({self.values!r}): a text is one value: AnyOf([...])")


Where: TypeAlias = Mapping[str, Key | AnyOf]


@dataclass(frozen=True, slots=True)
class Stored:
    """One whole document as of one revision. `at` and `author` are that revision's."""

    kind: str
    id: str
    revision: int
    body: Body
    keys: Keys
    author: str
    at: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What a list sees of a document: its keys, never its body."""

    kind: str
    id: str
    revision: int
    keys: Keys
    at: str


@dataclass(frozen=True, slots=True)
class Revision:
    """One line of a history: the revisions `first` to `last` that one author made in one sitting."""

    first: int
    last: int
    author: str
    started_at: str
    at: str
    sitting: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended: the sort values and the id of its last entry.

    The values may be names of people: don't put a cursor in an address. `storage.index.cursor` rebuilds
    one from an entry and the sort.
    """

    values: tuple[Key, ...]
    id: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the matches, in order. `total` counts all matches; `after` is None on the last page."""

    entries: tuple[Entry, ...]
    total: int
    after: Cursor | None


@dataclass(frozen=True, slots=True)
class Index:
    """A list that will be shown: the entries of a kind that equal keys find, in one order.

    A page of `find(kind, {where...}, sort=sort)` then costs what it shows, however many documents there
    are. Without an index the same call costs what it matches.
    """

    kind: str
    where: tuple[str, ...]
    sort: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Logged:
    """One record of the audit log: who did what to which document. It never holds contents.

    `digest` is that of what was written (`storage.audit.digest`), or None; `chain` is over the former
    record's and all of this one, so that none can be changed, removed or moved without a trace.
    """

    number: int  # from 1, without a gap
    at: str
    author: str
    action: str  # "put", "delete", "purge", or the caller's word: "read"...
    kind: str
    id: str
    revision: int | None
    digest: str | None
    chain: str


class Reader(Protocol):
    """What a store and a transaction both answer."""

    def get(self, kind: str, id: str) -> Stored | None:
        """Return the current document, or None."""

    def find(
        self,
        kind: str,
        where: Where,
        *,
        sort: Sequence[str] = (),
        limit: int | None = None,
        after: Cursor | None = None,
    ) -> Page:
        """Return the entries whose keys meet every condition of `where`.

        A value is equality (membership on a multi-valued key), `AnyOf` one of several. None matches a key
        that holds None; a key that a document lacks matches nothing. True is not 1.
        `sort` names keys, '-name' descending: texts without regard to case and accents, None and lacking
        keys last either way, a multi-valued key by its first value, equals by id. `limit=0` only counts.
        """


class Transaction(Reader, Protocol):
    """Reads that see this transaction's own writes, and writes that all happen at its end, or none."""

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
        """Write the next revision of a document; `expected_revision=0` means that it must not exist.

        Consecutive puts by one author in one `sitting` (not None) share a history line, which keeps the
        last body and the last note that isn't empty. Raises StaleRevision and NotJson; nothing is
        written then, and the transaction can go on.
        """

    def rekey(self, kind: str, id: str, keys: Keys) -> None:
        """Change a document's keys alone: no revision, no history line. Nothing if there is no document.

        For keys that tell of other documents: those of a record, when what is about it changes.
        """

    def delete(self, kind: str, id: str, expected_revision: int) -> None:
        """Remove a document and its history. Its id starts again at revision 1 if it is put again."""

    def log(self, action: str, kind: str, id: str, revision: int | None = None) -> None:
        """Add a record to the audit log; puts and deletes add theirs by themselves."""


class Erasing(Transaction, Protocol):
    """The transaction of a purge: it may also change what former revisions tell of what is purged."""

    def mentioning(self, texts: Collection[str]) -> list[tuple[str, str]]:
        """Return the documents, (kind, id), of which a history line's body holds one of these texts whole,
        as a value or the name of a member. It reads the whole store."""

    def lines(self, kind: str, id: str) -> list[Stored]:
        """Return a document as of each line of its history, oldest first."""

    def erase(self, kind: str, id: str, bodies: Mapping[int, Mapping[str, Json]]) -> None:
        """Put other bodies, by revision, in the place of those of history lines: no revision, no new line.

        The log says so, with other digests and salts: those of before would let a name be tried.
        """


def nothing_else(_work: Erasing) -> None:
    """Erase nothing but what is purged."""


class Store(Reader, Protocol):
    """Documents with revisions. Threads may share a store; readers see only what is committed."""

    @property
    def waits(self) -> bool:
        """Whether reading or committing may wait for a disk or another machine."""

    def declare(self, indexes: Collection[Index] = (), passing: Collection[str] = ()) -> None:
        """Say which lists will be shown, and the kinds that come and go: their puts aren't audited.

        Harmless again, and adds to what was declared. What is passing is declared before it is put.
        """

    def get_many(self, kind: str, ids: Collection[str]) -> dict[str, Stored]:
        """Return those of the documents that exist, by id, in the order asked."""

    def history(self, kind: str, id: str) -> tuple[Revision, ...]:
        """Return the history lines, newest first."""

    def at_revision(self, kind: str, id: str, number: int) -> Stored | None:
        """Return the document as of a revision; inside a sitting's range, the last of that range."""

    def transaction(self, author: str, at: datetime | str) -> AbstractContextManager[Transaction]:
        """Open a write transaction. What was read in it is still true when it commits, or it fails.

        Leaving by an exception writes nothing. Raises Busy where another process was faster: nothing was
        written, run it again. `at` has a time zone; a text is ISO 8601 and is kept as it is given.
        Transactions don't nest.
        """

    def purge(
        self,
        documents: Collection[tuple[str, str]],
        author: str,
        at: datetime | str,
        also: Callable[[Erasing], None] = nothing_else,
    ) -> None:
        """Remove documents, (kind, id), and their histories from the raw files too; the log says so.

        `also` erases, in the same transaction, what others tell of them. One that doesn't exist is passed
        over. It takes as long as the store is large.
        """

    def audit(self, after: int = 0) -> Iterator[Logged]:
        """Give the records of the audit log that follow a number, in order."""

    def dump(self) -> Iterator[Body]:
        """Give all that the store holds, as of one moment, as the lines of `storage.moving`."""

    def load(self, lines: Iterable[Body]) -> None:
        """Take the lines of another store's dump, all or none, into a store that is empty."""

    def close(self) -> None:
        """Release what the store holds. Harmless the second time."""


class StorageError(Exception):
    """A store can't do what was asked; the message names what, where, why, and what to do."""


class NotJson(StorageError):
    """A body, key, name or time that no store may take."""


class StaleRevision(StorageError):
    """The document isn't at the revision that the writer read. `actual` is the current one, or None."""

    def __init__(self, kind: str, id: str, *, expected: int, actual: Stored | None) -> None:
        self.kind, self.id, self.expected, self.actual = kind, id, expected, actual
        wanted = f"at revision {expected}" if expected else "absent"
        found = f"at revision {actual.revision}, by {actual.author}" if actual else "absent"
        super().__init__(f"{kind}/{id}: expected {wanted}, found {found}: read it again, merge, put again")


class StoreLocked(StorageError):
    """Another process, or another store of this one, owns the base."""


class StoreFull(StorageError):
    """The disk is full: nothing was written, reads go on, and writes do again once there is room."""


class StoreBroken(StorageError):
    """The base can't be read, or can't be written: nothing of the failed transaction was kept."""


class Busy(StorageError):
    """Another process changed what this transaction read: nothing was written; run it again."""


class OutcomeUnknown(StorageError):
    """The answer to a commit was lost on the way: all of it was written, or nothing. Never write it again
    without looking; a document that is put with it, under a key of the request, tells."""


class StoreNotEmpty(StorageError):
    """A dump is loaded into an empty store only."""


class UnknownStore(StorageError):
    """No store has this scheme."""
