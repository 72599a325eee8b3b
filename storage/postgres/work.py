"""A transaction: statements of one serializable transaction of PostgreSQL, on a connection of its own."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from storage import audit, checks, records
from storage.base import Cursor, Json, Keys, Logged, Page, StaleRevision, StorageError, Stored, Where
from storage.postgres import lists, log, rows
from storage.postgres.faults import told
from storage.postgres.keys import hashes
from storage.postgres.keys import rows as rows_in
from storage.postgres.links import unhurried
from storage.postgres.lists import Lists
from storage.postgres.rows import META, NAMES, WHOLE
from storage.postgres.schema import Connection
from storage.records import Meta

_CURRENT = f"SELECT {META} FROM lines WHERE kind = %s AND id = %s AND current"
_DOCUMENT = f"SELECT {WHOLE} FROM lines WHERE kind = %s AND id = %s AND current"
_FORMER = "UPDATE lines SET current = false, tokens = '{}' WHERE kind = %s AND id = %s AND current"
_VALUES = [*NAMES, "current", "tokens", "body", "exact"]
_INSERT = f"INSERT INTO lines ({', '.join(_VALUES)}) VALUES ({', '.join(f'%({name})s' for name in _VALUES)})"
_UPDATE = (
    f"UPDATE lines SET {', '.join(f'{name} = %({name})s' for name in _VALUES)}"
    " WHERE kind = %(kind)s AND id = %(id)s AND first = %(first)s AND current"
)
_REKEY = "UPDATE lines SET keys = %s, tokens = %s WHERE kind = %s AND id = %s AND current"
_MENTIONING = (
    "SELECT DISTINCT kind, id FROM lines"
    " WHERE EXISTS (SELECT FROM unnest(%s::text[]) AS wanted WHERE strpos(body::text, wanted) > 0)"
)
_LINES = f"SELECT {WHOLE} FROM lines WHERE kind = %s AND id = %s ORDER BY first"
_ERASE = "UPDATE lines SET body = %s, exact = %s, salt = %s WHERE kind = %s AND id = %s AND revision = %s"
_DELETE = "DELETE FROM lines WHERE kind = %s AND id = %s"


@dataclass(eq=False)
class Work:
    """What happens in one transaction. `passing` kinds aren't audited."""

    connection: Connection
    place: str
    author: str
    at: str
    passing: Collection[str]
    new_salt: Callable[[], str]
    open: bool = True
    logged: list[Logged] = field(default_factory=list)
    failure: StorageError | None = None
    known: Lists | None = None

    def get(self, kind: str, id: str) -> Stored | None:
        with self._asking():
            row = self.connection.execute(_DOCUMENT, [kind, id]).fetchone()
            return rows.document(row) if row else None

    def find(
        self,
        kind: str,
        where: Where,
        *,
        sort: Sequence[str] = (),
        limit: int | None = None,
        after: Cursor | None = None,
    ) -> Page:
        with self._asking():
            known = self._lists()
            return lists.find(self.connection, known, kind, where, sort=sort, limit=limit, after=after)

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
            "sitting": texts["sitting"],
            "note": texts["note"],
            "salt": self.new_salt(),
            "keys": checks.key_values(keys, f"{place} keys"),
        }
        former = self._expected(kind, id, expected_revision)
        line = records.successor(former, fresh)
        with self._asking():
            self._write(former, line, text)
        if kind not in self.passing:
            self._log("put", kind, id, line["revision"], audit.digest(line["salt"], text))
        return rows.stored(line, copy)

    def rekey(self, kind: str, id: str, keys: Keys) -> None:
        former = self._current(kind, id)
        if former is None:
            return
        line: Meta = {**former, "keys": checks.key_values(keys, f"{kind}/{id} keys")}
        text = audit.canonical(line["keys"]).decode()
        with self._asking():
            self.connection.execute(_REKEY, [text, hashes(kind, records.shown(line["keys"])), kind, id])
            self._relist(former, line)

    def delete(self, kind: str, id: str, expected_revision: int) -> None:
        former = self._expected(kind, id, expected_revision)
        if former is None:
            return
        with self._asking():
            self.connection.execute(_DELETE, [kind, id])
            self._relist(former, None)
        if kind not in self.passing:
            self._log("delete", kind, id, expected_revision, None)

    def log(self, action: str, kind: str, id: str, revision: int | None = None) -> None:
        self._check_open()
        action, kind = checks.name(action, "action"), checks.kind_name(kind)
        self._log(action, kind, checks.name(id, "id"), revision, None)

    def mentioning(self, texts: Collection[str]) -> list[tuple[str, str]]:
        with self._asking(), unhurried(self.connection):
            wanted = [audit.canonical(text).decode() for text in texts]
            return [(kind, id) for kind, id in self.connection.execute(_MENTIONING, [wanted]).fetchall()]

    def lines(self, kind: str, id: str) -> list[Stored]:
        with self._asking():
            return [rows.document(row) for row in self.connection.execute(_LINES, [kind, id]).fetchall()]

    def erase(self, kind: str, id: str, bodies: Mapping[int, Mapping[str, Json]]) -> None:
        for revision, body in bodies.items():
            text, _ = checks.encoded(body, f"{kind}/{id} body")
            salt = self.new_salt()
            with self._asking():
                self.connection.execute(_ERASE, [*rows.body_columns(text), salt, kind, id, revision])
            if kind not in self.passing:
                self._log("erase", kind, id, revision, audit.digest(salt, text))

    def finish(self) -> None:
        """Write what is left before the commit; raise what has made it impossible."""
        if self.failure is not None:
            raise self.failure
        if self.logged:
            with self._asking():
                log.leave(self.connection, self.logged)

    def _write(self, former: Meta | None, line: Meta, text: bytes) -> None:
        body, exact = rows.body_columns(text)
        tokens = hashes(line["kind"], records.shown(line["keys"]))
        values = {**rows.meta_columns(line), "current": True, "tokens": tokens, "body": body, "exact": exact}
        if former is not None and former["first"] != line["first"]:
            self.connection.execute(_FORMER, [line["kind"], line["id"]])
        self.connection.execute(_INSERT if line["first"] == line["revision"] else _UPDATE, values)
        self._relist(former, line)

    def _relist(self, former: Meta | None, line: Meta | None) -> None:
        known = self._lists().values()
        before, after = (rows_in(known, records.entry(one)) if one else set() for one in (former, line))
        lists.change(self.connection, before, after)

    def _lists(self) -> Lists:
        # Read in the transaction: a list that is declared meanwhile conflicts with it.
        if self.known is None:
            self.known = lists.known(self.connection)
        return self.known

    def _expected(self, kind: str, id: str, revision: int) -> Meta | None:
        line = self._current(kind, id)
        if revision != (line["revision"] if line else 0):
            raise StaleRevision(kind, id, expected=revision, actual=self.get(kind, id))
        return line

    def _current(self, kind: str, id: str) -> Meta | None:
        with self._asking():
            row = self.connection.execute(_CURRENT, [kind, id]).fetchone()
            return rows.meta(row) if row else None

    def _log(self, action: str, kind: str, id: str, revision: int | None, digest: str | None) -> None:
        self.logged.append(Logged(0, self.at, self.author, action, kind, id, revision, digest, ""))

    @contextmanager
    def _asking(self) -> Iterator[None]:
        # PostgreSQL undoes all of a transaction in which a statement failed: remembered until the end.
        self._check_open()
        try:
            with told(self.place):
                yield
        except StorageError as failure:
            self.failure = self.failure or failure
            raise

    def _check_open(self) -> None:
        if not self.open:
            raise StorageError("the transaction is over: open another")
