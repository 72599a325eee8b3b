"""The tables, and how a database gets them: migrations that may be cut anywhere and run again.

`lines` holds a document's history lines, bodies included; its current line has `current`. `tokens` are
hashes of the current keys' values, for searches that no list was declared for.
`lists` are the declared ones (`storage.base.Index`); `listed` is their rows in order: the keys that a list
filters by, promoted to `token`, and those that it sorts by, to `place`, under one b-tree. A document has a
row in a list for each combination of the values of its multi-valued keys.
`pending` are records of the audit log that their transactions left unnumbered, for `log.seal` to move to
`audit`, where a trigger lets nobody change or remove one.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import psycopg

from storage.base import StorageError
from storage.postgres.faults import told

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

_LOCK = 0x43616E65766173  # any number that others don't take

DOCUMENTS = (
    """CREATE TABLE lines (
        kind text NOT NULL, id text NOT NULL, revision bigint NOT NULL, first bigint NOT NULL,
        previous bigint, current boolean NOT NULL, author text NOT NULL, at text NOT NULL,
        created_at text NOT NULL, started_at text NOT NULL, sitting text, note text NOT NULL,
        salt text NOT NULL, keys jsonb NOT NULL, body jsonb NOT NULL, exact text,
        tokens bigint[] NOT NULL, PRIMARY KEY (kind, id, first))""",
    "CREATE UNIQUE INDEX current_lines ON lines (kind, id) WHERE current",
    # With fastupdate, one search would conflict with every write.
    "CREATE INDEX tokens_of_lines ON lines USING gin (tokens) WITH (fastupdate = off) WHERE current",
    # No word of a document is to outlive it in the planner's statistics.
    *(
        f"ALTER TABLE lines ALTER COLUMN {name} SET STATISTICS 0"
        for name in ("keys", "body", "exact", "note")
    ),
)
LISTS = (
    """CREATE TABLE lists (
        number int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text NOT NULL,
        wanted text[] NOT NULL, sort text[] NOT NULL, UNIQUE (kind, wanted, sort))""",
    """CREATE TABLE listed (
        list int NOT NULL, token bytea NOT NULL, place bytea NOT NULL, id text NOT NULL, cut boolean NOT NULL,
        PRIMARY KEY (list, token, place) INCLUDE (id))""",
    "CREATE INDEX cut_places ON listed (list, token) WHERE cut",
    "ALTER TABLE listed ALTER COLUMN place SET STATISTICS 0",
)
AUDIT = (
    """CREATE TABLE pending (
        entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at text NOT NULL, author text NOT NULL,
        action text NOT NULL, kind text NOT NULL, id text NOT NULL, revision bigint, digest text)""",
    """CREATE TABLE audit (
        number bigint PRIMARY KEY, at text NOT NULL, author text NOT NULL, action text NOT NULL,
        kind text NOT NULL, id text NOT NULL, revision bigint, digest text, chain text NOT NULL)""",
    """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the audit log only grows'; END $$""",
    """CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION refuse()""",
    "REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM PUBLIC, CURRENT_USER",
)
MIGRATIONS: Sequence[Sequence[str]] = (DOCUMENTS, LISTS, AUDIT)


def migrate(connection: Connection, place: str, migrations: Sequence[Sequence[str]] = MIGRATIONS) -> None:
    """Bring a database to the newest schema, one transaction a migration; StorageError if it is newer.

    Cut anywhere, it has done some migrations whole; run again, it does the others. Processes that start
    together wait for each other.
    """
    with told(place):
        if version(connection) == len(migrations):
            return
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            connection.execute("CREATE SCHEMA IF NOT EXISTS canevas")
            connection.execute("CREATE TABLE IF NOT EXISTS migrations (number int PRIMARY KEY)")
            refuse_newer(version(connection), place, len(migrations))
            for number in range(version(connection), len(migrations)):
                with connection.transaction():
                    for statement in migrations[number]:
                        connection.execute(statement)
                    connection.execute("INSERT INTO migrations VALUES (%s)", [number + 1])
        finally:
            if not connection.broken:
                connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def version(connection: Connection) -> int:
    """Return how many migrations a database has had; 0 for an empty one."""
    there = connection.execute("SELECT to_regclass('canevas.migrations') IS NOT NULL").fetchone()
    if there != (True,):
        return 0
    row = connection.execute("SELECT coalesce(max(number), 0) FROM migrations").fetchone()
    return int(str(row[0])) if row else 0


def refuse_newer(found: int, place: str, known: int = len(MIGRATIONS)) -> None:
    """Raise StorageError for a schema that a newer version of the program made."""
    if found > known:
        raise StorageError(
            f"{place}: its schema is number {found}, this version knows {known}: start the newer version"
        )
