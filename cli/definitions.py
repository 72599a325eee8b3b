"""`canevas definitions pull|push`: what is published, between the folder and the store, without loss."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal, TextIO

from cli.moving import opened_store, words_of
from storage.base import StorageError
from web import keeping
from web.app import now
from web.settings import SettingsError

ROOT = Path(__file__).resolve().parent.parent


def definitions(way: Literal["pull", "push"], *, data: Path | None = None) -> int:
    """Porte ce qui est publié du dossier vers la base (push), ou de la base vers le dossier (pull).

    Parameters
    ----------
    way
        push ou pull.
    data
        Dossier des données (celui du site par défaut).
    """
    return run(way, data, sys.stdout)


def run(way: str, data: Path | None, out: TextIO, root: Path = ROOT) -> int:
    """Carry over; gives the exit status. On a conflict nothing is written."""
    folders = (root / "definitions", root / "referentiels")
    try:
        store = opened_store(data)
    except (StorageError, SettingsError) as error:
        print(words_of(error), file=out)
        return 2
    if store is None:
        print("Aucune donnée sur cette machine.", file=out)
        return 2
    found = keeping.push(store, now(), *folders) if way == "push" else keeping.pull(store, *folders)
    store.close()
    for one in found.conflicts:
        print(one, file=out)
    if found.conflicts:
        print("Rien n'a été écrit.", file=out)
        return 1
    for name in found.sent:
        print(f"  {name}", file=out)
    n = len(found.sent)
    print(
        f"{n} fichier{'s' if n > 1 else ''} porté{'s' if n > 1 else ''}." if n else "Rien à porter.", file=out
    )
    return 0
