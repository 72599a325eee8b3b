"""How often something may fail before a wait: counters in this process's memory, bounded.

Kept out of the store on purpose: an attacker can't make it grow, and an unknown login costs what a known one
does. A restart forgets the counters; several processes would each have their own.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_KEYS = 20_000


@dataclass(frozen=True)
class Taken:
    """A try was counted: how many are left after it, and when the count starts afresh."""

    left: int
    until: datetime


@dataclass(frozen=True)
class Wait:
    """No try before this time."""

    until: datetime


class Limiter:
    """Counts tries by key; after `tries` without success, the key waits `wait` after the last one."""

    def __init__(self, tries: int, wait: timedelta) -> None:
        self.tries, self.wait = tries, wait
        self._counts: OrderedDict[str, tuple[int, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, now: datetime) -> Taken | Wait:
        """Count a try before it is made: tries made at once can't overtake the count."""
        with self._lock:
            count, last = self._counts.get(key, (0, now))
            last = min(last, now)  # a clock set back makes nobody wait longer
            if now - last >= self.wait:
                count = 0
            if count >= self.tries:
                self._counts[key] = (count, last)
                return Wait(last + self.wait)
            self._counts[key] = (count + 1, now)
            self._counts.move_to_end(key)
            while len(self._counts) > MAX_KEYS:
                self._counts.popitem(last=False)
            return Taken(self.tries - count - 1, now + self.wait)

    def give_back(self, key: str) -> None:
        """Uncount a try that succeeded."""
        with self._lock:
            count, last = self._counts.pop(key, (0, None))
            if last is not None and count > 1:
                self._counts[key] = (count - 1, last)

    def clear(self, key: str) -> None:
        """Forget a key's tries."""
        with self._lock:
            self._counts.pop(key, None)
