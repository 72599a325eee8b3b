"""Stored answers of a compiled form, as hypothesis strategies: plausible ones, mutated ones, junk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from engine.answers import make_pick
from engine.compile import CompiledForm
from engine.referentiels import Listing
from engine.skeleton import Item

DAY = date(2026, 10, 5)
WORDS = ("Zoé", "x", "Lire une consigne", "62 rue d'Assas", " ", "«\u00a0oui\u00a0»", "{today}", "<b>")
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 10**20)
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["code", "picks", "details", "raw", "row", "id", "label", "z"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
ROW_IDS = ("a", "b", "k3f", "x-1", "N_2", "zz")


def text_of(item: Item) -> st.SearchStrategy[Any]:
    """Short texts, texts at the limit, texts over it."""
    limit = item.spec.max or 300
    long = st.sampled_from([limit - 1, limit, limit + 1]).map(lambda n: "é" * n)
    return st.one_of(st.sampled_from(WORDS), st.text(max_size=8), long)


def number_of(item: Item) -> st.SearchStrategy[Any]:
    """Whole numbers mostly, some with decimals."""
    return st.one_of(st.integers(-2, 60), st.sampled_from([0.5, 2.25, 1e-7, 10**15, 16, 1]))


def date_of(_item: Item) -> st.SearchStrategy[Any]:
    """Days around today, and some that are no days."""
    days = st.integers(-400, 400).map(lambda n: (DAY + timedelta(days=n)).isoformat())
    return st.one_of(days, st.sampled_from(["2026-10-05", "2026-02-30", "20261005", "05/10/2026"]))


def time_of(_item: Item) -> st.SearchStrategy[Any]:
    """Times of day, and some that are none."""
    return st.sampled_from(["00:00", "08:30", "16:29", "23:59", "24:00", "8:30", "8 h 30"])


def details_for(code: str, listing: Listing) -> st.SearchStrategy[Any]:
    """Right precisions mostly, sometimes none, too many or too long ones."""
    asks = listing.asks(code)
    if asks is None:
        return st.sampled_from([[], [], [], ["en trop"]])
    right = st.lists(st.sampled_from(("un", "deux", "é" * 120)), min_size=max(1, asks.min), max_size=asks.max)
    return st.one_of(right, right, st.lists(st.sampled_from(["", "x", "y" * 260]), max_size=asks.max + 1))


def pick_of(code: str, listing: Listing, inner: Any = ()) -> st.SearchStrategy[Any]:
    """A pick of one code."""
    return details_for(code, listing).map(lambda details: make_pick(code, details, inner))


def codes_of(item: Item) -> list[str]:
    """What a flat field might offer: leaves, or the entries of its level, below a fixed root."""
    listing, spec = item.listing, item.spec
    assert listing is not None
    root = spec.root if isinstance(getattr(spec, "root", None), str) else None
    level = getattr(spec, "level", None)
    return list(listing.leaves(root) if level is None else listing.at_level(level, root))


def choice_of(item: Item) -> st.SearchStrategy[Any]:
    """One or several picks, now and then out of the list."""
    listing = item.listing
    if listing is None:
        return st.lists(st.sampled_from(ROW_IDS), max_size=2)
    codes = st.sampled_from([*codes_of(item), *([] if len(listing) > 40 else list(listing))])
    pick = codes.flatmap(lambda code: pick_of(code, listing))
    return st.lists(pick, min_size=1, max_size=4 if getattr(item.spec, "many", True) else 1) | st.lists(
        pick, max_size=3
    )


def cascade_of(item: Item) -> st.SearchStrategy[Any]:
    """Branches that follow the list, mostly."""
    listing, depth = item.listing, len(item.spec.levels)
    assert listing is not None
    tops = listing.children(item.spec.root if isinstance(item.spec.root, str) else None)
    return st.lists(
        st.sampled_from(tops).flatmap(lambda top: branch_of(top, listing, depth - 1)), min_size=1, max_size=4
    )


def branch_of(code: str, listing: Listing, depth: int) -> st.SearchStrategy[Any]:
    """A pick with picks below it."""
    below = listing.children(code)
    if depth == 0 or not below:
        return pick_of(code, listing)
    child = st.sampled_from(below).flatmap(lambda one: branch_of(one, listing, depth - 1))
    stray = st.sampled_from([*below, next(iter(listing))])
    inner = st.one_of(st.lists(child, max_size=3), st.lists(child, max_size=2), st.lists(stray, max_size=2))
    return inner.flatmap(lambda picks: pick_of(code, listing, picks))


def reference_of(item: Item) -> st.SearchStrategy[Any]:
    """One or several people or places."""
    one = st.sampled_from(["p1", "p2", "e1", "e2"]).map(lambda found: {"id": found, "label": found.upper()})
    return st.lists(one, min_size=1, max_size=3 if item.spec.many else 1) | st.lists(one, max_size=2)


def signature_of(_item: Item) -> st.SearchStrategy[Any]:
    """Signatures, none of which holds but by chance."""
    by = {"id": "p1", "label": "P1"}
    return st.sampled_from([{"by": by, "date": "2026-10-05", "digest": "x"}, {"by": by, "date": "x"}])


def attachment_of(item: Item) -> st.SearchStrategy[Any]:
    """One or several files, now and then of another shape."""
    one = st.sampled_from("ab").map(lambda n: {"file": n, "name": f"{n}.pdf", "size": 9, "sha256": n * 64})
    right = st.lists(
        one, min_size=1, max_size=2 if item.spec.many else 1, unique_by=lambda file: file["file"]
    )
    return right | st.sampled_from([[], [{"file": "a"}], "a.pdf"])


FIELD = {
    "text": text_of,
    "number": number_of,
    "date": date_of,
    "time": time_of,
    "boolean": lambda _item: st.booleans(),
    "choice": choice_of,
    "cascade": cascade_of,
    "checklist": choice_of,
    "reference": reference_of,
    "signature": signature_of,
    "attachment": attachment_of,
}


def field_of(item: Item, form: CompiledForm, junk: bool) -> st.SearchStrategy[Any]:
    """An answer of one field; with `junk`, sometimes anything."""
    if item.type == "group":
        return inside(item, form, junk)
    if item.type == "rows":
        rows = st.tuples(st.sampled_from(ROW_IDS), inside(item, form, junk)).map(
            lambda row: {"row": row[0], **row[1]}
        )
        whole = st.lists(rows, max_size=4, unique_by=lambda row: row["row"])
        return st.one_of(whole, st.lists(rows | JUNK, max_size=3), JUNK) if junk else whole
    target = form.target(item)
    found = FIELD[target.type](target)
    return (
        st.one_of(found, found, found, JUNK, st.fixed_dictionaries({"raw": st.text(max_size=5)}))
        if junk
        else found
    )


def inside(item: Item, form: CompiledForm, junk: bool) -> st.SearchStrategy[dict[str, Any]]:
    """The answers of a group or a row."""
    children = {child.id: field_of(child, form, junk) for child in item.children if child.is_field}
    return st.fixed_dictionaries({}, optional=children)


@cache
def answers_of(form: CompiledForm, junk: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """The answers of a whole form, any of them missing."""
    fields: Mapping[str, Any] = {
        item.id: field_of(item, form, junk) for item in form.skeleton.named.values() if item.is_field
    }
    known = st.fixed_dictionaries({}, optional=dict(fields))
    if not junk:
        return known
    return st.tuples(known, st.dictionaries(st.text(max_size=4), JUNK, max_size=2)).map(
        lambda both: {**both[1], **both[0]}
    )
