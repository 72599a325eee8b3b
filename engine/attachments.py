"""Files joined to a document: their kinds, their names, why one is not taken. Their bytes are never here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from engine.french import enumerate_words, weight
from engine.problems import Problem

MOST = 10  # files of one field
NAME_LENGTH = 120
REMOVE = "retirer:"  # begins what is posted to take a file away
ALL = "*"


class Kind(NamedTuple):
    """A kind of file: how its names end, how it is called, how it is sent."""

    endings: tuple[str, ...]
    words: str
    media: str


_OPEN = "application/vnd.oasis.opendocument"
_OFFICE = "application/vnd.openxmlformats-officedocument"
KINDS: Mapping[str, Kind] = {
    "pdf": Kind((".pdf",), "PDF", "application/pdf"),
    "jpeg": Kind((".jpg", ".jpeg"), "JPEG", "image/jpeg"),
    "png": Kind((".png",), "PNG", "image/png"),
    "odt": Kind((".odt",), "ODT", f"{_OPEN}.text"),
    "ods": Kind((".ods",), "ODS", f"{_OPEN}.spreadsheet"),
    "docx": Kind((".docx",), "DOCX", f"{_OFFICE}.wordprocessingml.document"),
    "xlsx": Kind((".xlsx",), "XLSX", f"{_OFFICE}.spreadsheetml.sheet"),
}


class Received(NamedTuple):
    """A file that came with a post. `kind`: what its bytes are, "" when they are nothing known."""

    file: str
    name: str
    size: int
    sha256: str
    kind: str

    def stored(self) -> dict[str, Any]:
        """Give it as an answer keeps it."""
        return {"file": self.file, "name": self.name, "size": self.size, "sha256": self.sha256}


def kind_of(name: str) -> str:
    """Give the kind that a name ends with, "" for none of ours.

    >>> kind_of("Photo.JPG"), kind_of("page.html")
    ('jpeg', '')
    """
    low = name.lower()
    return next((kind for kind, one in KINDS.items() if low.endswith(one.endings)), "")


def clean_name(name: str) -> str:
    """Keep of a name what may be shown and saved anywhere: no path, nothing unseen, not too long.

    >>> clean_name("C:\\\\dossier\\\\..\\\\devis: fin.pdf"), clean_name("../../.pdf"), clean_name("")
    ('devis_ fin.pdf', 'fichier.pdf', 'fichier')
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(one for one in last if unicodedata.category(one)[0] != "C")
    safe = " ".join(re.sub(r'[<>:"|?*]', "_", seen).split())
    stem, dot, ending = safe.rpartition(".")
    if not dot or len(ending) > 10:
        stem, ending = safe, ""
    stem = stem.strip(". ")[: NAME_LENGTH - 11].strip(". ") or "fichier"
    return f"{stem}.{ending}" if ending else stem


def words(stored: Mapping[str, Any]) -> str:
    """Say a file: its name and its size."""
    return f"{stored['name']} ({weight(stored['size'])})"


def joined(
    former: Sequence[Mapping[str, Any]], texts: Sequence[str], files: Sequence[Received], *, many: bool
) -> list[Any]:
    """Give the files of a field after a post, which says what comes and goes: what it doesn't say stays."""
    gone = {text.removeprefix(REMOVE) for text in texts if text.startswith(REMOVE)}
    kept = [] if ALL in gone else [one for one in former if one["file"] not in gone]
    known = {(one["name"], one["sha256"]) for one in kept}
    fresh = [one.stored() for one in files if (one.name, one.sha256) not in known]
    return [*kept, *fresh] if many else fresh[-1:] or kept


def refusal(received: Received, spec: Any, label: str, path: tuple[str, ...]) -> Problem | None:
    """Say why a file is not taken by a field, None when it is."""
    told = {"label": label, "name": received.name}
    accepted = enumerate_words([KINDS[one].words for one in spec.accept])
    kind = kind_of(received.name)
    if received.size == 0:
        return Problem(path, "file_empty", told)
    if received.size > spec.max_mb * 1_000_000:
        return Problem(path, "file_large", told | {"max": spec.max_mb})
    if kind not in spec.accept:
        return Problem(path, "file_kind", told | {"accepted": accepted})
    if kind != received.kind:
        return Problem(path, "file_false", told | {"kind": KINDS[kind].words})
    return None
