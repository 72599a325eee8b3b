"""The difference of two versions: each row of the table of changes, and nothing that goes unseen."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from fault_world import patched
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from engine import model
from engine.drafting import version_key
from engine.referentiels import listing_of
from engine.versions import (
    CLASSES,
    Around,
    Change,
    OtherForm,
    around,
    compare,
    compare_code_lists,
    compare_lists,
    next_version,
    worst,
)
from engine.versions.keys import HANDLED, RULES
from engine.versions.moves import ACTION_RULES
from engine.versions.parts import PART_RULES
from tests.unit.worlds import real_world

DATA = json.loads((Path(__file__).parents[1] / "cases" / "versions.json").read_text("utf-8"))
FORMS = sorted(real_world().library.forms)


def read(files: Mapping[str, Any]) -> tuple[model.Form, model.CodeList, list[model.Form], model.Roles]:
    """Read the files of a case."""
    form = model.Form.model_validate(files["visite"])
    others = [model.Form.model_validate(files["rapport"])]
    roles = model.Roles.model_validate(files["roles"])
    return form, model.CodeList.model_validate(files["couleurs"]), others, roles


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Compare the files of a case."""
    old, old_list, _, _ = read(before)
    new, new_list, others, roles = read(after)
    lists = {"couleurs": listing_of(old_list)}, {"couleurs": listing_of(new_list)}
    if old_list == new_list:
        lists = lists[0], lists[0]
    return compare(old, new, Around(*lists, roles, others))


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["description"])
def test_the_table_of_changes(case: Any) -> None:
    found = changes(DATA["world"], patched(DATA["world"], case["files"]))
    told = {(one.kind, one.path, one.what): one.sentence for one in found}
    wanted = {(one["class"], one["path"], one["what"]): one["text"] for one in case["expect"]}
    assert set(told) == set(wanted), told
    for key, text in wanted.items():
        assert text in told[key]


def bound_to_it(world: Mapping[str, Any]) -> dict[str, Any]:
    """The world with a shared field, that the other form is bound to."""
    field = {"id": "lie", "type": "bound", "to": "subject.nombre"}
    shared = {"visite": {"set": {"steps/0/items/1/shared": True}}}
    writer = {"rapport": {"set": {"subject": "visite", "steps/0/items/+": field}}}
    return patched(world, shared | writer)


def test_a_field_that_is_no_longer_shared_is_major_unless_a_document_writes_it() -> None:
    shared = patched(DATA["world"], {"visite": {"set": {"steps/0/items/1/shared": True}}})
    (found,) = changes(shared, DATA["world"])
    assert (found.kind, found.path, found.what) == ("major", "nombre", "shared")
    used = bound_to_it(DATA["world"])
    withdrawn = patched(used, {"visite": {"set": {"steps/0/items/1/shared": False}}})
    (found,) = changes(used, withdrawn)
    assert (found.kind, found.path, found.what) == ("impossible", "nombre", "shared")
    assert found.remedy == "Retirez d'abord ce qui y écrit : rapport ($.steps[0].items[1].to)."


def test_a_condition_that_changes_says_all_that_it_touches() -> None:
    world = DATA["world"]
    held = {"condition": "long"}
    files = {
        "steps/1/when": held,
        "problems/0/when": held,
        "lifecycle/actions/1/refused/0/when": held,
        "access/rights/1/when": held,
        "conditions/autre": {"label": "une autre", "when": {"not": held}},
        "steps/1/items/1/required": {"condition": "autre"},
    }
    before = patched(world, {"visite": {"set": files}})
    after = patched(before, {"visite": {"set": {"conditions/long/when/value": 6}}})
    (found,) = changes(before, after)
    assert found.affects == (
        "steps.deux",
        "motif",
        "avis",
        "problems.trop",
        "lifecycle.actions.clore",
        "access.visiteur",
    )
    assert found.sentence.endswith(
        "; cela touche l'étape « Deux », le champ « Motif », le champ « Avis », le message « C'est trop. », "
        "l'action « Clore » et 1 autre."
    )


def test_going_back_is_found_too() -> None:
    for case in DATA["cases"]:
        after = patched(DATA["world"], case["files"])
        assert bool(changes(after, DATA["world"])) == bool(case["expect"]), case["description"]


def test_every_sentence_reads_as_one() -> None:
    for case in DATA["cases"]:
        for one in changes(DATA["world"], patched(DATA["world"], case["files"])):
            assert one.sentence[0].isupper() or one.sentence[0] == "«"
            assert one.sentence.endswith(".")
            assert one.kind in CLASSES
            assert one.hurts or one.kind != "major", one
            assert one.remedy or one.kind != "impossible", one


# --- nothing goes unseen ------------------------------------------------------------------------


def specs() -> Iterator[type[model.Part]]:
    """The models that are compared key by key."""
    for kind in (model.ItemBase, model.Step, model.CascadeLevel):
        yield kind
        yield from below(kind)


def below(kind: type[Any]) -> Iterator[type[Any]]:
    for one in kind.__subclasses__():
        yield one
        yield from below(one)


@pytest.mark.parametrize("kind", dict.fromkeys(specs()), ids=lambda kind: kind.__name__)
def test_every_key_has_its_rule(kind: type[model.Part]) -> None:
    assert not set(kind.model_fields) - set(RULES) - HANDLED


def test_every_part_of_a_form_has_its_rule() -> None:
    elsewhere = {"canevas", "form", "version", "steps", "problems", "lifecycle", "access", "retired", "pins"}
    elsewhere |= {"alerts", "automatic"}
    assert set(model.Form.model_fields) == set(PART_RULES) | elsewhere
    assert set(model.Action.model_fields) == set(ACTION_RULES) | {"id"}


@pytest.mark.parametrize("name", FORMS)
def test_nothing_changes_in_itself(name: str) -> None:
    library = real_world().library
    for _, form in library.forms[name].values():
        again = model.Form.model_validate(form.model_dump(by_alias=True))
        assert compare(form, again, around(library, form, again)) == ()
    for listing in (one for versions in library.lists.values() for one in versions.values()):
        assert compare_lists(listing, listing) == ()


def places(node: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a JSON value, whatever is there."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        yield (*way, key)
        yield from places(value, (*way, key))


SETS = {
    "who",
    "may",
    "only",
    "in",
    "open",
    "from",
    "needs",
    "called_by",
    "readers",
    "writers",
    "states",
    "rights",
    "versions",
    "phases",
}


def unordered(node: Any, key: str = "") -> Any:
    """Sort the lists whose order means nothing."""
    if isinstance(node, dict):
        return {name: unordered(value, name) for name, value in node.items()}
    if not isinstance(node, list):
        return node
    inner = [unordered(one) for one in node]
    return sorted(inner, key=repr) if key in SETS else inner


FREE = {"canevas", "form", "version", "pins"}


def mutate(data: Any, way: tuple[Any, ...], gone: bool) -> None:
    """Change one place for good: drop it, or put something else of its type."""
    holder = data
    for key in way[:-1]:
        holder = holder[key]
    value = holder[way[-1]]
    if gone:
        del holder[way[-1]]
    elif isinstance(value, bool):
        holder[way[-1]] = not value
    elif isinstance(value, (int, float)):
        holder[way[-1]] = value + 1
    elif isinstance(value, str):
        holder[way[-1]] = value + "x"
    elif isinstance(value, list) and len(value) > 1:
        value.reverse()
    else:
        del holder[way[-1]]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_generated_edit_is_found(data: st.DataObject) -> None:
    library = real_world().library
    name = data.draw(st.sampled_from(FORMS))
    version = max(library.forms[name], key=version_key)
    old = library.forms[name][version][1]
    edited = old.model_dump(by_alias=True, exclude_none=True)
    known = [way for way in places(edited) if way[0] not in FREE]
    mutate(edited, data.draw(st.sampled_from(known)), data.draw(st.booleans()))
    try:
        new = model.Form.model_validate(edited)
    except ValidationError:
        return
    found = compare(old, new, around(library, old, new))
    assert found or unordered(old.model_dump(by_alias=True)) == unordered(new.model_dump(by_alias=True))


# --- versions and lists -------------------------------------------------------------------------


def test_two_forms_are_not_compared() -> None:
    forms = real_world().library.forms
    with pytest.raises(OtherForm, match="comparez deux versions"):
        compare(forms["ppre"]["1.0.0"][1], forms["bilan"]["1.0.0"][1])


@pytest.mark.parametrize(
    ("kinds", "gravest", "version"),
    [
        ([], None, "1.2.3"),
        (["patch"], "patch", "1.2.4"),
        (["patch", "minor"], "minor", "1.3.0"),
        (["minor", "major"], "major", "2.0.0"),
        (["impossible", "patch"], "impossible", "2.0.0"),
    ],
)
def test_the_gravest_change_sets_the_number(kinds: list[str], gravest: str | None, version: str) -> None:
    found = [Change("a", "x", kind, "A.") for kind in kinds]
    assert (worst(found), next_version("1.2.3", found)) == (gravest, version)


def test_a_list_alone_is_compared_with_its_title_and_sources() -> None:
    old = model.CodeList.model_validate(DATA["world"]["couleurs"])
    edited = copy.deepcopy(DATA["world"]["couleurs"]) | {"title": "Teintes", "source": "guide"}
    edited["items"][0]["source"] = "guide"
    found = compare_code_lists(old, model.CodeList.model_validate(edited))
    assert {(one.kind, one.what) for one in found} == {("patch", "title"), ("patch", "source")}
    assert compare_code_lists(old, old) == ()
