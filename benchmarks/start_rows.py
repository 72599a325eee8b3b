"""Row 11: how long the command and the site take to be there."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import workload
from benchmarks.measure import Row
from cli import main

BARE = [sys.executable, "-c", "pass"]
HELP = [sys.executable, "-m", "cli.main", "--help"]
LOAD = [
    sys.executable,
    "-c",
    "import sys; sys.path.insert(0, '.'); from benchmarks.start_rows import ready; ready()",
]
FORMS = 50


def rows() -> Iterator[Row]:
    """Measure this row, with modules compiled to bytecode, as any start but a machine's first finds them."""
    with TemporaryDirectory() as compiled, TemporaryDirectory() as folder:
        times: dict[str, list[float]] = {"bare": [], "help": []}
        for _ in range(7):
            times["bare"].append(_seconds(BARE, compiled))
            times["help"].append(_seconds(HELP, compiled))
        bare, shown = (median(found) * 1e6 for found in times.values())
        yield Row("11", "canevas --help", shown, bare, "Python nu", 20)
        forms = [workload.form(name=f"forme_{n}") for n in range(FORMS)]
        workload.write(Path(folder), [*forms, workload.record()], [workload.codes()])
        _seconds([*LOAD, folder], compiled)
        ready = median(_seconds([*LOAD, folder], compiled) for _ in range(5)) * 1e6
        yield Row("11", f"{FORMS} définitions lues, site prêt", ready, 1e6, "une seconde", 2)


def ready() -> None:
    """Load what a folder publishes and make the site, as `canevas serve` does before it listens."""
    gc.set_threshold(main.SELDOM)
    from argon2 import PasswordHasher

    from storage.registry import open_store
    from web import accounts, records, settings, wizard
    from web.app import create_app, now, page, secrets
    from web.catalogue import load

    folder = Path(sys.argv[1])
    catalogue = load(folder / "definitions", folder / "referentiels")
    assert len(catalogue.forms) == FORMS + 1, catalogue.faults
    create_app(
        settings.read({}),
        open_store("memory:"),
        clock=now,
        rng=secrets,
        render=page,
        passwords=accounts.passwords(PasswordHasher()),
        catalogue=catalogue,
        routes=[*wizard.ROUTES, *records.ROUTES],
    )
    gc.freeze()


def _seconds(command: Sequence[str], compiled: str) -> float:
    """Run a command; give its processor time, since the machine may do other things."""
    around = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    around["PYTHONPYCACHEPREFIX"] = compiled
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=around)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return used.ru_utime + used.ru_stime
