"""The real definitions are faultless; whatever is done to them, the checker only says faults."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import model
from engine.checks import check_block, check_list, check_roles
from engine.compile import compile_all
from engine.drafting import Library
from engine.faults import FaultyDefinition
from engine.language import language_schema
from engine.reading import MAX_LIST_BYTES, parse, validate
from tests.unit.worlds import ROOT
from web.catalogue import Catalogue, load, working

DEFINITIONS, REFERENTIELS = ROOT / "definitions", ROOT / "referentiels"
FILES = sorted(
    path
    for pattern in ("*/form.json", "*/versions/*.json", "blocks/*.json", "roles.json")
    for path in DEFINITIONS.glob(pattern)
)
LISTS = sorted([*REFERENTIELS.glob("*/list.json"), *REFERENTIELS.glob("*/versions/*.json")])
KINDS = {"form": model.Form, "block": model.Block, "roles": model.Roles, "list": model.CodeList}


@cache
def served() -> Catalogue:
    return load(DEFINITIONS, REFERENTIELS)


def test_what_is_published_has_no_fault() -> None:
    assert list(map(str, served().faults)) == []
    assert {form for form, _ in served().forms} >= {"livret", "ppre", "bilan"}


def test_working_copies_have_no_fault() -> None:
    assert list(map(str, working(DEFINITIONS, REFERENTIELS).faults)) == []


# --- the language's schema ----------------------------------------------------------------------


@cache
def grammar() -> Any:
    return jsonschema.Draft202012Validator(language_schema())


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(language_schema())
    assert language_schema() == json.loads(json.dumps(language_schema()))


@pytest.mark.parametrize("path", FILES + LISTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_definition_is_of_the_language(path: Any) -> None:
    assert [error.message for error in grammar().iter_errors(json.loads(path.read_bytes()))] == []


def test_every_part_of_the_grammar_is_described() -> None:
    for name, part in language_schema()["$defs"].items():
        assert "oneOf" in part or part.get("description"), name


# --- mutations ----------------------------------------------------------------------------------

Holder = tuple[Any, Any]


def holders(data: Any) -> Iterator[Holder]:
    """Walk every place of a JSON value."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, inner in pairs:
        yield data, key
        yield from holders(inner)


@cache
def originals() -> dict[str, Any]:
    return {
        path.relative_to(ROOT).as_posix(): parse(path.read_bytes(), "", MAX_LIST_BYTES)
        for path in [*FILES, *LISTS[:6]]
    }


@cache
def pool() -> dict[str, list[Any]]:
    """Values that stand under each key somewhere, and odd ones."""
    found: dict[str, list[Any]] = {
        "": [
            None,
            True,
            False,
            0,
            -1,
            1.5,
            10**14,
            "",
            "x",
            "today",
            ".x",
            "2026-02-30",
            [],
            {},
            [[]],
            {"ref": "x"},
        ]
    }
    for data in originals().values():
        for holder, key in holders(data):
            if isinstance(holder, dict):
                found.setdefault(key, []).append(holder[key])
    return found


def mutate(data: Any, draw: Any) -> Any:
    """Change one place: drop it, double it, put something else there, add a key from elsewhere."""
    holder, key = draw(st.sampled_from(list(holders(data))))
    change = draw(st.sampled_from(["likely", "likely", "odd", "drop", "double", "add", "rename"]))
    if change == "drop":
        del holder[key]
    elif change == "double" and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    elif change == "add" and isinstance(holder, dict):
        other = draw(st.sampled_from(sorted(pool())))
        holder[other] = copy.deepcopy(draw(st.sampled_from(pool()[other])))
    elif change == "rename" and isinstance(holder, dict):
        holder[draw(st.sampled_from(sorted(pool())))] = holder.pop(key)
    else:
        source = pool().get(key, pool()[""]) if change == "likely" and isinstance(key, str) else pool()[""]
        holder[key] = copy.deepcopy(draw(st.sampled_from(source)))
    return data


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.data())
def test_any_change_gives_faults_at_most(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(originals())))
    changed = copy.deepcopy(originals()[name])
    for _ in range(data.draw(st.integers(1, 3))):
        if list(holders(changed)):
            changed = mutate(changed, data.draw)
    kind = KINDS[next(key for key in KINDS if key in originals()[name])]
    try:
        read = validate(parse(json.dumps(changed).encode(), name, MAX_LIST_BYTES), name, kind)
    except FaultyDefinition as error:
        assert error.faults and all(fault.path.startswith("$") for fault in error.faults)
        return
    everything = served()
    forms = {form: dict(versions) for form, versions in everything.library.forms.items()}
    roles = read if isinstance(read, model.Roles) else everything.roles
    if isinstance(read, model.Form):
        forms.setdefault(read.form, {})[read.version] = (name, read)
    library = Library(forms, {}, everything.lists, roles)
    if isinstance(read, model.CodeList):
        found = list(check_list(read, everything.lists, name))
    elif isinstance(read, model.Block):
        found = list(check_block(read, library, name))
    else:
        _, found = compile_all(library)
        found += check_roles(roles, library, "definitions/roles.json")
    assert all(fault.text and fault.path.startswith("$") for fault in found)
