"""The working copy of a code list becomes a published version: what it changes, what refuses it, undoing.

Forms take a list at their own next publication: publishing it changes nothing that is served.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from engine.drafting import version_key
from engine.faults import FaultyDefinition, nearest
from engine.model import CodeList
from engine.reading import MAX_LIST_BYTES, read
from engine.versions import Change, compare_code_lists, next_version, worst
from web import journal
from web.catalogue import Catalogue, digest, load
from web.keeping import MANIFEST, with_hashes, write_all
from web.release import Folders, checked_number, noted, refuse, renumber
from web.undoing import Unpublishable

WORKING = "list.json"


@dataclass(frozen=True, eq=False, repr=False)
class ListDraft:
    """A list's working copy under the number that it would be published with; `kind`: of its changes."""

    name: str
    version: str
    kind: str
    changes: tuple[Change, ...]
    raw: bytes
    folders: Folders

    @property
    def file(self) -> str:
        """The name of the published file."""
        return f"{self.folders.referentiels.name}/{self.name}/versions/{self.version}.json"

    @property
    def content(self) -> str:
        """The digest of the published file."""
        return digest(self.raw)


def list_draft(folders: Folders, name: str) -> ListDraft:
    """Read a list's working copy as the next version; Unpublishable when it has faults or changes nothing."""
    path = folders.referentiels / name / WORKING
    if not path.exists():
        known = sorted(one.parent.name for one in folders.referentiels.glob(f"*/{WORKING}"))
        raise Unpublishable([f"« {name} » n'a pas de copie de travail ici.{nearest(name, known)}"])
    own = f"{folders.referentiels.name}/{name}/"
    refuse(str(one) for one in folders.drafts.faults if one.file.startswith(own))
    raw = path.read_bytes()
    found, last = _read(raw, path), last_standing(folders.served, name)
    changes = () if last is None else compare_code_lists(_published(folders, name, last), found)
    if last is not None and not changes:
        raise Unpublishable([f"Rien n'a changé depuis la version {last} : il n'y a rien à publier."])
    number = _due(folders.served, name, found.version, changes)
    return ListDraft(name, number, worst(changes) or "first", changes, renumber(raw, number), folders)


def list_refusals(found: ListDraft) -> tuple[str, ...]:
    """Why a list cannot be published: the faults that what is served would have with it."""
    folders = found.folders
    kept = {**folders.kept, found.file: found.raw}
    after = load(folders.definitions, folders.referentiels, kept, folders.shelf)
    return tuple(sorted(str(one) for one in set(after.faults) - set(folders.served.faults)))


def publish_list(
    folders: Folders, name: str, *, by: str, on: date, note: str
) -> tuple[Path, tuple[Change, ...]]:
    """Write a list's version, its line in the journal, its hash; gives its file and its changes."""
    refuse(map(str, folders.served.faults))
    found = list_draft(folders, name)
    refuse(list_refusals(found))
    home = folders.referentiels
    target = home / name / "versions" / f"{found.version}.json"
    hashes = with_hashes(home, {target.relative_to(home).as_posix(): digest(found.raw)})
    event = list_event(found, by=by, on=on, note=note)
    files = {target: found.raw, **noted(home, name, event), home / name / WORKING: found.raw}
    write_all({**files, home / MANIFEST: hashes})
    return target, found.changes


def list_event(found: ListDraft, *, by: str, on: date, note: str) -> dict[str, Any]:
    """What the journal says of a list's publication."""
    event = {"do": "publish", "version": found.version, "kind": found.kind, "by": by}
    return {**event, "on": on.isoformat(), "note": note, "sha256": found.content}


def withdraw_list(served: Catalogue, name: str, version: str) -> str:
    """Check that a list's publication can be undone; gives the version to go back to."""
    standing = list_versions(served, name)
    if version not in standing:
        known = f" Publiées : {', '.join(standing)}." if standing else ""
        raise Unpublishable([f"« {name} » n'a pas de version {version} en vigueur.{known}"])
    if version != standing[-1]:
        raise Unpublishable([f"La version {standing[-1]} a été publiée depuis : défaites-la d'abord."])
    if len(standing) == 1:
        raise Unpublishable([f"« {name} » n'a pas de version avant {version}."])
    users = sorted(f"{form} {one}" for form, one in taken_by(served, name).get(version, ()))
    if users:
        text = f"La version {version} est prise par {', '.join(users[:5])} : ces documents la lisent. "
        raise Unpublishable([f"{text}Publiez plutôt une version corrigée de la liste."])
    return standing[-2]


def list_versions(served: Catalogue, name: str) -> list[str]:
    """The versions of a list whose publication stands, oldest first."""
    return sorted(served.lists.get(name, {}), key=version_key)


def last_standing(served: Catalogue, name: str) -> str | None:
    """The last version of a list whose publication stands."""
    found = list_versions(served, name)
    return found[-1] if found else None


def taken_by(served: Catalogue, name: str) -> Mapping[str, list[tuple[str, str]]]:
    """The published forms that pin a list, by its version."""
    found: dict[str, list[tuple[str, str]]] = {}
    for key, form in served.forms.items():
        if name in form.form.pins:
            found.setdefault(form.form.pins[name], []).append(key)
    return found


def _due(served: Catalogue, name: str, number: str, changes: tuple[Change, ...]) -> str:
    """The number that the changes demand; one that was undone never serves again."""
    events = served.list_journal.get(name, ())
    known = sorted({*served.lists.get(name, {}), *journal.withdrawn(events)}, key=version_key)
    return number if not known else checked_number(WORKING, number, next_version(known[-1], changes), known)


def _published(folders: Folders, name: str, version: str) -> CodeList:
    path = folders.referentiels / name / "versions" / f"{version}.json"
    file = f"{folders.referentiels.name}/{name}/versions/{version}.json"
    return _read(path.read_bytes() if path.exists() else folders.kept[file], path)


def _read(raw: bytes, path: Path) -> CodeList:
    try:
        return read(raw, path.name, CodeList, MAX_LIST_BYTES)
    except FaultyDefinition as error:
        raise Unpublishable(list(map(str, error.faults))) from error
