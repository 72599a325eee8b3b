"""Finding entries: declared lists by their place, one page at a time; other searches by all their matches."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from storage.base import Cursor, Entry, Index, Page, Where
from storage.index import KeyIndex, cursor, page
from storage.postgres import keys
from storage.postgres.keys import List, Row
from storage.postgres.schema import Connection
from storage.records import shown

Lists = Mapping[tuple[str, tuple[str, ...], tuple[str, ...]], List]

_ENTRY = "l.id, l.revision, l.keys, l.at"
_PAGE = f"""
    WITH page AS (
        SELECT DISTINCT part.place, part.id FROM unnest(%(tokens)s::bytea[]) AS wanted (token)
        CROSS JOIN LATERAL (
            SELECT place, id FROM listed
            WHERE list = %(list)s AND token = wanted.token AND place > %(after)s
            ORDER BY place LIMIT %(most)s) AS part
        ORDER BY part.place LIMIT %(most)s)
    SELECT EXISTS (SELECT FROM listed WHERE list = %(list)s AND token = ANY (%(tokens)s) AND cut),
        (SELECT count({{counted}}) FROM listed WHERE list = %(list)s AND token = ANY (%(tokens)s)),
        {_ENTRY}
    FROM (SELECT) AS once LEFT JOIN page ON true
    LEFT JOIN lines l ON l.kind = %(kind)s AND l.id = page.id AND l.current
    ORDER BY page.place"""
# An entry may be in several of the lists that one search allows, but only once in each.
_PAGE_OF_ONE, _PAGE_OF_SEVERAL = _PAGE.format(counted="*"), _PAGE.format(counted="DISTINCT place")
_AT_ONCE = 1000
_ALL = f"SELECT {_ENTRY} FROM lines l WHERE l.kind = %s AND l.current"


def find(
    connection: Connection,
    lists: Lists,
    kind: str,
    where: Where,
    *,
    sort: Sequence[str],
    limit: int | None,
    after: Cursor | None,
) -> Page:
    """Return a page of the matches, in one statement: as of one moment."""
    page([], sort, limit, after)  # refuses what can't be asked
    known = lists.get((kind, tuple(sorted(where)), tuple(sort)))
    found = _listed(connection, known, where, limit, after) if known else None
    return found or page(_matches(connection, kind, where), sort, limit, after)


def _listed(
    connection: Connection, one: List, where: Where, limit: int | None, after: Cursor | None
) -> Page | None:
    """Return a page of a declared list; None where a place was too long to order by."""
    tokens = keys.tokens_wanted(one, where)
    start = keys.place(after, one.sort) if after else b""
    most = None if limit is None else limit + 1
    asked = {"list": one.number, "kind": one.kind, "tokens": tokens, "after": start, "most": most}
    found = connection.execute(_PAGE_OF_ONE if len(tokens) == 1 else _PAGE_OF_SEVERAL, asked).fetchall()
    if len(start) > keys.LONGEST or found[0][0]:
        return None
    entries = [_entry(one.kind, row[2:]) for row in found if row[2] is not None]
    shown = tuple(entries[:limit])
    more = len(entries) > len(shown)
    last = (cursor(shown[-1], one.sort) if shown else after) if more else None
    return Page(shown, int(str(found[0][1])), last)


def _matches(connection: Connection, kind: str, where: Where) -> list[Entry]:
    sql, values = _ALL, list[Any]([kind])
    for hashes in keys.hashes_wanted(kind, where):
        sql += " AND l.tokens && %s::bigint[]"
        values.append(hashes)
    found = connection.execute(sql, values).fetchall()
    # Hashes may be equal by chance: the values are looked at again.
    return KeyIndex(_entry(kind, row) for row in found).matches(where)


def _entry(kind: str, row: Sequence[Any]) -> Entry:
    id, revision, held, at = row
    return Entry(kind, id, revision, shown(held), at)


def known(connection: Connection) -> Lists:
    """Return the lists that were declared, by this process or another."""
    found = connection.execute("SELECT number, kind, wanted, sort FROM lists").fetchall()
    read = (List(number, kind, tuple(wanted), tuple(sort)) for number, kind, wanted, sort in found)
    return {(one.kind, one.wanted, one.sort): one for one in read}


def missing(lists: Lists, indexes: Collection[Index]) -> list[Index]:
    """Return the declared lists that aren't known."""
    return [one for one in indexes if (one.kind, tuple(sorted(one.where)), one.sort) not in lists]


def declare(connection: Connection, indexes: Collection[Index]) -> None:
    """Make lists and fill them with what is there, within a serializable transaction.

    A transaction under way that knows only the former lists, and writes, conflicts with this one.
    """
    connection.execute("LOCK TABLE lines IN SHARE ROW EXCLUSIVE MODE")
    former = known(connection)
    for one in missing(former, indexes):
        connection.execute(
            "INSERT INTO lists (kind, wanted, sort) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [one.kind, sorted(one.where), list(one.sort)],
        )
    fill(connection, [one for place, one in known(connection).items() if place not in former])


def fill(connection: Connection, lists: Collection[List]) -> None:
    """Write the rows of lists that have none yet."""
    for kind in {one.kind for one in lists}:
        with connection.cursor(name="filling") as found:
            found.execute(_ALL, [kind])
            while batch := found.fetchmany(_AT_ONCE):
                entries = [_entry(kind, row) for row in batch]
                _add(connection, [row for entry in entries for row in keys.rows(lists, entry)])


def _add(connection: Connection, added: Collection[Row]) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY listed (list, token, place, id, cut) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(["int4", "bytea", "bytea", "text", "bool"])
        for row in added:
            copy.write_row(_columns(row))


def change(connection: Connection, before: Iterable[Row], after: Iterable[Row]) -> None:
    """Write what differs between the rows that an entry had and those that it has now."""
    old, new = set(before), set(after)
    with connection.cursor() as cursor:
        if old - new:
            cursor.executemany(
                "DELETE FROM listed WHERE list = %s AND token = %s AND place = %s",
                [_columns(row)[:3] for row in old - new],
            )
        if new - old:
            cursor.executemany(
                "INSERT INTO listed (list, token, place, id, cut) VALUES (%s, %s, %s, %s, %s)",
                [_columns(row) for row in new - old],
            )


def _columns(row: Row) -> list[Any]:
    return [row.list, row.token, row.place, row.id, row.cut]
