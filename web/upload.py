"""A form with files -> ordered pairs and the files: bounded, strict, read as it comes. No web framework here.

A file that is larger than any may be is read to its end and not kept: what was typed around it is, and its
field says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from engine.posting import Parsed
from web.body import MAX_BYTES, MAX_NAME, MAX_PAIRS, Receive, feed
from web.failures import CutUpload, TooLarge

MEDIA = "multipart/form-data"
MAX_FILE = 10_000_000
SECONDS = 120.0
_BROKEN = "L'envoi est coupé ou mal écrit : rien n'a été enregistré. Rechargez la page et recommencez."


class Bounds(NamedTuple):
    """What a form may send: bytes in all, parts."""

    total: int
    parts: int


IMPORTS = "/imports"
FORM_FILE = re.compile(r"/definitions/[^/]+/fichier")
LIST_FILE = re.compile(r"/listes/[^/]+/fichier")
# The only addresses that take files.
PLACES: Mapping[re.Pattern[str], Bounds] = {
    re.compile(IMPORTS): Bounds(MAX_FILE, 20),
    FORM_FILE: Bounds(2_000_000, 20),
    LIST_FILE: Bounds(MAX_FILE, 20),
    re.compile(r"/documents/[^/]+/etapes/[^/]+"): Bounds(40_000_000, MAX_PAIRS),
}


class Part(NamedTuple):
    """A file that was sent. `content` is None when it was too large to be kept."""

    name: str
    filename: str
    size: int
    content: bytes | None


class Upload(NamedTuple):
    """What a form sent: its texts and its files, in order."""

    pairs: Parsed
    files: tuple[Part, ...]


def bounds(path: str, headers: Mapping[bytes, bytes]) -> Bounds | None:
    """Give what a request may send where files may be sent, None when it sends none there."""
    media, _ = parse_options_header(headers.get(b"content-type", b"").decode("latin-1"))
    if media.strip().lower() != MEDIA:
        return None
    return next((found for place, found in PLACES.items() if place.fullmatch(path)), None)


async def read(receive: Receive, headers: Mapping[bytes, bytes], allowed: Bounds) -> Upload:
    """Read a form with files as it comes; CutUpload tells what had come of one that is broken."""
    _, options = parse_options_header(headers.get(b"content-type", b"").decode("latin-1"))
    reading = _Reading(options.get("boundary", ""), allowed)
    await feed(receive, headers, reading.take, most=allowed.total, seconds=SECONDS)
    return reading.done()


class _Reading:
    """Holds what has come so far."""

    def __init__(self, boundary: str, allowed: Bounds) -> None:
        self.names: list[str] = []
        self.texts: list[str] = []
        self.files: list[Part] = []
        self.room = MAX_BYTES  # for texts
        self.part: MultipartSegment | None = None
        self.chunks: list[bytes] = []
        try:
            self.parser = PushMultipartParser(boundary, max_segment_count=allowed.parts)
        except MultipartError:
            raise CutUpload(_BROKEN, ()) from None

    def take(self, chunk: bytes) -> None:
        """Take the bytes that come next."""
        try:
            for event in self.parser.parse(chunk):
                if isinstance(event, MultipartSegment):
                    self.part, self.chunks = event, []
                elif event is not None:
                    self._hold(event)
                elif self.part is not None:
                    self._end(self.part)
        except (MultipartError, UnicodeDecodeError, ValueError):
            raise self._broken() from None

    def done(self) -> Upload:
        """Give what came, whole."""
        try:
            self.parser.close()
        except MultipartError:
            raise self._broken() from None
        return Upload(Parsed(self.names, self.texts), tuple(self.files))

    def _hold(self, data: bytes | bytearray) -> None:
        part = self.part
        assert part is not None
        if part.filename is None:
            self.room -= len(data)
            if self.room < 0:
                raise TooLarge
        if part.filename is None or part.bytes_received <= MAX_FILE:
            self.chunks.append(bytes(data))
        else:
            self.chunks.clear()

    def _end(self, part: MultipartSegment) -> None:
        content = b"".join(self.chunks)
        if len(part.name) > MAX_NAME:
            raise ValueError(part.name)
        if part.filename is None:
            text = content.decode("utf-8")
            if "\0" in text or "\0" in part.name:
                raise ValueError(part.name)
            self.names.append(part.name)
            self.texts.append(text)
        elif part.filename or part.bytes_received:
            kept = content if part.bytes_received <= MAX_FILE else None
            self.files.append(Part(part.name, part.filename, part.bytes_received, kept))

    def _broken(self) -> CutUpload:
        return CutUpload(_BROKEN, tuple(zip(self.names, self.texts, strict=True)))
