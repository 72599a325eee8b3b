"""Rows 8 and 9 on PostgreSQL, where its programs are installed: a server of the bench's own, durable.

Against bare statements on the same server: a row of an id and a body in JSON, with nothing of a history, of
keys or of an audit log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from typing import Any

import psycopg

from benchmarks.load import AT, INDEXES, KIND, SETTINGS, SORT, body_of, dump_of, keys_of
from benchmarks.measure import Row, Work
from benchmarks.store_rows import by_the_clock
from storage.audit import canonical
from storage.base import Store
from storage.registry import open_store
from tests.unit.postgres_server import Server, programs, serving

FEW, MANY = 1_000, 20_000
TURNS = 400
NOTE = "pour mémoire"


def rows() -> Iterator[Row]:
    """Measure these rows; none where there is no server to start."""
    try:
        programs()
    except FileNotFoundError:
        return
    with serving(SETTINGS) as server, ExitStack() as opened:
        few, many = (opened.enter_context(closing(_filled(server, count))) for count in (FEW, MANY))
        bare = opened.enter_context(psycopg.connect(server.fresh()))
        bare.execute("CREATE TABLE plain (id text PRIMARY KEY, body jsonb NOT NULL)")
        bare.commit()
        cases = {"ours": _inserting(many), "bare": _inserting_bare(bare)}
        cases |= {"read": _reading(many), "bare read": _reading_bare(bare)}
        cases |= {"few": _listing(few), "many": _listing(many)}
        times = by_the_clock(cases, TURNS)
    size = f"{len(canonical(body_of(0))) / 1000:.1f} ko"
    yield _row("8", f"PostgreSQL : document de {size} écrit", times, "ours", "bare", "INSERT, COMMIT")
    yield _row("9", "PostgreSQL : document lu", times, "read", "bare read", "SELECT par id")
    yield _row("9", f"PostgreSQL : liste de 50 parmi {MANY}", times, "many", "few", f"parmi {FEW}")


def _row(n: str, what: str, times: Mapping[str, float], ours: str, other: str, name: str) -> Row:
    return Row(n, what, times[ours], times[other], name, 1, note=NOTE)


def _filled(server: Server, count: int) -> Store:
    place = server.fresh()
    store = open_store(place)
    store.declare(INDEXES)
    store.load(dump_of(count))
    with psycopg.connect(place, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return store


def _inserting(store: Store) -> Work:
    turn = [MANY]

    def insert() -> None:
        turn[0] += 1
        with store.transaction("banc", AT) as tx:
            tx.put(KIND, f"n{turn[0]}", body_of(turn[0]), keys_of(turn[0]), expected_revision=0)

    return insert


def _inserting_bare(connection: psycopg.Connection[Any]) -> Work:
    turn = [0]

    def insert() -> None:
        turn[0] += 1
        text = canonical(body_of(turn[0])).decode()
        connection.execute("INSERT INTO plain VALUES (%s, %s::jsonb)", [f"n{turn[0]}", text])
        connection.commit()

    return insert


def _reading(store: Store) -> Work:
    turn = [0]

    def read() -> None:
        turn[0] += 1
        assert store.get(KIND, f"d{turn[0] * 7919 % MANY}") is not None

    return read


def _reading_bare(connection: psycopg.Connection[Any]) -> Work:
    def read() -> None:
        found = connection.execute("SELECT body FROM plain WHERE id = %s", ["n1"]).fetchone()
        connection.commit()
        assert found is not None

    return read


def _listing(store: Store) -> Work:
    def page() -> None:
        found = store.find(KIND, {"form": "record", "reach": "school:1"}, sort=SORT, limit=50)
        assert len(found.entries) == 50

    return page
