"""Every store against a model that keeps every revision in a plain list and finds by looking at all."""

import json
import tempfile
from copy import deepcopy
from functools import cmp_to_key
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from store_places import PLACES

from storage.base import AnyOf, Revision, StaleRevision, Stored
from storage.index import fold
from storage.registry import STORES, open_store

KINDS, IDS, AUTHORS = ["livret", "ppre"], ["a", "b", "c"], ["anne", "bob"]
SCALARS = st.sampled_from(["été", "ETE", "f", "Œ", "oe", 0, 1, 2, True, False, None])
KEYS = st.dictionaries(st.sampled_from(["x", "y"]), SCALARS | st.lists(SCALARS, max_size=3))
WHERE = st.dictionaries(st.sampled_from(["x", "y"]), SCALARS | st.lists(SCALARS, max_size=2).map(AnyOf))
SORT = st.lists(st.sampled_from(["x", "-x", "y", "-y"]), max_size=2)
LEAVES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
BODIES = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3)


class Put(NamedTuple):
    kind: str
    id: str
    body: dict[str, Any]
    keys: dict[str, Any]
    sitting: str | None
    note: str
    off: int


class Delete(NamedTuple):
    kind: str
    id: str
    off: int


class Find(NamedTuple):
    kind: str
    where: dict[str, Any]
    sort: list[str]
    limit: int


OFF = st.sampled_from([0, 0, 0, 0, 1, -1])
STEPS = st.lists(
    st.builds(
        Put,
        st.sampled_from(KINDS),
        st.sampled_from(IDS),
        BODIES,
        KEYS,
        st.sampled_from([None, "s1", "s1", "s2"]),
        st.sampled_from(["", "", "note", "relu"]),
        OFF,
    )
    | st.builds(Delete, st.sampled_from(KINDS), st.sampled_from(IDS), OFF)
    | st.builds(Find, st.sampled_from(KINDS), WHERE, SORT, st.integers(1, 3)),
    max_size=5,
)


class Version(NamedTuple):
    stored: Stored
    sitting: str | None
    note: str


class Abandon(Exception):
    """Leaves a transaction."""


Model = dict[tuple[str, str], list[Version]]


def put_in_model(model: Model, step: Put, author: str, at: str) -> Stored:
    versions = model.setdefault((step.kind, step.id), [])
    keys = {name: tuple(value) if isinstance(value, list) else value for name, value in step.keys.items()}
    created_at = versions[0].stored.created_at if versions else at
    new = Stored(step.kind, step.id, len(versions) + 1, deepcopy(step.body), keys, author, at, created_at)
    versions.append(Version(new, step.sitting, step.note))
    return new


def lines_of(versions: list[Version]) -> list[list[Version]]:
    def line(version: Version) -> object:
        # a lone revision's number is its own line
        return (version.stored.author, version.sitting) if version.sitting else version.stored.revision

    return [list(group) for _, group in groupby(versions, line)]


def revision_of(line: list[Version]) -> Revision:
    first, last = line[0].stored, line[-1].stored
    notes = [version.note for version in line if version.note]
    note = notes[-1] if notes else ""
    return Revision(first.revision, last.revision, last.author, first.at, last.at, line[0].sitting, note)


def same(left: Any, right: Any) -> bool:
    return type(left) is type(right) and left == right


def meets(keys: Any, where: dict[str, Any]) -> bool:
    for name, wanted in where.items():
        if name not in keys:
            return False
        held = keys[name] if isinstance(keys[name], tuple) else (keys[name],)
        values = wanted.values if isinstance(wanted, AnyOf) else (wanted,)
        if not any(same(one, other) for one in held for other in values):
            return False
    return True


def in_order(found: list[Stored], sort: list[str]) -> list[str]:
    def value(stored: Stored, name: str) -> Any:
        held = stored.keys.get(name)
        return (held[0] if held else None) if isinstance(held, tuple) else held

    def place(held: Any) -> Any:
        return (
            ["bool", "int", "str"].index(type(held).__name__),
            fold(held) if isinstance(held, str) else held,
        )

    def compare(left: Stored, right: Stored) -> int:
        for name in sort:
            one, other = (value(stored, name.removeprefix("-")) for stored in (left, right))
            if one is None or other is None:
                if one is not other:
                    return 1 if one is None else -1
            elif place(one) != place(other):
                return (1 if place(one) > place(other) else -1) * (-1 if name.startswith("-") else 1)
        return 1 if left.id > right.id else -1

    return [stored.id for stored in sorted(found, key=cmp_to_key(compare))]


def find_in_model(model: Model, step: Find) -> list[str]:
    current = [versions[-1].stored for (kind, _), versions in model.items() if kind == step.kind and versions]
    return in_order([stored for stored in current if meets(stored.keys, step.where)], step.sort)


def check_find(reader: Any, model: Model, step: Find) -> None:
    expected = find_in_model(model, step)
    found, after, more = [], None, True
    while more:
        page = reader.find(step.kind, step.where, sort=step.sort, limit=step.limit, after=after)
        assert page.total == len(expected)
        found += [entry.id for entry in page.entries]
        after, more = page.after, page.after is not None
    assert found == expected
    whole = reader.find(step.kind, step.where, sort=step.sort)
    assert [entry.id for entry in whole.entries] == expected
    for entry in whole.entries:
        stored = model[step.kind, entry.id][-1].stored
        assert (entry.revision, entry.keys, entry.at) == (stored.revision, stored.keys, stored.at)


def spelt(stored: Stored | None) -> str:
    return json.dumps(stored and stored.body, sort_keys=True)


EXAMPLES = {"postgresql": 20}  # each of its calls is a trip to a server


class StoreAgainstModel(RuleBasedStateMachine):
    scheme = ""

    @initialize()
    def start(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.place = PLACES[self.scheme](Path(self.folder.name))
        self.store = open_store(self.place)
        self.model: Model = {}
        self.clock = 0

    @rule(steps=STEPS, author=st.sampled_from(AUTHORS), abandon=st.sampled_from([False, False, False, True]))
    def transact(self, steps: list[Put | Delete | Find], author: str, abandon: bool) -> None:
        self.clock += 1
        at = f"2026-03-02T08:00:{self.clock:02}Z"
        model = {place: list(versions) for place, versions in self.model.items()}
        try:
            with self.store.transaction(author, at) as work:
                for step in steps:
                    self.take(work, model, step, author, at)
                if abandon:
                    raise Abandon
            self.model = model
        except Abandon:
            pass

    def take(self, work: Any, model: Model, step: Put | Delete | Find, author: str, at: str) -> None:
        if isinstance(step, Find):
            check_find(work, model, step)
            return
        versions = model.get((step.kind, step.id), [])
        expected = len(versions) + step.off
        try:
            if isinstance(step, Put):
                got = work.put(
                    step.kind, step.id, step.body, step.keys,
                    expected_revision=expected, sitting=step.sitting, note=step.note,
                )  # fmt: skip
                assert step.off == 0
                assert got == put_in_model(model, step, author, at) == work.get(step.kind, step.id)
            else:
                work.delete(step.kind, step.id, expected)
                assert step.off == 0
                model.pop((step.kind, step.id), None)
                assert work.get(step.kind, step.id) is None
        except StaleRevision as stale:
            assert step.off != 0
            assert stale.actual == (versions[-1].stored if versions else None)

    @rule(step=st.builds(Find, st.sampled_from(KINDS), WHERE, SORT, st.integers(1, 3)))
    def find(self, step: Find) -> None:
        check_find(self.store, self.model, step)

    @rule()
    def reopen(self) -> None:
        if self.scheme != "memory":
            self.store.close()
            self.store = open_store(self.place)

    @invariant()
    def agree(self) -> None:
        for kind in KINDS:
            for id in IDS:
                versions = self.model.get((kind, id), [])
                self.agree_on(kind, id, versions)
            assert self.store.find(kind, {}).total == len(find_in_model(self.model, Find(kind, {}, [], 1)))

    def agree_on(self, kind: str, id: str, versions: list[Version]) -> None:
        current = versions[-1].stored if versions else None
        got = self.store.get(kind, id)
        assert got == current
        assert spelt(got) == spelt(current)  # 1 == 1.0 == True
        lines = lines_of(versions)
        assert list(self.store.history(kind, id)) == [revision_of(line) for line in reversed(lines)]
        for line in lines:
            for version in line:
                assert self.store.at_revision(kind, id, version.stored.revision) == line[-1].stored
        for outside in (0, len(versions) + 1):
            assert self.store.at_revision(kind, id, outside) is None

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()


@pytest.mark.parametrize("scheme", list(STORES))
def test_store_agrees_with_model(scheme: str) -> None:
    class Machine(StoreAgainstModel):
        pass

    Machine.scheme = scheme
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES.get(scheme, 100),
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
