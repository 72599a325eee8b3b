"""Posted bodies and queries -> ordered pairs: bounded, strict, with our own parser. No web framework here.

Order and repeated names are kept, which other parsers lose. Whatever the bytes, the outcome is pairs or a
`Failure`.
"""

from __future__ import annotations

from binascii import a2b_qp
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote_plus

import anyio

from web.failures import BadRequest, ClientGone, TooLarge, TooSlow, Unsupported

MAX_BYTES = 2_000_000
MAX_PAIRS = 5_000
MAX_NAME = 300
SECONDS = 30.0

Pairs = tuple[tuple[str, str], ...]
Receive = Callable[[], Awaitable[Any]]

_NOT_MARKS = bytes(set(range(256)) - set(b"&="))
_MALFORMED = "Ce qui a été envoyé est mal écrit : {}. Rechargez la page et recommencez."


async def read(
    receive: Receive, headers: Mapping[bytes, bytes], *, seconds: float = SECONDS, most: int = MAX_BYTES
) -> bytes:
    """Return the whole body of a request, at most `most` bytes, received within `seconds`."""
    declared = headers.get(b"content-length", b"0")
    if not declared.isdigit():
        raise BadRequest(_MALFORMED.format("la longueur annoncée n'est pas un nombre"))
    if len(declared) > 12 or int(declared) > most:
        raise TooLarge
    with anyio.move_on_after(seconds):
        return await _received(receive, most)
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
    if body.count(b"&") >= MAX_PAIRS:
        raise TooLarge
    marks = body.translate(None, _NOT_MARKS)
    if marks != b"=&" * (len(marks) // 2) + b"=":
        body = _regular(body)
        marks = body.translate(None, _NOT_MARKS)
    if not body:
        return ()
    texts = _texts(body.replace(b"&", b"\0").replace(b"=", b"\0"), len(marks) + 1)
    names = texts[::2]
    if max(map(len, names)) > MAX_NAME:
        raise BadRequest(_MALFORMED.format(f"un nom de champ dépasse {MAX_NAME} caractères"))
    return tuple(zip(names, texts[1::2], strict=True))


def _regular(body: bytes) -> bytes:
    """Spell a body as browsers do: each pair with one « = », none empty."""
    halves = [piece.partition(b"=") for piece in body.split(b"&") if piece]
    return b"&".join(name + b"=" + value.replace(b"=", b"%3D") for name, _, value in halves)


def encode(pairs: Pairs) -> bytes:
    """Write pairs as an urlencoded body: `parse` gives them back.

    >>> parse(encode((("é&=", "+ %"),)))
    (('é&=', '+ %'),)
    """
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs).encode("ascii")


def first(pairs: Pairs, name: str, default: str = "") -> str:
    """Return the first value of a name."""
    for key, value in pairs:  # sooner than a generator: some hundred pairs, some ten names
        if key == name:
            return value
    return default


async def _received(receive: Receive, most: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > most:
            raise TooLarge
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _texts(joined: bytes, count: int) -> list[str]:
    """Undo the escapes of texts that are joined by NULs, which no text may hold; there is no « = » in them.

    `%C3%A9` written as `=C3=A9` is quoted-printable, which Python reads in C: ten times as fast as one
    escape after another, and accents are many. Each right escape makes the whole two bytes shorter.
    """
    quoted = joined.replace(b"\r", b"%0D").replace(b"\n", b"%0A").replace(b"+", b" ").replace(b"%", b"=")
    raw = a2b_qp(quoted)
    if len(raw) != len(quoted) - 2 * quoted.count(b"="):
        raise BadRequest(_MALFORMED.format("un « % » n'y est pas suivi de deux chiffres"))
    if raw.count(b"\0") != count - 1:
        raise BadRequest(_MALFORMED.format("il contient un caractère nul"))
    try:
        return raw.decode("utf-8").split("\0")
    except UnicodeDecodeError:
        raise BadRequest(_MALFORMED.format("un caractère n'est pas de l'UTF-8")) from None
