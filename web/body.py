"""Posted bodies and queries -> ordered pairs: bounded, strict, with our own parser. No web framework here.

Order and repeated names are kept, which other parsers lose. Whatever the bytes, the outcome is pairs or a
`Failure`.
"""

from __future__ import annotations

import re
from asyncio import timeout
from binascii import a2b_qp
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote_plus

from engine.fields import tidy, tidy_calm
from engine.posting import OURS, Parsed
from web.failures import BadRequest, ClientGone, TooLarge, TooSlow, Unsupported

MAX_BYTES = 2_000_000
MAX_PAIRS = 5_000
MAX_NAME = 300
SECONDS = 30.0

Pairs = Sequence[tuple[str, str]]
Receive = Callable[[], Awaitable[Any]]

_NOT_MARKS = bytes(set(range(256)) - set(b"&="))
_SPELLING = bytes.maketrans(b"&=+%", b"\0\0 =")
_MALFORMED = "Ce qui a été envoyé est mal écrit : {}. Rechargez la page et recommencez."


async def read(
    receive: Receive, headers: Mapping[bytes, bytes], *, seconds: float = SECONDS, most: int = MAX_BYTES
) -> bytes:
    """Return the whole body of a request, at most `most` bytes, received within `seconds`."""
    chunks: list[bytes] = []
    await feed(receive, headers, chunks.append, most=most, seconds=seconds)
    return b"".join(chunks)


async def feed(
    receive: Receive,
    headers: Mapping[bytes, bytes],
    take: Callable[[bytes], None],
    *,
    most: int,
    seconds: float,
) -> None:
    """Hand on a body as it comes, at most `most` bytes, received within `seconds`."""
    declared = headers.get(b"content-length", b"0")
    if not declared.isdigit():
        raise BadRequest(_MALFORMED.format("la longueur annoncée n'est pas un nombre"))
    if len(declared) > 12 or int(declared) > most:
        raise TooLarge
    try:
        async with timeout(seconds):
            await _received(receive, most, take)
    except TimeoutError:
        raise TooSlow from None


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


def parse(body: bytes) -> Parsed:
    """Return the pairs of an urlencoded body or query, in their order.

    >>> tuple(parse(b"a=1&b=%C3%A9+x&a=2"))
    (('a', '1'), ('b', 'é x'), ('a', '2'))
    """
    marks = body.translate(None, _NOT_MARKS)
    if marks != b"=&" * (len(marks) // 2) + b"=":
        if marks.count(b"&") >= MAX_PAIRS:
            raise TooLarge
        body = _regular(body)
        marks = body.translate(None, _NOT_MARKS)
    if len(marks) >= 2 * MAX_PAIRS:
        raise TooLarge
    if not body:
        return Parsed((), ())
    raw = _unescaped(body)
    texts = _texts(raw, len(marks) + 1)
    names = texts[::2]
    if max(map(len, names)) > MAX_NAME:
        raise BadRequest(_MALFORMED.format(f"un nom de champ dépasse {MAX_NAME} caractères"))
    clean = (tidy_calm if b"\r" in raw else str.strip) if _calm(raw) else tidy
    return Parsed(names, texts[1::2], clean, raw)


def _regular(body: bytes) -> bytes:
    """Spell a body as browsers do: each pair with one « = », none empty."""
    halves = [piece.partition(b"=") for piece in body.split(b"&") if piece]
    return b"&".join(name + b"=" + value.replace(b"=", b"%3D") for name, _, value in halves)


def encode(pairs: Pairs) -> bytes:
    """Write pairs as an urlencoded body: `parse` gives them back.

    >>> tuple(parse(encode((("é&=", "+ %"),))))
    (('é&=', '+ %'),)
    """
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs).encode("ascii")


def first(pairs: Pairs, name: str, default: str = "") -> str:
    """Return the first value of a name."""
    if isinstance(pairs, Parsed):
        return pairs.first(name, default)
    return next((value for key, value in pairs if key == name), default)


def ours(pairs: Pairs) -> Pairs:
    """Return what a page says of itself: the pairs whose names begin with « _ »."""
    return pairs.ours if isinstance(pairs, Parsed) else [pair for pair in pairs if pair[0][:1] == OURS]


async def _received(receive: Receive, most: int, take: Callable[[bytes], None]) -> None:
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > most:
            raise TooLarge
        take(chunk)
        if not message.get("more_body", False):
            return


def _unescaped(body: bytes) -> bytes:
    """Undo the escapes of a body: its names and values joined by NULs.

    `%C3%A9` written as `=C3=A9` is quoted-printable, which Python reads in C: ten times as fast as one
    escape after another, and accents are many. A wrong escape stays as it is, or is dropped at the end.
    """
    if b"\r" in body or b"\n" in body:  # would be a soft line break
        body = body.replace(b"\r", b"%0D").replace(b"\n", b"%0A")
    quoted = body.translate(_SPELLING)
    raw = a2b_qp(quoted)
    if (b"=" in raw or quoted.endswith(b"=")) and len(raw) != len(quoted) - 2 * quoted.count(b"="):
        raise BadRequest(_MALFORMED.format("un « % » n'y est pas suivi de deux chiffres"))
    return raw


def _texts(raw: bytes, count: int) -> list[str]:
    """Read names and values; none may hold the NUL that joins them."""
    try:
        texts = raw.decode("utf-8").split("\0")
    except UnicodeDecodeError:
        raise BadRequest(_MALFORMED.format("un caractère n'est pas de l'UTF-8")) from None
    if len(texts) != count:
        raise BadRequest(_MALFORMED.format("il contient un caractère nul"))
    return texts


# Single bytes, and characters of several, that neither NFC nor the removal of control characters change:
# those of European languages, their quotes, dashes and spaces.
_QUIET = bytes([0, *b"\t\n\r", *range(0x20, 0x7F), *range(0xC3, 0xCC)])
_QUIET_CHARACTERS = re.compile(
    rb"[\x80-\xbf]*+(?:(?:\xe2\x80[\x82-\xbf]|\xe2\x82\xac|\xc2[\xa0-\xbf])[\x80-\xbf]*+)*+"
)


def _calm(raw: bytes) -> bool:
    """Tell whether tidying such UTF-8 changes but its line ends and edges; sometimes no for a yes.

    All at once is worth it: text by text, the same look takes longer than reading the whole body.
    """
    return _QUIET_CHARACTERS.fullmatch(raw.translate(None, _QUIET)) is not None
