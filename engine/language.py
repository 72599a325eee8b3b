"""The language's grammar as one JSON Schema, out of the models: for editors and for other tools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from engine import model
from engine.migrate.model import Migration, Move

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMA_ID = "urn:canevas:language:1"

# what a file may be: the key that tells, the model
KINDS: Mapping[str, type[model.Part]] = {
    "moves": Migration,
    "form": model.Form,
    "block": model.Block,
    "list": model.CodeList,
    "roles": model.Roles,
}
# unions that come back everywhere: named once, referred to
NAMED: Mapping[str, Any] = {
    "Condition": model.Condition,
    "Atom": model.Atom,
    "Value": model.Value,
    "Item": model.Item,
    "InnerItem": model.InnerItem,
    "Effect": model.Effect,
    "Move": Move,
}


def language_schema() -> dict[str, Any]:
    """Build the JSON Schema (draft 2020-12) of definition files: forms, blocks, lists, roles, migrations."""
    adapters = [(name, "validation", TypeAdapter(kind)) for name, kind in {**KINDS, **NAMED}.items()]
    places, whole = TypeAdapter.json_schemas(adapters, by_alias=True)  # type: ignore[arg-type]
    unions = {name: _tidy(places[name, "validation"], {}) for name in NAMED}
    definitions = {name: _tidy(found, unions) for name, found in whole["$defs"].items()}
    for name, union in unions.items():
        others = {other: found for other, found in unions.items() if other != name}
        definitions[name] = {"title": name, **_tidy(union, others)}
    return {
        "$schema": DIALECT,
        "$id": SCHEMA_ID,
        "title": "Canevas",
        "description": "A definition file: a form, a block, a code list, the roles or a migration.",
        "type": "object",
        **_dispatch(),
        "$defs": dict(sorted(definitions.items())),
    }


def _dispatch() -> dict[str, Any]:
    """Choose by the telling key, so that an editor's message is about one kind of file."""
    chosen: dict[str, Any] = {"required": ["form"]}
    for key, kind in reversed(list(KINDS.items())):
        then = {"$ref": f"#/$defs/{kind.__name__}"}
        chosen = {"if": {"required": [key]}, "then": then, "else": chosen}
    return chosen


def _tidy(node: Any, unions: Mapping[str, Any]) -> Any:
    """Drop titles made out of keys and empty defaults; name the unions that come back."""
    if isinstance(node, list):
        return [_tidy(one, unions) for one in node]
    if not isinstance(node, dict):
        return node
    drop = {"discriminator"} | ({"default"} if node.get("default", "") is None else set())
    if "properties" not in node:
        drop.add("title")
    tidied = {
        key: {name: _tidy(one, unions) for name, one in inner.items()}
        if key == "properties"
        else _tidy(inner, unions)
        for key, inner in node.items()
        if key not in drop
    }
    named = next((name for name, union in unions.items() if tidied == union), None)
    return tidied if named is None else {"$ref": f"#/$defs/{named}"}
