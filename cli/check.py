"""`canevas check`: read every definition and list, say every fault."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from engine.faults import Fault
from engine.solver import find
from web.catalogue import Catalogue, load, working
from web.shelf import Shelf

ROOT = Path(__file__).resolve().parent.parent


def check(*paths: Path) -> int:
    """Vérifie les définitions et les listes : copies de travail et fichiers publiés.

    Parameters
    ----------
    paths
        Fichiers ou dossiers dont montrer les fautes (tous par défaut).
    """
    return run(paths, sys.stdout)


def run(paths: Sequence[Path], out: TextIO, root: Path = ROOT) -> int:
    """Print the faults under some paths (everywhere when none is given); gives the exit status."""
    folders = (root / "definitions", root / "referentiels")
    wanted = [path.resolve() for path in paths]
    for path in wanted:
        if not path.exists() or not any(
            path.is_relative_to(one) or one.is_relative_to(path) for one in folders
        ):
            print(f"{path} n'est pas un fichier de {folders[0]} ni de {folders[1]}.", file=out)
            return 2
    shelf = Shelf()
    served, drafts = load(*folders, shelf=shelf), working(*folders, shelf=shelf)
    faults = sorted({*served.faults, *drafts.faults})
    shown = [fault for fault in faults if not wanted or _under(fault, wanted, root)]
    for fault in shown:
        print(fault, file=out)
    print(_summary(shown, served, drafts), file=out)
    _remark([one for one in _findings(drafts) if not wanted or _under(one, wanted, root)], out)
    return 1 if shown else 0


def _findings(drafts: Catalogue) -> list[Fault]:
    """What can never be, in the working copies: no fault, but nothing that an author means."""
    newest = [drafts.forms[form, version] for form, version in drafts.newests.items()]
    return sorted(one for form in newest for one in find(form))


def _remark(findings: Sequence[Fault], out: TextIO) -> None:
    if not findings:
        return
    print(f"\nÀ revoir, sans empêcher de publier ({_count(len(findings), 'remarque')}) :", file=out)
    for one in findings:
        print(one, file=out)


def _under(fault: Fault, wanted: Sequence[Path], root: Path) -> bool:
    return any((root / fault.file).is_relative_to(path) for path in wanted)


def _summary(faults: Sequence[Fault], served: Catalogue, drafts: Catalogue) -> str:
    if faults:
        files = len({fault.file for fault in faults})
        return f"{_count(len(faults), 'faute')} dans {_count(files, 'fichier')}."
    forms = len({form for form, _ in (*served.forms, *drafts.forms)})
    lists = len({*served.lists, *drafts.lists})
    blocks = len(drafts.library.blocks)
    return (
        f"Tout est en ordre : {_count(forms, 'forme')}, {_count(lists, 'liste')}, {_count(blocks, 'bloc')}."
    )


def _count(n: int, word: str) -> str:
    return f"{n} {word}{'s' if n > 1 else ''}"
