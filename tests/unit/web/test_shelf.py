"""What was compiled is kept by its content: equal gives the same, any difference another, never too much."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from demo_site import fresh_store, make_site
from hypothesis import given
from hypothesis import strategies as st
from released import Released, item_of

from engine.compile import compile_all
from engine.drafting import Library
from engine.families import families, words
from engine.model import Block, CodeList, Form, Roles
from engine.reading import MAX_BYTES
from web import keeping
from web.app import DEFINITIONS, REFERENTIELS
from web.catalogue import Catalogue, digest, load, working
from web.compiled import Parts
from web.keeping import write_manifest
from web.published import Published
from web.shelf import Bounded, Shelf

FORM, APART = ("ppre", "3.1.0"), ("pre_charte", "1.0.0")  # of two families


@pytest.fixture
def world(tmp_path: Path) -> Released:
    return Released(tmp_path)


def edit(path: Path, change: Callable[[Any], object]) -> None:
    found = json.loads(path.read_bytes())
    change(found)
    path.write_text(json.dumps(found), encoding="utf-8")


def read(world: Released, shelf: Shelf) -> Catalogue:
    found = load(world.definitions, world.referentiels, shelf=shelf)
    assert found.faults == ()
    return found


def test_equal_content_gives_the_same_forms_wherever_it_lies(world: Released, tmp_path: Path) -> None:
    shelf = Shelf()
    first, again = read(world, shelf), read(Released(tmp_path / "other"), shelf)
    assert first.forms == again.forms, "forms are equal when they are the same objects"
    assert {key: again.library.draftings[key] for key in again.forms} == {
        key: form.drafting for key, form in first.forms.items()
    }


def test_a_published_version_makes_its_family_anew_and_no_other(world: Released) -> None:
    shelf = Shelf()
    before = read(world, shelf)
    world.publish(
        "ppre", "3.1.0", "3.1.1", lambda form: item_of(form, "engagement_eleve").update(help="Ici.")
    )
    after = read(world, shelf)
    assert after.newests["ppre"] == "3.1.1"
    assert after.forms[FORM] is not before.forms[FORM], "its subject lists its versions"
    assert after.forms[APART] is before.forms[APART]
    assert item_help(after) == "Ici."


def item_help(found: Catalogue) -> str:
    form = found.newest("ppre")
    assert form is not None
    return str(form.skeleton.named["engagement_eleve"].spec.help)


def relabel(found: Any) -> None:
    found["items"][0]["label"] += " !"


EDITS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "a list": ("referentiels/jours/list.json", relabel),
    "a list of another version": (
        "referentiels/jours/list.json",
        lambda found: found.update(version="7.0.0"),
    ),
    "the roles": ("definitions/roles.json", lambda found: found["roles"][0].update(label="Autrement")),
    "a form that it names": (
        "definitions/livret/form.json",
        lambda found: found.update(title="Autrement"),
    ),
    "itself": ("definitions/ppre/form.json", lambda found: found.update(title="Autrement")),
}


@pytest.mark.parametrize("name", EDITS)
def test_what_it_reads_makes_it_anew(world: Released, name: str) -> None:
    shelf, (file, change) = Shelf(), EDITS[name]
    folders = (world.definitions, world.referentiels)
    before = working(*folders, shelf=shelf)
    assert working(*folders, shelf=shelf).forms == before.forms
    edit(world.root / file, change)
    after = working(*folders, shelf=shelf)
    newest = ("ppre", before.newests["ppre"])
    assert after.forms[newest] is not before.forms[newest]
    assert after.faults == working(*folders).faults, "kept or not, the same is said"


def test_a_form_that_goes_is_missed_by_those_that_name_it(world: Released) -> None:
    shelf = Shelf()
    before = read(world, shelf)
    path = world.definitions / "livret/versions/1.1.0.json"
    edit(path, lambda found: found["steps"][0].update(when={"condition": "absente"}))
    write_manifest(world.definitions, {"livret/versions/1.1.0.json": digest(path.read_bytes())})
    found = load(world.definitions, world.referentiels, shelf=shelf)
    alone = load(world.definitions, world.referentiels)
    assert found.faults == alone.faults != () and set(found.forms) == set(alone.forms)
    assert found.forms[FORM] is not before.forms[FORM]


# --- the key ------------------------------------------------------------------------------------


def parts_of(shelf: Shelf, form: dict[str, Any]) -> Parts:
    def file(data: Any, kind: Any) -> Any:
        return shelf.read(json.dumps(data).encode(), "f", kind, MAX_BYTES)

    block = {"block": "b", "title": "B", "items": []}
    codes = {"canevas": 1, "list": "l", "version": "1.0.0", "title": "L", "levels": ["x"], "items": []}
    roles = {"canevas": 1, "places": {}, "roles": []}
    return Parts(
        {"f": {"1.0.0": ("f.json", file(form, Form))}},
        {"b": file(block, Block)},
        {"l": {"1.0.0": file(codes | {"source": "s"}, CodeList)}},
        file(roles, Roles),
        {"g": frozenset({"1.0.0"})},
    )


def test_the_key_holds_everything_that_is_there(world: Released) -> None:
    form = world.form("pre_charte", "1.0.0")
    shelf = Shelf()
    whole = parts_of(shelf, form)
    other = next(iter(parts_of(shelf, form | {"title": "Autre"}).forms.values()))["1.0.0"][1]
    changed = [
        replace(whole, forms={"f": {"1.0.0": ("f.json", other)}}),
        replace(whole, forms={"f": {"1.0.0": ("g.json", whole.forms["f"]["1.0.0"][1])}}),
        replace(whole, forms={"f": {"1.0.1": whole.forms["f"]["1.0.0"]}}),
        replace(whole, forms={**whole.forms, "h": whole.forms["f"]}),
        replace(whole, blocks={}),
        replace(whole, blocks={"c": whole.blocks["b"]}),
        replace(whole, lists={}),
        replace(whole, lists={"l": {"1.0.1": whole.lists["l"]["1.0.0"]}}),
        replace(whole, roles=whole.blocks["b"]),  # type: ignore[arg-type]
        replace(whole, absent={}),
        replace(whole, absent={"g": frozenset({"1.0.1"})}),
    ]
    assert len({whole.key, *(one.key for one in changed)}) == len(changed) + 1
    assert parts_of(Shelf(), form).key == whole.key


def test_a_library_holds_what_the_key_does_and_nothing_else() -> None:
    assert set(Parts.__dataclass_fields__) == set(Library.__dataclass_fields__) - {"draftings"}


# --- families -----------------------------------------------------------------------------------

NAMES = st.dictionaries(st.sampled_from("abcdefgh"), st.sets(st.sampled_from("abcdefghxyz")), max_size=8)


@given(named=NAMES)
def test_families_part_what_does_not_name_one_another(named: dict[str, set[str]]) -> None:
    found = families(named)
    assert sorted(name for members in found for name in members) == sorted(named)
    of = {name: members for members in found for name in members}
    assert all(of[other] == of[name] for name, others in named.items() for other in others if other in of)
    for members in found:
        reached = {members[0]}
        for _ in members:
            reached |= {
                other for name in members for other in named[name] & set(members) if {name, other} & reached
            } | {name for name in members if named[name] & reached}
        assert reached == set(members), "no larger than it must be"


def test_a_form_names_those_that_it_reads(world: Released) -> None:
    found = words(
        Form.model_validate(world.form("bilan", "1.1.0"), strict=True, by_alias=True, by_name=False)
    )
    assert {"livret", "ppre"} <= found


def test_family_by_family_gives_what_all_together_does() -> None:
    apart = load(DEFINITIONS, REFERENTIELS)
    library = apart.library
    good, faults = compile_all(
        Library(library.forms, library.blocks, library.lists, library.roles, library.absent)
    )
    assert not faults and set(good) == set(apart.forms)
    for key, form in good.items():
        other = apart.forms[key]
        assert form.skeleton.items.keys() == other.skeleton.items.keys()
        assert form.drivers == other.drivers
        assert set(form.conditions) == set(other.conditions) and set(form.values) == set(other.values)


# --- bounds -------------------------------------------------------------------------------------


@given(asked=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 6)), max_size=40))
def test_it_never_holds_more_than_it_may(asked: list[tuple[int, int]]) -> None:
    kept: Bounded[int] = Bounded(10)
    for key, weight in asked:
        found = kept.get(key)
        assert found in {None, key}
        kept.put(key, key, weight)
        assert kept.get(key) == key, "what was asked for last stays"
        assert kept.weight <= kept.most and len(kept) <= kept.most
    kept.put("heavy", 99, 11)
    assert kept.get("heavy") is None and len(kept) == len({key for key, _ in asked} & set(kept_of(kept)))


def kept_of(kept: Bounded[int]) -> list[int]:
    return [key for key in range(10) if kept.get(key) is not None]


def test_what_was_not_asked_for_the_longest_goes_first() -> None:
    kept: Bounded[str] = Bounded(2)
    for name in "abac":
        if kept.get(name) is None:
            kept.put(name, name, 1)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == ("a", None, "c")


def test_what_is_too_large_is_used_and_not_kept() -> None:
    shelf = Shelf(most_bytes=10, most_forms=1)
    first, again = load(DEFINITIONS, REFERENTIELS, shelf=shelf), load(DEFINITIONS, REFERENTIELS, shelf=shelf)
    assert set(first.forms) == set(again.forms) and first.faults == ()
    assert first.forms != again.forms
    assert (len(shelf.files), len(shelf.families)) == (0, 0)


# --- while it compiles --------------------------------------------------------------------------


def test_requests_are_served_while_another_thread_compiles() -> None:
    store, begun, may_end = fresh_store(), Event(), Event()
    first, shelf = load(DEFINITIONS, REFERENTIELS), Shelf()
    served = [first]

    def slow() -> Catalogue:
        if served:
            return served.pop()
        begun.set()
        assert may_end.wait(60)
        return load(DEFINITIONS, REFERENTIELS, shelf=shelf)

    published = Published(store, slow)
    site = make_site(store, published=published)
    visitor = site.visitor("p-ferrand")
    with store.transaction("x", site.clock()) as tx:
        keeping.put(tx, {})
    compiling = Thread(target=published.refresh)
    compiling.start()
    assert begun.wait(60)
    assert visitor.get("/documents/d-garnier-1").status in {200, 303}
    assert published.catalogue.forms is first.forms, "not yet"
    may_end.set()
    compiling.join(60)
    assert published.catalogue.forms is not first.forms
    assert published.catch_up() is published.refresh() is published.catalogue
    assert visitor.get("/documents/d-garnier-1").status in {200, 303} and not site.incidents()


def test_who_must_have_the_new_one_waits_for_it() -> None:
    store, begun, may_end = fresh_store(), Event(), Event()
    found = load(DEFINITIONS, REFERENTIELS)
    calls = [lambda: found, lambda: (begun.set(), may_end.wait(60), found)[2]]
    published = Published(store, lambda: calls.pop(0)())
    with store.transaction("x", make_site(store).clock()) as tx:
        keeping.put(tx, {})
    seen: list[int] = []
    threads = [Thread(target=published.refresh)]
    threads[0].start()
    assert begun.wait(60)
    threads.append(Thread(target=lambda: seen.append(published.catch_up().stamp)))
    threads[1].start()
    may_end.set()
    for thread in threads:
        thread.join(60)
    assert seen == [keeping.stamp(store)] and not calls, "it was read once"
