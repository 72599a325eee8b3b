"""The files of web/static, as pages name them: at addresses that change with their content.

A browser keeps a file for ever at such an address. A style sheet's own addresses are rewritten the same way,
and comments of style sheets and scripts stay on the server.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent.parent / "web" / "static"
_LEAN = {  # comments, spaces and line ends that mean nothing: our scripts end every statement with « ; »
    ".css": re.compile(
        r"/\*.*?\*/\n*|^[ \t]+|(?<=[{};,])\n+|(?<=[a-z-]:) +|(?<=[,;{}]) +| +(?=[{}])|;(?=\s*})"
        r"| (?=[>~] )|(?<= [>~]) ",
        re.DOTALL | re.MULTILINE,
    ),
    ".js": re.compile(r"^[ \t]*//.*\n|^[ \t]+|(?<=[;{}]) // .*$|(?<=\W)\n+", re.MULTILINE),
}
_URL = re.compile(r'url\("([^":#]+)"\)')


@dataclass(frozen=True)
class Asset:
    """A file as it is served; `digest` names its content."""

    name: str
    kind: str  # media type
    content: bytes
    digest: str


def static(name: str) -> str:
    """Address of a file of web/static; a missing file keeps a plain one."""
    found = assets().get(name)
    return f"/static/{found.digest}/{name}" if found else f"/static/{name}"


@cache
def assets() -> Mapping[str, Asset]:
    """Every file of web/static by its name, read once."""
    files = [path for path in sorted(STATIC.rglob("*")) if path.is_file()]
    raw = {path.relative_to(STATIC).as_posix(): path.read_bytes() for path in files}
    plain = {name: _asset(name, _lean(name, content)) for name, content in raw.items()}
    return plain | {
        name: _asset(name, _URL.sub(lambda found: _addressed(found, plain), one.content.decode()).encode())
        for name, one in plain.items()
        if name.endswith(".css")
    }


def _asset(name: str, content: bytes) -> Asset:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    kind = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    return Asset(name, kind, content, hashlib.sha256(content).hexdigest()[:12])


def _lean(name: str, content: bytes) -> bytes:
    useless = None if name.startswith("vendor/") else _LEAN.get(Path(name).suffix)
    return content if useless is None else useless.sub("", content.decode()).encode()


def _addressed(found: re.Match[str], known: Mapping[str, Asset]) -> str:
    asset = known.get(found[1])
    return f'url("/static/{asset.digest}/{asset.name}")' if asset else found[0]
