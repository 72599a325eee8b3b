"""What the PostgreSQL store carries: an académie of generated documents, read and written.

    python -m benchmarks.load                       10,000 then 300,000 documents, on a server of its own
    python -m benchmarks.load --documents 50000 --at postgresql://user@host/empty_database

Every name is invented by a counter. Times are in milliseconds, medians and 95th percentiles, cases and sizes
interleaved; the ratios of the sizes are what counts.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing, nullcontext
from statistics import quantiles
from typing import Any

import psycopg

from storage.base import AnyOf, Body, Busy, Index, Store
from storage.registry import open_store
from tests.unit.postgres_server import serving

AT = "2026-03-02T08:00:00Z"
KIND = "document"
IN_A_SCHOOL = 200
SORT = ("col.name", "col.first")
INDEXES = (
    Index(KIND, ("form", "reach"), SORT),
    Index(KIND, ("subject",), ("-created",)),
)
# Beds of a small server; fsync, and all that keeps what was promised, as PostgreSQL comes.
SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "4GB", "max_connections": "200"}
WORDS = [f"mot{number}" for number in range(5000)]
ROUNDS = 100
WRITERS, SECONDS = 4, 8.0


def keys_of(number: int) -> dict[str, Any]:
    """Return the keys of a document: its school, its two people, what lists show of it."""
    school = number // IN_A_SCHOOL
    return {
        "form": "record",
        "reach": [f"school:{school}", f"teacher:{school}.{number % 12}", f"family:{number}", "academy:1"],
        "col.name": f"Nom{number * 7919 % 99991}",
        "col.first": f"Prénom{number % 613}",
        "subject": f"subject:{number // 3}",
        "created": f"2026-0{1 + number % 9}-1{number % 10}",
    }


def body_of(number: int, turn: int = 0) -> dict[str, Any]:
    """Return a body of 4.8 kB, of which no two are the same."""
    words = random.Random(number * 31 + turn).choices(WORDS, k=560)
    return {
        "answers": {f"step{step}": {"text": " ".join(words[step * 70 : step * 70 + 70])} for step in range(8)}
    }


def dump_of(documents: int) -> Iterator[Body]:
    """Give the lines of a dump of so many documents."""
    yield {"line": "store", "format": 1}
    for number in range(documents):
        yield {
            "line": "revision", "current": True, "kind": KIND, "id": f"d{number}", "revision": 1, "first": 1,
            "previous": None, "author": "load", "at": AT, "created_at": AT, "started_at": AT, "sitting": None,
            "note": "", "salt": f"{number:032x}", "keys": keys_of(number), "body": body_of(number),
        }  # fmt: skip


def cases(store: Store, documents: int) -> Mapping[str, Callable[[int], object]]:
    """Return what is timed, by name; each is given a number that is never the same."""
    schools = max(1, documents // IN_A_SCHOOL)

    def page(reach: Any, limit: int = 50) -> object:
        return store.find(KIND, {"form": "record", "reach": reach}, sort=SORT, limit=limit)

    def add(turn: int) -> object:
        number = documents + turn
        with store.transaction("load", AT) as work:
            return work.put(KIND, f"d{number}", body_of(number), keys_of(number), expected_revision=0)

    def save(turn: int) -> object:
        number = turn * 7919 % documents
        seen = store.get(KIND, f"d{number}")
        assert seen is not None
        with store.transaction("load", AT) as work:
            body, expected = body_of(number, turn), seen.revision
            return work.put(KIND, seen.id, body, seen.keys, expected_revision=expected, sitting="s")

    return {
        "read a document": lambda turn: store.get(KIND, f"d{turn * 7919 % documents}"),
        "list 50 of a school": lambda turn: page(f"school:{turn % schools}"),
        "list 50 of a person, by 4 ways": lambda turn: page(
            AnyOf([f"school:{turn % schools}", f"teacher:{turn % schools}.3", f"family:{turn}", "no:1"])
        ),
        "the documents of a subject": lambda turn: store.find(
            KIND, {"subject": f"subject:{turn % (documents // 3)}"}, sort=("-created",)
        ),
        "add a document": add,
        "save a document again": save,
    }


def measure(stores: Mapping[int, Store]) -> dict[tuple[str, int], list[float]]:
    """Time every case at every size, interleaved; give milliseconds by case and size."""
    work = {size: cases(store, size) for size, store in stores.items()}
    times: dict[tuple[str, int], list[float]] = {}
    for turn in range(ROUNDS):
        for name in work[min(work)]:
            for size in work:
                begun = time.perf_counter()
                work[size][name](turn)
                if turn >= ROUNDS // 10:  # not while plans and caches are made
                    times.setdefault((name, size), []).append((time.perf_counter() - begun) * 1000)
    return times


def write_for_a_while(place: str, documents: int, writer: int) -> tuple[int, int]:
    """Save documents from a process of its own; give how many, and how many had to be sent again."""
    done = again = 0
    with closing(open_store(place)) as store:
        store.declare(INDEXES)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            number = (done * WRITERS + writer) * 101 % documents
            seen = store.get(KIND, f"d{number}")
            assert seen is not None
            try:
                with store.transaction(f"w{writer}", AT) as work:
                    body = body_of(number, done)
                    work.put(KIND, seen.id, body, seen.keys, expected_revision=seen.revision)
                done += 1
            except Busy:
                again += 1
    return done, again


def together(place: str, documents: int) -> str:
    """Return what several processes save at once."""
    with ProcessPoolExecutor(WRITERS) as pool:
        told = pool.map(write_for_a_while, [place] * WRITERS, [documents] * WRITERS, range(WRITERS))
        done, again = map(sum, zip(*told, strict=True))
    return f"{done / SECONDS:.0f} saves a second by {WRITERS} processes at once, {again} sent again"


def fill(place: str, documents: int) -> Store:
    """Fill an empty database and return its store."""
    store = open_store(place)
    store.declare(INDEXES)
    begun = time.monotonic()
    store.load(dump_of(documents))
    with psycopg.connect(place, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        size = connection.execute("SELECT pg_database_size(current_database()) / 1e6").fetchone()
    seconds = time.monotonic() - begun
    print(f"{documents:,} documents: loaded in {seconds:.0f} s, {size[0] if size else 0:.0f} MB on disk")
    return store


def show(times: Mapping[tuple[str, int], list[float]], sizes: Sequence[int]) -> None:
    """Print medians and 95th percentiles by size, and the ratio of the last size to the first."""
    print(
        f"\n{'milliseconds: median (95 %)':34}" + "".join(f"{size:>20,}" for size in sizes) + f"{'ratio':>8}"
    )
    for name in dict.fromkeys(name for name, _ in times):
        cuts = [quantiles(times[name, size], n=20) for size in sizes]
        shown = "".join(f"{one[9]:>10.2f} ({one[-1]:>6.2f}) " for one in cuts)
        print(f"{name:34}{shown}{cuts[-1][9] / cuts[0][9]:>8.2f}", flush=True)


def main(arguments: Sequence[str]) -> int:
    """Fill each size, time them side by side, then write together."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--documents", type=int, nargs="*", default=[10_000, 300_000])
    parser.add_argument("--at", help="an empty database; one size only")
    asked = parser.parse_args(arguments)
    with nullcontext() if asked.at else serving(SETTINGS) as server, ExitStack() as opened:
        places = {size: asked.at or server.fresh() for size in asked.documents}
        stores = {size: opened.enter_context(closing(fill(place, size))) for size, place in places.items()}
        show(measure(stores), asked.documents)
        for size, place in places.items():
            print(f"{size:,} documents: {together(place, size)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
