"""What the screens of everyday gestures are made of: search, tasks, overviews, records handed over."""

from __future__ import annotations

from dataclasses import dataclass

from renderers.pages import Cell, Row


@dataclass(frozen=True)
class Option:
    """An entry of a select."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True)
class Found:
    """Things of one kind that were found."""

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class SearchPage:
    """What answers a search among what somebody may see; it tells no number of what is not shown."""

    title: str
    query: str
    kinds: tuple[Option, ...]
    status: str
    groups: tuple[Found, ...]
    empty: tuple[str, ...]
    earlier: str
    later: str


__all__ = ["Cell", "Found", "Option", "Row", "SearchPage"]
