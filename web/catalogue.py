"""The definitions and lists on disk -> what is served, compiled once. Reads files; knows no web framework.

A faulty file is left out and said; the others are served.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from engine.checks import check_block, check_list, check_roles
from engine.compile import CompiledForm, compile_all
from engine.drafting import Library, version_key
from engine.faults import Fault, Faults, FaultyDefinition, nearest
from engine.model import Block, CodeList, Form, Part, Roles, Semver, Short, Slug
from engine.reading import MAX_BYTES, MAX_LIST_BYTES, parse, read
from engine.referentiels import Listing, listing_of

M = TypeVar("M", bound=Part)
Lists = Mapping[str, Mapping[str, Listing]]
Versions = Mapping[str, Mapping[str, tuple[str, Form]]]

NOBODY = Roles(canevas=1, places={}, roles=[])


class Deployment(Part):
    """The settings of one deployment: `definitions/deployment.json`.

    `start`: the version that new documents start with, by form; the newest when nothing is said.
    """

    title: Short = "Canevas"
    home: Slug | None = None
    start: dict[Slug, Semver] = {}


@dataclass(frozen=True, eq=False)
class Catalogue:
    """What is served, and why the rest is not. Never changes: load another one."""

    title: str
    home: str | None
    forms: Mapping[tuple[str, str], CompiledForm]
    starts: Mapping[str, str]
    lists: Lists
    roles: Roles
    library: Library
    faults: tuple[Fault, ...]
    newest_versions: Mapping[str, str] = field(default_factory=dict)

    def newest(self, form: str) -> CompiledForm | None:
        """Give the newest version of a form that is served."""
        version = self.newest_versions.get(form)
        return None if version is None else self.forms[form, version]

    def start(self, form: str) -> CompiledForm | None:
        """Give the version that new documents of a form start with."""
        version = self.starts.get(form)
        return self.newest(form) if version is None else self.forms[form, version]


def load(definitions: Path, referentiels: Path) -> Catalogue:
    """Read and compile what is published."""
    desk = _Desk(definitions, referentiels)
    published = desk.manifests()
    lists = desk.checked_lists(desk.code_lists("*/versions/*.json", published))
    forms = desk.forms("*/versions/*.json", published)
    return desk.catalogue(forms, lists, {})


def working(definitions: Path, referentiels: Path, others: Sequence[Path] = ()) -> Catalogue:
    """Read and compile the working copies over what is published; `others` are more files to check."""
    desk = _Desk(definitions, referentiels)
    lists = desk.code_lists("*/versions/*.json", None)
    lists = desk.checked_lists(desk.over(lists, desk.code_lists("*/list.json", None)))
    published = desk.forms("*/versions/*.json", None)
    drafts = desk.forms("*/form.json", None)
    desk.ahead(published, drafts)
    blocks = desk.blocks()
    for path in others:
        desk.other(path, drafts, blocks)
    found = desk.catalogue(desk.over(published, drafts), lists, blocks)
    return found


@dataclass(eq=False)
class _Desk:
    """One reading of the folders; faults gather as it goes."""

    definitions: Path
    referentiels: Path
    faults: list[Fault] = field(default_factory=list)

    # -- files --

    def name(self, path: Path) -> str:
        """Name a file in a fault: from its folder on."""
        for folder in (self.definitions, self.referentiels):
            if path.is_relative_to(folder):
                return f"{folder.name}/{path.relative_to(folder).as_posix()}"
        return str(path)

    def note(self, path: Path, text: str) -> None:
        """Note a fault of a whole file."""
        self.faults.append(Fault(self.name(path), "$", text))

    def read(self, path: Path, kind: type[M], limit: int = MAX_BYTES) -> M | None:
        """Read one file; None when it is faulty."""
        try:
            return read(path.read_bytes(), self.name(path), kind, limit)
        except OSError as error:
            self.note(path, f"le fichier ne s'ouvre pas ({error.strerror}). Vérifiez ses droits.")
        except FaultyDefinition as error:
            self.faults.extend(error.faults)
        return None

    def manifests(self) -> set[Path]:
        """Read both manifests; gives the published files that are as they were published."""
        return set(self._intact(self.definitions)) | set(self._intact(self.referentiels))

    def _intact(self, folder: Path) -> Iterator[Path]:
        path = folder / "manifest.json"
        hashes: object = {}
        try:
            hashes = parse(path.read_bytes(), self.name(path))
        except OSError:
            self.note(path, "le manifeste manque : rien n'est publié sans lui.")
        except FaultyDefinition as error:
            self.faults.extend(error.faults)
        if not isinstance(hashes, dict):
            self.note(path, "le manifeste associe à chaque fichier publié son empreinte SHA-256.")
            return
        files = {one.relative_to(folder).as_posix(): one for one in folder.glob("*/versions/*.json")}
        for name in sorted({*files, *hashes}):
            if name not in files:
                self.note(folder / name, "fichier publié disparu : remettez-le tel qu'il a été publié.")
            elif name not in hashes:
                self.note(folder / name, "fichier absent du manifeste : publiez-le, ou retirez-le de « versions ».")
            elif digest(files[name]) != hashes[name]:
                text = "fichier publié modifié : remettez-le tel quel, et publiez le changement sous une autre version."
                self.note(folder / name, text)
            else:
                yield files[name]

    def _paths(self, folder: Path, pattern: str, intact: set[Path] | None) -> list[Path]:
        return sorted(path for path in folder.glob(pattern) if intact is None or path in intact)

    # -- definitions --

    def code_lists(self, pattern: str, intact: set[Path] | None) -> dict[str, dict[str, tuple[str, CodeList]]]:
        """Read code lists: id -> version -> (file, list)."""
        found: dict[str, dict[str, tuple[str, CodeList]]] = {}
        for path in self._paths(self.referentiels, pattern, intact):
            code_list = self.read(path, CodeList, MAX_LIST_BYTES)
            if code_list is not None and self._named(path, code_list.list, code_list.version):
                found.setdefault(code_list.list, {})[code_list.version] = (self.name(path), code_list)
        return found

    def checked_lists(self, found: Mapping[str, Mapping[str, tuple[str, CodeList]]]) -> Lists:
        """Index the lists that are right."""
        lists = {
            name: {version: listing_of(code_list) for version, (_, code_list) in versions.items()}
            for name, versions in found.items()
        }
        for name, versions in found.items():
            for version, (file, code_list) in versions.items():
                faults = check_list(code_list, lists, file)
                self.faults.extend(faults)
                if faults:
                    del lists[name][version]
        return {name: versions for name, versions in lists.items() if versions}

    def forms(self, pattern: str, intact: set[Path] | None) -> dict[str, dict[str, tuple[str, Form]]]:
        """Read forms: id -> version -> (file, form)."""
        found: dict[str, dict[str, tuple[str, Form]]] = {}
        for path in self._paths(self.definitions, pattern, intact):
            form = self.read(path, Form)
            if form is not None and self._named(path, form.form, form.version):
                found.setdefault(form.form, {})[form.version] = (self.name(path), form)
        return found

    def _named(self, path: Path, name: str, version: str) -> bool:
        """Tell whether a file is where its id and version say."""
        published = path.parent.name == "versions"
        folder = path.parents[1].name if published else path.parent.name
        if folder == name and (not published or path.stem == version):
            return True
        where = f"{name}/versions/{version}.json" if published else f"{name}/{path.name}"
        self.note(path, f"ce fichier contient « {name} » {version} : sa place est {where}.")
        return False

    def blocks(self) -> dict[str, Block]:
        """Read blocks."""
        found: dict[str, Block] = {}
        for path in self._paths(self.definitions, "blocks/*.json", None):
            block = self.read(path, Block)
            if block is not None and block.block != path.stem:
                self.note(path, f"ce fichier contient le bloc « {block.block} » : nommez-le {block.block}.json.")
            elif block is not None:
                found[block.block] = block
        return found

    def over(self, below: Mapping[str, Mapping[str, M2]], above: Mapping[str, Mapping[str, M2]]) -> dict[str, dict[str, M2]]:
        """Lay working copies over published versions."""
        return {name: {**below.get(name, {}), **above.get(name, {})} for name in sorted({*below, *above})}

    def ahead(self, published: Versions, drafts: Versions) -> None:
        """Check that a working copy is not behind what is published."""
        for name, versions in drafts.items():
            newest = max(published.get(name, {}), key=version_key, default=None)
            for version, (file, _) in versions.items():
                if newest is not None and version_key(version) < version_key(newest):
                    text = f"la version {newest} est déjà publiée : la copie de travail ne peut pas être antérieure."
                    self.faults.append(Fault(file, "$.version", text))

    def other(self, path: Path, drafts: dict[str, dict[str, tuple[str, Form]]], blocks: dict[str, Block]) -> None:
        """Read a file from elsewhere as what it says that it is."""
        try:
            data = parse(path.read_bytes(), self.name(path))
        except OSError as error:
            self.note(path, f"le fichier ne s'ouvre pas ({error.strerror}).")
            return
        except FaultyDefinition as error:
            self.faults.extend(error.faults)
            return
        if isinstance(data, dict) and "block" in data:
            block = self.read(path, Block)
            if block is not None:
                blocks[block.block] = block
                library = Library({}, {}, {}, NOBODY)
                self.faults.extend(check_block(block, library, self.name(path)))
            return
        form = self.read(path, Form)
        if form is not None:
            drafts.setdefault(form.form, {})[form.version] = (self.name(path), form)
