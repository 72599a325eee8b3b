"""The store of an académie: documents in PostgreSQL, shared by several processes."""

import secrets
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import datetime

import psycopg

from storage import checks
from storage.base import (
    Body,
    Busy,
    Cursor,
    Erasing,
    Index,
    Logged,
    OutcomeUnknown,
    Page,
    Revision,
    StorageError,
    Stored,
    Transaction,
    Where,
    nothing_else,
)
from storage.postgres import lists, log, moving, rows
from storage.postgres.faults import is_lost, told
from storage.postgres.links import ATTEMPT, Links, unhurried
from storage.postgres.lists import Lists
from storage.postgres.replica import Replica
from storage.postgres.rows import META, WHOLE
from storage.postgres.schema import Connection
from storage.postgres.work import Work

_MANY = f"SELECT {WHOLE} FROM lines WHERE kind = %s AND id = ANY (%s) AND current"
_HISTORY = f"SELECT {META} FROM lines WHERE kind = %s AND id = %s ORDER BY first DESC"
_REVISION = f"SELECT {WHOLE} FROM lines WHERE kind = %s AND id = %s AND first <= %s AND revision >= %s"
_TRIES = 20


class PostgresStore:
    """A store over a database. Threads take turns to write, processes meet in PostgreSQL."""

    waits = True

    def __init__(
        self,
        links: Links,
        replica: Replica | None = None,
        new_salt: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._links = links
        self._replica = replica
        self._new_salt = new_salt
        self._passing: set[str] = set()
        self._lists: Lists = {}
        # Within a process nobody is ever told Busy. Reentrant only so that a transaction inside another of
        # its thread is refused, not a deadlock.
        self._writer = threading.RLock()
        self._writing = False

    def declare(self, indexes: Collection[Index] = (), passing: Collection[str] = ()) -> None:
        self._passing.update(passing)
        self._lists = self._links.read(lists.known)
        if lists.missing(self._lists, indexes):
            self._declare(indexes)
            self._lists = self._links.read(lists.known)

    def get(self, kind: str, id: str) -> Stored | None:
        return self.get_many(kind, [id]).get(id)

    def get_many(self, kind: str, ids: Collection[str]) -> dict[str, Stored]:
        found = self._links.read(lambda link: link.execute(_MANY, [kind, list(ids)]).fetchall())
        documents = {document.id: document for document in map(rows.document, found)}
        return {id: documents[id] for id in ids if id in documents}

    def find(
        self,
        kind: str,
        where: Where,
        *,
        sort: Sequence[str] = (),
        limit: int | None = None,
        after: Cursor | None = None,
    ) -> Page:
        self._links.check_open()
        reader = self._replica or self._links
        return reader.read(
            lambda link: lists.find(link, self._lists, kind, where, sort=sort, limit=limit, after=after)
        )

    def history(self, kind: str, id: str) -> tuple[Revision, ...]:
        found = self._links.read(lambda link: link.execute(_HISTORY, [kind, id]).fetchall())
        return tuple(rows.revision(rows.meta(row)) for row in found)

    def at_revision(self, kind: str, id: str, number: int) -> Stored | None:
        row = self._links.read(lambda link: link.execute(_REVISION, [kind, id, number, number]).fetchone())
        return rows.document(row) if row else None

    def transaction(self, author: str, at: datetime | str) -> AbstractContextManager[Transaction]:
        return self._transaction(author, at)

    @contextmanager
    def _transaction(self, author: str, at: datetime | str) -> Iterator[Work]:
        author, at = checks.name(author, "author"), checks.instant(at)
        with self._sole_writer(), self._begun() as link:
            work = Work(link, self._links.place, author, at, frozenset(self._passing), self._new_salt)
            try:
                yield work
                work.finish()
            except BaseException:
                _abandon(link)
                raise
            finally:
                work.open = False
            self._commit(link)
            if work.logged:
                # What stays unsealed is so until the next commit, or until somebody reads the log.
                with suppress(psycopg.Error):
                    log.seal_if_free(link)

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
        with self._links.link() as link, told(self._links.place), unhurried(link):
            # A plain VACUUM would leave the words in the pages' free room.
            for table in ("lines", "listed"):
                link.execute(f"VACUUM (FULL) {table}")

    def audit(self, after: int = 0) -> Iterator[Logged]:
        self._links.read(log.seal)
        return log.after(self._links, after)

    def dump(self) -> Iterator[Body]:
        self._links.check_open()
        return moving.dump(self._links)

    def load(self, lines: Iterable[Body]) -> None:
        with self._whole_store() as link:
            moving.load(link, lines, self._links.place)

    def close(self) -> None:
        with self._sole_writer():
            self._links.close()
            if self._replica is not None:
                self._replica.close()

    def _declare(self, indexes: Collection[Index]) -> None:
        for rest in reversed(range(_TRIES)):
            try:
                with self._whole_store() as link:
                    lists.declare(link, indexes)
                return
            except Busy:
                if not rest:
                    raise

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

    @contextmanager
    def _begun(self) -> Iterator[Connection]:
        """Lend a connection on which a transaction has begun, once the server answers."""
        with ExitStack() as stack:
            yield self._links.until(lambda: self._begin(stack))

    def _begin(self, stack: ExitStack) -> Connection:
        with ExitStack() as trying:
            link = trying.enter_context(self._links.link(ATTEMPT))
            with told(self._links.place):
                link.execute("BEGIN ISOLATION LEVEL SERIALIZABLE")
            stack.push(trying.pop_all())
            return link

    @contextmanager
    def _whole_store(self) -> Iterator[Connection]:
        """Lend a connection in a transaction that may take long."""
        with self._sole_writer(), self._begun() as link:
            try:
                with told(self._links.place), unhurried(link):
                    yield link
            except BaseException:
                _abandon(link)
                raise
            self._commit(link)

    def _commit(self, link: Connection) -> None:
        lost = False
        with told(self._links.place):
            try:
                answer = link.execute("COMMIT").statusmessage
            except psycopg.Error as error:
                lost = is_lost(error)
                if not lost:
                    raise
        if lost:
            raise OutcomeUnknown(
                f"{self._links.place}: the answer to a commit was lost: all of it was written, or nothing; "
                "look before writing it again"
            )
        if answer != "COMMIT":
            raise Busy(f"{self._links.place}: nothing was written; run it again")


def _abandon(link: Connection) -> None:
    with suppress(psycopg.Error):
        link.execute("ROLLBACK")
