"""What a word of the command line names: a file, a folder, a version like `forme@1.0.0`, a git revision."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from engine import model
from engine.drafting import Library, version_key
from engine.faults import nearest
from engine.reading import MAX_BYTES, MAX_LIST_BYTES, parse, read
from web.catalogue import working

FOLDERS = ("definitions", "referentiels")


class Unfound(Exception):
    """What the command line names cannot be used; the text says why and what to write."""


@dataclass(frozen=True, eq=False)
class Source:
    """What a word names: one definition, or all the working copies of a folder."""

    title: str
    library: Library
    forms: Mapping[str, model.Form]
    lists: Mapping[str, model.CodeList]
    single: bool


@contextmanager
def opened(word: str, root: Path) -> Iterator[Source]:
    """Find what a word names; a git revision is laid out in a folder that goes away afterwards."""
    name, _, inside = word.partition(":")
    if Path(word).exists():
        yield _path(Path(word).resolve(), word, root)
    elif "@" in word and not _revision(word, root):
        yield _version(word, root)
    elif _revision(name, root):
        with TemporaryDirectory() as folder:
            _laid_out(name, Path(folder), root)
            yield _path(_inside(Path(folder), inside, word), word, Path(folder))
    else:
        yield _version(word, root)


# --- files and folders --------------------------------------------------------------------------


def _path(path: Path, word: str, root: Path) -> Source:
    home = next((one for one in (path, *path.parents) if (one / "definitions").is_dir()), root)
    library = working(home / FOLDERS[0], home / FOLDERS[1]).library
    if path.is_file():
        return _one(path, word, library)
    folders = [path / one for one in FOLDERS if (path / one).is_dir()] or [path]
    forms = [one for folder in folders for one in sorted(folder.glob("**/form.json"))]
    lists = [one for folder in folders for one in sorted(folder.glob("**/list.json"))]
    if not forms and not lists:
        raise Unfound(f"« {word} » ne contient ni « form.json » ni « list.json ».")
    return Source(
        word,
        library,
        {one.form: one for one in (_form(path) for path in forms)},
        {one.list: one for one in (_list(path) for path in lists)},
        len(forms) + len(lists) == 1,
    )


def _one(path: Path, word: str, library: Library) -> Source:
    data = _read(path)
    if isinstance(data, dict) and "list" in data:
        one = _list(path)
        return Source(word, library, {}, {one.list: one}, True)
    if not isinstance(data, dict) or "form" not in data:
        raise Unfound(
            f"« {word} » n'est ni une forme ni une liste : il y manque la clé « form » ou « list »."
        )
    form = _form(path)
    return Source(word, library, {form.form: form}, {}, True)


def _form(path: Path) -> model.Form:
    return read(path.read_bytes(), path.name, model.Form)


def _list(path: Path) -> model.CodeList:
    return read(path.read_bytes(), path.name, model.CodeList, MAX_LIST_BYTES)


def _read(path: Path) -> object:
    try:
        return parse(path.read_bytes(), path.name, max(MAX_BYTES, MAX_LIST_BYTES))
    except OSError as error:
        raise Unfound(f"« {path} » ne s'ouvre pas ({error.strerror}).") from None


# --- versions -----------------------------------------------------------------------------------


def _version(word: str, root: Path) -> Source:
    name, _, version = word.partition("@")
    for folder, working_copy in zip(FOLDERS, ("form.json", "list.json"), strict=True):
        home = root / folder / name
        if not name or "/" in name or not home.is_dir():
            continue
        path = home / "versions" / f"{version}.json" if version else home / working_copy
        if path.is_file() and path.resolve().is_relative_to(home.resolve()):
            return _path(path, word, root)
        raise Unfound(f"« {word} » : « {name} » n'a pas de version {version or 'de travail'}.{_known(home)}")
    known = [one.name for folder in FOLDERS for one in (root / folder).glob("*") if one.is_dir()]
    raise Unfound(
        f"« {word} » n'est ni un fichier, ni un dossier, ni une forme ou une liste, ni une révision git."
        f"{nearest(name, known)} Écrivez un chemin, « {known[0] if known else 'forme'}@1.0.0 » ou « HEAD~1 »."
    )


def _known(home: Path) -> str:
    versions = [one.stem for one in home.glob("versions/*.json")]
    if not versions:
        return " Aucune n'est publiée : comparez à sa copie de travail."
    try:
        versions.sort(key=version_key)
    except ValueError:
        versions.sort()
    return f" Publiées : {', '.join(versions)}."


# --- git ----------------------------------------------------------------------------------------


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=False)
    except OSError as error:
        raise Unfound(
            f"git ne se lance pas ({error.strerror}) : donnez des fichiers ou des versions."
        ) from None


def _revision(name: str, root: Path) -> bool:
    if not name or name.startswith("-"):
        return False
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return found.returncode == 0


def _laid_out(revision: str, folder: Path, root: Path) -> None:
    there = [one for one in FOLDERS if _git(root, "cat-file", "-e", f"{revision}:{one}").returncode == 0]
    if not there:
        raise Unfound(f"la révision « {revision} » n'a pas de dossier « definitions ».")
    archive = _git(root, "archive", revision, *there)
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        tar.extractall(folder, filter="data")
    for name in FOLDERS:
        (folder / name).mkdir(exist_ok=True)


def _inside(folder: Path, inside: str, word: str) -> Path:
    path = (folder / inside).resolve()
    if not path.exists() or not path.is_relative_to(folder.resolve()):
        raise Unfound(f"« {word} » : « {inside} » n'existe pas dans cette révision.")
    return path
