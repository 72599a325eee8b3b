"""A step's brief way: compared with what is stored, not with digests; answered without another thread."""

from __future__ import annotations

from itertools import pairwise
from threading import current_thread
from typing import Any

import pytest
from demo_site import fresh_store, make_site
from hypothesis import given
from hypothesis import strategies as st
from network_site import catalogue

from engine.access import Grant
from engine.edit import AsStored
from engine.intake import intake
from storage.documents import DocumentStore
from storage.memory import Memory
from web.leaves import DEFAULT, Leaf, leaves
from web.shown import (
    as_shown,
    digests,
    part_of,
    read_digests,
    shows_stored,
    shows_whole,
    still_shown,
    with_written,
    written,
)

PATHS = st.sampled_from([("a",), ("b",), ("rows", "r1", "c")])
VALUES = st.sampled_from(
    [
        None,
        "",
        [],
        {},
        True,
        False,
        0,
        1,
        2.5,
        "texte",
        "1",
        ["x"],
        ["y"],
        ["x", {"code": "y"}],
        [{"id": "p"}],
    ]
)
STORED = st.dictionaries(PATHS, VALUES)


@given(stored=STORED, path=PATHS, value=VALUES, said=st.booleans())
def test_both_ways_tell_the_same(stored: dict[Leaf, Any], path: Leaf, value: Any, said: bool) -> None:
    text = digests(stored)
    assert shows_stored(text)
    base = read_digests(text)
    assert shows_whole(base) and len(base) == len(stored) + 1
    answers: dict[str, Any] = {leaf[0]: found for leaf, found in stored.items() if len(leaf) == 1}
    answers["rows"] = [{"row": "r1", leaf[2]: found} for leaf, found in stored.items() if len(leaf) == 3]
    assert AsStored(answers)(path, value, said) == as_shown(base, path, value, said)


@given(stored=STORED, shown=st.dictionaries(PATHS, VALUES, min_size=1))
def test_a_page_that_shows_a_default_is_read(stored: dict[Leaf, Any], shown: dict[Leaf, Any]) -> None:
    assert not shows_stored(digests(stored | {(DEFAULT, *path): value for path, value in shown.items()}))


@given(stored=STORED)
def test_what_shows_a_part_or_is_cut_is_read(stored: dict[Leaf, Any]) -> None:
    whole = digests(stored)
    part = still_shown(whole, part_of(read_digests(whole)), [("a",)])
    assert not shows_stored(part) and not shows_stored(whole[:-1]) and not shows_stored("")


# --- what a page has written --------------------------------------------------------------------

FORM = catalogue().forms["reparation", "1.0.0"]
SCALAR = st.sampled_from(["", "a", "b", None, 3, {"raw": "x"}])
OF_KIND: dict[str, st.SearchStrategy[Any]] = {
    "rows": st.lists(st.fixed_dictionaries({"row": st.sampled_from("xyz"), "note": SCALAR}), max_size=3),
    "checklist": st.lists(st.sampled_from(["p", "q", {"code": "q", "details": ["d"]}]), max_size=2),
}


def answered(step: str) -> st.SearchStrategy[dict[str, Any]]:
    kinds = intake(FORM, step).shapes
    return st.fixed_dictionaries({}, optional={id: OF_KIND.get(kind, SCALAR) for id, kind in kinds.items()})


@given(data=st.data(), step=st.sampled_from(["panne_vue", "regards"]))
def test_what_was_shown_and_what_was_written_make_what_stands(data: st.DataObject, step: str) -> None:
    every = frozenset(FORM.skeleton.items)
    grant = Grant(frozenset(), frozenset(), every, every)
    saves = [data.draw(answered(step)) for _ in range(3)]
    kept = ""
    for before, after in pairwise(saves):
        kept = with_written(kept, written(before, after, FORM, step, grant))
    known = part_of(read_digests(digests(leaves(saves[0], FORM, step))) | read_digests(kept))
    stands = part_of(read_digests(digests(leaves(saves[-1], FORM, step))))
    assert {leaf: value for leaf, value in known.items() if value} == {
        leaf: value for leaf, value in stands.items() if value
    }


# --- where it is answered -----------------------------------------------------------------------


class Watched(DocumentStore):
    """A store in memory that notes which threads read it."""

    def __init__(self, *, waits: bool) -> None:
        super().__init__(Memory())
        self.waits, self.threads = waits, set[str]()

    def get(self, kind: str, id: str) -> Any:
        self.threads.add(current_thread().name.partition("_")[0])
        return super().get(kind, id)


STEP = "/documents/d-garnier-1/etapes/informations"


@pytest.mark.parametrize(
    ("waits", "path", "apart"),
    [(False, STEP, False), (True, STEP, True), (False, "/taches", True), (True, "/taches", True)],
)
def test_only_a_step_whose_store_never_waits_is_answered_in_the_loop(
    waits: bool, path: str, apart: bool
) -> None:
    store = Watched(waits=waits)
    store.load(fresh_store().dump())
    visitor = make_site(store).visitor("p-ferrand")
    store.threads.clear()
    assert visitor.get(path).status in {200, 403}, "closed or not, it is answered"
    assert (store.threads == {"requests"}) is apart and len(store.threads) == 1
