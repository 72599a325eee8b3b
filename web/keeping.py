"""What is published, in a folder for maintainers and in the store at run time: both ways, without loss.

A published version never changes: two that differ under one number are a conflict, and nothing is written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from storage.base import Reader, Store, Transaction
from web.catalogue import PUBLISHED, digest
from web.journal import grown

KIND = "definition"
STAMP = "published"  # one record: its revision changes with what is kept
AUTHOR = "canevas"
MANIFEST = "manifest.json"
PATTERNS = (PUBLISHED, "*/migrations/*.json", "*/journal.json")
Files = Mapping[str, bytes]  # « definitions/<form>/versions/1.0.0.json » -> its bytes


@dataclass(frozen=True)
class Exchange:
    """What went over, and what stands in the way: then nothing did."""

    sent: tuple[str, ...]
    conflicts: tuple[str, ...]


def stamp(reader: Reader) -> int:
    """A number that changes with what is kept."""
    found = reader.get(STAMP, STAMP)
    return 0 if found is None else found.revision


def put(tx: Transaction, files: Files, note: str = "") -> None:
    """Keep files, in a transaction already open; every site on this store reads them again."""
    for name, raw in files.items():
        former = tx.get(KIND, name)
        body = {"text": raw.decode(), "sha256": digest(raw)}
        revision = 0 if former is None else former.revision
        tx.put(KIND, name, body, {}, expected_revision=revision, note=note)
    tx.put(STAMP, STAMP, {"files": sorted(files)}, {}, expected_revision=stamp(tx))


def kept(store: Store) -> dict[str, bytes]:
    """The files that a store keeps."""
    ids = [entry.id for entry in store.find(KIND, {}).entries]
    found = store.get_many(KIND, ids)
    return {id: str(stored.body["text"]).encode() for id, stored in found.items()}


def in_folders(*folders: Path) -> dict[str, bytes]:
    """The files of the folders that can be kept: a migration, once it leads to a published version."""
    found = {
        f"{folder.name}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for folder in folders
        for pattern in PATTERNS
        for path in sorted(folder.glob(pattern))
    }
    return {name: raw for name, raw in found.items() if _settled(name, raw, found)}


def _settled(name: str, raw: bytes, files: Files) -> bool:
    """Tell whether a file is no working copy: a migration towards an unpublished version still is."""
    if "/migrations/" not in name:
        return True
    return f"{name.partition('/migrations/')[0]}/versions/{target(raw)}.json" in files


def target(raw: bytes) -> str:
    """The version that a migration's file leads to; "" where it says none."""
    try:
        return str(json.loads(raw)["to"])
    except (ValueError, TypeError, KeyError):
        return ""  # « canevas check » says what is wrong with it


def push(store: Store, now: datetime, *folders: Path) -> Exchange:
    """Keep in the store what the folders have."""
    ours, theirs = in_folders(*folders), kept(store)
    exchange = _exchange(ours, theirs, _altered(ours, folders))
    if exchange.sent and not exchange.conflicts:
        with store.transaction(AUTHOR, now) as tx:
            put(tx, {name: ours[name] for name in exchange.sent})
    return exchange


def conflicts(theirs: Files, *folders: Path) -> tuple[str, ...]:
    """What the folders and the store do not agree on, given the store's files."""
    ours = in_folders(*folders)
    return _exchange(ours, theirs, _altered(ours, folders)).conflicts


def ahead(store: Store, *folders: Path) -> tuple[str, ...]:
    """What the store keeps that the folders have not: published from the site."""
    ours = in_folders(*folders)
    return _exchange(kept(store), ours, ()).sent


def pull(store: Store, *folders: Path) -> Exchange:
    """Write in the folders what the store keeps, each published version with its hash in the manifest."""
    ours, theirs = in_folders(*folders), kept(store)
    exchange = _exchange(theirs, ours, _altered(ours, folders))
    if exchange.conflicts:
        return exchange
    by_name = {folder.name: folder for folder in folders}
    for name in exchange.sent:
        head, _, rest = name.partition("/")
        write(by_name[head] / rest, theirs[name])
    for folder in folders:
        fresh = {
            name.partition("/")[2]: digest(theirs[name])
            for name in exchange.sent
            if name.startswith(f"{folder.name}/") and "/versions/" in name
        }
        if fresh:
            write_manifest(folder, fresh)
    return exchange


def _exchange(ours: Files, theirs: Files, altered: tuple[str, ...]) -> Exchange:
    sent, conflicts = [], list(altered)
    for name, raw in sorted(ours.items()):
        if name not in theirs:
            sent.append(name)
        elif raw != theirs[name] and not grown(theirs[name], raw):
            if grown(raw, theirs[name]) or not _settled(name, theirs[name], theirs):
                sent.append(name)
            else:
                conflicts.append(
                    f"{name} : le dossier et la base n'ont pas le même. Gardez l'un des deux : renommez ou "
                    "renumérotez l'autre."
                )
    return Exchange(tuple(sent), tuple(conflicts))


def _altered(files: Files, folders: tuple[Path, ...]) -> tuple[str, ...]:
    """The published files that are not as they were published."""
    found: list[str] = []
    for folder in folders:
        hashes = manifest(folder)
        for name, raw in files.items():
            head, _, rest = name.partition("/")
            if head == folder.name and "/versions/" in rest and hashes.get(rest) != digest(raw):
                found.append(f"{name} : modifié depuis sa publication. Remettez-le tel qu'il a été publié.")
    return tuple(found)


# --- files --------------------------------------------------------------------------------------


def manifest(folder: Path) -> dict[str, str]:
    """The hashes of the published files of a folder."""
    path = folder / MANIFEST
    found: dict[str, str] = json.loads(path.read_bytes()) if path.exists() else {}
    return found


def write_manifest(folder: Path, fresh: Mapping[str, str]) -> None:
    """Add hashes to a manifest."""
    write(folder / MANIFEST, with_hashes(folder, fresh))


def with_hashes(folder: Path, fresh: Mapping[str, str]) -> bytes:
    """A manifest's file with more hashes, in the order of names."""
    known = dict(sorted({**manifest(folder), **fresh}.items()))
    return (json.dumps(known, indent=2) + "\n").encode()


def write(path: Path, raw: bytes) -> None:
    """Write a file whole or not at all."""
    os.replace(_waiting(path, raw), path)


def write_all(files: Mapping[Path, bytes]) -> None:
    """Write files in their order, all or none: what was there comes back where one cannot be written.

    A cut between two of them leaves the first ones: put last what makes the others count.
    """
    waiting: dict[Path, Path] = {}
    former: dict[Path, bytes | None] = {}
    try:
        for path, raw in files.items():
            waiting[path] = _waiting(path, raw)
        for path, file in waiting.items():
            former[path] = path.read_bytes() if path.exists() else None
            os.replace(file, path)
    except OSError:
        for path, before in former.items():
            if before is None:
                path.unlink(missing_ok=True)
            else:
                write(path, before)
        raise
    finally:
        for file in waiting.values():
            file.unlink(missing_ok=True)


def _waiting(path: Path, raw: bytes) -> Path:
    """Write a file beside the one that it will replace."""
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f".{path.name}.tmp")
    waiting.write_bytes(raw)
    return waiting


def pretty(value: Any, indent: int = 0, width: int = 200) -> str:
    """Write JSON for people: what is short on one line.

    >>> pretty({"a": [1, 2]})
    '{"a": [1, 2]}'
    """
    flat = json.dumps(value, ensure_ascii=False)
    if indent + len(flat) <= width or not isinstance(value, (dict, list)) or not value:
        return flat
    pad, end = " " * (indent + 2), " " * indent
    if isinstance(value, dict):
        lines = [f"{pad}{json.dumps(key)}: {pretty(one, indent + 2, width)}" for key, one in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{end}}}"
    return "[\n" + ",\n".join(pad + pretty(one, indent + 2, width) for one in value) + f"\n{end}]"
