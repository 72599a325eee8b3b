"""Connections to one database: a pool that finds the server again by itself after it was away."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from storage.base import StorageError, UnknownStore
from storage.postgres.faults import Lost, told
from storage.postgres.schema import Connection

T = TypeVar("T")

# The store's errors tell what is the matter; the pool's own words would come between the lines of a log.
logging.getLogger("psycopg").addHandler(logging.NullHandler())

PATIENCE = 4.0  # seconds that a call waits for a server that is away
MOST = 10  # connections of a process
ATTEMPT = 0.2  # seconds between two attempts to reach it

# Short look-ups only: never walk a table (a walk conflicts with every writer) nor compile a query.
_OPTIONS = (
    "-c search_path=canevas -c enable_seqscan=off -c jit=off -c statement_timeout=30s -c lock_timeout=10s"
    " -c idle_in_transaction_session_timeout=60s -c client_encoding=UTF8"
)
_DEFAULTS: dict[str, str | int] = {
    "application_name": "canevas",
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 8000,
}


class Links:
    """The connections of a store. `place` names the database in messages, without a password."""

    def __init__(self, address: str) -> None:
        told_to = _read(address)
        self.place = _place(told_to)
        options = f"{told_to.get('options') or ''} {_OPTIONS}".strip()
        self._conninfo = make_conninfo("", **{**_DEFAULTS, **told_to, "options": options})
        self._pool = ConnectionPool(
            self._conninfo,
            kwargs={"autocommit": True},
            min_size=0,
            max_size=MOST,
            open=False,
            # A failed attempt is given up at once: the next call that needs a connection makes the next one.
            # Left to itself, the pool would wait longer and longer.
            reconnect_timeout=0,
            name="canevas",
        )
        self._closed = False
        self._pool.open()

    @contextmanager
    def link(self, timeout: float = PATIENCE) -> Iterator[Connection]:
        """Lend a connection; Lost when there is none in time."""
        self.check_open()
        try:
            connection = self._pool.getconn(timeout=timeout)
        except (PoolTimeout, PoolClosed):
            connection = None
        if connection is None:
            self.check_open()
            raise Lost(f"{self.place}: the server can't be reached: is it started, and the address right?")
        try:
            yield connection
        finally:
            self._pool.putconn(connection)

    def read(self, run: Callable[[Connection], T]) -> T:
        """Return what `run` reads; run it again on another connection when the server was away."""
        return self.until(lambda: self._once(run))

    def until(self, run: Callable[[], T]) -> T:
        """Run again, for a while, what the server's absence interrupts. It must do nothing by halves."""
        deadline = monotonic() + PATIENCE
        while True:
            try:
                return run()
            except Lost:
                if monotonic() >= deadline:
                    raise

    def why_lost(self) -> str:
        """Return why no connection can be had, in libpq's words, which hold no password."""
        try:
            psycopg.connect(self._conninfo).close()
        except psycopg.Error as error:
            return str(error).strip().partition("\n")[0]
        return "try again"

    def check_open(self) -> None:
        """Raise StorageError after `close`."""
        if self._closed:
            raise StorageError("the store is closed: open it again")

    def close(self) -> None:
        """Close the connections. Harmless the second time."""
        self._closed = True
        self._pool.close()

    def _once(self, run: Callable[[Connection], T]) -> T:
        with self.link(ATTEMPT) as connection, told(self.place):
            return run(connection)


@contextmanager
def unhurried(connection: Connection) -> Iterator[None]:
    """Let a connection take its time: what a whole store is long to do."""
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(f"SET {name} = 0")
    try:
        yield
    finally:
        with suppress(psycopg.Error):
            connection.execute("RESET ALL")


def _read(address: str) -> dict[str, str | int]:
    # libpq's message would quote the address, password and all.
    found: dict[str, str | int] = {}
    with suppress(psycopg.Error):
        found = {name: value for name, value in conninfo_to_dict(address).items() if value is not None}
    shown = f"{found.get('host', '')} {found.get('dbname', '')}"
    ports = str(found.get("port", "")).replace(",", "")
    if not found or "@" in shown or not (ports.isdecimal() or not ports):
        raise UnknownStore(
            "store postgresql:…: not an address: write postgresql://user:password@host:5432/database, where "
            "a password writes @ as %40, : as %3A, / as %2F and % as %25"
        )
    return found


def _place(told_to: dict[str, str | int]) -> str:
    host = told_to.get("host") or told_to.get("hostaddr") or "localhost"
    port, database = told_to.get("port", 5432), told_to.get("dbname") or told_to.get("user") or ""
    return f"postgresql://{host}:{port}/{database}"
