"""`canevas store`: what a base holds, written out, checked, brought back, carried over, erased.

What only reads takes no lock: the site goes on. What writes owns the base, or says who does.
"""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Annotated, TextIO

from cyclopts import Parameter

from cli.bars import Bars, bars
from cli.keeping import DONE, FAULTY, REFUSED, Told, counted, guarded, report, survey
from storage import moving
from storage.base import Body
from storage.moving_check import Broken
from storage.registry import open_reader, open_store
from web import erasing
from web.app import now
from web.store_words import shown

OUTPUT = Path("-")
Flag = Annotated[bool, Parameter(negative="")]


def export(file: Path = OUTPUT, *, store: str | None = None) -> int:
    """Écrit tout ce que la base contient, une ligne JSON par révision. Le site peut tourner.

    Parameters
    ----------
    file
        Fichier à créer, compressé si son nom finit par .gz ; la sortie si rien n'est donné.
    store
        Base à lire (celle du site par défaut).
    """
    return guarded(lambda place, out: run_export(file, place, out), store)


def backup(folder: Path, *, store: str | None = None) -> int:
    """Sauvegarde la base dans un fichier daté, puis relit et vérifie ce fichier. Le site peut tourner.

    Parameters
    ----------
    folder
        Dossier des sauvegardes.
    store
        Base à sauvegarder (celle du site par défaut).
    """
    return guarded(lambda place, out: run_backup(folder, place, now(), out), store)


def verify(file: Path | None = None, *, store: str | None = None) -> int:
    """Vérifie une copie, ou la base : lignes, révisions, registre, contenus. Le site peut tourner.

    Parameters
    ----------
    file
        Copie à vérifier ; la base si rien n'est donné.
    store
        Base à vérifier (celle du site par défaut).
    """
    return guarded(lambda place, out: run_verify(file, place, out), store)


def import_(file: Path, *, store: str | None = None) -> int:
    """Charge une copie dans une base vide : tout, ou rien. Arrêtez le site d'abord.

    Parameters
    ----------
    file
        Copie à charger.
    store
        Base vide (celle du site par défaut).
    """
    return guarded(lambda place, out: run_load(file, place, out), store)


def restore(file: Path, *, store: str | None = None, dry_run: Flag = False) -> int:
    """Restaure une sauvegarde dans une base vide : tout, ou rien. Arrêtez le site d'abord.

    Parameters
    ----------
    file
        Sauvegarde à restaurer.
    store
        Base vide (celle du site par défaut).
    dry_run
        Répète seulement : restaure en mémoire, compare, n'écrit rien.
    """
    if dry_run:
        return guarded(lambda _place, out: run_drill(file, out), store)
    return guarded(lambda place, out: run_load(file, place, out), store)


def copy(source: str, target: str) -> int:
    """Copie une base dans une autre, vide, puis vérifie la copie.

    Parameters
    ----------
    source
        Base à lire, par exemple tiny:data/base. Le site peut tourner.
    target
        Base vide à remplir, par exemple postgresql://canevas@serveur/canevas.
    """
    return guarded(lambda place, out: run_copy(source, place, out), target)


def purge(*ids: str, store: str | None = None, yes: Flag = False) -> int:
    """Efface des documents, leurs révisions et tout ce qui porte sur eux, jusque dans les fichiers.

    Parameters
    ----------
    ids
        Identifiants des documents : la fin de leur adresse.
    store
        Base où effacer (celle du site par défaut). Arrêtez le site d'abord, sauf avec PostgreSQL.
    yes
        N'attend pas de confirmation.
    """
    return guarded(lambda place, out: run_purge(ids, place, yes, out), store)


# --- reading ------------------------------------------------------------------------------------


def run_export(file: Path, place: str, out: TextIO) -> int:
    """Write a store's lines to a new file, or to the output."""
    if file == OUTPUT:
        with open_reader(place) as lines:
            moving.spell(out.buffer, lines)
        return DONE
    if file.exists():
        print(f"{file} existe déjà : rien n'a été écrit. Donnez un autre nom.", file=sys.stderr)
        return REFUSED
    told = _written(file, place)
    print(f"{file} : {told.counts()}.", file=out)
    return DONE


def run_backup(folder: Path, place: str, at: datetime, out: TextIO) -> int:
    """Write a store's lines to a dated file, and check what was written."""
    file = folder / f"canevas-{at:%Y-%m-%d-%Hh%M}.jsonl{moving.GZIP}"
    if file.exists():
        print(f"{file} existe déjà : rien n'a été écrit. Attendez une minute.", file=sys.stderr)
        return REFUSED
    if not folder.is_dir():
        print(f"{folder} n'est pas un dossier : rien n'a été écrit. Créez-le d'abord.", file=sys.stderr)
        return REFUSED
    told = _written(file, place)
    return run_verify(file, place, out, told.lines)


def _written(file: Path, place: str) -> Told:
    told = Told()

    def noted(lines: Iterator[Body]) -> Iterator[Body]:
        for line in lines:
            told.note(line)
            yield line

    with bars() as shown_bars, open_reader(place) as lines:
        moving.write(file, noted(shown_bars.over(lines, "Écriture")))
    return told


def run_verify(file: Path | None, place: str, out: TextIO, total: int | None = None) -> int:
    """Check a file or a store; gives the exit status."""
    if file is not None:
        with bars() as shown_bars:
            return report(_surveyed(file, shown_bars, total), str(file), out)
    with bars() as shown_bars, open_reader(place) as lines:
        told = survey(shown_bars.over(lines, "Vérification"))
    return report(told, shown(place), out)


def _surveyed(file: Path, shown_bars: Bars, total: int | None = None) -> Told:
    """Check a file; a line that can't be read ends it."""
    try:
        return survey(shown_bars.over(moving.read(file), "Vérification", total))
    except Broken as error:
        return Told(faults=[error.fault])


# --- writing ------------------------------------------------------------------------------------


def run_load(file: Path, place: str, out: TextIO) -> int:
    """Load a file into an empty store, once it was checked to its end."""
    with bars() as shown_bars:
        told = _surveyed(file, shown_bars)
        if told.faults:
            return report(told, str(file), out)
        with closing(open_store(place)) as store:
            store.load(shown_bars.over(moving.checked(moving.read(file)), "Chargement", told.lines))
    print(f"{shown(place)} : {told.counts()}.", file=out)
    return DONE


def run_drill(file: Path, out: TextIO) -> int:
    """Load a file into memory and compare what comes out of it."""
    with bars() as shown_bars:
        told = _surveyed(file, shown_bars)
        if told.faults:
            return report(told, str(file), out)
        with closing(open_store("memory:")) as store:
            store.load(shown_bars.over(moving.checked(moving.read(file)), "Chargement", told.lines))
            again = survey(shown_bars.over(store.dump(), "Comparaison", told.lines))
    same = (again.counts(), again.head()) == (told.counts(), told.head()) and not again.faults
    result = "la restauration réussirait" if same else "la restauration ne rendrait pas la même base"
    print(f"{file} : {result}. {told.counts()}. Rien n'a été écrit.", file=out)
    return DONE if same else FAULTY


def run_copy(source: str, target: str, out: TextIO) -> int:
    """Load a store's lines into another, empty one, and check that one."""
    told = Told()

    def noted(lines: Iterator[Body]) -> Iterator[Body]:
        for line in lines:
            told.note(line)
            yield line

    with bars() as shown_bars, open_reader(source) as lines, closing(open_store(target)) as store:
        store.load(noted(moving.checked(shown_bars.over(lines, "Copie"))))
        again = survey(shown_bars.over(store.dump(), "Vérification", told.lines))
    if (again.counts(), again.head()) != (told.counts(), told.head()):
        print(f"{shown(target)} n'a pas reçu le même contenu : {again.counts()}.", file=out)
        return FAULTY
    return report(again, shown(target), out)


def run_purge(ids: tuple[str, ...], place: str, yes: bool, out: TextIO) -> int:
    """Erase documents and what is about them, once somebody has said yes."""
    with closing(open_store(place)) as store:
        found = erasing.with_all(store, ids)
        if not found:
            print(f"{shown(place)} n'a aucun de ces documents : rien n'a été effacé.", file=out)
            return REFUSED
        for kind, id in found:
            print(f"  {kind}/{id}", file=out)
        if not yes and not _confirmed(len(found)):
            print("Rien n'a été effacé.", file=out)
            return REFUSED
        erasing.erase(store, found, f"console:{getpass.getuser()}", now())
    print(
        f"{counted(len(found), 'élément')} : plus rien dans la base ni dans ses fichiers. Les sauvegardes "
        "faites avant en contiennent encore.",
        file=out,
    )
    return DONE


def _confirmed(count: int) -> bool:
    if not sys.stdin.isatty():
        print("Personne ne peut confirmer ici : ajoutez --yes.", file=sys.stderr)
        return False
    return input(f"Effacer ces {count} éléments, sans retour ? Écrivez oui : ").strip().lower() == "oui"
