"""Every generated edit is found, at its place, with the class that its row of the table gives it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from edits import BUILT, LISTS, PLACES, Edit, Raw, merged
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import model
from engine.drafting import version_key
from engine.versions import CLASSES, Change, around, compare, compare_code_lists, next_version, worst
from tests.unit.worlds import real_world

KINDS = json.loads((Path(__file__).parents[1] / "cases" / "edits.json").read_text("utf-8"))
LIST_FILES = sorted((Path(__file__).parents[3] / "referentiels").glob("*/list.json"))
EXAMPLES = 3  # of each kind
ROWS = (
    "label, help, order in a step",
    "add an optional field, a choice, a step without gate",
    "relax a bound",
    "required -> optional",
    "add a required field",
    "optional -> required",
    "tighten a bound",
    "change a condition",
    "retire a choice in use",
    "remove a field with answers",
    "remove what is referred to",
    "short text -> long text; one -> many",
    "other change of type",
    "move into or out of a repeat; repeat min up, max down",
    "state or action removed",
    "step removed from open",
    "root or filter narrowed",
    "list item's attribute changed",
    "shared or called_by withdrawn",
    "reader added to a restricted part",
    "life cycle",
    "access",
)


@cache
def raws() -> Mapping[str, Raw]:
    """The newest version of each form, as JSON; forms by id."""
    forms = real_world().library.forms
    newest = {name: versions[max(versions, key=version_key)][1] for name, versions in forms.items()}
    return {name: form.model_dump(by_alias=True, exclude_none=True) for name, form in newest.items()}


@cache
def every_other(name: str) -> Sequence[Raw]:
    """Every version of the other forms."""
    forms = real_world().library.forms
    return [
        form.model_dump(by_alias=True, exclude_none=True)
        for other, versions in forms.items()
        if other != name
        for _, form in versions.values()
    ]


@cache
def built(kind: str, name: str) -> Sequence[Edit]:
    return list(BUILT[kind](raws()[name], every_other(name)))


@cache
def where_built(kind: str) -> Sequence[str]:
    return [name for name in sorted(raws()) if built(kind, name)]


@cache
def code_lists() -> Sequence[Raw]:
    return [json.loads(path.read_bytes()) for path in LIST_FILES]


@cache
def listed(kind: str) -> Sequence[Edit]:
    return [edit for raw in code_lists() for edit in LISTS[kind](raw)]


def differences(edit: Edit) -> Sequence[Change]:
    old, new = model.Form.model_validate(edit.before), model.Form.model_validate(edit.after)
    library = real_world().library
    assert compare(new, new, around(library, new, new)) == ()
    return compare(old, new, around(library, old, new))


def judge(kind: Mapping[str, Any], path: str, found: Sequence[Change]) -> None:
    """The edit is found at its place with its class, and comes alone unless the kind says otherwise."""
    wanted = (kind["class"], kind["what"], path)
    told = [(one.kind, one.what, one.path) for one in found]
    assert wanted in told, (wanted, told)
    assert kind.get("more") or told == [wanted], (wanted, told)
    for one in found:
        assert one.sentence.endswith(".") and (one.remedy or one.kind != "impossible")
    if not kind.get("more"):
        assert worst(found) == kind["class"]
    places = {"patch": "1.2.4", "minor": "1.3.0", "major": "2.0.0", "impossible": "2.0.0"}
    gravest = max(found, key=lambda one: CLASSES.index(one.kind)).kind
    assert next_version("1.2.3", found) == places[gravest]


def test_every_row_of_the_table_has_its_edits() -> None:
    assert set(KINDS["built"]) == set(BUILT) and set(KINDS["lists"]) == set(LISTS)
    rows = {one["row"] for part in ("merges", "built", "lists") for one in KINDS[part].values()}
    assert rows == set(ROWS)


@pytest.mark.parametrize("name", KINDS["merges"])
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_change_of_keys_is_found_and_classed(name: str, data: st.DataObject) -> None:
    kind = KINDS["merges"][name]
    find = PLACES[kind["on"]]
    form = data.draw(st.sampled_from([one for one in sorted(raws()) if find(raws()[one])]))
    edit = merged(raws()[form], data.draw(st.sampled_from(find(raws()[form]))), kind)
    judge(kind, edit.path, differences(edit))


@pytest.mark.parametrize("name", KINDS["built"])
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_change_of_structure_is_found_and_classed(name: str, data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(where_built(name)))
    edit = data.draw(st.sampled_from(built(name, form)))
    judge(KINDS["built"][name], edit.path, differences(edit))


@pytest.mark.parametrize("name", KINDS["lists"])
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_change_of_a_code_list_is_found_and_classed(name: str, data: st.DataObject) -> None:
    edit = data.draw(st.sampled_from(listed(name)))
    old, new = model.CodeList.model_validate(edit.before), model.CodeList.model_validate(edit.after)
    assert compare_code_lists(old, old) == compare_code_lists(new, new) == ()
    judge(KINDS["lists"][name], edit.path, compare_code_lists(old, new))
