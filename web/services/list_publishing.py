"""Publishing a code list from a running site, and undoing it: one transaction of the store each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web import keeping, list_release, once
from web.drafts import Drafts
from web.list_release import WORKING, ListDraft
from web.release import Folders, refuse
from web.services.publishing import event_of, in_step, journal_file, name_of, said, today
from web.services.writing import Deps
from web.undoing import Unpublishable


def publish_list(deps: Deps, person: str, drafts: Drafts, name: str, note: str, seen: str) -> str:
    """Publish the working copy of a list; gives the version.

    `seen`: the digest of what the page showed. Unpublishable says every reason why not: nothing is written.
    """
    former = once.former(deps.store, deps.once)
    if former is not None:
        return str(former["version"])
    said(note)
    folders = drafts.folders()
    refuse(map(str, folders.served.faults))
    found = list_release.list_draft(folders, name)
    refuse(list_release.list_refusals(found))
    if found.content != seen:
        raise Unpublishable(
            ["La version de travail a changé depuis que cette page a été montrée : relisez-la."]
        )
    _numbered(found)
    event = list_release.list_event(found, by=name_of(deps, person), on=today(deps), note=note.strip())
    with deps.store.transaction(person, deps.now()) as tx:
        in_step(tx, deps.catalogue)
        files = {found.file: found.raw, **_journal(folders, name, event)}
        keeping.put(tx, files, f"Publication de {name} {found.version}")
        once.keep(tx, deps.once, {"version": found.version}, deps.now())
    return found.version


def withdraw_list(deps: Deps, person: str, folders: Folders, name: str, version: str, note: str) -> str:
    """Undo the publication of a list that no form takes yet; gives the version in force."""
    former = once.former(deps.store, deps.once)
    if former is not None:
        return str(former["version"])
    said(note)
    previous = list_release.withdraw_list(folders.served, name, version)
    event = event_of(deps, person, "withdraw", version, note)
    with deps.store.transaction(person, deps.now()) as tx:
        in_step(tx, deps.catalogue)
        keeping.put(tx, _journal(folders, name, event), f"Annulation de {name} {version}")
        once.keep(tx, deps.once, {"version": previous}, deps.now())
    return previous


def _journal(folders: Folders, name: str, event: Mapping[str, Any]) -> dict[str, bytes]:
    path = folders.referentiels / name / "journal.json"
    return journal_file(folders, path, f"{folders.referentiels.name}/{name}/journal.json", event)


def _numbered(found: ListDraft) -> None:
    """Write the number in the working copy, where the changes demand another than its own."""
    path = found.folders.referentiels / found.name / WORKING
    if path.read_bytes() == found.raw:
        return
    try:
        keeping.write(path, found.raw)
    except OSError as error:
        raise Unpublishable(
            [f"{WORKING} ne s'écrit pas ici ({error.strerror}) : mettez-y « version » à {found.version}."]
        ) from error
