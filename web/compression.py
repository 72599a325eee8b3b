"""Answers made smaller: which encoding a browser takes, and how hard to try.

Pages hold a form token beside what people wrote: it is masked anew in each answer (`security.masked`), so
that the length of compressed answers tells nothing of it (BREACH).
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from functools import cache

import brotli

from renderers.assets import Asset

LEAST = 600  # bytes: below, headers and processor cost more than is won
KINDS = ("text/", "application/json", "application/javascript", "image/svg+xml")
ENCODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": lambda content: bytes(brotli.compress(content, quality=5)),
    "gzip": lambda content: gzip.compress(content, 5, mtime=0),
}


def chosen(accepted: bytes) -> str:
    """The best encoding that a browser takes, by its Accept-Encoding header; "" for none.

    >>> chosen(b"gzip, deflate, br"), chosen(b"gzip;q=1.0, br;q=0"), chosen(b"*")
    ('br', 'gzip', '')
    """
    named = [part.partition(";") for part in accepted.decode("latin-1").lower().split(",")]
    refused = {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    takes = {name.strip() for name, _, rest in named if rest.replace(" ", "") not in refused}
    return next((one for one in ENCODINGS if one in takes), "")


def worth(kind: str, size: int = LEAST) -> bool:
    """Tell whether an answer of a media type and size gains by it."""
    return size >= LEAST and kind.startswith(KINDS)


@cache
def packed(asset: Asset, encoding: str) -> bytes:
    """A static file compressed as hard as can be, once."""
    if encoding == "br":
        return bytes(brotli.compress(asset.content, quality=11))
    return gzip.compress(asset.content, 9, mtime=0)
