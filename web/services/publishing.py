"""Publishing, undoing and retiring from a running site: written in the store, in one transaction each.

The folders stay as they are, but for the number of a working copy: `canevas definitions pull` brings them
what was published here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from engine.migrate import LOST
from storage.base import Store, Transaction
from web import keeping, once, release
from web.catalogue import Catalogue
from web.drafts import Drafts
from web.journal import grown
from web.release import Folders, Release, Unpublishable
from web.services.passing import BACK, FORWARD, begin
from web.services.rehearsing import lines, progress
from web.services.writing import Deps, desk

MOST_NOTE = 600


def publish(deps: Deps, person: str, drafts: Drafts, form: str, note: str, seen: str) -> str:
    """Publish the working copy of a form, once rehearsed to the end; gives the version.

    `seen`: the digest of what the page showed. Unpublishable says every reason why not: nothing is written.
    """
    former = once.former(deps.store, deps.once)
    if former is not None:
        return str(former["version"])
    _said(note)
    folders = drafts.folders()
    refused, _ = drafts.refusals(form)  # the scenarios were played when the page was shown: not again
    ready = release.prepare(folders, form, lambda _forms: refused)
    if ready.candidate.content != seen:
        raise Unpublishable(
            ["La version de travail a changé depuis que cette page a été montrée : relisez-la."]
        )
    _rehearsed(deps.store, ready)
    _numbered(folders, ready)
    event = release.published_event(ready, by=_name(deps, person), on=_today(deps), note=note.strip())
    with deps.store.transaction(person, deps.now()) as tx:
        _in_step(tx, deps.catalogue)
        files = _files(folders, form, event) | {
            folders.name(form, f"versions/{ready.version}.json"): ready.raw
        }
        keeping.put(tx, files, f"Publication de {form} {ready.version}")
        begin(deps, tx, form, way=FORWARD, version=ready.version)
        once.keep(tx, deps.once, {"version": ready.version}, deps.now())
    return ready.version


def withdraw(deps: Deps, person: str, folders: Folders, form: str, version: str, note: str) -> str:
    """Undo a publication: the definition now, the documents as they pass; gives the version in force."""
    former = once.former(deps.store, deps.once)
    if former is not None:
        return str(former["version"])
    _said(note)
    previous = release.withdraw(folders.served, form, version)
    event = _event(deps, person, "withdraw", version, note)
    with deps.store.transaction(person, deps.now()) as tx:
        _in_step(tx, deps.catalogue)
        keeping.put(tx, _files(folders, form, event), f"Annulation de {form} {version}")
        begin(deps, tx, form, way=BACK, version=version, previous=previous)
        once.keep(tx, deps.once, {"version": previous}, deps.now())
    return previous


def retire(deps: Deps, person: str, folders: Folders, form: str, version: str, note: str) -> None:
    """Have no document start with a version any more; those that are under way go on."""
    if once.former(deps.store, deps.once) is not None:
        return
    _said(note)
    release.retire(folders.served, form, version)
    event = _event(deps, person, "retire", version, note)
    with deps.store.transaction(person, deps.now()) as tx:
        _in_step(tx, deps.catalogue)
        keeping.put(tx, _files(folders, form, event), f"Retrait de {form} {version}")
        once.keep(tx, deps.once, {}, deps.now())


def _event(deps: Deps, person: str, do: str, version: str, note: str) -> dict[str, Any]:
    on = _today(deps).isoformat()
    return {"do": do, "version": version, "by": _name(deps, person), "on": on, "note": note.strip()}


def _today(deps: Deps) -> date:
    return deps.now().date()


def _name(deps: Deps, person: str) -> str:
    return desk(deps, person).me.label


def _said(note: str) -> None:
    if not note.strip():
        raise Unpublishable(["Dites en une phrase ce qui change, ou pourquoi : elle est gardée au journal."])
    if len(note) > MOST_NOTE:
        raise Unpublishable([f"La phrase a {len(note)} signes : {MOST_NOTE} au plus."])


def _rehearsed(store: Store, ready: Release) -> None:
    """Refuse what was not rehearsed to its end as it is now, or would lose an answer."""
    found = progress(store, ready.candidate)
    if found is None or not found.current or not found.over:
        raise Unpublishable(
            ["Cette version n'a pas été répétée jusqu'au bout telle qu'elle est : faites-le d'abord."]
        )
    lost = {name for fate in lines(store, ready.form, [LOST]) for name in fate.fields}
    if lost:
        names = ", ".join(f"« {name} »" for name in sorted(lost)[:5])
        raise Unpublishable(
            [f"Des documents perdraient : {names}. Dites dans « migrations/ » ce que cela devient."]
        )


def _numbered(folders: Folders, ready: Release) -> None:
    """Write the number in the working copy, where the changes demand another than its own."""
    if ready.renumbered is None:
        return
    path = folders.definitions / ready.form / "form.json"
    try:
        keeping.write(path, ready.renumbered)
    except OSError as error:
        raise Unpublishable(
            [f"{path.name} ne s'écrit pas ici ({error.strerror}) : mettez-y « version » à {ready.version}."]
        ) from error


def _in_step(tx: Transaction, served: Catalogue) -> None:
    """Refuse where somebody else published since these forms were read."""
    if keeping.stamp(tx) != served.stamp:
        raise Unpublishable(["Une autre publication vient d'avoir lieu : relisez la page, puis recommencez."])


def _files(folders: Folders, form: str, event: Mapping[str, Any]) -> dict[str, bytes]:
    """The journal of a form with one more line, and the migrations that lead to what is published."""
    name, path = folders.name(form, "journal.json"), folders.definitions / form / "journal.json"
    kept, ours = folders.kept.get(name), path.read_bytes() if path.exists() else None
    longest = ours if kept is None or (ours is not None and grown(ours, kept)) else kept
    files = {
        folders.name(form, f"migrations/{one.name}"): one.read_bytes()
        for one in sorted((folders.definitions / form).glob("migrations/*.json"))
        if event["do"] == "publish" and keeping.target(one.read_bytes()) == event["version"]
    }
    fresh = {other: raw for other, raw in files.items() if folders.kept.get(other) != raw}
    return {**fresh, name: release.with_event(longest, form, event)}
