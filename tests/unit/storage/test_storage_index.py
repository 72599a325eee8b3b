"""What finding costs, and how texts are ordered."""

import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.base import AnyOf, Entry
from storage.documents import DocumentStore
from storage.index import KeyIndex, fold, page
from storage.items import Item
from storage.memory import Memory
from storage.records import Place

AT = "2026-03-02T08:00:00Z"


def calls_of(index: KeyIndex, where: Any, limit: int | None = None) -> int:
    """How many functions a search and its page call, in Python or C: a cost that no clock disturbs."""
    index.page(where, ["name"], limit)  # the first search by a key builds what finds by it
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        index.page(where, ["name"], limit)
    finally:
        sys.setprofile(None)
    return calls


def documents(count: int, of_school: int = 20) -> KeyIndex:
    """Entries of one year, of which some are of school 0."""
    return KeyIndex(
        Entry(
            "livret",
            str(number),
            1,
            {"school": int(number >= of_school), "year": 2026, "name": f"N{number}"},
            AT,
        )
        for number in range(count)
    )


@pytest.mark.parametrize(
    "where",
    [
        {"school": 0},
        {"school": 0, "year": 2026},
        {"school": AnyOf([0, 7]), "year": AnyOf([2026, 2027])},
        {"name": "N5"},
    ],
)
def test_a_search_costs_what_it_matches(where: Any) -> None:
    # equal but for what the garbage collector calls meanwhile
    assert calls_of(documents(4000), where) <= 1.1 * calls_of(documents(200), where)


@pytest.mark.parametrize("where", [{"school": 0}, {"school": AnyOf([0, 7])}])
def test_a_page_of_a_declared_list_costs_what_it_shows(where: Any) -> None:
    few, many = documents(200), documents(4000, of_school=2000)
    for index in (few, many):
        index.declare(["school"], ["name"])
    assert calls_of(many, where, 10) <= 1.1 * calls_of(few, where, 10)


VALUES = st.one_of(st.none(), st.booleans(), st.integers(0, 2), st.sampled_from(["a", "É", "b"]))
KEYS = st.fixed_dictionaries(
    {}, optional={"x": VALUES | st.lists(VALUES, max_size=3).map(tuple), "y": VALUES, "name": VALUES}
)
WANTED = VALUES | st.lists(VALUES, max_size=3).map(AnyOf)


@given(
    entries=st.lists(st.tuples(st.integers(0, 9).map(str), st.none() | KEYS), max_size=30),
    where=st.fixed_dictionaries({"x": WANTED}, optional={"y": WANTED}),
    sort=st.sampled_from([(), ("name",), ("-name", "x"), ("y",)]),
    limit=st.none() | st.integers(0, 4),
    when=st.integers(0, 30),
)
def test_a_declared_list_is_the_search(
    entries: list[Any], where: Any, sort: tuple[str, ...], limit: int | None, when: int
) -> None:
    """Whatever was put and discarded, before it was first asked and after."""
    index = KeyIndex()
    index.declare(list(where), sort)
    for turn, (id, keys) in enumerate(entries):
        if turn == when:
            index.page(where, sort)
        if keys is None:
            index.discard(id)
        else:
            index.put(Entry("livret", id, 1, keys, AT))
    after = None
    while True:
        shown = index.page(where, sort, limit, after)
        assert shown == page(index.matches(where), sort, limit, after)
        if shown.after is None or limit == 0:
            break
        after = shown.after


def test_a_search_never_opens_a_body() -> None:
    class Sealed(Memory):
        def append(self, items: Sequence[Item]) -> Sequence[Place]:
            return [(0, 0) for _ in items]  # where nothing can be read

    store = DocumentStore(Sealed())
    with store.transaction("anne", AT) as work:
        work.put("livret", "a", {"secret": 1}, {"x": 1}, expected_revision=0)
    assert [entry.id for entry in store.find("livret", {"x": 1}, sort=["x"]).entries] == ["a"]


def test_an_entry_that_leaves_leaves_nothing() -> None:
    index = KeyIndex()
    index.put(Entry("livret", "a", 1, {"x": (1, 1), "y": True}, AT))
    index.put(Entry("livret", "a", 2, {"x": 2}, AT))
    index.discard("a")
    index.discard("a")
    assert index.matches({}) == index.matches({"x": 2}) == []
    assert not any(index._ids.values())


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Été", "ete"),
        ("e\u0301", "e"),
        ("ŒUVRE", "oeuvre"),
        ("Lætitia", "laetitia"),
        ("Straße", "strasse"),
        ("ﬁn", "fin"),
        ("A\u00a0b", "a b"),
        ("İ", "i"),
        ("ABC-1", "abc-1"),
        ("", ""),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded
