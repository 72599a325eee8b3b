"""A form with one file -> ordered pairs and the file's bytes: bounded, strict. No web framework here."""

from __future__ import annotations

from collections.abc import Mapping

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from engine.posting import Parsed
from web.body import MAX_NAME
from web.failures import BadRequest

PATHS = frozenset({"/imports"})  # the only addresses that take a file
MAX_BYTES = 10_000_000
MAX_PARTS = 20
MEDIA = "multipart/form-data"
_BROKEN = "L'envoi est coupé ou mal écrit : rien n'a été lu. Rechargez la page et recommencez."


def is_upload(path: str, headers: Mapping[bytes, bytes]) -> bool:
    """Tell whether a request sends a file where one may be sent."""
    if path not in PATHS:
        return False
    media, _ = parse_options_header(headers.get(b"content-type", b"").decode("latin-1"))
    return media.strip().lower() == MEDIA


def parse(raw: bytes, headers: Mapping[bytes, bytes]) -> tuple[Parsed, bytes]:
    """Return the texts of a form, in order, and the bytes of its last file, b"" without one."""
    _, options = parse_options_header(headers.get(b"content-type", b"").decode("latin-1"))
    pairs: list[tuple[str, str]] = []
    file = b""
    try:
        for part, content in _parts(raw, options.get("boundary", "")):
            if part.filename is not None:
                file = content
            elif len(part.name) <= MAX_NAME:
                pairs.append((part.name, content.decode("utf-8")))
    except (MultipartError, UnicodeDecodeError, ValueError):
        raise BadRequest(_BROKEN) from None
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise BadRequest(_BROKEN)
    return Parsed([name for name, _ in pairs], [value for _, value in pairs]), file


def _parts(raw: bytes, boundary: str) -> list[tuple[MultipartSegment, bytes]]:
    found: list[tuple[MultipartSegment, bytes]] = []
    chunks: list[bytes] = []
    if not boundary:
        raise ValueError("no boundary")
    with PushMultipartParser(boundary, max_segment_count=MAX_PARTS, max_segment_size=MAX_BYTES) as parser:
        part: MultipartSegment | None = None
        for event in parser.parse(raw):
            if isinstance(event, MultipartSegment):
                part, chunks = event, []
            elif event is not None:
                chunks.append(bytes(event))
            elif part is not None:
                found.append((part, b"".join(chunks)))
    return found
