"""`canevas import`: records out of another system's file; says what will change, then does it."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, TextIO

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.keeping import DONE, FAULTY, REFUSED, counted, guarded
from cli.moving import deps_on
from engine.faults import nearest
from storage.registry import open_store
from web import declared, keeping
from web.catalogue import load
from web.importing.applying import OPERATOR, Brought, Preview, bring, bringing_of, preview
from web.importing.reading import RowFault
from web.importing.rows import Bounds, FileRefused, read_rows
from web.services import Deps

ROOT = Path(__file__).resolve().parent.parent
BOUNDS = Bounds(bytes=200_000_000, rows=200_000)
SHOWN = 50
WORDS = {
    "new": "nouvelle",
    "changed": "à mettre à jour",
    "moved": "venue d'un autre lieu",
    "same": "sans changement",
    "unsure": "en doute, laissée de côté : importez ce fichier depuis le site pour répondre",
    "refused": "refusée",
}
Flag = Annotated[bool, Parameter(negative="")]


def import_(name: str, file: Path, *, place: str = "", yes: Flag = False, store: str | None = None) -> int:
    """Importe des fiches. Sans --yes, dit seulement ce qui changerait. Arrêtez le site d'abord.

    Parameters
    ----------
    name
        Sorte de fichier : un nom de definitions/imports.
    file
        Fichier exporté, tel quel.
    place
        Lieu des lignes qui ne disent pas le leur, par exemple son UAI.
    yes
        Écrit ce qui est annoncé.
    store
        Base à remplir (celle du site par défaut).
    """
    return guarded(lambda base, out: run_import(name, file, place, yes, base, out), store)


def run_import(
    name: str, file: Path, place: str, yes: bool, base: str, out: TextIO, root: Path = ROOT
) -> int:
    """Preview an import, and do it with `yes`; gives the exit status: 1 when rows are refused."""
    with closing(open_store(base)) as store:
        catalogue = load(root / "definitions", root / "referentiels", keeping.kept(store))
        store.declare(declared.indexes(catalogue), declared.PASSING)
        mapping = catalogue.imports.get(name)
        if mapping is None:
            print(f"Aucun import ne s'appelle « {name} ».{nearest(name, catalogue.imports)}", file=out)
            return REFUSED
        deps = deps_on(store, catalogue)
        bringing = bringing_of(deps, OPERATOR, mapping)
        default = bringing.places.get(place.upper(), "")
        if place and not default:
            print(f"Aucun lieu n'a « {place} ».{nearest(place, bringing.places)}", file=out)
            return REFUSED
        try:
            shown = preview(deps, bringing, read_rows(_bytes(file), mapping, BOUNDS), default)
        except FileRefused as refused:
            print(f"{file} : {refused}", file=out)
            return REFUSED
        _tell(shown, out)
        if yes:
            # Nothing of what is read and planned is garbage: walking all of it again and again is in vain.
            gc.freeze()
            _done(_bring(deps, shown), out)
        return FAULTY if any(not one.warning for one in shown.faults) else DONE


def _bytes(file: Path) -> bytes:
    """Read a file, unless it is far too large to be looked at."""
    try:
        if file.stat().st_size > BOUNDS.bytes:
            raise FileRefused(
                f"le fichier dépasse {BOUNDS.bytes // 1_000_000} Mo : rien n'a été lu. Coupez-le par lieu."
            )
        return file.read_bytes()
    except OSError as error:
        raise FileRefused(f"le fichier ne s'ouvre pas ({os.strerror(error.errno or 0)}).") from None


def _tell(shown: Preview, out: TextIO) -> None:
    for kind, words in WORDS.items():
        print(f"{shown.counts[kind]:>7}  fiche(s) {words}", file=out)
    print(
        f"{len(shown.leavers):>7}  fiche(s) qui ne sont plus dans le fichier, laissées telles quelles",
        file=out,
    )
    _faults(shown.faults, out)


def _faults(faults: Sequence[RowFault], out: TextIO) -> None:
    for fault in faults[:SHOWN]:
        print(f"{fault}{' (la ligne est importée sans)' if fault.warning else ''}", file=out)
    if len(faults) > SHOWN:
        print(f"Et {counted(len(faults) - SHOWN, 'autre remarque')}.", file=out)


def _bring(deps: Deps, shown: Preview) -> Brought:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("Import", total=None)
        return bring(deps, shown, lambda done, total: progress.update(task, completed=done, total=total))


def _done(done: Brought, out: TextIO) -> None:
    written = sum(done.counts[kind] for kind in ("new", "changed", "moved"))
    print(f"Écrit : {counted(written, 'fiche')}. Le même fichier peut être importé de nouveau.", file=out)
    _faults(done.faults, out)
