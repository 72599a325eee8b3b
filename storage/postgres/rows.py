"""History lines as rows of `lines`, and back."""

import json
import re
from collections.abc import Sequence
from typing import Any, cast

from storage import records
from storage.audit import canonical
from storage.base import Body, Revision, Stored
from storage.records import Meta

# JSONB keeps a number's digits only: 1e+22 would come back as an integer, -0.0 without its sign.
_RESPELT = re.compile(rb"[:\[,](-?\d(\.\d+)?e\+|-0\.0(?!\d))")

NAMES = list(Meta.__annotations__)
META = ", ".join(NAMES)
WHOLE = f"{META}, body, exact"


def body_columns(text: bytes) -> tuple[str, str | None]:
    """Return a canonical body for `body`, and again for `exact` if JSONB would change a number in it."""
    return text.decode(), text.decode() if _RESPELT.search(text) else None


def meta_columns(meta: Meta) -> dict[str, Any]:
    """Return a line's columns, without those of its body."""
    return {**meta, "keys": canonical(meta["keys"]).decode()}


def meta(row: Sequence[Any]) -> Meta:
    """Return the line of a row of META."""
    return cast(Meta, dict(zip(NAMES, row, strict=True)))


def body(row: Sequence[Any]) -> Body:
    """Return the body of a row of WHOLE."""
    body, exact = row[-2:]
    found: Body = body if exact is None else json.loads(exact)
    return found


def document(row: Sequence[Any]) -> Stored:
    """Return a row of WHOLE as a document."""
    return stored(meta(row[:-2]), body(row))


def stored(meta: Meta, body: Body) -> Stored:
    """Return a line as a document, whose body is the reader's own."""
    return Stored(
        kind=meta["kind"],
        id=meta["id"],
        revision=meta["revision"],
        body=body,
        keys=records.shown(meta["keys"]),
        author=meta["author"],
        at=meta["at"],
        created_at=meta["created_at"],
    )


def revision(meta: Meta) -> Revision:
    """Return a line as one of the history."""
    return Revision(
        first=meta["first"],
        last=meta["revision"],
        author=meta["author"],
        started_at=meta["started_at"],
        at=meta["at"],
        sitting=meta["sitting"],
        note=meta["note"],
    )
