"""`canevas publish`, `retire`, `unpublish`: the life of a form's versions, in the folder of definitions."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TextIO

from cli.moving import bar, deps_on, opened_store, outcomes, summary, words_of
from storage.base import StorageError, Store
from web import keeping, release
from web.app import now
from web.catalogue import Catalogue, load
from web.release import Folders, Release, Unpublishable
from web.services import bring_back, rehearse
from web.settings import SettingsError
from web.shelf import Shelf
from web.trials import failures

ROOT = Path(__file__).resolve().parent.parent
KINDS = {"first": "première version", "patch": "correctif", "minor": "mineure", "major": "majeure"}


def publish(form: str, *, note: str, author: str = "", no_data: bool = False) -> int:
    """Publie la version de travail d'une forme ou d'une liste ; la classe des changements décide du numéro.

    Parameters
    ----------
    form
        Identifiant de la forme, ou d'une liste de codes.
    note
        Ce qui change, en une phrase : elle est dite à qui remplit un document.
    author
        Qui publie (le compte de la machine par défaut).
    no_data
        Ne répète pas sur les documents de la base de cette machine.
    """
    return run_publish(form, note, author or getpass.getuser(), not no_data, sys.stdout)


def run_publish(
    form: str, note: str, by: str, data: bool, out: TextIO, root: Path = ROOT, shelf: Shelf | None = None
) -> int:
    """Publish; gives the exit status. Nothing is written when anything stands in the way."""
    folders = _folders(root, shelf)
    try:
        if (folders.referentiels / form / "list.json").exists() and not (folders.definitions / form).exists():
            return _publish_list(form, folders, out)
        ready = release.prepare(folders, form, lambda forms: failures(forms, folders.definitions))
        if data:
            _rehearsed(ready, folders, out)
        path = release.publish(folders.definitions, ready, by=by, on=now().date(), note=note)
    except (Unpublishable, StorageError, SettingsError) as error:
        print(f"Rien n'a été publié.\n{words_of(error)}", file=out)
        return 1
    for change in ready.changes:
        print(f"- {change.sentence}", file=out)
    print(f"Publié : {form} {ready.version} ({KINDS[ready.kind]}), {path.relative_to(root)}.", file=out)
    print("Redémarrez le site pour le servir ; « canevas move » y amène les documents.", file=out)
    return 0


def _folders(root: Path, shelf: Shelf | None) -> Folders:
    return Folders(root / "definitions", root / "referentiels", shelf=shelf or Shelf())


def _publish_list(name: str, folders: Folders, out: TextIO) -> int:
    path, changes = release.publish_list(folders, name)
    for change in changes:
        print(f"- {change.sentence}", file=out)
    file = path.relative_to(folders.referentiels.parent)
    print(f"Publié : {file}. Les formes la prennent à leur prochaine version.", file=out)
    return 0


def _in_step(store: Store, folders: Folders) -> None:
    """Refuse while the store has what the folders lack: it was published from the site."""
    ahead = keeping.ahead(store, folders.definitions, folders.referentiels)
    if ahead:
        names = ", ".join(ahead[:3]) + ("…" if len(ahead) > 3 else "")
        raise Unpublishable(
            [
                f"La base a ce que le dossier n'a pas, publié depuis le site : {names}. Faites d'abord "
                "« canevas definitions pull »."
            ]
        )


def _rehearsed(ready: Release, folders: Folders, out: TextIO) -> None:
    """Replay the living documents, if this machine has any; refuse what would lose an answer."""
    store = opened_store(None)
    if store is None:
        return
    try:
        _in_step(store, folders)
        lost = _lost(store, ready, out)
    finally:
        store.close()
    if lost:
        names = ", ".join(sorted(set(lost))[:5])
        raise Unpublishable(
            [
                f"Des documents perdraient : {names}. Dites ce que deviennent ces réponses dans "
                "« migrations/ » ; « canevas rehearse » nomme les documents."
            ]
        )


def _lost(store: Store, ready: Release, out: TextIO) -> list[str]:
    found, fates = [], []
    for fate, _ in bar(rehearse(store, ready.candidate, now()), store, ready.form):
        fates.append(fate.outcome)
        if fate.outcome == "lost":
            found += [f"« {name} »" for name in fate.fields]
    print(summary(outcomes(fates)), file=out)
    return found


def retire(form: str, version: str | None = None, *, note: str, author: str = "") -> int:
    """Retire une version, ou toute la forme : on ne commence plus de document avec elle.

    Parameters
    ----------
    form
        Identifiant de la forme.
    version
        La version ; sans elle, toute la forme.
    note
        Pourquoi, en une phrase.
    author
        Qui la retire.
    """
    return run_retire(form, version, note, author or getpass.getuser(), sys.stdout)


def run_retire(
    form: str,
    version: str | None,
    note: str,
    by: str,
    out: TextIO,
    root: Path = ROOT,
    shelf: Shelf | None = None,
) -> int:
    """Retire; gives the exit status."""
    folders = _folders(root, shelf)
    try:
        release.retire(folders.served, form, version)
    except Unpublishable as error:
        print(f"Rien n'a été retiré.\n{error}", file=out)
        return 1
    event = {"do": "retire", "by": by, "on": now().date().isoformat(), "note": note}
    release.record(folders.definitions, form, event | ({"version": version} if version else {}))
    print(f"Retiré : {form} {version or ''}".rstrip() + ". Les documents commencés continuent.", file=out)
    return 0


def unpublish(form: str, version: str, *, note: str, author: str = "") -> int:
    """Défait une publication : la définition et les documents reviennent, réponses données depuis comprises.

    Parameters
    ----------
    form
        Identifiant de la forme.
    version
        La version publiée en dernier.
    note
        Pourquoi, en une phrase.
    author
        Qui défait.
    """
    return run_unpublish(form, version, note, author or getpass.getuser(), sys.stdout)


def run_unpublish(
    form: str, version: str, note: str, by: str, out: TextIO, root: Path = ROOT, shelf: Shelf | None = None
) -> int:
    """Undo a publication; run again after an interruption, it goes on. Gives the exit status."""
    folders = _folders(root, shelf)
    store: Store | None = None
    try:
        store = opened_store(None)
        if store is not None:
            _in_step(store, folders)
        previous = _withdrawn(form, version, note, by, folders)
        _brought_back(store, form, version, previous, out, folders)
    except (Unpublishable, StorageError, SettingsError) as error:
        print(f"Rien n'a été défait.\n{words_of(error)}", file=out)
        return 1
    finally:
        if store is not None:
            store.close()
    print(f"Défait : {form} {version}. La version en vigueur est {previous}. Redémarrez le site.", file=out)
    return 0


def _withdrawn(form: str, version: str, note: str, by: str, folders: Folders) -> str:
    """Withdraw a version, unless that is done already; gives the version in force."""
    if version in folders.served.withdrawn(form):
        return _in_force(folders.served, form)
    previous = release.withdraw(folders.served, form, version)
    event = {"do": "withdraw", "version": version, "by": by, "on": now().date().isoformat(), "note": note}
    release.record(folders.definitions, form, event)
    return previous


def _brought_back(
    store: Store | None, form: str, version: str, previous: str, out: TextIO, folders: Folders
) -> None:
    """Bring the documents of a withdrawn version back, and name those that stay."""
    if store is None:
        return
    kept = keeping.kept(store)
    catalogue = load(folders.definitions, folders.referentiels, kept, folders.shelf)
    fates = list(bring_back(deps_on(store, catalogue), form, version, previous))
    print(summary(outcomes(fate.outcome for fate in fates)), file=out)
    for fate in fates:
        if fate.why:
            print(f"  {fate.id} reste sur {version} : {fate.why}.", file=out)


def _in_force(served: Catalogue, form: str) -> str:
    """The version in force, once another is withdrawn."""
    newest = served.newests.get(form)
    if newest is None:
        raise Unpublishable([f"« {form} » n'a plus de version en vigueur."])
    return newest
