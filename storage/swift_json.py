"""JSON written and read by a library in C, where it gives the very bytes and values of the standard one.

Why: half of a save went into `json`. Digests and the audit chain are over canonical bytes, so the bytes may
not change: what the library writes or reads otherwise (numbers with a point, whole numbers beyond 64 bits,
what is no plain JSON) is left to `storage.audit.canonical`. A property test holds both the same.
"""

import json
from typing import Any

import msgspec

_LONG = b"0" * 19  # digits of the first whole number beyond 64 bits
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_write = msgspec.json.Encoder(order="sorted").encode
_read = msgspec.json.Decoder().decode


def _refused(_digits: str) -> float:
    raise ValueError("a number with a point")


_read_whole = msgspec.json.Decoder(float_hook=_refused).decode

write = _write  # what holds texts, whole numbers of 64 bits, true, false and null only


def read(raw: bytes) -> Any:
    """Read JSON that a store wrote; ValueError when it is none."""
    try:
        return _read(raw)
    except msgspec.MsgspecError:
        return json.loads(raw)


def same_again(value: dict[str, Any]) -> tuple[bytes, dict[str, Any]] | None:
    """Write an object and read it back; None unless both are surely what the standard library gives."""
    try:
        text = _write(value)
        copy: dict[str, Any] = _read_whole(text)
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError):
        return None
    if _LONG in text.translate(_DIGITS) or copy != value:
        return None
    return text, copy
