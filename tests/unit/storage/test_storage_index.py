"""What finding costs, and how texts are ordered."""

import sys
from types import FrameType
from typing import Any

import pytest

from storage.base import AnyOf, Entry
from storage.documents import DocumentStore
from storage.index import KeyIndex, fold, page
from storage.memory import Memory

AT = "2026-03-02T08:00:00Z"


def calls_of(index: KeyIndex, where: Any) -> int:
    """How many functions a search and its page call, in Python or C: a cost that no clock disturbs."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        page(index.matches(where), ["name"], None, None)
    finally:
        sys.setprofile(None)
    return calls


def documents(count: int) -> KeyIndex:
    """Entries of one year, of which 20 are of school 0."""
    return KeyIndex(
        Entry("livret", str(number), 1, {"school": int(number >= 20), "year": 2026, "name": f"N{number}"}, AT)
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


def test_a_search_never_opens_a_body() -> None:
    memory = Memory()
    store = DocumentStore(memory)
    with store.transaction("anne", AT) as work:
        work.put("livret", "a", {"secret": 1}, {"x": 1}, expected_revision=0)
    memory.tables.clear()  # were a body needed, it could not be found
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
