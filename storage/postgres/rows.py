"""History lines as rows of `lines`, and back."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from storage.audit import canonical
from storage.base import Body, Entry, Key, Keys, Revision, Stored

# JSONB makes a number of digits: 1e+22 would come back as an integer, -0.0 without its sign.
_RESPELT = re.compile(rb"[:\[,](-?\d(\.\d+)?e\+|-0\.0(?!\d))")


@dataclass(frozen=True, slots=True)
class Line:
    """All of a history line but its body; `previous` is the `first` of the line before, or None."""

    kind: str
    id: str
    revision: int
    first: int
    previous: int | None
    author: str
    at: str
    created_at: str
    started_at: str
    sitting: str | None
    note: str
    salt: str
    keys: Body


NAMES = [field.name for field in fields(Line)]
META = ", ".join(NAMES)
WHOLE = f"{META}, body, exact"


def following(former: Line | None, put: Line) -> Line:
    """Return `put`, given as a first revision, as the revision that follows `former`."""
    if former is None:
        return put
    next_one = replace(put, revision=former.revision + 1, created_at=former.created_at)
    if put.sitting is not None and (put.sitting, put.author) == (former.sitting, former.author):
        return replace(
            next_one,
            first=former.first,
            started_at=former.started_at,
            previous=former.previous,
            note=put.note or former.note,
        )
    return replace(next_one, first=next_one.revision, previous=former.first)


def body_columns(body: Body) -> tuple[str, str | None]:
    """Return a body for its column, and again for `exact` if JSONB would change a number's spelling."""
    text = canonical(body)
    return text.decode(), text.decode() if _RESPELT.search(text) else None


def line_columns(line: Line) -> dict[str, Any]:
    """Return a line's columns, without those of its body."""
    columns = {name: getattr(line, name) for name in NAMES}
    return {**columns, "keys": canonical(line.keys).decode()}


def line(row: Sequence[Any]) -> Line:
    """Return the line of a row of META."""
    return Line(*row)


def body_of(row: Sequence[Any]) -> Body:
    """Return the body of a row of WHOLE."""
    body, exact = row[-2:]
    found: Body = body if exact is None else json.loads(exact)
    return found


def stored(line: Line, body: Body) -> Stored:
    """Return a line as a document."""
    return Stored(
        kind=line.kind,
        id=line.id,
        revision=line.revision,
        body=body,
        keys=shown(line.keys),
        author=line.author,
        at=line.at,
        created_at=line.created_at,
    )


def stored_row(row: Sequence[Any]) -> Stored:
    """Return a row of WHOLE as a document."""
    return stored(line(row[:-2]), body_of(row))


def entry(line: Line) -> Entry:
    """Return what lists see of a line."""
    return Entry(line.kind, line.id, line.revision, shown(line.keys), line.at)


def revision(line: Line) -> Revision:
    """Return a line as one of the history."""
    return Revision(
        first=line.first,
        last=line.revision,
        author=line.author,
        started_at=line.started_at,
        at=line.at,
        sitting=line.sitting,
        note=line.note,
    )


def shown(keys: Mapping[str, Any]) -> Keys:
    """Return keys as stores give them out: read-only, sequences as tuples."""
    values: dict[str, Key | tuple[Key, ...]] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in keys.items()
    }
    return MappingProxyType(values)
