"""Lists read from a replica, never older than what anyone was told is written.

A replica lags, however little: a right that was just taken away would still be there. So the primary is
asked how far its log reaches (which costs it nothing), and the replica is read once it has come that far;
if it hasn't in a moment, or doesn't answer, the primary is read instead.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from storage.base import Busy, StoreBroken
from storage.postgres.faults import told
from storage.postgres.links import ATTEMPT, Links
from storage.postgres.schema import Connection

T = TypeVar("T")

_REACH = "SELECT pg_current_wal_lsn()::text, system_identifier, current_database() FROM pg_control_system()"
# A replica of something else may have come as far.
_COME = """SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn
        AND system_identifier = %s AND current_database() = %s
    FROM pg_control_system()"""

MOMENTS = (0.002, 0.005, 0.01, 0.02)  # seconds to wait for the replica, one after the other


class Replica:
    """Reads of a replica, or of the primary in its place."""

    def __init__(self, primary: Links, links: Links) -> None:
        self._primary = primary
        self._links = links

    def read(self, run: Callable[[Connection], T]) -> T:
        """Return what `run` reads, as if the primary had been read."""
        reach = self._primary.read(lambda link: link.execute(_REACH).fetchone()) or ()
        try:
            with self._links.link(ATTEMPT) as link, told(self._links.place):
                if _has_come(link, reach):
                    return run(link)
        except (StoreBroken, Busy):
            pass  # whatever the replica has, the primary hasn't
        return self._primary.read(run)

    def close(self) -> None:
        """Close the connections to the replica."""
        self._links.close()


def _has_come(link: Connection, reach: Sequence[Any]) -> bool:
    """Tell whether this is a replica that has replayed the log up to there, or does in a moment."""
    clock = threading.Event()  # nobody sets it: it only waits
    for moment in (0.0, *MOMENTS):
        clock.wait(moment)
        if link.execute(_COME, reach).fetchone() == (True,):
            return True
    return False
