"""Publishing, undoing and retiring from a running site: written in the store, in one transaction each.

The folders stay as they are, but for the number of a working copy: `canevas definitions pull` brings them
what was published here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from engine.migrate import LOST
from storage.base import Store, Transaction
from web import keeping, once, release, undoing
from web.catalogue import Catalogue
from web.drafts import Drafts
from web.journal import grown
from web.release import Folders, Release
from web.services.passing import BACK, FORWARD, begin
from web.services.rehearsing import lines, progress
from web.services.writing import Deps, desk
from web.undoing import Unpublishable

MOST_NOTE = 600


def publish(deps: Deps, person: str, drafts: Drafts, seen: Mapping[str, str], note: str) -> Mapping[str, str]:
    """Publish working copies together, once each is rehearsed to the end; gives the versions by form.

    `seen`: the digest of what the page showed of each. Unpublishable says every reason why not: nothing is
    written.
    """
    former = once.former(deps.store, deps.once)
    if former is not None:
        return dict(former["versions"])
    said(note)
    folders, forms = drafts.folders(), tuple(seen)
    refused, _ = drafts.refusals(forms)  # the scenarios were played when the page was shown: not again
    ready = release.prepare(folders, forms, lambda _forms: refused)
    if {one.form: one.candidate.content for one in ready} != dict(seen):
        raise Unpublishable(
            ["La version de travail a changé depuis que cette page a été montrée : relisez-la."]
        )
    for one in ready:
        _rehearsed(deps.store, one)
    versions = {one.form: one.version for one in ready}
    _numbered(folders, ready)
    with deps.store.transaction(person, deps.now()) as tx:
        in_step(tx, deps.catalogue)
        _published(deps, tx, folders, ready, (name_of(deps, person), note.strip()))
        once.keep(tx, deps.once, {"versions": versions}, deps.now())
    return versions


def _published(
    deps: Deps, tx: Transaction, folders: Folders, ready: Sequence[Release], signed: tuple[str, str]
) -> None:
    """Keep what is published, and have the documents pass; `signed`: by whom, and the note."""
    by, note = signed
    files: dict[str, bytes] = {}
    for one in ready:
        event = release.published_event(one, by=by, on=today(deps), note=note)
        files |= _files(folders, one.form, event)
        files[folders.name(one.form, f"versions/{one.version}.json")] = one.raw
        begin(deps, tx, one.form, way=FORWARD, version=one.version)
    names = ", ".join(f"{one.form} {one.version}" for one in ready)
    keeping.put(tx, files, f"Publication de {names}"[:MOST_NOTE])


def withdraw(deps: Deps, person: str, folders: Folders, form: str, version: str, note: str) -> str:
    """Undo a publication, with those of the same gesture; gives the version of the form in force.

    The definitions go back now, the documents as they pass.
    """
    former = once.former(deps.store, deps.once)
    if former is not None:
        return str(former["version"])
    said(note)
    found = undoing.withdraw_all(folders.served, form, version)
    with deps.store.transaction(person, deps.now()) as tx:
        in_step(tx, deps.catalogue)
        files: dict[str, bytes] = {}
        for one in found:
            files |= _files(folders, one.form, event_of(deps, person, "withdraw", one.version, note))
            begin(deps, tx, one.form, way=BACK, version=one.version, previous=one.previous)
        names = ", ".join(f"{one.form} {one.version}" for one in found)
        keeping.put(tx, files, f"Annulation de {names}"[:MOST_NOTE])
        once.keep(tx, deps.once, {"version": found[0].previous}, deps.now())
    return found[0].previous


def retire(deps: Deps, person: str, folders: Folders, form: str, version: str, note: str) -> None:
    """Have no document start with a version any more; those that are under way go on."""
    if once.former(deps.store, deps.once) is not None:
        return
    said(note)
    undoing.retire(folders.served, form, version)
    event = event_of(deps, person, "retire", version, note)
    with deps.store.transaction(person, deps.now()) as tx:
        in_step(tx, deps.catalogue)
        keeping.put(tx, _files(folders, form, event), f"Retrait de {form} {version}")
        once.keep(tx, deps.once, {}, deps.now())


def event_of(deps: Deps, person: str, do: str, version: str, note: str) -> dict[str, Any]:
    """What the journal says of a gesture."""
    on = today(deps).isoformat()
    return {"do": do, "version": version, "by": name_of(deps, person), "on": on, "note": note.strip()}


def today(deps: Deps) -> date:
    """The day."""
    return deps.now().date()


def name_of(deps: Deps, person: str) -> str:
    """How whoever publishes is called."""
    return desk(deps, person).me.label


def said(note: str) -> None:
    """Refuse what is published without a sentence, or with a speech."""
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


def _numbered(folders: Folders, ready: Sequence[Release]) -> None:
    """Write the number in the working copies, where the changes demand another than their own."""
    texts = {
        folders.definitions / one.form / "form.json": one.renumbered
        for one in ready
        if one.renumbered is not None
    }
    try:
        keeping.write_all(texts)
    except OSError as error:
        names = ", ".join(f"{one.version} dans {one.form}/form.json" for one in ready)
        raise Unpublishable(
            [f"form.json ne s'écrit pas ici ({error.strerror}) : mettez-y « version » vous-même : {names}."]
        ) from error


def in_step(tx: Transaction, served: Catalogue) -> None:
    """Refuse where somebody else published since these forms were read."""
    if keeping.stamp(tx) != served.stamp:
        raise Unpublishable(["Une autre publication vient d'avoir lieu : relisez la page, puis recommencez."])


def _files(folders: Folders, form: str, event: Mapping[str, Any]) -> dict[str, bytes]:
    """The journal of a form with one more line, and the migrations that lead to what is published."""
    path, name = folders.definitions / form / "journal.json", folders.name(form, "journal.json")
    files = {
        folders.name(form, f"migrations/{one.name}"): one.read_bytes()
        for one in sorted((folders.definitions / form).glob("migrations/*.json"))
        if event["do"] == "publish" and keeping.target(one.read_bytes()) == event["version"]
    }
    fresh = {other: raw for other, raw in files.items() if folders.kept.get(other) != raw}
    return {**fresh, **journal_file(folders, path, name, event)}


def journal_file(folders: Folders, path: Path, name: str, event: Mapping[str, Any]) -> dict[str, bytes]:
    """A journal with one more line, as the store keeps it: the longest of the folder's and the store's."""
    kept, ours = folders.kept.get(name), path.read_bytes() if path.exists() else None
    longest = ours if kept is None or (ours is not None and grown(ours, kept)) else kept
    return {name: release.with_event(longest, path.parent.name, event)}
