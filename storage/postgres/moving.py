"""A database as the lines of `storage.moving`, and back."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import groupby
from typing import Any

import psycopg

from storage import checks, dumping
from storage.base import Body, Logged, NotJson, StoreNotEmpty
from storage.postgres import lists, log, rows
from storage.postgres.faults import told
from storage.postgres.keys import hashes
from storage.postgres.links import Links, unhurried
from storage.postgres.rows import NAMES, WHOLE
from storage.postgres.schema import Connection
from storage.records import shown

_AT_ONCE = 500
_MOMENTS = 20
_LINES = f"SELECT current, {WHOLE} FROM lines ORDER BY kind, id, first"
_AUDIT = "SELECT number, at, author, action, kind, id, revision, digest, chain FROM audit ORDER BY number"
_COLUMNS = [*NAMES, "current", "tokens", "body", "exact"]


def dump(links: Links) -> Iterator[Body]:
    """Give all that a database holds, as of one moment."""
    with links.link() as link, told(links.place), unhurried(link):
        _begin(link)
        try:
            yield from dumping.ended(_lines(link))
        finally:
            link.execute("ROLLBACK")


def _begin(link: Connection) -> None:
    """Begin to read as of one moment: one at which no audit record waits for its number, if it comes soon."""
    for left in reversed(range(_MOMENTS)):
        sealed = _seal(link)
        link.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if not (left and sealed and log.unsealed(link)):
            return
        link.execute("ROLLBACK")


def _seal(link: Connection) -> bool:
    """Seal the audit log; False where it can't be: on a replica, by who may only read, while another does."""
    with suppress(psycopg.Error):
        log.seal(link)
        return True
    return False


def _lines(link: Connection) -> Iterator[Body]:
    yield {"line": "store", "format": dumping.FORMAT}
    for row in _rows(link, _LINES):
        line: dict[str, Any] = dict(rows.meta(row[1:-2]))
        yield {"line": "revision", "current": row[0], **line, "body": rows.body(row)}
    last = None
    for row in _rows(link, _AUDIT):
        last = log.record(row)
        yield dumping.audit_line(last)
    yield from map(dumping.audit_line, log.following(link, last))


def _rows(link: Connection, sql: str) -> Iterator[Any]:
    with link.cursor(name="dump") as cursor:
        cursor.itersize = _AT_ONCE
        yield from cursor.execute(sql)


def load(link: Connection, lines: Iterable[Body], place: str) -> None:
    """Take the lines of a dump into an empty database, within a transaction; NotJson names a bad one."""
    link.execute("LOCK TABLE lines, pending, audit IN EXCLUSIVE MODE")
    there = "EXISTS (SELECT FROM lines) OR EXISTS (SELECT FROM pending) OR EXISTS (SELECT FROM audit)"
    if link.execute(f"SELECT {there}").fetchone() == (True,):
        raise StoreNotEmpty(f"{place}: holds documents or an audit log: load a dump into an empty database")
    numbered = enumerate(lines, start=1)
    for what, group in groupby(numbered, key=lambda one: one[1].get("line")):
        if what == "revision":
            _copy(link, "lines", _COLUMNS, (_checked(_revision, *one) for one in group))
        elif what == "audit":
            _copy(link, "audit", Logged.__slots__, (_checked(_audit, *one) for one in group))
        else:
            for number, line in group:
                _checked(_around, number, line)
    lists.fill(link, list(lists.known(link).values()))


def _copy(link: Connection, table: str, columns: Iterable[str], values: Iterable[list[Any]]) -> None:
    sql = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with link.cursor() as cursor, cursor.copy(sql) as copy:
        for row in values:
            copy.write_row(row)


def _checked(read: Any, number: int, line: Body) -> list[Any]:
    try:
        found: list[Any] = read(line)
        return found
    except (LookupError, TypeError, ValueError) as error:
        raise NotJson(f"line {number} of the dump: {type(error).__name__}: {error}") from None


def _revision(line: Body) -> list[Any]:
    meta = rows.meta([line[name] for name in NAMES])
    place = f"{checks.kind_name(meta['kind'])}/{checks.name(meta['id'], 'id')}"
    meta["keys"] = checks.key_values(meta["keys"], f"{place} keys")
    body = rows.body_columns(checks.encoded(line["body"], f"{place} body")[0])
    tokens = hashes(meta["kind"], shown(meta["keys"])) if line["current"] else []
    return [*rows.meta_columns(meta).values(), bool(line["current"]), tokens, *body]


def _audit(line: Body) -> list[Any]:
    return [line[name] for name in Logged.__slots__]


def _around(line: Body) -> list[Any]:
    if line["line"] not in ("store", "end"):
        raise ValueError(f"{line['line']!r} is no line of a dump")
    if line["line"] == "store" and line["format"] != dumping.FORMAT:
        raise ValueError(f"format {line['format']}: this version reads {dumping.FORMAT}")
    return []
