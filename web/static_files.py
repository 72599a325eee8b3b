"""The static files' answers: from memory, compressed once, kept for ever at the address of their content."""

from __future__ import annotations

from renderers.assets import Asset, assets
from web import compression

PREFIX = "/static/"
Answered = tuple[int, dict[str, str], bytes]


def find(path: str) -> tuple[Asset | None, bool]:
    """The file at an address, and whether the address names the very content that it has now."""
    digest, _, name = path.removeprefix(PREFIX).partition("/")
    found = assets().get(name)
    if found is not None and len(digest) == len(found.digest) and digest.isalnum():
        return found, digest == found.digest  # a page from before an upgrade names the former content
    return assets().get(path.removeprefix(PREFIX)), False


def answer(asset: Asset, known: str, accepted: bytes) -> Answered:
    """Status, headers and content for a file; `known`: the If-None-Match header."""
    headers = {"etag": f'"{asset.digest}"', "vary": "Accept-Encoding"}
    if headers["etag"] in known:
        return 304, headers, b""
    encoding = compression.chosen(accepted) if compression.worth(asset.kind) else ""
    headers["content-type"] = asset.kind
    if not encoding:
        return 200, headers, asset.content
    return 200, headers | {"content-encoding": encoding}, compression.packed(asset, encoding)
