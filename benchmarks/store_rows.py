"""Rows 7 to 9 and 11: the stores, few documents and many. Time on the clock: a disk is waited for."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import worker
from benchmarks.measure import Row, Work
from benchmarks.post_rows import posting
from storage.audit import canonical
from storage.base import AnyOf, Index, Store
from storage.registry import open_store

KIND = "document"
AT = "2026-10-05T14:30:00Z"
FEW, MANY = 10_000, 300_000
TO_START = 100_000
OF_A_SCHOOL = 300
LIST = Index(KIND, ("form", "reach"), ("name",))
BODY: dict[str, Any] = {
    "form": "suivi",
    "state": "brouillon",
    "answers": {f"texte{n}": "Élève très à l'aise à l'oral ; " * 5 for n in range(22)}
    | {f"case{n}": bool(n % 2) for n in range(40)},
}


def rows() -> Iterator[Row]:
    """Measure these rows."""
    with TemporaryDirectory(dir=os.environ.get("BENCH_DISK")) as folder:
        yield _durable_post(Path(folder))
        few, many = (_filled(Path(folder) / str(count), count) for count in (FEW, MANY))
        yield from _inserts(Path(folder), few, many)
        yield _lists(few, many)
        for store in (few, many):
            store.close()
        yield _start(Path(folder) / "start")


def _durable_post(folder: Path) -> Row:
    with worker.runner() as runner:
        places = {"durable": f"tiny:{folder / 'post'}", "memory": "memory:"}
        times = by_the_clock({name: posting(runner, place) for name, place in places.items()}, 150)
    what = "POST d'une étape, écrit sur le disque"
    return Row("7", what, times["durable"], times["memory"], "le même en mémoire", 2)


def _inserts(folder: Path, few: Store, many: Store) -> Iterator[Row]:
    descriptor = os.open(folder / "append", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    text = canonical(BODY)

    def append() -> None:
        os.write(descriptor, text)
        os.fdatasync(descriptor)

    cases = {"append": append, "few": _inserting(few, "few"), "many": _inserting(many, "many")}
    times = by_the_clock(cases, 1_500)
    os.close(descriptor)
    size = f"{len(text) / 1000:.1f} ko"
    yield Row("8", f"document de {size} écrit", times["few"], times["append"], "ajout + fdatasync", 1 / 0.7)
    yield Row("8", f"le même, parmi {MANY}", times["many"], times["few"], f"parmi {FEW}", 1.1)


def _inserting(store: Store, name: str) -> Work:
    turn = 0

    def insert() -> None:
        nonlocal turn
        turn += 1
        with store.transaction("banc", AT) as tx:
            tx.put(KIND, f"{name}-{turn}", BODY, _keys(10**9 + turn), expected_revision=0)

    return insert


def _lists(few: Store, many: Store) -> Row:
    def listing(store: Store) -> Callable[[], object]:
        where = {"form": "suivi", "reach": AnyOf(["prof@7", "personne:zoe"])}

        def ask() -> None:
            found = store.find(KIND, where, sort=LIST.sort, limit=50)
            assert (len(found.entries), found.total) == (50, OF_A_SCHOOL)

        ask()
        return ask

    times = by_the_clock({"few": listing(few), "many": listing(many)}, 3_000)
    return Row("9", f"liste de 50 parmi {MANY}", times["many"], times["few"], f"parmi {FEW}", 1.2)


def _start(path: Path) -> Row:
    _filled(path, TO_START).close()
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        store = open_store(f"tiny:{path}")
        taken.append(time.perf_counter() - began)
        assert store.find(KIND, {}, limit=0).total == TO_START
        store.close()
    return Row("11", f"{TO_START} documents, base ouverte", median(taken) * 1e6, 1e6, "une seconde", 2)


def _filled(path: Path, count: int) -> Store:
    """Fill a store as a dump does, and declare its list."""
    store = open_store(f"tiny:{path}")
    for first in range(0, count, 1_000):
        with store.transaction("banc", AT) as tx:
            for n in range(first, min(count, first + 1_000)):
                tx.put(KIND, f"d{n}", BODY, _keys(n), expected_revision=0)
    store.declare([LIST])
    return store


def _keys(n: int) -> dict[str, Any]:
    school = n // OF_A_SCHOOL
    reach = [f"prof@{school}", f"chef@{school}"]
    return {
        "form": "suivi",
        "state": "brouillon",
        "reach": reach,
        "name": f"Nom {n * 7919 % 977}",
        "created": AT,
    }


def by_the_clock(cases: Mapping[str, Work], count: int) -> dict[str, float]:
    """Time each case in turn, each turn once; give the medians in microseconds."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(count):
        for name, work in cases.items():
            began = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - began)
    return {name: median(found) * 1e6 for name, found in times.items()}
