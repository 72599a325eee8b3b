"""How long an import takes: `python benchmarks/importing.py [rows]` (50 000 by default).

A look-alike of an export of one school is read, planned and written into the embedded store by
`canevas import`, over the demonstration; then once more, where nothing is left to do.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from argon2 import PasswordHasher

from cli.importing import run_import
from cli.moving import deps_on
from storage.registry import open_store
from tests.unit.web.import_files import child, onde
from web import accounts, demo
from web.app import DEMO, HERE
from web.catalogue import load

SCHOOL = "0991002B"
CLASS = 27  # pupils


def main(count: int) -> None:
    """Write the file, import it twice, print the figures."""
    rows = (child(n, nom=_name(n), prenom=_name(n * 7), classe=f"CM2 {n // CLASS}") for n in range(count))
    with tempfile.TemporaryDirectory() as folder:
        file, base = Path(folder, "export.csv"), f"tiny:{Path(folder, 'base.json')}"
        file.write_bytes(onde(rows))
        store = open_store(base)
        passwords = accounts.passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        demo.seed(deps_on(store, load(HERE / "definitions", HERE / "referentiels")), passwords, DEMO)
        store.close()
        for turn in ("first", "again"):
            start, worked = time.perf_counter(), time.process_time()
            status = run_import("onde", file, SCHOOL, True, base, sys.stdout, HERE)
            taken, worked = time.perf_counter() - start, time.process_time() - worked
            print(f"{turn}: {count} rows, {taken:.1f} s; {worked:.1f} s of processor, status {status}")


def _name(n: int) -> str:
    """A name that few share."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return "".join(letters[(n * 31 + place * 17 + n // 26**place) % 26] for place in range(6)).capitalize()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
