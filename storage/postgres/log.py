"""The audit log: what transactions leave unnumbered, numbered and chained right after, by one at a time.

Numbering inside the transactions would make all writers wait for each other.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from storage.audit import BEGINNING, chained
from storage.base import Logged
from storage.postgres.links import Links
from storage.postgres.schema import Connection

_SEALING = 0x43616E65766174  # any number that others don't take
_AT_ONCE = 1000
_NAMES = "at, author, action, kind, id, revision, digest"
_FIND = f"SELECT number, {_NAMES}, chain FROM audit WHERE number > %s ORDER BY number LIMIT %s"
_ADD = f"INSERT INTO audit (number, {_NAMES}, chain) VALUES ({', '.join(['%s'] * 9)})"
_LEAVE = f"INSERT INTO pending ({_NAMES}) VALUES ({', '.join(['%s'] * 7)})"
_TRY = "SELECT set_config('synchronous_commit', 'off', true), pg_try_advisory_xact_lock(%s)"
_LEFT = f"SELECT {_NAMES} FROM pending ORDER BY entry"
_TAKE = f"""WITH taken AS (DELETE FROM pending RETURNING entry, {_NAMES})
    SELECT {_NAMES} FROM taken ORDER BY entry"""


def leave(connection: Connection, records: Sequence[Logged]) -> None:
    """Leave records, without number nor chain, for the next seal; within their transaction."""
    with connection.cursor() as cursor:
        cursor.executemany(_LEAVE, [_told(record)[1:-1] for record in records])


def add(connection: Connection, records: Sequence[Logged]) -> None:
    """Add records that have their number and chain."""
    with connection.cursor() as cursor:
        cursor.executemany(_ADD, [_told(record) for record in records])


def seal(connection: Connection) -> None:
    """Number and chain what was left, in the order in which it was, after whoever is doing it; durably."""
    with connection.transaction():
        connection.execute("SET LOCAL lock_timeout = '2s'")
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_SEALING])
        _move(connection)
        # Any write makes this commit wait for the disk, and so for all that was sealed without waiting.
        connection.execute("SELECT pg_logical_emit_message(true, 'canevas', 'sealed')")


def seal_if_free(connection: Connection) -> None:
    """Number and chain what was left, unless another process is doing it.

    Doesn't wait for the disk: after a crash, what was moved is left again, and nobody has read it since.
    """
    with connection.transaction():
        if connection.execute(_TRY, [_SEALING]).fetchone() == ("off", True):
            _move(connection)


def after(links: Links, number: int) -> Iterator[Logged]:
    """Give the sealed records that follow a number."""
    while True:
        rows = links.read(lambda link, number=number: link.execute(_FIND, [number, _AT_ONCE]).fetchall())  # type: ignore[misc]
        yield from map(record, rows)
        if len(rows) < _AT_ONCE:
            return
        number = rows[-1][0]


def unsealed(connection: Connection) -> bool:
    """Tell whether a record is left without a number."""
    return connection.execute("SELECT EXISTS (SELECT FROM pending)").fetchone() == (True,)


def following(connection: Connection, last: Logged | None) -> Iterator[Logged]:
    """Give the records that are left, after the last sealed one, as a seal would make them now."""
    head = (last.number, last.chain) if last else (0, BEGINNING)
    return _following(head, connection.execute(_LEFT).fetchall())


def record(row: Sequence[Any]) -> Logged:
    """Return the record of a row."""
    return Logged(*row)


def _move(connection: Connection) -> None:
    # Read committed: what the former one sealed is seen, for the lock was waited for.
    head = connection.execute("SELECT number, chain FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    sealed = list(_following(head or (0, BEGINNING), connection.execute(_TAKE).fetchall()))
    if sealed:
        add(connection, sealed)


def _following(head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[Logged]:
    """Number and chain the records of rows, after the number and chain of the last one."""
    number, chain = head
    for row in rows:
        number += 1
        sealed = chained(chain, record((number, *row, "")))
        chain = sealed.chain
        yield sealed


def _told(record: Logged) -> list[Any]:
    return [getattr(record, name) for name in Logged.__slots__]
