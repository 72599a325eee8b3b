"""Faults of the PostgreSQL store, tried on a server of our own. Each is a function of a folder and of how
often.

Every write carries a key of its request: a document of kind "once" that is put in the same transaction. A
write whose answer is lost is sent again under the same key, as a browser does, and must count once.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from storage.audit import canonical, digest, first_broken
from storage.base import Busy, OutcomeUnknown, StorageError, Store, StoreBroken
from storage.postgres import open_postgres
from tests.faults.outcome import Outcome
from tests.unit.postgres_server import Server

SEED = 20261123
WRITERS = 16
COUNTERS = 4  # documents that the writers share
AT = "2026-03-02T08:00:00Z"
PATIENCE = 20.0  # seconds after which a writer that gets nowhere is stuck


def killed_under_writers(folder: Path, times: int) -> Outcome:
    """Kill the server under 16 writers, that many times: as a crash does, or at once."""
    chance = random.Random(SEED)
    with server(folder) as running, writers(running.fresh, WRITERS) as crowd:
        for turn in range(times):
            crowd.advance(chance.randrange(1, 40))
            running.kill() if turn % 2 else running.stop()
            running.start()
            crowd.advance(WRITERS)  # all of them find it again, or are stuck
        crowd.stop()
        return judge(crowd, times)


def cut_after_commit(folder: Path, times: int) -> Outcome:
    """Cut connections between a COMMIT and its answer, that many times."""
    return cut_answers(folder, times, write_once)


def cut_answers(folder: Path, times: int, write: Write) -> Outcome:
    """Cut connections between a COMMIT and its answer, under writers that write so."""
    with server(folder) as running, Proxy(running.folder / ".s.PGSQL.5432") as proxy:

        def through() -> str:
            return running.fresh().replace(str(running.folder), f"127.0.0.1&port={proxy.port}")

        with writers(through, 4, write) as crowd:
            while proxy.cuts < times:
                proxy.armed = True
                crowd.advance(3)
            crowd.stop()
            return judge(crowd, proxy.cuts)


def migration_killed(folder: Path, times: int) -> Outcome:
    """Kill what migrates before each of its statements, or the first so many, and open the base again."""
    outcome = Outcome()
    with server(folder) as running:
        for statement in range(times):
            place = running.fresh()
            outcome.tried += 1
            finished = dies_at(place, statement)
            try:
                with closing(open_postgres(rest(place))) as store:
                    put(store, "after")
                    outcome.lost += store.get("document", "after") is None
            except StorageError as error:
                print(f"    stuck: {type(error).__name__}: {error}")
                outcome.stuck += 1
            if finished:
                break
    return outcome


def dies_at(place: str, statement: int) -> bool:
    """Open a base in a process that is killed before a statement; tell whether it finished before."""
    child = os.fork()
    if child == 0:
        left = iter(range(statement))
        execute = psycopg.Connection.execute

        def dying(*arguments: Any, **options: Any) -> Any:
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(*arguments, **options)

        psycopg.Connection.execute = dying  # type: ignore[method-assign]
        with suppress(BaseException):
            open_postgres(rest(place))
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


# --- writers

Write = Callable[[Store, str, str], None]


@dataclass
class Crowd:
    """Writers at work on one base, each through a store of its own, as a process would."""

    place: str
    acknowledged: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    stuck: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    progress: threading.Condition = field(default_factory=threading.Condition)
    threads: list[threading.Thread] = field(default_factory=list)

    def advance(self, writes: int) -> None:
        """Wait until so many more writes are acknowledged."""
        with self.progress:
            aim = len(self.acknowledged) + writes
            if not self.progress.wait_for(lambda: len(self.acknowledged) >= aim, PATIENCE):
                self.stuck += 1

    def stop(self) -> None:
        """Let each writer finish what it is at."""
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def work(self, writer: int, write: Write) -> None:
        """Write until told to stop; send each write again until its outcome is known."""
        with closing(open_postgres(rest(self.place))) as store:
            number = 0
            while not self.ended.is_set():
                number += 1
                key = f"{writer}.{number}"
                with self.progress:
                    self.asked.add(key)
                self._send(store, write, key, f"counter-{writer % COUNTERS}")
                with self.progress:
                    self.acknowledged.add(key)
                    self.progress.notify_all()

    def _send(self, store: Store, write: Write, key: str, counter: str) -> None:
        while True:
            try:
                return write(store, key, counter)
            except (Busy, StoreBroken, OutcomeUnknown):
                pass  # each says that it may be sent again, under its key


@contextmanager
def writers(fresh: Callable[[], str], count: int, write: Write | None = None) -> Iterator[Crowd]:
    """Give writers at work on a fresh base."""
    crowd = Crowd(fresh())
    with closing(open_postgres(rest(crowd.place))) as store, store.transaction("setup", AT) as work:
        for number in range(COUNTERS):
            work.put("counter", f"counter-{number}", {"n": 0}, {}, expected_revision=0)
    crowd.threads = [
        threading.Thread(target=crowd.work, args=(writer, write or write_once)) for writer in range(count)
    ]
    for thread in crowd.threads:
        thread.start()
    try:
        yield crowd
    finally:
        crowd.stop()


def write_once(store: Store, key: str, counter: str) -> None:
    """Write a document and count it, unless a transaction with this key has done it."""
    with store.transaction("writer", AT) as work:
        if work.get("once", key) is None:
            work.put("once", key, {"done": True}, {}, expected_revision=0)
            _write(work, key, counter)


def write_blindly(store: Store, key: str, counter: str) -> None:
    """Write without a key, as nobody should: what was done may be done again."""
    with store.transaction("writer", AT) as work:
        known = work.get("once", key)
        work.put("once", key, {"done": True}, {}, expected_revision=known.revision if known else 0)
        _write(work, key, counter)


def _write(work: Any, key: str, counter: str) -> None:
    seen = work.get("counter", counter)
    work.put("counter", counter, {"n": seen.body["n"] + 1}, {}, expected_revision=seen.revision)
    known = work.get("document", key)
    body = {"key": key, "text": f"écrit {key} " * 40, "n": 1e22}
    work.put("document", key, body, {"counter": counter}, expected_revision=known.revision if known else 0)


def put(store: Store, id: str) -> None:
    """Put one document."""
    with store.transaction("after", AT) as work:
        work.put("document", id, {"ok": True}, {}, expected_revision=0)


# --- what became of it


def judge(crowd: Crowd, tried: int) -> Outcome:
    """Open the base as anybody would and count what is wrong with it."""
    outcome = Outcome(tried=tried, acknowledged=len(crowd.acknowledged), stuck=crowd.stuck)
    try:
        with closing(open_postgres(rest(crowd.place))) as store:
            _count(store, crowd, outcome)
            _check_log(store, outcome)
            put(store, "after")
    except (StorageError, AssertionError) as error:
        print(f"    stuck: {type(error).__name__}: {error}")
        outcome.stuck += 1
    return outcome


def _count(store: Store, crowd: Crowd, outcome: Outcome) -> None:
    once = {entry.id for entry in store.find("once", {}).entries}
    documents = {entry.id for entry in store.find("document", {}).entries}
    outcome.lost += len(crowd.acknowledged - (once & documents)) + len(once ^ documents)
    outcome.doubled += len(once - crowd.asked)
    for number in range(COUNTERS):
        counter = store.get("counter", f"counter-{number}")
        counted = int(counter.body["n"]) if counter else 0
        written = sum(int(key.split(".")[0]) % COUNTERS == number for key in once)
        outcome.lost += max(0, written - counted)
        outcome.doubled += max(0, counted - written)


def _check_log(store: Store, outcome: Outcome) -> None:
    logged = list(store.audit())
    if (number := first_broken(logged)) is not None:
        raise AssertionError(f"audit record {number} is broken")
    puts = [(one.kind, one.id, one.revision) for one in logged if one.action == "put"]
    outcome.doubled += len(puts) - len(set(puts))
    told = {(one.kind, one.id, one.revision): one.digest for one in logged}
    for line in store.dump():
        if line["line"] == "revision":
            right = digest(line["salt"], canonical(line["body"]))
            if told.get((line["kind"], line["id"], line["revision"])) != right:
                raise AssertionError(f"{line['id']}@{line['revision']} isn't what was logged")


# --- the server and what stands before it


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """Give a server that keeps what it promises."""
    running = Server({"max_connections": "200"})
    try:
        running.start()
        yield running
    finally:
        running.remove()
        shutil.rmtree(folder, ignore_errors=True)


def rest(place: str) -> str:
    """Return an address as the store's opener takes it."""
    return place.removeprefix("postgresql:")


class Proxy:
    """A door before a server's socket that, when armed, cuts instead of passing on a commit's answer."""

    def __init__(self, target: Path) -> None:
        self.armed = False
        self.cuts = 0
        self._target = str(target)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._welcome, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._door.close()

    def _welcome(self) -> None:
        with suppress(OSError):
            while True:
                client = self._door.accept()[0]
                behind = socket.socket(socket.AF_UNIX)
                behind.connect(self._target)
                for pair, cutting in (((client, behind), False), ((behind, client), True)):
                    threading.Thread(target=self._carry, args=(*pair, cutting), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, cutting: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if cutting and self.armed and b"COMMIT\0" in data:
                    self.armed = False
                    self.cuts += 1
                    break
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
