"""Who refers to what in a definition: found in the data, whatever construct holds it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from engine import model
from engine.faults import Location
from engine.french import enumerate_words
from engine.paths import json_path

_HOLE = re.compile(r"\{([a-z][a-z0-9_.]*)\}")
# keys whose strings are dotted paths
PATHS = frozenset({"ref", "some", "count", "sum", "from_rows", "over", "each", "on", "place", "to", "field"})
# keys whose strings are ids of steps, sections or fields
PARTS = frozenset(
    {"covers", "only", "needs", "of", "show", "columns", "search", "sort", "group", "open", "step"}
)


class Mention(NamedTuple):
    """One mention: a dotted path of ids, the form that holds it, where."""

    parts: tuple[str, ...]
    form: str
    where: str


def mentions(form: model.Form) -> Iterator[Mention]:
    """Walk what a form names: its own fields and parts, and `subject.…`, `<link>.…`."""
    dumped = form.model_dump(by_alias=True, exclude_none=True)
    for text, location in _texts(dumped, (), ""):
        yield Mention(tuple(text.split(".")), form.form, json_path(location))


def _texts(node: Any, location: Location, key: str) -> Iterator[tuple[str, Location]]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name != "retired" or location:
                yield from _texts(value, (*location, name), name)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _texts(value, (*location, index), key)
    elif isinstance(node, str):
        if key in PATHS | PARTS and not node.startswith("."):
            yield node, location
        for hole in _HOLE.finditer(node):
            yield hole[1], location


def left_dangling(path: tuple[str, ...], new: model.Form, others: Sequence[model.Form]) -> list[Mention]:
    """Find who still refers to a field or step that has gone: the form itself, and those that read it."""
    found = [one for one in mentions(new) if one.parts[: len(path)] == path]
    for other in others:
        heads = {name for name, link in other.links.items() if link.form == new.form}
        if other.subject == new.form:
            heads.add("subject")
        if heads:
            reading = (one for one in mentions(other) if one.parts[0] in heads)
            found += [one for one in reading if one.parts[1 : len(path) + 1] == path]
    return found


def setting_it(path: tuple[str, ...], new: model.Form, others: Sequence[model.Form]) -> list[Mention]:
    """Find who writes into a field of a record: the fields bound to it, the actions that set it."""
    about = (one for one in others if one.subject == new.form)
    found = (one for other in about for one in mentions(other) if one.parts == ("subject", *path))
    return [one for one in found if one.where.endswith((".to", ".field"))]


def cited(found: Sequence[Mention]) -> str:
    """Cite the places of some mentions, a few of them, each once."""
    return enumerate_words(list(dict.fromkeys(f"{one.form} ({one.where})" for one in found))[:4])
