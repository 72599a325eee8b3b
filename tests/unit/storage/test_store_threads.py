"""Threads that share a store: no update is lost, and nobody sees half a transaction."""

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage.base import StaleRevision, StorageError, Store, StoreFull
from storage.documents import DocumentStore
from storage.items import RECORD, Item
from storage.memory import Memory
from storage.records import Place

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


class Gate(Memory):
    """A memory whose saves wait to be let through; it fails when told so."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting, self.through = threading.Semaphore(0), threading.Semaphore(0)
        self.sizes: list[int] = []
        self.fault: StorageError | None = None

    def append(self, items: Sequence[Item]) -> Sequence[Place]:
        self.waiting.release()
        assert self.through.acquire(timeout=10)
        if self.fault is not None:
            raise self.fault
        self.sizes.append(sum(item.mark == RECORD for item in items))
        return super().append(items)


def putting(store: Store, *ids: str) -> None:
    for id in ids:
        with store.transaction("anne", AT) as work:
            work.put("livret", id, {}, {}, expected_revision=0)


def test_what_is_decided_during_a_save_shares_the_next() -> None:
    gate = Gate()
    store = DocumentStore(gate)
    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(putting, store, "a")
        assert gate.waiting.acquire(timeout=10)
        others = [pool.submit(putting, store, id) for id in "bcd"]
        while len(store._queue) < 3:
            pass
        for _ in range(2):
            gate.through.release()
        for done in (first, *others):
            done.result(timeout=10)
    assert gate.sizes == [1, 3]
    assert store.find("livret", {}).total == 4


def test_readers_see_only_what_is_durable() -> None:
    gate = Gate()
    store = DocumentStore(gate)
    with ThreadPoolExecutor(2) as pool:
        writer = pool.submit(putting, store, "a")
        assert gate.waiting.acquire(timeout=10)
        reader = pool.submit(store.get, "livret", "a")
        assert not reader.done()
        gate.fault = StoreFull("full")
        gate.through.release()
        assert reader.result(timeout=10) is None
        with pytest.raises(StoreFull):
            writer.result(timeout=10)
    gate.fault = None
    gate.through.release()
    putting(store, "a")
    assert store.find("livret", {}).total == 1


def test_what_followed_a_save_that_failed_fails_too() -> None:
    gate = Gate()
    store = DocumentStore(gate)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(putting, store, "a")
        assert gate.waiting.acquire(timeout=10)
        with (
            pytest.raises(StorageError, match="has failed: nothing was kept"),
            store.transaction("anne", AT) as work,
        ):
            there = work.get("livret", "a")
            assert there is not None
            gate.fault = StoreFull("full")
            gate.through.release()
            with pytest.raises(StoreFull):
                first.result(timeout=10)
            work.put("livret", "b", {}, {}, expected_revision=0)
    assert store.find("livret", {}).total == 0
    assert list(store.audit()) == []


def test_closing_waits_for_the_writer(store: Store) -> None:
    closing = threading.Thread(target=store.close)
    with store.transaction("anne", AT) as work:
        closing.start()
        work.put("livret", "a", {}, {}, expected_revision=0)
    closing.join(timeout=10)
    with pytest.raises(StorageError, match="closed"):
        store.get("livret", "a")
