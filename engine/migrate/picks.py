"""Stored picks moved about: replaced, gathered, taken; what is damaged is left where it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.answers import code_of, details_of, make_pick, picks_of


def remap(picks: Sequence[Any], codes: Mapping[str, Sequence[str]]) -> list[Any]:
    """Replace codes at every depth; what comes twice is kept once.

    >>> remap(["a", "b"], {"a": ["c"], "b": ["c"]})
    ['c']
    """
    found: dict[str, Any] = {}
    for pick in picks:
        for code in codes.get(code_of(pick), (code_of(pick),)):
            found.setdefault(code, make_pick(code, details_of(pick), remap(picks_of(pick), codes)))
    return list(found.values())


def union(picks: Iterator[Any]) -> list[Any]:
    """Keep each code once, in order."""
    found: dict[str, Any] = {}
    for pick in picks:
        found.setdefault(code_of(pick), pick)
    return list(found.values())


def listed(value: Any) -> list[Any]:
    """A stored list; anything else is none."""
    return value if isinstance(value, list) else []


def sound(value: Any) -> bool:
    """Tell whether a stored answer is picks through and through: what is damaged is left where it is."""
    return isinstance(value, list) and all(
        isinstance(pick, str)
        or (isinstance(pick, dict) and isinstance(pick.get("code"), str) and sound(pick.get("picks", [])))
        for pick in value
    )


def picked(answers: dict[str, Any], name: str) -> list[Any]:
    """Take the picks of a field out of the answers."""
    return answers.pop(name) if sound(answers.get(name)) else []
