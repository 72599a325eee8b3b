"""PostgreSQL's errors as the store's own. No text of an error goes out: it may quote a body or a password."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg

from storage.base import Busy, NotJson, StorageError, StoreBroken, StoreFull


class Lost(StoreBroken):
    """The server can't be reached, or the connection was cut: what was asked outside a commit is not done."""


@contextmanager
def told(place: str) -> Iterator[None]:
    """Raise the store's own error in the place of psycopg's; `place` names the database, no password."""
    fault = None
    try:
        yield
    except psycopg.Error as error:
        fault = fault_of(error, place)
    if fault is not None:  # outside the except: psycopg's isn't its context either
        raise fault


def fault_of(error: psycopg.Error, place: str) -> StorageError:
    """Return what an error means for the store."""
    state = error.sqlstate or ""
    if is_lost(error):
        return Lost(f"{place}: the server doesn't answer, or cut the connection: try again in a moment")
    for prefix, (kind, reason) in FAULTS.items():
        if state.startswith(prefix):
            return kind(f"{place}: {reason}")
    return StoreBroken(
        f"{place}: {type(error).__name__} ({state}): nothing was written; see the server's log"
    )


def is_lost(error: psycopg.Error) -> bool:
    """Tell whether an error is of the connection, not of what was asked."""
    state = error.sqlstate or ""
    if state.startswith(("08", "57P")):
        return True
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and not state


_FASTER = "another process was faster: nothing was written; run it again"
# SQLSTATE, or how it begins: https://www.postgresql.org/docs/current/errcodes-appendix.html
FAULTS: Mapping[str, tuple[type[StorageError], str]] = {
    "40": (Busy, _FASTER),
    "23505": (Busy, _FASTER),
    "55P03": (Busy, "another process holds what this one needs: nothing was written; run it again"),
    "53100": (StoreFull, "its disk is full: nothing was written; make room"),
    "53": (StoreBroken, "out of connections or memory: nothing was written; see the server's settings"),
    "25006": (StoreBroken, "this server only reads (a replica?): name the primary"),
    "25P02": (StorageError, "the transaction has failed before: leave it and run it again"),
    "28": (StoreBroken, "the server refuses this user or password: see CANEVAS_STORE and pg_hba.conf"),
    "3D000": (StoreBroken, "there is no such database: make it with createdb"),
    "42501": (StoreBroken, "this user may not do that: make it the owner of the database"),
    "42P01": (StoreBroken, "a table is missing: open the store again"),
    "54000": (NotJson, "a kind or an id is too long: keep them under 2000 bytes"),
    "57014": (StoreBroken, "it took too long and was stopped: nothing was written"),
}
