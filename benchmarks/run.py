"""`make bench`: every row of the table, both sides in this run; exit status 1 when one is not reached."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping

from benchmarks import engine_rows, post_rows, postgres_rows, report, site_rows, start_rows, store_rows
from benchmarks.measure import Row

GROUPS: Mapping[str, Callable[[], Iterator[Row]]] = {
    "moteur": engine_rows.rows,
    "pages": site_rows.rows,
    "envois": post_rows.rows,
    "bases": store_rows.rows,
    "postgresql": postgres_rows.rows,
    "démarrage": start_rows.rows,
}


def main() -> int:
    """Measure, print, write `docs/performance.md` when everything was measured."""
    wanted = sys.argv[1:] or list(GROUPS)
    found: list[Row] = []
    print(report.head(), flush=True)
    for name in wanted:
        for row in GROUPS[name]():
            found.append(row)
            print(report.line(row), flush=True)
    held = [row for row in found if not row.note]
    missed = sum(not row.reached for row in held)
    print(
        f"\n{len(held) - missed} lignes atteintes sur {len(held)}" + (f", {missed} non." if missed else ".")
    )
    if len(wanted) == len(GROUPS):
        report.write(found)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
