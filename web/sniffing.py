"""What the bytes of a file are, by their signature: nothing is ever unpacked. No web framework here."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from engine.attachments import KINDS

MOST_ENTRIES = 2_000  # of an archive
MOST_UNPACKED = 200_000_000  # bytes that an archive says it holds
TAIL = 2_048

_OFFICE = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
_OPEN = ("odt", "ods")


def sniffed(content: bytes) -> str:
    """Give the kind of a content, "" when it is none of ours, cut, or holds programs.

    >>> sniffed(b"%PDF-1.7 ... %%EOF"), sniffed(b"<html>"), sniffed(b"%PDF-1.7 cut")
    ('pdf', '', '')
    """
    if content.startswith(b"%PDF-"):
        return "pdf" if b"%%EOF" in content[-TAIL:] else ""
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    return next(_packed(content), "") if content.startswith(b"PK\x03\x04") else ""


def _packed(content: bytes) -> Iterator[str]:
    """Read the list of what an archive holds, and no more."""
    names = _names(content)
    if any(_is_program(name) for name in names):
        return
    for kind in _OPEN:
        if content[30:].startswith(b"mimetype" + KINDS[kind].media.encode()) and "content.xml" in names:
            yield kind
    for kind, part in _OFFICE.items():
        if "[Content_Types].xml" in names and part in names:
            yield kind


def _names(content: bytes) -> frozenset[str]:
    if content.count(b"PK\x01\x02") > MOST_ENTRIES:
        return frozenset()
    try:
        with ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
    except (BadZipFile, ValueError, NotImplementedError, OSError):
        return frozenset()
    whole = sum(entry.file_size for entry in entries)
    return frozenset(entry.filename for entry in entries) if whole <= MOST_UNPACKED else frozenset()


def _is_program(name: str) -> bool:
    return name.startswith(("Basic/", "Scripts/")) or name.lower().endswith("vbaproject.bin")
