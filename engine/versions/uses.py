"""Which fields behave otherwise when a named value, condition or collection changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine import model


def fields_using(form: model.Form, name: str) -> tuple[str, ...]:
    """Give the static paths of the items that read a name, directly or through other names."""
    names = {name}
    grown = True
    while grown:
        more = {
            other
            for table in (form.values, form.conditions)
            for other, spec in table.items()
            if other not in names and names & set(_named(spec.model_dump(by_alias=True)))
        }
        names |= more
        grown = bool(more)
    steps = [step.model_dump(by_alias=True) for step in form.steps]
    found = dict.fromkeys(path for step in steps for path in _items(step["items"], "", names))
    return tuple(found)


def _items(items: Any, prefix: str, names: set[str]) -> Iterator[str]:
    for item in items if isinstance(items, list) else ():
        own = {key: value for key, value in item.items() if key != "items"}
        if names & set(_named(own)):
            yield f"{prefix}{item['id']}"
        inside = f"{prefix}{item['id']}." if item["type"] in {"group", "rows"} else prefix
        yield from _items(item.get("items"), inside, names)


def _named(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in {"ref", "condition", "some", "count", "sum"} and isinstance(value, str):
                yield value.split(".")[0]
            else:
                yield from _named(value)
    elif isinstance(node, list):
        for one in node:
            yield from _named(one)
