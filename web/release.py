"""A working copy becomes a published version: what it changes, what refuses it, the file to write.

The class of the changes decides the number. Nothing is written unless everything is in order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from engine.compile import CompiledForm
from engine.drafting import version_key
from engine.faults import nearest
from engine.migrate import route, unmapped
from engine.skeleton import Item
from engine.versions import (
    Change,
    around,
    compare,
    compare_lists,
    next_version,
    worst,
)
from web.catalogue import Catalogue, digest, load, working
from web.journal import Journal
from web.keeping import MANIFEST, pretty, with_hashes, write_all
from web.services.moving import Candidate
from web.shelf import Shelf
from web.trials import World, world
from web.undoing import Unpublishable, versions_of

Test = Callable[[World], Sequence[str]]  # plays the scenarios with some forms: what fails


@dataclass(frozen=True, eq=False)
class Folders:
    """Where definitions are written, what the store keeps of them, and what is compiled; read once."""

    definitions: Path
    referentiels: Path
    kept: Mapping[str, bytes] = field(default_factory=dict)
    shelf: Shelf = field(default_factory=Shelf)

    @cached_property
    def served(self) -> Catalogue:
        """What is published."""
        return load(self.definitions, self.referentiels, self.kept, self.shelf)

    @cached_property
    def drafts(self) -> Catalogue:
        """The working copies over it."""
        return working(self.definitions, self.referentiels, kept=self.kept, shelf=self.shelf)

    def name(self, form: str, file: str) -> str:
        """Name a file of a form, as the store does."""
        return f"{self.definitions.name}/{form}/{file}"


@dataclass(frozen=True, eq=False, repr=False)
class Draft:
    """A working copy under the number that it would be published with.

    `kind` is the class of the changes; `text`, the published file; `renumbered`, form.json's new text;
    `files`: all that would be published with it, by name; `after`: what would be served.
    """

    form: str
    version: str
    kind: str
    changes: tuple[Change, ...]
    text: bytes
    renumbered: bytes | None
    candidate: Candidate
    drafts: Catalogue
    folders: Folders
    files: Mapping[str, bytes]

    @cached_property
    def after(self) -> Catalogue:
        """What would be served once it is published, with those that go with it."""
        kept = {**self.folders.kept, **self.files}
        return load(self.folders.definitions, self.folders.referentiels, kept, self.folders.shelf)


@dataclass(frozen=True, eq=False, repr=False)
class Release:
    """What would be published: `kind` is the class of the changes; `renumbered`, form.json's new text.

    `beside`: the forms that are published with it, each with its version.
    """

    form: str
    version: str
    kind: str
    changes: tuple[Change, ...]
    raw: bytes
    renumbered: bytes | None
    candidate: Candidate
    beside: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, repr=False)
class _Numbered:
    """A working copy and the number that its changes demand; `renumbered`: its text, where that differs."""

    form: str
    version: str
    changes: tuple[Change, ...]
    raw: bytes
    renumbered: bytes | None


def draft(folders: Folders, form: str) -> Draft:
    """Read a working copy as the next version; Unpublishable when it cannot be read, or changes nothing."""
    return together(folders, (form,))[0]


def together(folders: Folders, forms: Sequence[str]) -> tuple[Draft, ...]:
    """Read some working copies as the next versions, each beside the others; Unpublishable as for one."""
    numbered: list[_Numbered] = []
    reasons: list[str] = []
    for form in dict.fromkeys(forms):
        try:
            numbered.append(_numbered(folders, form))
        except Unpublishable as refused:
            reasons += refused.reasons
    refuse(reasons)
    fresh = {folders.name(one.form, "form.json"): one.renumbered for one in numbered if one.renumbered}
    drafts = folders.drafts
    if fresh:
        drafts = working(folders.definitions, folders.referentiels, fresh, folders.kept, folders.shelf)
        refuse(str(fault) for one in numbered for fault in _own_faults(drafts, one.form))
    texts = {
        one.form: _published(
            json.loads(one.raw), folders.definitions, drafts.forms[one.form, one.version], folders.served
        )
        for one in numbered
    }
    files = {folders.name(one.form, f"versions/{one.version}.json"): texts[one.form] for one in numbered}
    return tuple(_draft(one, texts[one.form], drafts, folders, files) for one in numbered)


def _draft(
    one: _Numbered, text: bytes, drafts: Catalogue, folders: Folders, files: Mapping[str, bytes]
) -> Draft:
    stages = drafts.migrations.get(one.form, ())
    candidate = Candidate(drafts.forms[one.form, one.version], stages, folders.served, digest(text))
    kind = worst(one.changes) or "first"
    return Draft(
        one.form, one.version, kind, one.changes, text, one.renumbered, candidate, drafts, folders, files
    )


def _numbered(folders: Folders, form: str) -> _Numbered:
    served, drafts = folders.served, folders.drafts
    path = folders.definitions / form / "form.json"
    if form not in drafts.library.forms or not path.exists():
        known = sorted(one.parent.name for one in folders.definitions.glob("*/form.json"))
        refuse(map(str, _own_faults(drafts, form)) if form in known else ())
        raise Unpublishable(
            [f"« {form} » n'est pas une forme du dossier {folders.definitions}.{nearest(form, known)}"]
        )
    faults, own = _own_faults(drafts, form), f"{folders.definitions.name}/{form}/"
    refuse(str(fault) for fault in served.faults if fault.file.startswith(f"{own}versions/"))
    refuse(str(fault) for fault in faults if fault.file.startswith(own))
    raw, number = path.read_bytes(), _number(drafts, form)
    changes = _changes(served, drafts, form, number)
    refuse(f"{one.sentence} {one.remedy}".strip() for one in changes if one.kind == "impossible")
    refuse(map(str, faults))  # after what it takes away from others, which would only show there
    _changed(served, form, changes)
    version = _due(served, form, number, changes)
    renumbered = None if version == number else renumber(raw, version)
    return _Numbered(form, version, changes, renumbered or raw, renumbered)


def refusals(found: Sequence[Draft], test: Test) -> tuple[str, ...]:
    """Every reason why working copies cannot be published together, whatever the documents hold."""
    served, after = found[0].folders.served, found[0].after
    behind = [
        reason
        for one in found
        for reason in (*_lists_behind(one.candidate.form, served, one.drafts), *_lost(one.candidate))
    ]
    faults = set(after.faults) - set(served.faults)
    return (*dict.fromkeys(behind), *(sorted(map(str, faults)) or test(world(after))))


def prepare(folders: Folders, forms: Sequence[str], test: Test) -> tuple[Release, ...]:
    """Get working copies ready to be published together; Unpublishable says every reason why not."""
    refuse(map(str, folders.served.faults))
    found = together(folders, forms)
    refuse(refusals(found, test))
    return tuple(
        Release(
            one.form,
            one.version,
            one.kind,
            one.changes,
            one.text,
            one.renumbered,
            one.candidate,
            {other.form: other.version for other in found if other is not one},
        )
        for one in found
    )


def publish(
    definitions: Path, releases: Sequence[Release], *, by: str, on: date, note: str
) -> tuple[Path, ...]:
    """Write releases: their files, their lines in the journals, then their hashes, which publish them.

    Gives the files. Where one cannot be written, none is.
    """
    paths = [definitions / one.form / "versions" / f"{one.version}.json" for one in releases]
    files = {path: one.raw for path, one in zip(paths, releases, strict=True)}
    for one in releases:
        event = published_event(one, by=by, on=on, note=note)
        files |= noted(definitions, one.form, event)
        if one.renumbered is not None:
            files[definitions / one.form / "form.json"] = one.renumbered
    fresh = {path.relative_to(definitions).as_posix(): digest(files[path]) for path in paths}
    write_all({**files, definitions / MANIFEST: with_hashes(definitions, fresh)})
    return tuple(paths)


def published_event(release: Release, *, by: str, on: date, note: str) -> dict[str, Any]:
    """What the journal says of a publication."""
    event: dict[str, Any] = {"do": "publish", "version": release.version, "kind": release.kind, "by": by}
    event |= {"on": on.isoformat(), "note": note, "sha256": digest(release.raw)}
    return event | ({"beside": dict(release.beside)} if release.beside else {})


def noted(definitions: Path, form: str, event: Mapping[str, Any]) -> dict[Path, bytes]:
    """The journal of a form with one more line, by its file."""
    path = definitions / form / "journal.json"
    return {path: with_event(path.read_bytes() if path.exists() else None, form, event)}


def with_event(raw: bytes | None, form: str, event: Mapping[str, Any]) -> bytes:
    """A journal's file with one more line; None for a form that has none yet."""
    found: dict[str, Any] = json.loads(raw) if raw is not None else {"canevas": 1, "form": form, "events": []}
    found["events"].append(dict(event))
    Journal.model_validate(found)
    return (pretty(found) + "\n").encode()


# --- reasons ------------------------------------------------------------------------------------


def refuse(reasons: Iterable[str]) -> None:
    """Refuse where there is any reason to; Unpublishable says them all."""
    found = list(reasons)
    if found:
        raise Unpublishable(found)


def _own_faults(drafts: Catalogue, form: str) -> list[Any]:
    """The faults of a form's files and of what all forms share."""
    others = {name for name, _ in drafts.forms} - {form}
    return [fault for fault in drafts.faults if fault.file.split("/")[1] not in others]


def _number(drafts: Catalogue, form: str) -> str:
    """The number that the working copy bears."""
    files = drafts.library.forms[form]
    return next(version for version, (file, _) in files.items() if file.endswith("/form.json"))


def _changes(served: Catalogue, drafts: Catalogue, form: str, number: str) -> tuple[Change, ...]:
    last = _last(served, form)
    if last is None:
        return ()
    old, new = served.forms[form, last].form, drafts.library.forms[form][number][1]
    return compare(old, new, around(drafts.library, old, new, served.library))


def _last(served: Catalogue, form: str) -> str | None:
    """The last version whose publication stands."""
    standing = [one for one in versions_of(served, form) if one not in served.withdrawn(form)]
    return standing[-1] if standing else None


def _changed(served: Catalogue, form: str, changes: Sequence[Change]) -> None:
    last = _last(served, form)
    if last is not None and not changes:
        raise Unpublishable([f"Rien n'a changé depuis la version {last} : il n'y a rien à publier."])


def _due(served: Catalogue, form: str, number: str, changes: tuple[Change, ...]) -> str:
    """The number that the changes demand: the working copy's, or the one to write there."""
    known = versions_of(served, form)
    if not known:
        return number
    return checked_number("form.json", number, next_version(known[-1], changes), known)


def checked_number(file: str, number: str, due: str, known: Collection[str]) -> str:
    """The number due; refuse one that the author chose and that the changes don't demand."""
    if number != due and number not in known:
        text = f"{file} dit {number}, mais les changements demandent {due} : corrigez « version »."
        raise Unpublishable([text])
    return due


def renumber(raw: bytes, version: str) -> bytes:
    """Write another number in a definition's file, and change nothing else."""
    found = re.sub(rb'("version"\s*:\s*")[^"]*(")', rb"\g<1>" + version.encode() + rb"\g<2>", raw, count=1)
    whole = {**json.loads(raw), "version": version}
    return found if json.loads(found) == whole else (pretty(whole) + "\n").encode()


def used_lists(compiled: CompiledForm) -> list[str]:
    """The code lists that a form takes."""
    items: Iterator[Item] = iter(compiled.skeleton.items.values())
    return sorted({item.spec.list for item in items if getattr(item.spec, "list", None)})


def _lists_behind(compiled: CompiledForm, served: Catalogue, drafts: Catalogue) -> Iterator[str]:
    """The lists that are not published as they are used."""
    for name in used_lists(compiled):
        published = served.lists.get(name, {})
        mine = drafts.lists[name]
        newest = max(published, key=version_key, default=None)
        latest = mine[max(mine, key=version_key)]
        if newest is None or compare_lists(published[newest], latest):
            yield f"La liste « {name} » a changé depuis sa publication : publiez-la d'abord."


def _lost(candidate: Candidate) -> Iterator[str]:
    """What documents of any published version would lose, whatever they hold."""
    form, served = candidate.form, candidate.served
    for version in versions_of(served, form.id):
        if version not in served.withdrawn(form.id):
            yield from unmapped(route(served.forms[form.id, version], form, candidate.stages))


# --- the file -----------------------------------------------------------------------------------


def _published(form: Any, definitions: Path, compiled: CompiledForm, served: Catalogue) -> bytes:
    """A form with its blocks copied in and its lists pinned, as JSON."""
    blocks = {path.stem: json.loads(path.read_bytes()) for path in definitions.glob("blocks/*.json")}
    taken = [name for name in used_lists(compiled) if name in served.lists]
    pins = {name: max(served.lists[name], key=version_key) for name in taken}
    whole = _whole(form, blocks)
    whole.pop("pins", None)
    return (pretty(whole | ({"pins": pins} if pins else {})) + "\n").encode()


def _whole(node: Any, blocks: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_whole(one, blocks) for one in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") in {"rows", "group"} and isinstance(node.get("items"), str):
        node = {**node, "items": blocks[node["items"]]["items"]}
    return {key: _whole(one, blocks) for key, one in node.items()}
