"""Posted bodies and queries -> ordered pairs: bounded, strict, with our own parser. No web framework here.

Order and repeated names are kept, which other parsers lose. Whatever the bytes, the outcome is pairs or a
`Failure`.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote_plus, unquote_to_bytes

import anyio

from web.failures import BadRequest, ClientGone, TooLarge, TooSlow, Unsupported

MAX_BYTES = 2_000_000
MAX_PAIRS = 5_000
MAX_NAME = 300
SECONDS = 30.0

Pairs = tuple[tuple[str, str], ...]
Receive = Callable[[], Awaitable[Any]]

_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_MALFORMED = "Ce qui a été envoyé est mal écrit : {}. Rechargez la page et recommencez."


async def read(receive: Receive, headers: Mapping[bytes, bytes], *, seconds: float = SECONDS) -> bytes:
    """Return the whole body of a request, at most MAX_BYTES, received within `seconds`."""
    declared = headers.get(b"content-length", b"0")
    if not declared.isdigit():
        raise BadRequest(_MALFORMED.format("la longueur annoncée n'est pas un nombre"))
    if len(declared) > 12 or int(declared) > MAX_BYTES:
        raise TooLarge
    with anyio.move_on_after(seconds):
        return await _received(receive)
    raise TooSlow


def check_type(headers: Mapping[bytes, bytes]) -> None:
    """Refuse a body that isn't a plain form in UTF-8."""
    media, _, rest = headers.get(b"content-type", b"").decode("latin-1").partition(";")
    charset = rest.strip().lower()
    if media.strip().lower() != "application/x-www-form-urlencoded":
        raise Unsupported
    if charset and charset.replace('"', "") not in ("charset=utf-8", "charset=utf8"):
        raise Unsupported
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise Unsupported


def parse(body: bytes) -> Pairs:
    """Return the pairs of an urlencoded body or query, in their order.

    >>> parse(b"a=1&b=%C3%A9+x&a=2")
    (('a', '1'), ('b', 'é x'), ('a', '2'))
    """
    pieces = [piece for piece in body.split(b"&") if piece]
    if len(pieces) > MAX_PAIRS:
        raise TooLarge
    return tuple(_pair(piece) for piece in pieces)


def encode(pairs: Pairs) -> bytes:
    """Write pairs as an urlencoded body: `parse` gives them back.

    >>> parse(encode((("é&=", "+ %"),)))
    (('é&=', '+ %'),)
    """
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs).encode("ascii")


def first(pairs: Pairs, name: str, default: str = "") -> str:
    """Return the first value of a name."""
    return next((value for key, value in pairs if key == name), default)


async def _received(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BYTES:
            raise TooLarge
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _pair(piece: bytes) -> tuple[str, str]:
    name, _, value = piece.partition(b"=")
    decoded = _text(name)
    if len(decoded) > MAX_NAME:
        raise BadRequest(_MALFORMED.format(f"un nom de champ dépasse {MAX_NAME} caractères"))
    return decoded, _text(value)


def _text(escaped: bytes) -> str:
    if _BROKEN_ESCAPE.search(escaped):
        raise BadRequest(_MALFORMED.format("un « % » n'y est pas suivi de deux chiffres"))
    try:
        text = unquote_to_bytes(escaped.replace(b"+", b" ")).decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise BadRequest(_MALFORMED.format("un caractère n'est pas de l'UTF-8")) from None
    if "\0" in text:
        raise BadRequest(_MALFORMED.format("il contient un caractère nul"))
    return text
