"""`make faults`: every fault, one line each, a summary last; status 1 when anything was lost.

python -m tests.faults            everything, within minutes
python -m tests.faults --short    a little of each
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.faults import embedded, ext4, postgres
from tests.faults.outcome import Outcome


@dataclass(frozen=True)
class Fault:
    """One fault: what it is, how to try it, how often: in full, and in short."""

    label: str
    attempt: Callable[[Path, int], Outcome]
    times: int
    short: int


EMBEDDED = (
    Fault("SIGKILL at random", embedded.killed_at_random, 1000, 10),
    Fault("SIGKILL at every call of the write path", embedded.killed_at_every_call, 1000, 8),
    Fault("ENOSPC at every call of the write path", embedded.full_at_every_call, 1000, 8),
    Fault("EIO at every call of the write path", embedded.broken_at_every_call, 1000, 8),
    Fault("a full disk, block by block", embedded.full_disk, 40, 2),
    Fault("power cut between every two calls", embedded.power_cut, 4, 0),
    Fault("power cut of a mounted ext4", ext4.power_cut_for_real, 100, 2),
    Fault("every truncation and flipped bits of the tail", embedded.torn_tail, 2000, 5),
    Fault("a clock that jumps by years", embedded.jumping_clock, 1000, 30),
    Fault("two processes on one store", embedded.two_processes, 20, 1),
    Fault("two people on one document", embedded.two_people, 200, 10),
)
POSTGRES = (
    Fault("PostgreSQL killed under 16 writers", postgres.killed_under_writers, 100, 1),
    Fault("a connection cut between COMMIT and its answer", postgres.cut_after_commit, 100, 4),
    Fault("a migration killed at every statement", postgres.migration_killed, 100, 3),
)

HEAD = f"{'fault':52} {'tried':>7} {'acked':>8} {'lost':>5} {'doubled':>8} {'stuck':>6} {'s':>6}"


def run(faults: tuple[Fault, ...], *, short: bool) -> Outcome:
    """Try faults, print a line for each, and give the sum."""
    total = Outcome()
    print(HEAD)
    for fault in faults:
        folder = Path(tempfile.mkdtemp(prefix="faults-"))
        begun = time.monotonic()
        try:
            outcome = fault.attempt(folder, fault.short if short else fault.times)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        print(_line(fault.label, outcome, time.monotonic() - begun), flush=True)
        total.add(outcome)
    return total


def _line(label: str, one: Outcome, seconds: float) -> str:
    if one.skipped:
        return f"{label:52} {one.skipped}"
    counts = f"{one.tried:>7} {one.acknowledged:>8} {one.lost:>5} {one.doubled:>8} {one.stuck:>6}"
    return f"{label:52} {counts} {seconds:>6.1f}"


def main(arguments: list[str]) -> int:
    """Try everything; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a little of each fault")
    logging.getLogger("canevas.storage").setLevel(logging.ERROR)  # that a tail was cut is what is tried
    total = run(EMBEDDED + POSTGRES, short=parser.parse_args(arguments).short)
    verdict = "nothing was lost" if total.good else "SOMETHING WAS LOST"
    print(
        f"{total.tried} faults, {total.acknowledged} writes acknowledged, {total.lost} lost, "
        f"{total.doubled} doubled, {total.stuck} stores that need a hand: {verdict}."
    )
    return 0 if total.good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
