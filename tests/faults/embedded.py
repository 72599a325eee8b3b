"""Faults of the embedded store, tried for real. Each fault is a function of a folder and of how often."""

from __future__ import annotations

import errno
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from storage.base import StaleRevision, StorageError, Store
from storage.tiny import TinyStore, folder
from tests.faults.calls import Do, Watch, watched
from tests.faults.outcome import KIND, Outcome, Write, clock, judge, perform, script
from tests.faults.power import Recorder

SEED = 20261123
LENGTH = 24  # writes of a short script
INJECTED = 0  # told in the place of a write, when a fault is about to come

Acknowledge = Callable[[int], object]


def work(path: Path, writes: list[Write], acknowledge: Acknowledge) -> None:
    """Do a script on a base, with a rewrite and a purge among the writes; acknowledge each write."""
    store = TinyStore(path)
    for write in writes:
        perform(store, write, clock(write.number))
        acknowledge(write.number)
        if write.number == LENGTH // 2:
            store._rewrite(wipe=False)
        if write.number == LENGTH * 3 // 4:
            store.purge([(KIND, "nobody")], "purger", clock(1))
    store.close()


@contextmanager
def small_files() -> Iterator[None]:
    """Have notes and rewrites come often."""
    room, apart = folder.ROOM, folder.APART
    folder.ROOM, folder.APART = 20_000, 2_000
    try:
        yield
    finally:
        folder.ROOM, folder.APART = room, apart


def in_child(run: Callable[[Acknowledge], object], kill_after: float = 0) -> set[int]:
    """Run work in a process of its own, killed after some seconds; give what it told through a pipe."""

    def kill(child: int) -> None:
        if kill_after:
            time.sleep(kill_after)
            os.kill(child, signal.SIGKILL)

    return in_child_until(run, kill)


def in_child_until(run: Callable[[Acknowledge], object], end: Callable[[int], object]) -> set[int]:
    """Run work in a process of its own until `end`, given its number, has ended it, or it has."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with small_files():
            _run_and_end(run, writing)
    os.close(writing)
    end(child)
    with os.fdopen(reading, "rb") as told:
        acknowledged = {int(line) for line in told.read().split()}
    os.waitpid(child, 0)
    return acknowledged


def _run_and_end(run: Callable[[Acknowledge], object], writing: int) -> NoReturn:
    try:
        run(lambda number: os.write(writing, b"%d\n" % number))
    except StorageError:
        pass  # a refusal, as it should be
    finally:
        os._exit(0)


def judged(path: Path, writes: list[Write], acknowledged: set[int]) -> Outcome:
    """Judge what is left of a base, and remove it."""
    outcome = judge(lambda: TinyStore(path), writes, acknowledged)
    shutil.rmtree(path, ignore_errors=True)
    return outcome


# --- kills


def killed_at_random(base: Path, times: int) -> Outcome:
    """SIGKILL at a random moment of a work without end."""
    chance, total, writes = random.Random(SEED), Outcome(), script(3_000)
    for turn in range(times):
        path = base / f"kill-{turn}"
        acknowledged = in_child(partial(work, path, writes), chance.uniform(0.001, 0.05))
        total.add(judged(path, writes[: len(acknowledged) + 2], acknowledged))
    return total


def killed_at_every_call(base: Path, times: int) -> Outcome:
    """SIGKILL before, in the middle of, and after each call of the write path in turn."""
    total = Outcome()
    for how in (_kill_before, _kill_amid, _kill_after):
        total.add(_at_every_call(base, how, times))
    return total


def _kill_before(name: str, do: Do, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_amid(name: str, do: Do, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
    if name == "pwrite":
        descriptor, data, offset = given
        do(descriptor, bytes(data)[: len(data) // 2], offset)
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_after(name: str, do: Do, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
    do(*given, **named)
    os.kill(os.getpid(), signal.SIGKILL)


# --- calls that fail


def full_at_every_call(base: Path, times: int) -> Outcome:
    """ENOSPC at each call of the write path in turn."""
    return _at_every_call(base, partial(_fail, errno.ENOSPC), times)


def broken_at_every_call(base: Path, times: int) -> Outcome:
    """EIO at each call of the write path in turn."""
    return _at_every_call(base, partial(_fail, errno.EIO), times)


def _fail(code: int, name: str, do: Do, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
    raise OSError(code, os.strerror(code))


def _do(name: str, do: Do, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
    return do(*given, **named)


def _at_every_call(base: Path, fault: Watch, most: int) -> Outcome:
    """Do a script again and again, with a fault one call later each time, until none is left."""
    total, writes = Outcome(), script(LENGTH)
    for at in range(1, most + 1):
        path = base / "every"
        told = in_child(partial(_with_fault, path, writes, fault, at))
        outcome = judged(path, writes, told - {INJECTED})
        if INJECTED not in told:
            break
        total.add(outcome)
    return total


def _with_fault(path: Path, writes: list[Write], fault: Watch, at: int, acknowledge: Acknowledge) -> None:
    calls = 0

    def watch(name: str, do: Do, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        nonlocal calls
        calls += 1
        if calls == at:
            acknowledge(INJECTED)
        return (fault if calls == at else _do)(name, do, given, named)

    with watched(watch):
        work(path, writes, acknowledge)


def full_disk(base: Path, times: int) -> Outcome:
    """A real file system of a few blocks, filled up to each of them."""
    total, writes = Outcome(), script(200)
    for blocks in range(4, 4 + times):
        mounted = base / "tmpfs"
        mounted.mkdir(exist_ok=True)
        size = f"size={4 * blocks}k"
        command = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(mounted)]
        if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
            return _full_by_limit(base, times)
        try:
            acknowledged = in_child(partial(_until_full, mounted / "base", writes))
            subprocess.run(["mount", "-o", "remount,size=8m", str(mounted)], check=True, capture_output=True)
            total.add(judged(mounted / "base", writes, acknowledged))
        finally:
            subprocess.run(["umount", str(mounted)], check=False, capture_output=True)
    return total


def _full_by_limit(base: Path, times: int) -> Outcome:
    """Without the right to mount: the kernel refuses to let files grow past each size."""
    total, writes = Outcome(), script(200)
    for blocks in range(4, 4 + times):

        def limited(acknowledge: Acknowledge, size: int = 4096 * blocks) -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
            _until_full(base / "full", writes, acknowledge)

        total.add(judged(base / "full", writes, in_child(limited)))
    return total


def _until_full(path: Path, writes: list[Write], acknowledge: Acknowledge) -> None:
    store = TinyStore(path)
    for write in writes:
        perform(store, write, clock(write.number))
        acknowledge(write.number)


# --- power cuts


def power_cut(base: Path, times: int) -> Outcome:
    """At each moment between two calls: what a disk that keeps only what was synced could hold."""
    chance, total, writes = random.Random(SEED), Outcome(), script(LENGTH)
    path, left = base / "written", base / "left"
    path.mkdir(parents=True)
    recorder = Recorder(path)
    with small_files(), watched(recorder):
        work(path, writes, recorder.acknowledged.add)
    for moment in recorder.moments:
        for files in moment.leavings(chance, times):
            left.mkdir()
            for name, content in files.items():
                (left / name).write_bytes(content)
            total.add(judged(left, writes, moment.acknowledged))
    shutil.rmtree(path)
    return total


# --- damage at the end


def torn_tail(base: Path, times: int) -> Outcome:
    """Every truncation of the last write, and bits of it flipped: all but that write is there, and told."""
    writes, path = script(LENGTH), base / "torn"
    sizes: list[int] = []

    def note(number: int) -> None:
        sizes.append(len((path / "journal-1").read_bytes().rstrip(b"\0")))

    store = TinyStore(path)
    for write in writes:
        note(write.number)
        perform(store, write, clock(write.number))
    store.close()
    head, content = (path / "head.json").read_bytes(), (path / "journal-1").read_bytes()
    shutil.rmtree(path)
    total = Outcome()
    kept = {write.number for write in writes[:-1]}
    for tail in _torn(content, sizes[-1], times):
        path.mkdir()
        (path / "head.json").write_bytes(head)
        (path / "journal-1").write_bytes(tail)
        total.add(judged(path, writes, kept))
    return total


def _torn(content: bytes, start: int, times: int) -> Iterator[bytes]:
    chance = random.Random(SEED)
    ends = range(start, len(content))
    for end in ends if times > len(ends) else chance.sample(ends, times):
        yield content[:end]
    for _ in range(times):
        flipped = bytearray(content)
        flipped[chance.randrange(start, len(content))] ^= 1 << chance.randrange(8)
        yield bytes(flipped)


# --- clocks


def jumping_clock(base: Path, times: int) -> Outcome:
    """A clock that jumps back and forth by years: histories and the log keep the order of the writes."""
    path = base / "clock"
    store = TinyStore(path)
    for number in range(times):
        with store.transaction("writer", clock(number)) as tx:
            tx.put(KIND, "a", {"n": number}, {}, expected_revision=number)
    store.close()
    store = TinyStore(path)
    lines = [(line.last, line.at) for line in store.history(KIND, "a")]
    logged = [(one.revision, one.at) for one in store.audit()]
    store.close()
    right = [(number + 1, clock(number)) for number in range(times)]
    return Outcome(times, times, lost=(lines != right[::-1]) + (logged != right))


# --- two at once


def two_processes(base: Path, times: int) -> Outcome:
    """A second process is refused, says who owns the base, and takes over when the first is killed."""
    total, writes = Outcome(), script(LENGTH)
    code = "import sys\nfrom storage.tiny import TinyStore\nTinyStore(sys.argv[1])"
    for turn in range(times):
        path = base / f"two-{turn}"
        store = TinyStore(path)
        perform(store, writes[0], clock(1))
        other = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
        )
        total.lost += f"in use by process {os.getpid()}" not in other.stderr
        perform(store, writes[1], clock(2))
        store.close()
        acknowledged = in_child(partial(_go_on, path, writes[2:]), 0.02)
        total.add(judged(path, writes, acknowledged | {1, 2}))
    return total


def _go_on(path: Path, writes: list[Write], acknowledge: Acknowledge) -> None:
    store = TinyStore(path)
    for write in writes:
        perform(store, write, clock(write.number))
        acknowledge(write.number)


def two_people(base: Path, times: int) -> Outcome:
    """People who change one document at once: each change is there once, or its author was told."""
    path = base / "people"
    store = TinyStore(path)
    with store.transaction("first", clock(1)) as tx:
        tx.put(KIND, "shared", {"marks": []}, {}, expected_revision=0)
    with ThreadPoolExecutor(8) as pool:
        done = [mark for marks in pool.map(partial(_marks, store, times), range(8)) for mark in marks]
    store.close()
    store = TinyStore(path)
    stored = store.get(KIND, "shared")
    found = stored.body["marks"] if stored else []
    store.close()
    shutil.rmtree(path)
    lost = len(set(done) - set(found))
    return Outcome(8 * times, len(done), lost=lost, doubled=len(found) - len(set(found)))


def _marks(store: Store, times: int, who: int) -> list[str]:
    done = []
    for turn in range(times):
        seen = store.get(KIND, "shared")
        if seen is None:
            return done
        mark = f"{who}.{turn}"
        try:
            with store.transaction(f"p{who}", clock(turn)) as tx:
                body = {"marks": [*seen.body["marks"], mark]}
                tx.put(KIND, "shared", body, {}, expected_revision=seen.revision)
        except StaleRevision:
            continue  # told, with the other version: nothing was overwritten
        done.append(mark)
    return done
