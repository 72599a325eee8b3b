"""Threads that share a store: no update is lost, and nobody sees half a transaction."""

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage.base import StaleRevision, StorageError, Store
from storage.documents import DocumentStore
from storage.memory import Memory
from storage.records import Changes

AT = "2026-03-02T08:00:00Z"
THREADS, PUTS = 50, 4


def together(work: Callable[[int], None], count: int = THREADS) -> None:
    """Run `work` in threads that start at once; the first exception comes out."""
    barrier = threading.Barrier(count, timeout=10)

    def one(number: int) -> None:
        barrier.wait()
        work(number)

    with ThreadPoolExecutor(count) as pool:
        for done in [pool.submit(one, number) for number in range(count)]:
            done.result()


def test_optimistic_writers_lose_no_update(store: Store) -> None:
    with store.transaction("anne", AT) as work:
        work.put("livret", "a", {"marks": []}, {}, expected_revision=0)

    def add(number: int) -> None:
        for turn in range(PUTS):
            while True:  # read outside the transaction, as a form does, then try until nobody was faster
                seen = store.get("livret", "a")
                assert seen is not None
                body = {"marks": [*seen.body["marks"], f"{number}.{turn}"]}
                try:
                    with store.transaction(f"t{number}", AT) as work:
                        work.put("livret", "a", body, {}, expected_revision=seen.revision)
                    break
                except StaleRevision as stale:
                    assert stale.actual is not None
                    assert stale.actual.revision > seen.revision

    together(add)
    final = store.get("livret", "a")
    assert final is not None
    assert sorted(final.body["marks"]) == sorted(
        f"{n}.{turn}" for n in range(THREADS) for turn in range(PUTS)
    )
    assert final.revision == 1 + THREADS * PUTS == len(store.history("livret", "a"))


def test_transactions_are_serial(store: Store) -> None:
    with store.transaction("anne", AT) as work:
        work.put("livret", "a", {"n": 0}, {}, expected_revision=0)

    def add(number: int) -> None:
        for _ in range(PUTS):
            with store.transaction(f"t{number}", AT) as work:
                seen = work.get("livret", "a")
                assert seen is not None
                work.put("livret", "a", {"n": seen.body["n"] + 1}, {}, expected_revision=seen.revision)

    together(add)
    assert store.get("livret", "a").body == {"n": THREADS * PUTS}  # type: ignore[union-attr]


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns every microsecond, so that a missing lock shows."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("restless")
def test_readers_see_whole_transactions_only(store: Store) -> None:
    """A writer moves ten documents at once from one value to the next; a list never sees two values."""
    ids = [str(number) for number in range(10)]
    with store.transaction("anne", AT) as work:
        for id in ids:
            work.put("livret", id, {}, {"turn": 0}, expected_revision=0)

    def read_or_write(number: int) -> None:
        for turn in range(1, 31):
            if number == 0:
                with store.transaction("anne", AT) as work:
                    for id in ids:
                        work.put("livret", id, {}, {"turn": turn}, expected_revision=turn)
            else:
                entries = store.find("livret", {}).entries
                assert len({(entry.revision, entry.keys["turn"]) for entry in entries}) == 1
                assert store.find("livret", {"turn": turn}).total in (0, 10)
                history = store.history("livret", "3")
                assert [line.last for line in history] == list(range(len(history), 0, -1))

    together(read_or_write, 8)


def test_readers_do_not_wait_for_an_open_transaction(store: Store) -> None:
    with store.transaction("anne", AT) as work, ThreadPoolExecutor(1) as pool:
        work.put("livret", "a", {}, {"x": 1}, expected_revision=0)
        assert pool.submit(store.get, "livret", "a").result(timeout=10) is None
        assert pool.submit(store.find, "livret", {"x": 1}).result(timeout=10).total == 0
        assert pool.submit(store.history, "livret", "a").result(timeout=10) == ()


def test_readers_do_not_wait_for_a_save() -> None:
    class Slow(Memory):
        def save(self, changes: Changes) -> None:
            with ThreadPoolExecutor(1) as pool:
                seen.append(pool.submit(store.find, "livret", {}).result(timeout=10).total)

    seen: list[int] = []
    store = DocumentStore(Slow())
    for id in "ab":
        with store.transaction("anne", AT) as work:
            work.put("livret", id, {}, {}, expected_revision=0)
    assert seen == [0, 1]


def test_closing_waits_for_the_writer(store: Store) -> None:
    closing = threading.Thread(target=store.close)
    with store.transaction("anne", AT) as work:
        closing.start()
        work.put("livret", "a", {}, {}, expected_revision=0)
    closing.join(timeout=10)
    with pytest.raises(StorageError, match="closed"):
        store.get("livret", "a")
