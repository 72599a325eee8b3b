"""The definitions and lists on disk -> what is served, compiled once. Reads files; knows no web framework.

A faulty file is left out and said; the others are served, read without it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from pydantic import Field

from engine.anchors import Tied, tied_fields
from engine.checks import check_block, check_list, check_roles
from engine.compile import CompiledForm
from engine.drafting import Library, version_key
from engine.faults import Fault, FaultyDefinition, nearest
from engine.migrate import Migration, Stage, compile_migration
from engine.model import Block, CodeList, Form, Part, Roles, Semver, Short, Slug
from engine.paths import json_path
from engine.reading import MAX_BYTES, MAX_LIST_BYTES, parse
from engine.referentiels import Listing
from engine.skeleton import Item
from web import journal
from web.compiled import Parts, compiled
from web.importing.mapping import ImportMapping
from web.importing.mapping import check as check_import
from web.journal import Event, Journal
from web.shelf import File, Shelf

P = TypeVar("P", bound=Part)
T = TypeVar("T")
Versions = dict[str, dict[str, T]]  # id -> version -> what it is
Forms = Versions[tuple[str, File[Form]]]
Lists = Versions[tuple[str, File[CodeList]]]

Served = Mapping[tuple[str, str], CompiledForm]

PUBLISHED = "*/versions/*.json"
NOBODY = Roles(canevas=1, places={}, roles=[])


class Deployment(Part):
    """The settings of one deployment: `definitions/deployment.json`.

    `start`: the version that new documents start with, by form; the newest when nothing is said.
    """

    title: Short = "Canevas"
    home: Slug | None = None
    start: dict[Slug, Semver] = Field(default_factory=dict)


@dataclass(frozen=True, eq=False, repr=False)
class Catalogue:
    """What is served, and why the rest is not. It never changes: to reload, load another one."""

    title: str
    home: str | None
    forms: Served
    starts: Mapping[str, str]
    lists: Mapping[str, Mapping[str, Listing]]
    roles: Roles
    library: Library
    faults: tuple[Fault, ...]
    newests: Mapping[str, str] = field(default_factory=dict)
    migrations: Mapping[str, tuple[Stage, ...]] = field(default_factory=dict)  # by form
    journal: Mapping[str, tuple[Event, ...]] = field(default_factory=dict)  # by form, oldest first
    list_journal: Mapping[str, tuple[Event, ...]] = field(default_factory=dict)  # by list
    imports: Mapping[str, ImportMapping] = field(default_factory=dict)  # by name
    stamp: int = 0  # of what the store keeps: see web.keeping

    @cached_property
    def tied(self) -> Tied:
        """The fields, by form, that collections look up by keys, whatever their version."""
        return tied_fields(self.forms)

    def newest(self, form: str) -> CompiledForm | None:
        """Give the newest version of a form that is served."""
        version = self.newests.get(form)
        return None if version is None else self.forms[form, version]

    def start(self, form: str) -> CompiledForm | None:
        """Give the version that new documents of a form start with."""
        version = self.starts.get(form)
        return None if version is None else self.forms[form, version]

    def withdrawn(self, form: str) -> frozenset[str]:
        """The versions of a form whose publication was undone."""
        return journal.withdrawn(self.journal.get(form, ()))


def load(
    definitions: Path,
    referentiels: Path,
    kept: Mapping[str, bytes] | None = None,
    shelf: Shelf | None = None,
) -> Catalogue:
    """Read and compile what is published, but for what a shelf has of it already.

    `kept`: files that the store has, where a folder lacks them.
    """
    desk = _Desk(definitions, referentiels, kept or {}, shelf=shelf or Shelf())
    listed = desk.journal(referentiels)
    lists = _checked(_standing(desk.code_lists(_intact(desk, referentiels)), listed), desk)
    events = desk.journal(definitions)
    served, library = _settled(desk, desk.parts(desk.forms(_intact(desk, definitions)), lists, {}))
    stages = desk.migrations(served, ahead=True)
    found = _catalogue(desk, library, served, _deployment(desk, served), (stages, events))
    return replace(found, list_journal=listed)


def working(
    definitions: Path,
    referentiels: Path,
    instead: Mapping[str, bytes] | None = None,
    kept: Mapping[str, bytes] | None = None,
    shelf: Shelf | None = None,
) -> Catalogue:
    """Read and compile the working copies, over what is published: what `canevas check` looks at.

    `instead`: what to read in place of some files, by name; `kept` and `shelf`: as for `load`.
    """
    desk = _Desk(definitions, referentiels, kept or {}, instead or {}, shelf or Shelf())
    listed = desk.journal(referentiels)
    published = _standing(desk.code_lists(desk.paths(referentiels, PUBLISHED)), listed)
    lists = _checked(_over(published, desk.code_lists(sorted(referentiels.glob("*/list.json")))), desk)
    forms = desk.forms(desk.paths(definitions, PUBLISHED))
    drafts = desk.forms(sorted(definitions.glob("*/form.json")))
    desk.faults += _behind(forms, drafts)
    blocks = desk.blocks()
    parts = desk.parts(_over(forms, drafts), lists, {name: block for name, (_, block) in blocks.items()})
    good, faults, library = compiled(parts, desk.shelf)
    desk.faults += faults
    for file, block in blocks.values():
        desk.faults += check_block(block.part, library, file)
    history = (desk.migrations(good, ahead=False), desk.journal(definitions))
    return replace(_catalogue(desk, library, good, Deployment(), history), list_journal=listed)


# --- files --------------------------------------------------------------------------------------


@dataclass(eq=False)
class _Desk:
    """One reading of both folders; `absent`: versions of forms whose file cannot be used."""

    definitions: Path
    referentiels: Path
    kept: Mapping[str, bytes] = field(default_factory=dict)
    instead: Mapping[str, bytes] = field(default_factory=dict)
    shelf: Shelf = field(default_factory=Shelf)
    faults: list[Fault] = field(default_factory=list)
    absent: dict[str, set[str]] = field(default_factory=dict)

    def name(self, path: Path) -> str:
        """Name a file in faults, from its folder on."""
        folder = self.definitions if path.is_relative_to(self.definitions) else self.referentiels
        return f"{folder.name}/{path.relative_to(folder).as_posix()}"

    def paths(self, folder: Path, pattern: str) -> list[Path]:
        """List the files of a folder, with those that only the store has."""
        prefix = f"{folder.name}/"
        kept = (folder / name.removeprefix(prefix) for name in self.kept if name.startswith(prefix))
        return sorted({*folder.glob(pattern), *(path for path in kept if path.match(pattern))})

    def raw(self, path: Path) -> bytes:
        """Read a file, where it is; a journal, where it is longest."""
        name = self.name(path)
        if name in self.instead:
            return self.instead[name]
        kept = self.kept.get(name)
        if kept is not None and not path.exists():
            return kept
        found = path.read_bytes()
        return kept if kept is not None and journal.grown(kept, found) else found

    def fault(self, path: Path, text: str) -> None:
        """Note a fault of a whole file."""
        self.faults.append(Fault(self.name(path), "$", text))
        self.miss(path)

    def miss(self, path: Path) -> None:
        """Remember that a form cannot be used: those that read it have nothing more to say."""
        if path.parent.name == "versions" and path.is_relative_to(self.definitions):
            self.absent.setdefault(path.parents[1].name, set()).add(path.stem)
        elif path.name == "form.json":
            self.absent.setdefault(path.parent.name, set())

    def read(self, path: Path, kind: type[P], limit: int = MAX_BYTES) -> P | None:
        """Read one file; None when it is faulty."""
        found = self.file(path, kind, limit)
        return None if found is None else found.part

    def file(self, path: Path, kind: type[P], limit: int = MAX_BYTES) -> File[P] | None:
        """Read one file, with its hash; None when it is faulty."""
        try:
            return self.shelf.read(self.raw(path), self.name(path), kind, limit)
        except OSError as error:
            self.fault(
                path, f"le fichier ne s'ouvre pas ({error.strerror}). Vérifiez qu'il est là et ses droits."
            )
        except FaultyDefinition as error:
            self.faults.extend(error.faults)
            self.miss(path)
        return None

    def forms(self, paths: list[Path]) -> Forms:
        """Read forms, each with the name of its file."""
        found: Forms = {}
        for path in paths:
            one = self.file(path, Form)
            if one is not None and self._in_place(path, one.part.form, one.part.version):
                found.setdefault(one.part.form, {})[one.part.version] = (self.name(path), one)
        return found

    def code_lists(self, paths: list[Path]) -> Lists:
        """Read code lists, each with the name of its file."""
        found: Lists = {}
        for path in paths:
            one = self.file(path, CodeList, MAX_LIST_BYTES)
            if one is not None and self._in_place(path, one.part.list, one.part.version):
                found.setdefault(one.part.list, {})[one.part.version] = (self.name(path), one)
        return found

    def blocks(self) -> dict[str, tuple[str, File[Block]]]:
        """Read blocks, each with the name of its file."""
        found: dict[str, tuple[str, File[Block]]] = {}
        for path in sorted(self.definitions.glob("blocks/*.json")):
            one = self.file(path, Block)
            if one is not None and self._in_place(path, one.part.block, None):
                found[one.part.block] = (self.name(path), one)
        return found

    def migrations(self, forms: Served, *, ahead: bool) -> dict[str, tuple[Stage, ...]]:
        """Read and check migrations; `ahead`: those that lead to no known version yet are passed over."""
        found: dict[str, tuple[Stage, ...]] = {}
        for path in self.paths(self.definitions, "*/migrations/*.json"):
            migration = self.read(path, Migration)
            if migration is None or (ahead and (migration.form, migration.to) not in forms):
                continue
            if migration.form != path.parents[1].name:
                text = f"ce fichier est dans le dossier de « {path.parents[1].name} ». Changez-le de place."
                self.faults.append(Fault(self.name(path), "$.form", text))
                continue
            stage, faults = compile_migration(migration, forms, self.name(path))
            self.faults += faults
            if stage is not None:
                found[migration.form] = (*found.get(migration.form, ()), stage)
        return found

    def journal(self, folder: Path) -> dict[str, tuple[Event, ...]]:
        """Read what was done to the versions of each form, or list."""
        found: dict[str, tuple[Event, ...]] = {}
        for path in self.paths(folder, "*/journal.json"):
            one = self.read(path, Journal)
            if one is not None and one.form == path.parent.name:
                found[one.form] = tuple(one.events)
            elif one is not None:
                self.fault(path, f"ce journal est celui de « {one.form} ». Mettez-le dans son dossier.")
        return found

    def imports(self, newest: Mapping[str, CompiledForm], roles: Roles) -> dict[str, ImportMapping]:
        """Read and check what may be brought in from files; a faulty one is left out."""
        found: dict[str, ImportMapping] = {}
        for path in sorted(self.definitions.glob("imports/*.json")):
            mapping = self.read(path, ImportMapping)
            if mapping is None or not self._in_place(path, mapping.import_, None):
                continue
            faults = list(check_import(mapping, newest, roles, self.name(path)))
            self.faults += faults
            if not faults:
                found[mapping.import_] = mapping
        return found

    def parts(self, forms: Forms, lists: Lists, blocks: Mapping[str, File[Block]]) -> Parts:
        """Gather everything as one world; without roles, no form can be judged."""
        roles = self.file(self.definitions / "roles.json", Roles)
        usable = {
            name: {version: one for version, (_, one) in versions.items()} for name, versions in lists.items()
        }
        if roles is None:
            return Parts({}, blocks, usable, File(NOBODY, ""), {})
        absent = {name: frozenset(versions) for name, versions in self.absent.items()}
        return Parts(forms, blocks, usable, roles, absent)

    def _in_place(self, path: Path, name: str, version: str | None) -> bool:
        """Check that a file is where its id and version say."""
        if version is None:
            wanted = path.with_stem(name)
        elif path.parent.name == "versions":
            wanted = path.parents[2] / name / "versions" / f"{version}.json"
        else:
            wanted = path.parents[1] / name / path.name
        if path != wanted:
            self.fault(
                path, f"ce fichier contient « {name} » {version or ''} : sa place est {self.name(wanted)}."
            )
        return path == wanted


def digest(raw: bytes) -> str:
    """Give the hash under which a manifest lists a published file."""
    return hashlib.sha256(raw).hexdigest()


def _intact(desk: _Desk, folder: Path) -> list[Path]:
    """List the published files that are as they were published."""
    hashes = _manifest(desk, folder / "manifest.json")
    files = {path.relative_to(folder).as_posix(): path for path in desk.paths(folder, PUBLISHED)}
    intact: list[Path] = []
    for name in sorted({*files, *hashes}):
        if name not in files:
            desk.fault(folder / name, "fichier publié disparu. Remettez-le tel qu'il a été publié.")
        elif name not in hashes and files[name].exists():
            desk.fault(
                folder / name, "fichier absent du manifeste. Publiez-le, ou retirez-le de « versions »."
            )
        elif name in hashes and digest(desk.raw(files[name])) != hashes[name]:
            desk.fault(
                folder / name,
                "fichier publié modifié. Remettez-le tel quel ; publiez sous une autre version.",
            )
        else:
            intact.append(files[name])
    return intact


def _manifest(desk: _Desk, path: Path) -> dict[str, str]:
    try:
        hashes = parse(path.read_bytes(), desk.name(path))
    except OSError:
        desk.fault(path, "le manifeste manque : rien n'est publié sans lui.")
        return {}
    except FaultyDefinition as error:
        desk.faults.extend(error.faults)
        return {}
    if isinstance(hashes, dict) and all(isinstance(one, str) for one in hashes.values()):
        return hashes
    desk.fault(path, "le manifeste associe à chaque fichier publié son empreinte SHA-256.")
    return {}


# --- the world ----------------------------------------------------------------------------------


def _over(below: Versions[T], above: Versions[T]) -> Versions[T]:
    """Lay working copies over published versions."""
    return {name: {**below.get(name, {}), **above.get(name, {})} for name in sorted({*below, *above})}


def _standing(lists: Lists, events: Mapping[str, tuple[Event, ...]]) -> Lists:
    """Leave out the versions of lists whose publication was undone: no form ever took them."""
    return {
        name: {
            version: one
            for version, one in versions.items()
            if version not in journal.withdrawn(events.get(name, ()))
        }
        for name, versions in lists.items()
    }


def _behind(published: Forms, drafts: Forms) -> Iterator[Fault]:
    """Find working copies that are behind what is published."""
    for name, versions in drafts.items():
        newest = max(published.get(name, {}), key=version_key, default=None)
        for version, (file, _) in versions.items():
            if newest is not None and version_key(version) < version_key(newest):
                text = f"la version {newest} est déjà publiée : prenez-en une plus récente."
                yield Fault(file, "$.version", text)


def _checked(found: Lists, desk: _Desk) -> Lists:
    """Leave out the lists that are wrong."""
    lists = {
        name: {version: one.listing for version, (_, one) in versions.items()}
        for name, versions in found.items()
    }
    good: Lists = {}
    for name, versions in found.items():
        for version, (file, one) in versions.items():
            faults = check_list(one.part, lists, file)
            desk.faults.extend(faults)
            if not faults:
                good.setdefault(name, {})[version] = (file, one)
    return good


def _settled(desk: _Desk, parts: Parts) -> tuple[Served, Library]:
    """Compile; leave faulty forms out and compile the others without them, until all are good."""
    while True:
        good, faults, library = compiled(parts, desk.shelf)
        faults += _unpinned(library)
        if not faults:
            return good, library
        desk.faults += faults
        parts = parts.without({fault.file for fault in faults})


def _catalogue(
    desk: _Desk,
    library: Library,
    served: Served,
    settings: Deployment,
    history: tuple[Mapping[str, tuple[Stage, ...]], Mapping[str, tuple[Event, ...]]],
) -> Catalogue:
    roles_path = desk.definitions / "roles.json"
    if library.roles is not NOBODY:
        desk.faults += check_roles(library.roles, library, desk.name(roles_path))
    migrations, events = history
    newests: dict[str, str] = {}
    starts: dict[str, str] = {}
    for form, version in sorted(served, key=lambda key: version_key(key[1])):
        if version not in journal.withdrawn(events.get(form, ())):
            newests[form] = version
            if not journal.retired(events.get(form, ()), version):
                starts[form] = version
    newest = {form: served[form, version] for form, version in newests.items()}
    imports = desk.imports(newest, library.roles)
    chosen = {form: version for form, version in settings.start.items() if _startable(form, version, events)}
    return Catalogue(
        title=settings.title,
        home=settings.home or _first_index(served, newests),
        forms=served,
        starts={**starts, **chosen},
        lists=library.lists,
        roles=library.roles,
        library=library,
        faults=tuple(sorted(set(desk.faults))),
        newests=newests,
        migrations=migrations,
        journal=events,
        imports=imports,
    )


def _startable(form: str, version: str, events: Mapping[str, tuple[Event, ...]]) -> bool:
    known = events.get(form, ())
    return version not in journal.withdrawn(known) and not journal.retired(known, version)


def _unpinned(library: Library) -> list[Fault]:
    """Find what would change in a published form without a new version: free lists, blocks by name."""
    faults: list[Fault] = []
    for drafting in library.draftings.values():
        form = drafting.skeleton.form
        if not drafting.faults.file.endswith(f"/versions/{form.version}.json"):
            continue
        for item in drafting.skeleton.items.values():
            faults += [Fault(drafting.faults.file, *one) for one in _free(item, form)]
    return faults


def _free(item: Item, form: Form) -> Iterator[tuple[str, str]]:
    name = getattr(item.spec, "list", None)
    if name is not None and name not in form.pins:
        yield (
            json_path((*item.location, "list")),
            f"la liste « {name} » n'est pas dans « pins ». Publiez la forme de nouveau.",
        )
    if isinstance(getattr(item.spec, "items", None), str):
        path = json_path((*item.location, "items"))
        yield path, "un bloc est recopié à la publication. Publiez la forme de nouveau."


# --- the deployment's settings ------------------------------------------------------------------


def _deployment(desk: _Desk, served: Served) -> Deployment:
    """Read the settings; what names something that is not served is said and left out."""
    path = desk.definitions / "deployment.json"
    found = desk.read(path, Deployment) if path.exists() else None
    if found is None:
        return Deployment()
    start: dict[str, str] = {}
    for form, version in found.start.items():
        if (form, version) in served:
            start[form] = version
        else:
            versions = [number for name, number in served if name == form]
            known = f" Servies : {', '.join(sorted(versions, key=version_key))}." if versions else ""
            text = f"« {form} » {version} n'est pas servie.{known}"
            desk.faults.append(Fault(desk.name(path), f"$.start.{form}", text))
    lists = sorted({form.id for form in served.values() if form.form.index is not None})
    home = found.home if found.home in lists else None
    if found.home is not None and home is None:
        text = f"« {found.home} » n'est pas une fiche servie qui a un « index ».{nearest(found.home, lists)}"
        desk.faults.append(Fault(desk.name(path), "$.home", text))
    return Deployment(title=found.title, home=home, start=start)


def _first_index(served: Served, newests: Mapping[str, str]) -> str | None:
    listed = [served[one].form for one in sorted(newests.items()) if served[one].form.index]
    return next((form.form for form in sorted(listed, key=lambda one: one.nature != "record")), None)
