"""The tiny world of the fault cases: files patched in memory, read, compiled and checked."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from engine import model
from engine.checks import check_block, check_list, check_roles
from engine.compile import CompiledForm, compile_all
from engine.drafting import Library
from engine.faults import Fault, FaultyDefinition
from engine.reading import validate
from engine.referentiels import Listing, listing_of

CASES = Path(__file__).resolve().parents[1] / "cases" / "faults"
KINDS: Mapping[str, type[model.Part]] = {
    "form": model.Form,
    "block": model.Block,
    "list": model.CodeList,
    "places": model.Roles,
}


def tiny_world() -> dict[str, Any]:
    """Give the files of the tiny world."""
    found: dict[str, Any] = json.loads((CASES / "world.json").read_text(encoding="utf-8"))
    return found


def patched(files: Mapping[str, Any], patches: Mapping[str, Any]) -> dict[str, Any]:
    """Apply patches: `new` (a whole file), `like` (a copy of another), `drop` and `set` by place.

    A place is keys and indexes; one that starts with `+` adds to the end of a list.
    """
    world = copy.deepcopy(dict(files))
    for name, patch in patches.items():
        if "new" in patch:
            world[name] = patch["new"]
        if "like" in patch:
            world[name] = copy.deepcopy(world[patch["like"]])
        for place in patch.get("drop", ()):
            holder, key = _place(world[name], place)
            del holder[key]
        for place, value in patch.get("set", {}).items():
            holder, key = _place(world[name], place)
            if str(key).startswith("+"):
                holder.append(_value(value))
            else:
                holder[key] = _value(value)
    return world


def _place(data: Any, place: str) -> tuple[Any, Any]:
    *way, last = place.split("/")
    for key in way:
        data = data[int(key) if isinstance(data, list) else key]
    return data, int(last) if isinstance(data, list) and last.isdigit() else last


def _value(value: Any) -> Any:
    """A value may be many: `{"$times": 501, "of": {"id": "x#"}}` numbers its copies."""
    if isinstance(value, dict) and "$times" in value:
        return [_numbered(value["of"], n) for n in range(value["$times"])]
    return value


def _numbered(value: Any, n: int) -> Any:
    text: Any = json.loads(json.dumps(value).replace("#", str(n)))
    return text


def read_world(files: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """Read every file as a model; faulty ones are left out."""
    models: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, data in files.items():
        kind = next(kind for key, kind in KINDS.items() if key in data)
        try:
            models[name] = validate(data, name, kind)
        except FaultyDefinition as error:
            faults.extend(error.faults)
    return models, faults


def compile_world(files: Mapping[str, Any]) -> tuple[dict[tuple[str, str], CompiledForm], list[Fault]]:
    """Read a world, then compile and check it; gives what is good and every fault."""
    models, faults = read_world(files)
    if faults:
        return {}, faults
    lists: dict[str, dict[str, Listing]] = {}
    for one in _of(models, model.CodeList):
        lists.setdefault(one.list, {})[one.version] = listing_of(one)
    forms: dict[str, dict[str, tuple[str, model.Form]]] = {}
    for name, one in models.items():
        if isinstance(one, model.Form):
            forms.setdefault(one.form, {})[one.version] = (name, one)
    blocks = {one.block: one for one in _of(models, model.Block)}
    roles = models.get("roles") or model.Roles(canevas=1, places={}, roles=[])
    library = Library(forms, blocks, lists, roles)
    good, found = compile_all(library)
    faults += found
    for name, one in models.items():
        if isinstance(one, model.CodeList):
            faults += check_list(one, lists, name)
        elif isinstance(one, model.Block):
            faults += check_block(one, library, name)
        elif isinstance(one, model.Roles):
            faults += check_roles(one, library, name)
    return good, faults


def _of(models: Mapping[str, Any], kind: type) -> Iterable[Any]:
    return (one for one in models.values() if isinstance(one, kind))
