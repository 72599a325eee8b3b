"""The life of the versions of a form or list: published, retired, withdrawn; by whom, when, why.

It is kept in `<form>/journal.json`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Annotated, Literal

from pydantic import Field

from engine.drafting import version_key
from engine.model import Part, Semver, Short, Slug, Text

Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class Event(Part):
    """One thing done to a version; `kind` is the class of its changes.

    `beside`: the forms published with it, each with its version.
    """

    do: Literal["publish", "retire", "withdraw"]
    version: Semver | None = None
    kind: Literal["first", "patch", "minor", "major"] | None = None
    by: Short
    on: Day
    note: Text
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    beside: dict[Slug, Semver] = Field(default_factory=dict)


class Journal(Part):
    """What was done to the versions of a form (or list, under its id), oldest first.

    No version: to the whole form.
    """

    canevas: Literal[1]
    form: Slug
    events: list[Event]


def grown(raw: bytes, former: bytes) -> bool:
    """Tell whether a journal's file is another one with more at its end: journals only grow."""
    try:
        mine, theirs = (json.loads(one)["events"] for one in (raw, former))
    except (ValueError, TypeError, KeyError):
        return False
    return isinstance(mine, list) and len(mine) > len(theirs) and bool(mine[: len(theirs)] == theirs)


def withdrawn(events: Iterable[Event]) -> frozenset[str]:
    """The versions whose publication was undone: only the documents closed there are read with them."""
    return frozenset(one.version for one in events if one.do == "withdraw" and one.version)


def retired(events: Collection[Event], version: str) -> bool:
    """Tell whether no document is started any more with a version, or with any."""
    return any(one.do == "retire" and one.version in {None, version} for one in events)


def notes(events: Iterable[Event], after: str, until: str) -> tuple[str, ...]:
    """What the authors said of the versions published after one and up to another."""
    low, high = version_key(after), version_key(until)
    published = [one for one in events if one.do == "publish" and one.version is not None]
    return tuple(one.note for one in published if low < version_key(str(one.version)) <= high)
