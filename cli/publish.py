"""`canevas publish`, `retire`, `unpublish`: the life of a form's versions, in the folder of definitions."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from cli.moving import bar, deps_on, opened_store, outcomes, summary, words_of
from storage.base import StorageError, Store
from web import keeping, list_release, release, undoing
from web.app import now
from web.catalogue import Catalogue, load
from web.release import Folders, Release
from web.services import bring_back, rehearse
from web.settings import SettingsError
from web.shelf import Shelf
from web.trials import failures
from web.undoing import Unpublishable, Withdrawal

ROOT = Path(__file__).resolve().parent.parent
KINDS = {"first": "première version", "patch": "correctif", "minor": "mineure", "major": "majeure"}


def publish(*forms: str, note: str, author: str = "", no_data: bool = False) -> int:
    """Publie la version de travail d'une forme, de plusieurs ensemble, ou d'une liste.

    La classe des changements décide du numéro.

    Parameters
    ----------
    forms
        Identifiant de la forme, ou d'une liste de codes. Plusieurs formes qui se nomment l'une l'autre se
        publient ensemble : toutes, ou aucune.
    note
        Ce qui change, en une phrase : elle est dite à qui remplit un document.
    author
        Qui publie (le compte de la machine par défaut).
    no_data
        Ne répète pas sur les documents de la base de cette machine.
    """
    return run_publish(forms, note, author or getpass.getuser(), not no_data, sys.stdout)


def run_publish(
    forms: Sequence[str],
    note: str,
    by: str,
    data: bool,
    out: TextIO,
    root: Path = ROOT,
    shelf: Shelf | None = None,
) -> int:
    """Publish; gives the exit status. Nothing is written when anything stands in the way."""
    folders = _folders(root, shelf)
    try:
        lists = [one for one in forms if _is_list(one, folders)]
        if lists:
            return _publish_list(_alone(lists[0], forms), (note, by), folders, out)
        ready = release.prepare(folders, _named(forms), lambda world: failures(world, folders.definitions))
        if data:
            _rehearsed(ready, folders, out)
        paths = release.publish(folders.definitions, ready, by=by, on=now().date(), note=note)
    except (Unpublishable, StorageError, SettingsError) as error:
        print(f"Rien n'a été publié.\n{words_of(error)}", file=out)
        return 1
    except OSError as error:
        print(f"Rien n'a été publié : {error.filename} ne s'écrit pas ({error.strerror}).", file=out)
        return 1
    for one, path in zip(ready, paths, strict=True):
        for change in one.changes:
            print(f"- {change.sentence}", file=out)
        print(f"Publié : {one.form} {one.version} ({KINDS[one.kind]}), {path.relative_to(root)}.", file=out)
    print("Redémarrez le site pour le servir ; « canevas move » y amène les documents.", file=out)
    return 0


def _is_list(name: str, folders: Folders) -> bool:
    return (folders.referentiels / name / "list.json").exists() and not (folders.definitions / name).exists()


def _named(forms: Sequence[str]) -> Sequence[str]:
    if not forms:
        raise Unpublishable(["Dites quelle forme publier : « canevas publish <forme> --note … »."])
    return forms


def _alone(name: str, forms: Sequence[str]) -> str:
    if len(forms) > 1:
        raise Unpublishable(
            [f"« {name} » est une liste : publiez-la seule, avant les formes qui la prennent."]
        )
    return name


def _folders(root: Path, shelf: Shelf | None) -> Folders:
    return Folders(root / "definitions", root / "referentiels", shelf=shelf or Shelf())


def _publish_list(name: str, said: tuple[str, str], folders: Folders, out: TextIO) -> int:
    note, by = said
    path, changes = list_release.publish_list(folders, name, by=by, on=now().date(), note=note)
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


def _rehearsed(ready: Sequence[Release], folders: Folders, out: TextIO) -> None:
    """Replay the living documents of each form, if this machine has any; refuse what would lose an answer."""
    store = opened_store(None)
    if store is None:
        return
    try:
        _in_step(store, folders)
        lost = [name for one in ready for name in _lost(store, one, out)]
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
    print(f"{ready.form} {ready.version} : {summary(outcomes(fates))}", file=out)
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
        undoing.retire(folders.served, form, version)
    except Unpublishable as error:
        print(f"Rien n'a été retiré.\n{error}", file=out)
        return 1
    event = {"do": "retire", "by": by, "on": now().date().isoformat(), "note": note}
    whole = event | ({"version": version} if version else {})
    keeping.write_all(release.noted(folders.definitions, form, whole))
    print(f"Retiré : {form} {version or ''}".rstrip() + ". Les documents commencés continuent.", file=out)
    return 0


def unpublish(form: str, version: str, *, note: str, author: str = "") -> int:
    """Défait une publication : la définition et les documents reviennent, réponses données depuis comprises.

    Parameters
    ----------
    form
        Identifiant de la forme, ou d'une liste de codes.
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
        if _is_list(form, folders):
            return _unpublish_list(form, version, (note, by), folders, out)
        found = _withdrawn(form, version, note, by, folders)
        for one in found:
            _brought_back(store, one, out, folders)
    except (Unpublishable, StorageError, SettingsError) as error:
        print(f"Rien n'a été défait.\n{words_of(error)}", file=out)
        return 1
    finally:
        if store is not None:
            store.close()
    for one in found:
        print(f"Défait : {one.form} {one.version}. La version en vigueur est {one.previous}.", file=out)
    print("Redémarrez le site.", file=out)
    return 0


def _unpublish_list(name: str, version: str, said: tuple[str, str], folders: Folders, out: TextIO) -> int:
    note, by = said
    previous = list_release.withdraw_list(folders.served, name, version)
    event = {"do": "withdraw", "version": version, "by": by, "on": now().date().isoformat(), "note": note}
    keeping.write_all(release.noted(folders.referentiels, name, event))
    print(f"Défait : {name} {version}. La version en vigueur est {previous}.", file=out)
    return 0


def _withdrawn(form: str, version: str, note: str, by: str, folders: Folders) -> Sequence[Withdrawal]:
    """Withdraw a version with those published beside it, unless that is done already."""
    served = folders.served
    group = {form: version} | undoing.beside(served, form, version)
    done = [
        Withdrawal(name, one, _in_force(served, name))
        for name, one in group.items()
        if one in served.withdrawn(name)
    ]
    left = [
        Withdrawal(name, one, undoing.withdraw(served, name, one))
        for name, one in group.items()
        if one not in served.withdrawn(name)
    ]
    event = {"do": "withdraw", "by": by, "on": now().date().isoformat(), "note": note}
    files: dict[Path, bytes] = {}
    for one in left:
        files |= release.noted(folders.definitions, one.form, event | {"version": one.version})
    keeping.write_all(files)
    return [*left, *done]


def _brought_back(store: Store | None, gone: Withdrawal, out: TextIO, folders: Folders) -> None:
    """Bring the documents of a withdrawn version back, and name those that stay."""
    if store is None:
        return
    kept = keeping.kept(store)
    catalogue = load(folders.definitions, folders.referentiels, kept, folders.shelf)
    fates = list(bring_back(deps_on(store, catalogue), gone.form, gone.version, gone.previous))
    print(summary(outcomes(fate.outcome for fate in fates)), file=out)
    for fate in fates:
        if fate.why:
            print(f"  {fate.id} reste sur {gone.version} : {fate.why}.", file=out)


def _in_force(served: Catalogue, form: str) -> str:
    """The version in force, once another is withdrawn."""
    newest = served.newests.get(form)
    if newest is None:
        raise Unpublishable([f"« {form} » n'a plus de version en vigueur."])
    return newest
