"""A working copy put up from the site: read whole before anything is kept, and never over somebody else's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.faults import FaultyDefinition
from engine.model import CodeList, Form
from engine.reading import MAX_BYTES, MAX_LIST_BYTES, read
from web import keeping
from web.catalogue import digest
from web.list_release import WORKING
from web.release import Folders
from web.services.writing import Deps
from web.undoing import Unpublishable

DEPOSIT = "deposit"  # in the audit log
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Copy:
    """Where the working copy of a form or list is; `file`: its name in faults."""

    path: Path
    file: str
    name: str
    kind: type[Form] | type[CodeList]

    @property
    def raw(self) -> bytes:
        """What it holds, b"" where there is none."""
        return self.path.read_bytes() if self.path.exists() else b""

    @property
    def content(self) -> str:
        """The digest of what it holds."""
        return digest(self.raw)


def form_copy(folders: Folders, form: str) -> Copy:
    """The working copy of a form."""
    path = folders.definitions / form / "form.json"
    return Copy(path, folders.name(form, "form.json"), form, Form)


def list_copy(folders: Folders, name: str) -> Copy:
    """The working copy of a list."""
    path = folders.referentiels / name / WORKING
    return Copy(path, f"{folders.referentiels.name}/{name}/{WORKING}", name, CodeList)


def deposit(deps: Deps, person: str, copy: Copy, raw: bytes, seen: str) -> None:
    """Put a file in the place of a working copy; Unpublishable says every reason why not: nothing is written.

    `seen`: the digest of the copy that the page told of. What the copy then cannot be published for is said
    on its page.
    """
    raw = raw.removeprefix(BOM)
    if not raw.strip():
        raise Unpublishable(["Aucun fichier n'est venu : choisissez le fichier JSON de la copie de travail."])
    _right(copy, raw)
    if copy.content not in {seen, digest(raw)}:  # sent again, it is there already
        raise Unpublishable(
            [
                "La copie de travail a changé depuis que cette page a été montrée. Téléchargez-la, "
                "reportez-y vos changements, puis déposez-la."
            ]
        )
    with deps.store.transaction(person, deps.now()) as tx:
        tx.log(DEPOSIT, keeping.KIND, copy.file)
        _write(copy, raw)  # refused, it leaves no line in the log


def _write(copy: Copy, raw: bytes) -> None:
    try:
        keeping.write(copy.path, raw)
    except OSError as error:
        raise Unpublishable(
            [
                f"{copy.file} ne s'écrit pas sur cette machine ({error.strerror}). Confiez le fichier à qui "
                "tient le dossier des définitions."
            ]
        ) from error


def _right(copy: Copy, raw: bytes) -> None:
    """Refuse what is no definition, or another's."""
    try:
        if copy.kind is Form:
            name = read(raw, copy.file, Form, MAX_BYTES).form
        else:
            name = read(raw, copy.file, CodeList, MAX_LIST_BYTES).list
    except FaultyDefinition as error:
        raise Unpublishable(list(map(str, error.faults))) from error
    if name != copy.name:
        text = f"Ce fichier est celui de « {name} », et cette page celle de « {copy.name} »."
        raise Unpublishable([f"{text} Déposez-le sur sa page."])
