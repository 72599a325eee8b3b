"""The PostgreSQL store: several processes on one database, which keeps, copies and backs itself up.

`store` is the store; `work` its transactions, serializable; `lists` finds; `log` is the audit log; `schema`
the tables; `links` the connections; `faults` turns psycopg's errors into the store's own.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from storage.base import Body, StorageError, StoreBroken
from storage.postgres import moving, schema
from storage.postgres.faults import Lost, told
from storage.postgres.links import ATTEMPT, Links
from storage.postgres.replica import Replica
from storage.postgres.schema import Connection
from storage.postgres.store import PostgresStore


def open_postgres(rest: str, replica: Links | None = None) -> PostgresStore:
    """Open `postgresql:` + rest, which libpq knows as a connection URI; bring its schema up to date."""
    links = Links(f"postgresql:{rest}")
    try:
        _reach(links, lambda: _prepare(links))
    except BaseException:
        links.close()
        raise
    return PostgresStore(links, Replica(links, replica) if replica else None)


def open_replicated_postgres(rest: str, replica: str) -> PostgresStore:
    """Open a database as `open_postgres` does; its lists are read from a replica of it."""
    links = Links(f"postgresql:{replica}")
    try:
        return open_postgres(rest, links)
    except BaseException:
        links.close()
        raise


@contextmanager
def read_postgres(rest: str) -> Iterator[Iterator[Body]]:
    """Give the lines of a database's dump, of a replica too: nothing is written."""
    links = Links(f"postgresql:{rest}")
    try:
        _reach(links, lambda: links.read(lambda link: _check(link, links.place)))
        yield moving.dump(links)
    finally:
        links.close()


def _reach(links: Links, run: Callable[[], None]) -> None:
    """Do what is done first, once the server answers; StoreBroken tells why it doesn't."""
    lost = False
    try:
        links.until(run)
    except Lost:
        lost = True
    if lost:
        raise StoreBroken(f"{links.place}: {links.why_lost()}")


def _prepare(links: Links) -> None:
    with links.link(ATTEMPT) as link, told(links.place):
        _check_server(link, links.place)
        schema.migrate(link, links.place)


def _check(link: Connection, place: str) -> None:
    _check_server(link, place)
    found, known = schema.version(link), len(schema.MIGRATIONS)
    schema.refuse_newer(found, place)
    if found < known:
        raise StorageError(f"{place}: its schema is number {found}, this version reads {known}: open it once")


def _check_server(link: Connection, place: str) -> None:
    asked = "SELECT current_setting('server_encoding'), current_setting('synchronous_commit')"
    encoding, synchronous = link.execute(asked).fetchone() or ("", "")
    if encoding != "UTF8":
        raise StorageError(f"{place}: its encoding is {encoding}: make it with createdb -E UTF8 -T template0")
    if synchronous == "off":
        raise StorageError(f"{place}: synchronous_commit is off, which loses writes: set it to on")
