"""`canevas scenarios`: play the authors' scenarios with what is published, and with the working copies."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TextIO

from cyclopts import Parameter

from web.catalogue import load, working
from web.trials import World, find, outcome, world

ROOT = Path(__file__).resolve().parent.parent


def scenarios(
    *paths: Path,
    coverage: Annotated[bool, Parameter(negative="")] = False,
    write: Annotated[bool, Parameter(negative="")] = False,
    record: str = "",
    person: str = "",
) -> int:
    """Joue les scénarios : une ligne chacun, ce qui ne va pas pour ceux qui échouent, puis leur nombre.

    Parameters
    ----------
    paths
        Scénarios, ou dossiers où en chercher (toutes les définitions par défaut).
    coverage
        Dit les conditions, les choix, les transitions et les droits qu'aucun n'atteint (code 1 s'il y en a).
    write
        Avec `--coverage` : écrit des exemples pour ce qui manque.
    record
        Identifiant d'un document dont faire un scénario, noms et textes remplacés (site arrêté).
    person
        Avec `--record` : la personne qui a le droit de le lire.
    """
    if record:
        from cli.recording import run_record  # only here: playing opens no store

        return run_record(record, person, sys.stdout)
    if write and not coverage:
        print("« --write » écrit ce que « --coverage » trouve : donnez les deux.")
        return 2
    return covered(paths, sys.stdout, write=write) if coverage else play(paths, sys.stdout)


def covered(paths: Sequence[Path], out: TextIO, *, write: bool = False, root: Path = ROOT) -> int:
    """Print what the scenarios under some paths do not reach; gives the exit status."""
    from cli.coverage import report  # only here: playing needs no solver

    absent = [path for path in paths if not path.exists()]
    files = [] if absent else find(paths or [root / "definitions"])
    if not files:
        missing = ", ".join(str(path) for path in absent)
        print(f"{missing} n'existe pas." if absent else "Aucun scénario ici.", file=out)
        return 2
    folders = (root / "definitions", root / "referentiels")
    return 1 if report(load(*folders), working(*folders), files, out, write=write, root=root) else 0


def play(paths: Sequence[Path], out: TextIO, root: Path = ROOT) -> int:
    """Play the scenarios under some paths (all of them when none is given); gives the exit status."""
    absent = [path for path in paths if not path.exists()]
    files = [] if absent else find(paths or [root / "definitions"])
    if not files:
        missing = ", ".join(str(path) for path in absent)
        print(f"{missing} n'existe pas." if absent else "Aucun scénario ici.", file=out)
        return 2
    folders = (root / "definitions", root / "referentiels")
    catalogue = working(*folders)
    worlds = (world(load(*folders)), world(catalogue))
    failed = sum(not _play(path, worlds, out, root) for path in files)
    print(_summary(len(files), failed), file=out)
    if catalogue.faults:
        print("Des définitions ont des fautes et n'ont pas été jouées : « canevas check » les dit.", file=out)
    return 1 if failed or catalogue.faults else 0


def _play(path: Path, worlds: Sequence[World], out: TextIO, root: Path) -> bool:
    name = str(path.resolve().relative_to(root)) if path.resolve().is_relative_to(root) else str(path)
    found = outcome(path, name, *worlds)
    words = f"  {found.title}" if found.title else ""
    on = f" ({', '.join(found.versions)})" if found.versions else ""
    print(f"{'échec ' if found.wrong else 'réussi'}  {name}{words}{on}", file=out)
    for one in found.wrong:
        print(f"        {one}", file=out)
    return not found.wrong


def _summary(count: int, failed: int) -> str:
    played = f"{count} scénario{'s' if count > 1 else ''}"
    if not failed:
        return f"{played} : tout est comme attendu."
    return f"{played}, dont {failed} en échec."
