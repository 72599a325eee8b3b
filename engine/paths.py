"""One path and its spellings.

A path is a tuple: field ids, with row ids where a field repeats: `("participants", "k3f", "nom")`.
A *static* path has no row ids: `("participants", "nom")`.
"""

from __future__ import annotations

import re

Path = tuple[str, ...]

_STEP = re.compile(r"([a-z][a-z0-9_]*)(?:\[([^\]]+)\])?")


def dotted(path: Path) -> str:
    """Spell a path as an HTML name.

    >>> dotted(("participants", "k3f", "nom"))
    'participants.k3f.nom'
    """
    return ".".join(path)


def html_id(path: Path) -> str:
    """Spell a path as an HTML id; the prefix keeps a form's words apart from the page's own ids.

    >>> html_id(("participants", "k3f", "nom"))
    'q-participants-k3f-nom'
    """
    return "-".join(("q", *path))


def region_id(path: Path) -> str:
    """Name the region of a page that shows the item at `path`."""
    return "-".join(("z", *path))


def bracketed(path: Path, repeats: frozenset[str]) -> str:
    """Spell a path as authors do in scenarios; `repeats` are the ids of the fields with rows.

    >>> bracketed(("participants", "a", "nom"), frozenset({"participants"}))
    'participants[a].nom'
    """
    if len(path) > 1 and path[0] in repeats:
        return f"{path[0]}[{path[1]}]" + "".join(f".{part}" for part in path[2:])
    return dotted(path)


def from_bracketed(text: str) -> Path:
    """Read what `bracketed` writes.

    >>> from_bracketed("participants[a].nom")
    ('participants', 'a', 'nom')
    """
    parts: list[str] = []
    for piece in text.split("."):
        match = _STEP.fullmatch(piece)
        if match is None:
            raise ValueError(f"« {text} » is no path: write field, group.field or rows[row].field")
        parts.extend(part for part in match.groups() if part)
    return tuple(parts)


def json_path(location: tuple[str | int, ...]) -> str:
    """Spell a place in a JSON file.

    >>> json_path(("steps", 2, "fields", 0, "min"))
    '$.steps[2].fields[0].min'
    """
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
