"""How long a dress rehearsal takes: `python benchmarks/rehearsal.py [documents]` (10 000 by default).

Copies of the demonstration's documents, in the embedded store, are replayed on the working copy; prints
the outcomes, the time, and the memory that the rehearsal added to what the store holds.
"""

from __future__ import annotations

import copy
import resource
import secrets
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from argon2 import PasswordHasher

from cli.moving import deps_on, found_candidate, summary
from storage.base import Store
from storage.registry import open_store
from web import accounts, demo
from web.app import DEMO, HERE, now
from web.services import rehearse
from web.world import DOCUMENT

FORM = "ppre"


def main(count: int) -> None:
    """Fill a store, rehearse, print the figures."""
    candidate = found_candidate(FORM, None, HERE, {}, sys.stdout)
    assert candidate is not None
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"tiny:{Path(folder) / 'base.json'}")
        deps = deps_on(store, candidate.served)
        demo.seed(deps, accounts.passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)), DEMO)
        fill(store, count)
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start, worked = time.perf_counter(), time.process_time()
        counts = Counter(fate.outcome for fate, _ in rehearse(store, candidate, now()))
        taken, worked = time.perf_counter() - start, time.process_time() - worked
        added = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held) / 1024
        store.close()
    print(f"{FORM} {candidate.form.version} : {summary(counts)}")
    total = sum(counts.values())
    print(
        f"{total} documents, {taken:.1f} s; {worked:.1f} s of processor, {worked / total * 1000:.2f} ms each"
    )
    print(f"peak memory: {added:.0f} MB more than before the rehearsal")


def fill(store: Store, count: int) -> None:
    """Copy the documents that still move, each one as often as needed."""
    entries = [one for one in store.find(DOCUMENT, {"form": FORM}).entries if one.keys["phase"] != "closed"]
    kept = [(one, stored.body) for one in entries if (stored := store.get(DOCUMENT, one.id)) is not None]
    for start in range(0, count, 1000):
        with store.transaction("benchmark", now()) as tx:
            for n in range(start, min(start + 1000, count)):
                entry, body = kept[n % len(kept)]
                tx.put(
                    DOCUMENT,
                    f"b-{secrets.token_hex(8)}",
                    copy.deepcopy(body),
                    entry.keys,
                    expected_revision=0,
                )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
