"""The files that a step's form sends: what they are, what they say of their fields. No framework here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from engine.attachments import REMOVE, Received, clean_name
from engine.fields import Entry
from engine.paths import Path
from engine.posting import Posted
from web.body import Pairs, ours
from web.files import digest
from web.sniffing import sniffed
from web.upload import Part

JOIN = "_fichier."  # begins the name of a file's control
TAKE_AWAY = "_retirer."  # begins that of the box that takes one away


class Joining(NamedTuple):
    """What is posted for fields that hold files, and the contents by their digests."""

    entries: Mapping[Path, Entry]
    contents: Mapping[str, bytes]


def joining(pairs: Pairs, files: Sequence[Part], new_id: Callable[[], str]) -> Joining:
    """Read the files that come and go with a post."""
    texts: dict[Path, list[str]] = {}
    received: dict[Path, list[Received]] = {}
    contents: dict[str, bytes] = {}
    for name, value in ours(pairs):
        if name.startswith(TAKE_AWAY) and value:
            texts.setdefault(_path(name, TAKE_AWAY), []).append(f"{REMOVE}{value}")
    for part in files:
        if part.name.startswith(JOIN):
            one = _received(part, new_id())
            received.setdefault(_path(part.name, JOIN), []).append(one)
            contents[one.sha256] = part.content or b""
    paths = dict.fromkeys([*texts, *received])
    entries = {path: Entry(texts.get(path, ()), files=received.get(path, ())) for path in paths}
    return Joining(entries, contents)


def with_files(posted: Posted, found: Joining) -> Posted:
    """Add to a post what its files say."""
    return Posted({**posted.entries, **found.entries}, posted.rows) if found.entries else posted


def _received(part: Part, file: str) -> Received:
    content = part.content or b""
    return Received(file, clean_name(part.filename), part.size, digest(content), sniffed(content))


def _path(name: str, head: str) -> Path:
    return tuple(name.removeprefix(head).split("."))[:4]
