"""Time pieces of work side by side, and hold each against its goal."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ROUNDS = 9
SLICE = 0.03  # seconds that one case runs at a stretch

Work = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One line of the table: microseconds of both sides, and the ratio to reach.

    `at_most`: ours / other must not exceed `goal`; otherwise other / ours must reach it.
    """

    n: str
    what: str
    ours: float
    other: float
    name: str
    goal: float
    at_most: bool = True
    note: str = ""

    @property
    def ratio(self) -> float:
        """Ours against the other's, the way that the goal is said."""
        return self.ours / self.other if self.at_most else self.other / self.ours

    @property
    def reached(self) -> bool:
        """Tell whether the goal is reached."""
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal


def interleaved(cases: Mapping[str, Work], rounds: int = ROUNDS) -> dict[str, float]:
    """Time each case in turn, several rounds; give the medians in microseconds of processor time.

    Processor time, since the machine may do other things; one after another, since it may slow down.
    """
    times: dict[str, list[float]] = {name: [] for name in cases}
    counts = {name: _count(work) for name, work in cases.items()}
    gc.collect()
    for _ in range(rounds):
        for name, work in cases.items():
            times[name].append(_timed(work, counts[name]))
    return {name: statistics.median(found) * 1e6 for name, found in times.items()}


def _count(work: Work) -> int:
    work()
    return max(1, int(SLICE / max(_timed(work, 1), 1e-7)))


def _timed(work: Work, count: int) -> float:
    work()  # with what the case before has left in the processor's caches
    began = time.process_time()
    for _ in range(count):
        work()
    return (time.process_time() - began) / count
